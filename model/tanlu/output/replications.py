"""Replications of a scenario: one of them run and measured, and what all of them gave together."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.inputs.diagnostics import ExtensionError, ScenarioError
from tanlu.output import provenance
from tanlu.output.extension import Extensions
from tanlu.output.findings.run_error import run_error
from tanlu.output.measures import Measures
from tanlu.region.catalogue import RegionError
from tanlu.region.pack import Region
from tanlu.scenario.schema import Scenario

if TYPE_CHECKING:
    from tanlu.indicators.base import Indicator
    from tanlu.indicators.main import RunMeasures
    from tanlu.simulation.model import RegionModel
    from tanlu.simulation.run import Run

CLEARINGS = ("actual", "expected", "planned")  # of an electricity year, as the record has their certificates
TOLD_GAP_SHARE = 0.0005  # of a year's cost: a larger certificate is told with its year

type Progress = Callable[[int, int], None]


class ReplicationOutcome(NamedTuple):
    """What one replication gave, but for its tables."""

    measures: "RunMeasures"
    gap_share: Floats  # [Y, C] certificates of the clearings
    balance_errors: Mapping[str, Floats]  # [Y] by balance, relative to the gross flow
    seconds: Mapping[str, float]  # by phase of the year


def replicate(
    scenario: Scenario, region: Region, replication: int, progress: Progress | None, extended: Extensions
) -> "tuple[Run, RunMeasures]":
    """Run one replication and measure it.

    Raises:
        RunError: if it fails; want of memory or of room on a disk is not its fault and raised as it is.
        ExtensionError: if an extension fails.
        ScenarioError: if nothing measures an aim of a regulator.
    """
    # The model compiles and imports for a second or more, which reading results must not cost.
    from tanlu.indicators.main import measure
    from tanlu.simulation.model import Inputs, RegionModel

    model = None
    try:
        with extended.blame():
            inputs, agents = Inputs(scenario, region), extended.agents
            model = RegionModel(
                inputs,
                replication,
                populations=extended.populations,
                agents=agents,
                rules=extended.regulators,
            )
            # A name that is taken costs no run. Regulators change the law, so what rests on it is listed after it.
            has_reviews = bool(model.reviews.blocks)
            table = _list_indicators(model, extended, of_law=not has_reviews)
            run = model.run(over_all(scenario, replication, progress))
            if has_reviews:
                table = _list_indicators(model, extended)
            return run, measure(run.record, run.years, table)
    except (ExtensionError, ScenarioError, RegionError, OSError, MemoryError):
        raise
    except Exception as error:
        raise run_error(scenario.name, replication, model, error) from error


def _list_indicators(
    model: "RegionModel", extended: Extensions, *, of_law: bool = True
) -> "tuple[Indicator, ...]":
    """List the indicators of a run, those of extensions and, if asked, of policies and their reviews too."""
    from tanlu.indicators.by_policy import by_policy_indicators
    from tanlu.indicators.main import indicators
    from tanlu.simulation.review_indicators import review_indicators

    scenario, region = model.inputs
    if not of_law:
        return indicators(region, extended.indicators)
    years, statutes = scenario.years.array(), model.statutes
    reviewed = review_indicators(model.reviews, model.regulators, statutes, years)
    return indicators(region, (*by_policy_indicators(statutes, years), *reviewed, *extended.indicators))


def collect_replication(run: "Run", measures: "RunMeasures") -> ReplicationOutcome:
    """Collect the outcome of a run, but for its tables."""
    record = run.record
    return ReplicationOutcome(measures, record.prices.gap_share, record.balances._asdict(), run.seconds)


def stack_measures(parts: Sequence[ReplicationOutcome], regions: tuple[str, ...]) -> Measures:
    """Stack the indicators of all replications."""
    first = parts[0].measures
    values = np.stack([part.measures.values for part in parts])
    return Measures(first.variables, first.units, regions, first.years, values)


def seconds_by_phase(parts: Sequence[ReplicationOutcome]) -> dict[str, float]:
    """Sum the seconds of each phase of the years over replications."""
    return {name: sum(part.seconds[name] for part in parts) for name in parts[0].seconds}


def market_gaps(parts: Sequence[ReplicationOutcome]) -> provenance.MarketGaps:
    """Collect how far electricity years may be from least cost.

    Years that are further than they should are listed one by one.
    """
    shares, years = np.stack([part.gap_share for part in parts]), parts[0].measures.years
    large_gaps = [
        provenance.MarketGap(int(replication), int(years[year]), CLEARINGS[kind], float(share))
        for (replication, year, kind), share in np.ndenumerate(shares)
        if share > TOLD_GAP_SHARE
    ]
    return provenance.MarketGaps(float(shares.max()), large_gaps)


def over_all(scenario: Scenario, replication: int, progress: Progress | None) -> Progress | None:
    """Turn the progress of one replication into that of all of them."""
    if progress is None:
        return None
    return lambda years_done, years: progress(replication * years + years_done, scenario.replications * years)

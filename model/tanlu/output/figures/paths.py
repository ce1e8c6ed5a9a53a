"""What figures are made of: a few yearly paths of a region in every draw."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.indicators.grid import NET_IMPORTS
from tanlu.output.differences import Pairs, carried_to_all, common_draws
from tanlu.output.figures.figure import write_mark
from tanlu.output.measures import Measured
from tanlu.records.carbon_tables.nation import LEFT_TO_OTHERS, USED_BY_OTHERS

EMISSIONS = "Emissions|CO2"
CAPTURE = "Carbon Capture"
SEQUESTERED = ("Carbon Capture|By Destination|Storage", "Carbon Capture|By Destination|Usage|Permanent")
ELECTRICITY_PRICE = "Price|Electricity|Wholesale"
HOUSEHOLD_TARIFF = "Price|Final Energy|Residential|Electricity"
INDUSTRY_TARIFF = "Price|Final Energy|Industry|Electricity"
EXPECTED_SHORTAGE = "Expected Shortage|Hours"
SHORTAGE = "Shortage|Electricity"  # industry that is cut, and other load that is not served
RESERVE_MARGIN = "Nameplate Margin|Electricity"
HYDROPOWER = "Secondary Energy|Electricity|Hydro"
NON_FOSSIL_SHARE = "Primary Energy|Non-Fossil Share"
PUBLIC_MONEY = "Public Budget|Climate Support"
GIVEN_BACK = "Public Budget|Carbon Revenue Given Back"  # paid out like other public money
CLIMATE_REVENUE = "Public Budget|Climate Revenue"
# What society spends: every yearly `System Cost|...` and these. Investments are after grants, so the grants
# belong to them; other transfers (subsidies by the tonne, levies, carbon payments) cancel out and are left out.
RUNNING_COST = "System Cost|"
INVESTMENT = (
    "Investment|Electricity",
    "Investment|Industry",
    "Investment|Carbon Capture",
    "Public Budget|Capture Grant",
    "Public Budget|CO2 Hub Support",
)


PATHS = 17  # fields of `Paths` that are by draw and year


class DrawProgress(NamedTuple):
    """How many of its draws an answer has."""

    finished: int
    draws: int  # in all

    @property
    def is_preliminary(self) -> bool:
        """Whether draws are to come, so that no difference is told yet."""
        return self.finished < self.draws

    def mark(self, language: str) -> str:
        """Write the mark of a preliminary figure; empty once it is final."""
        return write_mark(*self, language) if self.is_preliminary else ""


class Paths(NamedTuple):
    """Yearly paths of a region; axes R draws, Y years. Money is CNY of 2020.

    In a province they are NaN where the model does not split them.
    """

    region: str  # the whole region or a province
    seed: int
    requested_draws: int  # of which some may be to come
    counted_from: int  # first year of sums: the one after the statistics
    dry_years: tuple[int, ...]  # in which the scenario replays a drought
    years: Integers  # [Y]
    emissions_mtco2: Floats  # [R, Y] as all that follow
    captured_mtco2: Floats
    sequestered_mtco2: Floats  # of it stored or bound in products for good
    elsewhere_mtco2: Floats  # net CO2 of imports, emitted in other regions
    left_mtco2: Floats  # of the nation's allowances, left to other regions
    used_by_others_mtco2: Floats  # of them, used in other regions
    spent_bn_cny: Floats  # public money paid out, carbon revenue given back included
    earned_bn_cny: Floats  # what climate policy brings governments
    system_cost_bn_cny: Floats
    wholesale_cny_per_mwh: Floats
    household_cny_per_mwh: Floats
    industry_cny_per_mwh: Floats
    shortage_twh: Floats
    expected_shortage_hours: Floats  # over water years and outages
    reserve_margin_percent: Floats
    non_fossil_percent: Floats
    hydropower_twh: Floats

    @property
    def free_from(self) -> int:
        """Return the first year after the statistics."""
        return min(self.counted_from, int(self.years[-1]))

    @property
    def is_counted(self) -> np.ndarray:
        """Check whether sums and the worst shortage count a year [Y]."""
        return self.years >= self.free_from

    @property
    def open_from(self) -> int:
        """Return the first year that a policy can still change."""
        return min(first_open_year(self.counted_from), int(self.years[-1]))

    @property
    def open_years(self) -> np.ndarray:
        """Check whether a policy can still change a year [Y]."""
        return self.years >= self.open_from

    @property
    def span(self) -> str:
        """Return the first and last year of sums."""
        counted_years = self.years[self.is_counted]
        return f"{counted_years[0]}-{counted_years[-1]}"

    @property
    def progress(self) -> DrawProgress:
        """Count the draws that are there."""
        return DrawProgress(len(self.emissions_mtco2), self.requested_draws)

    def pairs(self, base: "Paths") -> Pairs:
        """Pair the draws that share all chance with another answer."""
        seed_and_draws = self.seed, len(self.emissions_mtco2)
        return common_draws(seed_and_draws, (base.seed, len(base.emissions_mtco2)))


def joint_progress(answer: Paths, base: Paths | None) -> DrawProgress:
    """Return the progress of an answer or its reference, whichever lacks more."""
    progresses = [answer.progress] if base is None else [answer.progress, base.progress]
    return max(progresses, key=lambda progress: progress.draws - progress.finished)


def first_open_year(counted_from: int) -> int:
    """Return the first year that a policy can change.

    In the first year after the statistics, `counted_from`, policies are set.
    """
    return counted_from + 1


def paths_of(result: Measured, region: str | None = None) -> Paths:
    """Read the paths of a result that figures need.

    They are of the whole region unless a province is named.

    Raises:
        ResultError: if the result has no such region, with the nearest name.
    """
    place = result.region if region is None else region

    def draws_of(name: str) -> Floats:
        is_known = place == result.region or result.is_split(name)
        return result.draws(name, place) if is_known else np.full_like(result.draws(name), math.nan)

    def sum_of(names: Iterable[str]) -> Floats:
        return np.asarray(np.sum([draws_of(name) for name in names], axis=0), dtype=np.float64)

    return Paths(
        region=place,
        seed=result.scenario.seed,
        requested_draws=result.scenario.replications,
        counted_from=result.counted_from,
        dry_years=tuple(year for year in result.scenario.world.dry_years if year in result.years),
        years=result.years,
        emissions_mtco2=draws_of(EMISSIONS),
        captured_mtco2=draws_of(CAPTURE),
        sequestered_mtco2=sum_of(SEQUESTERED),
        elsewhere_mtco2=draws_of(NET_IMPORTS),
        left_mtco2=draws_of(LEFT_TO_OTHERS),
        used_by_others_mtco2=draws_of(USED_BY_OTHERS),
        spent_bn_cny=sum_of((PUBLIC_MONEY, GIVEN_BACK)),
        earned_bn_cny=draws_of(CLIMATE_REVENUE),
        system_cost_bn_cny=sum_of(system_cost_variables(result.measures.variables)),
        wholesale_cny_per_mwh=draws_of(ELECTRICITY_PRICE),
        household_cny_per_mwh=draws_of(HOUSEHOLD_TARIFF),
        industry_cny_per_mwh=draws_of(INDUSTRY_TARIFF),
        shortage_twh=draws_of(SHORTAGE),
        expected_shortage_hours=draws_of(EXPECTED_SHORTAGE),
        reserve_margin_percent=draws_of(RESERVE_MARGIN),
        non_fossil_percent=draws_of(NON_FOSSIL_SHARE),
        hydropower_twh=draws_of(HYDROPOWER),
    )


def match_draws(answer: Paths, base: Paths, plain: Paths) -> tuple[Paths, Paths]:
    """Bring an answer and its reference to the same draws, so that they differ by what is told to differ.

    With all draws of both they stay as they are. Before, both keep the draws that they have in common, and what the
    missing draws do to the baseline as it is, `plain`, moves both alike: the mean of either is then that of all draws
    of the baseline and of the paired differences so far, and their difference that of the pairs.
    """
    if not joint_progress(answer, base).is_preliminary:
        return answer, base
    pairs = answer.pairs(base)
    common = (_select(answer, pairs.of_result), _select(base, pairs.of_baseline))
    return _carry(common[0], plain), _carry(common[1], plain)


def _select(paths: Paths, draws: Integers) -> Paths:
    """Select some draws of all paths."""
    return paths._replace(**{name: getattr(paths, name)[draws] for name in Paths._fields[-PATHS:]})


def _carry(paths: Paths, plain: Paths) -> Paths:
    """Carry the first draws of paths to all of the baseline, where both share their chance."""
    share_chance = paths.seed == plain.seed and np.array_equal(paths.years, plain.years)
    if not share_chance or len(paths.emissions_mtco2) >= len(plain.emissions_mtco2):
        return paths
    carried_paths: dict[str, Any] = {
        name: carried_to_all(getattr(paths, name), getattr(plain, name)) for name in Paths._fields[-PATHS:]
    }
    return paths._replace(**carried_paths)


def system_cost_variables(variables: Iterable[str]) -> tuple[str, ...]:
    """List the variables whose sum is the system cost, bn CNY a year."""
    running = [name for name in variables if name.startswith(RUNNING_COST)]
    return (*running, *INVESTMENT)

"""Reviews of a run: in which years who reviews, what each regulator then sees, and the law that follows."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.five_year_plans import PLAN_YEARS
from tanlu.core.parties import CENTRE
from tanlu.core.payments import Block
from tanlu.core.words.messages import build_message
from tanlu.finance.government import Regulator
from tanlu.finance.joint_reviews import decide_jointly, join_views
from tanlu.finance.reviews import (
    MEASURED_YEARS,
    TREND_YEARS,
    AimView,
    Decision,
    GuardView,
    InstrumentView,
    ReviewRule,
    ReviewView,
)
from tanlu.indicators.base import Indicator
from tanlu.indicators.main import indicators
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest
from tanlu.inputs.types import Schedule
from tanlu.ledger.decisions import Ledger
from tanlu.policies.base import Policy
from tanlu.policies.events import Event, ReviewEvent
from tanlu.policies.statutes import Statutes
from tanlu.records.carbon_tables.price import MARKET_PRICE
from tanlu.records.year import YearRecord, stack_when_read
from tanlu.region.pack import Region
from tanlu.scenario.regulators import RegulatorBlock
from tanlu.scenario.schema import Scenario
from tanlu.simulation.joint_office import JointOffice
from tanlu.simulation.review_aims import AimSource, read_aims
from tanlu.state.added import make_read_only

TARIFF, SUPPORT = "Price|Final Energy|Residential|Electricity", "Public Budget|Climate Support"
SHORTAGE, MARGIN = "Expected Shortage|Hours", "Nameplate Margin|Electricity"


class History:
    """What was measured in the years before a review, each year once."""

    def __init__(self, table: Sequence[Indicator], first_year: int) -> None:
        self.table, self._first_year = table, first_year
        self._parts: dict[str, list[Floats]] = {indicator.variable: [] for indicator in table}
        self._year_count = 0

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "table"}

    def add(self, records: Sequence[YearRecord]) -> None:
        """Measure the years that came since the last review."""
        if len(records) > self._year_count:
            record = stack_when_read(records[self._year_count :])
            for indicator in self.table:
                values = np.asarray(indicator.measure(record), dtype=float)
                self._parts[indicator.variable].append(values)
            self._year_count = len(records)

    @property
    def years(self) -> Integers:
        """Years measured so far [Y]."""
        return np.arange(self._first_year, self._first_year + self._year_count)

    def read(self, variable: str, position: int | None) -> Floats:
        """Read an indicator of a province, or of the nation [Y]; one of the whole region holds for each province."""
        values = np.concatenate(self._parts[variable])
        return values if values.ndim == 1 else values[:, position]


class OwnHistory(NamedTuple):
    """What was measured of who reviews."""

    history: History
    position: int | None  # of the province; None of the nation, which has what is no province's

    def read(self, variable: str) -> Floats:
        """Read an indicator [Y]."""
        return self.history.read(variable, self.position)


class Reviews:
    """The regulators of a run that review their policies, and when.

    Args:
        scenario: with its regulators.
        region: the region pack.
        rules: classes of rules in place of the default one, by owner.

    Attributes:
        provinces: of the region.
        blocks: of the scenario, of regulators that are enabled, by owner: the nation or a province.
        aims: of each regulator, by owner and name.
        review_years: of each regulator, by owner.
        joint: the office of provinces that share an aim; None where none do.

    Raises:
        ScenarioError: if nothing measures an aim.
        ExtensionError: if a rule is of nobody who could review.
    """

    def __init__(
        self, scenario: Scenario, region: Region, rules: Mapping[str, type[ReviewRule]] = MappingProxyType({})
    ) -> None:
        self._rules, self.provinces = rules, region.axes.provinces
        _check_rules(rules, (CENTRE, *self.provinces), scenario.joint)
        self.blocks = {name: block for name, block in scenario.regulators.items() if block.enabled}
        last_year = scenario.years.end
        self.review_years = {
            name: block.list_review_years(region.axes, last_year) for name, block in self.blocks.items()
        }
        self._inputs = scenario, region
        members = {name: next(iter(self.blocks[name].instruments)) for name in scenario.joint}
        self.joint = JointOffice(scenario.joint, self.provinces, members) if members else None
        self._history = History(self._read_aims(), scenario.years.start)
        self._sizes: dict[tuple[str, str], float] = {}  # of aims, at their first review

    def _read_aims(self) -> list[Indicator]:
        """Read the aims, and list the indicators that reviews look at."""
        scenario, region = self._inputs
        table = indicators(region) if self.blocks else ()
        self.aims = read_aims(scenario, region, table)
        aims = (source.indicator.variable for sources in self.aims.values() for source in sources.values())
        variables = {TARIFF, SUPPORT, SHORTAGE, MARGIN, MARKET_PRICE, *aims}
        return [indicator for indicator in table if indicator.variable in variables]

    # Indicators and paths of aims are functions without a name, which a copy cannot take along: it reads them as the
    # model did.
    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "aims"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._history.table = self._read_aims()

    def hand_out(self, regulators: Mapping[str, Regulator]) -> None:
        """Give regulators the rules that replace the default one."""
        for province, rule in self._rules.items():
            regulators[province].rule = rule()

    def hold(
        self,
        year: int,
        statutes: Statutes,
        regulators: Mapping[str, Regulator],
        records: Sequence[YearRecord],
        ledger: Ledger,
    ) -> Statutes:
        """Hold the reviews of a year before it begins; all regulators see the law as it was.

        Args:
            year: that begins.
            statutes: of the run so far.
            regulators: by name.
            records: of all years that were measured.
            ledger: of what deciders considered so far.

        Returns:
            the statutes with what was decided, the same object where nothing was.
        """
        due = [name for name, years in self.review_years.items() if year in years]
        if not due or not records:
            return statutes
        self._history.add(records)
        policies, decisions = statutes.policies_in(year), []
        views = {name: self._look(year, name, policies, regulators[name]) for name in due}
        members = [name for name in due if self.joint is not None and name in self.joint.positions]
        joint = self._decide_jointly(year, {name: views.pop(name) for name in members}, ledger)
        for name in due:
            if name in joint:
                view, decision = joint[name]
                new_paths = regulators[name].enact(view, decision)
            else:
                view = views[name]
                new_paths = regulators[name].review(view)
            decisions += [build_event(view, new_paths)] if new_paths else []
        return statutes.with_decisions(decisions) if decisions else statutes

    def _decide_jointly(
        self, year: int, views: Mapping[str, ReviewView], ledger: Ledger
    ) -> dict[str, tuple[ReviewView, Decision]]:
        """Let the joint office decide on the prices of its members, by name."""
        if self.joint is None or not views:
            return {}
        self.joint.first_year = self.joint.first_year or next(iter(views.values())).from_year
        prices = dict(zip(self._history.years.tolist(), self._history.read(MARKET_PRICE, None), strict=True))
        collect = partial(self.joint.collect_options, ledger.entries, year, prices)
        joined_views = join_views(views)
        decisions = decide_jointly(joined_views, self.joint.positions, collect)
        return {name: (view, decisions[name]) for name, view in joined_views.items()}

    def settle_joint(self, year: int, statutes: Statutes, records: Sequence[YearRecord]) -> tuple[Block, ...]:
        """Settle the year before among members of the joint office, if a joint decision was in force in it."""
        if self.joint is None or self.joint.first_year is None or year <= self.joint.first_year:
            return ()
        sources = {name: next(iter(self.aims[name].values())) for name in self.joint.positions}
        indicator = next(iter(sources.values())).indicator  # that of all members
        (emitted,) = np.asarray(indicator.measure(stack_when_read(records[-1:])), dtype=float)
        emissions = {name: float(emitted[position]) for name, position in self.joint.positions.items()}
        settled = np.array([year - 1])
        aims = {name: float(s.path(settled, settled, emitted)[0]) for name, s in sources.items()}
        return self.joint.settle(year - 1, statutes.policies_in(year - 1), aims, emissions)

    def _look(
        self,
        year: int,
        province: str,
        policies: Mapping[str, Policy],
        regulator: Regulator,
    ) -> ReviewView:
        """Collect what a regulator sees."""
        block, is_nation = self.blocks[province], province == CENTRE
        position = None if is_nation else self.provinces.index(province)
        measured = OwnHistory(self._history, position)
        later = [y for y in self.review_years[province] if y > year]
        next_year = (later[0] if later else year + PLAN_YEARS) - 1
        from_year = year + block.lead_years
        # Only aims hold arrays. Earlier reviews are rows of numbers: to go through them all each time costs more than
        # the review.
        aims = {
            name: make_read_only(self._look_at_aim(province, name, source, measured, next_year))
            for name, source in self.aims[province].items()
        }
        return ReviewView(
            year=year,
            from_year=from_year,
            province=province,
            aims=MappingProxyType(aims),
            instruments=MappingProxyType(view_instruments(block, policies, from_year)),
            guards=() if is_nation else self._look_at_guards(block, measured),
            reviews=tuple(regulator.reviews),
            spent_cny=MappingProxyType(dict(regulator.spent_cny)),
            received_cny=MappingProxyType(dict(regulator.received_cny)),
            nameplate_margin_percent=math.nan if is_nation else float(measured.read(MARGIN)[-1]),
        )

    def _look_at_aim(
        self, province: str, name: str, source: AimSource, measured: OwnHistory, next_year: int
    ) -> AimView:
        """Measure an aim."""
        values, years = measured.read(source.indicator.variable), measured.history.years
        path = source.path(years, years, values)
        latest = slice(-MEASURED_YEARS, None)
        size = max(abs(float(values[latest].mean())), abs(float(path[latest].mean())))
        size = self._sizes.setdefault((province, name), size) or 1.0
        return AimView(
            name=name,
            variable=source.indicator.variable,
            unit=source.indicator.unit,
            sign=source.sign,
            years=years,
            measured=values,
            path=path,
            next_year=next_year,
            next_path=float(source.path(np.array([next_year]), years, values)[0]),
            size=size,
        )

    def _look_at_guards(self, block: RegulatorBlock, measured: OwnHistory) -> tuple[GuardView, ...]:
        """Measure the guards that have a limit."""
        tariff = measured.read(TARIFF)
        figures = {
            "residential_tariff_rise_share": tariff[-1] / tariff[max(tariff.size - 1 - TREND_YEARS, 0)] - 1.0,
            "public_support_bn_cny_per_year": measured.read(SUPPORT)[-1],
            "shortage_hours_per_year": measured.read(SHORTAGE)[-1],
        }
        limits = {name: getattr(block.guards, name) for name in figures}
        return tuple(
            GuardView(name, float(figures[name]), limit)
            for name, limit in limits.items()
            if limit is not None
        )


def view_instruments(
    block: RegulatorBlock, policies: Mapping[str, Policy], from_year: int
) -> dict[str, InstrumentView]:
    """Read the instruments of a regulator from the law, in the first year in which a decision is in force."""
    views = {}
    for name, instrument in block.instruments.items():
        policy_name, _, key = name.partition(".")
        policy = policies[policy_name]
        path = getattr(policy, key)
        views[name] = InstrumentView(
            name=name,
            aims=instrument.aims,
            path=path,
            value=path.value_in(from_year),
            is_in_force=policy.enabled and policy.from_year <= from_year <= policy.until_year,
            scale=instrument.scale,
            proportional=instrument.proportional,
            integral=instrument.integral,
            lowest=instrument.within[0],
            highest=instrument.within[1],
            most_per_review=instrument.most_per_review,
            may_fall=instrument.may_fall,
        )
    return views


def build_event(view: ReviewView, new_paths: Mapping[str, Schedule]) -> Event:
    """Build the event by which a review changes the law."""
    changes: dict[str, dict[str, Schedule]] = {}
    for name, path in new_paths.items():
        policy, _, key = name.partition(".")
        changes.setdefault(policy, {})[key] = path
    return ReviewEvent.model_construct(decided_in=view.year, from_year=view.from_year, set=changes)


def _check_rules(
    rules: Mapping[str, type[ReviewRule]], owners: Sequence[str], members: Sequence[str]
) -> None:
    """Refuse a rule of neither the nation nor a province, and one of a member of a joint office."""
    for name in rules:
        if name in members:
            raise ExtensionError(build_message("rule_of_a_member", name=name))
        if name not in owners:
            advice = suggest(nearest(name, owners), build_message("there_are", names=list(owners)))
            raise ExtensionError(build_message("no_regulator", name=printable(name), advice=advice))

"""The carbon market: which sectors take part, how many allowances they get, and how many they buy."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FUELS, SECTORS
from tanlu.core.schedules import CAP_PATHS, PolicySchedule
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import LAST_YEAR, NonNegativeSchedule, Schedule, ShareSchedule, Year, refuse
from tanlu.policies.base import Policy
from tanlu.policies.scope import SectorName, SparedFuelName, acts_on

NATIONAL_COVERAGE: Mapping[str, int] = {
    "electricity": 2021,
    "steel": 2024,
    "cement": 2024,
    "aluminium": 2024,
    "heat": 2027,
    "chemicals": 2027,
    "refining": 2027,
    "gas_processing": 2027,
    "other_industry": 2027,
}


CREDIT_KEY = "capture_counts_from_year"  # from which captured CO2 needs no allowances
CAPPED_SECTORS = ("electricity", "steel", "cement", "aluminium")
# Keys that are fields of the schedule too; of several policies the lowest figure holds.
LOWEST_HOLDS = (
    "cap_share",
    "follows_output_share",
    "offset_limit_share",
    "shortfall_cap_share",
    "reserve_lower_share",
    "reserve_upper_share",
    "reserve_intake_share",
    "reserve_release_share",
    "reserve_keeps_share",
    "penalty_cny_per_tco2",
    "expires_after_years",
)
OLDEST_ALLOWANCE_YEARS = 5  # that a bank tells from older ones


class CarbonMarket(Policy):
    """Put sectors under the carbon market: they surrender an allowance for every tonne they emit.

    Until its cap a sector gets allowances free, in proportion to output: output x benchmark. A plant
    cleaner than its benchmark has some to sell, a dirtier one has to buy, and a plant at the benchmark
    pays nothing however much it produces. Such a standard pays new coal, which emits less than its
    benchmark: each MWh brings more allowances than it needs, so a dearer allowance pays it more, while
    wind and sun get nothing. From its cap year on (steel, cement and aluminium 2027, power 2030;
    official years, which sector when is grade D, an assumption) a sector shares what there is by what
    it did in a base period: more output brings no allowances, and coal pays for each tonne. With no
    quantity given, the national rules hold.

    Before its cap, power units are spared what they fall short of by more than 20 % of their emissions, gas
    units any shortfall (national allocation plans, grade B): allowances = max(output x benchmark, (1 - 0.2)
    x emissions). So a coal unit whose benchmark is far below what it emits pays for a fifth of each tonne,
    and further tightening leaves it cold. `shortfall_cap_share` changes the rule: 1 takes it away;
    `shortfall_cap_until_year` ends it for coal or gas units in a year.

    Equation: factor(y) = product over t = start..y of (1 - tightening(t)), start being the later of
    `tightening_from_year` and the year after the sector joined: its first year is not tightened.
    Free allowances before the cap = output x benchmark x factor x (1 - auction share); the auction
    sells the rest of that sum. Under a cap tightening does nothing, and the auction share is of the cap.
    Factors of several policies multiply; of auction shares the highest holds, of caps on the shortfall
    the lowest, as of keys of the reserve, of expiry and of fines; carry-over is unlimited if one of them says so.

    Carry-over: a company keeps at most 10,000 t of allowances a year for its power units, 100,000 t for its
    facilities, and 1.5 times its net sales. While the price is below what it expects to get next year it
    buys to bank that much. With `carry_over: unlimited` it may keep all, and buys for five years of its
    shortage (grade D, an assumption).

    While prices are observed (until 2026) the country's bank follows the rules of those years, whatever a law
    says: those prices came under them.

    Reserve, vintages, fine: off unless given, and for the whole country. The reserve takes `reserve_intake_share`
    of the bank of all holders while it is above `reserve_upper_share` of the allowances of a year, and gives
    back at most `reserve_release_share` of them while the bank is below `reserve_lower_share`; what it holds
    above `reserve_keeps_share` is cancelled. Allowances older than `expires_after_years` end; the oldest are
    used first, so a bank of less than that many years of emissions loses none. Who pays
    `penalty_cny_per_tco2` for a tonne owes no allowance for it, so no allowance costs more. Without a fine what
    is missing is taken off the next year's allowances. The decree of 2024 asks for both, a fine of 5 to 10 times
    the price (State Council Decree 775, grade D, from memory): such a fine bounds no price.

    Captured CO2: the work plan of March 2025 for steel, cement and aluminium credits none (grade B), so a
    captured tonne needs its allowance as any other, and only a fixed price (`carbon_price`), subsidies and
    charges abroad pay for capture. From `capture_counts_from_year` on what stays out of the air needs none.

    Source: electricity since 2021; steel, cement and aluminium with their emissions of 2024 (Ministry
    of Ecology and Environment, document 2025 No. 2, grade A); all major industry by 2027 (State
    Council opinions of August 2025, grade B; which of our sectors that means is grade D, an
    assumption: heating plants join with the rest). Benchmarks of
    coal units above 300 MW fell 6.3 % from 2019-2020 to 2021 and 0.5 % in each of 2022 and 2024
    (documents 2020 No. 3, 2023 No. 1, 2024 No. 1, grade B), and fall 0.1 % in each of 2025 and 2026 (draft
    of July 2026, grade C). Free allocation of 100 % so far (ICAP,
    grade A); free and paid allocation are announced for 2030 (grade B). Form of the allocation:
    tradable performance standard, Goulder, Long, Lu and Morgenstern 2022.

    Reasonable values: tightening of 0.005 to 0.02 a year, 0.03 is ambitious; auction share of 0.05 to
    0.1 around 2030 and 0.5 by 2040 (grade D, an assumption: no figure is official). China has announced a
    reserve without its form (Opinions of August 2025, grade A); that of the European Union takes 0.24 of the
    bank a year (Decision 2015/1814, grade A).

    What it does not do: it sets no price, which comes from the national market of the region pack
    (`carbon_price` gives a floor or a ceiling). Other facilities than those of steel, cement and
    aluminium, and these before their cap, get what they emit, give or take 3 %, by their distance from
    all who make the same product, so most of what they avoid takes its free allowances along: until
    part of them is auctioned, the market pays them little for abating.

    In a scenario file:

        national_market:
          kind: carbon_market
          from_year: 2021
          benchmark_tightening_share_per_year: {2027: 0.01, 2040: 0.02}
          auction_share: {2029: 0, 2035: 0.3}
          sectors: {electricity: 2021, steel: 2024, cement: 2024, aluminium: 2024, chemicals: 2027}
    """

    theme: ClassVar[str] = "carbon"
    title: ClassVar[Mapping[str, str]] = {"en": "Carbon market", "zh": "碳市场"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Sectors surrender allowances for what they emit; how many they get free falls over time.",
        "zh": "纳入行业须为其排放清缴配额，免费配额随基准线收紧和有偿分配而逐年减少。",
    }

    kind: Literal["carbon_market"]
    """Which instrument this is."""

    sectors: Annotated[Mapping[SectorName, Year], Field(validate_default=True)] = NATIONAL_COVERAGE
    """Sectors of the market, each with the first year whose emissions count; unless given, the
    coverage of the national market as announced. A scenario that extends another adds to the list
    given there; a first year beyond the run takes a sector out."""

    benchmark_tightening_share_per_year: Annotated[
        ShareSchedule, Plausible(0.0005, 0.1, "0.001 to 0.063 a year so far, grade B")
    ] = Schedule(0.0)
    """Share by which benchmarks fall each year."""

    tightening_from_year: Year = 2027
    """First year of tightening; until then the official benchmarks of the region pack hold, which
    end in 2026."""

    auction_share: Annotated[ShareSchedule | None, PLAUSIBLE_SHARE] = None
    """Share of the allowances that is sold instead of given free; unless given, nothing before a sector's cap,
    and then as assumed for the country."""

    capture_counts_from_year: Year | None = None
    """First year in which a captured tonne that stays out of the air needs no allowance; never unless given."""

    shortfall_cap_share: Annotated[ShareSchedule | None, PLAUSIBLE_SHARE] = None
    """Most that the allocation of a power unit, coal or gas, may fall short of its emissions, as a share of
    them; unless given, as in the national rules."""

    cap_path: Literal["central", "slow", "neutral_2060"] = "central"
    """Path of the national cap: `central` falls as holders expect to 2035, then to 30 % of 2025 in 2060; `slow` falls
    by 1 % a year; `neutral_2060` falls to 15 % in 2060, which is more than all options of the country give. No path is
    published (grade D, an assumption)."""

    cap_share: Annotated[
        ShareSchedule | None, Plausible(0.1, 1.0, "a fall of up to 5 % a year, grade D", zero=False)
    ] = None
    """Cap of the country in shares of what its classes emitted in 2025, in place of a named path."""

    cap_from_year: Mapping[SectorName, Year] = Field(default={}, validate_default=True)
    """First year in which a sector is under the cap; sectors that are not listed follow the national rules.
    Electricity, steel, cement and aluminium have a cap, each after the year in which it joins."""

    follows_output_share: Annotated[ShareSchedule | None, PLAUSIBLE_SHARE] = None
    """Share of the allowances under a cap that more output brings: 0 for a fixed base period, 1 by output; unless
    given, none."""

    offset_limit_share: Annotated[ShareSchedule | None, PLAUSIBLE_SHARE] = None
    """Share of emissions that voluntary credits may cover; unless given, as in the national rules."""

    shortfall_cap_until_year: Mapping[SparedFuelName, Year] = Field(default={}, validate_default=True)
    """Last year in which units of a fuel, coal or gas, are spared a part of what they fall short of; unless given,
    until their cap."""

    reserve_lower_share: Annotated[
        ShareSchedule | None,
        Plausible(0.005, 0.6, "400 of 1,600 Mt in the European Union, grade C"),
    ] = None
    """Bank of all holders, as a share of a year's allowances, below which the reserve gives back; unless given,
    never."""

    reserve_upper_share: Annotated[
        ShareSchedule | None, Plausible(0.01, 0.9, "833 of 1,600 Mt in the European Union, grade C")
    ] = None
    """Bank of all holders, as a share of a year's allowances, above which the reserve takes; unless given, never."""

    reserve_intake_share: Annotated[
        ShareSchedule | None, Plausible(0.05, 0.5, "0.12 to 0.24 in the European Union, grade A")
    ] = None
    """Share of the bank that the reserve takes in a year; unless given, 0.24."""

    reserve_release_share: Annotated[
        ShareSchedule | None, Plausible(0.005, 0.2, "0.02 to 0.1, grade D, an assumption")
    ] = None
    """Most that the reserve gives back in a year, as a share of a year's allowances; unless given, 0.02."""

    reserve_keeps_share: Annotated[ShareSchedule | None, PLAUSIBLE_SHARE] = None
    """Most that the reserve may hold, as a share of a year's allowances; what is above is cancelled; unless given,
    nothing is."""

    expires_after_years: Annotated[
        Annotated[int, Field(ge=1, le=OLDEST_ALLOWANCE_YEARS)] | None,
        Plausible(1, 5, "no date is set, grade B"),
    ] = None
    """Years after which an allowance ends, its own year counted; unless given, never."""

    penalty_cny_per_tco2: Annotated[
        NonNegativeSchedule | None, Plausible(10, 2000, "100 EUR in the European Union, grade A", zero=False)
    ] = None
    """Fine for a tonne that has no allowance, with which the duty ends; none unless given."""

    carry_over: Literal["limited", "unlimited"] = "limited"
    """Allowances that may be kept for later years: as limited by the national rules, or all."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Cover the sectors, tighten their benchmarks and set the auctions."""
        years, before = schedule.years, schedule.carbon
        joined = years[:, None] >= self._first_years()
        covered = acts_on(self, schedule, self.sectors, SECTORS) & joined[:, None, :]
        factor = self._benchmark_factor(years)[:, None, :]
        given = np.full(years.size, np.inf) if self.auction_share is None else self.auction_share.path(years)
        auctioned = np.where(covered, given[:, None, None], 0.0)
        carbon = before._replace(
            covered=np.maximum(before.covered, covered),
            benchmark_factor=before.benchmark_factor * np.where(covered, factor, 1.0),
            auction_share=_higher_share(before.auction_share, auctioned),
            capture_counts=np.maximum(before.capture_counts, self._capture_counts(years)),
            unlimited_carry_over=np.maximum(before.unlimited_carry_over, self._unlimited(years)),
            cap_path=np.where(self.in_force(years), CAP_PATHS.index(self.cap_path), before.cap_path),
            cap_from_year=np.minimum(before.cap_from_year, self._cap_years()),
            shortfall_cap_until_year=np.minimum(before.shortfall_cap_until_year, self._last_spared_years()),
            **{
                name: np.minimum(getattr(before, name), self._where_given(getattr(self, name), years))
                for name in LOWEST_HOLDS
            },
        )
        return schedule._replace(carbon=carbon)

    def _capture_counts(self, years: Integers) -> Floats:
        first = np.inf if self.capture_counts_from_year is None else self.capture_counts_from_year
        return np.where(self.in_force(years) & (years >= first), 1.0, 0.0)

    def _where_given(self, figure: Schedule | int | None, years: Integers) -> Floats:
        """Compute a figure [Y], infinite where the national rules hold."""
        if figure is None:
            return np.full(years.size, np.inf)
        by_year = figure.path(years) if isinstance(figure, Schedule) else float(figure)
        return np.where(self.in_force(years), by_year, np.inf)

    def _last_spared_years(self) -> Floats:
        """List the last year in which units of a fuel are spared [F], infinite where the national rules hold."""
        return np.array([float(self.shortfall_cap_until_year.get(name, np.inf)) for name in FUELS])

    def _cap_years(self) -> Floats:
        """List the first year under a cap [S], infinite where the national rules hold."""
        return np.array([float(self.cap_from_year.get(name, np.inf)) for name in SECTORS])

    @field_validator("cap_from_year")
    @classmethod
    def _cap_after_joining(cls, value: Mapping[str, int], info: ValidationInfo) -> Mapping[str, int]:
        """Refuse a cap of a sector that has none, or that has not joined before."""
        for name, year in value.items():
            if name not in CAPPED_SECTORS:
                refuse("no-cap-of-sector", sector=name)
            joined = info.data.get("sectors", {}).get(name, LAST_YEAR)
            if year <= joined:
                refuse("cap-before-joining", sector=name, year=year, joined=joined)
        return value

    @field_validator("reserve_upper_share")
    @classmethod
    def _take_above_where_it_gives(cls, value: Schedule | None, info: ValidationInfo) -> Schedule | None:
        """Refuse a reserve that takes from a bank to which it gives, in a year of both."""
        lower = info.data.get("reserve_lower_share")
        if value is None or lower is None or not {"from_year", "until_year"} <= info.data.keys():
            return value
        years = np.arange(info.data["from_year"], info.data["until_year"] + 1)
        gives, takes = lower.path(years), value.path(years)
        if np.any(gives > takes):
            i = int(np.argmax(gives > takes))
            refuse("reversed-reserve", year=years[i], upper=f"{takes[i]:g}", lower=f"{gives[i]:g}")
        return value

    def _unlimited(self, years: Integers) -> Floats:
        return np.where(self.in_force(years) & (self.carry_over == "unlimited"), 1.0, 0.0)

    def _first_years(self) -> Integers:
        """List the year in which each sector joins [S].

        Sectors that are left out have a year beyond any run.
        """
        no_year = np.iinfo(np.int64).max - 1
        return np.array([self.sectors.get(name, no_year) for name in SECTORS], dtype=np.int64)

    def _benchmark_factor(self, years: Integers) -> Floats:
        """Compute the remaining share of the last official benchmarks [Y, S].

        Tightening of the years before a run counts too, so a run's first year does not matter.
        """
        all_years = np.arange(min(self.tightening_from_year, years[0]), years[-1] + 1)
        start = np.maximum(self.tightening_from_year, self._first_years() + 1)
        is_tightened = self.in_force(all_years)[:, None] & (all_years[:, None] >= start)
        remaining_share = 1.0 - self.benchmark_tightening_share_per_year.path(all_years)
        factor = np.cumprod(np.where(is_tightened, remaining_share[:, None], 1.0), axis=0)
        return np.asarray(factor[years - all_years[0]], dtype=np.float64)


def _higher_share(before: Floats, after: Floats) -> Floats:
    """Take the higher of two auction shares; a number goes before what is left to the national rules."""
    after = np.where(np.isinf(after) & (before > 0.0), before, after)
    return np.maximum(np.where(np.isinf(before) & (after > 0.0), after, before), after)

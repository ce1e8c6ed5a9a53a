"""The world of a scenario: what the region cannot choose."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import (
    LARGEST_NUMBER,
    NORMAL_WATER,
    ClosingYear,
    FactorSchedule,
    HydrologyYear,
    ModelYear,
    NonZeroFactorSchedule,
    PlantId,
    Schedule,
    Strict,
)


def _price_form(value: object) -> str:
    """Tell a name of a price from prices by year."""
    return "points" if isinstance(value, Mapping) else "name"


CarbonPriceAbroad = Annotated[
    Annotated[Literal["national", "same_as_region"], Tag("name")]
    | Annotated[
        Mapping[ModelYear, Annotated[float, Field(ge=0.0, le=LARGEST_NUMBER)]],
        Field(min_length=1),
        Tag("points"),
    ],
    Discriminator(_price_form),
]


class World(Strict):
    """What the region cannot choose: weather, prices, growth, technology costs. Neutral by default, rivers drawn."""

    from_year: ModelYear | None = None
    """First year in which the factors act. Without it they act after the pack's last statistics, so that none rewrites
    what was observed; an earlier year makes a counterfactual of the past."""

    hydrology: Literal["observed", "normal", "bootstrap", "drought_regime"] = "bootstrap"
    """`bootstrap`: years with statistics run with their own monthly hydropower, later ones draw whole
    observed years. `observed`: later years run with the normal year. `normal`: every year runs with
    the normal year. `drought_regime`: in later years dry and extremely dry years come at random and
    tend to follow each other. What is drawn differs between replications; nobody foresees it."""

    drought: Mapping[ModelYear, HydrologyYear] = {}
    """Model years that replay the monthly hydropower of a past year: {2028: 2022} is the drought of
    2022 once more. `normal` stands for the normal year: {2028: normal} is its twin, with the same water in all
    other years."""

    reservoir_floor_factor: Annotated[
        float,
        Field(ge=0.0, le=7.0),
        Plausible(0.0, 2.0, "0 to 2: nothing to a quarter of the store, grade D"),
    ] = 1.0
    """Multiplies the least level that reservoirs keep in free years: 0.13 of full, published for August 2022 of those
    near the load, and taken for all (grade D)."""

    flood_storage_factor: Annotated[
        float,
        Field(ge=0.0, le=3.0),
        Plausible(0.0, 1.5, "0 to 1.5: single limits are from memory, grade D"),
    ] = 1.0
    """Multiplies what reservoirs keep free for floods from June to August in free years: about a third of the store to
    July, half of that in August (grade D)."""

    drawdown_level_share: Annotated[
        float,
        Field(ge=0.0, le=1.0),
        Plausible(0.2, 1.0, "0.2 to 1: no rule of the province was found, grade D", zero=False),
    ] = 1.0
    """Highest level of reservoirs at the end of May in free years, of full. 1: no rule, so that the worth of water
    decides alone how far they are drawn down before the floods (grade D)."""

    reachable_store_share: Annotated[
        float,
        Field(gt=0.0, le=1.0),
        Plausible(0.5, 1.0, "0.5 to 1: contracts and irrigation bind the rest, grade D"),
    ] = 1.0
    """Share of the seasonal store that the market moves in free years; the rest fills and empties as it does in the
    year that the water is of. Half of one large reservoir serves a contract, another irrigates first (grade D)."""

    neighbours_carbon_price: CarbonPriceAbroad = "national"
    """What power plants beyond the region's borders pay for CO2. `national`: the price of the national market, with its
    free allowances. `same_as_region`: what plants at this end of the line pay. {2030: 150, 2040: 300}: CNY/t CO2 for
    every tonne, linear between the years."""

    coal_price_factor: Annotated[
        FactorSchedule, Plausible(0.3, 3.0, "prices doubled within 2021, grade D", zero=False)
    ] = Schedule(1.0)
    """Multiplies the price of coal."""

    gas_price_factor: Annotated[
        FactorSchedule, Plausible(0.3, 3.0, "prices doubled within 2022, grade D", zero=False)
    ] = Schedule(1.0)
    """Multiplies the price of natural gas."""

    demand_factor: Annotated[
        NonZeroFactorSchedule,
        Plausible(0.5, 2.0, "demand of the pack's forecast, halved or doubled, grade D", zero=False),
    ] = Schedule(1.0)
    """Multiplies the demand for electricity and for every product and service."""

    cooling_factor: Annotated[
        FactorSchedule, Plausible(0.5, 2.0, "the heat of 2022 is about 1.25, grade C", zero=False)
    ] = Schedule(1.0)
    """Multiplies electricity for cooling in the years after the statistics: the heat of 2022 is about 1.25."""

    price_cap_factor: Annotated[FactorSchedule, Plausible(0.2, 5.0, "an assumption, grade D", zero=False)] = (
        Schedule(1.0)
    )
    """Multiplies the administered price at which hours are settled in which power is short."""

    heat_price_factor: Annotated[FactorSchedule, Plausible(0.5, 2.0, "0.8 to 1.2, grade D", zero=False)] = (
        Schedule(1.0)
    )
    """Multiplies the price of the heat that cogeneration units sell. It is from memory (grade D): 0.8 to 1.2."""

    renewable_cost_factor: Annotated[
        NonZeroFactorSchedule,
        Plausible(0.2, 3.0, "costs fell to a fifth within ten years, grade D", zero=False),
    ] = Schedule(1.0)
    """Multiplies the investment cost of wind and solar power and of batteries."""

    renewable_pace_factor: Annotated[
        FactorSchedule, Plausible(0.3, 3.0, "0.5 to 1.5 in the years since 2016, grade C", zero=False)
    ] = Schedule(1.0)
    """Multiplies what the grid can connect of wind and solar power and of batteries in a year. The years since 2016
    spread from 0.5 to 1.5 times their mean (`tanlu backtest growth`)."""

    renewable_potential_factor: Annotated[
        FactorSchedule, Plausible(0.3, 5.0, "0.5 to 3 in studies, grade D", zero=False)
    ] = Schedule(1.0)
    """Multiplies the capacity for which there are sites of wind and solar power and of batteries. Studies differ by
    a factor of 0.5 to 3 (an assumption, grade D)."""

    wind_potential: Literal["low", "central", "high"] = "central"
    """For how much wind power there are sites, as in the pack's `site_limits.csv`: what prefectures and an early study
    count, about their geometric mean with a late study (an assumption, grade D), or that late study."""

    life_extension_length_factor: Annotated[
        FactorSchedule, Plausible(0.5, 2.0, "6 to 24 years, grade D", zero=False)
    ] = Schedule(1.0)
    """Multiplies the years for which a refurbished coal or gas unit runs on after its life. They are rounded: of 12
    years 0.8 makes 10 and 1.25 makes 15, between which such years lie (an assumption, grade D)."""

    life_extension_cost_factor: Annotated[
        FactorSchedule, Plausible(0.3, 3.0, "0.1 to 0.9 of a new unit, grade D", zero=False)
    ] = Schedule(1.0)
    """Multiplies the part of a new unit's cost that refurbishing takes (0.3, an assumption, grade D)."""

    site_decline_factor: Annotated[FactorSchedule, Plausible(0.0, 2.0, "0 to 2, grade D", zero=False)] = (
        Schedule(1.0)
    )
    """Multiplies what the last site of wind and solar power lacks to the full-load hours of the first. It is mostly an
    assumption (grade D): 0 to 2."""

    site_connection_factor: Annotated[
        FactorSchedule, Plausible(0.3, 3.0, "0.5 to 2, grade D", zero=False)
    ] = Schedule(1.0)
    """Multiplies what it costs more to connect the last site of wind and solar power than the first. It is from memory
    (grade D): 0.5 to 2."""

    capture_cost_factor: Annotated[
        NonZeroFactorSchedule,
        Plausible(0.2, 3.0, "published costs differ by a factor of three, grade D", zero=False),
    ] = Schedule(1.0)
    """Multiplies the investment and operating cost of CO2 capture."""

    capture_pace_factor: Annotated[FactorSchedule, Plausible(0.3, 4.0, "0.5 to 2, grade D", zero=False)] = (
        Schedule(1.0)
    )
    """Multiplies what can be added to the capture of CO2 in a year. It is mostly an assumption (grade D): 0.5 to 2."""

    lender_capital_factor: Annotated[
        float,
        Field(gt=0.0, le=1000.0),
        Plausible(0.05, 1000.0, "1,000 stands for capital without end, grade D"),
    ] = 1.0
    """Multiplies the own funds behind loans with which lenders start: of 10 only quotas of growth are left, of 0.5
    many a loan finds no lender."""

    modular_building: Literal["evidence", "promoters"] = "evidence"
    """What modular building costs and how long it takes: as studies find, or as its promoters claim."""

    plant_retirement: Annotated[Mapping[PlantId, ClosingYear], Field(max_length=2000)] = {}
    """First year without a named power unit or facility, after the pack's last statistics, whatever it would have
    chosen. Where the pack closes it earlier, that holds. Nobody knows of it while there are statistics."""

    @property
    def dry_years(self) -> tuple[int, ...]:
        """List the years that replay water of the past."""
        return tuple(int(year) for year, past in self.drought.items() if past != NORMAL_WATER)

    def delay_factors(self, last_observed_year: int) -> "World":
        """Set factors to one in years before they act.

        They act from `from_year`, or after the statistics.
        """
        first, neutral = self.from_year or last_observed_year + 1, Schedule(1.0)
        factors = {name: value for name, value in self if isinstance(value, Schedule) and value != neutral}
        acting = {name: neutral.until(first, value) for name, value in factors.items()}
        return self.model_copy(update=acting)

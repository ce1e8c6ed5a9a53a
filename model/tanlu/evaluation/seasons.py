"""Prices by season, spill and curtailment of past years, and prices of coming years, against what was published."""

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUEL, LARGE_HYDRO_FUELS, RENEWABLE_FUELS, SEASONS
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.core.units import GWH_PER_TWH, MWH_PER_TWH
from tanlu.evaluation.past_years import PastYear
from tanlu.evaluation.region_check import statistics
from tanlu.evaluation.tables import ComparisonRow, baseline
from tanlu.markets.demand import Demand
from tanlu.power.trades import TradeOffers
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import with_settings
from tanlu.simulation.model import Inputs, RegionModel

PRICE, HYDRO_PRICE = "price of {season} months", "hydro contracts, {season} months"
QUANTITIES = (
    *(text.format(season=season) for text in (PRICE, HYDRO_PRICE) for season in sorted(SEASONS)),
    *("price of the year", "water spilled", "wind and sun curtailed"),
)
NOTES = (
    "Prices: mean wholesale price, weighted with load; dry: December to April, wet: June to October. Hydro contracts: "
    "what water sold within the province earns, agreed before it is known, under the seasons' price caps.",
    "Water spilled: published figures count the main rivers; the part without use is given (hydro_spill.csv).",
)
AHEAD_YEARS = 6  # after the last year of statistics
AHEAD_NOTES = (
    "Years after the statistics, from a run of the baseline in normal water. Water's contracts are agreed over the "
    "years that the water may be like; hours are those of the normal year alone, in which stores level the seasons.",
)


class ModelWithPower(RegionModel):
    """A model that keeps the electricity of every year it runs."""

    def __init__(self, inputs: Inputs, replication: int = 0) -> None:
        super().__init__(inputs, replication)
        self.cleared: dict[int, PowerOutcome] = {}

    def electricity(self, signals: Signals, demand: Demand, trades: TradeOffers) -> PowerOutcome:
        """Clear the year and keep it."""
        self.cleared[self.year] = super().electricity(signals, demand, trades)
        return self.cleared[self.year]


@cache
def cleared_ahead(name: str) -> Mapping[int, PowerOutcome]:
    """Clear the years after the statistics, by year.

    From the baseline of the pack `name`.
    """
    region = load_region(name)
    years = range(region.last_observed_year + 1, region.last_observed_year + 1 + AHEAD_YEARS)
    scenario = with_settings(baseline(region), replications=1, years=(years[0], years[-1]))
    model = ModelWithPower(Inputs(scenario, region))
    model.run()
    return {year: model.cleared[year] for year in years}


def rows_ahead(region: Region) -> Iterator[ComparisonRow]:
    """Yield seasonal prices of years after the statistics.

    With the same published ones.
    """
    for year, power in cleared_ahead(region.place).items():
        for p, province in enumerate(region.axes.provinces):
            yield from _price_rows(region, year, power, p, province)


def _price_rows(
    region: Region, year: int, power: PowerOutcome, p: int, province: str
) -> Iterator[ComparisonRow]:
    official = statistics(region)
    for quantity, price, variable in _prices(region, power, p):
        of_year = next((key[2] for key in official if key[:2] == (province, variable)), None)
        goal = None if of_year is None else official[province, variable, of_year]
        yield ComparisonRow(quantity, province, "CNY/MWh", year, price, goal, statistic_year=of_year)


def seasonal_rows(region: Region, past: PastYear) -> Iterator[ComparisonRow]:
    """Yield a year's prices, spill and curtailment with published ones.

    None has a bound.
    """
    year = past.year
    spill = region.tables["hydro_spill"].set_index(["province", "year"])["spilled_gwh"]
    for p, province in enumerate(region.axes.provinces):
        yield from _price_rows(region, year, past.power, p, province)
        hydro, clean = ([FUEL[f] for f in fuels] for fuels in (LARGE_HYDRO_FUELS, RENEWABLE_FUELS))
        capacity = past.power.offer.capacity_by_fuel_mw[p, hydro].sum()
        without_use = float(capacity * (region.power.hydrology.spill_without_use[year][p] @ HOURS_IN_MONTH))
        spilled = (float(past.power.curtailed_mwh[p, hydro].sum()) + without_use) / MWH_PER_TWH
        published = float(spill[province, year]) / GWH_PER_TWH if (province, year) in spill.index else None
        yield ComparisonRow("water spilled", province, "TWh", year, spilled, published)
        curtailed, fed = (
            float(energy[p, clean].sum()) for energy in (past.power.curtailed_mwh, past.generation_mwh)
        )
        yield ComparisonRow(
            "wind and sun curtailed", province, "%", year, 100.0 * curtailed / (curtailed + fed), None
        )


def _prices(region: Region, power: PowerOutcome, p: int) -> Iterator[tuple[str, float, str]]:
    """Yield the mean price of each season and of the year, CNY/MWh.

    With the variable of its statistic.
    """
    sales = power.hydro_sales
    load = power.hours.load_mw[p] * power.hours.day_weight[:, :, None]
    payments = power.prices.price_cny_per_mwh[p] * load

    def mean(months: Floats | slice) -> float:
        return float(payments[months].sum() / load[months].sum())

    for season, numbers in region.seasons.items():
        months = np.array(numbers) - 1
        yield PRICE.format(season=season), mean(months), ""
        contracts = float(sales.paid_cny[p, months].sum() / sales.sold_mwh[p, months].sum())
        yield HYDRO_PRICE.format(season=season), contracts, f"wholesale_price_{season}_cny_per_mwh"
    yield "price of the year", mean(slice(None)), "coal_benchmark_price_cny_per_mwh"

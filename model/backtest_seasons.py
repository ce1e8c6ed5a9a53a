"""Prices by season, spill and curtailment of past years, beside what was published."""

from collections.abc import Iterator

import numpy as np

from model.backtest import Row
from model.past import PastYear
from model.region import Region
from model.regioncheck import statistics
from model.signals import FUEL, PROVINCES, RENEWABLE_FUELS, Floats

# The seasons of Sichuan's market rules; May and November lie between them.
SEASONS = {"dry": (12, 1, 2, 3, 4), "wet": (6, 7, 8, 9, 10)}
RESERVOIRS_AND_RIVERS = ("hydro_reservoir", "hydro_run_of_river")
PRICE, HYDRO_PRICE = "price of {season} months", "hydro contracts, {season} months"
QUANTITIES = (
    *(text.format(season=season) for text in (PRICE, HYDRO_PRICE) for season in SEASONS),
    *("price of the year", "water spilled", "wind and sun curtailed"),
)
NOTES = (
    "Prices: mean wholesale price, weighted with load; dry: December to April, wet: June to October. Hydro contracts: "
    "what water sold within the province earns under the seasons' price caps. Published are central trading in "
    "Sichuan in 2025, mostly hydropower (dry: March, April and a reference of December; wet: June and August), and "
    "the coal benchmark tariff of 2020; no price of 2020 to 2023 by season was found.",
    "Water spilled: published figures count the main rivers and are partly remembered (hydro_spill.csv). No figure of "
    "wind and sun was found.",
)


def seasonal_rows(region: Region, past: PastYear) -> Iterator[Row]:
    """Yield prices, spill and curtailment of a year beside what was published; none has a bound."""
    official, year = statistics(region), past.year
    spill = region.tables["hydro_spill"].set_index(["province", "year"])["spilled_gwh"]
    for p, province in enumerate(PROVINCES):
        for quantity, price, variable in _prices(past, p):
            of_year = next((key[2] for key in official if key[:2] == (province, variable)), None)
            goal = None if of_year is None else official[province, variable, of_year]
            yield Row(quantity, province, "CNY/MWh", year, price, goal, statistic_year=of_year)
        hydro, clean = ([FUEL[f] for f in fuels] for fuels in (RESERVOIRS_AND_RIVERS, RENEWABLE_FUELS))
        spilled = float(past.power.curtailed_mwh[p, hydro].sum()) / 1e6
        published = float(spill[province, year]) / 1e3 if (province, year) in spill.index else None
        yield Row("water spilled", province, "TWh", year, spilled, published)
        lost, fed = (float(one[p, clean].sum()) for one in (past.power.curtailed_mwh, past.generation_mwh))
        yield Row("wind and sun curtailed", province, "%", year, 100.0 * lost / (lost + fed), None)


def _prices(past: PastYear, p: int) -> Iterator[tuple[str, float, str]]:
    """Yield the mean price of each season and of the year, CNY/MWh, with the variable of its statistic."""
    sales = past.power.hydro_sales
    load = past.sources_mw["load"][p] * past.day_weight[:, :, None]
    paid = past.power.price_cny_per_mwh[p] * load

    def mean(months: Floats | slice) -> float:
        return float(paid[months].sum() / load[months].sum())

    for season, numbers in SEASONS.items():
        months = np.array(numbers) - 1
        yield PRICE.format(season=season), mean(months), ""
        contracts = float(sales.paid_cny[p, months].sum() / sales.sold_mwh[p, months].sum())
        yield HYDRO_PRICE.format(season=season), contracts, f"wholesale_price_{season}_cny_per_mwh"
    yield "price of the year", mean(slice(None)), "coal_benchmark_price_cny_per_mwh"

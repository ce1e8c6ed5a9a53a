"""Road vehicles against the statistics: the stock by the ownership curve, and what new vehicles run on."""

from collections.abc import Iterator

from tanlu.core.axes import P
from tanlu.core.units import PER_MILLION, PER_THOUSAND
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.tables import Backtest, ComparisonRow, past_run, report_of, section_of
from tanlu.region.pack import Region, load_region
from tanlu.region.vehicles import stock_hindcast
from tanlu.simulation.run import Run

STOCK_BOUND_PERCENT = 3.0
SHARE_BOUND_PERCENT = 20.0
NOTES = (
    "Stock: the ownership curve from the last year it is fitted to, without later statistics; a run itself starts from "
    "them.",
    "New-energy share of sales: the region's buyers and the nation's, which cars are fitted to, and a province's where "
    "it has a statistic.",
)


def backtest_vehicles(name: str) -> Backtest:
    """Compare stock and new-energy share of road vehicles of the pack `name` with the statistics.

    Raises:
        RegionError: if there is no such pack.
        ScenarioError: if Tanlu's baseline is not there, or is wrong.
    """
    region = load_region(name)
    rows = (*stock_rows(region), *new_energy_rows(region, past_run(region)))
    section = section_of("Backtest: road vehicles", rows, past_facts(region).notes_of("vehicles", *NOTES))
    return Backtest(rows, report_of(f"{region.name}, road vehicles", rows, (section,)))


def stock_rows(region: Region) -> Iterator[ComparisonRow]:
    """Yield the stock at the end of each year since the curve was fitted, million vehicles."""
    fitted_to = past_facts(region).ownership_fitted_to
    years = range(fitted_to + 1, region.vehicles.last_observed_year + 1)
    curve = stock_hindcast(region.tables, region.axes, region.vehicles, fitted_to, years) / PER_MILLION
    for i, year in enumerate(years):
        observed = region.vehicles.stock(year).sum(axis=1) / PER_MILLION
        for p, province in enumerate(region.axes.provinces):
            model, statistic = float(curve[i, p]), float(observed[p])
            yield ComparisonRow(
                "civil vehicles", province, "million", year, model, statistic, STOCK_BOUND_PERCENT
            )


def new_energy_rows(region: Region, run: Run) -> Iterator[ComparisonRow]:
    """Yield new-energy vehicles in sales and in use with the statistics, in the years that have one."""
    provinces = region.axes.provinces
    first, sold, stock = int(run.years[0]), run.record.road.sales, run.record.road.stock
    for province, year, value in _statistics(region, run, "new_energy_share_of_sales"):
        here = [provinces.index(province)] if province in provinces else list(range(P))
        sales = sold[year - first, here]
        share = 100.0 * float(sales[:, :, 1:].sum() / sales.sum())
        place = province if province in provinces else region.axes.region
        yield ComparisonRow(
            "new-energy share of sales", place, "%", year, share, 100.0 * value, SHARE_BOUND_PERCENT
        )
    for province, year, value in _statistics(region, run, "new_energy_vehicles_thousand"):
        if province in provinces:
            number = float(stock[year - first, provinces.index(province), :, 1:].sum()) / PER_THOUSAND
            yield ComparisonRow("new-energy vehicles", province, "thousand", year, number, value)


def _statistics(region: Region, run: Run, variable: str) -> list[tuple[str, int, float]]:
    """Return province, or the nation, year and value of a statistic in the run's years."""
    table = region.tables["vehicle_statistics"]
    rows = table[table["year"].isin(run.years) & (table["variable"] == variable)]
    return list(zip(rows["province"].tolist(), rows["year"].tolist(), rows["value"].tolist(), strict=True))

"""Road vehicles against the statistics: the stock by the ownership curve, and what new vehicles run on."""

from collections.abc import Iterator

from tanlu.core.units import PER_MILLION, PER_THOUSAND
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.tables import Backtest, ComparisonRow, build_report, build_section, past_run
from tanlu.region.pack import Region, load_region
from tanlu.region.vehicles import stock_hindcast
from tanlu.simulation.run import Run
from tanlu.transport.fleet import NEW_ENERGY

STOCK_BOUND_PERCENT = 3.0
SHARE_BOUND_PERCENT = 20.0
NOTES = (
    "Stock: the ownership curve from the last year it is fitted to, without later statistics; a run itself starts from "
    "them.",
    "New-energy share of sales: the region's buyers and the nation's, which cars are fitted to, and a province's where "
    "it has a statistic.",
)


def backtest_vehicles(name: str) -> Backtest:
    """Compare road vehicles with the statistics.

    Stock and new-energy share of the pack `name`.

    Raises:
        RegionError: if there is no such pack.
        ScenarioError: if Tanlu's baseline is not there, or is wrong.
    """
    region = load_region(name)
    rows = (*stock_rows(region), *new_energy_rows(region, past_run(region)))
    section = build_section("Backtest: road vehicles", rows, past_facts(region).notes_of("vehicles", *NOTES))
    return Backtest(rows, build_report(f"{region.name}, road vehicles", rows, (section,)))


def stock_rows(region: Region) -> Iterator[ComparisonRow]:
    """Yield the stock at year ends since the curve's fit, million vehicles; nothing without vehicles."""
    if "vehicles" in region.axes.absent_tables:
        return
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
    """Yield new-energy vehicles in sales and stock with statistics.

    In the years that have one.
    """
    provinces = region.axes.provinces
    first, sales, stock = int(run.years[0]), run.record.road.sales, run.record.road.stock
    for province, year, value in _statistics(region, run, "new_energy_share_of_sales"):
        rows = [provinces.index(province)] if province in provinces else list(range(len(provinces)))
        place_sales = sales[year - first, rows]
        share = 100.0 * float(place_sales[..., NEW_ENERGY].sum() / place_sales.sum())
        place = province if province in provinces else region.axes.region
        yield ComparisonRow(
            "new-energy share of sales", place, "%", year, share, 100.0 * value, SHARE_BOUND_PERCENT
        )
    for province, year, value in _statistics(region, run, "new_energy_vehicles_thousand"):
        if province in provinces:
            number = (
                float(stock[year - first, provinces.index(province)][..., NEW_ENERGY].sum()) / PER_THOUSAND
            )
            yield ComparisonRow("new-energy vehicles", province, "thousand", year, number, value)


def _statistics(region: Region, run: Run, variable: str) -> list[tuple[str, int, float]]:
    """Select province, year and value of a statistic.

    In the run's years; a nation may stand in place of a province.
    """
    table = region.tables["vehicle_statistics"]
    rows = table[table["year"].isin(run.years) & (table["variable"] == variable)]
    return list(zip(rows["province"].tolist(), rows["year"].tolist(), rows["value"].tolist(), strict=True))

"""What a worker does with an order: run one draw and keep what the pages show of it."""

from collections.abc import Callable
from functools import cache

from tanlu.experiments.results import simulate
from tanlu.explanation.records import RECORD_TABLES, collect_records, read_offered_options
from tanlu.output.extension import gather
from tanlu.output.measures import Measures
from tanlu.output.replications import collect_replication, replicate
from tanlu.output.result import findings_of, tidy
from tanlu.output.result_tables import RunTables
from tanlu.pages.hours import Hours, compact_hours
from tanlu.pages.money.payments import MEASURED, compact_payments
from tanlu.pages.sites import Plants, PlantSites, compact_plants, read_sites
from tanlu.pages.take_away.archive import saved_files
from tanlu.pages.workers.orders import Draw, Order
from tanlu.region.catalogue import pack_folder
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load
from tanlu.scenario.schema import Scenario


def answer(order: Order, go_on: Callable[[int, int], None]) -> Draw:
    """Carry out an order; `go_on` is called after each year, and ends the run by raising.

    Raises:
        ScenarioError: if the scenario is wrong.
        RunError: if the run fails.
    """
    if order.tables == "folder":
        return whole(order, go_on)
    outputs = {"dispatch": order.tables == "hours", "plants": order.tables == "plants"}
    scenario, none = load({**order.question, "outputs": outputs}), gather(())
    region = load_region(scenario.region, scenario.pack)
    run, one = replicate(scenario.model_copy(update={"replications": 1}), region, order.draw, go_on, none)
    regions = region.axes.regions
    measures = Measures(one.variables, one.units, regions, one.years, one.values[None])
    tables = RunTables(scenario.name, run, none)
    return Draw(
        one.variables,
        one.units,
        regions,
        one.years,
        one.values,
        compact_payments(tables.read("flows"), tidy(scenario.name, measures.select(MEASURED)), region.axes),
        findings_of(scenario, measures, [collect_replication(run, one)]),
        _hours(tables) if order.tables == "hours" else None,
        _plants(scenario, region, tables) if order.tables == "plants" else None,
    )


def whole(order: Order, go_on: Callable[[int, int], None]) -> Draw:
    """Run all draws as `tanlu run` does, and bring along the files of the folder that it writes."""
    result = simulate(load(order.question), progress=go_on)
    one, files = result.measures, saved_files(result)
    return Draw(
        one.variables, one.units, one.regions, one.years, one.values[0], None, result.findings, files=files
    )


def _hours(tables: RunTables) -> Hours:
    table, months = tables.read("dispatch"), tables.read("electricity_months")
    assert table is not None and months is not None, "they were asked for"
    return compact_hours(table, months)


def _plants(scenario: Scenario, region: Region, tables: RunTables) -> Plants:
    table = tables.read("plants")
    assert table is not None, "it was asked for"
    told = {name: tables.read(name) for name in RECORD_TABLES}
    records = collect_records(scenario.name, told, read_offered_options(region))
    return compact_plants(_sites(scenario.region), table, records, region.last_observed_year)


@cache
def _sites(region: str) -> PlantSites:
    return read_sites(pack_folder(region))

"""A stand-in for the model: plausible indicators in milliseconds, so that the app is tested on its own."""

import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tanlu.core.axes import Axes
from tanlu.explanation.records import Offered, collect_records
from tanlu.indicators.book import BOOK_PARTS, CHANGE
from tanlu.indicators.co2 import corridor_names
from tanlu.indicators.declared import list_declared
from tanlu.indicators.emissions import SECTOR_SUMS
from tanlu.inputs.diagnostics import Finding, Place, Severity, build_finding
from tanlu.investment.capture_terms import TERMS
from tanlu.ledger.margins import MARGIN_TERMS
from tanlu.output.charts import wide_table
from tanlu.output.figures.paths import INVESTMENT
from tanlu.output.measures import Measures
from tanlu.pages.border import BORDER_TABLES
from tanlu.pages.gases import GAS_TABLES
from tanlu.pages.hours import compact_hours
from tanlu.pages.levers import Levers
from tanlu.pages.money.payments import compact_payments
from tanlu.pages.reference_plant import STATION_TABLES
from tanlu.pages.service import CO2_TABLES, PACK, Service
from tanlu.pages.sites import Plants, PlantSites, compact_plants, read_sites
from tanlu.pages.workers.orders import Draw, Order
from tanlu.pages.workers.pool import Here
from tanlu.pages.workers.views import AnswerView
from tanlu.power.hours import DAY_TYPE_NAMES
from tanlu.region.pack import load_region
from tanlu.region.tables import read_frame
from tanlu.scenario.examples import example_of
from tests.chengyu import PROVINCES

CONTROLS = {
    "carbon_price": ("carbon_price", "price_cny_per_tco2"),
    "ccus_subsidy": ("ccus_subsidy", "rate_cny_per_tco2"),
    "green_bond_subsidy": ("green_bond_incentive", "interest_subsidy_percentage_points"),
}


REGION = load_region("chengyu")
YEARS = np.arange(2020, 2061)
SHARE = {"Sichuan": 0.66, "Chongqing": 0.34}
# variable: (Mt in 2020, yearly growth to 2028, yearly decline after, response to a carbon price)
SECTORS = {
    "Emissions|CO2|Energy|Supply|Electricity": (118.0, 0.012, 0.045, 0.75),
    "Emissions|CO2|Energy|Supply|Heat": (14.0, 0.005, 0.03, 0.5),
    "Emissions|CO2|Industry|Steel": (62.0, 0.0, 0.035, 0.6),
    "Emissions|CO2|Industry|Cement": (88.0, -0.01, 0.03, 0.45),
    "Emissions|CO2|Industry|Aluminium": (3.0, 0.01, 0.02, 0.3),
    "Emissions|CO2|Industry|Chemicals": (30.0, 0.01, 0.02, 0.4),
    "Emissions|CO2|Industry|Refining": (6.0, 0.01, 0.02, 0.3),
    "Emissions|CO2|Industry|Gas Processing": (12.0, 0.02, 0.02, 0.2),
    "Emissions|CO2|Industry|Other": (45.0, -0.005, 0.03, 0.4),
    "Emissions|CO2|Energy|Demand|Transportation": (58.0, 0.015, 0.05, 0.15),
    "Emissions|CO2|Energy|Demand|Buildings": (36.0, 0.005, 0.02, 0.2),
    "Emissions|CO2|Energy|Demand|Agriculture": (7.0, 0.0, 0.01, 0.05),
}

UNITS = {  # of variables by what they start with
    **dict.fromkeys(("Public", "System Cost", "Investment"), "bn CNY2020/yr"),
    "Unserved": "TWh/yr",
    "Shortage": "TWh/yr",
    "Expected Shortage": "h/yr",
    "Nameplate": "%",
    "Primary": "%",
    "Secondary": "TWh/yr",
}
CUSTOMERS = ("Residential", "Commercial", "Industry")


@dataclass(frozen=True)
class FakeResult:
    """What the app reads of a result."""

    scenario: Mapping[str, object]
    indicators: pd.DataFrame

    @property
    def measures(self) -> Measures:
        return measures_of(self.indicators)

    @property
    def dispatch(self) -> pd.DataFrame | None:
        outputs = self.scenario["outputs"]
        assert isinstance(outputs, Mapping)
        return fake_hours() if outputs["dispatch"] else None

    @property
    def plants(self) -> pd.DataFrame | None:
        return fake_plants()

    @property
    def decisions(self) -> pd.DataFrame | None:
        return fake_decisions()

    @property
    def closed_options(self) -> pd.DataFrame | None:
        return fake_closed()

    @property
    def unit_margins(self) -> pd.DataFrame | None:
        return fake_margins()

    @property
    def capture_costs(self) -> pd.DataFrame | None:
        return fake_capture_costs()

    @property
    def flows(self) -> pd.DataFrame | None:
        first = self.indicators["replication"].min()
        once = fake_flows(self.indicators[self.indicators["replication"] == first])
        return pd.concat(list(draws(once, self.scenario, "value_cny")), ignore_index=True)

    @property
    def findings(self) -> tuple[Finding, ...]:
        name = str(self.scenario["name"])
        return (fake_finding(name),) if control(self.scenario["policies"], "carbon_price") == 990 else ()


def measures_of(table: pd.DataFrame) -> Measures:
    """Return tidy indicators as arrays."""
    pairs = tuple(dict.fromkeys(zip(table["variable"], table["unit"], strict=True)))
    regions, draws = (*PROVINCES, "Chengyu"), sorted(set(table["replication"]))
    wide = table.pivot(index=["replication", "variable", "region"], columns="year", values="value")
    rows = [(draw, variable, region) for draw in draws for variable, _ in pairs for region in regions]
    values = wide.reindex(rows).to_numpy().reshape(len(draws), len(pairs), len(regions), -1)
    variables, units = zip(*pairs, strict=True)
    return Measures(variables, units, regions, np.asarray(wide.columns, np.int64), values)


def fake_finding(name: str) -> Finding:
    """Return what is found of one carbon price."""
    place = Place(name, path="policies.carbon_tax")
    return build_finding(Severity.warning, "says-nothing", place, name="carbon_tax", kind="carbon_price")


def fake_simulate(scenario: Mapping[str, object]) -> FakeResult:
    """Answer a scenario by closed formulas: more price, subsidy or cheap credit never means more CO2."""
    policies = scenario.get("policies", {})
    assert isinstance(policies, Mapping)
    price, subsidy, bonds = (control(policies, key) for key in CONTROLS)
    ramp = np.clip((YEARS - 2026) / 20, 0, 1)
    pressure = 1 - np.exp(-(price + 90 * bonds) / 300)
    more = demand_factor(scenario)
    rows = {name: more * sector_path(*shape, pressure, ramp) for name, shape in SECTORS.items()}
    captured = 40 * ramp * (1 - np.exp(-(price + subsidy) / 350))
    rows["Emissions|CO2|Industry|Cement"] = rows["Emissions|CO2|Industry|Cement"] - 0.3 * captured * (
        price + subsidy > 0
    )
    rows["Emissions|CO2|Released after Capture"] = 0.05 * captured
    rows["Emissions|CO2"] = np.sum(list(rows.values()), axis=0)
    for above in SECTOR_SUMS:
        rows[above] = np.sum([rows[name] for name in SECTORS if name.startswith(f"{above}|")], axis=0)
    rows["Carbon Capture"] = captured
    rows["Emissions|CO2|Net Imports"] = -15.0 + 0.03 * price * ramp
    rows["Emissions|CO2|Net Imports|Electricity"] = -12.0 + 0.03 * price * ramp
    rows["Trade|Electricity|Net Exports"] = 100.0 - 0.05 * price * ramp
    for at, declared in enumerate(list_declared()):
        rows[declared.variable] = 10.0 * (at + 1) * ramp
    rows["Allowances|Other Regions|Left"] = 0.02 * price * ramp
    rows["Allowances|Other Regions|Used"] = 5000.0 + 0.015 * price * ramp
    rows["Public Budget|Climate Support"] = captured * subsidy / 1000 + 2 * bonds * (ramp > 0)
    rows["Public Budget|Capture Subsidy"] = captured * subsidy / 1000
    rows["Public Budget|Capture Contract"] = 0.0 * captured
    rows["Emissions Avoided at Source|Carbon Capture"] = 0.9 * captured
    rows["Public Budget|Climate Revenue"] = price * ramp * rows["Emissions|CO2"] / 1000
    rows["Public Budget|Carbon Revenue Given Back"] = 0.0 * captured
    idle = 0.0 * captured
    rows["Unserved Energy|Electricity"] = np.where(YEARS == 2022, 3.0, idle)
    rows["Rationing|Electricity|Industry"] = np.where(YEARS == 2034, 0.4 * (price > 400), idle)
    rows["Shortage|Electricity"] = (
        rows["Unserved Energy|Electricity"] + rows["Rationing|Electricity|Industry"]
    )
    rows["Expected Shortage|Hours"] = np.where(YEARS == 2034, 6.0, idle)
    rows["Nameplate Margin|Electricity"] = 30.0 - 0.6 * (YEARS - 2020)
    rows["Secondary Energy|Electricity|Hydro"] = 400.0 + 0.0 * YEARS
    rows["Primary Energy|Non-Fossil Share"] = 35.0 + 0.8 * (YEARS - 2020)
    rows["System Cost|Electricity"] = 90.0 + captured * 0.2
    for name in INVESTMENT:
        rows[name] = 10.0 + captured * 0.1 if name.startswith("Investment") else idle
    rows["Public Budget|Climate Support|Net"] = (
        rows["Public Budget|Climate Support"] - rows["Public Budget|Climate Revenue"]
    )
    change = np.diff(rows["Emissions|CO2"], prepend=rows["Emissions|CO2"][0])
    shares = (0.4, 0.2, -0.1, 0.3, 0.15, 0.05)
    rows |= {part.variable: share * change for part, share in zip(BOOK_PARTS, shares, strict=True)}
    rows[CHANGE] = change
    once = tidy(rows, 380 + 0.25 * price * (1 - ramp))
    return FakeResult(scenario, pd.concat(list(draws(once, scenario, "value")), ignore_index=True))


def demand_factor(scenario: Mapping[str, object]) -> float:
    """Return by how much more is used of everything than in the baseline."""
    world = scenario.get("world", {})
    assert isinstance(world, Mapping)
    factor = world.get("demand_factor", 1.0)
    return float(factor[max(factor)]) if isinstance(factor, Mapping) else float(factor)


def fake_draw(
    order: Order, pack: Path, engine: Callable[[Mapping[str, object]], FakeResult] = fake_simulate
) -> Draw:
    """Carry out an order as workers do."""
    outputs = {"dispatch": order.tables == "hours", "plants": order.tables == "plants"}
    result = engine({**order.question, "outputs": outputs, "only": order.draw})
    one, flows = (table.assign(replication=0) for table in (result.indicators, result.flows))
    measures = result.measures
    return Draw(
        measures.variables,
        measures.units,
        measures.regions,
        measures.years,
        measures.values[0],
        compact_payments(flows, one, REGION.axes),
        result.findings,
        None if result.dispatch is None else compact_hours(result.dispatch, fake_months()),
        fake_compact_plants(read_sites(pack), closes=not policies_of(order.question))
        if order.tables == "plants"
        else None,
        {"manifest.json": b"{}", "plants.parquet": bytes(range(256)) * 40}
        if order.tables == "folder"
        else None,
    )


def policies_of(question: Mapping[str, object]) -> bool:
    """Tell whether anything asks for less CO2."""
    policies = question.get("policies", {})
    assert isinstance(policies, Mapping)
    return any(control(policies, key) for key in CONTROLS)


def fake_compact_plants(sites: PlantSites, closes: bool = True) -> Plants:
    """Return the plants of the stand-in; with a policy the unit that would close goes on like the other one."""
    tables = {
        "decisions": fake_decisions(),
        "closed_options": fake_closed(),
        "unit_margins": fake_margins(),
        "capture_costs": fake_capture_costs(),
    }
    table = fake_plants()
    if not closes:
        closing = tables["decisions"]["decider"] == "coal_1"
        tables["decisions"] = tables["decisions"][~closing]
        kept = table[table["decider"] == "coal_2"].assign(
            decider="coal_1", name="East Lake 1", name_zh="东湖1号"
        )
        table = pd.concat([table[table["decider"] != "coal_1"], kept], ignore_index=True)
    offered = Offered(
        {"kiln_capture": {"en": "Capture at the kiln", "zh": "水泥窑碳捕集"}},
        frozenset({"capture_retrofit", "kiln_capture"}),
    )
    return compact_plants(sites, table, collect_records("fake", tables, offered), REGION.last_observed_year)


def fake_service(folder: Path, asked: list[Order] | None = None) -> Service:
    """Return the service on the stand-in model; what it is asked enters `asked`."""
    pack, seen = write_fake_pack(folder), [] if asked is None else asked

    def answer(order: Order) -> Draw:
        seen.append(order)
        return fake_draw(order, pack)

    return Service(Here(answer), write_fake_scenarios(folder), pack)


def view_of(key: str, levers: Levers, result: Any, axes: Axes) -> AnswerView:
    """Return a result as the pages see it."""
    payments = compact_payments(result.flows, result.indicators, axes)
    wide, measures = wide_table(result.indicators), getattr(result, "measures", None)
    return AnswerView(key, levers, wide, axes.region, payments, result.findings, measures)


def draws(once: pd.DataFrame, scenario: Mapping[str, object], column: str) -> Iterator[pd.DataFrame]:
    """As many draws of a table as the scenario asks for, each apart from the next by a fortieth of the first."""
    number = int(str(scenario.get("replications", 1)))
    only = scenario.get("only")  # one draw, where a worker is asked for it
    for n in range(number) if only is None else (int(str(only)),):
        scale = 1.0 + 0.025 * (n - (number - 1) / 2.0)
        yield once.assign(replication=n, **{column: once[column] * scale})


def control(policies: Mapping[str, object], key: str) -> float:
    """Return what the policies of a kind that are switched on add up to, in their last year."""
    kind, field = CONTROLS[key]
    total = 0.0
    for block in policies.values():
        assert isinstance(block, Mapping)
        value = block.get(field, 0.0) if block["kind"] == kind and block.get("enabled", True) else 0.0
        total += value[max(value)] if isinstance(value, Mapping) else float(value)
    return total


def sector_path(start, growth, decline, response, pressure, ramp):
    rising = np.minimum(YEARS, 2028) - 2020
    falling = np.maximum(YEARS - 2028, 0)
    return start * (1 + growth) ** rising * (1 - decline) ** falling * (1 - response * pressure * ramp)


def tidy(rows: Mapping[str, np.ndarray], price: np.ndarray) -> pd.DataFrame:
    series = []
    for name, values in rows.items():
        unit = next((unit for start, unit in UNITS.items() if name.startswith(start)), "Mt CO2/yr")
        series += [(region, name, unit, values * share) for region, share in SHARE.items()]
        series.append(("Chengyu", name, unit, values))
    prices = [("Price|Electricity|Wholesale", "CNY2020/MWh", price)]
    prices += [(f"Price|Final Energy|{name}|Electricity", "CNY2020/MWh", price + 200) for name in CUSTOMERS]
    series += [(region, *one) for one in prices for region in (*SHARE, "Chengyu")]
    used = [*fake_use(rows["Carbon Capture"])]
    placed = [one for one in used if one[0].startswith("Carbon Capture")]
    series += [
        (region, name, unit, values * share)
        for name, unit, values in placed
        for region, share in SHARE.items()
    ]
    return block([*series, *(("Chengyu", *one) for one in (*fake_hubs(rows["Carbon Capture"]), *used))])


def fake_hubs(captured: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    """One hub has lines from the first year in which anything is captured on; it ships half of what is booked."""
    rows = []
    has = captured > 0.0
    for h, name in enumerate(REGION.co2.hubs.names_en):
        first = has * (h == 0)
        figures = {"Committed": 2.0 * captured * (h == 0), "Shipped": captured * (h == 0)}
        figures |= {"Agreed Capacity": 80.0 * first, "Line Cost": 0.4 * first}
        figures |= {"Storage Cost": 62.7 * first, "Tariff": 102.7 * first}
        rows += [(f"CO2 Hub|{name}|{key}", "1", value) for key, value in figures.items()]
    ends, store = REGION.co2.corridors.ends.tolist(), len(REGION.co2.hubs.ids)
    for (a, b), name in zip(ends, corridor_names(REGION.co2), strict=True):
        used = a == 0 and b >= store  # its one line to a store
        figures = {"Capacity": 80.0 * has * used, "Shipped": captured * used, "Hubs": 1.0 * has * used}
        rows += [(f"CO2 Line|{name}|{key}", "1", value) for key, value in figures.items()]
    for j, name in enumerate(REGION.co2.stores.names_en):
        rows.append((f"CO2 Storage|{name}|Held", "Mt CO2", np.cumsum(captured) * (j == 0)))
    return rows


def fake_use(captured: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    """A tenth of what is captured is sold, to the first product and to oil wells, and half of that is kept for good."""
    fates = {"Storage": 0.85, "Usage|Permanent": 0.05, "Usage|Released": 0.05, "Vented": 0.05}
    rows = [
        (f"Carbon Capture|By Destination|{name}", "Mt CO2/yr", share * captured)
        for name, share in fates.items()
    ]
    for name in REGION.co2.products.labels_en:
        share = 0.05 if name in ("Liquid CO2 for food and industry", "Enhanced oil recovery") else 0.0
        rows.append((f"Carbon Capture|By Destination|Usage|By Product|{name}", "Mt CO2/yr", share * captured))
        rows.append((f"CO2 Use Limit|{name}", "Mt CO2/yr", np.full(captured.shape, 1.0)))
    return [*rows, ("Price|CO2 Products", "CNY2020/t CO2", 240.0 - 3.0 * captured)]


def block(rows: Sequence[tuple[str, str, str, np.ndarray]]) -> pd.DataFrame:
    """Return series, each with region, variable and unit, as one table."""
    regions, names, units, values = zip(*rows, strict=True)
    times = YEARS.size
    return pd.DataFrame(
        {
            "scenario": "fake",
            "replication": 0,
            "region": np.repeat(regions, times),
            "variable": np.repeat(names, times),
            "unit": np.repeat(units, times),
            "year": np.tile(YEARS, len(rows)),
            "value": np.concatenate(values),
        }
    )


@cache
def fake_hours() -> pd.DataFrame:
    """Every hour balances: coal follows the load, sun beyond it goes abroad, an August evening is short."""
    axes = np.indices((YEARS.size, 2, 12, 2, 24)).reshape(5, -1)
    year, province, month, day, hour = axes
    level = np.where(province == 0, 40e3, 20e3) * (1 + 0.03 * year) * (1 + 0.1 * day)
    load = level * (1 + 0.2 * np.sin((hour - 9) / 24 * 2 * np.pi)) * (1 + 0.1 * (month == 7))
    water, sun = 0.5 * level, 0.02 * level * year * np.clip(np.sin((hour - 6) / 12 * np.pi), 0, 1)
    flow = np.where(province == 0, 1.0, -1.0) * (3e3 + 100 * hour)
    short = np.where((month == 7) & (day == 1) & (hour == 20) & (province == 0), 1500.0, 0.0)
    rest = load + flow - water - sun - short
    columns = {
        "load": load,
        "coal": np.maximum(rest, 0) * 0.8,
        "gas": np.maximum(rest, 0) * 0.15,
        "byproduct_gas": np.maximum(rest, 0) * 0.05,
        **{name: 0.0 * load for name in ("biomass", "waste", "small_hydro", "wind", "solar_distributed")},
        **{name: 0.0 * load for name in ("discharge", "import", "unserved", "charge", "curtailed")},
        "run_of_river": 0.4 * water,
        "reservoir": 0.6 * water,
        "solar_utility": sun,
        "shed": short,
        "export": np.maximum(-rest, 0),
        "flow": flow,
    }
    head = {
        "year": YEARS[year],
        "province": np.array(PROVINCES, dtype=object)[province],
        "month": month + 1,
        "day_type": np.array(DAY_TYPE_NAMES, dtype=object)[day],
        "days": np.where(day == 1, 3.0, 27.0),
        "hour": hour,
        "price_cny_per_mwh": 300.0 + 2 * hour + 50 * province,
        "neighbour_ask_cny_per_mwh": np.where(short > 0.0, np.nan, 410.0 - 20 * province),
    }
    return pd.DataFrame(head | {f"{name}_mw": values for name, values in columns.items()})


@cache
def fake_months() -> pd.DataFrame:
    """Reservoirs of the first province between their limits, full in autumn."""
    year, province, month = np.indices((YEARS.size, 2, 12)).reshape(3, -1)
    first = province == 0
    return pd.DataFrame(
        {
            "year": YEARS[year],
            "month": month + 1,
            "reservoir_inflow_gwh": first * (6e3 + 1e3 * month),
            "stored_gwh": first * (10e3 + 2e3 * month + 100.0 * year),
            "lowest_stored_gwh": first * 6e3,
            "highest_stored_gwh": first * 45e3,
            "water_value_cny_per_mwh": first * (400.0 - 10.0 * month),
        }
    )


NAMES = {
    "coal_1": ("East Lake 1", "东湖1号"),
    "coal_2": ("East Lake 2", "东湖2号"),
    "hydro_1": ("Deep Valley", "深谷"),
    "cement_1": ("Three Rivers", "三江"),
}


@cache
def fake_plants() -> pd.DataFrame:
    """Two coal units at one place, one closes; hydro; cement that captures later; wind and a block without a place."""
    kept = {
        "coal_1": (2020, 2034, "PowerPlants", "coal", 600.0, 3.0e6, 2.5, 0.0),
        "coal_2": (2020, 2060, "PowerPlants", "coal", 600.0, 3.0e6, 2.4, 0.0),
        "hydro_1": (2025, 2060, "PowerPlants", "hydro_reservoir", 3000.0, 15.0e6, 0.0, 0.0),
        "cement_1": (2020, 2039, "Industry", "cement", 2.0e6, 1.5e6, 0.9, 0.0),
        "cement_1b": (2040, 2060, "Industry", "cement", 2.0e6, 1.5e6, 0.2, 0.7),
        "wind_sichuan_someone_2030": (2031, 2060, "PowerPlants", "wind", 800.0, 2.0e6, 0.0, 0.0),
        "block_heat_sichuan": (2020, 2060, "Industry", "heat", np.nan, 1.0, 9.0, 0.0),
    }
    names = ("kind", "sector_or_fuel", "capacity", "output", "emissions_mtco2", "captured_mtco2")
    rows = [
        {
            "replication": 0,
            "year": year,
            "decider": name.removesuffix("b"),
            "name": NAMES.get(name.removesuffix("b"), (name, name))[0],
            "name_zh": NAMES.get(name.removesuffix("b"), (name, name))[1],
            **dict(zip(names, rest, strict=True)),
            "province": "Chongqing" if name.startswith("cement") else "Sichuan",
            "process": "clinker_dry_kiln" if name.startswith("cement") else "",
        }
        for name, (first, last, *rest) in kept.items()
        for year in range(first, last + 1)
    ]
    other = [{**row, "replication": 1, "capacity": 1.0} for row in rows]
    return pd.DataFrame(rows + other)


@cache
def fake_decisions() -> pd.DataFrame:
    """One unit keeps running, one closes; cement wants capture in 2035, cannot pay, and starts in 2038."""
    rows = [
        (2030, "coal_2", "keep", 0.0, True, True, "none", np.nan),
        (2030, "coal_2", "capture_retrofit", -800.0, False, False, "npv", 431.0),
        (2034, "coal_1", "keep", 0.0, False, False, "none", np.nan),
        (2034, "coal_1", "retire_early", 90.0, True, True, "none", np.nan),
        (2035, "cement_1", "keep", 0.0, False, False, "none", np.nan),
        (2035, "cement_1", "kiln_capture", 120.0, True, False, "leverage", np.nan),
        (2038, "cement_1", "kiln_capture", 150.0, True, True, "none", np.nan),
    ]
    price = "switching_carbon_price_cny_per_tco2"
    names = ["year", "decider", "option", "npv_mcny", "chosen", "started", "binding_constraint", price]
    power = {"coal_1", "coal_2"}
    table = pd.DataFrame(rows, columns=names).assign(replication=0, capex_mcny=900.0, hurdle=0.07)
    return table.assign(
        kind=["PowerPlants" if name in power else "Industry" for name in table["decider"]],
        province="Sichuan",
        market_price_earned_share=np.nan,
    )


def fake_capture_costs() -> pd.DataFrame:
    """What capture would cost one unit, and what it costs and brings the kiln that starts it."""
    starts = {"capital": -4e7, "operation": -2e7, "subsidy": 7e7}
    rows = [
        (2030, "coal_2", "capture_retrofit", {"capital": -5.4e7}),
        (2038, "cement_1", "kiln_capture", starts),
    ]
    figures = {"captured_tco2_per_year": 7e5, "avoided_at_source_tco2_per_year": 6e5, "worth_years": 15.0}
    names = ["year", "decider", "option"]
    return pd.DataFrame(
        [
            dict(zip(names, head, strict=True))
            | {"replication": 0, "outlet": "storage"}
            | figures
            | {f"{name}_cny_per_year": terms.get(name, 0.0) for name in TERMS}
            for *head, terms in rows
        ]
    )


def fake_closed() -> pd.DataFrame:
    """The unit that closes is too old for capture; the other one waits for its windows."""
    rows = [
        ("coal_1", "capture_retrofit", 2025, 2034, "life_too_short", 3.0, 10.0),
        ("coal_2", "capture_retrofit", 2031, 2034, "no_window", np.nan, 2035.0),
    ]
    names = ["decider", "option", "from_year", "to_year", "closed_by", "reason_value", "reason_limit"]
    return pd.DataFrame(rows, columns=names).assign(replication=0, kind="PowerPlants", province="Sichuan")


def fake_margins() -> pd.DataFrame:
    """The unit that closes has lost money for two years and expects to lose more."""
    rows = [
        ("coal_1", 2033, "year", 250.0, 0.0),
        ("coal_1", 2034, "year", 150.0, 40.0),
        ("coal_1", 2034, "expected", 100.0, 0.0),
    ]
    table = pd.DataFrame(rows, columns=["decider", "year", "basis", "energy_cny_per_kw_year", "reserve"])
    table = table.rename(columns={"reserve": "reserve_cny_per_kw_year"}).assign(replication=0, net_mw=570.0)
    costs = {"fuel": -180.0, "fixed_operation": -70.0}
    for term in MARGIN_TERMS[1:]:
        table[f"{term}_cny_per_kw_year"] = costs.get(term, 0.0)
    return table.assign(margin_cny_per_kw_year=table["energy_cny_per_kw_year"] - 250.0)


INVENTORY_2005_MT = {"Sichuan": 190.0, "Chongqing": 80.0}
TARGETS = """region,indicator,variable,target_year,base_year,value,unit,binding,document,source,grade,note
Sichuan,CO2 peak,Emissions|CO2|Peak Year,2030,,2030,year (by),yes,Opinion,S23,A,
Chongqing,CO2 peak,Emissions|CO2|Peak Year,2030,,2030,year (by),yes,Opinion,S18,B,
Sichuan,carbon neutrality,Emissions|CO2|Net,2060,,0,Mt CO2/yr,yes,Opinion,S23,A,
Chongqing,carbon neutrality,Emissions|CO2|Net,2060,,0,Mt CO2/yr,yes,Opinion,S18,C,
Sichuan,CO2 of one province only,Emissions|CO2|Net,2045,,90,Mt CO2/yr,yes,Opinion,S23,A,
Sichuan,wind,Capacity|Electricity|Wind,2030,,10,GW,yes,Plan,S21,A,
"""


PLANT_TABLES = {
    "power_units": """\
unit_id,name_en,name_zh,province,prefecture,latitude_deg,longitude_deg,fuel,commissioned_year,owner_id,source,\
grade
coal_1,East Lake power station Unit 1,东湖电厂1号机组,Sichuan,Chengdu,30.6,104.1,coal,2008,group,S01;assumption,B
coal_2,East Lake power station Unit 2,东湖电厂2号机组,Sichuan,Chengdu,30.6,104.1,coal,2010,other,S01,B
hydro_1,=Deep Valley,深谷水电站,Sichuan,Garze,28.2,101.6,hydro_reservoir,2025,group,assumption,B
""",
    "facilities": """\
facility_id,name_en,name_zh,province,prefecture,latitude_deg,longitude_deg,sector,start_year,owner_id,source,\
grade
cement_1,Three Rivers cement,三江水泥,Chongqing,Fuling,29.8,107.0,cement,2005,other,assumption,B
""",
    "owners": """owner_id,name_en,name_zh
group,Power group,电力集团
other,<b>Other</b>,其他企业
""",
    "sources": """source_key,title,publisher
S01,站,处
""",
}
SQUARES = [[[103.0, 32.0], [108.0, 32.0], [108.0, 27.0], [101.0, 27.0], [103.0, 32.0]]]
OUTLINE = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": SQUARES}},
        {
            "type": "Feature",
            "properties": {"name": "Chengdu", "name_zh": "成都"},
            "geometry": {"type": "Point", "coordinates": [104.07, 30.66]},
        },
    ],
}


def write_fake_pack(folder: Path) -> Path:
    """Write the files the page reads of a region pack, in a folder of their own, and return it."""
    folder = folder / "pack"
    folder.mkdir(exist_ok=True)
    for name, table in PLANT_TABLES.items():
        (folder / f"{name}.csv").write_text(table, encoding="utf-8")
    (folder / "outline.geojson").write_text(json.dumps(OUTLINE), encoding="utf-8")
    rows = ["province,year,sector,carrier,co2_mt,source,grade,note"]
    for province, start in INVENTORY_2005_MT.items():
        for year in range(2005, 2020):
            level = start * (1.06 ** min(year - 2005, 8))
            rows.append(f"{province},{year},steel,coal,{0.2 * level:.3f},S01,B,")
            rows.append(f"{province},{year},electricity,coal,{0.8 * level:.3f},S01,B,")
    (folder / "inventory.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "targets.csv").write_text(TARGETS, encoding="utf-8")
    shutil.copy(PACK / "words.yaml", folder / "words.yaml")
    settings = (PACK / "region.yaml").read_text(encoding="utf-8")
    (folder / "region.yaml").write_text(re.sub("(?m)^extends: .*$", "", settings), encoding="utf-8")
    for name in ("corridors", *BORDER_TABLES, *GAS_TABLES, *CO2_TABLES, *STATION_TABLES):
        # without their grades: those of the pack are counted in a test
        table = read_frame(PACK, name).drop(columns="grade")
        table.to_csv(folder / f"{name}.csv", index=False)
    return folder


def moved(values: Mapping[str, float], scenario: str = "baseline") -> Levers:
    """Return what a visitor asks who adds a policy for each control that is not 0."""
    policies = {
        example_of(CONTROLS[key][0])[0]: {
            "kind": CONTROLS[key][0],
            "from_year": 2026,
            CONTROLS[key][1]: value,
        }
        for key, value in values.items()
        if value
    }
    return Levers.of(scenario, {"policies": policies}) if policies else Levers(scenario)


def write_fake_scenarios(folder: Path) -> dict[str, Path]:
    """Write five scenarios, with a hostile label, of several draws, of a family; return their files by name."""
    label = "<script>window.pwned = 1</script>"
    texts = {
        "baseline": "name: baseline\nreplications: 1\nlabel: {en: Current policies, zh: 现行政策}\n",
        "ccus_push": "extends: baseline.yaml\nname: ccus_push\nlabel: {en: CCUS push, zh: 大力发展碳捕集}\n"
        "policies: {capture: {kind: ccus_subsidy, from_year: 2026, rate_cny_per_tco2: 100}}\n",
        "drawn": "extends: baseline.yaml\nname: drawn\nreplications: 5\nlabel: {en: Five draws, zh: 五次抽样}\n",
        "hostile": f"extends: baseline.yaml\nname: hostile\nlabel: {{en: '{label}', zh: '{label}'}}\n",
    }
    files = {name: folder / f"{name}.yaml" for name in texts}
    texts["support_grant"] = (
        "name: support_grant\nreplications: 1\nlabel: {en: Grant, zh: 补助}\n"
        "policies: {capture: {kind: ccus_subsidy, from_year: 2026, capex_grant_share: 0.2}}\n"
    )
    files["support_grant"] = folder / "support" / "support_grant.yaml"
    files["support_grant"].parent.mkdir(exist_ok=True)
    for name, text in texts.items():
        files[name].write_text(text, encoding="utf-8")
    return files


def fake_flows(indicators: pd.DataFrame) -> pd.DataFrame:
    """Households pay the grid, which pays wind and coal; governments get what climate policy brings."""
    of = indicators[
        (indicators["region"] == "Chengyu") & (indicators["variable"] == "Public Budget|Climate Revenue")
    ]
    revenue = of.sort_values("year")["value"].to_numpy()
    rows = [
        ("households", "grid", "electricity_energy", 30.0 + 0.0 * revenue),
        ("grid", "power_wind", "electricity_sold", 12.0 + 0.0 * revenue),
        ("grid", "power_coal", "electricity_sold", 18.0 + 0.0 * revenue),
        ("power_coal", "rest_of_country", "fuel", 10.0 + 0.0 * revenue),
        ("power_coal", "Sichuan", "carbon_price", revenue),
    ]
    return pd.concat(
        [
            pd.DataFrame(
                {"replication": 0, "year": YEARS, "payer": a, "payee": b, "item": item, "value_cny": bn * 1e9}
            )
            for a, b, item, bn in rows
        ],
        ignore_index=True,
    )

"""CO2: what was captured finds a buyer, a store or the air, and the carbon that reaches the air is charged."""

from typing import NamedTuple

import numpy as np

from tanlu.co2.hubs import CO2Hub
from tanlu.co2.market import CO2Bids, CO2Sources, Lines, place_co2
from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import SECTOR
from tanlu.core.outcomes import CO2Outcome
from tanlu.core.signals import Signals
from tanlu.industry.facilities import Industry
from tanlu.industry.state import ProductionPlan
from tanlu.investment.valuation import storing_cost
from tanlu.kernels.co2.market import EmitterSites
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.production import Operation
from tanlu.power.plants import PowerPlants
from tanlu.power.state import charge_returned_co2
from tanlu.region.co2 import CO2Data, demand_curve, purchase_limit
from tanlu.region.power import OPEN_END_YEAR
from tanlu.region.tables import select_rows
from tanlu.state.state import CO2State

ELECTRICITY = SECTOR["electricity"]
ROUNDING = 1e-9  # of purchases, as a share
BY_EMITTER = CO2Outcome._fields.index("bought_tco2")  # fields that have one value for each emitter come first


class Emitters(NamedTuple):
    """Every power unit and then facility; axis N."""

    province: Integers
    sector: Integers
    law: Integers  # that its capture was promised
    since: Integers  # year in which its capture starts
    sites: EmitterSites
    contract_tco2: Floats  # what it may ship through its hub a year
    reserved_tco2: Floats  # what it pays for of it in any case
    charge_cny_per_tco2: Floats  # of its hub for the lines in operation


def place_captured(
    state: CO2State,
    signals: Signals,
    plants: PowerPlants,
    industry: Industry,
    hubs: list[CO2Hub],
    plan: ProductionPlan,
    accounts: PlantAccounts,
    production: ProductionOutcome,
    bids: CO2Bids,
) -> tuple[CO2State, Operation]:
    """Place captured CO2 and charge for what returned (docs/model/co2.md)."""
    data, n = plants.region.co2, len(plants)
    captured = np.concatenate([accounts.captured_tco2, production.captured_tco2])
    emitters = _emitters(plants, industry, hubs, signals.year)
    rows = np.flatnonzero((captured > 0.0) | (emitters.reserved_tco2 > 0.0))
    sources = _sources(data, signals, emitters, captured, rows)
    limit_tco2 = purchase_limit(data.products, _output_by_process(industry, production))
    placed, stores = place_co2(
        data,
        state.stores,
        lines_in_operation(hubs, signals.year),
        sources,
        limit_tco2,
        bids,
        len(plants.region.axes.provinces),
    )
    outcome = _spread(placed, rows, captured.size)
    in_province = emitters.province[rows]
    coming = _under_way_tco2(signals.year, plants, industry, accounts, production)
    state = CO2State(
        stores=stores,
        tariff_cny_per_tco2=_mean_tariff(state.tariff_cny_per_tco2, in_province, placed.stored_tco2, sources),
        competing_tco2=float(placed.bought_tco2.sum())
        + _sellers_under_way(data, signals, emitters, coming, placed),
        demand=demand_curve(data, limit_tco2),
    )
    returned = outcome.returned_tco2
    kept_out = signals.carbon.carbon_cost_cny_per_tco2 - signals.carbon.captured_cost_cny_per_tco2
    price = kept_out[plants.province, ELECTRICITY]  # that captured tonnes have been charged so far is less
    return state, Operation(
        plants=charge_returned_co2(accounts, price, returned[:n]),
        production=production,
        industry=industry.settle(signals, plan, production, returned[n:]),
        co2=outcome,
    )


def _output_by_process(industry: Industry, production: ProductionOutcome) -> Floats:
    """Sum the year's output of lines by process, t [R]."""
    lines = np.flatnonzero(industry.process >= 0)
    processes = len(industry.data.processes.names)
    return sum_by_group(industry.process[lines], production.output[lines], processes)


def _emitters(plants: PowerPlants, industry: Industry, hubs: list[CO2Hub], year: int) -> Emitters:
    """Collect all emitters, with the charges that each owes its hub.

    They are owed in any case from the year on in which the hub has a line.
    """
    sites = emitter_sites(plants, industry)
    runs = [any(line.ready_year <= year for line in hub.lines) for hub in hubs]
    charge = np.array([hub.charge_cny_per_tco2 for hub in hubs]) * runs
    charge_of_site = charge[sites.hub] if hubs else np.zeros(sites.hub.size)
    return Emitters(
        *locate_emitters(plants, industry),
        capture_laws(plants, industry),
        capture_years(plants, industry),
        sites,
        contracts_tco2(plants, industry),
        np.concatenate([plants.reserved_tco2, industry.reserved_tco2]) * (charge_of_site > 0.0),
        charge_of_site,
    )


def lines_in_operation(hubs: list[CO2Hub], year: int) -> Lines:
    """Collect the lines ready in `year`, by hub and filling order."""
    ready = [(hub, line) for hub in hubs for line in hub.lines if line.ready_year <= year]
    corridors = len(hubs[0].region.co2.corridors.ends) if hubs else 0
    passes = np.zeros((len(ready), corridors), dtype=bool)
    for row, (_, line) in zip(passes, ready, strict=True):
        row[list(line.corridors)] = True
    return Lines(
        hub=np.array([hub.row for hub, _ in ready], np.int64),
        store=np.array([line.store for _, line in ready], np.int64),
        capacity_tco2=np.array([line.capacity_tco2 for _, line in ready]),
        passes=passes,
    )


def locate_emitters(plants: PowerPlants, industry: Industry) -> tuple[Integers, Integers]:
    """Locate power units and then facilities by province and sector [N]."""
    province = np.concatenate([plants.province, industry.province])
    power = np.full(len(plants), ELECTRICITY)
    return province, np.concatenate([power, industry.sector])


def emitter_sites(plants: PowerPlants, industry: Industry) -> EmitterSites:
    """Collect the sites of power units and then facilities [N]."""
    columns = zip((plants.hub, plants.hub_km, plants.store, plants.store_km), industry.site, strict=True)
    return EmitterSites._make(np.concatenate(pair) for pair in columns)


def contracts_tco2(plants: PowerPlants, industry: Industry) -> Floats:
    """Collect the contracts of power units and then facilities, t CO2/yr [N].

    They bound what each may ship through its hub.
    """
    return np.concatenate([plants.contract_tco2, industry.contract_tco2])


def _sources(
    data: CO2Data, signals: Signals, emitters: Emitters, captured: Floats, rows: Integers
) -> CO2Sources:
    province, sector, law, since, sites, contract, reserved, charge = select_rows(emitters, rows)
    contracted, tonnes = contract > 0.0, captured[rows]
    storing = storing_cost(signals, data, sites, contracted, tonnes)
    return CO2Sources(
        captured_tco2=tonnes,
        credit_cny_per_tco2=credit_cny_per_tco2(signals, law, since, province, sector),
        bound_credit_cny_per_tco2=signals.carbon.captured_saves_cny_per_tco2[province, sector]
        + signals.co2.promised_support_cny_per_tco2[law, province, sector],
        tariff_cny_per_tco2=storing.tariff_cny_per_tco2,
        reserved_tco2=reserved,
        charge_cny_per_tco2=charge,
        hub=sites.hub,
        contracted=contracted,
        trucks=storing.trucks,
        store=sites.store,
    )


def credit_cny_per_tco2(
    signals: Signals, law: Integers, since: Integers, province: Integers, sector: Integers
) -> Floats:
    """Compute the earnings of one more stored tonne, CNY/t CO2 [n].

    Emitters capture `since` a year, each promised its law.
    """
    age = signals.co2.years_of_capture(since, signals.year)
    support = signals.co2.stored_support_cny_per_tco2[law, age, province, sector]
    return np.asarray(signals.carbon.captured_saves_cny_per_tco2[province, sector] + support)


def capture_laws(plants: PowerPlants, industry: Industry) -> Integers:
    """Collect the laws under which capture started [N].

    Power units come first, then facilities.
    """
    return np.concatenate([plants.capture_law, industry.capture_law])


def capture_years(plants: PowerPlants, industry: Industry) -> Integers:
    """Collect the years in which capture starts [N].

    Power units come first, then facilities.
    """
    return np.concatenate([plants.capture_year, industry.capture_year])


def _spread(placed: CO2Outcome, rows: Integers, emitters: int) -> CO2Outcome:
    """Widen the outcome of sources at `rows` to all emitters [N]."""
    wide = np.zeros((BY_EMITTER, emitters))
    wide[:, rows] = np.stack([getattr(placed, name) for name in CO2Outcome._fields[:BY_EMITTER]])
    return CO2Outcome(*wide, *placed[BY_EMITTER:])


def _mean_tariff(before: Floats, province: Integers, stored_tco2: Floats, sources: CO2Sources) -> Floats:
    """Average the tariff of stored tonnes, CNY/t CO2 [P].

    It is the one `before` where nothing was stored.
    """
    tariff = np.where(stored_tco2 > 0.0, sources.tariff_cny_per_tco2, 0.0)
    total_tco2 = sum_by_group(province, stored_tco2, before.size)
    cost_cny = sum_by_group(province, stored_tco2 * tariff, before.size)
    return np.divide(cost_cny, total_tco2, out=before.copy(), where=total_tco2 > 0.0)


def _under_way_tco2(
    year: int, plants: PowerPlants, industry: Industry, accounts: PlantAccounts, production: ProductionOutcome
) -> Floats:
    """Compute the capture of plants under construction, t CO2/yr [N].

    Power units come first, then facilities.
    """
    coming = (plants.capture_year > year) & (plants.capture_year < OPEN_END_YEAR)
    tonnes = np.where(coming, accounts.gross_tco2 * plants.capture_rate, 0.0)
    return np.concatenate([tonnes, industry.capture_under_way(production)])


def _sellers_under_way(
    data: CO2Data, signals: Signals, emitters: Emitters, tonnes: Floats, placed: CO2Outcome
) -> float:
    """Sum the `tonnes` under construction [N] that are for sale, t CO2/yr.

    Their owners would rather sell than store them.
    """
    rows = np.flatnonzero(tonnes)
    if rows.size == 0:
        return 0.0
    sources = _sources(data, signals, emitters, tonnes, rows)
    storing = sources.credit_cny_per_tco2 - sources.tariff_cny_per_tco2  # nobody owes for lines yet
    stores = sources.contracted | sources.trucks
    # Who has too little material pays much for what he gets, but buys no more of it.
    lacks_material = (placed.purchase_limit_tco2 < data.products.maximum_tco2_per_year) & (
        placed.bought_tco2 >= placed.purchase_limit_tco2 * (1.0 - ROUNDING)
    )
    best_price = np.where(lacks_material, 0.0, placed.product_price_cny_per_tco2).max(initial=0.0)
    sells = ~stores | (storing < best_price)
    return float(tonnes[rows][sells].sum())

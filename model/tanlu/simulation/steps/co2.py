"""CO2: what was captured finds a buyer, a store or the air, and the carbon that reaches the air is charged."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tanlu.co2.hubs import CO2Hub
from tanlu.co2.market import CO2Sources, Lines, Placement, place_co2
from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR, P
from tanlu.core.outcomes import CO2Outcome, ProductionOutcome
from tanlu.core.signals import Signals
from tanlu.industry.state import IndustryAccounts, ProductionPlan
from tanlu.investment.valuation import storing_cost
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.state import charge_returned
from tanlu.region.co2 import Sites
from tanlu.region.power import OPEN_END_YEAR
from tanlu.region.tables import taken

if TYPE_CHECKING:
    from tanlu.simulation.model import RegionModel

ELECTRICITY = SECTOR["electricity"]


class Emitters(NamedTuple):
    """Every power unit and then facility; axis N."""

    province: Integers
    sector: Integers
    sites: Sites
    contract_tco2: Floats  # what it may ship through its hub a year


class CO2Year(NamedTuple):
    """What became of captured CO2, and the accounts with the carbon that reached the air in them."""

    outcome: CO2Outcome
    plants: PlantAccounts
    industry: IndustryAccounts


def place_captured(
    model: "RegionModel",
    signals: Signals,
    plan: ProductionPlan,
    plants: PlantAccounts,
    made: ProductionOutcome,
) -> CO2Year:
    """Place the year's captured CO2 and charge everybody for what came back to the air (docs/model/co2.md)."""
    co2, n = model.inputs.region.co2, len(model.plants)
    captured = np.concatenate([plants.captured_tco2, made.captured_tco2])
    rows, emitters = np.flatnonzero(captured > 0.0), _emitters(model)
    lines = lines_in_operation(model.hubs, signals.year)
    sources = _sources(model, signals, emitters, captured, rows)
    placement, model.store_book = place_co2(co2, model.store_book, lines, sources)
    outcome = _outcome(captured, rows, placement, sources, len(model.hubs))
    model.co2_tariff_cny_per_tco2 = _mean_tariff(model, emitters.province, outcome)
    model.co2_competing_tco2 = float(placement.bought_tco2.sum()) + _sellers_under_way(
        model, signals, emitters, plants, made, placement
    )
    returned = outcome.returned_tco2
    price = signals.carbon_cost_cny_per_tco2[model.plants.province, ELECTRICITY]
    return CO2Year(
        outcome=outcome,
        plants=charge_returned(plants, price, returned[:n]),
        industry=model.industry.settle(signals, plan, made, returned[n:]),
    )


def lines_in_operation(hubs: list[CO2Hub], year: int) -> Lines:
    """Return the lines of all hubs that are ready in `year`, in the order in which each hub fills its own."""
    ready = [(hub, line) for hub in hubs for line in hub.lines if line.ready_year <= year]
    passes = np.zeros((len(ready), len(hubs[0].region.co2.corridors.ends)), dtype=bool)
    for row, (_, line) in zip(passes, ready, strict=True):
        row[list(line.corridors)] = True
    return Lines(
        hub=np.array([hub.row for hub, _ in ready], np.int64),
        store=np.array([line.store for _, line in ready], np.int64),
        capacity_tco2=np.array([line.capacity_tco2 for _, line in ready]),
        passes=passes,
    )


def places(model: "RegionModel") -> tuple[Integers, Integers]:
    """Return province and sector of every power unit and then facility [N]."""
    province = np.concatenate([model.plants.province, model.industry.province])
    power = np.full(len(model.plants), ELECTRICITY)
    return province, np.concatenate([power, model.industry.sector])


def emitter_sites(model: "RegionModel") -> Sites:
    """Return where every power unit and then facility stands [N]."""
    power, goods = model.plants, model.industry
    both = zip((power.hub, power.hub_km, power.store, power.store_km), goods.site, strict=True)
    return Sites._make(np.concatenate(pair) for pair in both)


def contracts_tco2(model: "RegionModel") -> Floats:
    """Return what every power unit and then facility may ship through its hub, t CO2 a year [N]."""
    return np.concatenate([model.plants.contract_tco2, model.industry.contract_tco2])


def _emitters(model: "RegionModel") -> Emitters:
    return Emitters(*places(model), emitter_sites(model), contracts_tco2(model))


def _sources(
    model: "RegionModel", signals: Signals, emitters: Emitters, captured: Floats, rows: Integers
) -> CO2Sources:
    province, sector, sites, contract = taken(emitters, rows)
    contracted, tonnes = contract > 0.0, captured[rows]
    storing = storing_cost(signals, model.inputs.region.co2, sites, contracted, tonnes)
    return CO2Sources(
        captured_tco2=tonnes,
        credit_cny_per_tco2=_credit(signals)[province, sector],
        tariff_cny_per_tco2=storing.tariff_cny_per_tco2,
        hub=sites.hub,
        contracted=contracted,
        trucks=storing.trucks,
        store=sites.store,
    )


def _credit(signals: Signals) -> Floats:
    """Return what keeping one more tonne from the air earns, CNY/t CO2 [P, S]."""
    return signals.carbon_cost_cny_per_tco2 + signals.capture_support_cny_per_tco2


def _outcome(
    captured: Floats, rows: Integers, placement: Placement, sources: CO2Sources, hubs: int
) -> CO2Outcome:
    """Spread the placement of the sources over all units and facilities [N]."""
    spread = np.zeros((7, captured.size))
    spread[:, rows] = np.stack(placement[:7])
    sold, bound, stored, vented, revenue, spent, transport = spread
    return CO2Outcome(
        captured_tco2=captured,
        sold_tco2=sold,
        bound_tco2=bound,
        stored_tco2=stored,
        vented_tco2=vented,
        product_revenue_cny=revenue,
        transport_storage_cost_cny=spent,
        transport_cost_cny=transport,
        bought_tco2=placement.bought_tco2,
        product_price_cny_per_tco2=placement.product_price_cny_per_tco2,
        shipped_tco2=np.bincount(sources.hub, placement.stored_tco2 * sources.contracted, hubs),
        corridor_tco2=placement.corridor_tco2,
    )


def _mean_tariff(model: "RegionModel", province: Integers, outcome: CO2Outcome) -> Floats:
    """Return what a stored tonne cost on average, CNY/t CO2 [P]; what it last cost where nothing was stored."""
    stored = np.bincount(province, outcome.stored_tco2, P)
    spent = np.bincount(province, outcome.transport_storage_cost_cny, P)
    return np.divide(spent, stored, out=model.co2_tariff_cny_per_tco2.copy(), where=stored > 0.0)


def _sellers_under_way(
    model: "RegionModel",
    signals: Signals,
    emitters: Emitters,
    plants: PlantAccounts,
    made: ProductionOutcome,
    placement: Placement,
) -> float:
    """Return t CO2 a year of capture under construction whose owners would rather sell than store."""
    power, industry = model.plants, model.industry
    coming = (power.capture_year > signals.year) & (power.capture_year < OPEN_END_YEAR)
    tonnes = np.where(coming, plants.gross_tco2 * power.capture_rate, 0.0)
    tonnes = np.concatenate([tonnes, industry.capture_under_way(made)])
    rows = np.flatnonzero(tonnes)
    if rows.size == 0:
        return 0.0
    coming_sources = _sources(model, signals, emitters, tonnes, rows)
    storing = coming_sources.credit_cny_per_tco2 - coming_sources.tariff_cny_per_tco2
    stores = coming_sources.contracted | coming_sources.trucks
    sells = ~stores | (storing < placement.product_price_cny_per_tco2.max())
    return float(tonnes[rows][sells].sum())

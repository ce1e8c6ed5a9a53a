"""CO2: what was captured finds a buyer, a store or the air, and the carbon that reaches the air is charged."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.agents.industry_state import IndustryAccounts, ProductionPlan
from model.agents.plant_state import PlantAccounts, charge_returned
from model.markets.co2 import CO2Sources, Placement, place_co2, posted_tariff
from model.region_power import OPEN_END_YEAR
from model.signals import SECTOR, CO2Outcome, Floats, Integers, ProductionOutcome, Signals

if TYPE_CHECKING:
    from model.simulation import RegionModel

ELECTRICITY = SECTOR["electricity"]


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
    """Place the year's captured CO2 and charge everybody for what came back to the air (MODEL.md, CO2)."""
    co2, n = model.inputs.region.co2, len(model.plants)
    province, sector = places(model)
    captured = np.concatenate([plants.captured_tco2, made.captured_tco2])
    rows = np.flatnonzero(captured > 0.0)
    where = province[rows], sector[rows]
    sources = CO2Sources(
        province=province[rows],
        captured_tco2=captured[rows],
        credit_cny_per_tco2=_credit(signals)[where],
        tariff_cny_per_tco2=signals.co2_tariff_cny_per_tco2[where[0]],
    )
    placement, model.store_book = place_co2(co2, model.store_book, sources)
    tariff = posted_tariff(co2, model.store_book)
    outcome = _outcome(captured, rows, placement, tariff)
    model.co2_tariff_cny_per_tco2 = tariff
    model.co2_competing_tco2 = float(placement.bought_tco2.sum()) + _sellers_under_way(
        model, signals, plants, made, placement
    )
    returned = outcome.returned_tco2
    price = signals.carbon_cost_cny_per_tco2[model.plants.province, ELECTRICITY]
    return CO2Year(
        outcome=outcome,
        plants=charge_returned(plants, price, returned[:n]),
        industry=model.industry.settle(signals, plan, made, returned[n:]),
    )


def places(model: "RegionModel") -> tuple[Integers, Integers]:
    """Return province and sector of every power unit and then facility [N]."""
    province = np.concatenate([model.plants.province, model.industry.province])
    power = np.full(len(model.plants), ELECTRICITY)
    return province, np.concatenate([power, model.industry.sector])


def _credit(signals: Signals) -> Floats:
    """Return what keeping one more tonne from the air earns, CNY/t CO2 [P, S]."""
    return signals.carbon_cost_cny_per_tco2 + signals.capture_support_cny_per_tco2


def _outcome(captured: Floats, rows: Integers, placement: Placement, tariff: Floats) -> CO2Outcome:
    """Spread the placement of the sources over all units and facilities [N]."""
    spread = np.zeros((6, captured.size))
    spread[:, rows] = np.stack(placement[:6])
    sold, bound, stored, vented, revenue, spent = spread
    return CO2Outcome(
        captured_tco2=captured,
        sold_tco2=sold,
        bound_tco2=bound,
        stored_tco2=stored,
        vented_tco2=vented,
        product_revenue_cny=revenue,
        transport_storage_cost_cny=spent,
        bought_tco2=placement.bought_tco2,
        product_price_cny_per_tco2=placement.product_price_cny_per_tco2,
        tariff_cny_per_tco2=tariff,
    )


def _sellers_under_way(
    model: "RegionModel",
    signals: Signals,
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
    province, sector = (axis[rows] for axis in places(model))
    storing = _credit(signals)[province, sector] - signals.co2_tariff_cny_per_tco2[province]
    return float(tonnes[rows][storing < placement.product_price_cny_per_tco2.max()].sum())

"""Waste plants: what cities must burn, and what they have built for it."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.core.randomness import decider_id
from tanlu.core.units import HOURS_PER_YEAR, KW_PER_MW
from tanlu.power.life import standing_mw
from tanlu.power.state import WASTE, NewUnits
from tanlu.power.unit_rows import UnitRows
from tanlu.region.tables import year_index


def missing_waste_mw(plants: UnitRows, year: int) -> Floats:
    """Compute what waste plants lack when a plant started in `year` is ready, MW [P]."""
    region, x = plants.region, plants.region.parameters
    ready = year + int(x["waste_plant_lead_time_years"])
    standing = standing_mw(plants, year, ready) * (plants.fuel == WASTE)
    provinces = len(region.axes.provinces)
    needed = region.power.waste_t[year_index(ready)] * x["waste_plant_mwh_per_t"] / HOURS_PER_YEAR
    return np.asarray(np.maximum(needed - sum_by_group(plants.province, standing, provinces), 0.0))


def plan_waste_plants(plants: UnitRows, has_failed: Booleans, year: int) -> NewUnits:
    """List the waste plants that cities have built from `year` on, one a province.

    Who has most of a province's waste plants builds the next one.

    Args:
        plants: all of them.
        has_failed: companies that build no more [W].
        year: of the start.
    """
    region, x = plants.region, plants.region.parameters
    missing_mw = missing_waste_mw(plants, year)
    places = np.flatnonzero(missing_mw >= x["smallest_new_build_mw"])
    size = missing_mw[places]
    units, waste = region.power.units, region.power.units.fuel == WASTE
    held = [
        plants.holdings.by_owner(plants.capacity_mw * _is_waste_of(plants, p), has_failed.size)
        for p in places
    ]
    ids = [f"waste_{region.axes.provinces[p].lower()}_{year}" for p in places]
    lifetime = int(region.power.technologies.by_fuel.lifetime_years[WASTE])
    return NewUnits(
        ids=ids,
        row_ids=ids,
        number=np.array([decider_id(name) for name in ids], dtype=np.int64),
        owner=np.array([int(np.argmax(np.where(has_failed, -1.0, mw))) for mw in held], dtype=np.int64),
        province=places,
        fuel=np.full(places.size, WASTE),
        capacity_mw=size,
        commissioned_year=np.full(places.size, year + int(x["waste_plant_lead_time_years"])),
        lifetime_years=np.full(places.size, lifetime),
        net_heat_rate_gj_per_mwh=np.full(places.size, _mean(units.net_heat_rate_gj_per_mwh[waste])),
        must_run_share=np.full(places.size, _mean(units.must_run_share[waste])),
        capex_cny=size * KW_PER_MW * x["waste_plant_cny_per_kw"],
        hours_share=np.ones(places.size),
        site_mw=np.zeros(places.size),
        nominal_strike_cny_per_mwh=np.zeros(places.size),
        contracted_share=np.zeros(places.size),
        contract_years=np.zeros(places.size, np.int64),
    )


def _is_waste_of(plants: UnitRows, province: np.signedinteger) -> Booleans:
    """Mark the waste plants of a province [N]."""
    return np.asarray((plants.fuel == WASTE) & (plants.province == province))


def _mean(values: Floats) -> float:
    """Compute a mean; 0 of nothing."""
    return float(values.mean()) if values.size else 0.0

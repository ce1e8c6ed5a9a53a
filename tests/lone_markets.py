"""One province of a year alone, as if the others were no part of the region."""

import numpy as np

from tanlu.kernels.power.units import PowerOffer
from tanlu.power.neighbours import BorderBlocks, ContractCO2
from tanlu.power.supply import FirmSupply, PowerYear, SeasonalLoad
from tanlu.power.water import StoreState
from tanlu.region.power import PowerData

STORE_FIELDS = ("store_mwh", "lowest_share", "highest_share")
UNIT_FIELDS = PowerOffer._fields[: PowerOffer._fields.index("must_run_mw")]


def only_province(
    p: int, data: PowerData, offer: PowerOffer, year: PowerYear
) -> tuple[PowerData, PowerOffer, PowerYear]:
    """The pack, the offer and the year of one province, without a line to others."""
    here, water, rows = slice(p, p + 1), data.hydrology, offer.zone == p
    by_province = ("run_of_river_share", "reservoir_minimum_share", "reservoir_maximum_share")
    by_province = (*by_province, "small_hydro_mw", "contract_price_cap_cny_per_mwh")
    hydrology = water._replace(
        normal=_water_of(water.normal, here),
        observed={y: _water_of(of_year, here) for y, of_year in water.observed.items()},
        used_in_years_of_normal=water.used_in_years_of_normal[:, here].copy(),
        storing_in_years_of_normal=water.storing_in_years_of_normal[:, here].copy(),
        **{name: getattr(water, name)[here].copy() for name in by_province},
    )
    narrow_data = data._replace(
        hydrology=hydrology,
        small_hydro_full_mw=data.small_hydro_full_mw[here],
        renewable_profile=data.renewable_profile[here],
        heat_density=data.heat_density[here],
    )
    narrow_offer = offer._replace(
        **{name: getattr(offer, name)[rows] for name in UNIT_FIELDS},
        must_run_mw=offer.must_run_mw[here],
        contract_mw=offer.contract_mw[here],
        capacity_by_fuel_mw=offer.capacity_by_fuel_mw[here],
    )
    narrow_year = _year_of(year, p)
    return narrow_data, narrow_offer._replace(zone=np.zeros(rows.sum(), np.int64)), narrow_year


def _year_of(year: PowerYear, p: int) -> PowerYear:
    here = slice(p, p + 1)
    return year._replace(
        usual=None if year.usual is None else _year_of(year.usual, p),
        **{name: getattr(year, name)[here] for name in ("load_mwh", "load_shape", "weather")},
        **{name: getattr(year, name)[here] for name in ("contract_mw", "recallable_mw")},
        water=year.water._replace(
            water=_water_of(year.water.water, here),
            **{name: getattr(year.water, name)[here].copy() for name in STORE_FIELDS},
            opening=StoreState._make(array[here].copy() for array in year.water.opening),
        ),
        line_zones=np.zeros((0, 2), np.int64),
        internal_mw=year.internal_mw[:0],
        line_mw=year.line_mw[:0],
        line_loss_share=year.line_loss_share[:0],
        wheeling_cost_cny_per_mwh=year.wheeling_cost_cny_per_mwh[:0],
        firm_supply=_firm_supply_of(year.firm_supply, here),
        border=year.border._replace(
            purchases=_blocks_of(year.border.purchases, p),
            sales=_blocks_of(year.border.sales, p),
            contracts=ContractCO2._make(value[here] for value in year.border.contracts),
        ),
        shortage=year.shortage._replace(industrial_share=year.shortage.industrial_share[here]),
    )


def _firm_supply_of(firm: FirmSupply, here: slice) -> FirmSupply:
    seasons = SeasonalLoad(firm.seasons.mw[:, here].copy(), firm.seasons.factor[:, :, here].copy())
    by_province = ("neighbours_mw", "burner_share", "start_mw")
    return firm._replace(seasons=seasons, **{name: getattr(firm, name)[here].copy() for name in by_province})


def _blocks_of(blocks: BorderBlocks, p: int) -> BorderBlocks:
    kept = BorderBlocks._make(value[blocks.zone == p] for value in blocks)
    return kept._replace(zone=np.zeros_like(kept.zone))


def _water_of(water, here: slice):
    names = ("available_factor", "storing_factor", "spell_share")
    return water._replace(**{name: getattr(water, name)[here].copy() for name in names})

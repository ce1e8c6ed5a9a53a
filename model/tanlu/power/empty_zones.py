"""An empty zone: how a year of one province enters the market of two zones and leaves it."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import MONTHS
from tanlu.core.outcomes import (
    Adequacy,
    BorderTrade,
    HydroSales,
    MeritUnits,
    PowerHours,
    PowerOutcome,
    PowerPrices,
    StackBlocks,
    StoreCourse,
    Trade,
)
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.neighbours import ContractCO2
from tanlu.power.supply import FirmSupply, PowerYear
from tanlu.power.water import StoreState
from tanlu.region.hydro import Hydrology, Water
from tanlu.region.power import PowerData

Z = 2  # zones that the market has at least
# Fields of an outcome that are arrays with zones as their first axis.
BY_ZONE = (
    *("generation_mwh", "curtailed_mwh", "revenue_cny_per_mw", "load_mwh", "unserved_mwh", "shed_mwh"),
    *("export_mwh", "flow_mwh", "line_loss_mwh", "storage_loss_mwh", "nameplate_margin"),
)


def fill_zones(
    data: PowerData, offer: PowerOffer, year: PowerYear
) -> tuple[PowerData, PowerOffer, PowerYear]:
    """Widen pack, offer and year from provinces to all zones.

    An empty zone has no load, units, water or sun.
    """
    if year.load_mwh.size >= Z:
        return data, offer, year
    zone = np.arange(year.load_mwh.size)
    widened_data = data._replace(
        small_hydro_full_mw=_widen(data.small_hydro_full_mw, zone),
        renewable_profile=_widen(data.renewable_profile, zone),
        heat_density=_widen(data.heat_density, zone),
        hydrology=_widen_hydrology(data.hydrology, zone),
    )
    widened_offer = offer._replace(
        must_run_mw=_widen(offer.must_run_mw, zone),
        contract_mw=_widen(offer.contract_mw, zone),
        capacity_by_fuel_mw=_widen(offer.capacity_by_fuel_mw, zone),
    )
    return widened_data, widened_offer, _widen_year(year, zone)


def _widen(value: Floats, zone: Integers, empty: float = 0.0) -> Floats:
    """Widen [P, ...] to [Z, ...]; an empty zone has `empty`."""
    wide = np.full((Z, *value.shape[1:]), empty)
    wide[zone] = value
    return wide


def _widen_hydrology(hydrology: Hydrology, zone: Integers) -> Hydrology:
    """Widen what the market reads of the hydrology."""
    other_years = hydrology.used_in_years_of_normal
    return hydrology._replace(
        normal=_widen_water(hydrology.normal, zone),
        observed={year: _widen_water(water, zone) for year, water in hydrology.observed.items()},
        used_in_years_of_normal=np.stack([_widen(factor, zone) for factor in other_years]),
        storing_in_years_of_normal=np.stack(
            [_widen(factor, zone) for factor in hydrology.storing_in_years_of_normal]
        ),
        run_of_river_share=_widen(hydrology.run_of_river_share, zone),
        reservoir_minimum_share=_widen(hydrology.reservoir_minimum_share, zone),
        reservoir_maximum_share=_widen(hydrology.reservoir_maximum_share, zone),
        small_hydro_mw=_widen(hydrology.small_hydro_mw, zone),
        contract_price_cap_cny_per_mwh=_widen(hydrology.contract_price_cap_cny_per_mwh, zone, np.inf),
    )


def _widen_water(water: Water, zone: Integers) -> Water:
    """Widen the water of a year; where there is none no dry spell parts it."""
    return water._replace(
        available_factor=_widen(water.available_factor, zone),
        storing_factor=_widen(water.storing_factor, zone),
        spell_share=_widen(water.spell_share, zone, np.nan),
    )


def _widen_year(year: PowerYear, zone: Integers) -> PowerYear:
    """Widen what surrounds the plants."""
    water, shortage = year.water, year.shortage
    return year._replace(
        usual=None if year.usual is None else _widen_year(year.usual, zone),
        load_mwh=_widen(year.load_mwh, zone),
        load_shape=_widen(year.load_shape, zone),
        water=water._replace(
            water=_widen_water(water.water, zone),
            store_mwh=_widen(water.store_mwh, zone),
            lowest_share=_widen(water.lowest_share, zone),
            highest_share=_widen(water.highest_share, zone),
            opening=StoreState._make(_widen(array, zone) for array in water.opening),
        ),
        weather=_widen(year.weather, zone),
        line_zones=np.array([[0, 1]]),
        internal_mw=np.zeros((1, MONTHS)),
        line_mw=np.zeros((1, MONTHS)),
        line_loss_share=np.zeros(1),
        wheeling_cost_cny_per_mwh=np.zeros(1),
        contract_mw=_widen(year.contract_mw, zone),
        recallable_mw=_widen(year.recallable_mw, zone),
        border=year.border._replace(
            contracts=ContractCO2._make(_widen(tco2, zone) for tco2 in year.border.contracts)
        ),
        shortage=shortage._replace(industrial_share=_widen(shortage.industrial_share, zone)),
        firm_supply=_widen_firm_supply(year.firm_supply, zone),
    )


def _widen_firm_supply(firm: FirmSupply, zone: Integers) -> FirmSupply:
    """Widen what counts as there when power is short."""
    seasons = firm.seasons
    return firm._replace(
        neighbours_mw=_widen(firm.neighbours_mw, zone),
        burner_share=_widen(firm.burner_share, zone),
        seasons=seasons._replace(
            mw=np.stack([_widen(load, zone) for load in seasons.mw]),
            factor=np.stack([[_widen(part, zone) for part in year] for year in seasons.factor]),
        ),
        start_mw=_widen(firm.start_mw, zone),
    )


def drop_empty_zones(outcome: PowerOutcome, offer: PowerOffer) -> PowerOutcome:
    """Narrow a cleared year from zones to the provinces of an offer."""
    provinces = len(offer.must_run_mw)
    if provinces >= Z:
        return outcome
    zone = np.arange(provinces)
    prices = outcome.prices._replace(
        **{name: getattr(outcome.prices, name)[zone] for name in PowerPrices._fields if name != "gap_share"}
    )
    return outcome._replace(
        **{name: getattr(outcome, name)[zone] for name in BY_ZONE},
        received_share=outcome.received_share[zone][:, zone],
        offer=offer,
        units=outcome.units._replace(uplift_cny=outcome.units.uplift_cny[zone]),
        hydro_sales=HydroSales._make(sales[zone] for sales in outcome.hydro_sales),
        stores=StoreCourse._make(array[zone] for array in outcome.stores),
        prices=prices,
        border=BorderTrade._make(trade[zone] for trade in outcome.border),
        adequacy=Adequacy._make(measured[zone] for measured in outcome.adequacy),
        hours=_narrow_hours(outcome.hours, zone),
        trades={kind: Trade._make(field[zone] for field in trade) for kind, trade in outcome.trades.items()},
    )


def _narrow_hours(hours: PowerHours, zone: Integers) -> PowerHours:
    """Narrow the hours of a cleared year to provinces."""
    without_zone = ("day_weight", "floor_mw", "natural_mw", "units")
    by_zone = [name for name in PowerHours._fields if name not in without_zone]
    return hours._replace(
        **{name: getattr(hours, name)[zone] for name in by_zone},
        natural_mw=hours.natural_mw[:, zone],
        units=_narrow_merit_order(hours.units, zone),
    )


def _narrow_merit_order(units: MeritUnits, zone: Integers) -> MeritUnits:
    """Leave out what the merit order has for empty zones: exports and shedding."""
    is_held: Booleans = np.isin(units.zone, zone)
    return units._replace(
        zone=units.zone[is_held],
        capacity_mw=units.capacity_mw[is_held],
        cost_cny_per_mwh=units.cost_cny_per_mwh[is_held],
        availability=units.availability[is_held],
        blocks=_narrow_blocks(units.blocks, zone.size),
    )


def _narrow_blocks(blocks: StackBlocks, zones: int) -> StackBlocks:
    """Lay out the blocks of a stack that has so many zones."""
    names = {"units": "units", "purchases": "purchases", "sales": "sales"}
    names |= {"bids": "idle_load", "supplies": "supplies"}
    sizes = {size: getattr(blocks, name).stop - getattr(blocks, name).start for size, name in names.items()}
    return StackBlocks.lay_out(zones=zones, **sizes)

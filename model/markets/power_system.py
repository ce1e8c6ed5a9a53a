"""The electricity year of the region: what is offered meets load, contracts and neighbours."""

from typing import NamedTuple

import numpy as np

from model.kernels.storage import shift_load
from model.markets.electricity import Dispatch, MarketYear, clear_year
from model.region_power import DAYS_IN_MONTH, PowerData
from model.signals import FUELS, HOURS, MONTHS, F, Floats, Integers, P, PowerOffer, PowerOutcome

HOURS_PER_YEAR = 8760.0
SIGN = np.array([1.0, -1.0])  # a flow from the first province leaves it and reaches the second
RESERVOIR, RIVER = FUELS.index("hydro_reservoir"), FUELS.index("hydro_run_of_river")
SMALL = FUELS.index("small_hydro")
WIND, UTILITY, ROOFTOP = (FUELS.index(f) for f in ("wind", "solar_utility", "solar_distributed"))
STORES = [FUELS.index("pumped_storage"), FUELS.index("battery")]
# What is curtailed when there is too much, and the row of its hourly output in `_natural`.
NATURAL = (RIVER, SMALL, WIND, UTILITY, ROOFTOP)


class PowerYear(NamedTuple):
    """What surrounds the region's plants in a year."""

    load_mwh: Floats  # [P] whole year
    industrial_share: Floats  # [P] of load that can be shed first
    hydro_capacity_factor: Floats  # [P, month] above 6 MW
    contract_mw: Floats  # [P, month] net contracted export out of the region
    internal_mw: Floats  # [month] contracted flow from Sichuan to Chongqing
    line_mw: Floats  # [month] usable between the provinces
    neighbour_mw: Floats  # [N]
    surplus_mw: Floats  # [X, month]
    firm_price_cny_per_mwh: float  # value of lost load
    shedding_price_cny_per_mwh: float  # of industrial load
    wheeling_cost_cny_per_mwh: float


def clear_power_year(data: PowerData, offer: PowerOffer, year: PowerYear) -> PowerOutcome:
    """Clear 12 months of typical and peak days in two provinces (MODEL.md, electricity).

    Must-run, run-of-river, wind and solar come first; storage shifts within the day; then the merit order with
    reservoirs, neighbours and shedding tiers meets what is left.
    """
    load = data.load_shape * (year.load_mwh / HOURS_PER_YEAR)[:, None, None, None]
    natural = _natural(data, offer, year)
    committed = year.contract_mw + SIGN[:, None] * year.internal_mw + _surplus_load(data, year)
    fixed = (committed - offer.must_run_mw[:, None])[:, :, None, None]
    net = load + fixed - natural.sum(axis=0)[:, :, None, :]
    charge, discharge = _storage(data, offer, net)
    energy, low, high = _reservoirs(data, offer, year)
    units = _merit(data, offer, year, load)
    market = MarketYear(
        unit_zone=units.zone,
        unit_capacity_mw=units.capacity_mw,
        unit_availability=units.availability,
        unit_cost_cny_per_mwh=units.cost_cny_per_mwh,
        net_load_mw=net + charge - discharge,
        day_weight=data.day_weight,
        reservoir_energy_mwh=energy,
        reservoir_minimum_mw=low,
        reservoir_maximum_mw=high,
        line_forward_mw=year.line_mw - year.internal_mw,
        line_backward_mw=year.line_mw,
        wheeling_cost_cny_per_mwh=year.wheeling_cost_cny_per_mwh,
        scarcity_price_cny_per_mwh=year.firm_price_cny_per_mwh,
    )
    cleared = clear_year(market)
    return _outcome(data, offer, year, load, natural, charge, discharge, units, cleared)


class _Merit(NamedTuple):
    """The merit order: thermal units, neighbours, surplus exports given up, industrial shedding; axis U."""

    zone: Integers
    capacity_mw: Floats
    cost_cny_per_mwh: Floats
    availability: Floats  # [U, month]
    thermal: int  # how many rows are thermal units
    neighbours: int
    surplus: int


def _merit(data: PowerData, offer: PowerOffer, year: PowerYear, load: Floats) -> _Merit:
    c = data.corridors
    shed = year.industrial_share * load.mean(axis=(1, 2, 3))
    surplus = year.surplus_mw.max(axis=1)
    count = offer.rows.size + c.neighbour_zone.size
    availability = np.ones((count + surplus.size + P, MONTHS))
    availability[count : count + surplus.size] = year.surplus_mw / np.maximum(surplus, 1e-9)[:, None]
    return _Merit(
        zone=np.concatenate([offer.zone, c.neighbour_zone, c.surplus_zone, np.arange(P)]),
        capacity_mw=np.concatenate([offer.capacity_mw, year.neighbour_mw, surplus, shed]),
        cost_cny_per_mwh=np.concatenate(
            [
                offer.cost_cny_per_mwh,
                c.neighbour_price_cny_per_mwh,
                c.surplus_price_cny_per_mwh,
                np.full(P, year.shedding_price_cny_per_mwh),
            ]
        ),
        availability=availability,
        thermal=offer.rows.size,
        neighbours=c.neighbour_zone.size,
        surplus=c.surplus_zone.size,
    )


def _natural(data: PowerData, offer: PowerOffer, year: PowerYear) -> Floats:
    """Return what water, wind and sun give before curtailment, MW [NATURAL, P, month, hour]."""
    capacity, hydro = offer.capacity_by_fuel_mw, data.hydrology
    river = (capacity[:, RESERVOIR] + capacity[:, RIVER])[:, None] * year.hydro_capacity_factor
    river = river * hydro.run_of_river_share
    out = np.empty((len(NATURAL), P, MONTHS, HOURS))
    out[0] = river[:, :, None]
    out[1] = hydro.small_hydro_mw[:, :, None]
    out[2] = capacity[:, WIND, None, None] * data.renewable_profile[:, 0]
    out[3] = capacity[:, UTILITY, None, None] * data.renewable_profile[:, 1]
    out[4] = capacity[:, ROOFTOP, None, None] * data.renewable_profile[:, 2]
    return out


def _surplus_load(data: PowerData, year: PowerYear) -> Floats:
    """Return price-responsive exports as load [P, month]: a unit at their price gives them up when power is dear."""
    total = np.zeros((P, MONTHS))
    np.add.at(total, data.corridors.surplus_zone, year.surplus_mw)
    return total


def _storage(data: PowerData, offer: PowerOffer, net: Floats) -> tuple[Floats, Floats]:
    """Return charge and discharge, MW [P, month, day type, hour], of pumped storage and batteries as one store."""
    power = offer.capacity_by_fuel_mw[:, STORES]
    hours, efficiency = data.technologies.storage_hours[STORES], data.technologies.storage_efficiency[STORES]
    total = power.sum(axis=1)
    mean = np.divide(power @ efficiency, total, out=np.ones(P), where=total > 0.0)
    charge, discharge = shift_load(
        net_load_mw=net,
        power_mw=np.ascontiguousarray(total),
        energy_mwh=np.ascontiguousarray(power @ hours),
        round_trip_efficiency=mean,
    )
    return charge, discharge


def _reservoirs(data: PowerData, offer: PowerOffer, year: PowerYear) -> tuple[Floats, Floats, Floats]:
    """Return monthly energy (MWh), least and greatest output (MW) of reservoirs [P, month]."""
    capacity, hydro = offer.capacity_by_fuel_mw, data.hydrology
    mean = (capacity[:, RESERVOIR] + capacity[:, RIVER])[:, None] * year.hydro_capacity_factor
    mean = mean * (1.0 - hydro.run_of_river_share)
    high = np.maximum(capacity[:, RESERVOIR][:, None] * hydro.reservoir_maximum_share, mean)
    low = np.minimum(hydro.reservoir_minimum_share * mean, high)
    return mean * DAYS_IN_MONTH * HOURS, low, high


def _outcome(
    data: PowerData,
    offer: PowerOffer,
    year: PowerYear,
    load: Floats,
    natural: Floats,
    charge: Floats,
    discharge: Floats,
    units: _Merit,
    cleared: Dispatch,
) -> PowerOutcome:
    weight = data.day_weight[None, :, :, None]
    a, b = units.thermal, units.thermal + units.neighbours
    c = b + units.surplus
    output = cleared.unit_output_mwh
    curtailed = _curtailed(natural, cleared.surplus_mw)
    generation = np.zeros((P, F))
    fed = natural[:, :, :, None, :] - curtailed
    generation[:, NATURAL] = (fed * weight).sum(axis=(2, 3, 4)).T
    generation[:, RESERVOIR] = (cleared.reservoir_mw * weight).sum(axis=(1, 2, 3))
    lost = np.zeros((P, F))
    lost[:, NATURAL] = (curtailed * weight).sum(axis=(2, 3, 4)).T
    lost[:, RESERVOIR] = cleared.spilled_mwh.sum(axis=1)
    given_up = np.bincount(data.corridors.surplus_zone, output[b:c], P)
    neighbour = np.bincount(data.corridors.neighbour_zone, output[a:b], P)
    hours = DAYS_IN_MONTH * HOURS
    offered = ((year.contract_mw + _surplus_load(data, year)) * hours).sum(axis=1)
    price = cleared.price_cny_per_mwh
    load_mwh = (load * weight).sum(axis=(1, 2, 3))
    generation[:, STORES[0]] = (discharge * weight).sum(axis=(1, 2, 3))
    return PowerOutcome(
        generation_mwh=generation,
        curtailed_mwh=lost,
        revenue_cny_per_mw=_revenue(offer, fed, cleared.reservoir_mw, charge, discharge, price, weight),
        unit_output_mwh=output[:a],
        unit_revenue_cny=cleared.unit_revenue_cny[:a],
        load_mwh=load_mwh,
        unserved_mwh=(cleared.unserved_mw * weight).sum(axis=(1, 2, 3)),
        shed_mwh=np.bincount(np.arange(P), output[c:], P),
        export_mwh=offered - given_up - neighbour,
        flow_mwh=float((cleared.flow_mw * weight[0]).sum() + year.internal_mw @ hours),
        storage_loss_mwh=((charge - discharge) * weight).sum(axis=(1, 2, 3)),
        mean_price_cny_per_mwh=(price * load * weight).sum(axis=(1, 2, 3)) / np.maximum(load_mwh, 1e-9),
        must_run_price_cny_per_mwh=(price * weight).sum(axis=(1, 2, 3)) / HOURS_PER_YEAR,
        price_cny_per_mwh=price,
        neighbour_cost_cny=np.bincount(
            data.corridors.neighbour_zone, output[a:b] * data.corridors.neighbour_price_cny_per_mwh, P
        ),
        balance_error_mwh=0.0,
    )


def _curtailed(natural: Floats, surplus_mw: Floats) -> Floats:
    """Share surplus among what nature gives in proportion to output, MW [NATURAL, P, month, day type, hour]."""
    total = np.maximum(natural.sum(axis=0), 1e-9)
    share = np.minimum(surplus_mw / total[:, :, None, :], 1.0)
    return natural[:, :, :, None, :] * share[None]


def _revenue(
    offer: PowerOffer,
    fed: Floats,
    reservoir: Floats,
    charge: Floats,
    discharge: Floats,
    price: Floats,
    weight: Floats,
) -> Floats:
    """Return market revenue per MW of what runs outside the merit order, CNY [P, F]."""
    money = np.zeros((P, F))
    money[:, NATURAL] = (fed * price * weight).sum(axis=(2, 3, 4)).T
    water = money[:, RIVER] + (reservoir * price * weight).sum(axis=(1, 2, 3))
    shift = ((discharge - charge) * price * weight).sum(axis=(1, 2, 3))
    capacity = offer.capacity_by_fuel_mw
    per_mw = np.divide(money, capacity, out=np.zeros((P, F)), where=capacity > 0.0)
    hydro = capacity[:, RESERVOIR] + capacity[:, RIVER]
    per_mw[:, [RESERVOIR, RIVER]] = np.divide(water, hydro, out=np.zeros(P), where=hydro > 0.0)[:, None]
    stores = capacity[:, STORES].sum(axis=1)
    per_mw[:, STORES] = np.divide(shift, stores, out=np.zeros(P), where=stores > 0.0)[:, None]
    return per_mw

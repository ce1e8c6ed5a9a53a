"""Electricity: the year that clears, and the year ahead that deciders expect."""

import numpy as np

from model.agents.plant_state import monthly_availability
from model.agents.plants import PowerPlants
from model.markets.power_system import PowerYear, clear_power_year
from model.markets.water import WaterYear, hydro_mw
from model.region import Region
from model.region_power import BUILDABLE, FUEL_OF_BUILDABLE, PRICED_FUELS, SMALL_SCALE
from model.signals import FUELS, RENEWABLE_FUELS, F, Floats, P, PowerOffer, PowerOutcome, Signals
from model.steps.water import normal_water
from model.tables import year_index

K = len(BUILDABLE)
BURNING = ("coal", "gas")  # what can be built and burns fuel
RENEWABLE = [BUILDABLE.index(name) for name in RENEWABLE_FUELS]
RENEWABLE_FUEL = [FUELS.index(name) for name in RENEWABLE_FUELS]


def electricity(
    *,
    year: int,
    signals: Signals,
    region: Region,
    water: WaterYear,
    plants: PowerPlants,
    load_mwh: Floats,
    load_shape: Floats,
) -> PowerOutcome:
    """Clear the year's electricity (MODEL.md, electricity)."""
    offer = plants.offer(signals, year)
    contract = sent_by_contract(region, year, signals.export_kept_share)
    if not water.observed:
        contract = contract + _export_response(region, offer, water)
    return clear_power_year(
        region.power, offer, power_year(region, year, load_mwh, load_shape, water, contract)
    )


def sent_by_contract(region: Region, year: int, kept_share: Floats) -> Floats:
    """Return net contracted export out of the region, MW [P, month], after what policy keeps at home.

    Args:
        region: the pack.
        year: the year.
        kept_share: of each line's contract that is still sent, [P, L, season].
    """
    lines, t = region.power.corridors, year_index(year)
    share = kept_share[lines.export_zone, np.arange(lines.export_zone.size)][:, lines.season]
    home = np.zeros((P, lines.season.size))
    np.add.at(home, lines.export_zone, (1.0 - share) * lines.export_mw[t])
    return np.asarray(lines.contract_mw[t] - home)


def _further(region: Region, plants: PowerPlants, year: int, years: int) -> Floats:
    """Return what is not yet decided but expected `years` ahead at the recent pace, MW [P, F]."""
    recent = (plants.commissioned_year > year - 3) & (plants.commissioned_year <= year)
    built = (
        np.bincount(plants.province * F + plants.fuel, plants.capacity_mw * recent, P * F).reshape(P, F) / 3.0
    )
    further = np.zeros((P, F))
    for name in SMALL_SCALE:
        lead = int(region.power.technologies.lead_time_years[BUILDABLE.index(name)])
        further[:, FUELS.index(name)] = built[:, FUELS.index(name)] * max(years - lead, 0)
    return further


def _export_response(region: Region, offer: PowerOffer, year: WaterYear) -> Floats:
    """Return how contracts move with water other than normal, MW [P, month]: part of the missing or added output."""
    hydrology = region.power.hydrology
    missing = hydro_mw(offer.capacity_by_fuel_mw) * (year.water.used - hydrology.normal.used)
    return np.asarray(hydrology.export_response[:, None] * missing)


def expected_electricity(
    *,
    signals: Signals,
    region: Region,
    plants: PowerPlants,
    load_mwh: Floats,
    load_shape: Floats,
    years: int,
    planned_mw: Floats,
) -> PowerOutcome:
    """Clear the year deciders look at: `years` ahead, with what is under construction, in a normal water year.

    Wind, sun and batteries are expected to go on growing at the pace of the last three years; what companies plan to
    start now, `planned_mw` [P, K], comes on top where it is ready by then. Source: EMLab forecast clearing; expected
    hours and prices come from the expected merit order, so that what others build lowers what the next plant earns.
    """
    year = signals.year + years
    offer = plants.offer(signals, year)
    capacity = offer.capacity_by_fuel_mw + _further(region, plants, signals.year, years)
    offer = _with_planned(region, signals, offer._replace(capacity_by_fuel_mw=capacity), planned_mw, years)
    contract = sent_by_contract(region, year, signals.expected_export_kept_share)
    water = normal_water(region, year)
    return clear_power_year(
        region.power, offer, power_year(region, year, load_mwh, load_shape, water, contract)
    )


def _with_planned(
    region: Region, signals: Signals, offer: PowerOffer, planned_mw: Floats, years: int
) -> PowerOffer:
    """Return the offer with units that are only planned, where they are ready in `years`; rows -1."""
    tech, availability = region.power.technologies, region.parameters["new_unit_availability"]
    ready = planned_mw * (tech.lead_time_years <= years)
    fuel = FUEL_OF_BUILDABLE[[BUILDABLE.index(name) for name in BURNING]]
    built = np.zeros((P, F))
    built[:, FUEL_OF_BUILDABLE] = ready
    zone, fuel = np.repeat(np.arange(P), fuel.size), np.tile(fuel, P)
    monthly = monthly_availability(region, zone, fuel, np.full(fuel.size, availability))
    cost = np.stack([new_unit_cost(region, signals, name) for name in BURNING], axis=1)
    return offer._replace(
        rows=np.concatenate([offer.rows, np.full(fuel.size, -1)]),
        zone=np.concatenate([offer.zone, zone]),
        capacity_mw=np.concatenate([offer.capacity_mw, built[zone, fuel] * availability]),
        availability=np.concatenate([offer.availability, monthly]),
        minimum_load_share=np.concatenate([offer.minimum_load_share, tech.flexible_minimum_load_share[fuel]]),
        cost_cny_per_mwh=np.concatenate([offer.cost_cny_per_mwh, np.maximum(cost, 0.0).ravel()]),
        capacity_by_fuel_mw=offer.capacity_by_fuel_mw + built,
    )


def power_year(
    region: Region, year: int, load_mwh: Floats, load_shape: Floats, water: WaterYear, contract_mw: Floats
) -> PowerYear:
    """Return what surrounds the region's plants in `year`."""
    corridors, parameters, t = region.power.corridors, region.parameters, year_index(year)
    return PowerYear(
        load_mwh=load_mwh,
        load_shape=load_shape,
        industrial_share=np.full(P, parameters["sheddable_industrial_share"]),
        water=water,
        contract_mw=contract_mw,
        internal_mw=corridors.internal_mw[t],
        line_mw=corridors.line_mw[t],
        neighbour_mw=corridors.neighbour_mw[t],
        surplus_mw=corridors.surplus_mw[t],
        firm_price_cny_per_mwh=parameters["value_of_lost_load_cny_per_mwh"],
        shedding_price_cny_per_mwh=parameters["industrial_shedding_price_cny_per_mwh"],
        wheeling_cost_cny_per_mwh=parameters["wheeling_cost_cny_per_mwh"],
        reserve_share=parameters["operating_reserve_share"],
        least_online_share=parameters["least_online_coal_share"],
    )


def expected_value(region: Region, signals: Signals, expected: PowerOutcome) -> Floats:
    """Return what one MW of each buildable technology would earn a year, CNY/MW [P, K].

    Wind and solar sell their profile at the expected hourly prices (zero when curtailed), coal and gas run when
    the price covers their cost, storage buys the day's cheapest and sells its dearest hours; premiums and
    capacity payments come on top.
    """
    data, price = region.power, expected.price_cny_per_mwh
    weight = data.day_weight[None, :, :, None]
    value, profile = np.zeros((P, K)), data.renewable_profile[:, :, :, None, :]
    hours = (profile * weight).sum(axis=(2, 3, 4))
    earned = (profile * price[:, None] * weight).sum(axis=(2, 3, 4))
    value[:, RENEWABLE] = earned + hours * signals.renewable_premium_cny_per_mwh[:, RENEWABLE_FUEL]
    for name in BURNING:
        value[:, BUILDABLE.index(name)] = _thermal_value(region, signals, name, price, weight)
    ordered = np.sort(price, axis=3)
    for name in ("pumped_storage", "battery"):
        value[:, BUILDABLE.index(name)] = _storage_value(region, name, ordered)
    fuels = [FUELS.index(name) for name in BUILDABLE]
    return value + signals.capacity_payment_cny_per_kw_year[:, fuels] * 1e3


def new_unit_cost(region: Region, signals: Signals, name: str) -> Floats:
    """Return the marginal cost of a new unit that burns fuel, CNY/MWh [P]."""
    tech, k = region.power.technologies, BUILDABLE.index(name)
    heat_rate = tech.net_heat_rate_gj_per_mwh[k]
    fuel = heat_rate * signals.fuel_price_cny_per_gj[:, PRICED_FUELS.index(name)]
    emission = heat_rate * region.power.fuel_co2_t_per_gj[FUELS.index(name)]
    benchmark = signals.benchmark[:, 0 if name == "coal" else 3]
    carbon = signals.carbon_cost_cny_per_tco2[:, 0] * emission
    carbon = carbon - signals.market_covered[:, 0] * signals.market_price_cny_per_tco2 * benchmark
    return np.asarray(fuel + carbon + tech.variable_om_cny_per_mwh[signals.data_row, k])


def _thermal_value(region: Region, signals: Signals, name: str, price: Floats, weight: Floats) -> Floats:
    """Return the margin of a new thermal MW over the year, CNY/MW [P]."""
    cost = new_unit_cost(region, signals, name)
    margin = np.maximum(price - cost[:, None, None, None], 0.0)
    return (margin * weight).sum(axis=(1, 2, 3)) * region.parameters["new_unit_availability"]


def _storage_value(region: Region, name: str, ordered: Floats) -> Floats:
    """Return what a MW of storage earns by shifting within the day, CNY/MW [P]; `ordered` prices rise by hour."""
    tech, f = region.power.technologies, FUELS.index(name)
    hours, efficiency = int(tech.storage_hours[f]), tech.storage_efficiency[f]
    cheap, dear = ordered[..., :hours], ordered[..., ::-1][..., :hours]
    spread = np.maximum(dear - cheap / efficiency, 0.0).sum(axis=3)
    return np.asarray((spread * region.power.day_weight[None]).sum(axis=(1, 2)))

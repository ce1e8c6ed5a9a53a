"""What a new vehicle costs its buyer a year, in money and in what buyers mind."""

from typing import NamedTuple

import numpy as np

from model.agents.vehicle_fleet import OIL
from model.finance import exponential
from model.region_vehicles import COHORT_YEARS, VehicleData
from model.signals import SECTOR, VEHICLE_TECHNOLOGIES, Booleans, Floats, Integers, P, Signals

FUEL, BATTERY = VEHICLE_TECHNOLOGIES.index("fuel"), VEHICLE_TECHNOLOGIES.index("battery")
NEW_ENERGY = np.arange(len(VEHICLE_TECHNOLOGIES)) != FUEL


class VehicleAppraisal(NamedTuple):
    """What buyers of new vehicles know when they choose; axes N province x segment, V technologies."""

    options: tuple[str, ...]
    decider: Integers  # [N] row of the population
    ownership_cny_per_year: Floats  # [N, V] purchase spread over the holding time, energy, maintenance
    unease_cny_per_year: Floats  # [N, V] range, chargers and reluctance, less what peers make up for
    scale_cny_per_year: Floats  # [N] the larger, the more buyers of a segment differ
    feasible: Booleans  # [N, V] on offer
    new_energy_sales_share: Floats  # [N] least share that makers must sell


def appraise_vehicles(
    data: VehicleData,
    signals: Signals,
    oil_co2_t_per_gj: float,
    chargers_per_vehicle: Floats,
    peer_share: Floats,
) -> VehicleAppraisal:
    """Return what each technology would cost buyers (MODEL.md, demand).

    Args:
        data: the pack.
        signals: the year's signals.
        oil_co2_t_per_gj: CO2 of oil.
        chargers_per_vehicle: public ones, [P].
        peer_share: new-energy vehicles among last year's sales, [N].
    """
    n, t = peer_share.size, signals.data_row
    missing = data.charging_inconvenience_cny_per_year * exponential(
        -chargers_per_vehicle / data.charger_density_scale
    ).reshape(-1, 1)
    unease = np.repeat(data.reluctance_cny_per_year[None, t], P, axis=0)
    unease[:, :, BATTERY] += data.missing_range_cny_per_year[t] + missing
    peers = data.peer_value_cny_per_year * peer_share.reshape(P, -1)
    unease -= peers[:, :, None] * NEW_ENERGY
    return VehicleAppraisal(
        options=VEHICLE_TECHNOLOGIES,
        decider=np.arange(n),
        ownership_cny_per_year=ownership_cost(data, signals, oil_co2_t_per_gj),
        unease_cny_per_year=unease.reshape(n, -1),
        scale_cny_per_year=np.tile(data.choice_scale_cny_per_year, P),
        feasible=np.tile(data.offered, (P, 1)),
        new_energy_sales_share=signals.new_energy_sales_share.reshape(-1),
    )


def ownership_cost(data: VehicleData, signals: Signals, oil_co2_t_per_gj: float) -> Floats:
    """Return the yearly cost of a new vehicle, CNY [N, V]: price, tax, subsidy and licence as an annuity, and running.

    A carbon price on transport is paid at the pump.
    """
    t = signals.data_row
    tax = 1.0 + data.purchase_tax_rate[t]
    price = data.price_cny_per_vehicle[t] * tax - data.national_subsidy_cny_per_vehicle[t]
    paid = price - signals.vehicle_subsidy_cny_per_vehicle
    paid[:, :, FUEL] += signals.fuel_licence_cny_per_vehicle
    # Nobody is paid for more than the vehicle costs.
    capital = np.maximum(paid, 0.0) * data.annuity_per_year[:, None]
    return (capital + running_cost(data, signals, oil_co2_t_per_gj)).reshape(-1, tax.size)


def running_cost(data: VehicleData, signals: Signals, oil_co2_t_per_gj: float) -> Floats:
    """Return energy and maintenance of a new vehicle a year, CNY [P, G, V]."""
    row = signals.year - COHORT_YEARS[0]
    carbon = signals.fixed_carbon_price_cny_per_tco2[:, SECTOR["transport"]] * oil_co2_t_per_gj
    oil = (signals.energy_price_cny_per_gj[:, OIL] + carbon)[:, None, None]
    power = signals.charging_price_cny_per_mwh[:, None, None] + data.charging_margin_cny_per_mwh[:, None]
    energy = data.fuel_gj_per_km[row] * oil + data.electricity_mwh_per_km[row] * power
    return data.distance_km[signals.data_row][:, None] * energy + data.maintenance_cny_per_year

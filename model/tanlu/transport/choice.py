"""What a new vehicle costs its buyer a year, in money and in what buyers mind."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import SECTOR, VEHICLE_TECHNOLOGIES, G, V
from tanlu.core.economics import exponential
from tanlu.core.schedules import FUEL_LICENCES, VEHICLE_SUBSIDY
from tanlu.core.signals import Signals
from tanlu.region.vehicles import COHORT_YEARS, VehicleData
from tanlu.transport.fleet import NEW_ENERGY, OIL

BATTERY = VEHICLE_TECHNOLOGIES.index("battery")


# What a new vehicle is worth to its buyer a year, term by term, costs negative: money, then what buyers mind.
TERMS = (
    "price",
    "purchase_tax",
    "national_subsidy",
    "subsidy",
    "licence",
    "fuel",
    "carbon",
    "electricity",
    "maintenance",
    "range",
    "chargers",
    "reluctance",
    "peers",
)


class VehicleAppraisal(NamedTuple):
    """What buyers of new vehicles know when they choose; axes N province x segment, V technologies, T `TERMS`."""

    options: tuple[str, ...]
    decider: Integers  # [N] row of the population
    terms_cny_per_year: Floats  # [N, V, T] purchase spread over the holding time, costs negative
    scale_cny_per_year: Floats  # [N] the larger, the more buyers of a segment differ
    annuity_per_year: Floats  # [N] what is spread over a year of what is paid for a vehicle
    feasible: Booleans  # [N, V] on offer
    new_energy_sales_share: Floats  # [N] least share that makers must sell

    @property
    def worth_cny_per_year(self) -> Floats:
        """Sum of the terms [N, V]."""
        return np.asarray(self.terms_cny_per_year.sum(axis=2))


def appraise_vehicles(
    data: VehicleData,
    signals: Signals,
    oil_co2_t_per_gj: float,
    chargers_per_vehicle: Floats,
    peer_share: Floats,
) -> VehicleAppraisal:
    """Appraise each technology as buyers see it (docs/model/transport.md).

    Args:
        data: the pack.
        signals: the year's signals.
        oil_co2_t_per_gj: CO2 of oil.
        chargers_per_vehicle: public ones, [P].
        peer_share: new-energy vehicles among last year's sales, [N].
    """
    provinces = chargers_per_vehicle.size
    terms = (
        *_purchase(data, signals),
        *_running(data, signals, oil_co2_t_per_gj),
        *_unease(data, signals.data_row, chargers_per_vehicle, peer_share.reshape(-1, G)),
    )
    worth = np.empty((provinces, G, V, len(TERMS)))
    for t, term in enumerate(terms):
        worth[..., t] = term
    return VehicleAppraisal(
        options=VEHICLE_TECHNOLOGIES,
        decider=np.arange(peer_share.size),
        terms_cny_per_year=worth.reshape(-1, V, len(TERMS)),
        scale_cny_per_year=np.tile(data.buyers.choice_scale_cny_per_year, provinces),
        annuity_per_year=np.tile(data.buyers.annuity_per_year, provinces),
        feasible=np.tile(data.offered, (provinces, 1)),
        new_energy_sales_share=signals.policy.vehicles.new_energy_sales_share.reshape(-1),
    )


def _purchase(data: VehicleData, signals: Signals) -> tuple[Floats, ...]:
    """Compute what a purchase costs by term, CNY a year [P, G, V].

    Price, tax, subsidy of the nation, subsidy of policies and licence fee; each can be broadcast to that shape.
    """
    t = signals.data_row
    price, national = data.price_cny_per_vehicle[t], data.national_subsidy_cny_per_vehicle[t]
    tax = price * data.purchase_tax_rate[t]
    licence = signals.levies[FUEL_LICENCES][:, :, None] * ~NEW_ENERGY
    # Nobody is paid for more than the vehicle costs.
    subsidy = np.minimum(signals.subsidies[VEHICLE_SUBSIDY], price + tax - national + licence)
    return tuple(
        part * data.buyers.annuity_per_year[:, None] for part in (-price, -tax, national, subsidy, -licence)
    )


def _running(data: VehicleData, signals: Signals, oil_co2_t_per_gj: float) -> tuple[Floats, ...]:
    """Compute what running costs by term, CNY a year [P, G, V].

    Fuel, its CO2, electricity and maintenance; each can be broadcast to that shape.
    A carbon price on transport is paid at the pump.
    """
    row = signals.year - COHORT_YEARS[0]
    distance = data.distance_km[signals.data_row][:, None]
    fuel = data.fuel_gj_per_km[row] * distance
    carbon = signals.policy.carbon.price_cny_per_tco2[:, SECTOR["transport"]] * oil_co2_t_per_gj
    power = (
        signals.prices.charging_price_cny_per_mwh[:, None, None] + data.charging_margin_cny_per_mwh[:, None]
    )
    return (
        -fuel * signals.prices.energy_price_cny_per_gj[:, OIL, None, None],
        -fuel * carbon[:, None, None],
        -data.electricity_mwh_per_km[row] * distance * power,
        -data.maintenance_cny_per_year,
    )


def _unease(
    data: VehicleData, row: int, chargers_per_vehicle: Floats, peer_share: Floats
) -> tuple[Floats, ...]:
    """Compute what buyers mind by term, CNY a year [P, G, V].

    Range, chargers, reluctance and peers; each can be broadcast to that shape.
    """
    lacking = exponential(-chargers_per_vehicle / data.chargers.density_scale)[:, None]
    battery = np.arange(V) == BATTERY
    return (
        -data.buyers.missing_range_cny_per_year[row][:, None] * battery,
        -(data.buyers.charging_inconvenience_cny_per_year * lacking)[:, :, None] * battery,
        -data.buyers.reluctance_cny_per_year[row],
        (data.buyers.peer_value_cny_per_year * peer_share)[:, :, None] * NEW_ENERGY,
    )

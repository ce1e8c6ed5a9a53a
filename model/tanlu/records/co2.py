"""The record of captured CO2: where it goes, what it avoids, what it costs, and the network that carries it."""

from typing import NamedTuple

import numpy as np

from tanlu.co2.hubs import CO2Hub
from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTOR
from tanlu.industry.facilities import Industry
from tanlu.markets.co2 import lines_in_operation
from tanlu.power.capture import captured_output_mwh
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.records.sums import by_sector
from tanlu.region.industry import ENERGY

ELECTRICITY = SECTOR["electricity"]


class CO2Record(NamedTuple):
    """Captured CO2."""

    captured_tco2: Floats  # [P, S]
    avoided_tco2: Floats  # [P, S] kept from the air, less what heat and electricity for capture emit
    stored_tco2: Floats  # [P]
    used_tco2: Floats  # [P] sold to products
    permanently_bound_tco2: Floats  # [P] the part of it that products keep from the air for good
    vented_tco2: Floats  # [P]
    used_by_product_tco2: Floats  # [P, B]
    purchase_limit_tco2: Floats  # [B] the most that products of the region could buy, by market and material
    product_revenue_cny: Floats  # [P]
    tariff_cny_per_tco2: Floats  # [P] paid for transport and storage
    transport_cost_cny: Floats  # [P] the part of it that is not the stores'
    investment_cny: Floats  # [P] in capture
    started_tco2: Floats  # [] a year, that capture plants started this year are built for
    room_tco2: Floats  # [] a year, that could be started
    research_cost_factor: Floats  # [] of the region's research on what capture costs


class HubsRecord(NamedTuple):
    """The network of CO2 hubs, lines and stores."""

    tariff_cny_per_tco2: Floats  # [H] posted for transport from the hub and storage; 0 without a line
    committed_tco2: Floats  # [H]
    line_km: Floats  # [H] in operation, its part of lines of several hubs
    shared_line_km: Floats  # [H] of that, in lines of several hubs
    capacity_tco2: Floats  # [H] in operation
    agreed_capacity_tco2: Floats  # [H] of all lines, those under construction included
    line_cost_cny: Floats  # [H] yearly cost of them once all are in operation
    storage_cost_cny_per_tco2: Floats  # [H] in the stores they lead to
    shipped_tco2: Floats  # [H]
    corridor_capacity_tco2: Floats  # [E] of CO2 lines in operation
    corridor_shipped_tco2: Floats  # [E]
    corridor_hubs: Floats  # [E] how many hubs have lines there in operation
    store_held_tco2: Floats  # [J] at the end of the year
    investment_cny: Floats  # [P] in CO2 lines, paid by shippers


class _Corridors(NamedTuple):
    capacity_tco2: Floats  # [E]
    hubs: Floats  # [E]


def measure_co2(
    year: YearOutcome,
    plants: PowerPlants,
    industry: Industry,
    tariff_cny_per_tco2: Floats,
    thermal_tco2_per_mwh: Floats,
) -> CO2Record:
    """Measure captured CO2.

    All sellers of a year sell the same mix of products.

    Args:
        year: what happened.
        plants: the power plants.
        industry: facilities and blocks.
        tariff_cny_per_tco2: what transport and storage cost on average [P].
        thermal_tco2_per_mwh: what a MWh of thermal units emits, t CO2 [P].
    """
    co2, n, provinces = year.co2, year.plants.output_mwh.size, tariff_cny_per_tco2.size
    captured = by_sector(industry.province, industry.sector, year.production.captured_tco2, provinces)
    captured[:, ELECTRICITY] += sum_by_group(plants.province[:n], year.plants.captured_tco2, provinces)
    province = np.concatenate([plants.province[:n], industry.province])
    rows = np.flatnonzero(co2.captured_tco2)

    def total(value: Floats) -> Floats:
        return sum_by_group(province[rows], value[rows], provinces)

    used_tco2 = total(co2.sold_tco2)
    return CO2Record(
        captured_tco2=captured,
        avoided_tco2=_avoided(year, plants, industry, thermal_tco2_per_mwh),
        stored_tco2=total(co2.stored_tco2),
        used_tco2=used_tco2,
        permanently_bound_tco2=total(co2.permanently_bound_tco2),
        vented_tco2=total(co2.vented_tco2),
        used_by_product_tco2=used_tco2[:, None] * (co2.bought_tco2 / max(float(used_tco2.sum()), 1e-300)),
        purchase_limit_tco2=co2.purchase_limit_tco2,
        product_revenue_cny=total(co2.product_revenue_cny),
        tariff_cny_per_tco2=tariff_cny_per_tco2,
        transport_cost_cny=sum_by_group(province, co2.transport_cost_cny, provinces),
        investment_cny=year.invested.capture_cny,
        started_tco2=np.array(year.invested.capture_started_tco2),
        room_tco2=np.array(year.invested.capture_room_tco2),
        research_cost_factor=np.array(year.signals.co2.research_cost_factor),
    )


def measure_hubs(
    year: YearOutcome, hubs: list[CO2Hub], committed_tco2: Floats, held_tco2: Floats
) -> HubsRecord:
    """Measure the network of CO2 hubs.

    Args:
        year: what happened.
        hubs: their operators.
        committed_tco2: what each hub's emitters have contracts for, a year [H].
        held_tco2: what each store holds at the end of the year [J].
    """
    current_year, corridors = year.signals.year, _corridors(year, hubs)
    tariff = np.array([hub.tariff_cny_per_tco2 for hub in hubs])
    lines = [[line for line in hub.lines if line.ready_year <= current_year] for hub in hubs]
    return HubsRecord(
        tariff_cny_per_tco2=np.where(np.isfinite(tariff), tariff, 0.0),
        committed_tco2=committed_tco2,
        line_km=np.array([sum(line.length_km for line in hub_lines) for hub_lines in lines]),
        shared_line_km=np.array([sum(line.shared_km for line in hub_lines) for hub_lines in lines]),
        capacity_tco2=np.array([sum(line.capacity_tco2 for line in hub_lines) for hub_lines in lines]),
        agreed_capacity_tco2=np.array([hub.capacity_tco2 for hub in hubs]),
        line_cost_cny=np.array([hub.agreed_cost_cny(current_year) for hub in hubs]),
        storage_cost_cny_per_tco2=np.array([hub.store_cost_cny_per_tco2 for hub in hubs]),
        shipped_tco2=year.co2.shipped_tco2,
        corridor_capacity_tco2=corridors.capacity_tco2,
        corridor_shipped_tco2=year.co2.corridor_tco2,
        corridor_hubs=corridors.hubs,
        store_held_tco2=held_tco2,
        investment_cny=year.invested.hubs.investment_cny,
    )


def _avoided(
    year: YearOutcome, plants: PowerPlants, industry: Industry, thermal_tco2_per_mwh: Floats
) -> Floats:
    """Compute the emissions that capture avoids, t CO2 [P, S].

    That is CO2 kept from the air less what heat and electricity for it emit. Heat is burnt at the site. Electricity,
    bought or sold no more, is generated by thermal units of the province, which emit `thermal_tco2_per_mwh`, t CO2/MWh
    [P].
    """
    production, n = year.production, year.plants.output_mwh.size
    sequestered, provinces = year.co2.sequestered_tco2, thermal_tco2_per_mwh.size
    power = (
        sequestered[:n]
        - captured_output_mwh(plants, year.plants, year.signals.year)
        * thermal_tco2_per_mwh[plants.province[:n]]
    )
    heat = industry.capture_heat_gj * industry.region.power.carrier_co2_t_per_gj[ENERGY.index("gas")]
    electricity = industry.capture_mwh * thermal_tco2_per_mwh[industry.province]
    kept = sequestered[n:] - production.captured_tco2 * (heat + electricity)
    avoided = by_sector(industry.province, industry.sector, kept, provinces)
    avoided[:, ELECTRICITY] += sum_by_group(plants.province[:n], power, provinces)
    return avoided


def _corridors(year: YearOutcome, hubs: list[CO2Hub]) -> _Corridors:
    """Add up CO2 lines and count hubs in each corridor."""
    lines = lines_in_operation(hubs, year.signals.year)
    present = np.zeros((len(hubs), year.co2.corridor_tco2.size), dtype=bool)
    np.logical_or.at(present, lines.hub, lines.passes)
    capacity = (lines.capacity_tco2[:, None] * lines.passes).sum(axis=0)
    return _Corridors(capacity, present.sum(axis=0).astype(float))

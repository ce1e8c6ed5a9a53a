"""Payments of power plants and industrial facilities: what they sell, burn, emit and capture."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import FUELS, SECTORS
from tanlu.finance.flows import (
    AGRICULTURE,
    BUSINESSES,
    COMPANIES,
    HOUSEHOLDS,
    HUBS,
    REST,
    SERVICES,
    SMALL_INDUSTRY,
    Flow,
    paid_by,
    paid_to,
)
from tanlu.industry.facilities import Industry
from tanlu.markets.carbon import obliged_capture_tco2
from tanlu.markets.co2 import locate_emitters
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome

BLOCK_PAYER = {"transport": SERVICES, "agriculture": AGRICULTURE}  # others but buildings: small industry


class Businesses(NamedTuple):
    """Power units and then facilities and blocks of a year; axis N."""

    units: int  # how many are power units
    party: Integers  # [N] position in BUSINESSES
    province: Integers  # [N]
    sector: Integers  # [N]
    sells: Floats  # [N] 1; 0 for a block, whose money is that of its customers

    def by_party(self, value: Floats) -> Floats:
        """Add up a value of units and facilities [N] by business [BUSINESSES]."""
        return sum_by_group(self.party, value * self.sells, len(BUSINESSES))

    def by_party_in(self, p: int, value: Floats) -> Floats:
        """Add up the same of those in one province."""
        return self.by_party(value * (self.province == p))


def list_businesses(year: YearOutcome, plants: PowerPlants, industry: Industry) -> Businesses:
    """List the businesses of the year, without units decided in it."""
    n = year.plants.output_mwh.size
    province, sector = locate_emitters(plants, industry)
    extra = np.arange(n, len(plants))
    fuel = plants.fuel[:n]
    return Businesses(
        units=n,
        party=np.concatenate([fuel, len(FUELS) + industry.sector]),
        province=np.delete(province, extra),
        sector=np.delete(sector, extra),
        sells=np.concatenate([np.ones(n), np.where(industry.is_block, 0.0, 1.0)]),
    )


def block_payers(industry: Industry, value: Floats) -> dict[str, float]:
    """Split the payments of blocks by the customers they stand for, CNY.

    Args:
        industry: facilities and blocks.
        value: of each, [N]; that of facilities is left out.
    """
    by_sector = sum_by_group(industry.sector, value * industry.is_block, len(SECTORS))
    home = industry.region.parameters["residential_share_of_cooling_and_heating"]
    payments = dict.fromkeys((HOUSEHOLDS, SERVICES, AGRICULTURE, SMALL_INDUSTRY), 0.0)
    for sector, amount in zip(SECTORS, by_sector.tolist(), strict=True):
        if sector == "buildings":
            payments[HOUSEHOLDS] += home * amount
            payments[SERVICES] += (1.0 - home) * amount
        else:
            payments[BLOCK_PAYER.get(sector, SMALL_INDUSTRY)] += amount
    return payments


def business_flows(
    year: YearOutcome,
    plants: PowerPlants,
    industry: Industry,
    businesses: Businesses,
    provinces: tuple[str, ...],
) -> Iterator[Flow]:
    """Yield all payments of businesses but those for electricity.

    They sell products, and pay for fuel, operation, carbon and capture.
    """
    yield from _operation(year, industry, businesses)
    yield from _carbon(year, industry, businesses, provinces)
    yield from _capture(year, businesses)
    penalty = np.concatenate([np.zeros(businesses.units), year.industry.efficiency_penalty_cny])
    for p, province in enumerate(provinces) if penalty.any() else ():
        yield from paid_by(BUSINESSES, province, "efficiency_penalty", businesses.by_party_in(p, penalty))


def _operation(year: YearOutcome, industry: Industry, businesses: Businesses) -> Iterator[Flow]:
    """Yield sales, fuel and operation."""
    production, unit_zeros = year.production, np.zeros(businesses.units)
    prices = year.signals.prices
    fuel = (production.energy_gj * prices.energy_price_cny_per_gj[industry.province]).sum(axis=1)
    electricity = production.electricity_mwh * prices.electricity_price_cny_per_mwh[industry.province]
    materials = year.industry.production_cost_cny - fuel - electricity
    sales = businesses.by_party(np.concatenate([unit_zeros, year.industry.revenue_cny]))
    yield from paid_to(REST, BUSINESSES, "products", sales)
    burnt = businesses.by_party(np.concatenate([year.plants.fuel_cost_cny, fuel]))
    yield from paid_by(BUSINESSES, REST, "fuel", burnt)
    heat = businesses.by_party(np.concatenate([year.plants.heat_cny, np.zeros(industry.province.size)]))
    yield from paid_to(SMALL_INDUSTRY, BUSINESSES, "heat_above_its_fuel", heat)
    run = businesses.by_party(np.concatenate([year.plants.operation_cost_cny, materials]))
    yield from paid_by(BUSINESSES, REST, "materials_and_operation", run)


def _carbon(
    year: YearOutcome, industry: Industry, businesses: Businesses, provinces: tuple[str, ...]
) -> Iterator[Flow]:
    """Yield payments for emitting, at home and at borders abroad.

    For allowances beyond the free ones a business pays its company the year's price; companies buy and sell them.
    Captured CO2 needs allowances too, unless the law lets it count.
    """
    direct_tco2 = np.concatenate([year.plants.emitted_tco2, year.production.emitted_tco2.sum(axis=1)])
    captured = np.concatenate([year.plants.captured_tco2, year.production.captured_tco2])
    needed_tco2 = direct_tco2 + obliged_capture_tco2(year.signals, captured, year.co2.returned_tco2)
    emitted_tco2 = direct_tco2 + year.co2.returned_tco2
    cells, rules = (businesses.province, businesses.sector), year.signals.policy.carbon
    tax = rules.price_cny_per_tco2[cells] * emitted_tco2
    for p, province in enumerate(provinces) if tax.any() else ():
        yield from paid_by(BUSINESSES, province, "carbon_price", businesses.by_party_in(p, tax))
        of_blocks = (tax * (businesses.province == p))[businesses.units :]
        for payer, value in block_payers(industry, of_blocks).items():
            yield Flow(payer, province, "carbon_price", value)
    abroad = year.signals.carbon.border_cost_cny_per_tco2[cells] * emitted_tco2
    yield from paid_by(BUSINESSES, REST, "border_charge", businesses.by_party(abroad))
    free = np.concatenate([year.plants.allocated_tco2, year.industry.allocated_tco2])
    short = rules.covered[cells] * needed_tco2 - free
    cost_cny = businesses.by_party(short) * year.carbon.price_cny_per_tco2
    yield from paid_by(BUSINESSES, COMPANIES, "allowances_at_price", cost_cny)


def _capture(year: YearOutcome, businesses: Businesses) -> Iterator[Flow]:
    """Yield cost of capture, sales of CO2, and payments to hubs."""
    co2 = year.co2
    charged = year.signals.co2.co2_tariff_cny_per_tco2[businesses.province] * co2.captured_tco2
    booked = np.concatenate([year.plants.capture_cost_cny, year.industry.capture_cost_cny])
    yield from paid_by(BUSINESSES, REST, "capture_operation", businesses.by_party(booked - charged))
    yield from paid_to(REST, BUSINESSES, "co2_sold", businesses.by_party(co2.product_revenue_cny))
    cost_cny = businesses.by_party(co2.transport_storage_cost_cny)
    yield from paid_by(BUSINESSES, HUBS, "co2_transport_and_storage", cost_cny)

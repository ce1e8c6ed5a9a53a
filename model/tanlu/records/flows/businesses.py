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
from tanlu.markets.carbon import captured_needing_allowances_tco2
from tanlu.markets.co2 import places
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import Year

BLOCK_PAYER = {"transport": SERVICES, "agriculture": AGRICULTURE}  # others but buildings: small industry


class Businesses(NamedTuple):
    """Power units and then facilities and blocks of a year; axis N."""

    units: int  # how many are power units
    party: Integers  # [N] position in BUSINESSES
    province: Integers  # [N]
    sector: Integers  # [N]
    sells: Floats  # [N] 1; 0 for a block, whose money is that of its customers

    def by_party(self, value: Floats) -> Floats:
        """Return the sum of a value of units and facilities [N] by business [BUSINESSES]."""
        return sum_by_group(self.party, value * self.sells, len(BUSINESSES))

    def by_party_in(self, p: int, value: Floats) -> Floats:
        """Return the same of those in one province."""
        return self.by_party(value * (self.province == p))


def businesses(year: Year, plants: PowerPlants, industry: Industry) -> Businesses:
    """Return the businesses of the year; units decided in it come later."""
    n = year.plants.output_mwh.size
    province, sector = places(plants, industry)
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
    """Return who bears what blocks pay, CNY: the customers that they stand for.

    Args:
        industry: facilities and blocks.
        value: of each, [N]; that of facilities is left out.
    """
    by_sector = sum_by_group(industry.sector, value * industry.is_block, len(SECTORS))
    home = industry.region.parameters["residential_share_of_cooling_and_heating"]
    paid = dict.fromkeys((HOUSEHOLDS, SERVICES, AGRICULTURE, SMALL_INDUSTRY), 0.0)
    for sector, amount in zip(SECTORS, by_sector.tolist(), strict=True):
        if sector == "buildings":
            paid[HOUSEHOLDS] += home * amount
            paid[SERVICES] += (1.0 - home) * amount
        else:
            paid[BLOCK_PAYER.get(sector, SMALL_INDUSTRY)] += amount
    return paid


def business_flows(
    year: Year, plants: PowerPlants, industry: Industry, who: Businesses, provinces: tuple[str, ...]
) -> Iterator[Flow]:
    """Yield what businesses get for products and pay for fuel, operation, carbon and capture; not for electricity."""
    yield from _operation(year, industry, who)
    yield from _carbon(year, industry, who, provinces)
    yield from _capture(year, who)
    penalty = np.concatenate([np.zeros(who.units), year.industry.efficiency_penalty_cny])
    for p, province in enumerate(provinces) if penalty.any() else ():
        yield from paid_by(BUSINESSES, province, "efficiency_penalty", who.by_party_in(p, penalty))


def _operation(year: Year, industry: Industry, who: Businesses) -> Iterator[Flow]:
    """Yield what sells, and fuel and operation."""
    made, none = year.made, np.zeros(who.units)
    prices = year.signals.prices
    fuel = (made.energy_gj * prices.energy_price_cny_per_gj[industry.province]).sum(axis=1)
    electricity = made.electricity_mwh * prices.electricity_price_cny_per_mwh[industry.province]
    other = year.industry.production_cost_cny - fuel - electricity
    sold = who.by_party(np.concatenate([none, year.industry.revenue_cny]))
    yield from paid_to(REST, BUSINESSES, "products", sold)
    burnt = who.by_party(np.concatenate([year.plants.fuel_cost_cny, fuel]))
    yield from paid_by(BUSINESSES, REST, "fuel", burnt)
    heat = who.by_party(np.concatenate([year.plants.heat_cny, np.zeros(industry.province.size)]))
    yield from paid_to(SMALL_INDUSTRY, BUSINESSES, "heat_above_its_fuel", heat)
    run = who.by_party(np.concatenate([year.plants.operation_cost_cny, other]))
    yield from paid_by(BUSINESSES, REST, "materials_and_operation", run)


def _carbon(year: Year, industry: Industry, who: Businesses, provinces: tuple[str, ...]) -> Iterator[Flow]:
    """Yield what is paid for emitting, at home and at borders abroad.

    For allowances beyond the free ones a business pays its company the year's price; companies buy and sell them.
    Captured CO2 needs allowances too, unless the law lets it count.
    """
    made = np.concatenate([year.plants.emitted_tco2, year.made.emitted_tco2.sum(axis=1)])
    captured = np.concatenate([year.plants.captured_tco2, year.made.captured_tco2])
    needed = made + captured_needing_allowances_tco2(year.signals, captured, year.co2.returned_tco2)
    emitted = made + year.co2.returned_tco2
    at, rules = (who.province, who.sector), year.signals.policy.carbon
    tax = rules.price_cny_per_tco2[at] * emitted
    for p, province in enumerate(provinces) if tax.any() else ():
        yield from paid_by(BUSINESSES, province, "carbon_price", who.by_party_in(p, tax))
        of_blocks = (tax * (who.province == p))[who.units :]
        for payer, value in block_payers(industry, of_blocks).items():
            yield Flow(payer, province, "carbon_price", value)
    abroad = year.signals.carbon.border_cost_cny_per_tco2[at] * emitted
    yield from paid_by(BUSINESSES, REST, "border_charge", who.by_party(abroad))
    free = np.concatenate([year.plants.allocated_tco2, year.industry.allocated_tco2])
    short = rules.covered[at] * needed - free
    owed = who.by_party(short) * year.carbon.price_cny_per_tco2
    yield from paid_by(BUSINESSES, COMPANIES, "allowances_at_price", owed)


def _capture(year: Year, who: Businesses) -> Iterator[Flow]:
    """Yield what capture costs to run, what captured CO2 brings, and what is paid to have it taken away."""
    co2 = year.co2
    charged = year.signals.co2.co2_tariff_cny_per_tco2[who.province] * co2.captured_tco2
    booked = np.concatenate([year.plants.capture_cost_cny, year.industry.capture_cost_cny])
    yield from paid_by(BUSINESSES, REST, "capture_operation", who.by_party(booked - charged))
    yield from paid_to(REST, BUSINESSES, "co2_sold", who.by_party(co2.product_revenue_cny))
    away = who.by_party(co2.transport_storage_cost_cny)
    yield from paid_by(BUSINESSES, HUBS, "co2_transport_and_storage", away)

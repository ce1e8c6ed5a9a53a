"""Payments of power plants and industrial facilities: what they sell, burn, emit and capture."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import FUELS, SECTOR, S
from tanlu.core.parties import (
    BLOCK_PAYERS,
    BUSINESSES,
    COMPANIES,
    HUBS,
    REST,
    SMALL_INDUSTRY,
    block_payer_shares,
)
from tanlu.core.payments import Block
from tanlu.industry.facilities import Industry
from tanlu.markets.carbon import obliged_capture_tco2
from tanlu.power.plants import PowerPlants
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.items import lines, lines_by_province

B = len(BUSINESSES)
# What businesses pay, or are paid with a minus: item and who is on the other side.
OPERATION = (
    ("products", REST),
    ("fuel", REST),
    ("heat_above_its_fuel", SMALL_INDUSTRY),
    ("materials_and_operation", REST),
    ("border_charge", REST),
    ("allowances_at_price", COMPANIES),
    ("capture_operation", REST),
    ("co2_sold", REST),
    ("co2_transport_and_storage", HUBS),
)
SALES = ("products", "heat_above_its_fuel", "co2_sold")
OPERATION_LINES = lines(
    *(
        (partner, business, purpose) if purpose in SALES else (business, partner, purpose)
        for purpose, partner in OPERATION
        for business in BUSINESSES
    )
)


class Businesses(NamedTuple):
    """Power units and then facilities and blocks of a year; axis N."""

    units: int  # how many are power units
    provinces: int
    party: Integers  # [N] position in BUSINESSES
    province: Integers  # [N]
    sector: Integers  # [N]
    sells: Floats  # [N] 1; 0 for a block, whose money is that of its customers

    def by_party(self, value: Floats) -> Floats:
        """Add up a value of units and facilities [N] by business [BUSINESSES]."""
        return sum_by_group(self.party, value * self.sells, B)

    def by_party_and_province(self, value: Floats) -> Floats:
        """Add up a value of units and facilities [N] by business and province [BUSINESSES x P]."""
        place = self.party * self.provinces + self.province
        return sum_by_group(place, value * self.sells, B * self.provinces)


def list_businesses(year: YearOutcome, plants: PowerPlants, industry: Industry) -> Businesses:
    """List the businesses of the year, without units decided in it."""
    n = year.plants.output_mwh.size
    return Businesses(
        units=n,
        provinces=len(industry.region.axes.provinces),
        party=np.concatenate([plants.fuel[:n], len(FUELS) + industry.sector]),
        province=np.concatenate([plants.province[:n], industry.province]),
        sector=np.concatenate([np.full(n, SECTOR["electricity"]), industry.sector]),
        sells=np.concatenate([np.ones(n), np.where(industry.is_block, 0.0, 1.0)]),
    )


def split_blocks(industry: Industry, value: Floats) -> Floats:
    """Split payments of blocks [N] by the customers they stand for and province, CNY [BLOCK_PAYERS, P].

    Payments of facilities are left out.
    """
    provinces, home = (
        len(industry.region.axes.provinces),
        industry.region.parameters["residential_share_of_cooling_and_heating"],
    )
    place = industry.province * S + industry.sector
    by_sector = sum_by_group(place, value * industry.is_block, provinces * S).reshape(provinces, S)
    return np.asarray((block_payer_shares(home)[:, None] * by_sector).sum(axis=2))


def business_payments(year: YearOutcome, industry: Industry, businesses: Businesses) -> Iterator[Block]:
    """Yield all payments of businesses but those for electricity.

    They sell products, and pay for fuel, operation, carbon and capture.
    """
    values = {
        **_operation(year, industry, businesses.units),
        **_carbon(year, businesses),
        **_capture(year, businesses),
    }
    amounts = np.concatenate([businesses.by_party(values[purpose]) for purpose, _ in OPERATION])
    yield Block(OPERATION_LINES, amounts)
    yield from _carbon_price(year, industry, businesses)


def _operation(year: YearOutcome, industry: Industry, units: int) -> dict[str, Floats]:
    """Collect sales, fuel and operation, CNY [N] by item."""
    production, unit_zeros, prices = year.production, np.zeros(units), year.signals.prices
    fuel = (production.energy_gj * prices.energy_price_cny_per_gj[industry.province]).sum(axis=1)
    electricity = production.electricity_mwh * prices.electricity_price_cny_per_mwh[industry.province]
    materials = year.industry.production_cost_cny - fuel - electricity
    return {
        "products": np.concatenate([unit_zeros, year.industry.revenue_cny]),
        "fuel": np.concatenate([year.plants.fuel_cost_cny, fuel]),
        "heat_above_its_fuel": np.concatenate([year.plants.heat_cny, np.zeros(industry.province.size)]),
        "materials_and_operation": np.concatenate([year.plants.operation_cost_cny, materials]),
    }


def _carbon(year: YearOutcome, businesses: Businesses) -> dict[str, Floats]:
    """Collect payments for emitting but the carbon price, CNY [N] by item.

    For allowances beyond the free ones a business pays its company the year's price; companies buy and sell them.
    Captured CO2 needs allowances too, unless the law lets it count.
    """
    direct_tco2, cells = _direct_tco2(year), (businesses.province, businesses.sector)
    captured = np.concatenate([year.plants.captured_tco2, year.production.captured_tco2])
    needed_tco2 = direct_tco2 + obliged_capture_tco2(year.signals, captured, year.co2.returned_tco2)
    emitted_tco2 = direct_tco2 + year.co2.returned_tco2
    free = np.concatenate([year.plants.allocated_tco2, year.industry.allocated_tco2])
    short = year.signals.policy.carbon.covered[cells] * needed_tco2 - free
    return {
        "border_charge": year.signals.carbon.border_cost_cny_per_tco2[cells] * emitted_tco2,
        "allowances_at_price": short * year.carbon.price_cny_per_tco2,
    }


def _direct_tco2(year: YearOutcome) -> Floats:
    """Collect what each emits, without captured CO2 that came back, t CO2 [N]."""
    return np.concatenate([year.plants.emitted_tco2, year.production.emitted_tco2.sum(axis=1)])


def _carbon_price(year: YearOutcome, industry: Industry, businesses: Businesses) -> Iterator[Block]:
    """Yield the fixed price on CO2 that businesses pay, and blocks through their customers."""
    rate = year.signals.policy.carbon.price_cny_per_tco2
    if not rate.any():
        return
    emitted_tco2 = _direct_tco2(year) + year.co2.returned_tco2
    price = rate[businesses.province, businesses.sector]
    priced_tco2 = np.where(price > 0.0, emitted_tco2, 0.0)
    for payers, split in (
        (BUSINESSES, businesses.by_party_and_province),
        (BLOCK_PAYERS, lambda value: split_blocks(industry, value[businesses.units :]).ravel()),
    ):
        who = lines_by_province(businesses.provinces, *((payer, None, "carbon_price") for payer in payers))
        yield Block(who, split(price * emitted_tco2), base=split(priced_tco2))


def _capture(year: YearOutcome, businesses: Businesses) -> dict[str, Floats]:
    """Collect cost of capture, sales of CO2, and payments to hubs, CNY [N] by item."""
    co2 = year.co2
    charged = year.signals.co2.co2_tariff_cny_per_tco2[businesses.province] * co2.captured_tco2
    booked = np.concatenate([year.plants.capture_cost_cny, year.industry.capture_cost_cny])
    return {
        "capture_operation": booked - charged,
        "co2_sold": co2.product_revenue_cny,
        "co2_transport_and_storage": co2.transport_storage_cost_cny,
    }

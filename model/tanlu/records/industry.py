"""The record of industry, and of what it exports."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import P
from tanlu.industry.facilities import Industry
from tanlu.industry.metal import bought_metal_cost
from tanlu.records.bills import Bills
from tanlu.records.happened import Year
from tanlu.records.sums import by_sector


class IndustryRecord(NamedTuple):
    """Facilities and blocks."""

    output_t: Floats  # [P, product]
    scrap_t: Floats  # [P, S] melted by facilities
    investment_cny: Floats  # [P]
    electricity_cny: Floats  # [S] paid by facilities, both provinces
    carbon_cny: Floats  # [S] likewise: fixed price, and allowances beyond free ones at the year's price
    efficiency_penalty_cny: Floats  # [P] paid by facilities that use more energy than they may
    system_cost_cny: (
        Floats  # [P] fuel, operation and capture, blocks included; power's cost has the electricity
    )


class TradeRecord(NamedTuple):
    """Exports of products and vehicles."""

    exports: Floats  # [P, X] t of products, then vehicles
    revenue_cny: Floats  # [P]
    border_payment_cny: Floats  # [P] charged abroad on exports


def measure_industry(year: Year, industry: Industry, bills: Bills) -> IndustryRecord:
    """Return the record of facilities and blocks."""
    return IndustryRecord(
        output_t=_output_t(industry, year.made.output),
        scrap_t=by_sector(industry.province, industry.sector, year.made.output * industry.scrap_t),
        investment_cny=year.invested.industry_cny,
        electricity_cny=bills.electricity_cny,
        carbon_cny=bills.carbon_cny,
        efficiency_penalty_cny=year.finance.efficiency_penalty_cny,
        system_cost_cny=sum_by_group(industry.province, _cost_cny(year, industry), P),
    )


def measure_trade(year: Year, industry: Industry, wanted: Floats) -> TradeRecord:
    """Return the record of exports.

    Where facilities could not make all that was wanted, buyers abroad got less as others did. What a charge adds to the
    price abroad is no revenue of exports.

    Args:
        year: what happened.
        industry: facilities and blocks.
        wanted: what buyers abroad want of each good, without and with a charge, t or vehicles [P, X, 2].
    """
    signals, products = year.signals, len(industry.data.products.names)
    unmet = year.plan.unmet_t[:-1].reshape(P, products)
    made = _output_t(industry, year.made.output)
    served = np.ones((P, products + 1))
    served[:, :-1] = made / np.maximum(made + unmet, 1e-9)
    sold = wanted * served[:, :, None]
    emitted = year.made.emitted_tco2.sum(axis=1) + year.co2.returned_tco2[-len(industry) :]
    charge = signals.carbon.border_cost_cny_per_tco2[industry.province, industry.sector] * emitted
    on_vehicles = sold[:, -1, 1] * signals.trade.charge_cny[0, :, -1]
    return TradeRecord(
        exports=sold.sum(axis=2),
        revenue_cny=(sold.sum(axis=2) * signals.trade.home_cny).sum(axis=1),
        border_payment_cny=sum_by_group(industry.province, charge * ~industry.is_block, P) + on_vehicles,
    )


def _output_t(industry: Industry, output: Floats) -> Floats:
    products = len(industry.data.products.names)
    total = sum_by_group(industry.group, output, P * products + 1)
    return total[:-1].reshape(P, products)


def _cost_cny(year: Year, industry: Industry) -> Floats:
    """Return fuel, operation and capture cost of every facility and block, CNY [N].

    Its electricity is among the cost of power, and the metal it buys among that of smelters.
    """
    signals, made = year.signals, year.made
    electricity = made.electricity_mwh * signals.prices.electricity_price_cny_per_mwh[industry.province]
    metal = made.output * bought_metal_cost(industry, signals)
    return industry.production_cost(signals, made) - electricity - metal + year.industry.capture_cost_cny

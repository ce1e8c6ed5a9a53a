"""The record of industry, and of what it exports."""

import math
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.economics import value_forgone_use
from tanlu.industry.facilities import Industry
from tanlu.industry.metal import bought_metal_cost
from tanlu.industry.trade import CHARGED
from tanlu.records.bills import Bills
from tanlu.records.happened import YearOutcome
from tanlu.records.sums import by_sector


class IndustryRecord(NamedTuple):
    """Facilities and blocks."""

    output_t: Floats  # [P, product]
    scrap_t: Floats  # [P, S] melted by facilities
    investment_cny: Floats  # [P]
    electricity_cny: Floats  # [S] paid by facilities, all provinces
    carbon_cny: Floats  # [S] likewise: fixed price, and allowances beyond free ones at the year's price
    system_cost_cny: (
        Floats  # [P] fuel, operation and capture, blocks included; power's cost has the electricity
    )
    forgone_use_cny: Floats  # [P] what steel and cement were worth that are not used for what CO2 adds


class TradeRecord(NamedTuple):
    """Exports of products and vehicles."""

    exports: Floats  # [P, X] t of products, then vehicles
    revenue_cny: Floats  # [P]
    border_payment_cny: Floats  # [P] charged abroad on exports
    net_purchases_cny: Floats  # [P] products from elsewhere less those sold elsewhere, without what CO2 adds


def measure_industry(year: YearOutcome, industry: Industry, bills: Bills) -> IndustryRecord:
    """Measure facilities and blocks."""
    provinces = len(industry.region.axes.provinces)
    return IndustryRecord(
        output_t=_output_t(industry, year.production.output),
        scrap_t=by_sector(
            industry.province, industry.sector, year.production.output * industry.scrap_t, provinces
        ),
        investment_cny=year.invested.industry_cny,
        electricity_cny=bills.electricity_cny,
        carbon_cny=bills.carbon_cny,
        system_cost_cny=sum_by_group(industry.province, _cost_cny(year, industry), provinces),
        forgone_use_cny=value_forgone_use(
            year.use.spared_t, year.signals.use.price_cny_per_t, year.signals.use.usual_price_cny_per_t
        ).sum(axis=1),
    )


def measure_trade(year: YearOutcome, industry: Industry, demand: Floats) -> TradeRecord:
    """Measure exports.

    Where facilities could not make all that was wanted, buyers abroad got less as others did. What a charge adds to the
    price abroad is no revenue of exports.

    Args:
        year: what happened.
        industry: facilities and blocks.
        demand: what buyers abroad want of each good, without and with a charge, t or vehicles [P, X, 2].
    """
    signals, output = year.signals, _output_t(industry, year.production.output)
    unmet = year.plan.unmet_t[:-1].reshape(output.shape)
    served_share = np.ones(demand.shape[:2])
    served_share[:, :-1] = output / np.maximum(output + unmet, 1e-9)
    sales = demand * served_share[:, :, None]
    emissions = year.production.emitted_tco2.sum(axis=1) + year.co2.returned_tco2[-len(industry) :]
    charge = signals.carbon.border_cost_cny_per_tco2[industry.province, industry.sector] * emissions
    came, went = measure_goods(year, sales.sum(axis=2))
    net_t = (came - went)[:, :-1]
    on_vehicles = sales[:, -1, CHARGED] * signals.trade.charge_cny[0][:, -1]
    return TradeRecord(
        exports=sales.sum(axis=2),
        revenue_cny=(sales.sum(axis=2) * signals.trade.home_cny).sum(axis=1),
        border_payment_cny=sum_by_group(industry.province, charge * ~industry.is_block, len(demand))
        + on_vehicles,
        net_purchases_cny=(net_t * signals.use.usual_price_cny_per_t).sum(axis=1),
    )


def measure_goods(year: YearOutcome, exports: Floats) -> tuple[Floats, Floats]:
    """Measure goods that come in and that leave, t or vehicles [P, X] each.

    Users get from elsewhere what the region's makers have no room for, and what is cheaper there; buyers elsewhere
    in the country take what is cheaper here. `exports` [P, X] leave the country.
    """
    came, went = np.zeros(exports.shape), exports.copy()
    unmet = year.plan.unmet_t[:-1].reshape(year.use.moved_t.shape)
    came[:, :-1] = unmet + np.maximum(year.use.moved_t, 0.0)
    went[:, :-1] += np.maximum(-year.use.moved_t, 0.0)
    return came, went


def _output_t(industry: Industry, output: Floats) -> Floats:
    shape = len(industry.region.axes.provinces), len(industry.data.products.names)
    total = sum_by_group(industry.group, output, math.prod(shape) + 1)
    return total[:-1].reshape(shape)


def _cost_cny(year: YearOutcome, industry: Industry) -> Floats:
    """Compute fuel, operation and capture cost by facility and block, CNY [N].

    Its electricity is among the cost of power, and the metal it buys among that of smelters.
    """
    signals, production = year.signals, year.production
    electricity = production.electricity_mwh * signals.prices.electricity_price_cny_per_mwh[industry.province]
    metal = production.output * bought_metal_cost(industry, signals)
    return (
        industry.production_cost(signals, production) - electricity - metal + year.industry.capture_cost_cny
    )

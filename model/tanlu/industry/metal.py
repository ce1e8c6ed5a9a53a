"""Facilities that make things of bought aluminium: what metal they buy, and what scrap is worth to them."""

import numpy as np

from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.schedules import SCRAP_SUBSIDY
from tanlu.core.signals import Signals
from tanlu.industry.facility_rows import FacilityRows


def metal_t(industry: FacilityRows, row: Integers) -> Floats:
    """Compute the primary aluminium that facilities buy for a tonne, t [n].

    Scrap takes its place tonne by tonne.
    """
    r, k = industry.data.processes, industry.process[row]
    added_scrap_t = industry.scrap_t[row] - r.scrap_t_per_t[k]
    buys = ~industry.is_block[row] & (r.metal_t_per_t[k] > 0.0)
    return np.where(buys, np.maximum(r.metal_t_per_t[k] - added_scrap_t, 0.0), 0.0)


def bought_metal_cost(industry: FacilityRows, signals: Signals) -> Floats:
    """Compute the cost of bought aluminium in a unit, CNY [N]."""
    price = signals.prices.product_price_cny_per_t[industry.province, industry.data.products.metal]
    return metal_t(industry, np.arange(len(industry))) * price


def variable_cost(industry: FacilityRows, signals: Signals) -> Floats:
    """Compute the cost of a unit without energy, CNY [N].

    Scrap and metal are included, electricity is not.
    """
    scrap = industry.scrap_t * signals.prices.scrap_price_cny_per_t[industry.sector]
    return np.asarray(industry.other_cost_cny + scrap + bought_metal_cost(industry, signals))


def added_metal_cost(
    industry: FacilityRows, signals: Signals, row: Integers, added_scrap_t: Floats | float
) -> Floats:
    """Compute how more scrap changes the metal cost of a tonne, CNY [n].

    What is paid for scrap is deducted.
    """
    p, s = industry.province[row], industry.sector[row]
    saving_t = np.minimum(metal_t(industry, row), added_scrap_t)  # nobody buys less than none
    price = signals.prices.product_price_cny_per_t[p, industry.data.products.metal]
    return -saving_t * price - added_scrap_t * signals.subsidies[SCRAP_SUBSIDY][p, s]


def metal_replaced_t(industry: FacilityRows, wanted_t: Floats, capacity: Floats) -> Floats:
    """Compute the aluminium spared by scrap in other facilities, t [P].

    Args:
        industry: all of it.
        wanted_t: demand for products, [P, G].
        capacity: of facilities in operation, 0 for blocks, [N].
    """
    rows = np.arange(len(industry))
    usual = np.where(industry.is_block, 0.0, industry.data.processes.metal_t_per_t[industry.process])
    saving_t = usual - metal_t(industry, rows)
    of_group = sum_by_group(industry.group, capacity, wanted_t.size + 1)
    share = np.divide(capacity, of_group[industry.group], out=np.zeros_like(capacity), where=capacity > 0.0)
    output_t = np.minimum(share * np.append(wanted_t.reshape(-1), 0.0)[industry.group], capacity)
    return sum_by_group(industry.province, saving_t * output_t, len(wanted_t))

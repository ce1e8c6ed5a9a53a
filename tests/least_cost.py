"""The electricity market written out as a linear programme and solved by HiGHS; nothing of the kernels is used."""

from typing import NamedTuple

import highspy
import numpy as np
from scipy import sparse

from tanlu.power.market import MarketYear
from tests.naive_dispatch import sustained_minimum


class LeastCost(NamedTuple):
    """The best dispatch of a month."""

    cost_cny: float
    price_cny_per_mwh: np.ndarray  # [2, D, H] of one more MWh
    unserved_mwh: float
    unit_output_mwh: np.ndarray  # [U]
    water_mwh: float  # of both reservoirs, less what is curtailed


def least_cost(year: MarketYear, m: int) -> LeastCost:
    """Return the least cost of month `m`, and a dispatch that has it.

    Of every hour there are, in this order: units, then of both zones reservoir, surplus, unserved, charge and
    discharge, then the flow either way.
    """
    units, (days, hours) = year.unit_zone.size, year.net_load_mw.shape[2:]
    weight, columns = np.repeat(year.day_weight[m], hours), units + 12
    wheel, scarcity = year.wheeling_cost_cny_per_mwh, year.scarcity_price_cny_per_mwh
    cost = np.concatenate([year.unit_cost_cny_per_mwh, np.zeros(4), [scarcity] * 2, np.zeros(4), [wheel] * 2])
    balance = np.zeros((2, columns))
    for z in range(2):
        balance[z, :units] = year.unit_zone == z
        balance[z, units + z : units + 10 : 2] = [1.0, -1.0, 1.0, -1.0, 1.0]
    kept = 1.0 - year.line_loss_share
    balance[:, -2:] = [[-1.0, kept], [kept, -1.0]]
    low, high = np.zeros(columns), np.full(columns, np.inf)
    high[:units] = year.unit_capacity_mw * year.unit_availability[:, m]
    low[units : units + 2], high[units : units + 2] = (
        sustained_minimum(year)[:, m],
        year.reservoir_maximum_mw[:, m],
    )
    high[units + 6 : units + 10] = np.tile(year.store_power_mw, 2)
    high[-2:] = year.line_forward_mw[m], year.line_backward_mw[m]
    load = year.net_load_mw[:, m].reshape(2, -1).T.ravel()
    # A minimum that takes all the water must not fail by rounding.
    water = year.reservoir_energy_mwh[:, m] * (1.0 + 1e-12) + 1e-9
    of_day, every_hour = sparse.identity(days), np.ones((1, hours))
    losses = np.zeros((2, columns))
    losses[[0, 1], [units + 6, units + 7]], losses[[0, 1], [units + 8, units + 9]] = (
        year.store_efficiency,
        -1.0,
    )
    matrix = sparse.vstack(
        [
            sparse.kron(sparse.identity(weight.size), balance),
            sparse.csr_matrix(np.kron(weight[None], np.eye(2, columns, units))),
            sparse.kron(of_day, np.kron(every_hour, losses)),
            sparse.kron(of_day, np.kron(every_hour, np.eye(2, columns, units + 8))),
        ]
    )
    none = np.full(2 + 4 * days, 0.0)
    lower = np.concatenate([load, none[:2] - np.inf, none[: 2 * days], none[: 2 * days]])
    upper = np.concatenate([load, water, none[: 2 * days], np.tile(year.store_energy_mwh, days)])
    x, value, duals = solve(
        np.kron(weight, cost), np.tile(low, weight.size), np.tile(high, weight.size), matrix, lower, upper
    )
    by_hour = weight[:, None] * x.reshape(weight.size, columns)
    water = by_hour[:, units : units + 2].sum() - by_hour[:, units + 2 : units + 4].sum()
    price = duals[: 2 * weight.size].reshape(-1, 2) / np.maximum(weight, 1e-12)[:, None]
    return LeastCost(
        cost_cny=value,
        price_cny_per_mwh=price.T.reshape(2, days, hours),
        unserved_mwh=float(by_hour[:, units + 4 : units + 6].sum()),
        unit_output_mwh=by_hour[:, :units].sum(axis=0),
        water_mwh=float(water),
    )


def solve(
    cost: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    matrix: sparse.spmatrix,
    lower: np.ndarray,
    upper: np.ndarray,
) -> tuple[np.ndarray, float, np.ndarray]:
    """Return the x of least cost @ x with low <= x <= high and lower <= matrix @ x <= upper, that cost, and duals."""
    columns = sparse.csc_matrix(matrix)
    problem = highspy.HighsLp()
    problem.num_col_, problem.num_row_ = cost.size, lower.size
    problem.col_cost_, problem.col_lower_, problem.col_upper_ = cost, low, high
    problem.row_lower_, problem.row_upper_ = lower, upper
    problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    problem.a_matrix_.start_, problem.a_matrix_.index_ = columns.indptr, columns.indices
    problem.a_matrix_.value_ = columns.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    for tolerance in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        solver.setOptionValue(tolerance, 1e-9)
    solver.passModel(problem)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getModelStatus()
    found = solver.getSolution()
    value = float(solver.getInfo().objective_function_value)
    return np.array(found.col_value), value, np.array(found.row_dual)

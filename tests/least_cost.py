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
    price_cny_per_mwh: np.ndarray  # [Z, D, H] of one more MWh
    unserved_mwh: float
    unit_output_mwh: np.ndarray  # [U]
    water_mwh: float  # of all reservoirs, less what is curtailed


def least_cost(year: MarketYear, m: int) -> LeastCost:
    """Return the least cost of month `m`, and a dispatch that has it.

    Of every hour there are, in this order: units, then of all zones reservoir, surplus, unserved, charge and
    discharge, then the flows forward and backward of all lines.
    """
    units, (days, hours) = year.unit_zone.size, year.net_load_mw.shape[2:]
    zones, lines = year.net_load_mw.shape[0], year.line_zones.shape[0]
    weight, flows = np.repeat(year.day_weight[m], hours), units + 5 * zones
    columns = flows + 2 * lines
    first = {
        kind: units + k * zones for k, kind in enumerate(["water", "surplus", "unserved", "charge", "given"])
    }
    cost = np.zeros(columns)
    cost[:units], cost[flows:] = year.unit_cost_cny_per_mwh, np.tile(year.wheeling_cost_cny_per_mwh, 2)
    cost[first["unserved"] : first["charge"]] = year.scarcity_price_cny_per_mwh
    balance = np.zeros((zones, columns))
    for z in range(zones):
        balance[z, :units] = year.unit_zone == z
        balance[z, units + z : flows : zones] = [1.0, -1.0, 1.0, -1.0, 1.0]
    for k, (origin, target) in enumerate(year.line_zones):
        arriving = 1.0 - year.line_loss_share[k]
        balance[origin, [flows + k, flows + lines + k]] = -1.0, arriving
        balance[target, [flows + k, flows + lines + k]] = arriving, -1.0
    low, high = np.zeros(columns), np.full(columns, np.inf)
    high[:units] = year.unit_capacity_mw * year.unit_availability[:, m]
    low[units : first["surplus"]] = sustained_minimum(year)[:, m]
    high[units : first["surplus"]] = year.reservoir_maximum_mw[:, m]
    high[first["charge"] : flows] = np.tile(year.store_power_mw, 2)
    high[flows:] = np.concatenate([year.line_forward_mw[:, m], year.line_backward_mw[:, m]])
    load = year.net_load_mw[:, m].reshape(zones, -1).T.ravel()
    # A minimum that takes all the water must not fail by rounding.
    water = year.reservoir_energy_mwh[:, m] * (1.0 + 1e-12) + 1e-9
    of_day, every_hour = sparse.identity(days), np.ones((1, hours))
    losses = np.eye(zones, columns, first["charge"]) * year.store_efficiency[:, None]
    losses -= np.eye(zones, columns, first["given"])
    matrix = sparse.vstack(
        [
            sparse.kron(sparse.identity(weight.size), balance),
            sparse.csr_matrix(np.kron(weight[None], np.eye(zones, columns, units))),
            sparse.kron(of_day, np.kron(every_hour, losses)),
            sparse.kron(of_day, np.kron(every_hour, np.eye(zones, columns, first["given"]))),
        ]
    )
    none = np.zeros(zones * days)
    lower = np.concatenate([load, np.full(zones, -np.inf), none, none])
    upper = np.concatenate([load, water, none, np.tile(year.store_energy_mwh, days)])
    x, value, duals = solve(
        np.kron(weight, cost), np.tile(low, weight.size), np.tile(high, weight.size), matrix, lower, upper
    )
    by_hour = weight[:, None] * x.reshape(weight.size, columns)
    water = (
        by_hour[:, units : first["surplus"]].sum() - by_hour[:, first["surplus"] : first["unserved"]].sum()
    )
    price = duals[: zones * weight.size].reshape(-1, zones) / np.maximum(weight, 1e-12)[:, None]
    return LeastCost(
        cost_cny=value,
        price_cny_per_mwh=price.T.reshape(zones, days, hours),
        unserved_mwh=float(by_hour[:, first["unserved"] : first["charge"]].sum()),
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

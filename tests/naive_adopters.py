"""Cohorts of adopters piece by piece: the slow twin of what the kernel does in one pass."""

import math

import numpy as np


def turn_over(
    stock: np.ndarray, kept_share: np.ndarray, need: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return service [T, N, K], sales [T, N] and the last stock [N, K, A], cohort by cohort in plain loops."""
    cohorts, technologies, ages = stock.shape
    service, sales, left = (
        np.zeros((len(need), cohorts, technologies)),
        np.zeros((len(need), cohorts)),
        stock.copy(),
    )
    for n in range(cohorts):
        pieces = [dict(enumerate(stock[n, k])) for k in range(technologies)]
        for t in range(len(need)):
            pieces = [
                {age + 1: pieces[k][age] * kept_share[n, k, age] for age in pieces[k] if age + 1 < ages}
                for k in range(technologies)
            ]
            standing = math.fsum(amount for piece in pieces for amount in piece.values())
            sales[t, n] = max(need[t, n] - standing, 0.0)
            for k in range(technologies):
                pieces[k][0] = sales[t, n] * share[n, k]
            idle = max(standing / need[t, n], 1.0)
            service[t, n] = [math.fsum(piece.values()) / idle for piece in pieces]
        left[n] = [[pieces[k].get(age, 0.0) for age in range(ages)] for k in range(technologies)]
    return service, sales, left


def shares_of_sales(
    sold: np.ndarray,
    first_cost: np.ndarray,
    cost: np.ndarray,
    first_share: np.ndarray,
    share: np.ndarray,
    x: dict,
) -> np.ndarray:
    """Return how one cohort divides what it buys [K]: the base year's sales, moved by relative cost and by others."""
    weight = [
        z * (c / first) ** -x["cohort_cost_exponent"] * math.exp(x["cohort_peer_weight"] * (s - first_s))
        for z, c, first, s, first_s in zip(sold, cost, first_cost, share, first_share, strict=True)
    ]
    return np.array(weight) / math.fsum(weight)

"""Shares of players in what they bring together (Shapley 1953), exact or from random orders."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats

MOST_EXACT = 8  # players: 256 coalitions
MOST_COALITIONS = 512
LEAST_PAIRS = 4  # of orders, before their spread says anything
TOLERANCE_SHARE = 0.01  # of the total: a standard error that is small enough

type Coalition = frozenset[int]
type Worth = Callable[[Iterable[Coalition]], Mapping[Coalition, Floats]]


class Shares(NamedTuple):
    """Shares of the total by player; axis N players, then those of a coalition's worth."""

    share: Floats  # [N, ...] they add up to the total
    alone: Floats  # [N, ...] what each brings to nobody
    if_removed: Floats  # [N, ...] what the total lacks without each
    total: Floats  # [...]
    standard_error: float  # of the largest share, by `measure`; 0 where shares are exact
    coalitions: int  # that were looked at


def all_coalitions(players: int) -> list[Coalition]:
    """List every coalition, small ones first."""
    sizes = range(players + 1)
    return [frozenset(members) for size in sizes for members in combinations(range(players), size)]


def exact_shares(players: int, worth: Worth) -> Shares:
    """Compute shares from the worth of every coalition.

    A share is the mean of what the player adds to those before it, over all orders in which they could come.
    """
    worths = worth(all_coalitions(players))
    shares = []
    for player in range(players):
        share = np.zeros_like(worths[frozenset()])
        for members in (coalition for coalition in worths if player not in coalition):
            orders = math.factorial(len(members)) * math.factorial(players - len(members) - 1)
            gain = worths[members | {player}] - worths[members]
            share = share + orders / math.factorial(players) * gain
        shares.append(share)
    return _shares(players, worths, np.array(shares), 0.0)


def sampled_shares(players: int, worth: Worth, measure: Callable[[Floats], float], seed: int) -> Shares:
    """Compute shares from random orders in pairs.

    Each comes with its reverse (Castro, Gómez and Tejada 2009). Pairs are added until the standard error of `measure`
    of every share is a hundredth of the total's, or until `MOST_COALITIONS` have been looked at. What is alone and if
    removed is exact.
    """
    whole = frozenset(range(players))
    worths = dict(
        worth(
            [
                frozenset(),
                whole,
                *_with_one(players),
                *(whole - coalition for coalition in _with_one(players)),
            ]
        )
    )
    total, rng = worths[whole] - worths[frozenset()], np.random.default_rng(seed)
    pairs: list[Floats] = []
    error = math.inf
    while len(worths) < MOST_COALITIONS and (
        len(pairs) < LEAST_PAIRS or error > TOLERANCE_SHARE * abs(measure(total))
    ):
        order = rng.permutation(players).tolist()
        orders = order, order[::-1]
        missing = {frozenset(sequence[:k]) for sequence in orders for k in range(players + 1)} - worths.keys()
        worths |= worth(missing)
        pairs.append(0.5 * (_gains_in_order(orders[0], worths) + _gains_in_order(orders[1], worths)))
        measured = np.array([[measure(share) for share in pair] for pair in pairs])
        spread = measured.std(axis=0, ddof=1) if len(pairs) > 1 else np.full(players, math.inf)
        error = float(spread.max()) / math.sqrt(len(pairs))
    return _shares(players, worths, np.mean(pairs, axis=0), error)


def _with_one(players: int) -> list[Coalition]:
    return [frozenset({player}) for player in range(players)]


def _gains_in_order(order: Sequence[int], worth: Mapping[Coalition, Floats]) -> Floats:
    """Compute what each player adds in an order [N, ...]."""
    gains: list[Floats] = [np.empty(0)] * len(order)
    for k, player in enumerate(order):
        gains[player] = worth[frozenset(order[: k + 1])] - worth[frozenset(order[:k])]
    return np.array(gains)


def _shares(players: int, worth: Mapping[Coalition, Floats], share: Floats, error: float) -> Shares:
    nobody, whole = frozenset[int](), frozenset(range(players))
    return Shares(
        share=share,
        alone=np.array([worth[player] - worth[nobody] for player in _with_one(players)]),
        if_removed=np.array([worth[whole] - worth[whole - player] for player in _with_one(players)]),
        total=worth[whole] - worth[nobody],
        standard_error=error,
        coalitions=len(worth),
    )

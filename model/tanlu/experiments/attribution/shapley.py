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
    """What each player has of the total; axis N players, then those of a coalition's worth."""

    share: Floats  # [N, ...] they add up to the total
    alone: Floats  # [N, ...] what each brings to nobody
    if_removed: Floats  # [N, ...] what the total lacks without each
    total: Floats  # [...]
    standard_error: float  # of the largest share, by `measure`; 0 where shares are exact
    coalitions: int  # that were looked at


def all_coalitions(players: int) -> list[Coalition]:
    """Return every coalition, small ones first."""
    sizes = range(players + 1)
    return [frozenset(some) for size in sizes for some in combinations(range(players), size)]


def exact_shares(players: int, worth: Worth) -> Shares:
    """Return the shares from the worth of every coalition.

    A share is the mean of what the player adds to those before it, over all orders in which they could come.
    """
    every = worth(all_coalitions(players))
    shares = []
    for player in range(players):
        share = np.zeros_like(every[frozenset()])
        for others in (one for one in every if player not in one):
            orders = math.factorial(len(others)) * math.factorial(players - len(others) - 1)
            added = every[others | {player}] - every[others]
            share = share + orders / math.factorial(players) * added
        shares.append(share)
    return _shares(players, every, np.array(shares), 0.0)


def sampled_shares(players: int, worth: Worth, measure: Callable[[Floats], float], seed: int) -> Shares:
    """Return the shares from random orders in pairs, each with its reverse (Castro, Gómez and Tejada 2009).

    Pairs are added until the standard error of `measure` of every share is a hundredth of the total's, or until
    `MOST_COALITIONS` have been looked at. What is alone and if removed is exact.
    """
    whole = frozenset(range(players))
    known = dict(
        worth([frozenset(), whole, *_with_one(players), *(whole - one for one in _with_one(players))])
    )
    total, rng = known[whole] - known[frozenset()], np.random.default_rng(seed)
    pairs: list[Floats] = []
    error = math.inf
    while len(known) < MOST_COALITIONS and (
        len(pairs) < LEAST_PAIRS or error > TOLERANCE_SHARE * abs(measure(total))
    ):
        order = rng.permutation(players).tolist()
        both = order, order[::-1]
        wanted = {frozenset(one[:k]) for one in both for k in range(players + 1)} - known.keys()
        known |= worth(wanted)
        pairs.append(0.5 * (_added(both[0], known) + _added(both[1], known)))
        measured = np.array([[measure(share) for share in pair] for pair in pairs])
        spread = measured.std(axis=0, ddof=1) if len(pairs) > 1 else np.full(players, math.inf)
        error = float(spread.max()) / math.sqrt(len(pairs))
    return _shares(players, known, np.mean(pairs, axis=0), error)


def _with_one(players: int) -> list[Coalition]:
    return [frozenset({player}) for player in range(players)]


def _added(order: Sequence[int], worth: Mapping[Coalition, Floats]) -> Floats:
    """Return what each player adds when they come in an order [N, ...]."""
    added: list[Floats] = [np.empty(0)] * len(order)
    for k, player in enumerate(order):
        added[player] = worth[frozenset(order[: k + 1])] - worth[frozenset(order[:k])]
    return np.array(added)


def _shares(players: int, worth: Mapping[Coalition, Floats], share: Floats, error: float) -> Shares:
    none, whole = frozenset[int](), frozenset(range(players))
    return Shares(
        share=share,
        alone=np.array([worth[one] - worth[none] for one in _with_one(players)]),
        if_removed=np.array([worth[whole] - worth[whole - one] for one in _with_one(players)]),
        total=worth[whole] - worth[none],
        standard_error=error,
        coalitions=len(worth),
    )

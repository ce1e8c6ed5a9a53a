"""Open seasons: emitters commit to a hub at a posted tariff that falls with what all of them commit."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

kernel = njit(nogil=True, cache=True)
helper = njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
DAYS_PER_YEAR = 365.0
ROUNDS = 1000  # of one season; an answer that still moves after them is none


class Season(NamedTuple):
    """What an open season brought; axis n bids, H hubs."""

    accepted: Booleans  # [n]
    tariff_cny_per_tco2: Floats  # [H] transport from the hub and storage; inf where a hub has no line
    store: Integers  # [H] where the new line leads, -1 for none
    added_tco2: Floats  # [H] capacity of the new line that its shippers pay for
    investment_cny: Floats  # [H] of that capacity


@helper
def _power(base: float, exponent: float) -> float:
    """Return base ** exponent for a positive base from + - * / alone."""
    fraction, shift = math.frexp(base)
    if fraction < 0.7071067811865476:
        fraction, shift = 2.0 * fraction, shift - 1
    s = (fraction - 1.0) / (fraction + 1.0)
    series = 0.0
    for odd in range(23, 1, -2):
        series = series * s * s + 1.0 / odd
    x = exponent * (shift * 0.6931471805599453 + 2.0 * (s + s * series * s * s))
    k = round(x / 0.6931471805599453)
    rest = x - k * 0.6931471805599453
    series = 1.0
    for n in range(15, 0, -1):
        series = 1.0 + series * rest / n
    return math.ldexp(series, int(k))


@helper
def _post(
    flow: float,
    booked: float,
    old: Floats,
    scale: Floats,
    exponent: float,
    charge: float,
    stores: Floats,
    room: Floats,
) -> tuple[float, int, float]:
    """Return the tariff at a committed flow, the store of the line to be added, -1 for none, and its investment.

    Args:
        flow: t a year that pay the tariff, above zero.
        booked: t a year that the lines must be able to carry, no less than `flow`.
        old: capacity in t, yearly cost in CNY and mean cost of storing in CNY/t of the lines there are.
        scale: f8[J] investment at 1 t/day, CNY.
        exponent: of flow in a line's investment.
        charge: yearly cost per CNY invested.
        stores: f8[J] cost of storing, CNY/t.
        room: f8[J] t a year that each store can still take.
    """
    more = max(booked - old[0], 0.0)
    if more <= 0.0:
        return old[1] / flow + old[2], -1, 0.0
    best, store, investment = np.inf, -1, 0.0
    size = _power(more / DAYS_PER_YEAR, exponent)
    for j in range(scale.size):
        if more <= room[j]:
            storing = (old[2] * old[0] + stores[j] * more) / booked
            tariff = (old[1] + charge * scale[j] * size) / flow + storing
            if tariff < best:
                best, store, investment = tariff, j, scale[j] * size
    return best, store, investment


@helper
def _committed(
    tariff: float, kept: Floats, most: float, bids: Floats, accepted: Booleans, gone: Booleans
) -> tuple[float, float]:
    """Return flow and bookings at a tariff, the keenest first, bookings up to `most`; mark who is in `accepted` [n].

    Who was in and leaves is `gone` [n] for the season: a line sized for its bookings may cost the others more.

    `kept` f8[2] holds flow and bookings of earlier seasons, `bids` f8[n, 3] flow, highest tariff, falling, and booking.
    """
    flow, booked = kept[0], kept[1]
    for i in range(bids.shape[0]):
        joins = not gone[i] and bids[i, 1] >= tariff and booked + bids[i, 2] <= most
        gone[i] |= accepted[i] and not joins
        accepted[i] = joins
        if accepted[i]:
            flow += bids[i, 0]
            booked += bids[i, 2]
    return flow, booked


@helper
def _sure(
    kept: Floats,
    most: float,
    anchor: float,
    old: Floats,
    scale: Floats,
    exponent: float,
    charge: float,
    stores: Floats,
    room: Floats,
    bids: Floats,
) -> tuple[float, float]:
    """Return flow and bookings that a hub may count on: earlier ones, the anchor, any one emitter who pays alone."""
    flow, booked = max(kept[0], anchor), max(kept[1], anchor)
    first_flow, first_booked = flow, booked
    for i in range(bids.shape[0]):
        alone, needs = max(kept[0] + bids[i, 0], anchor), max(kept[1] + bids[i, 2], anchor)
        if alone > flow and needs <= most:
            tariff, _, _ = _post(alone, needs, old, scale, exponent, charge, stores, room)
            if bids[i, 1] >= tariff:
                flow, booked = alone, needs
    return max(flow, first_flow), max(booked, first_booked)


@helper
def _settle_season(
    kept: Floats,
    most: float,
    anchor: float,
    old: Floats,
    scale: Floats,
    exponent: float,
    charge: float,
    stores: Floats,
    room: Floats,
    bids: Floats,
    accepted: Booleans,
) -> tuple[float, float]:
    """Return flow and bookings at which nobody joins or leaves, reached from what is sure; `kept` if there are none."""
    sure, needs = _sure(kept, most, anchor, old, scale, exponent, charge, stores, room, bids)
    flow, booked = kept[0], kept[1]
    accepted[:] = False
    gone = np.zeros(accepted.size, np.bool_)
    for _ in range(ROUNDS):
        if max(flow, sure) <= 0.0:
            break
        tariff, _, _ = _post(max(flow, sure), max(booked, needs), old, scale, exponent, charge, stores, room)
        before = flow, booked
        flow, booked = _committed(tariff, kept, most, bids, accepted, gone)
        if (flow, booked) == before:
            if max(flow, anchor) < sure:
                break
            return flow, booked
    accepted[:] = False
    return kept[0], kept[1]


@kernel
def hold_seasons(
    *,
    hub: Integers,
    bids: Floats,
    kept_tco2: Floats,
    anchor_tco2: Floats,
    lines: Floats,
    scale_cny: Floats,
    flow_exponent: float,
    charge: Floats,
    store_cost_cny_per_tco2: Floats,
    room_tco2: Floats,
    oversize: Floats,
) -> Season:
    """Let every hub hold an open season, those with the largest bids first.

    A hub posts the tariff that pays for its lines at the flow that is committed, everybody who accepts it commits,
    the tariff is posted anew, and so on until nobody joins or leaves. It starts from what is sure, so of several
    such points it reaches the one with the least flow; an anchor that stands for enough lifts it to a higher one.
    Lines carry what is booked and lead to the store that makes the tariff least. Without a point at which an added
    line is paid for, only the capacity there is is filled.

    Args:
        hub: i8[n] of each bid.
        bids: f8[n, 3] flow in t a year, the highest tariff in CNY/t for transport from the hub and storage, and
            what is booked in t a year, no less than the flow.
        kept_tco2: f8[H, 2] flow and bookings of earlier seasons.
        anchor_tco2: f8[H] flow for which somebody stands, shipped or not.
        lines: f8[H, 3] capacity in t a year, yearly cost in CNY and mean cost of storing in CNY/t of lines built.
        scale_cny: f8[H, J] investment of a line to each store at 1 t/day.
        flow_exponent: of flow in a line's investment.
        charge: f8[H] yearly cost of a line per CNY invested.
        store_cost_cny_per_tco2: f8[J].
        room_tco2: f8[J] t a year that each store can still take.
        oversize: f8[H] share by which an added line is built larger than what is booked.
    """
    hubs, n = lines.shape[0], hub.size
    asked = np.zeros(hubs)
    for i in range(n):
        asked[hub[i]] += bids[i, 2]
    season = Season(
        np.zeros(n, np.bool_),
        np.full(hubs, np.inf),
        np.full(hubs, -1),
        np.zeros(hubs),
        np.zeros(hubs),
    )
    room = room_tco2.copy()
    for h in np.argsort(-asked, kind="mergesort"):
        rows = np.flatnonzero(hub == h)
        rows = rows[np.argsort(-bids[rows, 1], kind="mergesort")]
        mine, accepted = bids[rows], np.zeros(rows.size, np.bool_)
        rest = (scale_cny[h], flow_exponent, charge[h], store_cost_cny_per_tco2, room / (1.0 + oversize[h]))
        capacity, most = lines[h, 0], lines[h, 0] + rest[4].max()
        anchor = min(anchor_tco2[h], most)
        flow, booked = _settle_season(kept_tco2[h], most, anchor, lines[h], *rest, mine, accepted)
        if not accepted.any() and capacity > 0.0:
            anchor = min(anchor, capacity)
            flow, booked = _settle_season(kept_tco2[h], capacity, anchor, lines[h], *rest, mine, accepted)
        season.accepted[rows] = accepted
        if capacity <= 0.0 and not accepted.any():
            continue
        flow, booked = max(flow, anchor), max(booked, anchor)
        if flow > 0.0:
            tariff, store, investment = _post(flow, booked, lines[h], *rest)
            season.tariff_cny_per_tco2[h], season.store[h] = tariff, store
            if store >= 0:
                season.added_tco2[h], season.investment_cny[h] = booked - capacity, investment
                room[store] -= (booked - capacity) * (1.0 + oversize[h])
    return season

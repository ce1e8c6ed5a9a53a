"""Open seasons: emitters commit to hubs at posted tariffs that fall with what all of them commit along shared lines."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

DAYS_PER_YEAR = 365.0
SPARE_TCO2 = 1e-6  # a year: rounding drives nobody out of a full store, and adds no line to one that suffices
TURNS = 30  # of every hub; a few are enough where they come to rest, which they need not


class SeasonGround(NamedTuple):
    """Where lines may lie and lead; axes E corridors, J stores."""

    ends: Integers  # [E, 2] places that a corridor joins: hubs, then stores. Every hub reaches every store
    scale_cny: Floats  # [E] investment of a line in a corridor at 1 t/day
    flow_exponent: float  # of flow in a line's investment
    store_cost_cny_per_tco2: Floats  # [J]
    room_tco2: Floats  # [J] t a year that each store can still take


class Season(NamedTuple):
    """What an open season brought; axis n bids, H hubs, E corridors."""

    accepted: Booleans  # [n]
    tariff_cny_per_tco2: Floats  # [H] transport from the hub and storage; inf where a hub has no line
    store: Integers  # [H] where the new line leads, -1 for none
    added_tco2: Floats  # [H] capacity of the new line that its shippers pay for
    passes: Booleans  # [H, E] the corridors it takes


class _Ground(NamedTuple):
    """Where lines may lie, and what a hub finds there when its turn comes; axes E corridors, J stores."""

    ends: Integers  # [E, 2] places: hubs, then stores
    scale_cny: Floats  # [E] investment at 1 t/day
    exponent: float  # of flow in a line's investment
    others_tco2: Floats  # [E] what other hubs send through lines of this season, t a year
    stores: Floats  # [J] cost of storing, CNY/t
    room: Floats  # [J] t a year that each store can still take
    hubs: int
    hub: int
    charge: float  # yearly cost per CNY invested


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
def _ranked(value: Floats) -> Integers:
    """Return positions in order of value, highest first, equal ones as they stand."""
    order = np.empty(value.size, np.int64)
    for i in range(value.size):
        k = i
        while k > 0 and value[order[k - 1]] < value[i]:
            order[k] = order[k - 1]
            k -= 1
        order[k] = i
    return order


@helper
def _largest(value: Floats) -> float:
    most = -np.inf
    for x in value:
        most = max(most, x)
    return most


@helper
def _least(value: Floats) -> float:
    least = np.inf
    for x in value:
        least = min(least, x)
    return least


@helper
def _any(value: Booleans) -> bool:
    some = False
    for x in value:
        some |= x
    return some


@helper
def _ways(more: float, ground: _Ground) -> tuple[Floats, Integers]:
    """Return the least investment share in lines for `more` t a year to every place, CNY, and the last corridor there.

    A line's investment grows with flow ** exponent and is shared in proportion to flow. Shortest paths by Bellman and
    Ford: corridors are few and ways short.
    """
    ends, places = ground.ends, ground.hubs + ground.stores.size
    alone = _power(more / DAYS_PER_YEAR, ground.exponent)
    share = np.empty(ends.shape[0])
    for e in range(share.size):
        flow, size = ground.others_tco2[e] + more, alone
        if flow > more:
            size = _power(flow / DAYS_PER_YEAR, ground.exponent) * more / flow
        share[e] = ground.scale_cny[e] * size
    cost, last = np.full(places, np.inf), np.full(places, -1)
    cost[ground.hub] = 0.0
    moved = True
    while moved:
        moved = False
        for e in range(share.size):
            for k in range(2):
                here, there = ends[e, k], ends[e, 1 - k]
                if cost[here] + share[e] < cost[there]:
                    cost[there], last[there], moved = cost[here] + share[e], e, True
    return cost, last


@helper
def _post(flow: float, booked: float, old: Floats, ground: _Ground) -> tuple[float, int]:
    """Return the tariff at a committed flow, and the store of the line to be added, -1 for none.

    Args:
        flow: t a year that pay the tariff, above zero.
        booked: t a year that the lines must be able to carry, no less than `flow`.
        old: capacity in t, yearly cost in CNY and mean cost of storing in CNY/t of the lines there are.
        ground: what the hub finds.
    """
    more = booked - old[0]
    if more <= SPARE_TCO2:
        return old[1] / flow + old[2], -1
    cost, _ = _ways(more, ground)
    best, store = np.inf, -1
    for j in range(ground.stores.size):
        if more <= ground.room[j]:
            storing = (old[2] * old[0] + ground.stores[j] * more) / booked
            tariff = (old[1] + ground.charge * cost[ground.hubs + j]) / flow + storing
            if tariff < best:
                best, store = tariff, j
    return best, store


@helper
def _mark_way(more: float, store: int, ground: _Ground, passes: Booleans) -> None:
    """Mark the corridors of the way to a store in `passes` [E]."""
    _, last = _ways(more, ground)
    here = ground.hubs + store
    while here != ground.hub:
        e = last[here]
        passes[e] = True
        here = ground.ends[e, 0] + ground.ends[e, 1] - here


@helper
def _gather(
    kept: Floats, anchor: float, old: Floats, ground: _Ground, bids: Floats, accepted: Booleans
) -> tuple[float, float]:
    """Mark in `accepted` [n] who commits; return flow and bookings, t a year.

    Who would pay the tariff that is posted with it joins, the keenest first, unless the lines for it would cost those
    who are in more than they pay; again and again until nobody joins. Of several ends this is the one with the least
    flow.

    Args:
        kept: f8[2] flow and bookings of earlier seasons.
        anchor: flow for which somebody stands.
        old: of the lines there are, as `_post` takes it.
        ground: what the hub finds.
        bids: f8[n, 3] flow, highest tariff, falling, and booking.
        accepted: b1[n] nobody yet.
    """
    flow, booked, least, most = kept[0], kept[1], np.inf, old[0] + _largest(ground.room)
    lowest = min(_least(ground.stores), old[2]) if old[0] > 0.0 else _least(ground.stores)
    joined = True
    while joined:
        joined = False
        for i in range(bids.shape[0]):
            willing, needs = bids[i, 1], booked + bids[i, 2]
            # No tariff is below what the cheapest store costs: most bids need no more of a look.
            if accepted[i] or willing < lowest or needs > most or bids[i, 0] <= 0.0:
                continue
            tariff, _ = _post(max(flow + bids[i, 0], anchor), max(needs, anchor), old, ground)
            if tariff <= min(willing, least):
                flow, booked, least = flow + bids[i, 0], needs, min(willing, least)
                accepted[i] = joined = True
    return flow, booked


@helper
def _take_turn(
    kept: Floats, anchor: float, old: Floats, ground: _Ground, rows: Integers, bids: Floats, season: Season
) -> bool:
    """Let a hub gather emitters and choose a way, given what the others do; return whether it does other than before.

    `rows` i8[m] are its bids in the season, f8[m, 3] `bids` themselves, the keenest first.
    """
    h, accepted = ground.hub, np.zeros(rows.size, np.bool_)
    capacity, limit = old[0], min(anchor, old[0] + max(_largest(ground.room) - SPARE_TCO2, 0.0))
    flow, booked = _gather(kept, limit, old, ground, bids, accepted)
    if not _any(accepted):
        limit = min(limit, capacity)
    flow, booked = max(flow, limit), max(booked, limit)
    tariff, store, added = np.inf, -1, 0.0
    passes = np.zeros(season.passes.shape[1], np.bool_)
    if flow > 0.0 and (capacity > 0.0 or _any(accepted)):
        tariff, store = _post(flow, booked, old, ground)
        if store >= 0:
            added = booked - capacity
            _mark_way(added, store, ground, passes)
    moved = added != season.added_tco2[h] or store != season.store[h]
    season.tariff_cny_per_tco2[h], season.store[h], season.added_tco2[h] = tariff, store, added
    for e in range(passes.size):
        moved |= passes[e] != season.passes[h, e]
        season.passes[h, e] = passes[e]
    for i in range(rows.size):
        moved |= accepted[i] != season.accepted[rows[i]]
        season.accepted[rows[i]] = accepted[i]
    return moved


@helper
def _left_by_others(h: int, season: Season, room: Floats, oversize: Floats) -> tuple[Floats, Floats]:
    """Return flow in corridors f8[E] and room in stores f8[J] that the other hubs leave hub `h`, t a year."""
    flow, left = np.zeros(season.passes.shape[1]), room.copy()
    for k in range(oversize.size):
        if k != h and season.store[k] >= 0:
            for e in range(flow.size):
                flow[e] += season.added_tco2[k] * season.passes[k, e]
            left[season.store[k]] -= season.added_tco2[k] * (1.0 + oversize[k])
    for j in range(left.size):
        left[j] = max(left[j], 0.0) / (1.0 + oversize[h]) + SPARE_TCO2
    return flow, left


@helper
def _bids_of(h: int, hub: Integers, ranked: Integers, bids: Floats) -> tuple[Integers, Floats]:
    """Return rows and bids of a hub, the keenest first."""
    count = 0
    for i in range(hub.size):
        count += hub[i] == h
    rows, own, k = np.empty(count, np.int64), np.empty((count, bids.shape[1])), 0
    for row in ranked:
        if hub[row] == h:
            rows[k] = row
            for c in range(bids.shape[1]):
                own[k, c] = bids[row, c]
            k += 1
    return rows, own


@kernel
def clear_open_seasons(
    hub: Integers,
    bids: Floats,
    committed_tco2: Floats,
    anchor_tco2: Floats,
    lines: Floats,
    charge: Floats,
    oversize: Floats,
    ground: SeasonGround,
) -> Season:
    """Let all hubs hold an open season, in turns until none does other than before.

    In its turn a hub starts from contracts of earlier seasons and the anchor. Whoever would pay the tariff posted with
    it, the one that then pays for the lines, commits, until nobody joins; who would make it too dear for those who are
    in does not. So of several outcomes it reaches the one with the least flow; an anchor that stands for enough lifts
    it to a higher one. Lines carry what is booked and lead to the store, and along the way, that makes the tariff
    least: of a line that several hubs add in one season each pays in proportion to its flow, so hubs are players of
    network design with weighted cost shares (Chen and Roughgarden 2009), each answering best to the others.

    Those with the largest bids go first, of equal ones the first row. Players of unequal weight need not come to rest;
    after `TURNS` turns each hub keeps its last answer.

    Args:
        hub: i8[n] of each bid.
        bids: f8[n, 3] flow in t a year, the highest tariff in CNY/t for transport from the hub and storage, and
            what is booked in t a year, no less than the flow.
        committed_tco2: f8[H, 2] flow and bookings of earlier seasons.
        anchor_tco2: f8[H] flow for which somebody stands, shipped or not.
        lines: f8[H, 3] capacity in t a year, yearly cost in CNY and mean cost of storing in CNY/t of lines built.
        charge: f8[H] yearly cost of a line per CNY invested.
        oversize: f8[H] share by which an added line is built larger than what is booked.
        ground: what all hubs find.
    """
    hubs, n, ends = lines.shape[0], hub.size, ground.ends
    asked = np.zeros(hubs)
    for i in range(n):
        asked[hub[i]] += bids[i, 2]
    season = Season(
        np.zeros(n, np.bool_),
        np.full(hubs, np.inf),
        np.full(hubs, -1),
        np.zeros(hubs),
        np.zeros((hubs, ends.shape[0]), np.bool_),
    )
    ranked, turns = _ranked(bids[:, 1].copy()), _ranked(asked)
    scale, exponent, cost = ground.scale_cny, ground.flow_exponent, ground.store_cost_cny_per_tco2
    for _ in range(TURNS):
        moved = False
        for h in turns:
            rows, own = _bids_of(h, hub, ranked, bids)
            flow, room = _left_by_others(h, season, ground.room_tco2, oversize)
            found = _Ground(ends, scale, exponent, flow, cost, room, hubs, h, charge[h])
            moved |= _take_turn(committed_tco2[h], anchor_tco2[h], lines[h], found, rows, own, season)
        if not moved:
            break
    return season

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
    """Compute base ** exponent for a positive base from + - * / alone."""
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
def _rank(value: Floats) -> Integers:
    """Return positions in falling order of value, stable."""
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
    largest = -np.inf
    for x in value:
        largest = max(largest, x)
    return largest


@helper
def _smallest(value: Floats) -> float:
    smallest = np.inf
    for x in value:
        smallest = min(smallest, x)
    return smallest


@helper
def _has_true(value: Booleans) -> bool:
    is_true = False
    for x in value:
        is_true |= x
    return is_true


@helper
def _find_ways(added_tco2: float, ground: _Ground) -> tuple[Floats, Integers]:
    """Find the cheapest way to every place, with its last corridor.

    The cost, CNY, is the share in the lines' investment for `added_tco2` t a year. A line's investment grows with flow
    ** exponent and is shared in proportion to flow. Shortest paths by Bellman and Ford: corridors are few and ways
    short.
    """
    ends, places = ground.ends, ground.hubs + ground.stores.size
    lone_size = _power(added_tco2 / DAYS_PER_YEAR, ground.exponent)
    share = np.empty(ends.shape[0])
    for e in range(share.size):
        flow, size = ground.others_tco2[e] + added_tco2, lone_size
        if flow > added_tco2:
            size = _power(flow / DAYS_PER_YEAR, ground.exponent) * added_tco2 / flow
        share[e] = ground.scale_cny[e] * size
    cost, last = np.full(places, np.inf), np.full(places, -1)
    cost[ground.hub] = 0.0
    has_improved = True
    while has_improved:
        has_improved = False
        for e in range(share.size):
            for k in range(2):
                start, end = ends[e, k], ends[e, 1 - k]
                if cost[start] + share[e] < cost[end]:
                    cost[end], last[end], has_improved = cost[start] + share[e], e, True
    return cost, last


@helper
def _post_tariff(flow: float, booked: float, line: Floats, ground: _Ground) -> tuple[float, int]:
    """Compute a hub's tariff and the store of its added line.

    The store is -1 where no line has to be added.

    Args:
        flow: t a year that pay the tariff, above zero.
        booked: t a year that the lines must be able to carry, no less than `flow`.
        line: capacity in t, yearly cost in CNY and mean cost of storing in CNY/t of the lines there are.
        ground: what the hub finds.
    """
    added_tco2 = booked - line[0]
    if added_tco2 <= SPARE_TCO2:
        return line[1] / flow + line[2], -1
    cost, _ = _find_ways(added_tco2, ground)
    best, store = np.inf, -1
    for j in range(ground.stores.size):
        if added_tco2 <= ground.room[j]:
            storing = (line[2] * line[0] + ground.stores[j] * added_tco2) / booked
            tariff = (line[1] + ground.charge * cost[ground.hubs + j]) / flow + storing
            if tariff < best:
                best, store = tariff, j
    return best, store


@helper
def _mark_way(added_tco2: float, store: int, ground: _Ground, passes: Booleans) -> None:
    """Mark the corridors of the way to a store in `passes` [E]."""
    _, last = _find_ways(added_tco2, ground)
    place = ground.hubs + store
    while place != ground.hub:
        e = last[place]
        passes[e] = True
        place = ground.ends[e, 0] + ground.ends[e, 1] - place


@helper
def _gather(
    contracts: Floats, anchor: float, line: Floats, ground: _Ground, bids: Floats, accepted: Booleans
) -> tuple[float, float]:
    """Mark bids that commit in `accepted` [n]; return flow and bookings.

    Flow and bookings are in t a year. Who would pay the tariff that is posted with it joins, the keenest first, unless
    the lines for it would cost those who are in more than they pay; again and again until nobody joins. Of several ends
    this is the one with the least flow.

    Args:
        contracts: f8[2] flow and bookings of earlier seasons.
        anchor: flow for which somebody stands.
        line: of the lines there are, as `_post_tariff` takes it.
        ground: what the hub finds.
        bids: f8[n, 3] flow, highest tariff, falling, and booking.
        accepted: b1[n] nobody yet.
    """
    flow, booked, limit, capacity = contracts[0], contracts[1], np.inf, line[0] + _largest(ground.room)
    floor = min(_smallest(ground.stores), line[2]) if line[0] > 0.0 else _smallest(ground.stores)
    has_joined = True
    while has_joined:
        has_joined = False
        for i in range(bids.shape[0]):
            bid, booking = bids[i, 1], booked + bids[i, 2]
            # No tariff is below what the cheapest store costs: most bids need no more of a look.
            if accepted[i] or bid < floor or booking > capacity or bids[i, 0] <= 0.0:
                continue
            tariff, _ = _post_tariff(max(flow + bids[i, 0], anchor), max(booking, anchor), line, ground)
            if tariff <= min(bid, limit):
                flow, booked, limit = flow + bids[i, 0], booking, min(bid, limit)
                accepted[i] = has_joined = True
    return flow, booked


@helper
def _take_turn(
    contracts: Floats,
    anchor: float,
    line: Floats,
    ground: _Ground,
    rows: Integers,
    bids: Floats,
    season: Season,
) -> bool:
    """Let a hub gather emitters and choose a way; return whether it moved.

    It answers what the others do, and has moved if it does other than before. `rows` i8[m] are its bids in the season,
    f8[m, 3] `bids` themselves, the keenest first.
    """
    h, accepted = ground.hub, np.zeros(rows.size, np.bool_)
    capacity, limit = line[0], min(anchor, line[0] + max(_largest(ground.room) - SPARE_TCO2, 0.0))
    flow, booked = _gather(contracts, limit, line, ground, bids, accepted)
    if not _has_true(accepted):
        limit = min(limit, capacity)
    flow, booked = max(flow, limit), max(booked, limit)
    tariff, store, added_tco2 = np.inf, -1, 0.0
    passes = np.zeros(season.passes.shape[1], np.bool_)
    if flow > 0.0 and (capacity > 0.0 or _has_true(accepted)):
        tariff, store = _post_tariff(flow, booked, line, ground)
        if store >= 0:
            added_tco2 = booked - capacity
            _mark_way(added_tco2, store, ground, passes)
    has_moved = added_tco2 != season.added_tco2[h] or store != season.store[h]
    season.tariff_cny_per_tco2[h], season.store[h], season.added_tco2[h] = tariff, store, added_tco2
    for e in range(passes.size):
        has_moved |= passes[e] != season.passes[h, e]
        season.passes[h, e] = passes[e]
    for i in range(rows.size):
        has_moved |= accepted[i] != season.accepted[rows[i]]
        season.accepted[rows[i]] = accepted[i]
    return has_moved


@helper
def _subtract_others(h: int, season: Season, room: Floats, oversize: Floats) -> tuple[Floats, Floats]:
    """Return flow in corridors f8[E] and free room in stores f8[J].

    Both, in t a year, are what the other hubs leave to hub `h`.
    """
    flow, free_room = np.zeros(season.passes.shape[1]), room.copy()
    for k in range(oversize.size):
        if k != h and season.store[k] >= 0:
            for e in range(flow.size):
                flow[e] += season.added_tco2[k] * season.passes[k, e]
            free_room[season.store[k]] -= season.added_tco2[k] * (1.0 + oversize[k])
    for j in range(free_room.size):
        free_room[j] = max(free_room[j], 0.0) / (1.0 + oversize[h]) + SPARE_TCO2
    return flow, free_room


@helper
def _select_bids(h: int, hub: Integers, ranked: Integers, bids: Floats) -> tuple[Integers, Floats]:
    """Select rows and bids of a hub, the keenest first."""
    count = 0
    for i in range(hub.size):
        count += hub[i] == h
    rows, hub_bids, k = np.empty(count, np.int64), np.empty((count, bids.shape[1])), 0
    for row in ranked:
        if hub[row] == h:
            rows[k] = row
            for c in range(bids.shape[1]):
                hub_bids[k, c] = bids[row, c]
            k += 1
    return rows, hub_bids


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
    """Hold open seasons of all hubs in turns until none moves.

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
    booked_tco2 = np.zeros(hubs)
    for i in range(n):
        booked_tco2[hub[i]] += bids[i, 2]
    season = Season(
        np.zeros(n, np.bool_),
        np.full(hubs, np.inf),
        np.full(hubs, -1),
        np.zeros(hubs),
        np.zeros((hubs, ends.shape[0]), np.bool_),
    )
    ranked, turns = _rank(bids[:, 1].copy()), _rank(booked_tco2)
    scale, exponent, cost = ground.scale_cny, ground.flow_exponent, ground.store_cost_cny_per_tco2
    for _ in range(TURNS):
        has_moved = False
        for h in turns:
            rows, hub_bids = _select_bids(h, hub, ranked, bids)
            flow, room = _subtract_others(h, season, ground.room_tco2, oversize)
            view = _Ground(ends, scale, exponent, flow, cost, room, hubs, h, charge[h])
            has_moved |= _take_turn(committed_tco2[h], anchor_tco2[h], lines[h], view, rows, hub_bids, season)
        if not has_moved:
            break
    return season

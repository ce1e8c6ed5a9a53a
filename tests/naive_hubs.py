"""Open seasons in plain Python: hubs and bids as dictionaries, one look at every bid and every way at a time."""

DAYS = 365.0
SPARE = 1e-6


def ways(here, seen, net):
    """Yield every way without a loop from a place, as (corridors, end), none at first."""
    yield [], here
    for e, pair in enumerate(net["ends"]):
        if here in pair:
            there = pair[0] if pair[1] == here else pair[1]
            if there not in seen:
                for rest, end in ways(there, {*seen, there}, net):
                    yield [e, *rest], end


def share(more, way, others, net):
    """Return a hub's share of the lines along a way, given what others send through them."""
    total = 0.0
    for e in way:
        flow = others[e] + more
        total += net["scale"][e] * (flow / DAYS) ** net["exponent"] * more / flow
    return total


def post(flow, booked, old, hub, left):
    """Return tariff, store and way at a flow, with a line for what is booked beyond the old ones."""
    more = booked - old["capacity"]
    if more <= SPARE:
        return old["cost"] / flow + old["storing"], -1, []
    net, others, room = left
    found = [(float("inf"), -1, [])]
    for way, end in net["ways"][hub["row"]]:
        j = end - net["hubs"]
        if j >= 0 and more <= room[j]:
            mean = (old["storing"] * old["capacity"] + net["stores"][j] * more) / booked
            tariff = (old["cost"] + hub["charge"] * share(more, way, others, net)) / flow + mean
            found.append((tariff, j, way))
    return min(found, key=lambda x: x[0])


def gather(hub, anchor, bids, left):
    """Return who joins, and flow and bookings: the keenest first, who pays what it makes of the tariff, as all do."""
    most = hub["old"]["capacity"] + max(left[2])
    (flow, booked), taken = hub["kept"], {}
    while True:
        before = len(taken)
        for k, (m, willing, needs) in bids:
            if k not in taken and m > 0.0 and booked + needs <= most:
                with_it = max(flow + m, anchor), max(booked + needs, anchor)
                if post(*with_it, hub["old"], hub, left)[0] <= min([willing, *taken.values()]):
                    taken[k] = willing
                    flow, booked = flow + m, booked + needs
        if len(taken) == before:
            return list(taken), flow, booked


def turn(hub, bids, left):
    """Return who accepts, and tariff, store, added capacity and way, what others do given; None without a line."""
    old, room = hub["old"], left[2]
    anchor = min(hub["anchor"], old["capacity"] + max(room) - SPARE)
    taken, flow, booked = gather(hub, anchor, bids, left)
    if not taken:
        anchor = min(anchor, old["capacity"])
    flow, booked = max(flow, anchor), max(booked, anchor)
    if flow <= 0.0 or (not taken and old["capacity"] <= 0.0):
        return taken, None
    tariff, store, way = post(flow, booked, old, hub, left)
    return taken, (tariff, store, booked - old["capacity"] if store >= 0 else 0.0, sorted(way))


def hold(hubs, bids, net, room, oversize):
    """Return accepted bids and (tariff, store, added capacity, way) by hub, in turns until none does otherwise."""
    net = {**net, "ways": [list(ways(i, {i}, net)) for i in range(len(hubs))]}
    asked = [sum(bid[2] for h, bid in bids if h == i) for i in range(len(hubs))]
    does = {i: ([], None) for i in range(len(hubs))}
    for _ in range(30):
        before = dict(does)
        for i in sorted(range(len(hubs)), key=lambda i: -asked[i]):
            others, left = [0.0] * len(net["ends"]), list(room)
            for k, (_, posted) in does.items():
                if k != i and posted is not None and posted[1] >= 0:
                    left[posted[1]] -= posted[2] * (1.0 + oversize[k])
                    for e in posted[3]:
                        others[e] += posted[2]
            usable = [max(x, 0.0) / (1.0 + oversize[i]) + SPARE for x in left]
            mine = sorted(((k, bid) for k, (h, bid) in enumerate(bids) if h == i), key=lambda x: -x[1][1])
            does[i] = turn(hubs[i], mine, (net, others, usable))
        if does == before:
            break
    return does

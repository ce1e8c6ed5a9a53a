"""Open seasons in plain Python: hubs and bids as dictionaries, one look at every bid and every way at a time."""

DAYS = 365.0


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
    """Return a hub's share of the lines along a way beside what others send through them."""
    total = 0.0
    for e in way:
        flow = others[e] + more
        total += net["scale"][e] * (flow / DAYS) ** net["exponent"] * more / flow
    return total


def post(flow, booked, old, hub, left):
    """Return tariff, store and way at a flow, with a line for what is booked beyond the old ones."""
    more = max(booked - old["capacity"], 0.0)
    if more == 0.0:
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


def who(tariff, kept, most, bids, gone):
    """Return who accepts, keenest first, while bookings fit; who is gone does not come back."""
    booked, taken = kept[1], []
    for k, (_, willing, needs) in bids:
        if k not in gone and willing >= tariff and booked + needs <= most:
            taken.append(k)
            booked += needs
    return taken


def added(kept, taken, bids):
    known = dict(bids)
    flow, booked = kept
    for k in taken:
        flow, booked = flow + known[k][0], booked + known[k][2]
    return flow, booked


def settle(kept, most, anchor, old, hub, left, bids):
    """Return who is in when nobody joins or leaves, from what is sure on."""
    sure = [max(kept[0], anchor), max(kept[1], anchor)]
    for _, (flow, willing, needs) in bids:
        alone = max(kept[0] + flow, anchor), max(kept[1] + needs, anchor)
        if alone[0] > sure[0] and alone[1] <= most and willing >= post(*alone, old, hub, left)[0]:
            sure = [*alone]
    now, taken, gone = tuple(kept), [], set()
    for _ in range(1000):
        at = max(now[0], sure[0]), max(now[1], sure[1])
        if at[0] <= 0.0:
            return []
        before = taken
        taken = who(post(*at, old, hub, left)[0], kept, most, bids, gone)
        gone |= set(before) - set(taken)
        new = added(kept, taken, bids)
        if new == now:
            return taken if max(now[0], anchor) >= sure[0] else []
        now = new
    return []


def turn(hub, bids, left):
    """Return who accepts, and tariff, store, added capacity and way, what others do given; None without a line."""
    old, room = hub["old"], left[2]
    most = old["capacity"] + max(room)
    anchor = min(hub["anchor"], most)
    taken = settle(hub["kept"], most, anchor, old, hub, left, bids)
    if not taken and old["capacity"] > 0.0:
        anchor = min(anchor, old["capacity"])
        taken = settle(hub["kept"], old["capacity"], anchor, old, hub, left, bids)
    flow, booked = (max(x, anchor) for x in added(hub["kept"], taken, bids))
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
            usable = [max(x, 0.0) / (1.0 + oversize[i]) for x in left]
            mine = sorted(((k, bid) for k, (h, bid) in enumerate(bids) if h == i), key=lambda x: -x[1][1])
            does[i] = turn(hubs[i], mine, (net, others, usable))
        if does == before:
            break
    return does

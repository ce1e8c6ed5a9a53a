"""Open seasons in plain Python: hubs and bids as dictionaries, one look at every bid at a time."""

DAYS = 365.0


def post(flow, booked, old, hub, stores, room):
    """Return tariff, store and investment at a flow, with a line for what is booked beyond the old ones."""
    more = max(booked - old["capacity"], 0.0)
    if more == 0.0:
        return old["cost"] / flow + old["storing"], -1, 0.0
    found = [(float("inf"), -1, 0.0)]
    for j, storing in enumerate(stores):
        if more <= room[j]:
            investment = hub["scale"][j] * (more / DAYS) ** hub["exponent"]
            mean = (old["storing"] * old["capacity"] + storing * more) / booked
            found.append(((old["cost"] + hub["charge"] * investment) / flow + mean, j, investment))
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


def settle(kept, most, anchor, old, hub, stores, room, bids):
    """Return who is in when nobody joins or leaves, from what is sure on."""
    sure = [max(kept[0], anchor), max(kept[1], anchor)]
    for _, (flow, willing, needs) in bids:
        alone = max(kept[0] + flow, anchor), max(kept[1] + needs, anchor)
        if alone[0] > sure[0] and alone[1] <= most and willing >= post(*alone, old, hub, stores, room)[0]:
            sure = [*alone]
    now, taken, gone = tuple(kept), [], set()
    for _ in range(1000):
        at = max(now[0], sure[0]), max(now[1], sure[1])
        if at[0] <= 0.0:
            return []
        before = taken
        taken = who(post(*at, old, hub, stores, room)[0], kept, most, bids, gone)
        gone |= set(before) - set(taken)
        new = added(kept, taken, bids)
        if new == now:
            return taken if max(now[0], anchor) >= sure[0] else []
        now = new
    return []


def hold(hubs, bids, stores, room, oversize):
    """Return accepted bids by hub, and (tariff, store, added capacity) of every hub that has a line or builds one."""
    room, results, accepted = list(room), {}, {}
    asked = [sum(bid[2] for h, bid in bids if h == i) for i in range(len(hubs))]
    for i in sorted(range(len(hubs)), key=lambda i: -asked[i]):
        hub, old = hubs[i], hubs[i]["old"]
        mine = sorted(((k, bid) for k, (h, bid) in enumerate(bids) if h == i), key=lambda x: -x[1][1])
        usable = [x / (1.0 + oversize[i]) for x in room]
        most = old["capacity"] + max(usable)
        anchor = min(hub["anchor"], most)
        taken = settle(hub["kept"], most, anchor, old, hub, stores, usable, mine)
        if not taken and old["capacity"] > 0.0:
            anchor = min(anchor, old["capacity"])
            taken = settle(hub["kept"], old["capacity"], anchor, old, hub, stores, usable, mine)
        accepted[i] = taken
        if not taken and old["capacity"] <= 0.0:
            continue
        flow, booked = (max(x, anchor) for x in added(hub["kept"], taken, mine))
        if flow > 0.0:
            tariff, store, _ = post(flow, booked, old, hub, stores, usable)
            more = booked - old["capacity"] if store >= 0 else 0.0
            results[i] = tariff, store, more
            if store >= 0:
                room[store] -= more * (1.0 + oversize[i])
    return accepted, results

"""By how much capacity exceeds what is asked in the tightest hour, and who may close without it being missed."""

import numpy as np

from model.signals import Booleans, Floats, Integers, P, PowerOffer


def tightest_hour(
    *,
    offer: PowerOffer,
    load_mw: Floats,
    natural_mw: Floats,
    reservoir_maximum_mw: Floats,
    storage_mw: Floats,
    neighbour_mw: Floats,
    committed_mw: Floats,
) -> Floats:
    """Return the reserve margin of each province [P]: spare capacity in the tightest hour over peak load.

    Counted are thermal units at the month's availability, reservoirs at their greatest output, storage at full power,
    what nature gives in that hour and what neighbours can send, less contracts; not counted is what can be shed or
    what exports can be given up. The other province helps by contract only.

    Args:
        offer: thermal units and must-run.
        load_mw: [P, month, day type, hour].
        natural_mw: [source, P, month, hour].
        reservoir_maximum_mw: [P, month].
        storage_mw: [P].
        neighbour_mw: [P].
        committed_mw: contracts out of the province [P, month].
    """
    monthly = offer.capacity_mw[:, None] * offer.availability
    steady = np.stack([monthly[offer.zone == p].sum(axis=0) for p in range(P)])
    steady += reservoir_maximum_mw - committed_mw
    steady += (offer.must_run_mw + storage_mw + neighbour_mw)[:, None]
    spare = steady[:, :, None, None] + natural_mw.sum(axis=0)[:, :, None, :] - load_mw
    return np.asarray(spare.min(axis=(1, 2, 3)) / load_mw.max(axis=(1, 2, 3)))


def may_close(
    *, province: Integers, firm_mw: Floats, gain_cny: Floats, wants: Booleans, spare_mw: Floats
) -> Booleans:
    """Return who may close early [n]: those who lose most first, while a province keeps its planning reserve.

    Without that order all who lose would leave in one year, each thinking that the others stay, and new units would
    have to take their place.

    Args:
        province: of each unit [n].
        firm_mw: what leaves with it [n].
        gain_cny: what closing is worth to it [n].
        wants: who would close [n].
        spare_mw: firm capacity beyond load and planning reserve [P].
    """
    allowed = np.zeros(wants.size, dtype=bool)
    left = spare_mw.copy()
    for i in np.argsort(-gain_cny, kind="stable"):
        if wants[i] and firm_mw[i] <= left[province[i]]:
            allowed[i] = True
            left[province[i]] -= firm_mw[i]
    return allowed

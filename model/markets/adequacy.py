"""Who may close without being missed."""

import numpy as np

from model.signals import Booleans, Floats, Integers


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

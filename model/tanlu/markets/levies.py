"""Levies: who is charged on what, and which government gets it in which policy's name."""

from collections.abc import Iterator, Sequence

import numpy as np

from tanlu.core.parties import FIRST_GOVERNMENT, FIRST_PROVINCE
from tanlu.core.payments import PUBLIC_ITEM, Block, PaymentLines, repeat_number, sum_by_party
from tanlu.core.schedules import LOCAL, Pieces, PolicySchedule


def charge(policy: PolicySchedule, bases: Sequence[Pieces]) -> Iterator[Block]:
    """Write what agents pay by levies of a year, in the name of each policy (docs/model/policies.md).

    Where not all levies of a kind add up, each has the part of the charge that it would bring of what all would.

    Args:
        policy: of this year.
        bases: by kind of levy, what its agents are charged on [N].
    """
    provinces = len(policy.axes.provinces)
    for pieces in bases:
        levies = [levy for levy in policy.levies if levy.kind == pieces.kind and levy.rate.any()]
        dues, whole = policy.dues_cny(pieces), sum(levy.rate for levy in levies)
        for levy in levies:
            share = np.divide(levy.rate, whole, out=np.zeros(levy.rate.shape), where=levy.rate > 0.0)
            amount = dues * share[pieces.positions]
            base = pieces.number * (levy.rate[pieces.positions] > 0.0)
            payer, places, sums = sum_by_party(pieces.party, pieces.positions[0], provinces, amount, base)
            payee = (
                FIRST_PROVINCE + places
                if levy.payee == LOCAL
                else repeat_number(FIRST_GOVERNMENT, payer.size)
            )
            lines = PaymentLines(payer, payee, repeat_number(PUBLIC_ITEM[levy.kind], payer.size), places)
            yield Block(lines, sums[0], sums[1], levy.policy)

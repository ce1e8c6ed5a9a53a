"""Levies: who is charged on what, and which government gets it in which policy's name."""

from collections.abc import Iterator, Sequence

import numpy as np

from tanlu.core.parties import FIRST_GOVERNMENT, FIRST_PROVINCE
from tanlu.core.payments import PUBLIC_ITEM, Block, PaymentLines, sum_by_party
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
        dues = policy.dues_cny(pieces)
        if not dues.any():
            continue
        levies = [levy for levy in policy.levies if levy.kind == pieces.kind]
        rates = [levy.rate[pieces.positions] for levy in levies]
        whole = np.add.reduce(rates)
        for levy, rate in zip(levies, rates, strict=True):
            share = np.divide(rate, whole, out=np.zeros(whole.size), where=whole > 0.0)
            amount, base = dues * share, np.where(rate > 0.0, pieces.number, 0.0)
            payer, places, sums = sum_by_party(pieces.party, pieces.positions[0], provinces, amount, base)
            payee = FIRST_PROVINCE + places if levy.payee == LOCAL else np.full(payer.size, FIRST_GOVERNMENT)
            lines = PaymentLines(payer, payee, np.full(payer.size, PUBLIC_ITEM[levy.kind]), places)
            yield Block(lines, sums[0], sums[1], levy.policy)

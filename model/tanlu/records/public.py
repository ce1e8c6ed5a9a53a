"""The record of public money: what governments pay and get, and in which policy's name, from the table of payments."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.core.payments import PUBLIC_ITEM, PUBLIC_ITEMS, YearPayments, is_government
from tanlu.core.schedules import NEW
from tanlu.records.happened import YearOutcome
from tanlu.region.tables import year_index

EXTENSIONS = PUBLIC_ITEM["extensions"]  # the last: agents of extensions pay for items of higher numbers


class PublicRecord(NamedTuple):
    """Public money by item, and what tells which policy promised it; I `PUBLIC_ITEMS`."""

    spent_cny: Floats  # [I, P] by governments, to others
    received_cny: Floats  # [I, P] by governments, from others
    by_policy_cny: Mapping[str, Floats]  # [P] paid in the name of a policy, less what it brings
    interest_by_loan_year_cny: (
        Floats  # [P, D, PAPERS, ISSUES] of green debt, by the year in which it was granted
    )

    public_interest_by_loan_year_cny: Floats  # [P, D, ISSUER_KINDS, ISSUES] of bonds of who is no company

    def sum_spent(self, *purposes: str) -> Floats:
        """Sum what governments pay for items, CNY [..., P]."""
        return np.asarray(sum(self.spent_cny[..., PUBLIC_ITEM[purpose], :] for purpose in purposes))

    def sum_received(self, *purposes: str) -> Floats:
        """Sum what governments get for items, CNY [..., P]."""
        return np.asarray(sum(self.received_cny[..., PUBLIC_ITEM[purpose], :] for purpose in purposes))


def measure_public(year: YearOutcome, table: YearPayments, provinces: int) -> PublicRecord:
    """Measure public money; new debt bears interest in its first year."""
    payments = table.payments
    from_public, to_public = (is_government(party, provinces) for party in (payments.payer, payments.payee))
    cell = np.minimum(payments.item, EXTENSIONS) * provinces + payments.province

    def by_item(rows: Booleans) -> Floats:
        size = len(PUBLIC_ITEMS) * provinces
        return sum_by_group(cell[rows], payments.amount_cny[rows], size).reshape(-1, provinces)

    rows = payments.policy > 0
    net = np.where(from_public, payments.amount_cny, -payments.amount_cny)[rows]
    place = payments.policy[rows] * provinces + payments.province[rows]
    by_policy = sum_by_group(place, net, len(table.policies) * provinces).reshape(-1, provinces)
    interest = year.finance.subsidy_by_loan_year_cny.copy()
    first = year.invested.borrowed.first
    now = interest[:, year_index(year.signals.year), :, NEW]
    now += np.stack([first.bond_subsidy_cny, first.subsidy_cny - first.bond_subsidy_cny], axis=1)
    return PublicRecord(
        spent_cny=by_item(from_public & ~to_public),
        received_cny=by_item(to_public & ~from_public),
        by_policy_cny=dict(zip(table.policies[1:], by_policy[1:], strict=True)),
        interest_by_loan_year_cny=interest,
        public_interest_by_loan_year_cny=year.invested.public.subsidy_by_loan_year_cny,
    )

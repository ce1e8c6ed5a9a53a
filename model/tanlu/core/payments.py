"""The payments of a year as one table: payer, payee and item, by numbers of parties and items.

Names are looked up at the edge (docs/model/who_pays.md).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.parties import FIRST_GOVERNMENT, FIRST_PROVINCE, PARTY
from tanlu.core.schedules import LEVY_BASES, SUBSIDY_AXES

NOWHERE = -1  # the province of what belongs to none
NO_POLICY = ""  # whose name stands behind no payment

PER_HEAD, LOWER_SURCHARGES, BY_OUTPUT = "carbon_dividend", "lower_surcharges", "refund_by_output"
INTO_FUND = "paid_into_green_fund"
GIVEN_BACK = (PER_HEAD, LOWER_SURCHARGES, BY_OUTPUT, INTO_FUND)  # of carbon revenue
# What governments pay for or get money for.
PUBLIC_ITEMS = (
    *SUBSIDY_AXES,
    *LEVY_BASES,
    *("carbon_price", "allowance_sales", "company_tax"),
    *("interest_subsidy", "guarantee", "guarantee_fee", "rescue", "co2_hub_support", "hub_rescue"),
    *("rail_transit", "public_chargers", "bond_issue_cost", "capture_research"),
    *GIVEN_BACK,
    "extensions",  # whatever agents of extensions pay or are paid for
)
PUBLIC_ITEM: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(PUBLIC_ITEMS)})


class PaymentLines(NamedTuple):
    """Payer, payee, item and place of payments, without amounts; axis N."""

    payer: Integers  # [N] number of the party
    payee: Integers  # [N]
    item: Integers  # [N]
    province: Integers  # [N] position, or `NOWHERE`


class Block(NamedTuple):
    """Payments that are written at once; axis N as of its lines."""

    lines: PaymentLines
    amount_cny: Floats  # [N] below zero where the payee pays
    base: Floats | None = None  # [N] the quantity that a rate holds for
    policy: str = NO_POLICY  # in whose name it is paid


class PaymentTable(NamedTuple):
    """All payments of a year, a row for each; axis N."""

    payer: Integers  # [N] number of the party
    payee: Integers  # [N]
    item: Integers  # [N]
    province: Integers  # [N] position, or `NOWHERE`
    policy: Integers  # [N] number of the policy in whose name it is paid; 0 is none
    base: Floats  # [N] the quantity that a rate holds for; 0 where there is no rate
    amount_cny: Floats  # [N] below zero where the payee pays

    @property
    def rate(self) -> Floats:
        """The mean rate of each payment, CNY per unit of its base [N]; 0 without a base."""
        return np.divide(self.amount_cny, self.base, out=np.zeros(self.base.size), where=self.base != 0.0)


class Flow(NamedTuple):
    """A yearly payment of one party to another, by name."""

    payer: str
    payee: str
    item: str
    value_cny: float  # above 0


class YearPayments(NamedTuple):
    """The payments of a year, and the names of their numbers."""

    year: int
    payments: PaymentTable
    parties: tuple[str, ...]
    items: tuple[str, ...]
    policies: tuple[str, ...]
    cash_change_cny: Floats  # [A] of each account whose cash is kept elsewhere too

    @property
    def totals(self) -> tuple[Integers, Integers, Integers, Floats]:
        """Add up payments of one payer, payee and item, each paid the way in which it is above zero [n]."""
        table, parties = self.payments, len(self.parties)
        is_paid_back = table.amount_cny < 0.0
        payer = np.where(is_paid_back, table.payee, table.payer)
        payee = np.where(is_paid_back, table.payer, table.payee)
        key = (table.item * parties + payer) * parties + payee
        _, first, place = np.unique(key, return_index=True, return_inverse=True)
        totals = sum_by_group(place, np.abs(table.amount_cny), first.size)
        return payer[first], payee[first], table.item[first], totals

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The same by name."""
        return tuple(
            Flow(self.parties[payer], self.parties[payee], self.items[purpose], value)
            for payer, payee, purpose, value in zip(*(column.tolist() for column in self.totals), strict=True)
        )

    def spent_cny(self, payer: str) -> dict[str, float]:
        """Sum what a party pays by item, CNY; what it gets back is taken off."""
        return self._by_item(self.payments.payer, payer)

    def received_cny(self, payee: str) -> dict[str, float]:
        """Sum what a party gets by item, CNY; what it pays back is taken off."""
        return self._by_item(self.payments.payee, payee)

    def _by_item(self, party: Integers, name: str) -> dict[str, float]:
        rows = np.flatnonzero(party == self.parties.index(name))
        purposes, amounts = self.payments.item[rows], self.payments.amount_cny[rows]
        totals = sum_by_group(purposes, amounts, len(self.items))
        return {self.items[i]: float(totals[i]) for i in dict.fromkeys(purposes.tolist())}


def draw_lines(
    numbers: Mapping[str, int], rows: Sequence[tuple[str | int, str | int, str]], province: int = NOWHERE
) -> PaymentLines:
    """Draw lines from payer, payee and item of each, parties by name or number."""
    payer, payee = (
        np.array([party if isinstance(party, int) else PARTY[party] for party in side], np.int64)
        for side in ([row[0] for row in rows], [row[1] for row in rows])
    )
    purpose = np.array([numbers[row[2]] for row in rows], np.int64)
    return PaymentLines(payer, payee, purpose, np.full(len(rows), province))


def draw_lines_by_province(
    numbers: Mapping[str, int], rows: Sequence[tuple[str | None, str | None, str]], provinces: int
) -> PaymentLines:
    """Draw a line of each province for each row [rows x provinces]; a party that is None is the province."""
    parts = []
    for p in range(provinces):
        home = FIRST_PROVINCE + p
        local = [
            (home if payer is None else payer, home if payee is None else payee, i)
            for payer, payee, i in rows
        ]
        parts.append(draw_lines(numbers, local, p))
    return PaymentLines(*(np.stack(columns, axis=1).ravel() for columns in zip(*parts, strict=True)))


def join_blocks(blocks: Sequence[Block]) -> tuple[PaymentTable, tuple[str, ...]]:
    """Join blocks into one table of all payments that are not zero, with the names of policies in it."""
    payer, payee, purpose, province = map(
        np.concatenate, zip(*(block.lines for block in blocks), strict=True)
    )
    amount = np.concatenate([block.amount_cny for block in blocks])
    policies = tuple(dict.fromkeys((NO_POLICY, *(block.policy for block in blocks))))
    policy, base, start = np.zeros(amount.size, np.int64), np.zeros(amount.size), 0
    for block in blocks:
        rows = slice(start, start := start + block.amount_cny.size)
        if block.base is not None:
            base[rows] = block.base
        if block.policy:
            policy[rows] = policies.index(block.policy)
    is_paid = amount != 0.0
    columns = (payer, payee, purpose, province, policy, base, amount)
    return PaymentTable(*(column[is_paid] for column in columns)), policies


def sum_by_party(
    party: Integers, province: Integers, provinces: int, *values: Floats
) -> tuple[Integers, Integers, tuple[Floats, ...]]:
    """Add up values of agents [N] by party and province [n].

    Args:
        party: that pays or is paid for each agent [N].
        province: of each agent [N].
        provinces: how many there are.
        values: of each agent [N].

    Returns:
        party and province of each sum, and the sums of every value [n].
    """
    cell = party * provinces + province
    cells = np.bincount(cell).nonzero()[0]
    sums = tuple(sum_by_group(cell, value)[cells] for value in values)
    return cells // provinces, cells % provinces, sums


@cache
def repeat_number(number: int, rows: int) -> Integers:
    """Repeat the number of a party or an item in each of some rows [rows]; nobody writes into it."""
    return np.full(rows, number)


def is_government(party: Integers, provinces: int) -> Booleans:
    """Mark the centre and provinces among parties [N]."""
    return (party >= FIRST_GOVERNMENT) & (party < FIRST_PROVINCE + provinces)

"""Bills of the record: what households and industry pay for power and carbon, and what plants earn."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, sum_by_group
from tanlu.core.parties import BUSINESSES, FIRST_BUSINESS, GENERATORS, GRID, HOUSEHOLDS, PARTY
from tanlu.core.payments import BY_OUTPUT, PaymentTable
from tanlu.records.payments.items import ITEM

ELECTRICITY = ITEM["electricity"]
CARBON_PRICE, ALLOWANCES, REFUND = (ITEM[name] for name in ("carbon_price", "allowances_at_price", BY_OUTPUT))
WORKS = slice(FIRST_BUSINESS + len(GENERATORS), FIRST_BUSINESS + len(BUSINESSES))
PLANTS = slice(FIRST_BUSINESS, WORKS.start)


class Bills(NamedTuple):
    """Payments of the year by who bears them, all provinces together."""

    household_electricity_cny: Floats  # []
    electricity_cny: Floats  # [S] of listed facilities
    carbon_cny: (
        Floats  # [S] of listed facilities; allowances beyond free ones at the year's price, refunds taken off
    )
    rent_cny: Floats  # [F] what plants get less what they pay, before capital


def measure_bills(payments: PaymentTable) -> Bills:
    """Measure bills from the payments of a year."""
    is_bill = (payments.payer == PARTY[HOUSEHOLDS]) & (payments.payee == PARTY[GRID])
    purpose = payments.item
    is_carbon = (purpose == CARBON_PRICE) | (purpose == ALLOWANCES) | (purpose == REFUND)
    return Bills(
        household_electricity_cny=payments.amount_cny[is_bill].sum(),
        electricity_cny=-_net(payments, WORKS, purpose == ELECTRICITY),
        carbon_cny=-_net(payments, WORKS, is_carbon),
        rent_cny=_net(payments, PLANTS, slice(None)),
    )


def _net(payments: PaymentTable, parties: slice, rows: Booleans | slice) -> Floats:
    """Compute what parties get less what they pay in some rows of payments [parties]."""
    amounts = payments.amount_cny[rows]
    receipts = sum_by_group(payments.payee[rows], amounts, parties.stop)
    outlays = sum_by_group(payments.payer[rows], amounts, parties.stop)
    return np.asarray(receipts[parties] - outlays[parties])

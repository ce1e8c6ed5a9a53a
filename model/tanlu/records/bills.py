"""Bills of the record: what households and industry pay for power and carbon, and what plants earn."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.finance.flows import FACILITIES, GENERATORS, GRID, HOUSEHOLDS, Flow, net_cny, party_accounts

ELECTRICITY, CARBON = ("electricity",), ("carbon_price", "allowances_at_price", "refund_by_output")


class Bills(NamedTuple):
    """Payments of the year by who bears them, both provinces together."""

    household_electricity_cny: Floats  # []
    electricity_cny: Floats  # [S] of listed facilities
    carbon_cny: (
        Floats  # [S] of listed facilities; allowances beyond free ones at the year's price, refunds taken off
    )
    rent_cny: Floats  # [F] what plants get less what they pay, before capital


def measure_bills(flows: tuple[Flow, ...]) -> Bills:
    """Return bills from the payments of a year."""
    at_home = [flow for flow in flows if {flow.payer, flow.payee} == {HOUSEHOLDS, GRID}]
    return Bills(
        household_electricity_cny=np.array(-net_cny(at_home, [HOUSEHOLDS])),
        electricity_cny=-_net(flows, FACILITIES, ELECTRICITY),
        carbon_cny=-_net(flows, FACILITIES, CARBON),
        rent_cny=_net(flows, GENERATORS),
    )


def _net(flows: tuple[Flow, ...], of: tuple[str, ...], items: tuple[str, ...] = ()) -> Floats:
    """Return what each party gets less what it pays, for some items or for all [of]."""
    by_party = party_accounts(flow for flow in flows if not items or flow.item in items)
    nets = (got - paid for got, paid in (by_party.get(party, (0.0, 0.0)) for party in of))
    return np.fromiter(nets, float, len(of))

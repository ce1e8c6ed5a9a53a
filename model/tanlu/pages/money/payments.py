"""Payments of an answer by groups of parties, all years at once, small enough to be kept and sent."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import HYDRO_FUELS, SOLAR_FUELS
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.finance import flows as parties

# Groups of parties in the order in which they are shown; whoever is in none belongs to the last.
GROUPS = (
    "households",
    "services",
    "industry",
    "power",
    "owners",
    "lenders",
    "grid",
    "networks",
    "provinces",
    "green_fund",
    "centre",
    "central_bank",
    "rest",
)
GROUP_OF = {
    parties.HOUSEHOLDS: "households",
    parties.SERVICES: "services",
    parties.AGRICULTURE: "services",
    parties.SMALL_INDUSTRY: "industry",
    **dict.fromkeys(parties.FACILITIES, "industry"),
    **dict.fromkeys(parties.GENERATORS, "power"),
    parties.COMPANIES: "owners",
    parties.PARENTS: "owners",
    parties.LENDERS: "lenders",
    **dict.fromkeys((parties.GRID, parties.GRID_COMPANY, parties.SURCHARGE_FUND), "grid"),
    **dict.fromkeys((parties.HUBS, parties.RAIL, parties.CITIES, parties.BUILDERS), "networks"),
    parties.GREEN_FUND: "green_fund",
    parties.CENTRE: "centre",
    parties.CENTRAL_BANK: "central_bank",
}
# Plants whose rent is told: what they get less what they pay, before their capital is paid.
RENTS = {"hydro": HYDRO_FUELS, "wind": ("wind",), "solar": SOLAR_FUELS}


class Payments(NamedTuple):
    """What groups pay each other; Y years, G groups, bn CNY of 2020 a year."""

    years: tuple[int, ...]
    paid: Floats  # [Y, payer G, payee G] of different groups
    rents: Floats  # [Y, RENTS]


def compact_payments(flows: pd.DataFrame | None, provinces: Sequence[str]) -> Payments | None:
    """Return the table of payments by groups, the mean of replications; None where there is none."""
    if flows is None:
        return None
    group_of = GROUP_OF | dict.fromkeys(provinces, "provinces")
    position = {name: GROUPS.index(group) for name, group in group_of.items()}
    payer, payee = (
        flows[role].astype(str).map(position).fillna(len(GROUPS) - 1).to_numpy(int)
        for role in ("payer", "payee")
    )
    years, row = np.unique(flows["year"].to_numpy(), return_inverse=True)
    bn = flows["value_cny"].to_numpy() / CNY_PER_BN_CNY / flows["replication"].nunique()
    g = len(GROUPS)
    paid = np.bincount((row * g + payer) * g + payee, bn, years.size * g * g).reshape(-1, g, g)
    paid[:, np.arange(g), np.arange(g)] = 0.0
    return Payments(tuple(years.tolist()), paid, _rents(flows, row, bn, years.size))


def _rents(flows: pd.DataFrame, row: Integers, bn: Floats, years: int) -> Floats:
    """Return what water, wind and sun get less what they pay, bn CNY [Y, RENTS]."""
    names = [[f"power_{fuel}" for fuel in fuels] for fuels in RENTS.values()]
    got = [
        np.bincount(row, bn * flows["payee"].isin(of), years)
        - np.bincount(row, bn * flows["payer"].isin(of), years)
        for of in names
    ]
    return np.stack(got, axis=1)

"""Payments of an answer by groups of parties, all years at once, small enough to be kept and sent."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core import parties
from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import HYDRO_FUELS, SOLAR_FUELS, Axes
from tanlu.core.intervals import band
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.pages.money.seen import allowances, carbon_price, power_trade, seen_by_party

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

# Bills by class of customers: the word for it and its indicator, CNY/MWh.
BILLS = {
    "residential": "Price|Final Energy|Residential|Electricity",
    "commercial": "Price|Final Energy|Commercial|Electricity",
    "industrial": "Price|Final Energy|Industry|Electricity",
}
PUBLIC = {"revenue": "Public Budget|Climate Revenue", "net_spent": "Public Budget|Climate Support|Net"}
MEASURED = (*BILLS.values(), *PUBLIC.values())  # indicators that are read


class Payments(NamedTuple):
    """What groups pay each other in each draw; R replications, Y years, G groups, bn CNY of 2020 a year.

    K are the `CARBON_PAYERS` of `seen`. What they pay at a fixed price is known by the province that gets it.
    Allowances, which companies trade in one market, are those beyond the free ones at the year's price, less than
    nothing where they are sold.
    """

    years: tuple[int, ...]
    paid: Floats  # [R, Y, payer G, payee G] of different groups
    rents: Floats  # [R, Y, RENTS]
    bills: Floats  # [R, Y, BILLS] CNY/MWh
    public: Floats  # [R, Y, PUBLIC]
    carbon_price: Floats  # [R, Y, K, P]
    allowances: Floats  # [R, Y, K]
    power_trade: Floats  # [R, Y] what other provinces pay for electricity, less what they get

    @property
    def draws(self) -> int:
        """How many replications there are."""
        return len(self.paid)

    def less(self, other: "Payments") -> "Payments":
        """Return the difference draw by draw, in the draws that both have."""
        common = min(self.draws, other.draws)
        parts = [a[:common] - b[:common] for a, b in zip(self[1:], other[1:], strict=True)]
        return Payments(self.years, *parts)

    @classmethod
    def joined(cls, draws: "Sequence[Payments]") -> "Payments":
        """Return payments of single draws as those of all of them."""
        parts = zip(*(one[1:] for one in draws), strict=True)
        return cls(draws[0].years, *map(np.concatenate, parts))


def compact_payments(flows: pd.DataFrame | None, indicators: pd.DataFrame, axes: Axes) -> Payments | None:
    """Return payments by groups, bills, rents and public money of every draw; None where there are no payments."""
    if flows is None:
        return None
    group_of = GROUP_OF | dict.fromkeys(axes.provinces, "provinces")
    position = {name: GROUPS.index(group) for name, group in group_of.items()}
    payer, payee = (
        flows[role].astype(str).map(position).fillna(len(GROUPS) - 1).to_numpy(int)
        for role in ("payer", "payee")
    )
    years, year = np.unique(flows["year"].to_numpy(), return_inverse=True)
    draws, draw = np.unique(flows["replication"].to_numpy(), return_inverse=True)
    bn, row = flows["value_cny"].to_numpy() / CNY_PER_BN_CNY, draw * years.size + year
    g, shape = len(GROUPS), (draws.size, years.size)
    cells = sum_by_group((row * g + payer) * g + payee, bn, draws.size * years.size * g * g)
    paid = cells.reshape(*shape, g, g)
    paid[..., np.arange(g), np.arange(g)] = 0.0
    measured = _measured(indicators, axes.region, MEASURED)
    bills, public = np.split(measured, [len(BILLS)], axis=2)
    seen = seen_by_party(flows, row, bn)
    return Payments(
        tuple(years.tolist()),
        paid,
        _rents(flows, row, bn, shape),
        bills,
        public,
        carbon_price(seen, axes.provinces, shape),
        allowances(seen, shape),
        power_trade(seen, shape),
    )


def _measured(indicators: pd.DataFrame, region: str, names: Sequence[str]) -> Floats:
    """Return indicators of the whole region in every draw and year [R, Y, names]."""
    rows = indicators[(indicators["region"] == region) & indicators["variable"].isin(names)]
    of = rows.assign(variable=rows["variable"].astype(str))
    wide = of.pivot(index=["replication", "year"], columns="variable", values="value").sort_index()
    draws = of["replication"].nunique()
    return np.asarray(wide[list(names)].to_numpy(dtype=np.float64).reshape(draws, -1, len(names)))


def _rents(flows: pd.DataFrame, row: Integers, bn: Floats, shape: tuple[int, int]) -> Floats:
    """Return what water, wind and sun get less what they pay, bn CNY [R, Y, RENTS]."""
    names = [[f"power_{fuel}" for fuel in fuels] for fuels in RENTS.values()]
    cells = shape[0] * shape[1]
    got = [
        sum_by_group(row, bn * flows["payee"].isin(of), cells)
        - sum_by_group(row, bn * flows["payer"].isin(of), cells)
        for of in names
    ]
    return np.stack(got, axis=1).reshape(*shape, len(RENTS))


def spread(draws: Floats) -> Floats:
    """Return the mean of draws [R, ...] and, of several, the ends of their band [1 or 3, ...]."""
    mean = draws.mean(axis=0, keepdims=True)
    return mean if len(draws) == 1 else np.concatenate([mean, band(draws)])

"""Who bid in auctions of contracts for difference, at which price, and what came of it, as a table."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.investment.auctions import AuctionBids
from tanlu.investment.population import Roster
from tanlu.ledger.columns import Column, Part, Text, joined
from tanlu.region.power import BUILDABLE

# What came of a bid, in the order in which the first that holds is told.
OUTCOMES = ("no_room", "market_pays_more", "above_cap", "lost", "no_loan", "won")
OPTIONS = tuple(f"build_{name}" for name in BUILDABLE)


class AuctionEntry(NamedTuple):
    """One year's auctions, from which the table is made when somebody asks."""

    year: int
    roster: Roster  # of the companies
    bids: AuctionBids
    cells: tuple[Integers, Integers, Integers]  # company, province and technology of each site [M]
    awarded_mwh: Floats  # [M] a year under contract
    is_started: Booleans  # [M]


def auction_table(entries: list[AuctionEntry], provinces: tuple[str, ...]) -> dict[str, Column] | None:
    """Build the table of auctions: a row for each company, year, province and technology; None without one."""
    return joined([_auction_rows(entry, provinces) for entry in entries]) if entries else None


def _auction_rows(entry: AuctionEntry, provinces: tuple[str, ...]) -> dict[str, Part]:
    bids, energy, shape = entry.bids, entry.awarded_mwh, entry.bids.bid_cny_per_mwh.shape
    group = np.ravel_multi_index(entry.cells, shape)
    awarded, started = (
        sum_by_group(group, mwh, int(np.prod(shape))).reshape(shape)
        for mwh in (energy, energy * entry.is_started)
    )
    company, place, technology = np.nonzero((bids.volume_mwh > 0.0) & bids.has_room)
    rows, cell = (company, place, technology), (place, technology)
    bid, cap = bids.bid_cny_per_mwh[rows], bids.cap_cny_per_mwh[cell]
    holds = (
        np.isnan(bid),
        bids.worth_cny_per_mwh[rows] > cap,
        bid > cap,
        awarded[rows] <= 0.0,
        started[rows] <= 0.0,
    )
    return {
        "year": np.full(company.size, entry.year),
        "decider": Text(entry.roster.ids, entry.roster.positions[company]),
        "province": Text(provinces, place),
        "option": Text(OPTIONS, technology),
        "volume_mwh": bids.volume_mwh[cell],
        "bid_cny_per_mwh": bid,
        "market_cny_per_mwh": bids.market_cny_per_mwh[cell],
        "strike_cny_per_mwh": bids.strike_cny_per_mwh[cell],
        "won_mwh": started[rows],
        "auction_outcome": Text(OUTCOMES, np.select(holds, np.arange(len(holds)), len(holds))),
    }

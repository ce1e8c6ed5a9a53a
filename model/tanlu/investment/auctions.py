"""Bids in auctions of contracts for difference, docs/model/power_auctions.md."""

from typing import NamedTuple

from tanlu.core.arrays import Booleans, Floats


class AuctionBids(NamedTuple):
    """What was bid in a year's auctions, and the strikes at which contracts were awarded."""

    volume_mwh: Floats  # [P, K] a year; 0 without an auction
    cap_cny_per_mwh: Floats  # [P, K]
    energy: Floats  # [P, K] MWh a year that a MW feeds in
    market_cny_per_mwh: Floats  # [P, K] that the market is expected to pay
    strike_cny_per_mwh: Floats  # [P, K] 0 where nothing was awarded
    worth_cny_per_mwh: (
        Floats  # [W, P, K] strike at which a contract is worth what the market pays over its term
    )
    bid_cny_per_mwh: Floats  # [W, P, K] the lowest of each company; NaN: its part of the room is too small
    has_room: Booleans  # [W, P, K] whether a company may build anything there

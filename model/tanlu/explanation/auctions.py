"""What a company bid in the auctions of wind and sun of a year, and what came of it."""

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from tanlu.output.result import Result

PLANT_NAME = re.compile(r"(?P<technology>wind|solar_utility|solar_distributed)_.+_(?P<year>\d{4})")


def explain_auctions(result: "Result", company: str, year: int) -> pd.DataFrame | None:
    """Select the bids of a company in a year, in the first replication; None where there was no auction.

    `difference_cny` is what its contracts are paid a year at the prices expected, below zero what it pays.
    """
    if result.auctions is None:
        return None
    rows = result.auctions
    rows = rows[(rows["replication"] == 0) & (rows["decider"] == company) & (rows["year"] == year)]
    if rows.empty:
        return None
    difference = (rows["strike_cny_per_mwh"] - rows["market_cny_per_mwh"]) * rows["won_mwh"]
    return rows.assign(difference_cny=difference).reset_index(drop=True)


def find_bidder(result: "Result", plant: str) -> tuple[str, int] | None:
    """Find company and year of a plant of wind or sun by its identifier; None if no auction was about it."""
    match = PLANT_NAME.fullmatch(plant.strip())
    if match is None or result.auctions is None:
        return None
    rows = result.auctions
    rows = rows[(rows["replication"] == 0) & (rows["year"] == int(match["year"]))]
    rows = rows[rows["option"] == f"build_{match['technology']}"]
    for province, company in zip(rows["province"].astype(str), rows["decider"].astype(str), strict=True):
        if plant.strip() == f"{match['technology']}_{province.lower()}_{company}_{match['year']}":
            return company, int(match["year"])
    return None

"""What a reserve takes, releases and cancels by the size of the bank, through the national market."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from tanlu.evaluation.papers.allowances import NEVER, build_market, clear_year, open_market, with_fields
from tanlu.kernels.national_market import CAP

type Row = Mapping[str, str]

ISSUED = 1e9  # a year; thresholds are shares of it
EMITTED = 1e9
MOVES = ("taken", "released", "cancelled", "banked")


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute what the reserve takes, releases and cancels in each year, and what is left, rounded half up."""
    rule = {row["item"]: float(row["value"]) for row in inputs["rule"]}
    figures: dict[str, float] = {}
    for row in inputs["years"]:
        totals = _move(rule, row)
        figures |= {f"{row['year']}.{name}": math.floor(totals[name] + 0.5) for name in MOVES}
    return figures


def _move(rule: Mapping[str, float], row: Row) -> Mapping[str, float]:
    single_class = np.ones((1, 1))
    market = with_fields(
        build_market(EMITTED * single_class, single_class, CAP, np.array([ISSUED])),
        reserve_upper_share=rule["upper"] / ISSUED,
        reserve_lower_share=rule["lower"] / ISSUED,
        reserve_intake_share=float(row["intake_share"]),
        reserve_release_share=rule["release"] / ISSUED,
        reserve_keeps_share=float(row["keeps"]) / ISSUED if row["keeps"] else NEVER,
    )
    before = open_market(market, float(row["tnac"]))._replace(
        issued_tco2=ISSUED, reserve_tco2=float(row["reserve"])
    )
    _, year = clear_year(market, before)
    return year.totals_tco2

"""How technologies replace each other: two in closed form, four without and with policy."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.investment.share_dynamics import advance_shares, preference

type Row = Mapping[str, str]

YEARS = {"pair": (2, 5, 8, 10, 12, 15, 20), "market": (5, 10, 20, 30), "policy": (5, 10, 20)}
SCALE_YEARS = 10.0  # of the turnover of the program, A = 10 / (life x lead time)


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute preference and shares of the pair, then shares of four technologies."""
    rows = inputs["technologies"]
    pair, power = ([row for row in rows if row["case"] == case] for case in ("pair", "power"))
    first, second = range(2)
    favour = preference(cost=_column(pair, "cost"), spread=_column(pair, "spread"))
    life, lead = _column(power, "life_years"), _column(power, "lead_years")
    turnover = SCALE_YEARS / (life[None, :] * lead[:, None])
    figures = {"pair.preference": float(favour[first, second])}
    figures |= {f"pair.{year}": shares[0] for year, shares in _course("pair", pair, "cost", np.ones((2, 2)))}
    for case, cost in (("market", "cost"), ("policy", "cost_with_policy")):
        for year, shares in _course(case, power, cost, turnover):
            names = [f"{case}.{row['technology']}.{year}" for row in power]
            figures |= dict(zip(names, shares, strict=True))
    return figures


def _column(rows: Sequence[Row], name: str) -> Floats:
    return np.array([float(row[name]) for row in rows])


def _course(case: str, rows: Sequence[Row], cost: str, turnover: Floats) -> Iterator[tuple[int, list[float]]]:
    """Yield the years of a case and the shares in them."""
    costs, spreads, start = _column(rows, cost), _column(rows, "spread"), _column(rows, "share")
    for year in YEARS[case]:
        shares = advance_shares(start, cost=costs, spread=spreads, turnover=turnover, years=float(year))
        yield year, shares.tolist()

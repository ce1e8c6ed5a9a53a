"""`python -m benchmarks.national_market`: the default path of the national carbon market beside observed prices.

`--fit` finds the fall of the cap, a year, that holders expect at the last observed price: `expected_cap_fall` of
national_market.csv.
"""

import argparse
from collections.abc import Mapping

import numpy as np
import pandas as pd

from tanlu.carbon_market.national import (
    NationalClearing,
    NationalMarketState,
    NationalOutlook,
    open_national_market,
    walk_national_market,
    without_region,
)
from tanlu.kernels.national_market import NationalMarket
from tanlu.region.national_market import NationalMarketData, read_national_market
from tanlu.region.pack import Region, load_region
from tanlu.region.tables import DATA_YEARS, year_index

FIT_BRACKET, FIT_STEPS = (0.0, 0.08), 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="find the expected fall of the cap")
    parser.add_argument("--region", default="chengyu")
    parser.add_argument("--path", default="central", help="of the cap")
    given = parser.parse_args()
    region = load_region(given.region)
    if given.fit:
        print(f"expected_cap_fall {fit_cap_fall(region):.5f}")
        return
    data = region.national_market
    print(as_table(data, data.caps[given.path]).to_string(index=False, float_format=lambda x: f"{x:.1f}"))


def walk(
    data: NationalMarketData, cap, first: int, last: int, *, follows: bool = True
) -> list[tuple[NationalMarketState, NationalOutlook, NationalClearing]]:
    """Return each year of the market; `follows` observed prices where there are any."""
    rules = data.rules._replace(allocation=data.rules.allocation._replace(cap=cap))
    observed = data.observed_price_cny_per_tco2 if follows else np.full(DATA_YEARS.size, np.nan)
    rows = year_index(first), year_index(last)
    state = open_national_market(rows[0], data.opening_bank_tco2, data.classes)
    market = NationalMarket(data.classes, rules, without_region(data.classes))
    return list(walk_national_market(state, *rows, market, observed))


def as_table(data: NationalMarketData, cap) -> pd.DataFrame:
    """Return the life of the market from 2021 to 2060, amounts in Mt, prices in CNY of 2020."""
    alone = walk(data, cap, 2021, 2060, follows=False)
    rows = []
    for year, (state, outlook, cleared), (*_, solved) in zip(
        range(2021, 2061), walk(data, cap, 2021, 2060), alone, strict=True
    ):
        totals = {name: amount / 1e6 for name, amount in cleared.totals_tco2.items()}
        rows.append(
            {
                "year": year,
                "observed": data.observed_price_cny_per_tco2[year_index(year)],
                "price": cleared.price_cny_per_tco2,
                "solved": solved.price_cny_per_tco2,
                "in_5_years": outlook.price_path_cny_per_tco2[5],
                "emitted": totals["emitted"],
                "free": totals["free"],
                "auctioned": totals["auctioned"],
                "offsets": totals["offsets"],
                "bank": totals["banked"],
                "coal_twh": cleared.output[:3].sum() / 1e6,
                "coal_abated": 100.0 * state.abated_share[0],
                "binds": int(DATA_YEARS[outlook.binding_row]),
                "trials": outlook.trials,
            }
        )
    return pd.DataFrame(rows)


def fit_cap_fall(region: Region) -> float:
    """Find the expected fall of the cap at which the last observed price is what the market finds."""
    low, high = FIT_BRACKET
    for _ in range(FIT_STEPS):
        middle = 0.5 * (low + high)
        if _price_at(region.tables, middle) < 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _price_at(tables: Mapping[str, pd.DataFrame], fall: float) -> float:
    """Return the price found for the last observed year less the one observed, years before as observed."""
    table = tables["national_market"].copy()
    table.loc[table["variable"] == "expected_cap_fall", "value"] = fall
    data = read_national_market({**tables, "national_market": table})
    is_observed = ~np.isnan(data.observed_price_cny_per_tco2)
    row = int(np.flatnonzero(is_observed)[-1])
    observed = data.observed_price_cny_per_tco2.copy()
    observed[row] = np.nan
    opening = open_national_market(year_index(2021), data.opening_bank_tco2, data.classes)
    market = NationalMarket(data.classes, data.rules, without_region(data.classes))
    *_, (*_, cleared) = walk_national_market(opening, year_index(2021), row, market, observed)
    return float(cleared.price_cny_per_tco2 - data.observed_price_cny_per_tco2[row])


if __name__ == "__main__":
    main()

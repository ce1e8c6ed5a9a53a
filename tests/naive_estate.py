"""What companies own as whole arrays of NumPy, the twin of its kernel."""

import numpy as np

from tanlu.kernels.finance.estate import EstateColumns


def read_estate(units, facilities, year) -> EstateColumns:
    """Return holdings and then facilities at the end of a year."""
    row = units.row
    power = recorded(units.years_of_profit, units.commissioned_year, units.profit_cny, year)
    goods = recorded(facilities.years_of_profit, facilities.start_year, facilities.profit_cny, year)
    is_there = facilities.end_year > year + 1
    closes = facilities.end_year < facilities.open_end_year
    years = np.where(closes, facilities.end_year - year - 1, facilities.closure_horizon_years)
    waits = (np.arange(units.fuel.size) < units.pack_size) & (units.commissioned_year > year)
    closing = units.closing_cny_per_kw[units.fuel] * units.capacity_mw * 1e3
    columns = (
        (units.retired_year[row] > year + 1, is_there & ~facilities.is_block),
        (units.owner, facilities.owner),
        (units.province[row], facilities.province),
        (units.fuel[row], units.is_fossil.size + facilities.sector),
        (np.where(units.is_fossil[units.fuel], 0, 1)[row], np.zeros(facilities.owner.size, np.int64)),
        (units.own_premium, facilities.own_premium),
        (mean(units.profit_cny, power)[row] * units.share, mean(facilities.profit_cny, goods)),
        (np.maximum(units.retired_year - year - 1, 1)[row], np.maximum(years, 1)),
        (power[row] > 0, goods > 0),
        (
            np.where(waits[row], 0.0, units.book_value_cny),
            facilities.book_value_cny + facilities.facility_value_cny,
        ),
        (closing[row] * units.share, facilities.closing_cny),
        (units.commissioned_year[row], facilities.start_year),
    )
    return EstateColumns._make(np.concatenate(parts) for parts in columns)


def recorded(remembered, first_year, profit, year):
    """Return the years with a record [N]."""
    return np.clip(np.minimum(remembered, year - first_year + 1), 0, profit.shape[1])


def mean(profit, years):
    """Return the mean over the years with a record [N]."""
    return profit.sum(axis=1) / np.maximum(years, 1)

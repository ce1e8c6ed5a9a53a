"""What companies own, unit by unit and facility by facility, as somebody sees it who might buy it."""

from typing import NamedTuple

from numpy import bool_, float64, int64
from numpy.typing import NDArray

from tanlu.compilation.decorators import helper, kernel

type Floats = NDArray[float64]
type Integers = NDArray[int64]
type Booleans = NDArray[bool_]


_KW_PER_MW = 1e3


class HeldUnits(NamedTuple):
    """Holdings of power units and the units; axes Q holdings, N units, F fuels, Y remembered years."""

    row: Integers  # [Q] of the unit
    share: Floats  # [Q] of it
    owner: Integers  # [Q]
    own_premium: Floats  # [Q]
    book_value_cny: Floats  # [Q]
    province: Integers  # [N]
    fuel: Integers  # [N]
    commissioned_year: Integers  # [N]
    retired_year: Integers  # [N]
    capacity_mw: Floats  # [N]
    profit_cny: Floats  # [N, Y], 0 before there was any
    closing_cny_per_kw: Floats  # [F]
    is_fossil: Booleans  # [F]
    pack_size: int  # units that the pack lists
    years_of_profit: int  # remembered, at most


class OwnedFacilities(NamedTuple):
    """Facilities of industry; axes N, Y remembered years."""

    owner: Integers
    province: Integers
    sector: Integers
    own_premium: Floats
    start_year: Integers
    end_year: Integers
    is_block: Booleans
    book_value_cny: Floats
    facility_value_cny: Floats
    closing_cny: Floats
    profit_cny: Floats  # [N, Y], 0 before there was any
    years_of_profit: int
    open_end_year: int  # from which on they are kept up
    closure_horizon_years: int  # that they count on then


class EstateColumns(NamedTuple):
    """Holdings of units and then facilities; axis N."""

    is_there: Booleans  # next year or later; blocks belong to nobody
    owner: Integers
    province: Integers
    kind: Integers  # fuels and then sectors, as classes of tax are
    green: Integers  # column of hurdle rates
    premium: Floats  # of its own on these rates
    profit_cny: Floats  # a year, mean of those remembered
    years: Integers  # that are left to it
    has_run: Booleans  # for a year at least
    cost_cny: Floats  # book value of what has been spent on it
    closing_cny: Floats  # and a year's pay
    first_income_year: Integers


@helper
def _count_years(remembered, first_year, year, width):  # type: ignore[no-untyped-def]
    """Count the years with a record."""
    return min(max(min(remembered, year - first_year + 1), 0), width)


@helper
def _average(profit, years):  # type: ignore[no-untyped-def]
    """Average profits over the years with a record; the others are zero."""
    total = 0.0
    for y in range(profit.size):
        total += profit[y]
    return total / max(years, 1)


@helper
def _read_units(units, year, estate):  # type: ignore[no-untyped-def]
    """Write the holdings of units."""
    for q in range(units.row.size):
        n = units.row[q]
        fuel, share = units.fuel[n], units.share[q]
        first_year, retired_year = units.commissioned_year[n], units.retired_year[n]
        recorded = _count_years(units.years_of_profit, first_year, year, units.profit_cny.shape[1])
        has_started = n >= units.pack_size or first_year <= year
        estate.is_there[q] = retired_year > year + 1
        estate.owner[q], estate.province[q], estate.kind[q] = units.owner[q], units.province[n], fuel
        estate.green[q] = 0 if units.is_fossil[fuel] else 1
        estate.premium[q] = units.own_premium[q]
        estate.profit_cny[q] = _average(units.profit_cny[n], recorded) * share
        estate.years[q] = max(retired_year - year - 1, 1)
        estate.has_run[q] = recorded > 0
        estate.cost_cny[q] = units.book_value_cny[q] if has_started else 0.0
        estate.closing_cny[q] = units.closing_cny_per_kw[fuel] * units.capacity_mw[n] * _KW_PER_MW * share
        estate.first_income_year[q] = first_year


@kernel
def read_estate(units, facilities, year, estate):  # type: ignore[no-untyped-def]
    """Write what companies own at the end of a year.

    Args:
        units: `HeldUnits`.
        facilities: `OwnedFacilities`.
        year: that ends.
        estate: buffers, `EstateColumns`.
    """
    _read_units(units, year, estate)
    first, fuels = units.row.size, units.is_fossil.size
    for i in range(facilities.owner.size):
        row, end_year = first + i, facilities.end_year[i]
        start_year, width = facilities.start_year[i], facilities.profit_cny.shape[1]
        recorded = _count_years(facilities.years_of_profit, start_year, year, width)
        years = facilities.closure_horizon_years
        if end_year < facilities.open_end_year:
            years = end_year - year - 1
        estate.is_there[row] = end_year > year + 1 and not facilities.is_block[i]
        estate.owner[row], estate.province[row] = facilities.owner[i], facilities.province[i]
        estate.kind[row], estate.green[row] = fuels + facilities.sector[i], 0
        estate.premium[row] = facilities.own_premium[i]
        estate.profit_cny[row] = _average(facilities.profit_cny[i], recorded)
        estate.years[row] = max(years, 1)
        estate.has_run[row] = recorded > 0
        estate.cost_cny[row] = facilities.book_value_cny[i] + facilities.facility_value_cny[i]
        estate.closing_cny[row] = facilities.closing_cny[i]
        estate.first_income_year[row] = start_year

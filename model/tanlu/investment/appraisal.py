"""One project valued by the appraisal that all agents use (`kernels.appraisal`, docs/model/finance.md)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tanlu.core.arrays import Floats
from tanlu.core.economics import annuity_factor
from tanlu.core.taxes import OTHER_INCOME
from tanlu.kernels.appraisal import (
    FOR_EVER,
    AnnouncedPrices,
    Projects,
    ProjectTerms,
    StrikePrices,
    value_projects,
)


class Taxes(NamedTuple):
    """What a tax takes of receipts less costs, and what it gives back of the investment."""

    rate: float = 0.0
    credit_share: float = 0.0  # of the investment, given back as it is spent
    credit_basis_share: float = 0.0  # of the credit, that cannot be written off
    written_off_shares: tuple[float, ...] = ()  # of the investment, at the end of year 1, 2 .. of operation
    inflation: float = 0.0  # wears what is written off, counted from the start of operation
    holiday_years: int = 0  # of operation, without tax
    half_years: int = 0  # after these, at half the rate


class ProjectCase(NamedTuple):
    """A project: what it costs, brings and pays in tax; amounts in one currency of one year."""

    capex_cny: float
    annual_cash_cny: float  # of each year of operation, without the paths
    life_years: int | None  # of operation; None for ever
    rate: float  # real hurdle rate per year
    lead_years: int = 0  # of construction; 0 pays everything now
    paths: ArrayLike | None = None  # [J, T] value of a unit at the end of year 1 .. T, flat beyond
    quantities: ArrayLike | None = None  # [J] units a year that earn each path
    annual_output: float = 0.0  # units a year over which `levelised_cny_per_unit` spreads what is missing
    spending_shares: tuple[float, ...] | None = (
        None  # of capex at the start of year 0, 1 ..; None: equal parts
    )
    first_operation_year: int | None = None  # at whose end it is first paid; None: that after construction
    taxes: Taxes = Taxes()


class ProjectValue(NamedTuple):
    """What one project is worth to its investor."""

    npv_cny: float
    equivalent_annual_cny: (
        float  # constant amount before tax in each year of operation worth as much as the NPV
    )
    profitability_index: float  # worth of all years of operation per CNY invested, both now; NaN at no outlay
    levelised_cny_per_unit: float  # price more per unit of output at which the NPV is 0; NaN without output


def appraise(case: ProjectCase) -> ProjectValue:
    """Value one project; timing as in `kernels.appraisal`.

    The investment there is after credit and tax saved.
    If the cash flows hold costs only, `levelised_cny_per_unit` is the levelised cost.

    Raises:
        ValueError: if paths and quantities or shares do not fit, a rate is not above -1 (above 0 for ever), or years
            are negative or no whole number.
    """
    _check(case)
    followed = _followed(case)
    # The project, what is invested in it alone, and one CNY in each year of operation alone.
    parts = ((case.capex_cny, case.annual_cash_cny, 1.0), (case.capex_cny, 0.0, 0.0), (0.0, 1.0, 0.0))
    npv, _ = value_projects(_projects(case, parts), _prices(followed), _terms(case, len(parts)))
    value, outlay, worth = float(npv[0]), -float(npv[1]), float(npv[2])
    return ProjectValue(
        npv_cny=value,
        equivalent_annual_cny=_divide(value, worth),
        profitability_index=_divide(value + outlay, outlay),
        levelised_cny_per_unit=_divide(-value, worth * case.annual_output),
    )


def _check(case: ProjectCase) -> None:
    first = 0 if case.first_operation_year is None else case.first_operation_year
    annuity_factor(case.rate, [case.lead_years, first, 0 if case.life_years is None else case.life_years])
    if case.life_years is None and not case.rate > 0.0:
        raise ValueError(f"what is paid for ever needs a rate above 0, not {case.rate}")
    shares = case.spending_shares
    if shares is not None and not abs(sum(shares) - 1.0) < 1e-9:
        raise ValueError(f"spending_shares must add up to 1, not {sum(shares):.6g}")


def _followed(case: ProjectCase) -> Floats:
    """Add up the value of all paths by year 1 .. T, CNY."""
    units = np.zeros(0) if case.quantities is None else np.asarray(case.quantities, float)
    values = np.zeros((0, 1)) if case.paths is None else np.asarray(case.paths, float)
    if values.ndim != 2 or units.shape != values.shape[:1] or values.shape[1] == 0:
        raise ValueError(f"paths {values.shape} must be [J, T] and quantities {units.shape} [J]")
    return np.asarray((units[:, None] * values).sum(axis=0))


def _projects(case: ProjectCase, parts: tuple[tuple[float, float, float], ...]) -> Projects:
    """Build projects of investment, yearly cash and units on the paths."""
    capex, cash, units = np.array(parts).T.copy()
    n, life = len(parts), FOR_EVER if case.life_years is None else int(case.life_years)
    return Projects(
        province=np.zeros(n, np.int64),
        sector=np.zeros(n, np.int64),
        capex_cny=capex,
        lead_years=np.full(n, int(case.lead_years)),
        life_years=np.full(n, life),
        cash_cny=cash,
        avoided_tco2=units,
        stored_tco2=np.zeros(n),
        rate=np.full(n, float(case.rate)),
        belief=np.ones(n),
        allowance_share=np.zeros(n),
        trust=np.ones(n),
        tax_class=np.full(n, OTHER_INCOME),
    )


def _prices(path: Floats) -> AnnouncedPrices:
    """Build prices of avoided units from one path.

    Today's price is that of its first year.
    """
    zero_rates, zero_paths = np.zeros((1, 1)), np.zeros((1, 1, path.size))
    price_path = path.reshape(1, 1, -1).copy()
    contracts = StrikePrices(
        np.zeros((0, 1, 1)), np.zeros((0, 1, 1, path.size)), np.zeros(0, np.int64), np.zeros(0)
    )
    return AnnouncedPrices(
        path[:1].reshape(1, 1).copy(),
        zero_rates,
        price_path,
        zero_paths,
        zero_rates,
        zero_paths,
        zero_rates,
        zero_paths,
        contracts,
        zero_rates,
        zero_paths,
        zero_rates,
        zero_paths,
    )


def _terms(case: ProjectCase, n: int) -> ProjectTerms:
    first, taxes = case.first_operation_year, case.taxes
    reliefs = (0.0,) * taxes.holiday_years, (0.5,) * taxes.half_years, (1.0,)
    first = int(case.lead_years) + 1 if first is None else int(first)
    return ProjectTerms(
        spending_share=np.tile(np.array(case.spending_shares or (), float), (n, 1)),
        first_year=np.full(n, first),
        tax_rate=np.tile(taxes.rate * np.concatenate(reliefs), (n, 1)),
        credit_share=np.full(n, float(taxes.credit_share)),
        credit_basis_share=np.full(n, float(taxes.credit_basis_share)),
        written_off_share=np.tile(np.array(taxes.written_off_shares, float), (n, 1)),
        inflation=np.full(n, float(taxes.inflation)),
    )


def _divide(amount: float, divisor: float) -> float:
    return amount / divisor if divisor != 0.0 else float("nan")

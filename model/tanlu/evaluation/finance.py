"""The backtest of finance: green bonds, loans, lenders and rates of the first years against the statistics."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import ISSUER_KINDS
from tanlu.core.units import CNY_PER_BN_CNY, MONTHS_PER_YEAR, PERCENT_PER_SHARE, T_PER_MT
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.tables import BASELINE, Backtest, ComparisonRow, baseline, build_report, build_section
from tanlu.finance import register
from tanlu.finance.bond_prices import coupons, lowest_rating
from tanlu.finance.bonds import greenium
from tanlu.finance.register import Register
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.simulation.model import Inputs, RegionModel

STOCK_YEAR = 2022  # in which both provinces and the country have a figure of bonds outstanding
STOCK, RATE = "green_bonds_outstanding", "company_loan_rate"
FITTED = {"loan_risk_share": RATE, "bond_saving_at_half": STOCK}  # parameters by what each is fitted to
FIT_BOUND_PERCENT = 1.0  # between the pack and the fit, and between the stock and what it is fitted to
ISSUES_SHARE_BOUND_PERCENT = 60.0  # of the region's part of China's bonds: 3 to 11 % of what China issues
OTHER_STOCK_BOUND_PERCENT = 25.0
STOCK_BOUND_PERCENT, RAIL_BOUND_PERCENT, LOANS_BOUND_PERCENT = 20.0, 25.0, 20.0
RATE_BOUND_POINTS, COUPON_BOUND_POINTS = 0.15, 0.1
METRO: Mapping[str, object] = {"kind": "rail_transit", "investment_bn_cny_per_year": 10}
NOTES = (
    "Given: saving at half is fitted to the first figure of bonds outstanding, and the part of risk that loans ask for "
    "to the first loan rate. They agree by construction; all else is tested.",
    "Bonds of a province: of issuers that sit there; owner groups that invest in both issue elsewhere.",
    "Bonds issued in a province are of another scope than bonds outstanding, which they exceed; no bound.",
    "Green loans: needs of cities are the part of them that is infrastructure, a half; of the rest, most are owed "
    "by borrowers beyond the model.",
    "Coupons of notes of others: what the rating would pay, one step above AA and AA; no bonds of the model.",
    "Rail: what the trips of a network would spare on roads if they were as those on new lines of the model, and that "
    "less what power for trains emits, next to what issuers claim.",
)


class FinanceStatistic(NamedTuple):
    """A row of `finance_statistics.csv`."""

    province: str
    variable: str
    year: int
    month: int
    value: float


class Past(NamedTuple):
    """Lenders' books at the end of each year of a run."""

    region: Region
    books: Mapping[int, tuple[Register, Register]]  # of companies, and of other issuers
    public_loans_cny: Mapping[int, Floats]  # [I] nominal, of other issuers


def backtest_finance(name: str) -> Backtest:
    """Compare finance of the pack `name` with the statistics.

    The parameters of bonds are fitted again.

    Raises:
        RegionError: if there is no such pack.
        ScenarioError: if Tanlu's baseline is not there, or is wrong.
    """
    region = load_region(name)
    published = statistics(region)
    past = run_baseline(region, max([region.base_year, *(figure.year for figure in published)]))
    parts = (
        fit_rows(region, published),
        bond_rows(past, published),
        coupon_rows(past, published),
        loan_rows(past, published),
        rail_rows(region, published),
    )
    rows = tuple(row for part in parts for row in part)
    section = build_section("Backtest: finance", rows, past_facts(region).notes_of("finance", *NOTES))
    return Backtest(rows, build_report(f"{region.name}, finance", rows, (section,)))


def statistics(region: Region) -> tuple[FinanceStatistic, ...]:
    """List the statistics of finance of a pack."""
    table = region.tables["finance_statistics"]
    return tuple(
        FinanceStatistic(*row)
        for row in table[list(FinanceStatistic._fields)].itertuples(index=False, name=None)
    )


def run_baseline(region: Region, last_year: int) -> Past:
    """Run the baseline up to a year, and keep its books."""
    years = region.base_year, max(last_year, region.base_year)
    model = RegionModel(Inputs(with_settings(baseline(region), replications=1, years=years), region))
    books, loans = {}, {}
    while model.year < years[1]:
        model.step()
        books[model.year] = model.state.finance.all_books
        loans[model.year] = model.state.finance.public_loans_cny
    return Past(region, books, loans)


def issued_bn_cny(past: Past, province: str, year: int, kind: str | None = None) -> float:
    """Sum green bonds issued in a year and province, nominal bn CNY.

    By all issuers or those of a kind.
    """
    p = past.region.axes.provinces.index(province)
    total = 0.0
    for book, of_kind in zip(past.books[year], _of_kind(past, year, kind), strict=True):
        purpose = book.purpose
        rows = (purpose.kind == register.BOND) & (purpose.year == year) & (purpose.province == p) & of_kind
        total += float(book.terms.principal_cny[rows].sum())
    return total / CNY_PER_BN_CNY


def _of_kind(past: Past, year: int, kind: str | None) -> tuple[Booleans, Booleans]:
    """Select rows of either book by kind of issuer.

    Companies are of no kind.
    """
    companies, public = past.books[year]
    if kind is None:
        return np.ones(companies.balance_cny.size, dtype=bool), np.ones(public.balance_cny.size, dtype=bool)
    issuers = past.region.finance.issuers.kind[public.purpose.borrower]
    return np.zeros(companies.balance_cny.size, dtype=bool), issuers == ISSUER_KINDS.index(kind)


def outstanding_bn_cny(past: Past, province: str, year: int, month: int, bonds: bool) -> float:
    """Sum green bonds or loans outstanding, nominal bn CNY.

    Bonds are those of issuers that sit in the province. They change evenly within a year.
    """
    p, finance = past.region.axes.provinces.index(province), past.region.finance
    at_home = finance.owners.active_in.sum(axis=1) == 1.0  # others issue where they sit, elsewhere

    def at_end(end_year: int) -> float:
        if end_year not in past.books:
            return 0.0
        (companies, public), total = past.books[end_year], 0.0
        sits_here = at_home[companies.purpose.borrower], np.ones(public.balance_cny.size, dtype=bool)
        for book, is_counted in zip((companies, public), sits_here, strict=True):
            rows = book.terms.green & (book.purpose.province == p)
            rows = rows & ((book.purpose.kind == register.BOND) == bonds) & (is_counted | (not bonds))
            total += float(book.balance_cny[rows].sum())
        loans = past.public_loans_cny[end_year][finance.issuers.province == p].sum()
        return (total + (0.0 if bonds else float(loans))) / CNY_PER_BN_CNY

    return at_end(year - 1) + (at_end(year) - at_end(year - 1)) * month / MONTHS_PER_YEAR


# --- the fit ---------------------------------------------------------------------------------------------------


def fit_parameter(region: Region, name: str, published: tuple[FinanceStatistic, ...]) -> float | None:
    """Fit a parameter of `FITTED` to the first figure of its statistic.

    None without one. The secant method on the logarithm of the figure.
    """
    target = next((figure for figure in published if figure.variable == FITTED[name]), None)
    if target is None:
        return None

    def error(value: float) -> float:
        past = run_baseline(_with_parameters(region, {name: value}), target.year)
        return float(np.log(model_value(past, target) / target.value))

    in_pack = region.finance.parameters[name]
    points = [in_pack, in_pack * 1.05]
    errors = [error(point) for point in points]
    for _ in range(8):
        if abs(errors[-1]) < 1e-5:
            break
        slope = (errors[-1] - errors[-2]) / (points[-1] - points[-2])
        points.append(points[-1] - errors[-1] / slope)
        errors.append(error(points[-1]))
    return points[-1]


def model_value(past: Past, figure: FinanceStatistic) -> float:
    """Compute the model's value of a statistic that a parameter is fitted to."""
    if figure.variable == STOCK:
        return outstanding_bn_cny(past, figure.province, figure.year, figure.month, bonds=True)
    return company_loan_rate(past, figure.province, figure.year)


def _with_parameters(region: Region, parameters: Mapping[str, float]) -> Region:
    table = region.tables["finance"].copy()
    for name, value in parameters.items():
        table.loc[table["parameter"] == name, "value"] = value
    return dataclasses.replace(region, tables=dict(region.tables) | {"finance": table})


def fit_rows(region: Region, published: tuple[FinanceStatistic, ...]) -> Iterator[ComparisonRow]:
    """Yield fitted parameters next to those of the pack."""
    for name in FITTED:
        fit = fit_parameter(region, name, published)
        if fit is not None:
            in_pack, fitted = (PERCENT_PER_SHARE * value for value in (region.finance.parameters[name], fit))
            row = ComparisonRow(name, region.axes.region, "%", region.base_year, fitted, in_pack)
            yield row._replace(bound_percent=FIT_BOUND_PERCENT, is_given=True)


# --- the rows --------------------------------------------------------------------------------------------------


def bond_rows(past: Past, published: tuple[FinanceStatistic, ...]) -> Iterator[ComparisonRow]:
    """Yield bonds issued and outstanding, and issues of rail transit."""
    fitted_place = ""  # of the first stock, to which the pack is fitted
    for place, variable, year, month, value in published:
        row = ComparisonRow(variable.replace("_", " "), place, "bn CNY", year, 0.0, value, month=str(month))
        if variable == "green_bonds_issued" and place in past.region.axes.provinces:
            yield row._replace(model=issued_bn_cny(past, place, year))
        elif variable == "green_bonds_issued":
            issued = sum(issued_bn_cny(past, province, year) for province in past.region.axes.provinces)
            share = PERCENT_PER_SHARE * _share_of_stock(published, past.region)
            row = row._replace(
                quantity="share of China's green bonds issued", province=past.region.axes.region
            )
            row = row._replace(unit="%", model=PERCENT_PER_SHARE * issued / value, statistic=share)
            yield row._replace(bound_percent=ISSUES_SHARE_BOUND_PERCENT, statistic_year=STOCK_YEAR)
        elif variable == STOCK and place in past.region.axes.provinces:
            model = outstanding_bn_cny(past, place, year, month, bonds=True)
            is_fit, fitted_place = not fitted_place, fitted_place or place
            bound = STOCK_BOUND_PERCENT if place == fitted_place else OTHER_STOCK_BOUND_PERCENT
            yield row._replace(
                model=model, bound_percent=FIT_BOUND_PERCENT if is_fit else bound, is_given=is_fit
            )
        elif variable == "rail_bonds_issued_since_2021":
            model = sum(
                issued_bn_cny(past, place, issue_year, "rail_transit") for issue_year in range(2021, year + 1)
            )
            yield row._replace(model=model, bound_percent=RAIL_BOUND_PERCENT)


def _share_of_stock(published: tuple[FinanceStatistic, ...], region: Region) -> float:
    """Compute the region's share of China's bonds outstanding by the statistics of one year."""
    stocks = [figure for figure in published if figure.variable == STOCK]
    country = next(figure for figure in stocks if figure.province not in region.axes.provinces)
    at_home = {figure.province: figure.value for figure in stocks if figure.year == STOCK_YEAR}
    return sum(at_home[province] for province in region.axes.provinces) / country.value


def coupon_rows(past: Past, published: tuple[FinanceStatistic, ...]) -> Iterator[ComparisonRow]:
    """Yield coupons of rail's bonds, and of others' ratings."""
    region, (_, public) = past.region, past.books[max(past.books)]
    rating, spreads = lowest_rating(region), region.finance.rating_spreads
    step = {"bus_bond_coupon": rating + 1, "metro_bond_coupon": rating}
    for place, variable, year, month, value in published:
        row = ComparisonRow(
            variable.replace("_", " "), place, "%", year, 0.0, 100.0 * value, month=str(month)
        )
        if variable == "rail_bond_coupon":
            rail = _of_kind(past, max(past.books), "rail_transit")[1] & (public.purpose.year == year)
            rail &= public.purpose.province == region.axes.provinces.index(place)
            coupon_percent = 100.0 * float(public.terms.coupon[rail].mean())
            yield row._replace(model=coupon_percent, bound_percent=round(COUPON_BOUND_POINTS / value, 1))
        elif variable in step:
            label = greenium(past.books[year], region, year)
            risk = spreads[[step[variable]]]
            yield row._replace(model=100.0 * float(coupons(risk, label, region, year)[0]))


def loan_rows(past: Past, published: tuple[FinanceStatistic, ...]) -> Iterator[ComparisonRow]:
    """Yield green loans outstanding, and mean rates of company loans.

    Rates are of new loans.
    """
    is_fitted = False
    for place, variable, year, month, value in published:
        row = ComparisonRow(variable.replace("_", " "), place, "", year, 0.0, value, month=str(month))
        if variable == "green_loans_outstanding":
            model = outstanding_bn_cny(past, place, year, month, bonds=False)
            yield row._replace(unit="bn CNY", model=model, bound_percent=LOANS_BOUND_PERCENT)
        elif variable == RATE:
            rate = company_loan_rate(past, place, year)
            is_fitted, first = True, not is_fitted
            bound = FIT_BOUND_PERCENT if first else round(RATE_BOUND_POINTS / value, 1)
            row = row._replace(unit="%", model=100.0 * rate, statistic=100.0 * value)
            yield row._replace(bound_percent=bound, is_given=first)


def company_loan_rate(past: Past, province: str, year: int) -> float:
    """Compute the mean rate of new loans to companies, NaN without one."""
    purpose, terms, *_ = past.books[year][0]
    is_new = (purpose.kind == register.LOAN) & (purpose.year == year)
    is_new &= purpose.province == past.region.axes.provinces.index(province)
    principal = np.where(is_new, terms.principal_cny, 0.0)
    return float((terms.coupon * principal).sum() / principal.sum()) if is_new.any() else np.nan


def rail_rows(region: Region, published: tuple[FinanceStatistic, ...]) -> Iterator[ComparisonRow]:
    """Yield CO2 that rail trips spare, next to issuers' claims.

    All trips of a network would spare what trips on new lines do.
    """
    claims = [figure for figure in published if figure.variable == "rail_claimed_avoidance"]
    trips = {figure.province: figure.value for figure in published if figure.variable == "rail_trips"}
    if not claims:
        return
    first = region.base_year
    last = first + region.vehicles.rail.lead_time_years  # when the first lines open
    metro: dict[str, object] = {**METRO, "from_year": first}
    plan = {"extends": BASELINE, "name": "metro", "region": region.place, "policies": {"metro": metro}}
    model = RegionModel(Inputs(load({**plan, "years": f"{first}-{last}", "replications": 1}), region))
    while model.year < last:
        model.step()
    rail = model.records[-1].rail
    for claim in claims:
        p = region.axes.provinces.index(claim.province)
        mt = trips[claim.province] / float(rail.trips[p]) / T_PER_MT
        claimed = claim.value / T_PER_MT
        for basis, tonnes in (
            ("spared on roads", rail.spared_tco2),
            ("less that of power", rail.avoided_tco2),
        ):
            name = f"CO2 of rail claimed for bonds, {basis}"
            yield ComparisonRow(
                name, claim.province, "Mt", last, mt * float(tonnes[p]), claimed, statistic_year=claim.year
            )

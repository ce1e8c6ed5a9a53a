"""The money side of a region pack as arrays: owners, lenders, rates, carbon market."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import FIRST_DATA_YEAR, ISSUER_KINDS, Axes
from tanlu.core.taxes import TAX_CLASSES, TaxLaw
from tanlu.core.units import CNY_PER_BN_CNY, CNY_PER_MCNY
from tanlu.kernels.appraisal import TaxYears
from tanlu.region.power import BUILDABLE
from tanlu.region.tables import DATA_YEARS, LongTable, Tables, codes, numbers, texts, yearly

YEARLY = ("loan_prime_rate", "treasury_yield", "national_green_bonds_bn_cny")
OWNER_KINDS = ("central_soe", "local_soe", "private")
TAX_PARAMETERS = ("rate", "holiday_years", "half_years", "write_off_years")
EVERYWHERE = "both"  # the province_scope of an owner who invests in all provinces
BENCHMARK_CLASSES = (
    "coal_large",
    "coal_small",
    "coal_unconventional",
    "gas",
    "byproduct_gas",
    "heat",
    "steel",
    "cement",
    "aluminium",
)
COAL_BENCHMARK = BENCHMARK_CLASSES.index("coal_large")
POWER_CLASSES = ("coal_large", "coal_small", "coal_unconventional", "gas", "byproduct_gas")


class Owners(NamedTuple):
    """Owner groups, one row each; axis W."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    kind: tuple[str, ...]
    debt_to_assets: Floats
    cost_of_equity: Floats
    hurdle_premium: Floats
    policy_belief: Floats
    outlook_share: Floats  # how far it goes by official outlooks of load, not by the trend
    initial_cash_cny: Floats
    many_owners: Booleans  # it stands for several, each of which fails alone
    active_in: Floats  # [W, P] 1 where the group invests
    licensed: Booleans  # [W, K] what it may build
    built_mw: Floats  # [W, P, K] what it put into operation in the observed years
    of_the_rest: Integers  # [P] owner of what no facility stands for: the province's last one of its own

    def rate_without_loans(self, inflation: float) -> Floats:
        """Compute the real rate asked of projects without loans [W]."""
        return self.cost_of_equity - inflation + self.hurdle_premium


class LenderTable(NamedTuple):
    """Lenders, one row each; axis L."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    kind: tuple[str, ...]
    capital_cny: Floats  # own funds behind loans in the region
    share: Floats  # of all loans in the base year, by capital; 0 for who buys bonds only
    bond_share: Floats  # of bonds, by capital; 0 for who lends
    spread: Floats  # listed, over the loan prime rate
    province: Integers  # in which alone it lends; -1: everywhere
    minimum_interest_coverage: Floats
    maximum_debt_to_assets: Floats
    home_share: Floats  # as `share`, but that of all local banks for each of them, who lends at home alone
    relends: Booleans  # the central bank's money: banks that lend everywhere


class BondIssuers(NamedTuple):
    """Issuers of green bonds other than companies; axis I."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    kind: Integers  # position in `ISSUER_KINDS`
    province: Integers
    rating_spread: Floats  # fraction per year
    claimed_tco2_per_cny: Floats  # a year, that it says new green debt avoids; 0 where it says nothing
    bond_years: Integers  # until a bond falls due
    is_government: Booleans  # which by law borrows by bonds alone, and whose interest is free of tax
    revenue_cny: Floats  # a year, in the base year
    debt_limit_factor: (
        Floats  # times revenue is the most that green debt comes to; inf for who has no limit of its own
    )
    opening_debt_cny: Floats  # green debt before the base year
    need_cny: Floats  # [year, I] new green debt, loans and bonds, money of the base year
    last_need_year: Integers  # to which statistics or plans list it; later it follows the province's product


class CarbonMarketRules(NamedTuple):
    """What the national market allows holders of allowances."""

    carry_over_base_tco2: Floats  # [year, 2] of a company with power units, and of one with facilities
    carry_over_factor: Floats  # [year] more per tonne of net sales
    # [year, BENCHMARK_CLASSES] most that the allocation of a power unit falls short of its emissions; 1 elsewhere
    shortfall_cap_share: Floats


class FinanceData(NamedTuple):
    """Everything the money side of the model reads."""

    owners: Owners
    lenders: LenderTable
    issuers: BondIssuers
    loan_prime_rate: Floats  # [year] real is nominal less inflation: see docs/model/finance.md
    treasury_yield: Floats  # [year] nominal, ten years
    national_green_bonds_cny: Floats  # [year] labelled bonds issued in the country, money of the base year
    parameters: dict[str, float]
    rating_steps: Floats  # [Z] rising interest coverage
    rating_spreads: Floats  # [Z + 1] fraction per year, worst rating first
    benchmark: Floats  # [year, BENCHMARK_CLASSES] t CO2 per MWh or per t
    carbon_market: CarbonMarketRules
    taxes: TaxLaw

    @property
    def loan_rating_spreads(self) -> Floats:
        """Compute the part of buyers' spreads for a rating that banks ask of loans [Z + 1]."""
        return self.rating_spreads * self.parameters["loan_risk_share"]

    @property
    def loan_leverage_slope(self) -> float:
        """Compute by how much banks ask more for a unit of debt over assets."""
        return self.parameters["leverage_slope"] * self.parameters["loan_risk_share"]


def read_finance(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> FinanceData:
    """Assemble owners, lenders, rates and the carbon market of a pack.

    Raises:
        ValueError: if a table names something unknown or lacks a required row, or a better rating pays more.
    """
    finance = tables["finance"]
    constant = finance[~finance["parameter"].isin(YEARLY)]
    market = tables["carbon_market"]
    parameters = dict(zip(constant["parameter"], constant["value"].astype(float), strict=True))
    rating_steps, rating_spreads_bp = _ratings(tables["rating_spreads"])
    prime, treasury, issues = (yearly(finance[finance["parameter"] == name]) for name in YEARLY)
    return FinanceData(
        owners=_owners(tables["owners"], _built_mw(tables, settings, axes.provinces), axes.provinces),
        lenders=_lenders(tables["lenders"], axes.provinces),
        issuers=_issuers(tables["bond_issuers"], tables["green_needs"], axes.provinces),
        loan_prime_rate=prime,
        treasury_yield=treasury,
        national_green_bonds_cny=issues * CNY_PER_BN_CNY,
        parameters=parameters,
        rating_steps=rating_steps,
        rating_spreads=rating_spreads_bp / 1e4,
        benchmark=np.stack([_benchmark(market, c) for c in BENCHMARK_CLASSES], axis=1),
        carbon_market=_carbon_market(market),
        taxes=_taxes(LongTable("taxes.csv", tables["taxes"], ("tax_class",)), parameters["inflation"]),
    )


def _ratings(table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Read steps of rating [Z], and spreads in basis points [Z + 1]; without a table all ratings pay nothing more.

    Raises:
        ValueError: if steps do not rise, or a spread is above that of a worse rating.
    """
    if table.empty:
        return np.zeros(0), np.zeros(1)
    steps, spreads_bp = numbers(table, "interest_coverage_from")[1:], numbers(table, "spread_bp")
    if (np.diff(steps) <= 0.0).any():
        raise ValueError("rating_spreads: interest_coverage_from must rise from row to row")
    if (np.diff(spreads_bp) > 0.0).any():
        row = table.iloc[int(np.argmax(np.diff(spreads_bp) > 0.0)) + 1]
        raise ValueError(
            f"rating_spreads: the spread from {row['interest_coverage_from']} on is above that of a worse rating"
        )
    return steps, spreads_bp


def _taxes(table: LongTable, inflation: float) -> TaxLaw:
    """Read the law by class; a class without a row is as all others are."""
    classes = (*TAX_CLASSES, "")

    def names_of(parameter: str) -> list[str]:
        return [name if table.find(parameter, name) is not None else "" for name in classes]

    def read_years(parameter: str) -> Integers:
        return np.rint([table.single(parameter, name) for name in names_of(parameter)]).astype(np.int64)

    rate = np.array([table.interpolate("rate", DATA_YEARS, name) for name in names_of("rate")])
    _, *spans = TAX_PARAMETERS
    holiday, half, write_off = map(read_years, spans)
    write_off = np.maximum(write_off, 1)  # what is written off at once is so in its first year
    changes = np.flatnonzero((rate != rate[:, -1:]).any(axis=0))
    last_change = int(changes.max(initial=-1)) + 1  # the first position at which all rates are the last
    changing_years = max(last_change, int((holiday + half).max())) + 1
    years = TaxYears(rate, FIRST_DATA_YEAR, holiday, half, write_off, changing_years)
    return TaxLaw(years, inflation)


def licences(table: pd.DataFrame) -> list[list[str]]:
    """Read the licensed technologies of each row of `owners.csv`."""
    return [
        [name.strip() for name in text.split(";") if name.strip()]
        for text in texts(table, "licensed_technologies")
    ]


def _built_mw(tables: Tables, settings: Mapping[str, Any], provinces: Sequence[str]) -> Floats:
    """Sum the MW that owners built in observed years [W, P, K]."""
    units, owners = tables["power_units"], texts(tables["owners"], "owner_id")
    year = numbers(units, "commissioned_year")
    observed = (year >= settings["first_observed_year"]) & (year <= settings["last_observed_year"])
    rows = units[observed & units["fuel"].isin(BUILDABLE)]
    built_mw = np.zeros((len(owners), len(provinces), len(BUILDABLE)))
    positions = (
        codes(rows["owner_id"], owners),
        codes(rows["province"], provinces),
        codes(rows["fuel"], BUILDABLE),
    )
    np.add.at(built_mw, positions, numbers(rows, "capacity_mw"))
    return built_mw


def _owners(table: pd.DataFrame, built_mw: Floats, provinces: Sequence[str]) -> Owners:
    scope, may_build = texts(table, "province_scope"), licences(table)
    return Owners(
        ids=texts(table, "owner_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        kind=texts(table, "kind"),
        debt_to_assets=numbers(table, "debt_to_assets"),
        cost_of_equity=numbers(table, "cost_of_equity"),
        hurdle_premium=numbers(table, "hurdle_premium"),
        policy_belief=numbers(table, "policy_belief"),
        outlook_share=numbers(table, "outlook_share"),
        initial_cash_cny=numbers(table, "initial_cash_bn_cny") * CNY_PER_BN_CNY,
        many_owners=numbers(table, "many_owners") != 0.0,
        active_in=np.array([[float(s in (EVERYWHERE, p)) for p in provinces] for s in scope]),
        licensed=np.array([[name in technologies for name in BUILDABLE] for technologies in may_build]),
        built_mw=built_mw,
        of_the_rest=np.array([max(w for w, s in enumerate(scope) if s == p) for p in provinces]),
    )


def _lenders(table: pd.DataFrame, provinces: Sequence[str]) -> LenderTable:
    capital, scope = numbers(table, "capital_bn_cny") * CNY_PER_BN_CNY, texts(table, "province_scope")
    is_buyer = numbers(table, "bonds_only") != 0.0
    loan_capital, bond_capital = capital * ~is_buyer, capital * is_buyer
    share = loan_capital / loan_capital.sum()
    province = np.array([-1 if s == EVERYWHERE else provinces.index(s) for s in scope], np.int64)
    home_share, local = share.copy(), province >= 0
    at_home = sum_by_group(province[local], share[local])
    home_share[local] *= share[local].sum() / at_home[province[local]]
    return LenderTable(
        ids=texts(table, "lender_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        kind=texts(table, "kind"),
        capital_cny=capital,
        share=share,
        bond_share=bond_capital / max(bond_capital.sum(), 1.0),
        spread=numbers(table, "spread_bp") / 1e4,
        province=province,
        minimum_interest_coverage=numbers(table, "minimum_interest_coverage"),
        maximum_debt_to_assets=numbers(table, "maximum_debt_to_assets"),
        home_share=home_share,
        relends=(province < 0) & (share > 0.0),
    )


def _issuers(table: pd.DataFrame, needs: pd.DataFrame, provinces: Sequence[str]) -> BondIssuers:
    ids = texts(table, "issuer_id")
    rows_of_issuers = [needs[needs["issuer_id"] == issuer] for issuer in ids]
    need = [yearly(rows, "green_need_bn_cny") for rows in rows_of_issuers]
    last_year = [int(numbers(rows, "year").max()) for rows in rows_of_issuers]
    kind = codes(table["kind"], ISSUER_KINDS)
    return BondIssuers(
        ids=ids,
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        kind=kind,
        province=codes(table["province"], provinces),
        rating_spread=numbers(table, "rating_spread_bp") / 1e4,
        claimed_tco2_per_cny=numbers(table, "claimed_tco2_per_mcny_year") / CNY_PER_MCNY,
        bond_years=np.rint(numbers(table, "bond_years")).astype(np.int64),
        is_government=kind == ISSUER_KINDS.index("local_government"),
        revenue_cny=numbers(table, "revenue_bn_cny") * CNY_PER_BN_CNY,
        debt_limit_factor=numbers(table, "debt_limit_factor", np.inf),
        opening_debt_cny=numbers(table, "opening_debt_bn_cny") * CNY_PER_BN_CNY,
        need_cny=np.reshape(need, (len(ids), DATA_YEARS.size)).T * CNY_PER_BN_CNY,
        last_need_year=np.array(last_year, np.int64),
    )


def _benchmark(market: pd.DataFrame, benchmark_class: str) -> Floats:
    rows = market[(market["variable"] == "benchmark") & (market["class"] == benchmark_class)]
    return yearly(rows) if not rows.empty else np.zeros(DATA_YEARS.size)


def _carbon_market(market: pd.DataFrame) -> CarbonMarketRules:
    def read_path(variable: str, group: str) -> Floats:
        return yearly(market[(market["variable"] == variable) & (market["class"] == group)])

    cap, gas = (
        read_path("shortfall_cap_share", "electricity"),
        read_path("gas_surrender_above_allocation", "gas"),
    )
    unbounded = np.ones(DATA_YEARS.size)
    shortfall = [
        gas if name == "gas" else cap if name in POWER_CLASSES else unbounded for name in BENCHMARK_CLASSES
    ]
    bases = [
        read_path("banking_base_allowance", group) for group in ("electricity", "steel_cement_aluminium")
    ]
    return CarbonMarketRules(
        carry_over_base_tco2=np.stack(bases, axis=1),
        carry_over_factor=read_path("banking_net_sales_factor", "electricity"),
        shortfall_cap_share=np.stack(shortfall, axis=1),
    )

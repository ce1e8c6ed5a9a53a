"""The money side of a region pack as arrays: owners, lenders, rates, carbon market, CO2 stores and products."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from model.signals import PROVINCES, Floats, Integers
from model.tables import DATA_YEARS, Tables, codes, numbers, texts, yearly

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
    initial_cash_cny: Floats
    active_in: Floats  # [W, P] 1 where the group invests


class LenderTable(NamedTuple):
    """Lenders, one row each; axis L."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    kind: tuple[str, ...]
    spread: Floats  # over the loan prime rate, fraction per year
    minimum_interest_coverage: Floats
    maximum_debt_to_assets: Floats
    capital_cny: Floats
    green_only: Floats
    greenium: Floats  # fraction per year


class CO2Stores(NamedTuple):
    """Storage sites in order of cost; axis J."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    province: Integers
    capacity_tco2: Floats
    injection_limit_tco2_per_year: Floats
    cost_cny_per_tco2: Floats


class CO2Products(NamedTuple):
    """Markets that buy CO2; axis B."""

    names: tuple[str, ...]
    price_cny_per_tco2: Floats
    maximum_tco2_per_year: Floats
    permanent_share: Floats


class FinanceData(NamedTuple):
    """Everything the money side of the model reads."""

    owners: Owners
    lenders: LenderTable
    loan_prime_rate: Floats  # [year] real is nominal less inflation: see MODEL.md
    parameters: dict[str, float]
    rating_steps: Floats  # [Z] rising interest coverage
    rating_spreads: Floats  # [Z + 1] fraction per year, worst rating first
    benchmark: Floats  # [year, BENCHMARK_CLASSES] t CO2 per MWh or per t
    reference_price_cny_per_tco2: Floats  # [year] national market
    stores: CO2Stores
    products: CO2Products
    transport: dict[str, float]


def read_finance(tables: Tables) -> FinanceData:
    """Assemble owners, lenders, rates, the carbon market and CO2 sinks of a pack.

    Raises:
        ValueError: if a table names something unknown or lacks a required row.
    """
    finance = tables["finance"]
    constant = finance[finance["parameter"] != "loan_prime_rate"]
    market = tables["carbon_market"]
    return FinanceData(
        owners=_owners(tables["owners"]),
        lenders=_lenders(tables["lenders"]),
        loan_prime_rate=yearly(finance[finance["parameter"] == "loan_prime_rate"]),
        parameters=dict(zip(constant["parameter"], constant["value"].astype(float), strict=True)),
        rating_steps=numbers(tables["rating_spreads"], "interest_coverage_from")[1:],
        rating_spreads=numbers(tables["rating_spreads"], "spread_bp") / 1e4,
        benchmark=np.stack([_benchmark(market, c) for c in BENCHMARK_CLASSES], axis=1),
        reference_price_cny_per_tco2=yearly(market[market["variable"] == "reference_price"]),
        stores=_stores(tables["storage_sites"]),
        products=_products(tables["co2_products"]),
        transport=dict(
            zip(tables["co2_transport"]["parameter"], tables["co2_transport"]["value"], strict=True)
        ),
    )


def _owners(table: pd.DataFrame) -> Owners:
    scope = texts(table, "province_scope")
    return Owners(
        ids=texts(table, "owner_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        kind=texts(table, "kind"),
        debt_to_assets=numbers(table, "debt_to_assets"),
        cost_of_equity=numbers(table, "cost_of_equity"),
        hurdle_premium=numbers(table, "hurdle_premium"),
        policy_belief=numbers(table, "policy_belief"),
        initial_cash_cny=numbers(table, "initial_cash_bn_cny") * 1e9,
        active_in=np.array([[float(s in ("both", p)) for p in PROVINCES] for s in scope]),
    )


def _lenders(table: pd.DataFrame) -> LenderTable:
    return LenderTable(
        ids=texts(table, "lender_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        kind=texts(table, "kind"),
        spread=numbers(table, "spread_bp") / 1e4,
        minimum_interest_coverage=numbers(table, "minimum_interest_coverage"),
        maximum_debt_to_assets=numbers(table, "maximum_debt_to_assets"),
        capital_cny=numbers(table, "capital_bn_cny") * 1e9,
        green_only=numbers(table, "green_only"),
        greenium=numbers(table, "greenium_bp") / 1e4,
    )


def _benchmark(market: pd.DataFrame, benchmark_class: str) -> Floats:
    rows = market[(market["variable"] == "benchmark") & (market["class"] == benchmark_class)]
    return yearly(rows) if not rows.empty else np.zeros(DATA_YEARS.size)


def _stores(table: pd.DataFrame) -> CO2Stores:
    table = table.sort_values(["cost_cny_per_tco2", "site_id"])
    return CO2Stores(
        ids=texts(table, "site_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        province=codes(table["province"], PROVINCES),
        capacity_tco2=numbers(table, "capacity_mtco2") * 1e6,
        injection_limit_tco2_per_year=numbers(table, "injection_limit_mtco2_per_year") * 1e6,
        cost_cny_per_tco2=numbers(table, "cost_cny_per_tco2"),
    )


def _products(table: pd.DataFrame) -> CO2Products:
    table = table.sort_values(["price_cny_per_tco2", "product"], ascending=[False, True])
    return CO2Products(
        names=texts(table, "product"),
        price_cny_per_tco2=numbers(table, "price_cny_per_tco2"),
        maximum_tco2_per_year=numbers(table, "maximum_mtco2_per_year") * 1e6,
        permanent_share=numbers(table, "permanent_share"),
    )

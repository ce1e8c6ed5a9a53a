"""The CO2 side of a region pack as arrays: stores, products that take CO2, and transport."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from model.finance import power
from model.signals import PROVINCES, Floats, Integers
from model.tables import Tables, codes, numbers, texts

T_PER_KT = 1e3
PRICE_STEPS = 450  # of the demand curve: about one CNY each


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
    """Markets that buy CO2; axis B. Quantities are what newcomers sell beside those who supply the market today."""

    names: tuple[str, ...]
    labels_en: tuple[str, ...]
    labels_zh: tuple[str, ...]
    price_cny_per_tco2: Floats  # before newcomers sell
    market_tco2_per_year: Floats  # what the market takes today
    demand_elasticity: Floats
    maximum_tco2_per_year: Floats  # most that newcomers can sell
    permanent_share: Floats  # of what is sold, kept from the air for good


class DemandCurve(NamedTuple):
    """What all products together buy at falling prices; axis M prices."""

    price_cny_per_tco2: Floats  # falling
    sold_tco2: Floats  # rising
    kept_share: Floats  # of what is sold, kept from the air for good


class CO2Data(NamedTuple):
    """Everything that says where captured CO2 can go."""

    stores: CO2Stores
    products: CO2Products
    demand: DemandCurve
    transport: dict[str, float]


def read_co2(tables: Tables) -> CO2Data:
    """Assemble stores, products and transport of a pack.

    Raises:
        ValueError: if a table names something unknown or lacks a required row.
    """
    transport, products = tables["co2_transport"], _products(tables["co2_products"])
    return CO2Data(
        stores=_stores(tables["storage_sites"]),
        products=products,
        demand=demand_curve(products),
        transport=dict(zip(transport["parameter"], transport["value"].astype(float), strict=True)),
    )


def product_price(products: CO2Products, sold_tco2: Floats) -> Floats:
    """Return the price of each product when newcomers sell `sold_tco2` a year to it, CNY/t CO2 [..., B].

    p = p0 (1 + Q / Q0)^(-1 / elasticity), Q0 what the market takes today (constant elasticity of demand).
    """
    relative = 1.0 + sold_tco2 / products.market_tco2_per_year
    return products.price_cny_per_tco2 * power(relative, -1.0 / products.demand_elasticity)


def demand_curve(products: CO2Products) -> DemandCurve:
    """Return what products buy together at every price from the highest down to nothing."""
    price = np.linspace(products.price_cny_per_tco2.max(), 0.0, PRICE_STEPS + 1)
    asked = np.maximum(price, 1e-6)[:, None]
    relative = power(products.price_cny_per_tco2 / asked, products.demand_elasticity)
    bought = products.market_tco2_per_year * np.maximum(relative - 1.0, 0.0)
    bought = np.minimum(bought, products.maximum_tco2_per_year)
    sold = bought.sum(axis=1)
    kept = np.divide(bought @ products.permanent_share, sold, out=np.zeros_like(sold), where=sold > 0.0)
    return DemandCurve(price, sold, kept)


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
    market = numbers(table, "market_kt_per_year") * T_PER_KT * numbers(table, "co2_use_tco2_per_t")
    return CO2Products(
        names=texts(table, "product"),
        labels_en=texts(table, "label_en"),
        labels_zh=texts(table, "label_zh"),
        price_cny_per_tco2=numbers(table, "price_cny_per_tco2"),
        market_tco2_per_year=market,
        demand_elasticity=numbers(table, "demand_elasticity"),
        maximum_tco2_per_year=market * numbers(table, "maximum_share_of_market"),
        permanent_share=numbers(table, "permanent_share"),
    )

"""The CO2 side of a region pack as arrays: stores, products that take CO2, hubs and transport."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import Axes
from tanlu.core.economics import capital_recovery_factor, power
from tanlu.core.signals import DemandCurve
from tanlu.core.units import DAYS_PER_YEAR, T_PER_KT, T_PER_MT
from tanlu.kernels.co2.market import EmitterSites, Way
from tanlu.region.co2_corridors import CO2Corridors, gabriel_graph, least_cost
from tanlu.region.tables import Tables, codes, numbers, texts

EARTH_RADIUS_KM = 6371.0
NOWHERE_KM = np.pi * EARTH_RADIUS_KM  # to the nearest of none: no place is farther
PRICE_STEPS = 450  # of the demand curve: about one CNY each


class CO2Stores(NamedTuple):
    """Storage sites in order of cost; axis J."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    province: Integers
    latitude_deg: Floats
    longitude_deg: Floats
    capacity_tco2: Floats
    injection_limit_tco2_per_year: Floats
    cost_cny_per_tco2: Floats  # with what is set aside for monitoring and liability after closure


class CO2Products(NamedTuple):
    """Markets that buy CO2; axis B.

    Quantities are what newcomers sell on top of those who supply the market today.
    """

    names: tuple[str, ...]
    labels_en: tuple[str, ...]
    labels_zh: tuple[str, ...]
    price_cny_per_tco2: Floats  # before newcomers sell
    market_tco2_per_year: Floats  # what the market takes today
    demand_elasticity: Floats
    maximum_tco2_per_year: Floats  # most that newcomers can sell
    permanent_share: Floats  # of what is sold, kept from the air for good
    bindable_tco2_per_t: Floats  # [B, R] by the material that a tonne of each process's output brings
    bindable_elsewhere_tco2_per_year: Floats  # by material of no process; inf: no material is needed


class ProductDemand(NamedTuple):
    """What each product would buy at falling prices, had it material for all; axes M prices, B."""

    price_cny_per_tco2: Floats  # [M] falling
    purchases_tco2: Floats  # [M, B] rising


class CO2Hubs(NamedTuple):
    """Places where the lines of a cluster of emitters would meet; axis H."""

    ids: tuple[str, ...]
    names_en: tuple[str, ...]
    names_zh: tuple[str, ...]
    province: Integers
    latitude_deg: Floats
    longitude_deg: Floats


class CO2Data(NamedTuple):
    """Everything that says where captured CO2 can go."""

    stores: CO2Stores
    products: CO2Products
    demand: ProductDemand
    hubs: CO2Hubs
    corridors: CO2Corridors
    transport: dict[str, float]
    way: Way


def read_co2(tables: Tables, axes: Axes) -> CO2Data:
    """Assemble stores, products and transport of a pack.

    Raises:
        ValueError: if a table names something unknown or lacks a required row.
    """
    table = tables["co2_transport"]
    products = _products(tables["co2_products"], texts(tables["processes"], "process"))
    transport = dict(zip(table["parameter"], table["value"].astype(float), strict=True))
    stores = _stores(tables["storage_sites"], axes.provinces, transport["storage_liability_cny_per_tco2"])
    hubs = _hubs(tables["co2_hubs"], axes.provinces)
    return CO2Data(
        stores=stores,
        products=products,
        demand=product_demand(products),
        hubs=hubs,
        corridors=_corridors(hubs, stores, transport),
        transport=transport,
        way=_way(transport),
    )


def find_sites(co2: CO2Data, latitude_deg: Floats, longitude_deg: Floats) -> EmitterSites:
    """Find the nearest hub and store of emitters [n]; in a pack without any it is the first, farther than any place."""
    place, hubs, stores = (latitude_deg, longitude_deg), co2.hubs, co2.stores
    route = co2.transport["pipeline_route_factor"]
    to_hub, to_store = (
        route * _distance_km(place, (places.latitude_deg, places.longitude_deg))
        if places.ids
        else np.full((latitude_deg.size, 1), route * NOWHERE_KM)
        for places in (hubs, stores)
    )
    return EmitterSites(
        to_hub.argmin(axis=1), to_hub.min(axis=1), to_store.argmin(axis=1), to_store.min(axis=1)
    )


def pipeline_scale(transport: dict[str, float], length_km: Floats) -> Floats:
    """Compute investment of lines for 1 t/day by length, CNY.

    It grows with flow ** 0.35.
    I = k m^0.35 L^1.13 F, m in t/day, L in km, F the terrain factor. Source: McCollum and Ogden 2006.
    """
    factor = transport["pipeline_capex_coefficient_cny"] * transport["pipeline_terrain_factor"]
    return factor * power(length_km, transport["pipeline_length_exponent"])


def line_charge(transport: dict[str, float], guarantee_share: Floats | float = 0.0) -> Floats:
    """Compute the yearly cost of a line per CNY invested.

    Capital at the hub's return, operation and upkeep.
    The return a hub asks falls with the share of its losses that somebody else carries.
    """
    risk = transport["hub_volume_risk_share_per_year"] * (1.0 - np.asarray(guarantee_share))
    years = int(transport["hub_cost_recovery_years"])
    recovery = capital_recovery_factor(transport["hub_return_share_per_year"] + risk, years)
    return recovery + transport["pipeline_om_share_per_year"]


def tariff_curve(
    co2: CO2Data,
    hub: int,
    flow_tco2: Floats,
    *,
    agreed_tco2: float = 0.0,
    line_cost_cny: float = 0.0,
    storage_cost_cny_per_tco2: float = 0.0,
) -> Floats:
    """Compute the tariff of a hub alone at committed flows, CNY/t [n].

    It covers transport and storage.
    The lines there are cost what they cost; beyond their capacity another is added, to the store that makes the tariff
    least, room in the stores left aside. As hubs post it in an open season where flow and booking are the same and no
    other hub shares the line.

    Args:
        co2: the pack's hubs, stores and transport.
        hub: row of the hub.
        flow_tco2: a year, above zero [n].
        agreed_tco2: capacity of the lines there are, t a year.
        line_cost_cny: what they cost a year.
        storage_cost_cny_per_tco2: in the stores they lead to.
    """
    flow = flow_tco2[:, None]
    further_tco2 = np.maximum(flow - agreed_tco2, 0.0)
    size = power(np.maximum(further_tco2, 1e-9) / DAYS_PER_YEAR, co2.transport["pipeline_flow_exponent"])
    added_line_cny = line_charge(co2.transport) * co2.corridors.alone_cny[hub] * size
    storage_cost = (storage_cost_cny_per_tco2 * agreed_tco2 + co2.stores.cost_cny_per_tco2 * further_tco2) / (
        agreed_tco2 + further_tco2
    )
    lowest_tariff = ((line_cost_cny + added_line_cny) / flow + storage_cost).min(axis=1)
    existing_tariff = line_cost_cny / flow_tco2 + storage_cost_cny_per_tco2
    return np.where(flow_tco2 > agreed_tco2, lowest_tariff, existing_tariff)


def _distance_km(a: tuple[Floats, Floats], b: tuple[Floats, Floats]) -> Floats:
    """Compute great-circle distances [n, m] in whole km.

    Rounded, so that they do not depend on a processor's last bits.
    """
    (lat, lon), (to_lat, to_lon) = (
        (np.radians(np.asarray(x)) for x in a),
        (np.radians(np.asarray(x)) for x in b),
    )
    half = np.sin((lat[:, None] - to_lat) / 2.0) ** 2
    half = half + np.cos(lat)[:, None] * np.cos(to_lat) * np.sin((lon[:, None] - to_lon) / 2.0) ** 2
    return np.asarray(np.round(2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))))


def product_price(products: CO2Products, sold_tco2: Floats) -> Floats:
    """Compute product prices for sales of newcomers, CNY/t CO2 [..., B].

    p = p0 (1 + Q / Q0)^(-1 / elasticity), Q0 what the market takes today (constant elasticity of demand).
    """
    relative = 1.0 + sold_tco2 / products.market_tco2_per_year
    return products.price_cny_per_tco2 * power(relative, -1.0 / products.demand_elasticity)


def purchase_limit(products: CO2Products, output_t: Floats) -> Floats:
    """Compute the most that products can buy in a year, t CO2 [B].

    It is the least of what their market takes and what their material binds.

    Args:
        products: the pack's.
        output_t: of each process [R], which brings slag, blocks, soda or urea along.
    """
    bindable_tco2 = (products.bindable_tco2_per_t * output_t).sum(axis=1)
    return np.minimum(
        products.maximum_tco2_per_year, bindable_tco2 + products.bindable_elsewhere_tco2_per_year
    )


def product_demand(products: CO2Products) -> ProductDemand:
    """Compute the demand of each product from the highest price to zero."""
    price = np.linspace(products.price_cny_per_tco2.max(initial=0.0), 0.0, PRICE_STEPS + 1)
    positive_price = np.maximum(price, 1e-6)[:, None]
    relative = power(products.price_cny_per_tco2 / positive_price, products.demand_elasticity)
    purchases_tco2 = products.market_tco2_per_year * np.maximum(relative - 1.0, 0.0)
    return ProductDemand(price, np.minimum(purchases_tco2, products.maximum_tco2_per_year))


def demand_curve(co2: CO2Data, limit_tco2: Floats) -> DemandCurve:
    """Compute joint demand of products of which each buys at most its limit [B]."""
    products, demand = co2.products, co2.demand
    purchases_tco2 = np.minimum(demand.purchases_tco2, limit_tco2)
    sales_tco2 = purchases_tco2.sum(axis=1)
    bound_tco2 = (purchases_tco2 * products.permanent_share).sum(axis=1)
    bound_share = np.divide(bound_tco2, sales_tco2, out=np.zeros_like(sales_tco2), where=sales_tco2 > 0.0)
    return DemandCurve(demand.price_cny_per_tco2, sales_tco2, bound_share)


def _way(transport: dict[str, float]) -> Way:
    return Way(
        line_cny=float(pipeline_scale(transport, np.ones(1))[0] * line_charge(transport)),
        length_exponent=transport["pipeline_length_exponent"],
        flow_exponent=transport["pipeline_flow_exponent"],
        truck_cny_per_t_km=transport["truck_cost_cny_per_t_km"],
        truck_limit_tco2=transport["truck_limit_mtco2_per_year"] * T_PER_MT,
    )


def _stores(table: pd.DataFrame, provinces: Sequence[str], liability_cny_per_tco2: float) -> CO2Stores:
    table = table.sort_values(["cost_cny_per_tco2", "site_id"])
    return CO2Stores(
        ids=texts(table, "site_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        province=codes(table["province"], provinces),
        latitude_deg=numbers(table, "latitude_deg"),
        longitude_deg=numbers(table, "longitude_deg"),
        capacity_tco2=numbers(table, "capacity_mtco2") * T_PER_MT,
        injection_limit_tco2_per_year=numbers(table, "injection_limit_mtco2_per_year") * T_PER_MT,
        cost_cny_per_tco2=numbers(table, "cost_cny_per_tco2") + liability_cny_per_tco2,
    )


def _hubs(table: pd.DataFrame, provinces: Sequence[str]) -> CO2Hubs:
    return CO2Hubs(
        ids=texts(table, "hub_id"),
        names_en=texts(table, "name_en"),
        names_zh=texts(table, "name_zh"),
        province=codes(table["province"], provinces),
        latitude_deg=numbers(table, "latitude_deg"),
        longitude_deg=numbers(table, "longitude_deg"),
    )


def _corridors(hubs: CO2Hubs, stores: CO2Stores, transport: dict[str, float]) -> CO2Corridors:
    place = (
        np.concatenate([hubs.latitude_deg, stores.latitude_deg]),
        np.concatenate([hubs.longitude_deg, stores.longitude_deg]),
    )
    straight, h = _distance_km(place, place), len(hubs.ids)
    ends = gabriel_graph(straight) if hubs.ids else np.zeros((0, 2), np.int64)
    length = transport["pipeline_route_factor"] * straight[tuple(ends.T)]
    scale = pipeline_scale(transport, length)
    alone = least_cost(ends, scale, len(straight))[:h, h:]
    return CO2Corridors(ends, length, scale, transport["pipeline_flow_exponent"], alone)


def _products(table: pd.DataFrame, processes: Sequence[str]) -> CO2Products:
    # A change of the pack may raise what a tonne of product takes, but never above what chemistry allows.
    bound_tco2_per_t = np.minimum(
        numbers(table, "co2_use_tco2_per_t"), numbers(table, "stoichiometric_tco2_per_t", np.inf)
    )
    origins = [cell.split(";") for cell in texts(table, "material_from")]
    brings = np.array([[process in names for process in processes] for names in origins], dtype=bool)
    brings = brings.reshape(len(table), len(processes))
    elsewhere_t = numbers(table, "material_kt_per_year", np.inf) * T_PER_KT
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
        bindable_tco2_per_t=brings * (bound_tco2_per_t * numbers(table, "material_t_per_t", 0.0))[:, None],
        bindable_elsewhere_tco2_per_year=np.where(
            brings.any(axis=1) & np.isinf(elsewhere_t), 0.0, bound_tco2_per_t * elsewhere_t
        ),
    )

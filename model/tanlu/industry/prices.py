"""Goods: what industrial products sell for, given what their makers pay for fuel, and what scrap costs."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.economics import power
from tanlu.region.industry import Products, Scrap

ALL_SECTORS = slice(None)


class PassThrough(NamedTuple):
    """Share of the change of each cost that reaches the price of products."""

    fuel: float
    electricity: float
    carbon: float


def usual_tco2_per_t(products: Products, co2_t_per_gj: Floats) -> Floats:
    """Compute CO2 of each product's usual process, t a tonne [G]."""
    return np.asarray(
        (products.usual_energy_gj_per_t * co2_t_per_gj).sum(axis=1) + products.usual_process_tco2_per_t
    )


def fuel_cost_change(products: Products, rise_cny_per_gj: Floats) -> Floats:
    """Compute the usual maker's cost of dearer fuel, CNY/t [..., G].

    Fuel is dearer by `rise_cny_per_gj` [..., ENERGY].
    """
    return np.asarray((rise_cny_per_gj[..., None, :] * products.usual_energy_gj_per_t).sum(axis=-1))


def product_prices(
    products: Products,
    *,
    fuel_cost_change_cny_per_t: Floats,
    electricity_price_cny_per_mwh: Floats,
    base_electricity_price_cny_per_mwh: Floats,
    carbon_cost_cny_per_tco2: Floats,
    usual_tco2_per_t: Floats,
    passed_on: PassThrough,
) -> Floats:
    """Compute regional prices of products, CNY/t [P, G] (docs/model/industry.md).

    A product's price moves with what fuel, electricity and CO2 cost the process that most makers use: all of them bear
    these costs and pass them on, and who needs less keeps the difference. What is made
    of bought metal follows its price. Electricity has a price of the province, of
    which products from elsewhere carry a part.

    Args:
        products: the pack's, with prices at the base year's fuel prices and no price on CO2.
        fuel_cost_change_cny_per_t: of the process that most makers use since the base year, [P, G].
        electricity_price_cny_per_mwh: what industry pays now, [P].
        base_electricity_price_cny_per_mwh: what it paid in the base year, [P].
        carbon_cost_cny_per_tco2: what a tonne costs those makers, free allowances counted, [P, S].
        usual_tco2_per_t: CO2 of that process, [G].
        passed_on: what makers pass on.
    """
    carbon = carbon_cost_cny_per_tco2[:, products.sector] * usual_tco2_per_t
    rise = electricity_price_cny_per_mwh - base_electricity_price_cny_per_mwh
    electricity = rise[:, None] * products.usual_electricity_mwh_per_t
    change = (
        passed_on.fuel * fuel_cost_change_cny_per_t
        + passed_on.electricity * electricity
        + passed_on.carbon * carbon
    )
    metal = products.usual_metal_t_per_t * change[:, [products.metal]]
    return products.price_cny_per_t + change + metal


def scrap_prices(scrap: Scrap, use_t: Floats, row: int, sector: Integers | slice = ALL_SECTORS) -> Floats:
    """Compute the clearing price of scrap, CNY/t (docs/model/industry.md).

    Supply answers with a constant elasticity: p = p0 (use / supply at p0)^(1 / elasticity).

    Args:
        scrap: the pack's.
        use_t: by the pack's facilities, t a year, of each of these sectors.
        row: position of the year in the pack's arrays.
        sector: of each use.

    Returns:
        As the uses; 0 where a sector has no scrap.
    """
    supply = scrap.supply_t[row, sector]
    is_melted = supply > 0.0
    ratio = (use_t + scrap.use_elsewhere_t[row, sector]) / np.where(is_melted, supply, 1.0)
    exponent = 1.0 / np.where(is_melted, scrap.supply_elasticity[sector], 1.0)
    return np.where(is_melted, scrap.price_cny_per_t[sector] * power(ratio, exponent), 0.0)

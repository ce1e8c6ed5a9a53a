"""Exports: what goods of the region cost abroad, what is charged at the border, and how buyers there answer."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.economics import power
from tanlu.core.signals import TradeTerms
from tanlu.region.industry import Products
from tanlu.region.trade import TradeData

UNCHARGED, CHARGED = 0, 1  # places on the axis of exports without and with a charge
STEEL, ALUMINIUM = "primary_steel", "primary_aluminium"


def metal_in_vehicles(trade: TradeData, products: Products, aluminium_t: Floats) -> Floats:
    """Compute the metal in an exported vehicle, t [..., G].

    `aluminium_t` is in one, [...].
    """
    metal = np.zeros((*aluminium_t.shape, len(products.names)))
    metal[..., products.names.index(STEEL)] = trade.steel_t_per_vehicle
    metal[..., products.names.index(ALUMINIUM)] = aluminium_t
    return metal


class ExportedVehicle(NamedTuple):
    """What an exported vehicle costs, and what it is made of."""

    price_cny: float  # with metal at the price abroad
    metal_t: Floats  # [G]


class BorderCharge(NamedTuple):
    """What a tonne of CO2 owes at the border in the years looked at."""

    owed_cny_per_tco2: Floats  # [T, P, S]
    owed_on_vehicles_cny_per_tco2: Floats  # [T, P, S] of CO2 in the metal of vehicles
    pass_through: float  # share of the charge that reaches the price abroad


def trade_terms(
    trade: TradeData,
    sector: Integers,
    *,
    home_cny_per_t: Floats,
    abroad_cny_per_t: Floats,
    vehicle: ExportedVehicle,
    usual_tco2_per_t: Floats,
    border: BorderCharge,
    base_ratio: Floats | None,
) -> TradeTerms:
    """Compute prices, border charges and exports (docs/model/industry.md).

    Exports are over those at the prices of the last statistic, and have a constant elasticity of price: X = (p / p of
    the last statistic) ^ -elasticity, p being what buyers abroad pay over what the good costs elsewhere. Where a charge
    holds, its pass-through is part of p.

    Args:
        trade: exports of the pack.
        sector: of its products, [G].
        home_cny_per_t: what products sell for in the region, [P, G].
        abroad_cny_per_t: what they cost elsewhere, with the fuel prices of the year alone, [P, G].
        vehicle: one that is exported.
        usual_tco2_per_t: CO2 of the usual process, [G].
        border: what is charged there.
        base_ratio: price at home over price abroad in the last statistic, [P, X]; None while this is it.
    """
    metal_rise = ((home_cny_per_t - abroad_cny_per_t) * vehicle.metal_t).sum(axis=1)
    home, abroad = np.empty((2, len(home_cny_per_t), vehicle.metal_t.size + 1))
    home[:, :-1], home[:, -1] = home_cny_per_t, vehicle.price_cny + metal_rise
    abroad[:, :-1], abroad[:, -1] = abroad_cny_per_t, vehicle.price_cny
    charge = np.empty((len(border.owed_cny_per_tco2), *home.shape))
    charge[:, :, :-1] = border.owed_cny_per_tco2[:, :, sector] * usual_tco2_per_t
    in_metal = border.owed_on_vehicles_cny_per_tco2[:, :, sector] * usual_tco2_per_t * vehicle.metal_t
    charge[:, :, -1] = in_metal.sum(axis=2)
    base = home / abroad if base_ratio is None else base_ratio
    price = np.empty((*charge.shape, 2))
    price[..., UNCHARGED], price[..., CHARGED] = home, home + border.pass_through * charge
    ratio = price / (abroad * base)[:, :, None]
    return TradeTerms(home, abroad, charge, power(ratio, -trade.price_elasticity[:, None]))


def exported_share(trade: TradeData, factor: Floats) -> tuple[Floats, Floats]:
    """Compute output over its trend and its share exported under charges.

    The share goes where charges at the border hold.

    Args:
        trade: exports of the pack.
        factor: exports over those of the last statistic, without and with a charge, [..., P, X, 2].

    Returns:
        Output over the trend [..., P, X], and a share of it [..., P, X].
    """
    charged = trade.adjusted_share * factor[..., CHARGED]
    exports = (1.0 - trade.adjusted_share) * factor[..., UNCHARGED] + charged
    output = 1.0 + trade.export_share * (exports - 1.0)
    return output, trade.export_share * charged / output

"""Exports: what goods of the region cost abroad, what is charged at the border, and how buyers there answer."""

import numpy as np

from model.finance import power
from model.region_industry import Products
from model.region_trade import TradeData
from model.region_vehicles import VehicleData
from model.signals import Floats, TradeTerms

STEEL, ALUMINIUM = "primary_steel", "primary_aluminium"
CAR, FUEL = 0, 0  # exported vehicles are taken for cars that burn fuel, as most of the nation's are


def trade_terms(
    trade: TradeData,
    products: Products,
    vehicles: VehicleData,
    *,
    row: int,
    home_cny_per_t: Floats,
    abroad_cny_per_t: Floats,
    usual_tco2_per_t: Floats,
    owed_cny_per_tco2: Floats,
    owed_on_vehicles_cny_per_tco2: Floats,
    pass_through: float,
    base_ratio: Floats | None,
) -> TradeTerms:
    """Return prices, charges and exports over those at the prices of the last statistic (MODEL.md, announce).

    Exports have a constant elasticity of price: X = (p / p of the last statistic) ^ -elasticity, p being what
    buyers abroad pay over what the good costs elsewhere. Where a charge holds, its pass-through is part of p.

    Args:
        trade: exports of the pack.
        products: its products.
        vehicles: its vehicles, for what a car costs and takes.
        row: position of the year in the pack's arrays.
        home_cny_per_t: what products sell for in the region, [P, G].
        abroad_cny_per_t: what they cost elsewhere, with the fuel prices of the year alone, [P, G].
        usual_tco2_per_t: CO2 of the usual process, [G].
        owed_cny_per_tco2: what a tonne of CO2 owes at the border in the years looked at, [T, P, S].
        owed_on_vehicles_cny_per_tco2: the same of CO2 in the metal of vehicles, [T, P, S].
        pass_through: share of the charge that reaches the price abroad.
        base_ratio: price at home over price abroad in the last statistic, [P, X]; None while this is it.
    """
    at = products.names.index
    metal_t = np.zeros(len(products.names))
    metal_t[at(STEEL)] = trade.steel_t_per_vehicle
    metal_t[at(ALUMINIUM)] = vehicles.aluminium_t_per_vehicle[row, FUEL]
    car = vehicles.price_cny_per_vehicle[row, CAR, FUEL]
    dearer = ((home_cny_per_t - abroad_cny_per_t) * metal_t).sum(axis=1)
    home = np.concatenate([home_cny_per_t, (car + dearer)[:, None]], axis=1)
    abroad = np.concatenate([abroad_cny_per_t, np.full_like(dearer, car)[:, None]], axis=1)
    charge = owed_cny_per_tco2[:, :, products.sector] * usual_tco2_per_t
    on_car = (owed_on_vehicles_cny_per_tco2[:, :, products.sector] * usual_tco2_per_t * metal_t).sum(axis=2)
    charge = np.concatenate([charge, on_car[:, :, None]], axis=2)
    base = home / abroad if base_ratio is None else base_ratio
    paid = np.stack([np.broadcast_to(home, charge.shape), home + pass_through * charge], axis=3)
    ratio = paid / (abroad * base)[:, :, None]
    return TradeTerms(home, abroad, charge, power(ratio, -trade.price_elasticity[:, None]), metal_t)


def exported_share(trade: TradeData, factor: Floats) -> tuple[Floats, Floats]:
    """Return the change of output by exports, and the share of what is then made that goes where charges hold.

    Args:
        trade: exports of the pack.
        factor: exports over those of the last statistic, without and with a charge, [..., P, X, 2].

    Returns:
        Output over the trend [..., P, X], and a share of it [..., P, X].
    """
    charged = trade.adjusted_share * factor[..., 1]
    exports = (1.0 - trade.adjusted_share) * factor[..., 0] + charged
    output = 1.0 + trade.export_share * (exports - 1.0)
    return output, trade.export_share * charged / output

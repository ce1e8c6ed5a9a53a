"""Electricity tariffs: what each class of customers pays for a MWh, and what makes it up."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import CUSTOMERS
from tanlu.core.units import KW_PER_MW
from tanlu.region.tariffs import TariffData

COMPONENTS = (
    "energy",
    "line_losses",
    "transmission_distribution",
    "surcharges",
    "system_operation",
    "cross_subsidy",
)
INDUSTRIAL = CUSTOMERS.index("industrial")


class GridUse(NamedTuple):
    """What the grid of a province serves and has connected in a year, and what it is paid; axis P."""

    sold_mwh: Floats
    peak_mw: Floats
    wind_and_sun_mw: Floats
    revenue_cny: Floats


class Tariffs(NamedTuple):
    """The tariffs of a year; P provinces, K classes of customers."""

    components_cny_per_mwh: Floats  # [P, K, COMPONENTS]
    sold_mwh: Floats  # [P, K]
    relief_cny: Floats  # [P] public money by which surcharges are lower

    @property
    def tariff_cny_per_mwh(self) -> Floats:
        """The mean tariff of a class [P, K]: the sum of its components."""
        return np.asarray(self.components_cny_per_mwh.sum(axis=2))

    @property
    def cost_cny_per_mwh(self) -> Floats:
        """The mean cost of a class [P, K], cross-subsidies left out."""
        return np.asarray(self.components_cny_per_mwh[:, :, :-1].sum(axis=2))


def grid_charge_factor(
    base: GridUse,
    current: GridUse,
    *,
    peak_load_cost_cny_per_kw: float,
    wind_and_sun_cost_cny_per_kw: float,
    yearly_cost_share: float,
) -> Floats:
    """Compute the factor on the base's grid charges, [P].

    It is permitted cost over energy sold. Permitted cost is what the base brought and, for the grid that more peak load
    and more wind and sun take, capital, return and operation a year. Source: the principle of permitted cost plus
    permitted return of the rules on pricing of provincial grids (National Development and Reform Commission 2020, from
    memory).

    Args:
        base: the year on which the charges of the pack rest.
        current: the year on which the next charges rest.
        peak_load_cost_cny_per_kw: investment for a kW of peak load.
        wind_and_sun_cost_cny_per_kw: investment for a kW of wind or sun.
        yearly_cost_share: of that investment.
    """
    peak = np.maximum(current.peak_mw - base.peak_mw, 0.0) * peak_load_cost_cny_per_kw
    green = np.maximum(current.wind_and_sun_mw - base.wind_and_sun_mw, 0.0) * wind_and_sun_cost_cny_per_kw
    cost = base.revenue_cny + yearly_cost_share * (peak + green) * KW_PER_MW
    before, after = np.maximum(base.sold_mwh, 1.0), np.maximum(current.sold_mwh, 1.0)
    return np.asarray(cost / np.maximum(base.revenue_cny, 1.0) * before / after)


def price_parts(data: TariffData, tariff_cny_per_mwh: Floats) -> Floats:
    """Compute what each part of demand pays, CNY/MWh [Q, P], at tariffs of classes [P, K]."""
    return np.asarray((data.part_share[:, None] * tariff_cny_per_mwh).sum(axis=2))


def grid_charge_cny_per_mwh(data: TariffData, row: int, grid_factor: Floats) -> Floats:
    """Compute the grid charge of each class in a year, CNY/MWh [P, K].

    Args:
        data: the pack's.
        row: position of the year in the pack's arrays.
        grid_factor: on the pack's grid charges, [P].
    """
    return np.asarray(data.transmission_distribution_cny_per_mwh[row] * grid_factor[:, None])


def set_tariffs(
    data: TariffData,
    *,
    row: int,
    sold_mwh: Floats,
    purchase_cny: Floats,
    system_cny: Floats,
    grid_factor: Floats,
    regulated_change_cny_per_mwh: Floats,
    relief_cny: Floats,
) -> Tariffs:
    """Set the tariffs that pay for a year (docs/model/demand.md).

    Classes without a regulated tariff pay what they cost and the payments to the system. What a regulated tariff
    brings beyond or short of its costs lowers or raises the others' tariffs, in proportion to energy.

    Args:
        data: the pack's.
        row: position of the year in the pack's arrays.
        sold_mwh: by class, [P, K].
        purchase_cny: what that energy cost at the hours' prices, [P, K].
        system_cny: capacity payments and premiums paid to plants of the province, [P].
        grid_factor: on the pack's grid charges, [P].
        regulated_change_cny_per_mwh: of the pack's regulated tariffs, which it takes to nothing at most, [P, K].
        relief_cny: public money that lowers surcharges, at most to nothing, [P].
    """
    regulated = np.maximum(data.regulated_cny_per_mwh[row] + regulated_change_cny_per_mwh, 0.0)
    is_free = np.isnan(regulated)
    sales_mwh = np.maximum(sold_mwh, 1e-9)
    market = np.maximum((sold_mwh * is_free).sum(axis=1), 1e-9)[:, None]
    surcharges, relief = _lower_surcharges(data.surcharges_cny_per_mwh[row], sold_mwh, relief_cny)
    energy, loss = purchase_cny / sales_mwh, data.line_loss_share[row]
    parts = np.stack(
        [
            energy,
            energy * loss / (1.0 - loss),
            grid_charge_cny_per_mwh(data, row, grid_factor),
            surcharges,
            is_free * system_cny[:, None] / market,
        ],
        axis=2,
    )
    gap = np.where(is_free, 0.0, regulated - parts.sum(axis=2))
    cross_subsidy = (gap * sold_mwh).sum(axis=1)[:, None] / market
    components = np.concatenate([parts, np.where(is_free, -cross_subsidy, gap)[:, :, None]], axis=2)
    return Tariffs(components, sold_mwh, relief)


def _lower_surcharges(
    surcharges_cny_per_mwh: Floats, sold_mwh: Floats, relief_cny: Floats
) -> tuple[Floats, Floats]:
    """Lower surcharges by public money in proportion [P, K]; return its use [P]."""
    total = (surcharges_cny_per_mwh * sold_mwh).sum(axis=1)
    relief = np.minimum(relief_cny, total)
    share = np.divide(relief, total, out=np.zeros_like(total), where=total > 0.0)
    return surcharges_cny_per_mwh * (1.0 - share)[:, None], relief


def first_tariffs(data: TariffData, *, row: int, wholesale_cny_per_mwh: float) -> Floats:
    """Compute the tariffs expected before the first cleared year, CNY/MWh [P, K]."""
    energy = wholesale_cny_per_mwh / (1.0 - data.line_loss_share[row])
    cost = energy + data.transmission_distribution_cny_per_mwh[row] + data.surcharges_cny_per_mwh[row]
    regulated = data.regulated_cny_per_mwh[row]
    return np.where(np.isnan(regulated), cost, regulated)

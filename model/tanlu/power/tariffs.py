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
        """What a class pays on average [P, K]: the sum of the components."""
        return np.asarray(self.components_cny_per_mwh.sum(axis=2))

    @property
    def cost_cny_per_mwh(self) -> Floats:
        """What a class costs on average [P, K], without what others pay for it or it for others."""
        return np.asarray(self.components_cny_per_mwh[:, :, :-1].sum(axis=2))


def grid_charge_factor(
    base: GridUse,
    now: GridUse,
    *,
    peak_load_cost_cny_per_kw: float,
    wind_and_sun_cost_cny_per_kw: float,
    yearly_cost_share: float,
) -> Floats:
    """Return what grid charges become over those of the base, [P]: permitted cost over energy sold.

    Permitted cost is what the base brought and, for the grid that more peak load and more wind and sun take,
    capital, return and operation a year. Source: the principle of permitted cost plus permitted return of the
    rules on pricing of provincial grids (National Development and Reform Commission 2020, from memory).

    Args:
        base: the year on which the charges of the pack rest.
        now: the year on which the next charges rest.
        peak_load_cost_cny_per_kw: investment for a kW of peak load.
        wind_and_sun_cost_cny_per_kw: investment for a kW of wind or sun.
        yearly_cost_share: of that investment.
    """
    peak = np.maximum(now.peak_mw - base.peak_mw, 0.0) * peak_load_cost_cny_per_kw
    green = np.maximum(now.wind_and_sun_mw - base.wind_and_sun_mw, 0.0) * wind_and_sun_cost_cny_per_kw
    cost = base.revenue_cny + yearly_cost_share * (peak + green) * KW_PER_MW
    before, after = np.maximum(base.sold_mwh, 1.0), np.maximum(now.sold_mwh, 1.0)
    return np.asarray(cost / np.maximum(base.revenue_cny, 1.0) * before / after)


def grid_charge_cny_per_mwh(data: TariffData, row: int, grid_factor: Floats) -> Floats:
    """Return what the grid charges a MWh of each class in a year, [P, K].

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
    """Return the tariffs that pay for a year (docs/model/demand.md).

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
    free = np.isnan(regulated)
    sold = np.maximum(sold_mwh, 1e-9)
    market = np.maximum((sold_mwh * free).sum(axis=1), 1e-9)[:, None]
    surcharges, relief = _lowered(data.surcharges_cny_per_mwh[row], sold_mwh, relief_cny)
    energy, loss = purchase_cny / sold, data.line_loss_share[row]
    parts = np.stack(
        [
            energy,
            energy * loss / (1.0 - loss),
            grid_charge_cny_per_mwh(data, row, grid_factor),
            surcharges,
            free * system_cny[:, None] / market,
        ],
        axis=2,
    )
    gap = np.where(free, 0.0, regulated - parts.sum(axis=2))
    shared = (gap * sold_mwh).sum(axis=1)[:, None] / market
    every = np.concatenate([parts, np.where(free, -shared, gap)[:, :, None]], axis=2)
    return Tariffs(every, sold_mwh, relief)


def _lowered(surcharges_cny_per_mwh: Floats, sold_mwh: Floats, relief_cny: Floats) -> tuple[Floats, Floats]:
    """Return surcharges after public money that lowers all in proportion [P, K], and what of it they take [P]."""
    total = (surcharges_cny_per_mwh * sold_mwh).sum(axis=1)
    taken = np.minimum(relief_cny, total)
    share = np.divide(taken, total, out=np.zeros_like(total), where=total > 0.0)
    return surcharges_cny_per_mwh * (1.0 - share)[:, None], taken


def first_tariffs(data: TariffData, *, row: int, wholesale_cny_per_mwh: float) -> Floats:
    """Return what customers expect to pay before the first cleared year, CNY/MWh [P, K]."""
    energy = wholesale_cny_per_mwh / (1.0 - data.line_loss_share[row])
    cost = energy + data.transmission_distribution_cny_per_mwh[row] + data.surcharges_cny_per_mwh[row]
    regulated = data.regulated_cny_per_mwh[row]
    return np.where(np.isnan(regulated), cost, regulated)

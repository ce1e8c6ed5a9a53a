"""Electricity tariffs: what each class of customers pays for a MWh, and what makes it up."""

from typing import NamedTuple

import numpy as np

from model.region_tariffs import TariffData
from model.signals import CUSTOMERS, Floats

COMPONENTS = (
    "energy",
    "line_losses",
    "transmission_distribution",
    "surcharges",
    "system_operation",
    "cross_subsidy",
)
INDUSTRIAL = CUSTOMERS.index("industrial")


class Tariffs(NamedTuple):
    """The tariffs of a year; P provinces, K classes of customers."""

    components_cny_per_mwh: Floats  # [P, K, COMPONENTS]
    sold_mwh: Floats  # [P, K]

    @property
    def tariff_cny_per_mwh(self) -> Floats:
        """What a class pays on average [P, K]: the sum of the components."""
        return np.asarray(self.components_cny_per_mwh.sum(axis=2))


def set_tariffs(
    data: TariffData, *, row: int, sold_mwh: Floats, purchase_cny: Floats, system_cny: Floats
) -> Tariffs:
    """Return the tariffs that pay for a year (MODEL.md, tariffs).

    Classes without a regulated tariff pay what they cost and the payments to the system. What a regulated tariff
    brings beyond or short of its costs lowers or raises the others' tariffs, in proportion to energy.

    Args:
        data: the pack's.
        row: position of the year in the pack's arrays.
        sold_mwh: by class, [P, K].
        purchase_cny: what that energy cost at the hours' prices, [P, K].
        system_cny: capacity payments and premiums paid to plants of the province, [P].
    """
    regulated = data.regulated_cny_per_mwh[row]
    free = np.isnan(regulated)
    sold = np.maximum(sold_mwh, 1e-9)
    market = np.maximum((sold_mwh * free).sum(axis=1), 1e-9)[:, None]
    energy, loss = purchase_cny / sold, data.line_loss_share[row]
    parts = np.stack(
        [
            energy,
            energy * loss / (1.0 - loss),
            data.transmission_distribution_cny_per_mwh[row],
            data.surcharges_cny_per_mwh[row],
            free * system_cny[:, None] / market,
        ],
        axis=2,
    )
    gap = np.where(free, 0.0, regulated - parts.sum(axis=2))
    shared = (gap * sold_mwh).sum(axis=1)[:, None] / market
    return Tariffs(np.concatenate([parts, np.where(free, -shared, gap)[:, :, None]], axis=2), sold_mwh)


def first_tariffs(data: TariffData, *, row: int, wholesale_cny_per_mwh: float) -> Floats:
    """Return what customers expect to pay before the first cleared year, CNY/MWh [P, K]."""
    energy = wholesale_cny_per_mwh / (1.0 - data.line_loss_share[row])
    cost = energy + data.transmission_distribution_cny_per_mwh[row] + data.surcharges_cny_per_mwh[row]
    regulated = data.regulated_cny_per_mwh[row]
    return np.where(np.isnan(regulated), cost, regulated)

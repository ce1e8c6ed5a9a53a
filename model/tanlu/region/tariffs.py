"""Electricity tariffs of a region pack as arrays: what customers pay on top of the energy itself."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import CUSTOMERS, PARTS, Axes
from tanlu.region.tables import DATA_YEARS, Tables, interpolate

TARIFF_ITEMS = ("transmission_distribution", "surcharges", "line_loss_share")
REGULATED_ITEM = "regulated_tariff"  # only of classes whose tariff the regulator sets
K = len(CUSTOMERS)
# Which class buys each part of demand; cooling, heating and charging are shared between homes and services.
BUYER = {
    "facilities": "industrial",
    "other_industry": "industrial",
    "agriculture": "agricultural",
    "services": "commercial",
    "data_centres": "commercial",
    "households": "residential",
}


class TariffData(NamedTuple):
    """What customers pay on top of energy, CNY/MWh; Y data years, P provinces, K classes of customers."""

    transmission_distribution_cny_per_mwh: Floats  # [Y, P, K]
    surcharges_cny_per_mwh: Floats  # [Y, P, K]
    line_loss_share: Floats  # [Y, P, K] of what is fed in
    regulated_cny_per_mwh: Floats  # [Y, P, K] NaN where the tariff follows its costs
    part_share: Floats  # [Q, K] share of each part of demand that a class buys


def read_tariffs(tables: Tables, axes: Axes, parameters: Mapping[str, float]) -> TariffData:
    """Assemble the tariffs of a pack.

    Raises:
        ValueError: if an item of a class is missing.
    """
    table = tables["tariffs"]
    column_cells = (table[name].to_numpy(object) for name in ("province", "customer", "item"))
    cells = dict(zip(("province", "customer", "item"), column_cells, strict=True))
    years, values = table["year"].to_numpy(float), table["value"].to_numpy(float)
    no_charge = 0.0 if table.empty else None

    def path(province: str, customer: str, name: str, missing: float | None) -> Floats:
        rows = (cells["province"] == province) & (cells["customer"] == customer) & (cells["item"] == name)
        if missing is not None and not rows.any():
            return np.full(DATA_YEARS.size, missing)
        return interpolate(years[rows], values[rows])

    def item(name: str, missing: float | None = no_charge) -> Floats:
        return np.stack(
            [
                np.stack([path(p, customer, name, missing) for customer in CUSTOMERS], axis=1)
                for p in axes.provinces
            ],
            axis=1,
        )

    grid, surcharges, loss = (item(name) for name in TARIFF_ITEMS)
    return TariffData(
        transmission_distribution_cny_per_mwh=grid,
        surcharges_cny_per_mwh=surcharges,
        line_loss_share=loss,
        regulated_cny_per_mwh=item(REGULATED_ITEM, np.nan),
        part_share=_buyers(parameters),
    )


def _buyers(parameters: Mapping[str, float]) -> Floats:
    """Compute the share of parts of demand that classes buy [Q, K]."""
    share = np.zeros((len(PARTS), K))
    for part, customer in BUYER.items():
        share[PARTS.index(part), CUSTOMERS.index(customer)] = 1.0
    climate = parameters["residential_share_of_cooling_and_heating"]
    charged = parameters["residential_share_of_vehicle_charging"]
    for part, home in (("cooling", climate), ("heating", climate), ("vehicles", charged)):
        share[PARTS.index(part), CUSTOMERS.index("residential")] = home
        share[PARTS.index(part), CUSTOMERS.index("commercial")] = 1.0 - home
    return share

"""The trade part of a region pack as arrays: which goods leave the country, and how buyers abroad answer prices."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import Axes
from tanlu.region.tables import DATA_YEARS, LongTable, Tables, texts

VEHICLES = "vehicles"  # the good that no facility of a pack makes; the others are products


class TradeData(NamedTuple):
    """Exports in the last statistic; axes P provinces, X goods: the pack's products, then vehicles."""

    goods: tuple[str, ...]
    export_share: Floats  # [P, X] of output
    adjusted_share: Floats  # [X] of exports to countries that may adjust for carbon at the border
    price_elasticity: Floats  # [X] of exports
    vehicle_output: Floats  # [P] a year
    steel_t_per_vehicle: float

    @property
    def exported_vehicles(self) -> Floats:
        """Compute vehicles that left the country in the statistic's year [P]."""
        return np.asarray(self.vehicle_output * self.export_share[:, -1])


def read_trade(tables: Tables, axes: Axes) -> TradeData:
    """Assemble the exports of a pack; goods without a row have none.

    Raises:
        ValueError: if it lacks a row of vehicles.
    """
    t = LongTable("exports.csv", tables["exports"], ("good", "province"))
    goods = (*texts(tables["products"], "product"), VEHICLES)

    def of_all(name: str) -> Floats:
        return np.array([t.interpolate_or_zero(name, DATA_YEARS[:1], good)[0] for good in goods])

    share = [
        [t.interpolate_or_zero("export_share", DATA_YEARS[:1], good, p)[0] for good in goods]
        for p in axes.provinces
    ]
    return TradeData(
        goods=goods,
        export_share=np.array(share),
        adjusted_share=of_all("adjusted_share"),
        price_elasticity=of_all("price_elasticity"),
        vehicle_output=np.array([t.single("output_vehicles", VEHICLES, p) for p in axes.provinces]),
        steel_t_per_vehicle=t.single("steel_t_per_vehicle", VEHICLES),
    )

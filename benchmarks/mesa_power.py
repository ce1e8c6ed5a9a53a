"""Where the units of the object model meet: the markets are the array model's, given what the objects offer.

The hours of a year, what has to stay online and the year that deciders expect are cleared by the functions of
`model.steps.electricity`; objects are asked one by one for what they offer, and read their own books afterwards.
"""

from typing import TYPE_CHECKING

import numpy as np

from tanlu.core.axes import F, P
from tanlu.core.outcomes import PowerOffer
from tanlu.core.signals import Signals
from tanlu.power.state import monthly_availability

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel
    from benchmarks.mesa_plants import YearPrices


class Fleet:
    """What the market's functions read of power plants, gathered from the units."""

    def __init__(self, model: "ObjectModel", prices: "YearPrices") -> None:
        self.model, self.prices = model, prices
        units = list(model.units)
        self.province = np.array([unit.province for unit in units])
        self.fuel = np.array([unit.fuel for unit in units])
        self.capacity_mw = np.array([unit.capacity_mw for unit in units])
        self.commissioned_year = np.array([unit.commissioned_year for unit in units])

    def offer(self, signals: Signals, year: int) -> PowerOffer:
        """Let every unit offer for `year`, and gather what the thermal ones in operation ask."""
        model = self.model
        by_fuel, must = np.zeros((P, F)).tolist(), [0.0] * P
        model.units.do("offer", self.prices, year)
        running = []
        for row, unit in enumerate(model.units):
            by_fuel[unit.province][unit.fuel] += unit.net_mw
            if unit.thermal and unit.net_mw > 0.0:
                must[unit.province] += unit.must_mw
                running.append((row, unit))
        zone = np.array([unit.province for _, unit in running])
        fuel = np.array([unit.fuel for _, unit in running])
        available = np.array([unit.availability for _, unit in running])
        return PowerOffer(
            rows=np.array([row for row, _ in running]),
            zone=zone,
            capacity_mw=np.array([unit.room_mw for _, unit in running]),
            availability=monthly_availability(model.region, zone, fuel, available),
            minimum_load_share=np.array([unit.minimum_load_share for _, unit in running]),
            compensated_load_share=np.array(
                [model.ordinary_load[unit.fuel] * (unit.minimum_load_share > 0.0) for _, unit in running]
            ),
            cost_cny_per_mwh=np.array([unit.cost for _, unit in running]),
            must_run_mw=np.array(must),
            capacity_by_fuel_mw=np.array(by_fuel),
        )

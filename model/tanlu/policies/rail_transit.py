"""Rail transit: public money for urban rail lines, which carry people who would else drive."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.schedules import PolicySchedule
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.inputs.plausible import Plausible
from tanlu.inputs.types import NonNegativeSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts


class RailTransit(Policy):
    """Build urban rail, whose trips replace kilometres of cars, taxis and buses.

    A line opens a lead time after it is paid for and is ridden as lines of today are. Part of its trips
    were made by road before: these vehicles drive less, burn less oil and charge less. Trains take
    electricity. The province pays for the lines and for what fares lack to running them. Rail transit of
    the province issues green bonds for a part of the cost of lines; the province pays the rest in the
    year, and interest and repayment of these bonds.

    Equation: km of line(y) = money paid until y - lead time / cost per km; trips = km x trips per km;
    vehicle-km not driven by a segment = trips x km of a trip x its share of trips / persons per vehicle,
    at most what it drives; avoided = CO2 of the oil not burnt - (electricity of trains - electricity of
    charging spared) x CO2 of the province's thermal power per MWh.
    Money of several policies adds. Bonds are a part of `rail_debt_share` of the cost, as for other
    issuers (docs/model/bonds.md); what falls due is issued again in part. So public money is less than the
    investment at first, and more in the end by the interest.

    Source: trips per km from 1.3 bn trips of Chongqing in 2025 on 561 km and 32.24 bn trips of China in 2024
    on 10,946 km (grade C); 1.67 persons a car (grade C). Cost per km, length of a trip, what share of
    trips came from which vehicles, electricity and operation a trip are grade D, assumptions: all stand in
    `vehicles.csv`. Published for Chongqing are 0.175 kg of CO2 saved a trip (grade B), by a method not
    published.

    Reasonable values: 10 to 40 bn CNY a year, 15 to 55 km (Chengdu and Chongqing built some 40 km a year
    each about 2020, grade D, from memory).

    What it does not do: people own as many cars and buyers choose no other ones; roads get no emptier,
    and nobody drives more because of it; lines last beyond 2060; existing lines are in the statistics of
    electricity. Trains take power at the hours and tariffs of charging vehicles.

    In a scenario file:

        metro:
          kind: rail_transit
          from_year: 2026
          until_year: 2035
          investment_bn_cny_per_year: 25
    """

    theme: ClassVar[str] = "transport_and_buildings"
    needs_table: ClassVar[str] = "vehicles"
    title: ClassVar[Mapping[str, str]] = {"en": "Rail transit", "zh": "轨道交通"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Public money for urban rail, whose trips replace part of road traffic.",
        "zh": "以公共资金建设城市轨道交通，替代部分道路出行。",
    }

    kind: Literal["rail_transit"]
    """Which instrument this is."""

    investment_bn_cny_per_year: Annotated[
        NonNegativeSchedule, Plausible(0.5, 100, "10 to 40 bn CNY a year, grade D")
    ]
    """What lines cost, a year in each province; public money, but for what bonds bring."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the money for lines."""
        years, vehicles = schedule.years, schedule.vehicles
        money = self.investment_bn_cny_per_year.path(years) * CNY_PER_BN_CNY
        line_investment = np.where(acts(self, schedule), money[:, None], 0.0)
        rail = vehicles.rail_investment_cny + line_investment
        return schedule._replace(vehicles=vehicles._replace(rail_investment_cny=rail))

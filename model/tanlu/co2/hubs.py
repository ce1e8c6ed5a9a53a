"""CO2 hubs: each gathers the captured CO2 of a cluster, carries it to a store, and posts a tariff."""

from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.economics import annuity_factor
from tanlu.core.mesa_classes import Agent, Model
from tanlu.region.pack import Region

REMEMBERED_YEARS = 4  # as of units and facilities


class Line(NamedTuple):
    """A hub's part of the lines along a way to a store that were laid after one open season."""

    ready_year: int
    store: int
    corridors: tuple[int, ...]  # that the way takes
    length_km: float  # its part, in proportion to flow; the parts of all hubs add up to the lines'
    shared_km: float  # of that, in lines that it shares with other hubs
    capacity_tco2: float  # a year
    investment_cny: float  # its part, that its shippers pay for
    charge_share_per_year: float  # of that investment, until it is recovered: capital, operation and upkeep
    law: int  # under which it was started, in `Signals.laws`


@cache  # asked for by each hub, each year
def _annuity(rate: float, years: int) -> float:
    return float(annuity_factor(rate, years))


class CO2Hub(Agent):
    """The operator of one cluster's lines.

    Attributes:
        lines: built and under construction.
        capacity_tco2: what all of them carry a year.
        store_cost_cny_per_tco2: what a tonne costs in the stores they lead to, by capacity; 0 without a line.
        tariff_cny_per_tco2: posted in the last open season, for transport from the hub and storage; inf without a line.
        anchor_tco2: yearly volume that the public stood for in the last open season.
        cash_cny: at the end of the year.
        debt_cny: by the register of loans.
        failed: whether it could not pay what it owed, in some year.
        profits_cny: what its lines brought in the last years, before what it owes.
    """

    def __init__(self, model: Model, region: Region, row: int) -> None:
        super().__init__(model)
        hubs = region.co2.hubs
        self.region, self.row = region, row
        self.hub_id, self.name_en, self.name_zh = hubs.ids[row], hubs.names_en[row], hubs.names_zh[row]
        self.province = int(hubs.province[row])
        self.lines: tuple[Line, ...] = ()
        self.capacity_tco2 = self.store_cost_cny_per_tco2 = 0.0
        self.tariff_cny_per_tco2 = np.inf
        self.anchor_tco2 = 0.0
        self.cash_cny, self.debt_cny, self.failed = 0.0, 0.0, False
        self.profits_cny: tuple[float, ...] = ()

    @property
    def regulator(self) -> str:
        """Which province stands for this hub."""
        return self.region.axes.provinces[self.province]

    @property
    def posts(self) -> bool:
        """Whether anybody has committed, so that there is a tariff."""
        return bool(np.isfinite(self.tariff_cny_per_tco2))

    @property
    def charge_cny_per_tco2(self) -> float:
        """Part of the tariff for its lines; 0 while there is none.

        The rest is for stores.
        """
        return self.tariff_cny_per_tco2 - self.store_cost_cny_per_tco2 if self.posts else 0.0

    def add(self, line: Line) -> None:
        """Start a line."""
        cost = self.region.co2.stores.cost_cny_per_tco2
        self.lines = (*self.lines, line)
        self.capacity_tco2 = sum(line.capacity_tco2 for line in self.lines)
        total = sum(float(cost[line.store]) * line.capacity_tco2 for line in self.lines)
        self.store_cost_cny_per_tco2 = total / self.capacity_tco2

    def yearly_cost_cny(self, year: int) -> float:
        """Compute the cost of the lines in operation in `year`.

        Capital until a line is repaid, operation and upkeep.
        """
        transport, cost = self.region.co2.transport, 0.0
        for line in self.lines:
            if line.ready_year <= year:
                repaid = year >= line.ready_year + transport["hub_cost_recovery_years"]
                share = transport["pipeline_om_share_per_year"] if repaid else line.charge_share_per_year
                cost += line.investment_cny * share
        return cost

    def agreed_cost_cny(self, year: int) -> float:
        """Compute the yearly cost once all lines are ready.

        Those under construction in `year` included.
        """
        return (
            self.yearly_cost_cny(max(year, *(line.ready_year for line in self.lines))) if self.lines else 0.0
        )

    def operation_cny(self, year: int) -> float:
        """Compute operation and upkeep of the lines in operation in `year`."""
        share = self.region.co2.transport["pipeline_om_share_per_year"]
        return share * sum(line.investment_cny for line in self.lines if line.ready_year <= year)

    def capital_charge_cny(self) -> float:
        """Compute the yearly capital charge of all lines, unfinished ones included."""
        running = self.region.co2.transport["pipeline_om_share_per_year"]
        return sum(line.investment_cny * (line.charge_share_per_year - running) for line in self.lines)

    def assets_cny(self, year: int) -> float:
        """Value the lines at cost at the end of `year`.

        Those under construction included.
        """
        life = self.region.co2.transport["pipeline_lifetime_years"]
        return sum(
            line.investment_cny * min(max(1.0 - (year + 1 - line.ready_year) / life, 0.0), 1.0)
            for line in self.lines
        )

    def remember(self, profit_cny: float) -> None:
        """Keep what the lines brought in a year."""
        self.profits_cny = (*self.profits_cny, profit_cny)[-REMEMBERED_YEARS:]

    def worth_cny(self, year: int) -> float:
        """Value the lines by their mean profit of the remembered years."""
        transport = self.region.co2.transport
        investment_cny = sum(line.investment_cny for line in self.lines)
        ends = sum(line.investment_cny * line.ready_year for line in self.lines) / max(investment_cny, 1.0)
        years = max(int(ends + transport["pipeline_lifetime_years"] - year - 1), 1)
        mean = sum(self.profits_cny) / max(len(self.profits_cny), 1)
        return mean * _annuity(transport["hub_return_share_per_year"], years)

    def owed_by_public_cny(self, year: int, revenue_cny: float, guarantee_share: float) -> float:
        """Compute public support owed for the year, CNY.

        Of what shippers' payments lack to the cost of the lines, the public pays the tariff on volumes it stood for
        and nobody paid for, and then its share of the rest.
        """
        cost = self.yearly_cost_cny(year)
        if cost == 0.0:
            return 0.0
        price = self.charge_cny_per_tco2
        missing = max(cost - revenue_cny, 0.0)
        unused = min(max(price * self.anchor_tco2 - revenue_cny, 0.0), missing)
        return unused + guarantee_share * (missing - unused)


def hub_tariffs(hubs: list[CO2Hub]) -> Floats:
    """Return the tariff each hub posted last, CNY/t CO2 [H]; inf without a line."""
    return np.array([hub.tariff_cny_per_tco2 for hub in hubs])

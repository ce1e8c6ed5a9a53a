"""A kind of agents that invests: companies build heat networks, borrow for them, and sell heat to households."""

import numpy as np

import tanlu
from tanlu.core.economics import annuity_factor

CAPEX_CNY, LIFE_YEARS, PAID_CNY = (
    5e8,
    20,
    6e7,
)  # one network; PAID is what households pay a year, without running cost


class HeatNetworks(tanlu.Borrowers):
    kind = "heat_networks"
    columns = ("built_year",)
    is_green, is_capture = np.array([False, True]), np.array([False, False])

    def __init__(self, model):
        region = model.inputs.region
        ids = [f"heat_network_{one}" for one in region.axes.provinces]
        super().__init__(model, ids, ids, ids)
        self.province = np.arange(len(ids))
        self.owner = np.arange(len(ids))
        self.built_year = np.full(len(ids), 9999)

    def appraise(self, view):
        rows = np.flatnonzero(self.built_year > view.year)
        rate = view.hurdle[self.owner[rows], 1]
        worth = PAID_CNY * annuity_factor(rate, np.full(rows.size, LIFE_YEARS)) - CAPEX_CNY
        return tanlu.Appraisal(
            options=("keep", "build_heat_network"),
            decider=rows,
            npv_cny=np.column_stack([0.0 * worth, worth]),
            capex_cny=np.column_stack([0.0 * worth, 0.0 * worth + CAPEX_CNY]),
            rate=np.column_stack([rate, rate]),
            barriers=tanlu.Closed.by_any((rows.size, 2)),
            switching_price_cny_per_tco2=np.full((rows.size, 2), np.nan),
        )

    def start(self, appraisal, option, rows, signals):
        self.built_year = self.built_year.copy()
        self.built_year[appraisal.decider[rows]] = signals.year + 1

    def earn(self, signals):
        runs = (self.built_year <= signals.year) & (signals.year < self.built_year + LIFE_YEARS)
        return tanlu.Earned(runs * PAID_CNY, runs * CAPEX_CNY / LIFE_YEARS)


built = tanlu.Indicator(
    "Investment|Heat", "bn CNY2020/yr", lambda record: record.extensions["heat_networks_investment_cny"] / 1e9
)
extension = tanlu.Extension(name="heat_networks", agents=(HeatNetworks,), indicators=(built,))

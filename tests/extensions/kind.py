"""A kind of agents: funds of the provinces that pay households for heat from what allowances bring."""

import numpy as np

import tanlu
from tanlu.investment.population import Population


class HeatFund(Population):
    columns = ("cash_cny",)

    def __init__(self, model):
        provinces = model.inputs.region.axes.provinces
        names = [f"Heat fund of {name}" for name in provinces]
        super().__init__(model, [f"heat_fund_{name.lower()}" for name in provinces], names, names)
        self.provinces, self.cash_cny = provinces, np.full(len(provinces), 1e9)

    def after_finance(self, view, year):
        granted, paid = np.full(len(self), 2e8), 0.1 * self.cash_cny
        self.cash_cny = self.cash_cny + granted - paid
        return tanlu.Effect(
            {"heat_gj": paid / 50.0},
            (
                tanlu.Payment("national", "heat_fund", "heat_grant", granted),
                tanlu.Payment("heat_fund", "households", "heat_aid", paid),
            ),
        )


paid = tanlu.Indicator(
    "Heat Fund|Paid", "bn CNY2020/yr", lambda record: record.extensions["heat_aid_cny"] / 1e9
)
extension = tanlu.Extension(name="heat_fund", agents=(HeatFund,), indicators=(paid,))

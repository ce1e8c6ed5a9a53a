"""Nothing that a month decides knows a later month of its year."""

import dataclasses

import numpy as np
import pytest

from tanlu.core.arrays import Floats
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.evaluation.seasons import ModelWithPower
from tanlu.markets.demand import Demand
from tanlu.power.trades import TradeOffers
from tanlu.region.pack import Region
from tanlu.simulation.model import Inputs
from tests import model_runs
from tests.model_runs import REGION

DRY, SEPTEMBER = 2028, 8
BEFORE = slice(0, SEPTEMBER)


class HotSeptember(ModelWithPower):
    """A model whose September of the dry year asks a tenth more than was to be expected."""

    def electricity(self, signals: Signals, demand: Demand, trades: TradeOffers) -> PowerOutcome:
        if self.year == DRY:
            shape = demand.load_shape.copy()
            shape[:, SEPTEMBER] *= 1.1
            demand = demand._replace(load_shape=shape)
        return super().electricity(signals, demand, trades)


def dry_year(region: Region = REGION, model: type[ModelWithPower] = ModelWithPower) -> PowerOutcome:
    world = {"hydrology": "normal", "drought": {DRY: 2022}, "cooling_factor": 1.25}
    one = model_runs.scenario(world=world, years=(2026, DRY))
    run = model(Inputs(one, region))
    run.run()
    return run.cleared[DRY]


def by_month(outcome: PowerOutcome) -> list[Floats]:
    """What the year decided, [P, month, ...]."""
    stores, hours = outcome.stores, outcome.hours
    return [
        *(
            stores.release_mwh,
            stores.level_mwh,
            stores.value_cny_per_mwh,
            stores.table_cny_per_mwh[:, :SEPTEMBER],
        ),
        *(outcome.prices.price_cny_per_mwh, hours.reservoir_mw, hours.merit_order_mw, hours.flow_mw),
        *(outcome.hydro_sales.sold_mwh, outcome.hydro_sales.paid_cny),
    ]


@pytest.fixture(scope="module")
def lived() -> list[Floats]:
    return by_month(dry_year())


def check_months(lived: list[Floats], other: list[Floats]) -> None:
    """Earlier months are the same, bit for bit; September is not."""
    for now, then in zip(lived, other, strict=True):
        np.testing.assert_array_equal(now[:, BEFORE], then[:, BEFORE])
    assert (lived[4][:, SEPTEMBER] != other[4][:, SEPTEMBER]).any()


def test_water_of_a_later_month_moves_no_earlier_one(lived: list[Floats]) -> None:
    hydrology = REGION.power.hydrology
    past = hydrology.observed[2022]
    available = past.available_factor.copy()
    available[:, SEPTEMBER] *= 0.7
    observed = {**hydrology.observed, 2022: past._replace(available_factor=available)}
    power = REGION.power._replace(hydrology=hydrology._replace(observed=observed))
    region = dataclasses.replace(REGION)
    vars(region)["power"] = power  # in place of what is read from the tables
    check_months(lived, by_month(dry_year(region)))


def test_heat_of_a_later_month_moves_no_earlier_one(lived: list[Floats]) -> None:
    check_months(lived, by_month(dry_year(model=HotSeptember)))

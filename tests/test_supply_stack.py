"""What the electricity market calls up, and its rivers taken out again, against whole-array NumPy."""

import numpy as np
import pytest

from tanlu.core.axes import DAY_TYPES, HOURS, MONTHS
from tanlu.kernels.power.supply_stack import (
    Neighbours,
    Rivers,
    Shedding,
    SupplyStack,
    SurplusExports,
    idle_rivers,
    separate_rivers,
    stack_supply,
)
from tests.model_runs import P

UNITS, NEIGHBOURS, SURPLUS = 7, 3, 2


@pytest.mark.parametrize("seed", range(6))
def test_all_stand_in_one_list_and_rivers_come_out_of_it_again(seed: int) -> None:
    random = np.random.default_rng(seed)
    zone, near, far = (random.integers(0, P, n) for n in (UNITS, NEIGHBOURS, SURPLUS))
    capacity, cost = random.uniform(0.0, 900.0, UNITS), np.round(random.uniform(0.0, 90.0, UNITS), -1)
    share, imports = (
        random.uniform(0.5, 1.0, (UNITS, MONTHS)),
        random.uniform(0.0, 300.0, (NEIGHBOURS, MONTHS)),
    )
    exports = random.uniform(0.0, 300.0, (SURPLUS, MONTHS)) * (random.random((SURPLUS, 1)) < 0.8)
    load = 2000.0
    shed, river = random.uniform(0.0, 100.0, P), random.uniform(0.0, 800.0, (P, MONTHS))
    called = stack_supply(
        units=SupplyStack(zone=zone, capacity_mw=capacity, cost_cny_per_mwh=cost, availability=share),
        neighbours=Neighbours(zone=near, capacity_mw=imports, price_cny_per_mwh=np.full(NEIGHBOURS, 40.0)),
        exports=SurplusExports(zone=far, capacity_mw=exports, price_cny_per_mwh=np.full(SURPLUS, 300.0)),
        shedding=Shedding(
            share=shed / load,
            load_mw=np.full((P, MONTHS, DAY_TYPES, HOURS), load),
            price_cny_per_mwh=3000.0,
        ),
        rivers=Rivers(capacity_mw=river, cost_cny_per_mwh=np.array([30.0, 50.0])),
    )
    assert called.zone.tolist() == [*zone, *near, *far, 0, 1, 0, 1]
    prices = [*cost, *[40.0] * NEIGHBOURS, *[300.0] * SURPLUS, 3000.0, 3000.0, 30.0, 50.0]
    assert called.cost_cny_per_mwh.tolist() == prices
    room = called.capacity_mw[:, None] * called.availability
    expected = [capacity[:, None] * share, imports, exports, shed[:, None] * np.ones(MONTHS), river]
    np.testing.assert_allclose(room, np.concatenate(expected), rtol=1e-12)

    given = random.uniform(0.0, 2500.0, (P, MONTHS, DAY_TYPES, HOURS))
    surplus = random.uniform(0.0, 50.0, given.shape)
    output = random.uniform(0.0, 1e6, called.zone.size)
    apart = separate_rivers(
        called,
        units=UNITS,
        neighbours=NEIGHBOURS,
        river_mw=river,
        idle_mw=idle_rivers(called, river, given),
        units_mw=given,
        surplus_mw=surplus,
        output_mwh=output,
    )
    left, curtailed = apart.units_mw, apart.surplus_mw
    imported, curtailed_exports, unserved, _ = np.split(output[UNITS:], np.cumsum([NEIGHBOURS, SURPLUS, P]))
    np.testing.assert_allclose(apart.imported_mwh, np.bincount(near, imported, P))
    np.testing.assert_allclose(apart.imported_cny, 40.0 * apart.imported_mwh)
    np.testing.assert_allclose(apart.curtailed_export_mwh, np.bincount(far, curtailed_exports, P))
    np.testing.assert_allclose(apart.shed_mwh, unserved)
    cheaper = called.cost_cny_per_mwh[:-P] <= called.cost_cny_per_mwh[-P:][called.zone[:-P]]
    for z in range(P):
        before = room[:-P][cheaper & (called.zone[:-P] == z)].sum(axis=0)[:, None, None]
        sold = np.clip(given[z] - before, 0.0, river[z][:, None, None])
        np.testing.assert_allclose(left[z], given[z] - sold, atol=1e-9)
        np.testing.assert_allclose(curtailed[z], surplus[z] + river[z][:, None, None] - sold, atol=1e-9)

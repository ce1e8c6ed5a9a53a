"""Scrap in car body sheet and in smelters: what it spares, what it earns, and what is paid for it."""

import numpy as np
import pytest

from tanlu.core.axes import SECTOR
from tanlu.core.schedules import SCRAP_SUBSIDY
from tanlu.industry.lines import build_lines
from tanlu.industry.metal import added_metal_cost, metal_replaced_t, metal_t
from tanlu.industry.options import put_in_place
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, P, record, run, scenario

ALUMINIUM = SECTOR["aluminium"]
INDUSTRY = REGION.industry
SHEET, PRIMARY = (INDUSTRY.products.names.index(name) for name in ("aluminium_sheet", "primary_aluminium"))
FACILITY = build_lines(REGION).ids.index("southwest_aluminium_sheet")  # it is one line
RECYCLED = INDUSTRY.options.ids.index("aluminium_sheet_recycled")
ROW = np.array([FACILITY])


def support(subsidy: float, **more: object) -> dict[str, dict[str, object]]:
    block = {"kind": "recycled_aluminium", "from_year": 2026, "subsidy_cny_per_t": subsidy, **more}
    return {"scrap": block}


@pytest.fixture
def model() -> RegionModel:
    model = RegionModel(Inputs(scenario(support(600.0)), REGION))
    model.year = 2030
    return model


def test_sheet_is_made_of_bought_metal_until_scrap_takes_its_place(model: RegionModel) -> None:
    industry, signals = model.industry, model.announce()
    usual = INDUSTRY.processes.metal_t_per_t[industry.process[FACILITY]]
    assert metal_t(industry, ROW) == [usual]
    assert np.flatnonzero(metal_t(industry, np.arange(len(industry)))).tolist() == [FACILITY]
    price = signals.prices.product_price_cny_per_t[1, PRIMARY]
    for scrap, spared in ((0.0, 0.0), (0.5, 0.5), (usual + 0.1, usual)):
        added = added_metal_cost(industry, signals, ROW, scrap)
        np.testing.assert_allclose(added, -spared * price - scrap * 600.0)
    put_in_place(industry, FACILITY, RECYCLED, 2030)
    assert metal_t(industry, ROW) == pytest.approx(usual - 0.5)
    capacity = np.where(industry.is_block, 0.0, industry.capacity)
    wanted = np.zeros((P, len(INDUSTRY.products.names)))
    wanted[1, SHEET] = 10e3
    np.testing.assert_allclose(metal_replaced_t(industry, wanted, capacity), [0.0, 5e3])
    wanted[1, SHEET] = 1e6
    np.testing.assert_allclose(
        metal_replaced_t(industry, wanted, capacity), [0.0, 0.5 * industry.capacity[FACILITY]]
    )


def test_sheet_follows_the_price_of_its_metal(model: RegionModel) -> None:
    usual = INDUSTRY.processes.metal_t_per_t[model.industry.process[FACILITY]]
    fuel_alone = scenario({"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}})
    dear = RegionModel(Inputs(fuel_alone, REGION))
    dear.year = 2030
    free, taxed = (m.announce().trade.home_cny for m in (model, dear))
    rise = taxed - free
    assert np.all(rise[:, SHEET] > usual * rise[:, PRIMARY]) and np.all(rise[:, PRIMARY] > 0.0)


def test_demand_for_sheet_follows_the_aluminium_in_cars() -> None:
    lived = record(scenario(years=(2020, 2030)))
    made = lived.industry.output_t[:, 1, SHEET]
    np.testing.assert_allclose(made[:5], 25.4e3, rtol=3e-3)  # less what was shed in 2022
    assert np.all(made[5:] <= build_lines(REGION).capacity[FACILITY] * (1.0 + 1e-12))
    assert lived.road.aluminium_t[10].sum() > lived.road.aluminium_t[4].sum()


def test_a_payment_for_scrap_is_paid_to_its_melters_within_the_budget() -> None:
    free, paid = record(scenario()), record(scenario(support(2000.0)))
    capped = record(scenario(support(2000.0, budget_bn_cny_per_year=0.01)))
    assert not free.public.sum_spent(SCRAP_SUBSIDY).any()
    assert not paid.public.sum_spent(SCRAP_SUBSIDY)[:6].any()
    np.testing.assert_allclose(
        paid.public.sum_spent(SCRAP_SUBSIDY)[6:],
        2000.0 * paid.industry.scrap_t[6:, :, ALUMINIUM],
        rtol=1e-9,
    )
    assert np.all(capped.public.sum_spent(SCRAP_SUBSIDY).sum(axis=1) <= 0.01e9 * (1.0 + 1e-12))
    for one in (free, paid, capped):
        assert one.balances.money_error.max() < 1e-9


def test_a_higher_payment_never_means_less_scrap_or_more_emissions_of_aluminium() -> None:
    runs = [record(one) for one in (scenario(), scenario(support(2000.0)), scenario(support(3000.0)))]
    scrap = [float(r.industry.scrap_t[:, :, ALUMINIUM].sum()) for r in runs]
    emitted = [float(r.emissions.by_sector_tco2[:, :, ALUMINIUM].sum()) for r in runs]
    assert scrap[0] <= scrap[1] <= scrap[2] and scrap[0] < scrap[2]
    assert emitted[0] >= emitted[2]


def test_the_facilities_take_scrap_where_it_is_cheaper_than_metal() -> None:
    assert run(scenario()).industry.has_taken[FACILITY, RECYCLED]

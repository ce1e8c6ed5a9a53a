"""Works that close leave book value behind: how much, whose, and that it leaves the books."""

from types import SimpleNamespace

import numpy as np
import pytest

from model.agents.industry_options import can_be_spared
from model.signals import SECTOR
from model.simulation import Inputs, RegionModel
from model.steps.age import close_books
from tests.model_runs import REGION, measures, record, scenario

WORKS = "xipeng_smelter"
ROW = REGION.industry.facilities.ids.index(WORKS)
VALUE = 3e9
CLOSED = {"plant_retirement": {WORKS: 2027}}


def closing_with_a_project() -> RegionModel:
    """A model whose smelter closes at the end of 2026 with a project on its books."""
    model = RegionModel(Inputs(scenario(years=(2020, 2028), world=CLOSED), REGION))
    while model.year < 2025:
        model.step()
    model.industry.book_value_cny[ROW] = VALUE
    return model


def test_projects_of_works_that_close_are_left_at_what_is_not_yet_written_off() -> None:
    model = closing_with_a_project()
    industry = model.industry
    assert close_books(industry, 2025)[ROW] == 0.0
    left = close_books(industry, 2026)
    assert left[ROW] == VALUE and not left[industry.end_year != 2027].any()
    assert industry.book_value_cny[ROW] == 0.0 and not close_books(industry, 2026).any()


def test_it_is_stranded_in_its_sector_split_by_the_owners_debt_and_leaves_his_assets() -> None:
    model = closing_with_a_project()
    model.step()
    record, owner = model.records[-1], REGION.industry.facilities.owner[ROW]
    years = REGION.parameters["industry_depreciation_years"]
    stranded = record.stranded_cny[1, SECTOR["aluminium"]]
    assert stranded == pytest.approx(VALUE * (1.0 - 1.0 / years))
    assert model.written_off_cny[owner] >= stranded
    share = model.companies.debt_cny[owner] / model.companies.assets_cny[owner]
    others = record.stranded_cny[1].sum() - stranded
    assert record.stranded_lent_cny[1] == pytest.approx(share * stranded, abs=others * 1.001 + 1.0)
    before = model.companies.assets_cny[owner]
    model.step()
    assert model.companies.assets_cny[owner] < before
    assert model.records[-1].money_balance_error < 1e-9


def test_sectors_add_up_to_what_is_stranded() -> None:
    one = record(scenario())
    of = measures(scenario())
    value = dict(zip(of.variables, of.values, strict=True))
    total = value["Stranded Assets"]
    parts = [name for name in of.variables if name.startswith("Stranded Assets|") and "Lenders" not in name]
    named = np.sum([value[name] for name in parts], axis=0)
    assert np.all(named <= total * (1.0 + 1e-12)) and total.any()
    np.testing.assert_allclose(total[:2], one.stranded_cny.sum(axis=2).T / 1e9)
    assert np.all(value["Stranded Assets|Financed by Lenders"] <= total * (1.0 + 1e-12))


@pytest.mark.parametrize(
    "noise", [np.zeros(4), np.array([0.0, 1e-13, 2e-13, 3e-13]), np.array([3e-13, 0.0, 1e-13, 0.0])]
)
def test_of_works_that_lose_alike_the_one_listed_first_goes_first_whatever_rounding_says(noise) -> None:
    """Four like kilns of 100, three of which can be spared, beside one that loses more and one that wants to stay."""
    loss = np.array([*(7.756991454027 + noise), 9.0, 50.0])
    industry = SimpleNamespace(
        active=lambda year: np.ones(6, bool),
        is_block=np.zeros(6, bool),
        capacity=np.full(6, 100.0),
        region=SimpleNamespace(parameters={"maximum_utilisation": 1.0}),
        group=np.zeros(6, np.int64),
        profit_cny=-100.0 * loss[:, None] * np.ones(4),
    )
    wants = np.array([True] * 5 + [False])
    made = SimpleNamespace(output=np.full(6, 40.0))
    spared = can_be_spared(industry, np.arange(6), wants, SimpleNamespace(year=2030), made)
    assert spared.tolist() == [True, True, False, False, True, False]

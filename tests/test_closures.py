"""Facilities that close leave book value behind: how much, whose, and that it is written off."""

from types import SimpleNamespace

import numpy as np
import pytest

from tanlu.core.axes import SECTOR
from tanlu.industry.closures import ration_closures
from tanlu.industry.lines import build_lines
from tanlu.settlement.closures import retire_by_rule, write_off_closed
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, measures, record, scenario

FACILITY = "xipeng_smelter"
PLACE = REGION.industry.facilities.ids.index(FACILITY)
ROW = build_lines(REGION).ids.index(FACILITY)  # it is one line
VALUE = 3e9
CLOSED = {"plant_retirement": {FACILITY: 2027}}


def closing_with_a_project() -> RegionModel:
    """A model whose smelter closes at the end of 2026 with a project in its accounts."""
    model = RegionModel(Inputs(scenario(years=(2020, 2028), world=CLOSED), REGION))
    while model.year < 2025:
        model.step()
    model.industry.book_value_cny[ROW] = VALUE
    return model


def facility_cny() -> float:
    """What the smelter is worth without its project, by hand: 8000 CNY a tonne, straight line since its reline."""
    f, span = REGION.industry.facilities, REGION.parameters["reline_interval_years"]
    age = 2020 - int(max(f.last_reline_year[PLACE], f.start_year[PLACE]))
    assert 0 < age < span
    return float(8000.0 * f.capacity_kt_per_year[PLACE] * 1e3 * (1.0 - age / span))


def test_facilities_that_decide_to_close_leave_their_projects_and_themselves() -> None:
    industry = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION)).industry
    industry.book_value_cny[ROW], industry.end_year = VALUE, industry.end_year.copy()
    industry.end_year[ROW] = 2027
    assert write_off_closed(industry, 2025)[ROW] == 0.0
    left = write_off_closed(industry, 2026)
    assert left[ROW] == pytest.approx(VALUE + facility_cny())
    assert not left[industry.end_year != 2027].any()
    assert industry.book_value_cny[ROW] == 0.0 and not write_off_closed(industry, 2026).any()


def test_facilities_are_kept_up_unless_it_is_known_when_they_close() -> None:
    model = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION))
    retire_by_rule(model.plants, industry := model.industry, {FACILITY: 2027})
    first = industry.facility_value_cny.copy()
    assert first[ROW] == pytest.approx(facility_cny()) and not first[industry.is_block].any()
    shares = [industry.depreciate(year) for year in range(2020, 2027)]
    np.testing.assert_allclose([share[ROW] for share in shares], first[ROW] / 7)
    assert industry.facility_value_cny[ROW] == pytest.approx(0.0, abs=1.0)
    lasting = industry.end_year > 2100
    assert lasting.sum() > 100 and np.array_equal(industry.facility_value_cny[lasting], first[lasting])


def test_it_is_stranded_in_its_sector_split_by_the_owners_debt_and_leaves_his_assets() -> None:
    model = closing_with_a_project()
    model.step()
    record, owner = model.records[-1], REGION.industry.facilities.owner[PLACE]
    years = REGION.parameters["industry_depreciation_years"]
    stranded = record.finance.stranded_cny[1, SECTOR["aluminium"]]
    assert stranded == pytest.approx(VALUE * (1.0 - 1.0 / years)), "the facility is written off to the year"
    assert model.state.finance.written_off_cny[owner] >= stranded
    share = model.companies.debt_cny[owner] / model.companies.assets_cny[owner]
    others = record.finance.stranded_cny[1].sum() - stranded
    assert record.finance.stranded_lent_cny[1] == pytest.approx(share * stranded, abs=others * 1.001 + 1.0)
    before = model.companies.assets_cny[owner]
    model.step()
    assert model.companies.assets_cny[owner] < before
    assert model.records[-1].balances.money_error < 1e-9


def test_owners_start_with_their_units_and_facilities_at_what_these_are_worth() -> None:
    model = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION))
    owners, floor = model.companies, REGION.parameters["smallest_company_assets_cny"]
    conch = owners.ids.index("anhui_conch")
    mine = model.industry.owner == conch
    assert mine.sum() > 2 and not (model.plants.owner == conch).any()
    assert owners.assets_cny[conch] == pytest.approx(floor + model.industry.facility_value_cny[mine].sum())
    assert owners.debt_cny[conch] == pytest.approx(0.16 * owners.assets_cny[conch])


def test_sectors_add_up_to_what_is_stranded() -> None:
    one = record(scenario())
    of = measures(scenario())
    value = dict(zip(of.variables, of.values, strict=True))
    total = value["Stranded Assets"]
    assert total.any() and value["Stranded Assets|Other"].any()
    np.testing.assert_allclose(total[:2], one.finance.stranded_cny.sum(axis=2).T / 1e9)
    assert np.all(value["Stranded Assets|By Financing|Lenders"] <= total * (1.0 + 1e-12))


@pytest.mark.parametrize(
    "noise", [np.zeros(4), np.array([0.0, 1e-13, 2e-13, 3e-13]), np.array([3e-13, 0.0, 1e-13, 0.0])]
)
def test_of_facilities_that_lose_alike_the_one_listed_first_goes_first_whatever_rounding_says(noise) -> None:
    """Four like kilns of 100, three of which can be spared, one that loses more and one that wants to stay."""
    loss = np.array([*(7.756991454027 + noise), 9.0, 50.0])
    industry = SimpleNamespace(
        is_block=np.zeros(6, bool),
        capacity=np.full(6, 100.0),
        group=np.zeros(6, np.int64),
        profit_cny=-100.0 * loss[:, None] * np.ones(4),
    )
    wants = np.array([True] * 5 + [False])
    usable, output = np.full(6, 100.0), np.full(6, 40.0)
    spared = ration_closures(industry, np.arange(6), wants, usable, output)
    assert spared.allowed.tolist() == [True, True, False, False, True, False]

"""Lines of facilities: together what the facility is, and each relined and changed by itself."""

import dataclasses

import numpy as np
import pytest

from tanlu.core.axes import S
from tanlu.industry.lines import build_lines, facility_and_line, line_counts, line_ids
from tanlu.industry.options import option_value
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, P, scenario

INDUSTRY = REGION.industry
WORKS = "chongqing_iron_steel_bof"


def whole() -> Region:
    """Return the region with every facility as one line."""
    processes = REGION.tables["processes"].assign(line_capacity_kt_per_year=np.nan)
    return dataclasses.replace(REGION, tables=dict(REGION.tables) | {"processes": processes})


def lived(region: Region, until: int) -> RegionModel:
    model = RegionModel(Inputs(scenario(years=(2020, 2030)), region))
    while model.year < until:
        model.step()
    return model


def test_lines_make_up_their_facility() -> None:
    lines, f = build_lines(REGION), INDUSTRY.facilities
    np.testing.assert_allclose(np.bincount(lines.facility, lines.capacity), f.capacity_kt_per_year * 1e3)
    np.testing.assert_allclose(np.bincount(lines.facility, lines.share), 1.0)
    assert len(set(lines.ids)) == len(lines.ids) > len(f.ids) + 50
    for name, facility in zip(lines.ids, lines.facility, strict=True):
        assert facility_and_line(name)[0] == f.ids[facility]
    assert line_ids(WORKS, 1) == [WORKS]
    assert line_counts(np.array([100.0, 825.0, 2475.0, 8400.0]), np.array([np.inf, 1650, 1650, 2000])).tolist() == [
        1, 1, 2, 4,
    ]  # fmt: skip


def test_until_anybody_decides_a_facility_is_the_sum_of_its_lines() -> None:
    """Output, CO2, profit and value by facility, in the last year before decisions."""
    year = int(REGION.parameters["first_decision_year"]) - 1
    one, many = lived(whole(), year), lived(REGION, year)
    place = many.industry.facility
    n, listed = len(INDUSTRY.facilities.ids), place >= 0
    assert one.industry.facility[:n].tolist() == list(range(n)) and listed.sum() > n
    for column in ("facility_value_cny", "profit_cny"):
        of_one, of_lines = (getattr(x.industry, column) for x in (one, many))
        of_lines = of_lines if of_lines.ndim == 1 else of_lines[:, -1]
        of_one = (of_one if of_one.ndim == 1 else of_one[:, -1])[:n]
        assert np.abs(of_one).max() > 1e8
        np.testing.assert_allclose(
            np.bincount(place[listed], of_lines[listed], n), of_one, rtol=1e-9, atol=1.0
        )
    for mine, ours in zip(one.records, many.records, strict=True):
        np.testing.assert_allclose(
            ours.emissions.by_carrier_tco2, mine.emissions.by_carrier_tco2, rtol=1e-9, atol=1e-3
        )


def test_a_works_of_n_lines_relines_them_in_n_different_years() -> None:
    """So what pays for all is done by one line after the other."""
    industry, most = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION)).industry, 0
    for name in INDUSTRY.facilities.ids:
        rows = industry.lines(name)
        campaign = int(industry.reline_years[rows[0]])
        at = np.array([industry.years_to_reline(rows, 2030 + k) == 0 for k in range(campaign)])
        assert (at.sum(axis=0) == 1).all(), "once a campaign"
        assert at.sum(axis=1).max() == 1, "never two at once"
        most = max(most, rows.size)
    assert most > 4
    assert industry.lines("nobody").size == 0


def test_an_option_is_worth_to_the_lines_what_it_is_worth_to_the_facility() -> None:
    """Where scale and the price of scrap play no part."""
    option = INDUSTRY.options.ids.index("clinker_efficiency")
    value = {}
    for region in (whole(), REGION):
        model = lived(region, 2024)
        model.year += 1
        signals, industry = model.announce(), model.industry
        nothing = np.zeros((P, len(INDUSTRY.products.names)))
        plan = industry.offer(signals, 1.0, nothing, np.zeros((P, S, len(ENERGY))))
        made = industry.operate(signals, plan, np.ones((P, 3)))
        rows = industry.lines("clinker_emeishan")
        rate, owners = np.full(rows.size, 0.08), np.zeros(len(model.companies))
        found = option_value(industry, signals, made, rows, np.full(rows.size, option), rate, owners)
        value[rows.size] = float(found.npv_cny.sum())
    assert len(value) == 2 and max(value) > 4
    assert value[1] != 0.0 and value[max(value)] == pytest.approx(value[1], rel=1e-9)


def test_each_line_asks_its_own_return_at_windows_of_its_own() -> None:
    industry = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION)).industry
    rows = industry.lines(WORKS)
    assert rows.size == 4 and np.unique(industry.own_premium[rows]).size == 4
    windows = [industry.years_to_window(rows, year) == 0 for year in range(2025, 2035)]
    assert 0 < max(at.sum() for at in windows) < rows.size

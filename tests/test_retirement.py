"""Units and facilities that a scenario closes: they stay closed, and the years of statistics stay as they are."""

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tanlu.core.places import PACKS
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output.result import Result, simulate
from tanlu.region.catalogue import SEAL
from tanlu.region.pack import load_region
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.steps.age import retire_by_rule
from tests.model_runs import REGION, scenario

PACK = load_region("two_provinces")
LAST = PACK.last_observed_year
COAL = ("north_coal_1", "north_coal_2", "south_coal_1", "south_coal_2")
REMOVED = "below_6_mw_sichuan_small_hydro_2005_to_2023"
COAL_GW = "Capacity|Electricity|Coal"


def block(closings: dict[str, int], **rest: Any) -> dict[str, Any]:
    world = {"hydrology": "observed", "plant_retirement": closings}
    return {
        "name": "closing",
        "region": "two_provinces",
        "years": f"{PACK.base_year}-2031",
        "replications": 1,
        "world": world,
        **rest,
    }


@cache
def closed(names: tuple[str, ...], year: int) -> Result:
    return simulate(block(dict.fromkeys(names, year)))


def test_a_unit_that_the_pack_has_closed_does_not_come_back() -> None:
    model = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION))
    row = model.plants.ids.index(REMOVED)
    by_pack = int(model.plants.retired_year[row])
    assert by_pack <= REGION.last_observed_year
    for year, first in ((2030, by_pack), (by_pack - 1, by_pack - 1), (2030, by_pack - 1)):
        retire_by_rule(model.plants, model.industry, {REMOVED: year})
        assert model.plants.retired_year[row] == first


def test_of_two_years_in_which_a_facility_closes_the_earlier_wins() -> None:
    model = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION))
    rows = model.industry.lines("xipeng_smelter")
    for year, first in ((2030, 2030), (2035, 2030), (2027, 2027)):
        retire_by_rule(model.plants, model.industry, {"xipeng_smelter": year})
        assert (model.industry.end_year[rows] == first).all()


def test_the_year_of_the_pack_holds_in_a_run_too(tmp_path: Path) -> None:
    """A copy of the pack closes a unit in 2027; the scenario would close it in 2030."""
    copy = tmp_path / "copy"
    shutil.copytree(PACKS / "two_provinces", copy, ignore=shutil.ignore_patterns(SEAL))
    units = pd.read_csv(copy / "power_units.csv", dtype=str)
    units.loc[units["unit_id"] == "north_coal_1", "retired_year"] = "2027"
    units.to_csv(copy / "power_units.csv", index=False)
    paths = [
        simulate(block(closings, region=str(copy))).path(COAL_GW, "North")
        for closings in ({}, {"north_coal_1": 2030})
    ]
    np.testing.assert_array_equal(*paths)
    assert paths[0][2026] - paths[0][2027] > 0.5


def test_closed_units_stay_closed_and_no_year_of_statistics_moves() -> None:
    """Book value is stranded at the end of the year before; that is the last one of statistics for what closes next."""
    before, after = closed((), 0), closed(COAL, LAST + 1)
    assert after.valid
    gw = after.path(COAL_GW)
    assert gw[LAST] > 1.0 and not gw[LAST + 1 :].any()
    names = [name for name in before.measures.variables if not name.startswith(("Stranded", "Balance Error"))]
    assert len(names) > 300
    for name in names:
        paths = (result.draws(name)[:, before.years <= LAST] for result in (before, after))
        np.testing.assert_array_equal(*paths, err_msg=name)


def test_a_region_without_units_lives_through_its_years() -> None:
    gw = closed(tuple(PACK.power.units.ids), LAST + 1).path("Capacity|Electricity")
    assert gw[LAST] > 5.0 and gw[LAST + 1] < 0.1 * gw[LAST]


@pytest.mark.parametrize("year", [LAST - 1, LAST])
def test_a_unit_is_not_closed_in_years_of_statistics(year: int) -> None:
    with pytest.raises(ScenarioError) as refused:
        load(block({"north_coal_1": year}))
    (one,) = refused.value.findings
    assert one.code == "closed-in-statistics" and one.place.path == "world.plant_retirement.north_coal_1"
    assert f"which end in {LAST}" in one.message and f"from {LAST + 1} to 2100" in one.help
    assert f"{LAST}" in one.in_language("zh").message


def test_a_closing_that_the_pack_overtakes_is_named() -> None:
    what = load({"name": "late", "extends": "tanlu:baseline", "world": {"plant_retirement": {REMOVED: 2030}}})
    (one,) = [found for found in scenario_findings(what) if found.code == "closure-overtaken"]
    assert REMOVED in one.message and "2030" in one.message and "earlier year" in one.help

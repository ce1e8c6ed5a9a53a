"""Units and facilities that a scenario closes: they stay closed, and the years of statistics stay as they are."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tanlu.core.places import PACKS
from tanlu.experiments.results import simulate
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output.result import Result
from tanlu.region.catalogue import SEAL, table_of
from tanlu.region.pack import load_region
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.loading import load
from tanlu.settlement.closures import retire_by_rule
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, scenario

PACK = load_region("two_provinces")
LAST = PACK.last_observed_year
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
    """A copy of the pack closes a unit in 2026; the scenario would close it in 2030.

    What is decided on from 2024 on takes its place in 2027 at the earliest.
    """
    copy = tmp_path / "copy"
    shutil.copytree(PACKS / "two_provinces", copy, ignore=shutil.ignore_patterns(SEAL))
    units = pd.read_csv(copy / "power_units.csv", dtype=str)
    units.loc[units["unit_id"] == "north_coal_1", "retired_year"] = "2026"
    units.to_csv(copy / "power_units.csv", index=False)
    paths = [
        simulate(block(closings, region=str(copy))).path(COAL_GW, "North")
        for closings in ({}, {"north_coal_1": 2030})
    ]
    np.testing.assert_array_equal(*paths)
    assert paths[0][2025] - paths[0][2026] > 0.5


def groups(pack: str) -> Iterator[Any]:
    """Yield pack and names of what may close together: of a fuel or sector, an owner, a province, and everything."""
    kinds = ("power_units", "unit_id", "fuel"), ("facilities", "facility_id", "sector")
    every: list[str] = []
    for file, name, kind in kinds:
        table = table_of(PACKS / pack, file)
        every += table[name]
        for column in (kind, "province", "owner_id"):
            slow = (
                [pytest.mark.slow] if pack == "chengyu" else []
            )  # beside all units, all facilities and everything
            for value in sorted(set(table[column])):
                names = tuple(n for n, v in zip(table[name], table[column], strict=True) if v == value)
                yield pytest.param(pack, names, id=f"{pack} {column} {value}", marks=slow)
        yield pytest.param(pack, tuple(table[name]), id=f"{pack} {file}")
    yield pytest.param(pack, tuple(every), id=f"{pack} everything")


@cache
def shut(pack: str, names: tuple[str, ...]) -> Result:
    region = load_region(pack)
    return simulate(
        {
            "name": "shut",
            "region": pack,
            **({"extends": "tanlu:baseline"} if pack == "chengyu" else {}),
            "years": f"{region.base_year}-{region.last_observed_year + 4}",
            "replications": 1,
            "world": {"plant_retirement": dict.fromkeys(names, region.last_observed_year + 1)},
        }
    )


@pytest.mark.parametrize(("pack", "names"), [*groups("two_provinces"), *groups("chengyu")])
def test_all_of_a_fuel_an_owner_or_a_province_may_close(pack: str, names: tuple[str, ...]) -> None:
    """Book value is stranded at the end of the year before, which is the last one of statistics here."""
    before, after, last = shut(pack, ()), shut(pack, names), load_region(pack).last_observed_year
    assert after.valid
    errors = {
        name: after.draws(name).max() for name in after.measures.variables if name.startswith("Balance")
    }
    assert len(errors) >= 6 and all(error <= 1e-12 for error in errors.values()), errors
    standing = after.plants[after.plants["year"] > last]
    assert not {*standing["decider"]} & {*names}, "closed units come back"
    same = [name for name in before.measures.variables if not name.startswith(("Stranded", "Balance"))]
    assert len(same) > 300
    for name in same:
        paths = (result.draws(name)[:, before.years <= last] for result in (before, after))
        np.testing.assert_array_equal(*paths, err_msg=name)


def test_a_year_in_which_no_power_unit_is_left_and_none_is_built_is_measured() -> None:
    """A penalty that no owner can pay keeps all of them from building."""
    units, works = (table_of(PACKS / "two_provinces", name) for name in ("power_units", "facilities"))
    names = (*units["unit_id"], *works["facility_id"])
    penalty = {"kind": "efficiency_standard", "from_year": 2022, "energy_ceiling_share": 0.5}
    result = simulate(
        block(
            dict.fromkeys(names, LAST + 1),
            years=f"{PACK.base_year}-{LAST + 2}",
            policies={"penalty": {**penalty, "penalty_cny_per_gj": 100_000}},
        )
    )
    standing = result.plants[result.plants["year"] == LAST + 1]
    assert result.valid and not {"PowerPlants"} & {*standing["kind"]}


def test_small_hydropower_gives_less_as_it_closes() -> None:
    twh = [
        shut("chengyu", names).path("Secondary Energy|Electricity|Hydro", "Chongqing")[2025]
        for names in ((), ("below_6_mw_chongqing_small_hydro_2005",))
    ]
    assert twh[0] - twh[1] == pytest.approx(4.0, rel=0.05)  # of which some may be curtailed


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

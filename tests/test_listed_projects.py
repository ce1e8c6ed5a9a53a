"""Listed projects: what the lists say of delay, and what each run draws of it."""

import dataclasses

import numpy as np
import pytest

from tanlu.core.axes import FUEL, HYDRO_FUELS
from tanlu.core.randomness import decider_id
from tanlu.power.life import draw_completion
from tanlu.region.past import completion_hazard, years_at_risk
from tanlu.region.power import OPEN_END_YEAR
from tests import model_runs
from tests.model_runs import REGION

UNITS, HAZARD = REGION.power.units, REGION.power.completion_hazard
NUMBERS = np.array([decider_id(name) for name in UNITS.ids], dtype=np.int64)
LISTED = UNITS.is_listed & (UNITS.commissioned_year > REGION.last_observed_year)
TABLE = REGION.tables["project_completions"]


def years(replication: int = 0, seed: int = 1) -> np.ndarray:
    return draw_completion(REGION, NUMBERS, seed=seed, replication=replication)


def test_the_chance_of_a_year_is_completions_over_years_at_risk() -> None:
    """Gas and coal: four of 17 done, in the year they were listed; water: four of nine, by the end of 2025."""
    thermal, water = TABLE["fuel"].isin(("gas", "coal")), TABLE["fuel"] == "hydro_reservoir"
    assert thermal.sum() == 17 and water.sum() == 9
    assert years_at_risk(TABLE[thermal]).sum() == pytest.approx(4 * 1.0 + 3 * (1 + 8 / 12) + 10 * 8 / 12)
    assert years_at_risk(TABLE[water]).sum() == pytest.approx(2 + 2 + 1 + 1 + 2 + 2 + 3 * 1)
    assert HAZARD[FUEL["gas"]] == HAZARD[FUEL["coal"]] == pytest.approx(4 / (4 + 5 + 20 / 3))
    assert HAZARD[FUEL["hydro_reservoir"]] == HAZARD[FUEL["pumped_storage"]] == pytest.approx(4 / 13)
    assert HAZARD[FUEL["wind"]] == 1.0, "cohorts come with their statistic"


def test_a_list_without_a_completion_is_refused() -> None:
    with pytest.raises(ValueError, match="no thermal project was completed"):
        completion_hazard(TABLE[TABLE["completed_year"].isna() | (TABLE["fuel"] == "hydro_reservoir")])


def test_a_completed_project_was_listed_before_and_is_in_the_pack_by_then() -> None:
    done = TABLE[TABLE["completed_year"].notna()]
    assert len(done) == 8 and (done["completed_year"] >= done["listed_year"]).all()
    assert (TABLE["listed_on"] < TABLE["seen_on"]).all()
    running = {name for name, listed in zip(UNITS.ids, UNITS.is_listed, strict=True) if not listed}
    for project in done["project_id"]:
        assert project in running or f"gas_{project}" in running, project


def test_projects_come_in_their_year_at_the_earliest_and_nothing_else_moves() -> None:
    assert LISTED.sum() > 50
    drawn = years()
    np.testing.assert_array_equal(drawn[~LISTED], UNITS.commissioned_year[~LISTED])
    late = drawn[LISTED] - UNITS.commissioned_year[LISTED]
    assert np.all(late >= 0) and late.max() > 3 and (late == 0).any()


@pytest.mark.parametrize("fuel", ["gas", "hydro_reservoir"])
def test_the_share_done_follows_the_chance(fuel: str) -> None:
    mine = LISTED & ~UNITS.is_planned & (UNITS.fuel == FUEL[fuel])
    late = np.concatenate([(years(one) - UNITS.commissioned_year)[mine] for one in range(200)])
    assert late.size > 1000
    chance = HAZARD[FUEL[fuel]]
    for waited in range(4):
        assert (late == waited).mean() == pytest.approx(chance * (1.0 - chance) ** waited, abs=0.02), waited


def test_sichuan_has_three_gigawatts_of_storage_in_2028() -> None:
    """The list of October 2025 (3.45 GW), with a gigawatt that stood before it."""
    storage = (UNITS.fuel == FUEL["battery"]) & (UNITS.province == REGION.axes.provinces.index("Sichuan"))
    assert UNITS.capacity_mw[storage & UNITS.is_listed].sum() == pytest.approx(3450.0)
    stands = [UNITS.capacity_mw[storage & (years(one) <= 2028)].sum() for one in range(200)]
    assert np.mean(stands) == pytest.approx(1000.0 + 3450.0 * (1.0 - 0.5**3), rel=0.02)


def test_planned_stations_come_after_2035_with_a_chance_of_their_own() -> None:
    """Half of the chance of those under construction; without one none comes, and all others come as before."""
    planned = UNITS.is_planned
    assert planned.sum() == 12 and UNITS.commissioned_year[planned].min() > 2035
    late = np.concatenate([(years(one) - UNITS.commissioned_year)[planned] for one in range(200)])
    chance = REGION.parameters["planned_completion_share"]
    for waited in range(4):
        assert (late == waited).mean() == pytest.approx(chance * (1.0 - chance) ** waited, abs=0.02), waited
    never = dataclasses.replace(REGION)
    object.__setattr__(never, "power", REGION.power)
    object.__setattr__(never, "parameters", {**REGION.parameters, "planned_completion_share": 0.0})
    drawn = draw_completion(never, NUMBERS, seed=1, replication=0)
    assert (drawn[planned] == OPEN_END_YEAR).all()
    np.testing.assert_array_equal(drawn[~planned], years()[~planned])


def test_all_hydropower_of_sichuan_is_below_its_technical_potential() -> None:
    """Ganzi calls its 41.3 GW about three tenths of the province."""
    hydro = np.isin(UNITS.fuel, [FUEL[name] for name in HYDRO_FUELS])
    stands = hydro & (UNITS.province == 0) & (UNITS.retired_year > 2060)
    assert 120_000.0 < UNITS.capacity_mw[stands].sum() < 41_300.0 / 0.3


def test_a_delay_belongs_to_project_seed_and_replication() -> None:
    assert years().tobytes() == years().tobytes()
    assert (years() != years(1)).sum() > 10 and (years() != years(seed=2)).sum() > 10
    fewer = REGION.power._replace(
        units=UNITS._replace(is_listed=UNITS.is_listed & (UNITS.fuel == FUEL["gas"]))
    )
    alone = dataclasses.replace(REGION)
    object.__setattr__(alone, "power", fewer)
    gas = UNITS.fuel == FUEL["gas"]
    drawn = draw_completion(alone, NUMBERS, seed=1, replication=0)
    np.testing.assert_array_equal(drawn[gas], years()[gas])
    np.testing.assert_array_equal(drawn[~gas], UNITS.commissioned_year[~gas])


def test_scenarios_of_one_seed_wait_for_the_same_projects() -> None:
    runs = [model_runs.watch(model_runs.shipped(name)) for name in ("baseline", "ccus_push")]
    first, second = (one.ever.commissioned_year[: len(UNITS.ids)] for one in runs)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, years())

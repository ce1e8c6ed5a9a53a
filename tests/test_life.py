"""How long units stand: what leaves beyond its life, and who is refurbished to run on."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from tanlu.core.axes import FUEL, FUELS, F
from tanlu.power.options import OPTIONS
from tanlu.power.plants import PowerPlants
from tanlu.region.power import OPEN_END_YEAR
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, SHIPPED, in_small_pack, scenario, shipped
from tests.monotone import first_quick
from tests.policy_blocks import coal_rule

EXTEND = OPTIONS.index("life_extension")
SMALLEST_MW = REGION.parameters["smallest_unit_beyond_life_mw"]
LEAVES = REGION.parameters["exit_share_beyond_life"]


class Watched(PowerPlants):
    """Plants that keep what left by age, and who was extended."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.stood: dict[int, np.ndarray] = {}  # MW by fuel at the end of the year before
        self.left: dict[int, np.ndarray] = {}  # MW by fuel that age took at the start of a year
        self.extended: list[tuple[int, str, int]] = []  # year, name, end of life before
        self.last: dict[str, dict[str, Any]] = {}  # what has closed, as it was last seen

    def leave(self, year: int) -> None:
        for row in np.flatnonzero(self.retired_year <= year).tolist():
            self.last[self.ids[row]] = self.record(row).values
        super().leave(year)

    def seen(self, name: str) -> dict[str, Any]:
        return self.last[name] if name in self.last else self[name].values

    def outlive(self, year: int) -> None:
        on, before = self.active(year - 1), self.capacity_mw
        beyond = on & (self.life_end_year <= year)
        super().outlive(year)
        gone = (before - self.capacity_mw * self.active(year)) * beyond
        self.stood[year] = np.bincount(self.fuel[on], before[on], F)
        self.left[year] = np.bincount(self.fuel, gone, F)

    def start(self, appraisal: Any, choice: Any, funded: Any, signals: Any) -> None:
        rows = appraisal.decider[(choice == EXTEND) & funded]
        self.extended += [(signals.year, self.ids[row], int(self.retired_year[row])) for row in rows]
        super().start(appraisal, choice, funded, signals)


@cache
def lived_shipped(name: str) -> Watched:
    """Return the plants of a scenario of the repository at the end of its run."""
    return lived(shipped(name))


def lived(what: Any) -> Watched:
    model = RegionModel(Inputs(what, REGION), populations={"power_plants": Watched})
    model.run()
    return model.plants


@first_quick("name", "baseline", *(name for name in SHIPPED if name != "baseline"))
def test_no_fuel_loses_more_than_a_quarter_in_a_year_by_age(name: str) -> None:
    plants, lost = lived_shipped(name), 0.0
    for year, stood in plants.stood.items():
        some = stood > 10.0 * SMALLEST_MW
        share = plants.left[year][some] / stood[some]
        assert share.max() <= 0.25, (year, FUELS[int(np.flatnonzero(some)[share.argmax()])], share.max())
        lost += float(plants.left[year].sum())
    assert lost > 5e3  # a case that is not empty


def test_beyond_its_life_a_unit_leaves_part_by_part_and_one_that_is_told_to_close_as_a_whole() -> None:
    plain, told = "coal_luohuang_phase_ii_unit_3", "coal_chengdu_jintang_phase_i_unit_1"
    model = RegionModel(
        Inputs(scenario(years=(2020, 2026), world={"plant_retirement": {told: 2025}}), REGION)
    )
    plants = model.plants
    row = plants.ids.index(plain)
    plants.retired_year, plants.life_end_year = plants.retired_year.copy(), plants.life_end_year.copy()
    plants.retired_year[row] = plants.life_end_year[row] = 2023
    first = plants.capacity_mw[row]
    for year in range(2020, 2027):
        model.step()
        stays = (1.0 - LEAVES) ** max(year - 2022, 0)
        row, active = plants.ids.index(plain), plants.active(year)
        assert plants.capacity_mw[row] == pytest.approx(first * stays)
        assert active[row] and (told in plants.ids and active[plants.ids.index(told)]) == (year < 2025)


def test_units_are_extended_in_the_last_window_of_their_life_and_once() -> None:
    plants = lived_shipped("baseline")
    years, interval = (
        int(REGION.parameters["life_extension_years"]),
        REGION.parameters["overhaul_interval_years"],
    )
    assert len(plants.extended) >= 5
    assert len({name for _, name, _ in plants.extended}) == len(plants.extended)
    for year, name, end in plants.extended:
        unit = plants.seen(name)
        assert 0 < end - year <= interval and unit["fuel"] in (FUEL["coal"], FUEL["gas"])
        assert unit["extended_year"] == year and unit["life_end_year"] in (end + years, OPEN_END_YEAR)


def test_a_rule_on_age_closes_units_as_a_whole() -> None:
    plants = lived(scenario(coal_rule(maximum_age_years=25), years=(2020, 2034)))
    built, active = plants.built_units(), {plants.place[row] for row in np.flatnonzero(plants.active(2034))}
    old = (built.fuel == FUEL["coal"]) & (2034 - built.commissioned_year >= 25)
    assert old.sum() > 20 and not active & {*built.place[old]}


def test_from_the_exit_year_on_no_coal_unit_runs() -> None:
    """Nor is a unit commissioned that was under construction when the exit was decided."""
    last, first_without = 2026 - 2022, slice(2027 - 2022, None)
    growing = {"demand_factor": 1.1}  # so that coal is under construction
    free = in_small_pack({}, world=growing).record.power.capacity_mw[:, :, FUEL["coal"]].sum(axis=1)
    assert free[first_without][0] > free[last]
    rule = {"kind": "coal_phase_out", "from_year": 2026, "exit_year": 2027}
    events = {"exit": {"decided_in": 2026, "introduce": {"exit": rule}}}
    of = in_small_pack({}, events=events, world=growing).record.power
    output, capacity = (values[:, :, FUEL["coal"]].sum(axis=1) for values in (of.output_mwh, of.capacity_mw))
    assert output[last] > 0.0 and not output[first_without].any() and not capacity[first_without].any()


@pytest.mark.slow
def test_the_world_may_hold_other_years_and_costs_of_refurbishing() -> None:
    """Of 12 years 1.25 makes 15; who is asked for ten times as much of a new unit's cost is not refurbished.

    Most windows in which it pays are those of 2056, a year before units reach the end of their lives.
    """
    assert REGION.parameters["life_extension_years"] == 12.0
    for world, more in (({}, 12), ({"life_extension_length_factor": 1.25}, 15)):
        plants = lived(scenario(years=(2020, 2056), world=world))
        lives = [(plants.seen(name)["life_end_year"], end) for _, name, end in plants.extended]
        standing = [(life, end) for life, end in lives if life < OPEN_END_YEAR]
        assert len(standing) >= 3 and all(life == end + more for life, end in standing)
    dear = lived(scenario(years=(2020, 2056), world={"life_extension_cost_factor": 10.0}))
    assert not dear.extended

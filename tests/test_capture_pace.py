"""Pace of capture: no faster than an S-curve, whose turn it is, and what the others are told."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tanlu.decisions import outlook
from tanlu.decisions.capture import (
    Candidates,
    CaptureRoom,
    capture_capacity,
    sign_in_turn,
)
from tanlu.indicators.main import indicators
from tanlu.investment.growth import grow_stock
from tanlu.investment.rationing import serve_for_good
from tanlu.kernels.co2.open_season import Season
from tests import model_runs
from tests.model_runs import REGION, credited, scenario, shipped
from tests.monotone import first_quick
from tests.policy_blocks import subsidy

FLOOR, RATE, POTENTIAL = (
    REGION.parameters[f"capture_{name}"]
    for name in ("floor_mtco2_per_year", "growth_rate", "potential_mtco2_per_year")
)
YEARS = int(REGION.co2.transport["hub_open_season_interval_years"])
CAPTURING = ("dual_carbon", "ccus_push", "high_carbon_price")


def capacity_mt(emitting: Any) -> float:
    """Return what capture plants of this year are built for, Mt a year."""
    return float(capture_capacity(emitting, np.array([emitting.year]))[0]) / 1e6


class Kept:
    """What the steps of a run saw of capture, year by year."""

    def __init__(self, what: Any) -> None:
        self.capacity_mt: list[float] = []
        plain = outlook.start_in_turn

        def look(emitting: Any, *rest: Any) -> Any:
            self.capacity_mt.append(capacity_mt(emitting))
            return plain(emitting, *rest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(outlook, "start_in_turn", look)
            self.run = model_runs.run(what)


@first_quick("name", *CAPTURING)
def test_capture_never_grows_faster_than_its_curve(name: str) -> None:
    """From one open season to the next, in whatever year; today's code went from 2 to 117 Mt in one year.

    What closes after a season was there when it was held, so the most of the years since the last one counts.
    """
    there = np.array(Kept(credited(name)).capacity_mt)
    season = np.array(
        [there[max(year + 1 - YEARS, 0) : year + 1].max() for year in range(there.size - YEARS)]
    )
    most = grow_stock(FLOOR, RATE, season, POTENTIAL, YEARS)
    assert np.all(there[YEARS:] <= most * 1.001)
    assert there[-1] > 30.0 and (there[YEARS:] > 0.9 * most)[there[YEARS:] > 0.0].any(), "the limit binds"


def test_what_is_started_is_within_the_room_that_results_tell() -> None:
    run = model_runs.run(shipped("ccus_push"))
    co2 = run.record.co2
    assert np.all(co2.started_tco2 <= co2.room_tco2 * (1.0 + 1e-9)) and co2.started_tco2.sum() > 30e6
    known = {one.variable: one.measure(run.record) for one in indicators(REGION)}
    used = known["Growth Limit|Carbon Capture|Used"]
    assert used.max() > 80.0 and used.shape == (41,)
    assert known["Growth Limit|Carbon Capture"] == pytest.approx(co2.room_tco2 / 1e6)


@pytest.mark.slow
def test_a_faster_pace_never_captures_less() -> None:
    """Until 2045, while the limit binds."""
    captured = [
        model_runs.captured_mt(
            model_runs.record(
                scenario(subsidy(400.0), years=(2020, 2045), world={"capture_pace_factor": factor})
            )
        )
        for factor in (0.5, 1.0, 2.0)
    ]
    assert captured[0] > 0.0 and captured[1] > 1.2 * captured[0] and captured[2] > 1.2 * captured[1]


def test_who_waits_for_a_turn_is_told() -> None:
    closed = pd.DataFrame(
        {
            name: np.asarray(values)
            for name, values in model_runs.run(shipped("dual_carbon")).closed_options().items()
        }
    )
    waits = closed[closed["closed_by"].astype(str) == "capture_pace"]
    assert {"PowerPlants", "Industry"} <= set(waits["kind"].astype(str))
    assert np.all(waits["reason_value"] > waits["reason_limit"])


# --- turns -----------------------------------------------------------------------------------------------------


def test_what_is_taken_for_good_is_missing_in_all_later_years() -> None:
    served = serve_for_good(
        np.array([2, 0, 1, 3]),
        wants=np.array([True, True, True, True]),
        size=np.array([3.0, 1.0, 4.0, 1.0]),
        first=np.array([0, 0, 1, 2]),
        room=np.array([2.0, 6.0, 5.0]),
    )
    assert served.allowed.tolist() == [False, True, True, False], (
        "2 and then 1 leave nothing in the last year"
    )
    assert served.room_left.tolist() == [1.0, 1.0, 5.0, 0.0]


def season(accepted: np.ndarray, tariff: list[float]) -> Season:
    none = np.zeros(0)
    return Season(accepted, np.array(tariff), none.astype(int), none, none.astype(bool))


def candidates(**changes: object) -> Candidates:
    """Four bidders at two hubs; the second hub is worth more in all, the first bidder gains most by the tonne."""
    given = {
        "hub": np.array([0, 1, 1, 1]),
        "willing_cny_per_tco2": np.array([900.0, 500.0, 600.0, 550.0]),
        "willing_alone_cny_per_tco2": np.array([900.0, 500.0, 600.0, 550.0]),
        "granted_cny": np.zeros(4),
        "new": np.ones(4, dtype=bool),
        "size_tco2": np.array([1e6, 2e6, 2e6, 2e6]),
        "lead_years": np.full(4, 3),
        "can_pay": np.ones(4, dtype=bool),
    }
    return Candidates(**given | changes)


ROOM = CaptureRoom(3, np.array([4.5e6, 4.5e6, 4.5e6]))


def everybody(may: np.ndarray) -> Season:
    return season(may.copy(), [100.0, 100.0])


def test_the_hub_worth_most_goes_first_and_there_who_gains_most() -> None:
    held, turns = sign_in_turn(everybody, candidates(), ROOM, 0.0)
    assert held.accepted.tolist() == [False, False, True, True]
    assert turns.allowed.tolist() == [False, False, True, True]


def test_who_finds_no_money_signs_nothing_and_who_captures_already_needs_no_turn() -> None:
    held, _ = sign_in_turn(everybody, candidates(can_pay=np.array([True, True, False, True])), ROOM, 0.0)
    assert held.accepted.tolist() == [False, True, False, True]
    held, _ = sign_in_turn(everybody, candidates(new=np.array([True, True, True, False])), ROOM, 0.0)
    assert held.accepted.tolist() == [False, True, True, True]


def test_who_needs_a_grant_that_no_budget_pays_signs_nothing() -> None:
    needs = {
        "granted_cny": np.full(4, 10.0),
        "willing_alone_cny_per_tco2": np.array([900.0, 500.0, 0.0, 0.0]),
    }
    held, _ = sign_in_turn(everybody, candidates(**needs), ROOM, 30.0)
    assert held.accepted.tolist() == [False, True, True, False], "the budget pays the first three"
    held, _ = sign_in_turn(everybody, candidates(**needs), ROOM, 40.0)
    assert held.accepted.tolist() == [False, False, True, True]


def test_where_there_is_room_for_all_one_season_is_held() -> None:
    seen = []

    def hold(may: np.ndarray) -> Season:
        seen.append(may)
        return everybody(may)

    held, turns = sign_in_turn(hold, candidates(size_tco2=np.full(4, 1e6)), ROOM, 0.0)
    assert held.accepted.all() and turns.allowed.all() and len(seen) == 1


def test_when_tariffs_drive_out_a_hub_the_next_in_line_take_their_turns() -> None:
    """The second hub pays its line only with three."""

    def hold(may: np.ndarray) -> Season:
        reached = may[1:].all()
        return season(
            may & np.array([True, reached, reached, reached]), [100.0, 100.0 if reached else np.inf]
        )

    held, turns = sign_in_turn(hold, candidates(), ROOM, 0.0)
    assert held.accepted.tolist() == [True, False, False, False]
    assert turns.allowed.tolist() == [True, False, True, True], "two had a turn and left"

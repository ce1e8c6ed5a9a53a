"""Every lever has a row that moves something, or says why nobody can tell which way; and a dead lever is red."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest

from tanlu.core import schedules
from tanlu.core.axes import Axes
from tests.laws.form import LATER_ISSUES, Law, Row
from tests.laws.harness import fault
from tests.laws.levers import LEVERS, schedule_levers
from tests.laws.table import LAWS, OPEN, ROWS

MOST_OPEN = 25


def without_row(levers: Iterable[str], rows: Iterable[Row]) -> list[str]:
    """List the levers of which no row says that something moves or why that is open."""
    stated = {row.lever for row in rows if not (isinstance(row, Law) and row.sign == "0")}
    return [lever for lever in levers if lever not in stated]


@pytest.mark.parametrize("kind", LEVERS)
def test_every_lever_has_a_row(kind: str) -> None:
    levers = [*LEVERS[kind]()]
    assert levers and not without_row(levers, ROWS)


def test_no_row_is_of_a_lever_that_is_not_there() -> None:
    assert {row.lever for row in ROWS} <= {lever for levers in LEVERS.values() for lever in levers()}


def test_every_row_says_why() -> None:
    assert all(len(row.why.split()) > 2 for row in ROWS)
    assert {row.issue for row in OPEN} <= {"", *LATER_ISSUES}
    assert sum(not row.issue for row in OPEN) <= MOST_OPEN
    for law in LAWS:
        assert law.sign in ("+", "-", "0") or float(law.sign.removeprefix("x ")) != 1.0, law
        assert law.low != law.high, law


def test_no_row_stands_twice() -> None:
    told = [repr((law.lever, law.low, law.high, law.indicator, law.region, law.world)) for law in LAWS]
    assert len(told) == len(set(told))


# --- a lever that nothing reads ------------------------------------------------------------------------------------

NEW = "schedule.carbon.withheld_share"


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> str:
    """Add a field to the schedule of carbon that no step reads."""
    old = schedules.CarbonSchedule
    fields = [(name, np.ndarray) for name in (*old._fields, NEW.rpartition(".")[2])]

    class Wider(NamedTuple("Wider", fields)):  # type: ignore[misc]
        @classmethod
        def neutral(cls, axes: Axes) -> "Wider":
            return cls(*old.neutral(axes), np.array(0.0))

    monkeypatch.setattr(schedules, "CarbonSchedule", Wider)
    return NEW


def test_a_new_lever_without_a_row_is_red(unread: str) -> None:
    assert without_row(schedule_levers(), ROWS) == [unread]


@pytest.mark.parametrize("sign", ["+", "-", "0", "x 2"])
def test_a_row_of_a_lever_that_nothing_reads_is_red(unread: str, sign: str) -> None:
    """Whatever it claims: that nothing moves is no law either."""
    covered = {"schedule": {"carbon.covered": 1.0}}
    assert fault(Law(unread, 0.0, 1.0, "Price|Carbon|Market", sign, covered, why="nothing reads it"))


def test_a_row_of_the_wrong_sign_is_red() -> None:
    lever = "levy.fuel_licences"
    law = Law(
        lever,
        None,
        {"North car": 10_000.0},
        "record:road.sales[car, fuel]",
        "-",
        why="dearer cars",
        region="North",
    )
    assert not fault(law)
    assert "expected +" in fault(law._replace(sign="+"))

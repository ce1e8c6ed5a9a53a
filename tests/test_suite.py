"""How the suite itself runs: what is left out, what is spread, and who waits for whom."""

from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import sharing
from tests.conftest import (
    LONGEST,
    MOST_WORKERS,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_xdist_auto_num_workers,
)
from tests.sharing import held, made_once

NAMED, NOT_NAMED = pytest.Config.ArgsSource.ARGS, pytest.Config.ArgsSource.TESTPATHS


def started(source: pytest.Config.ArgsSource, chosen: str) -> SimpleNamespace:
    """Return what pytest knows of how it was started, after `tests/conftest.py` has seen it."""
    config = SimpleNamespace(args_source=source, option=SimpleNamespace(markexpr=chosen))
    pytest_configure(config)
    return config


@pytest.mark.parametrize(
    ("source", "chosen", "marks"),
    [(NOT_NAMED, "", "not slow"), (NOT_NAMED, "slow", "slow"), (NAMED, "", ""), (NAMED, "slow", "slow")],
)
def test_slow_tests_run_if_they_are_named_or_chosen(source, chosen: str, marks: str) -> None:
    config = started(source, chosen)
    assert config.option.markexpr == marks
    workers = pytest_xdist_auto_num_workers(config)
    assert workers == 0 if source == NAMED else 0 < workers <= MOST_WORKERS


def test_the_longest_files_come_first_and_those_in_a_browser_are_spread() -> None:
    """The longest in their order, the others as they were but for files in a browser, which are evenly among them."""
    folder = Path(__file__).parent
    assert len({*LONGEST}) == len(LONGEST) and all(len([*folder.rglob(name)]) == 1 for name in LONGEST)
    names = ["test_app_a.py", "test_app_b.py", LONGEST[1], "test_c.py", LONGEST[0], *"wxyz"]
    items = [
        SimpleNamespace(path=folder / name, get_closest_marker=lambda mark, name=name: "app" in name)
        for name in names
    ]
    pytest_collection_modifyitems(items)
    rest = ["test_app_a.py", "test_c.py", "w", "x", "test_app_b.py", "y", "z"]
    assert [item.path.name for item in items] == [*LONGEST[:2], *rest]


def test_a_timed_test_waits_until_the_room_is_empty(tmp_path: Path) -> None:
    """Others share the room; who wants it alone gets it once they have left."""
    room = tmp_path / "room"
    with room.open("w") as other:
        with held(room, LOCK_SH):
            flock(other, LOCK_SH | LOCK_NB)
            with pytest.raises(BlockingIOError):
                flock(other, LOCK_EX | LOCK_NB)
        flock(other, LOCK_EX | LOCK_NB)


def test_what_one_process_made_the_others_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "FOLDER", [tmp_path])
    assert made_once("one", lambda: [1.5]) == [1.5] == made_once("one", lambda: [2.5])
    assert made_once("other", lambda: [2.5]) == [2.5]
    monkeypatch.setattr(sharing, "FOLDER", [])
    assert made_once("one", lambda: [3.5]) == [3.5], "alone, everybody makes their own"

"""The headline figures of the shipped scenarios are those in `tests/golden`, and only a stated reason moves them."""

from pathlib import Path

import numpy as np
import pytest

from tests import golden
from tests.golden import Figure, computed, kept, moved
from tests.model_runs import SHIPPED, measures, shipped

HELP = 'if they may: uv run python -m tests.golden --reason "..." and a line in CHANGELOG.md'


@pytest.mark.parametrize("name", SHIPPED)
def test_the_figures_are_those_kept(name: str) -> None:
    assert golden.path_of(name).exists(), f"figures moved: none of {name} are kept yet; {HELP}"
    lines = moved(kept(name), computed(name))
    assert not lines, "figures moved; " + HELP + "\n  " + "\n  ".join(lines)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_indicator_is_a_number_and_has_its_own_name(name: str) -> None:
    of = measures(shipped(name))
    assert np.isfinite(of.values).all()
    assert len(set(of.variables)) == len(of.variables)


def test_no_file_is_left_of_a_scenario_that_is_gone() -> None:
    assert not golden.stale_files(golden.FOLDER) and golden.RUN_FIGURES.exists()


def test_what_is_removed_is_the_file_of_a_scenario_that_is_gone(tmp_path: Path) -> None:
    for name in ("gone", SHIPPED[0], "run_figures"):
        (tmp_path / f"{name}.csv").touch()
    assert [path.stem for path in golden.stale_files(tmp_path)] == ["gone"]


def test_every_file_shows_every_figure_with_unit_and_reason() -> None:
    for name in SHIPPED:
        assert [figure.variable for figure in kept(name)] == list(golden.SHOWN)
        assert all(figure.unit for figure in kept(name))
        assert "last reason: " in golden.path_of(name).read_text(encoding="utf-8").splitlines()[0]


def figures(*values: float, unit: str = "GW") -> list[Figure]:
    return [Figure("Capacity", unit, values or (1.0, 2.0, 3.0, 4.0))]


def test_what_moved_is_told_with_year_and_size() -> None:
    assert moved(figures(), figures()) == []
    assert moved(figures(), figures(1.0, 2.0 + 1e-9, 3.0, 4.0)) == [], "a rounding is no news"
    assert moved(figures(), figures(1.0, 2.1, 3.0, 4.0)) == ["Capacity 2030: 2 -> 2.1 GW (+5.00 %)"]
    assert moved(figures(0.0, 2.0, 3.0, 4.0), figures(0.5, 2.0, 3.0, 4.0)) == ["Capacity 2025: 0 -> 0.5 GW"]
    assert moved(figures(), []) == ["Capacity: gone"]
    assert moved(figures(), figures(unit="MW")) == ["Capacity: new, MW"]


def test_files_read_back_and_are_only_rewritten_when_something_moved(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    monkeypatch.setattr(golden, "SHIPPED", ("baseline",))
    (tmp_path / "forgotten.csv").write_text("# old\n")
    assert golden.main(["--reason", "a first look at the figures"]) == 0
    assert "baseline: new" in capsys.readouterr().out
    assert not (tmp_path / "forgotten.csv").exists()
    assert moved(kept("baseline"), computed("baseline")) == []
    text = (tmp_path / "baseline.csv").read_text()
    assert golden.main(["--reason", "another reason that moves nothing"]) == 0
    assert (tmp_path / "baseline.csv").read_text() == text
    assert "0 figures moved" in capsys.readouterr().out
    (tmp_path / "baseline.csv").write_text(text.replace("GW,", "GW,9"))
    with pytest.raises(AssertionError, match=r"Capacity\|Electricity\|Coal 2025: 9"):
        test_the_figures_are_those_kept("baseline")


@pytest.mark.parametrize("arguments", [[], ["--reason", "because"], ["--reason", ""]])
def test_without_a_reason_nothing_is_written(arguments, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    with pytest.raises(SystemExit) as stop:
        golden.main(arguments)
    assert stop.value.code == 2 and not list(tmp_path.iterdir())
    assert "reason" in capsys.readouterr().err

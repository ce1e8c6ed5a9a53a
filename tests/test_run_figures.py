"""Tables of documents that name runs are those of the figures kept, and these are of this world."""

import pytest

from tests import run_figures
from tests.run_figures import ROOT, TABLES, RunFigure, asked, kept, place_of

WRITE_AGAIN = "write it again: uv run python -m tests.run_figures"
NEAR = 0.02  # of CO2 of a year: they are written again for what a reader would see, not at every change


@pytest.mark.parametrize(("document", "name"), TABLES)
def test_a_table_is_that_of_the_figures_kept(document: str, name: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    (written,) = place_of(name).findall(text)
    assert written == TABLES[document, name](kept()), WRITE_AGAIN


def test_the_figures_kept_are_those_that_the_tables_ask_for() -> None:
    assert {one.key for one in asked()} | run_figures.golden_co2().keys() == kept().keys(), WRITE_AGAIN


def test_the_figures_kept_are_of_the_model_of_today() -> None:
    """Told from the golden figures, which the suite holds to the model; the runs themselves take twenty minutes."""
    for key, value in run_figures.golden_co2().items():
        assert kept()[key].value == pytest.approx(value, rel=NEAR), f"{key}: {WRITE_AGAIN}"


def test_a_figure_is_written_with_its_sign_and_interval() -> None:
    assert run_figures.signed(RunFigure(-1581.4, 39.2)) == "−1,581 ± 39"
    assert run_figures.asked_of(asked()[0].key) == asked()[0]

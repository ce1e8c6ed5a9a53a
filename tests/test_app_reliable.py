"""Reliable power on the page: the figures of the model with bands over draws, and words where there are none."""

import csv
import io

import numpy as np
import pytest

from tanlu.core.words import LANGUAGES
from tanlu.output.measures import Measures
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.reliable import CREDIT, CREDITED, HOURS, MISSING, csv_file, headings, reliable_panels
from tanlu.pages.rooms.yearly_panels import panel_values
from tanlu.pages.workers.views import AnswerView, wide_table
from tests.model_runs import REGION, measures, shipped

LABELS = {"Sichuan": "Sichuan", "Chongqing": "Chongqing"}
ACCEPTED = 3.0


@pytest.fixture(scope="module")
def view() -> AnswerView:
    """Two draws: that of the baseline, and one with half of every figure."""
    found = measures(shipped("baseline"))
    values = np.stack([found.values, 0.5 * found.values])
    both = Measures(found.variables, found.units, REGION.axes.regions, found.years, values)
    wide = wide_table(both, values.mean(axis=0))
    return AnswerView("0" * 12, Levers(), wide, REGION.axes.region, measures=both, draws=2)


def without(view: AnswerView, variable: str) -> AnswerView:
    assert view.measures is not None
    names = tuple("other" if name == variable else name for name in view.measures.variables)
    return AnswerView(
        "1" * 12, view.levers, view.wide, view.region, measures=view.measures._replace(variables=names)
    )


def test_charts_hold_the_mean_of_draws_between_the_ends_of_its_band(view: AnswerView) -> None:
    panels = reliable_panels(view, LABELS, ACCEPTED, "en")
    values = panel_values(panels, headings(view, LABELS, ACCEPTED, "en"))
    shown = {panel["key"]: panel for panel in values["panels"]}
    assert list(shown) == ["hours", "energy", "missing", "credit-Sichuan", "credit-Chongqing"]
    at = view.years.index(2022)
    (sichuan, _) = shown["hours"]["lines"]
    assert view.measures is not None
    figure = view.measures.values[0, view.measures.variables.index(HOURS), 0, at]
    assert figure > 50.0, "the drought of 2022 was short"
    assert sichuan["mean"][at] == pytest.approx(0.75 * figure, abs=1e-3)
    assert [sichuan["low"][at], sichuan["high"][at]] == pytest.approx([0.5 * figure, figure], abs=1e-3)
    assert shown["hours"]["limit"] == ACCEPTED and not shown["hours"]["empty"]
    assert len(shown["credit-Sichuan"]["lines"]) == len(CREDITED)
    for line in shown["credit-Sichuan"]["lines"]:
        assert all(0.0 <= credit <= 100.0 for credit in line["mean"])


def test_the_sentence_of_a_year_says_what_lacks_or_could_leave(view: AnswerView) -> None:
    assert view.measures is not None
    lacking = view.measures.values[:, view.measures.variables.index(MISSING), 0].mean(axis=0)
    for language, lacks in (("en", "lacks"), ("zh", "尚缺")):
        for year, words, missing in zip(
            view.years, headings(view, {"Sichuan": "S"}, ACCEPTED, language), lacking, strict=True
        ):
            assert str(year) in words and (lacks in words) == (missing > 0.0)


def test_the_file_is_in_the_units_of_indicators_in_either_language(view: AnswerView) -> None:
    files = [csv_file(view, reliable_panels(view, LABELS, ACCEPTED, language)) for language in LANGUAGES]
    assert files[0] == files[1]
    rows = list(csv.DictReader(io.StringIO(files[0]["text"].removeprefix("\ufeff"))))
    assert len(rows) == 2 * (3 + len(CREDITED)) * len(view.years)
    (row,) = (r for r in rows if (r["variable"], r["place"], r["year"]) == (MISSING, "Sichuan", "2022"))
    assert row["unit"] == "GW" and float(row["band_low"]) < float(row["mean"]) < float(row["band_high"])
    assert view.measures is not None
    figure = view.measures.values[:, view.measures.variables.index(MISSING), 0, view.years.index(2022)].mean()
    assert float(row["mean"]) == pytest.approx(figure, rel=1e-5)


def test_an_answer_without_an_indicator_or_without_shortage_says_so(view: AnswerView) -> None:
    assert reliable_panels(without(view, CREDIT + "Wind"), LABELS, ACCEPTED, "en") == ()
    assert view.measures is not None
    calm = view.measures._replace(values=0.0 * view.measures.values)
    never = AnswerView("2" * 12, view.levers, view.wide, view.region, measures=calm)
    hours, energy, *_ = reliable_panels(never, LABELS, ACCEPTED, "en")
    assert hours.empty == energy.empty != ""

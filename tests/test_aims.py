"""Official aims: each has a verdict or a reason, the verdict turns with the aim, and draws are counted."""

import csv

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import COUNTRY
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.core.words import LANGUAGES, words
from tanlu.output.aims import (
    MET,
    MISSED,
    NEEDS_SINKS,
    Aim,
    count_aims,
    judge_aims,
    select_judged,
)
from tanlu.output.aims_words import find_lever, name_places, note_in_words, notes_in_words, verdict_in_words
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.output.figures.paths import paths_of
from tanlu.output.measures import Measured
from tanlu.pages.measures import figures_csv
from tanlu.region.official_aims import PEAK_KEY
from tests.model_runs import REGION
from tests.test_figures import measured

TARGETS = REGION.targets
REASONS = {"national", "narrower", "not_measured", "foreseen"}  # of rows of the shipped region


@pytest.fixture(scope="module")
def run() -> Measured:
    return measured("baseline")


@pytest.fixture(scope="module")
def aims(run: Measured) -> tuple[Aim, ...]:
    return judge_aims(run, TARGETS, paths_of(run).open_from)


def only(targets: pd.DataFrame, **wanted: object) -> pd.DataFrame:
    return targets[np.all([targets[name] == value for name, value in wanted.items()], axis=0)]


def test_each_row_has_a_verdict_or_a_reason(aims: tuple[Aim, ...]) -> None:
    assert len(aims) == len(TARGETS) >= 44
    for aim in aims:
        assert bool(aim.verdict) != bool(aim.reason), aim
        assert aim.source and aim.grade in "ABCD" and aim.document
    assert {aim.reason for aim in aims} - {""} <= REASONS
    assert all(aim.region == "China" for aim in aims if aim.reason == "national")
    assert len(select_judged(aims)) >= 25
    count = count_aims(aims)
    assert count.unjudged_count == len(aims) - len(select_judged(aims))
    assert 0 <= count.met_count < count.judged_count, "not every open aim is met today"


def test_co2_per_product_of_chongqing_is_missed(run: Measured, aims: tuple[Aim, ...]) -> None:
    """The country aimed at -18 %; in the scope by which provinces are reviewed the fall is smaller still."""
    (aim,) = (
        one
        for one in aims
        if (one.region, one.variable, one.year) == ("Chongqing", "Emissions|CO2|Per GRDP", 2025)
    )
    assert aim.verdict == MISSED and aim.goal == pytest.approx(-18.0)
    assert aim.value == pytest.approx(-14.3, abs=1.0)
    emitted, product = run.path("Emissions|CO2", "Chongqing"), REGION.industry.grdp_index[:, 1]
    first = int(np.argmin(np.abs(product - 1.0)))
    fall = emitted[2025] / product[first + 5] / emitted[2020] - 1.0
    assert aim.value == pytest.approx(100.0 * fall) and aim.gap == pytest.approx(aim.value + 18.0)
    assert aim.growth_percent == pytest.approx(100.0 * (1.3121**0.2 - 1.0))
    assert -10.0 < aim.in_scope < 0.0 and aim.verdict_in_scope == MISSED and not aim.is_open
    assert "points" in verdict_in_words(aim, "en") and "5.6 % a year" in note_in_words(aim, "en")


def test_a_changed_aim_changes_the_verdict(run: Measured, aims: tuple[Aim, ...]) -> None:
    """What is measured, and a little more or less, is met on one side and missed on the other."""
    for number, aim in enumerate(aims):
        if not aim.verdict:
            continue
        row, verdicts = TARGETS.iloc[[number]], []
        scale = 100.0 if aim.unit == "%" else 1.0
        step = 1.0 if aim.key == PEAK_KEY else 1e-6 * max(abs(aim.value), 1.0)
        for shift in (-step, step):
            (turned,) = judge_aims(run, row.assign(value=(aim.value + shift) / scale), 2026)
            verdicts.append(turned.verdict)
        assert set(verdicts) in ({MET, MISSED}, {MET, NEEDS_SINKS}), aim.key


def test_draws_in_which_an_aim_is_met_are_counted(run: Measured) -> None:
    values, names = run.measures.values, run.measures.variables
    wind = names.index("Capacity|Electricity|By Group|Wind and Solar")
    draws = np.repeat(values[:1], 8, axis=0)
    row = only(TARGETS, region="Sichuan", variable=names[wind], target_year=2030)
    level = float(run.path(names[wind], "Sichuan")[2030])
    draws[:6, wind] *= 1.05 * float(row["value"].iloc[0]) / level
    draws[6:, wind] *= 0.5 * float(row["value"].iloc[0]) / level
    eight = Measured(run.scenario, run.measures._replace(values=draws))
    (aim,) = judge_aims(eight, row, 2026)
    assert (aim.met_count, aim.draw_count) == (6, 8)
    assert "6 of 8" in verdict_in_words(aim, "en") and "8次抽样中6次" in verdict_in_words(aim, "zh")
    assert aim.verdict == MISSED, "the mean of six times 105 and twice 50 % is below the aim"


def test_what_cannot_be_judged_says_why(run: Measured) -> None:
    first = only(TARGETS, region="Chongqing", variable="Emissions|CO2|Per GRDP", target_year=2025)

    def reason(**changed: object) -> str:
        (aim,) = judge_aims(run, first.assign(**changed), 2026)
        assert not aim.verdict and aim.draw_count == 0
        return aim.reason

    assert reason(target_year=2070) == "outside_run"
    assert reason(base_year=2005) == "base_outside_run"
    assert reason(region="China") == "national"
    assert reason(unit="GW") == "other_unit"
    assert reason(variable="Emissions|Snow") == "not_measured"
    assert reason(variable="Finance|Green Loans|Outstanding") == "narrower"
    for language in LANGUAGES:
        known = {key for key in words(language) if key.startswith("aims.reason_")}
        assert len(known) == 9


def test_an_open_aim_names_a_lever_that_was_tried(aims: tuple[Aim, ...]) -> None:
    for aim in (one for one in select_judged(aims) if one.is_open):
        law = find_lever(aim)
        assert law is not None and abs(law.change) > law.half_width, aim.key
        for language in LANGUAGES:
            assert law.high in note_in_words(aim, language)
    notes = notes_in_words(aims, name_places(REGION.axes, "zh"), "zh")
    assert 5 <= len(notes) <= 30 and not any("reason_" in note or COUNTRY in note for note in notes)
    assert any("全国" in note for note in notes), "national aims"


def test_scenarios_side_by_side_have_a_verdict_each(run: Measured, aims: tuple[Aim, ...]) -> None:
    both = SideBySide((run, run), ("one", "other")).aims
    assert len(both) == len(aims) and all(one == other for one, other in both)


def test_the_file_of_figures_holds_each_aim(aims: tuple[Aim, ...]) -> None:
    text = figures_csv({}, aims, (), "x").removeprefix("\ufeff")
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["key"], row["region"], row["verdict"], row["reason"]) for row in rows] == [
        (aim.key, aim.region, aim.verdict, aim.reason) for aim in aims
    ]


def test_the_regional_product_is_that_of_the_office_moved_by_its_index() -> None:
    product, index = REGION.industry.grdp_bn_cny, REGION.industry.grdp_index
    base = int(np.argmin(np.abs(index[:, 0] - 1.0)))
    assert product[base] == pytest.approx([4850.16, 2504.14])
    assert product == pytest.approx(product[base] * index)
    assert CNY_PER_BN_CNY == 1e9

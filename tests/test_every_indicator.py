"""Every indicator of a real answer: its parts add up, and the room of comparisons draws, shows and files it."""

import csv

import numpy as np
import pytest

from tanlu.core.places import shipped_scenarios
from tanlu.experiments.results import simulate
from tanlu.indicators.catalogue import describe
from tanlu.pages.compare.actions import Workbench
from tanlu.pages.compare.area import csv_file
from tanlu.pages.compare.choice import FORMS, ComparisonChoice
from tanlu.pages.compare.shown import shown_of, told
from tanlu.pages.export import BYTE_ORDER_MARK
from tanlu.pages.hours import BOTH
from tanlu.pages.measures import measured
from tanlu.pages.service import Service
from tanlu.pages.workers.orders import Draw
from tanlu.pages.workers.pool import Here
from tests.model_runs import REGION
from tests.monotone import first_quick

SUMS = ("Emissions|CO2", "Capacity|Electricity", "Carbon Capture", "Public Budget|Climate Support|Net")
TWO_DRAWS = {"replications": 2}
SPAN = {"first": 2034, "last": 2036}


@pytest.fixture(scope="module")
def result():
    return simulate("tanlu:dual_carbon", replications=1)


@pytest.fixture(scope="module")
def known(result):
    return describe(result.measures.variables, REGION)


def test_every_parent_is_the_sum_of_its_parts(result, known):
    sums = {name: one.parts for name, one in known.items() if one.parts}
    assert len(sums) >= 25 and set(SUMS) < set(sums)
    of = dict(zip(result.measures.variables, result.measures.values[0], strict=True))
    for name, parts in sums.items():
        np.testing.assert_allclose(
            sum(of[one] for one in parts), of[name], rtol=1e-9, atol=1e-9, err_msg=name
        )


@pytest.mark.slow
def test_the_sums_of_every_parent_pass_pyam(result, known):
    import pyam  # here, as every process of the suite reads this file, and it takes seconds

    frame = pyam.IamDataFrame(result.to_iamc())
    sums = {name: one.parts for name, one in known.items() if one.parts}
    below = {name: {one for one in known if one.rpartition("|")[0] == name} for name in known}
    for name, parts in sums.items():
        components = None if below[name] == set(parts) else [*parts]
        wrong = frame.check_aggregate(name, components, rtol=1e-9, atol=1e-9)
        assert wrong is None, f"{name}: {wrong}"


def test_what_stands_below_an_indicator_adds_up_to_it_or_the_catalogue_says_that_it_does_not(known):
    for name, one in known.items():
        below = {other for other in known if other.rpartition("|")[0] == name}
        assert one.has_separate_children == (bool(below) and below != set(one.parts)), name
        assert not one.parent or (one.parent in known and name.startswith(f"{one.parent}|")), name
    assert known["Emissions|CO2|By Fuel|Coal"].parent == "Emissions|CO2"


# --- the room of comparisons --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def service(result):
    """A service that knows one real answer, which each further draw and each policy move by a few percent."""
    of = result.measures

    def answer(order):
        scale = 1.0 + 0.01 * order.draw + 0.05 * len(order.question["policies"])
        return Draw(of.variables, of.units, of.regions, of.years, of.values[0] * scale, None, ())

    return Service(Here(answer), shipped_scenarios())


@pytest.fixture(scope="module")
def answers(service):
    chosen = [service.scenarios.with_changes(name, TWO_DRAWS) for name in ("baseline", "dual_carbon")]
    bench = Workbench(service, ComparisonChoice(scenarios=tuple(chosen)), "visitor")
    for _ in range(4):
        found = bench.answers(chosen[0])
    assert [one.is_whole for one in found] == [True, True]
    return found


def shown_in(service, answers, place=BOTH, **choice):
    return shown_of(ComparisonChoice(**choice, **SPAN), place, answers, ["a", "b"], service)


def rows_of(shown, service):
    text = csv_file(shown, service)["text"]
    assert text.startswith(BYTE_ORDER_MARK)
    return {
        (row["Scenario"], row["Statistic"]): float(row["2035"])
        for row in csv.DictReader(text.removeprefix(BYTE_ORDER_MARK).splitlines())
    }


@first_quick("each", False, True)
def test_s23_every_indicator_is_drawn_in_each_place_and_form_and_its_cell_is_that_of_the_file(
    result, service, answers, each
):
    variables, column = result.measures.variables, 2035 - int(result.measures.years[0])
    assert len(variables) > 500
    names = [one.levers.name for one in answers]
    for i, variable in enumerate(variables):
        is_split = all(measured(one.view, service).is_split(variable) for one in answers)
        for g, place in enumerate((*REGION.axes.provinces, BOTH)):
            if place != BOTH and not is_split:
                untold = told(shown_in(service, answers, indicator=variable, place=place), "en")
                assert untold.values["levels"] == [None, None], variable
                assert "does not split" in untold.subject["heading"]
                continue
            for form in FORMS if each else (FORMS[(i + g) % (len(FORMS) - 1)], FORMS[-1]):  # in turn
                shown = shown_in(service, answers, indicator=variable, place=place, form=form)
                found = told(shown, "zh" if g else "en")
                assert found.subject["indicator"] == variable and found.years == [2034, 2035, 2036]
                levels = [one["mean"][1] for one in found.values["levels"]]
                if form == "stack":
                    assert len(found.subject["parts"]) == len(found.values["parts"][1]) > 0
            filed = rows_of(shown, service)
            assert levels == [filed[name, "mean"] for name in names], variable
            assert found.values["changes"][1]["mean"][1] == filed[names[1], f"difference to {names[0]}"], (
                variable
            )
            expected = np.mean([one.view.measures.values[:, i, g, column] for one in answers], axis=1)
            assert levels == pytest.approx(expected, rel=1e-9, abs=1e-12), variable


def test_the_file_is_read_by_pyam(service, answers, tmp_path):
    import pyam

    shown = shown_in(service, answers, indicator="Emissions|CO2|Industry|Steel", form="table")
    (tmp_path / "shown.csv").write_text(csv_file(shown, service)["text"], encoding="utf-8", newline="")
    frame = pyam.IamDataFrame(tmp_path / "shown.csv")
    assert frame.variable == ["Emissions|CO2|Industry|Steel"] and frame.region == [REGION.axes.region]
    read = frame.filter(year=2035).data.set_index(["scenario", "statistic"])["value"].to_dict()
    assert read == pytest.approx(rows_of(shown, service)) and len(read) == 9

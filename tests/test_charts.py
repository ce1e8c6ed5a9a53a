"""Charts: the data sent to the page, and the picture saved with a result."""

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import Axes
from tanlu.output import charts
from tanlu.output.figures import picture
from tests.fake_result import SECTORS, fake_simulate

PROVINCES = ("Sichuan", "Chongqing")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def indicators():
    return fake_simulate({}).indicators


@pytest.fixture(scope="module")
def wide(indicators):
    return charts.wide_table(indicators)


@pytest.mark.parametrize(
    ("number", "english", "chinese"),
    [(1, "A", "甲"), (2, "A and B", "甲、乙"), (3, "A, B and C", "甲、乙、丙")],
)
def test_a_picture_names_all_places_of_a_pack(number: int, english: str, chinese: str) -> None:
    labels = {en: {"en": en, "zh": zh} for en, zh in zip("ABC", "甲乙丙", strict=True)}
    axes = Axes(tuple("ABC"[:number]), "All", (), 2020, 2024, labels)
    assert [picture.name_place(axes, "All", language) for language in ("en", "zh")] == [english, chinese]
    assert picture.name_place(axes, "A", "zh") == "甲"


def test_the_wide_table_holds_each_series_once(indicators, wide):
    assert wide.index.is_unique
    assert list(wide.columns) == list(range(2020, 2061))
    one = indicators[(indicators["region"] == "Sichuan") & (indicators["variable"] == "Carbon Capture")]
    assert list(charts.series(wide, "Carbon Capture", "Sichuan")) == list(one["value"])


def test_the_wide_table_averages_replications(indicators):
    doubled = indicators.assign(replication=1, value=indicators["value"] * 3)
    mean = charts.wide_table(pd.concat([indicators, doubled]))
    single = charts.series(charts.wide_table(indicators), charts.TOTAL, "Chengyu")
    assert charts.series(mean, charts.TOTAL, "Chengyu") == pytest.approx(2 * single)


def test_a_missing_series_is_named(wide):
    with pytest.raises(KeyError, match=r"no 'Emissions\|CH4' for 'Chengyu'"):
        charts.series(wide, "Emissions|CH4", "Chengyu")


def test_the_layers_cover_every_sector_once():
    used = [variable for layer in charts.SECTOR_LAYERS for variable in layer.variables]
    assert sorted(used) == sorted([*SECTORS, "Emissions|CO2|Released after Capture"])


def test_the_layers_by_factor_add_up_to_the_change_since_a_year(wide):
    layers = charts.changes_since(wide, charts.layers(charts.FACTOR, PROVINCES), "Chengyu", 2024)
    total = charts.series(wide, charts.TOTAL, "Chengyu")
    np.testing.assert_allclose(np.sum(layers, axis=0), total - total[4], atol=0.004)
    assert [layer[4] for layer in layers] == [0.0] * 6


@pytest.mark.parametrize("grouping", ["sector", "province"])
def test_the_layers_add_up_to_the_total(wide, grouping):
    path = charts.emission_path(wide, charts.layers(grouping, PROVINCES), "Chengyu")
    assert path["years"] == list(range(2020, 2061))
    assert np.sum(path["layers"], axis=0) == pytest.approx(path["total"], abs=0.01)


def test_layers_of_one_chart_have_their_own_colours():
    for layers in (charts.layers(grouping, PROVINCES) for grouping in charts.GROUPINGS):
        assert len({layer.colour for layer in layers}) == len(layers)


def test_a_message_of_numbers_stays_small(wide):
    assert len(str(charts.emission_path(wide, charts.SECTOR_LAYERS, "Chengyu"))) < 5500


@pytest.mark.parametrize(("highest", "step"), [(1, 0.2), (480, 100), (500, 100), (501, 200), (12, 2.5)])
def test_the_axis_has_round_steps(highest, step):
    assert picture.axis_step(highest) == pytest.approx(step)


def test_names_next_to_the_bands_keep_their_distance():
    placed = picture.spread([300, 299, 250, 249], 17)
    assert placed[0] == 300
    assert all(lower - upper >= 17 for lower, upper in pairwise(placed))
    assert picture.spread([300, 200], 17) == [300, 200]


def subject(history=None):
    return charts.PathSubject(
        "Chengyu", "Peak <in> 2028 & after", "Sichuan and Chongqing", "0.1.0", history or {}
    )


def words_in(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def test_the_saved_picture_explains_itself(indicators):
    svg = charts.emission_path_svg(indicators, subject({year: 400.0 for year in range(2005, 2020)}))
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == "CO2 emissions by sector"
    assert len(list(root.iter(f"{SVG}circle"))) == 15 + 1, "years, and the legend"
    words = words_in(root)
    about = "Mt a year · Peak <in> 2028 & after · Sichuan and Chongqing · mean of 1 draw"
    assert {"CO2 emissions by sector", about, "Made by Tanlu 0.1.0"} <= set(words)
    assert sum("Steel" in word for word in words) == 1
    assert any("Inventory" in word for word in words)
    assert "href" not in svg


def test_the_picture_draws_bands_from_the_base_line_to_the_total(indicators, wide):
    root = ElementTree.fromstring(charts.emission_path_svg(indicators, subject()))
    shapes = [e.get("d") for e in root.iter(f"{SVG}path") if e.get("stroke-width")]
    assert len(shapes) == len(charts.SECTOR_LAYERS)
    total = charts.emission_path(wide, charts.SECTOR_LAYERS, "Chengyu")["total"]
    scale = picture.scale_to(2020, 2060, max(total))
    assert shapes[0].split("L")[-1] == f"{scale.x(2020)} {scale.y(0)}Z"
    first = float(shapes[-1].split("L")[0].split()[1])
    assert first == pytest.approx(scale.y(total[0]), abs=0.2)


def test_the_picture_needs_no_history(indicators):
    assert "<circle" not in charts.emission_path_svg(indicators, subject())


@pytest.mark.parametrize(("words", "lines"), [("ab cd", ["ab", "cd"]), ("碳路碳", ["碳路", "碳"])])
def test_a_frame_parts_words_where_each_script_may_be(words, lines):
    assert picture.lines_of(words, 10.0, 20.0) == lines


def test_a_small_axis_writes_steps_that_differ():
    levels = [
        "".join(part.split(">")[1:2]).split("<")[0]
        for part in picture.grid(
            picture.scale_to(2020, 2060, 1.0), {"factor": 1.0, "digits": 0, "unit": "Mt"}
        )
        if "text-anchor='end'" in part
    ]
    assert levels == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]

"""The three small charts of the first screen: capture, public money, and what power costs households and industry."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping
from typing import Any, NamedTuple

import solara

from tanlu.core.words import text
from tanlu.output.charts import rounded
from tanlu.output.figures.paths import Paths
from tanlu.output.figures.quantities import MONEY_AXIS, PRICE_AXIS, VOLUME_AXIS, Axis
from tanlu.pages import panels
from tanlu.pages.panels import ChartFigures, ChartWording, page_words


class SmallSubject(NamedTuple):
    """What one small chart shows."""

    key: str
    axis: Mapping[str, Axis]
    lines: Mapping[str, tuple[str, str]]  # key of the name -> field of the paths, colour
    from_zero: bool


SMALL = (
    SmallSubject("capture", VOLUME_AXIS, {"captured": ("captured_mtco2", "#0072b2")}, True),
    SmallSubject(
        "money",
        MONEY_AXIS,
        {"spent": ("spent_bn_cny", "#d55e00"), "earned": ("earned_bn_cny", "#009e73")},
        True,
    ),
    SmallSubject(
        "tariff",
        PRICE_AXIS,
        {
            "household": ("household_cny_per_mwh", "#cc79a7"),
            "industry": ("industry_cny_per_mwh", "#8c8c8c"),
        },
        False,
    ),
)


@solara.component
def SmallCharts(view_id: str, move: int, now: Paths, base: Paths, language: str) -> solara.Element:
    """Show the small charts, each with the lines of the baseline."""
    words = page_words(language, "chart")
    return panels.box(
        "smalls",
        *(small_chart(one, f"{view_id}-{one.key}", move, now, base, language, words) for one in SMALL),
    )


def small_chart(
    one: SmallSubject, sig: str, move: int, now: Paths, base: Paths, language: str, words: dict[str, str]
) -> solara.Element:
    """Return one small chart."""
    return panels.SmallChart(
        wording=ChartWording(language, words, dict(one.axis[language])),
        figures=ChartFigures(sig, move, [int(year) for year in now.years], chart_values(one, now, base)),
        subject={
            "key": one.key,
            "heading": text(language, f"small.{one.key}"),
            "from_zero": one.from_zero,
            "lines": [
                {"name": text(language, f"small.{name}"), "colour": colour}
                for name, (_, colour) in one.lines.items()
            ],
        },
        file={},
    )


def chart_values(one: SmallSubject, now: Paths, base: Paths) -> dict[str, Any]:
    """Return the lines of an answer and of its baseline, means over draws."""
    fields = [field for field, _ in one.lines.values()]
    paths = {"lines": now, "before": base}
    return {key: [rounded(getattr(of, field).mean(axis=0)) for field in fields] for key, of in paths.items()}

"""The three small charts of the first screen: capture, public money and tariffs, or what else a visitor picks."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import solara

from tanlu.core.words import text
from tanlu.output.figures.axes import axis_of
from tanlu.output.figures.paths import Paths
from tanlu.output.figures.quantities import MONEY_AXIS, PRICE_AXIS, VOLUME_AXIS, Axis
from tanlu.pages import panels
from tanlu.pages.compare.indicators import described, tree
from tanlu.pages.measures import Summary, measured
from tanlu.pages.panels import ChartFigures, ChartWording, page_words, reference_words
from tanlu.pages.rooms.small_picks import KEYS
from tanlu.pages.rooms.yearly_panels import rounded
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView


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
def SmallCharts(
    view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str
) -> solara.Element:
    """Show the small charts, each with the lines of the reference."""
    words = page_words(language, "chart", "compare") | reference_words(found.kind, language)
    picks = dict(zip(KEYS, session.smalls.chosen.value, strict=True))
    service = session.service
    pack = service.scenarios.baseline.region
    charts = []
    for one in SMALL:
        indicator = picks[one.key]
        drawn = (
            unsplit(indicator, view, service, language)
            or picked(indicator, view, base, pack, language)
            or usual(one, found, language)
        )
        sig = f"{view.id}-{one.key}-{drawn.subject.get('indicator', '')}"
        charts.append(
            panels.SmallChart(
                wording=ChartWording(language, words, dict(drawn.axis)),
                figures=ChartFigures(sig, drawn.years, drawn.values),
                subject={"key": one.key, **drawn.subject},
                tree=tree(variables_of(view), pack, language)
                if session.smalls.opened.value == one.key
                else [],
                file={},
                event_act=session.smalls.act,
            )
        )
    return panels.box("smalls", *charts)


class SmallDrawn(NamedTuple):
    """What a small chart draws."""

    axis: Axis
    years: list[int]
    values: dict[str, Any]
    subject: dict[str, Any]


def variables_of(view: AnswerView) -> tuple[str, ...]:
    """Return the indicators of an answer in their order."""
    return () if view.measures is None else view.measures.variables


def usual(one: SmallSubject, found: Summary, language: str) -> SmallDrawn:
    """Return what a small chart draws at the first visit."""
    now = found.now
    lines = [
        {"name": text(language, f"small.{name}"), "colour": colour} for name, (_, colour) in one.lines.items()
    ]
    subject = {"heading": text(language, f"small.{one.key}"), "from_zero": one.from_zero, "lines": lines}
    years = [int(year) for year in now.years]
    return SmallDrawn(one.axis[language], years, chart_values(one, now, found.base or now), subject)


def unsplit(indicator: str, view: AnswerView, service: Service, language: str) -> SmallDrawn | None:
    """Say of an indicator that the model does not split it by province; None where it does, or none is asked for."""
    names = variables_of(view)
    if not view.region_mark or indicator not in names or measured(view, service).is_split(indicator):
        return None
    label = described(names, service.scenarios.baseline.region)[indicator].label[language]
    told = text(language, "place.not_split", {"label": label})
    subject = {"heading": label, "from_zero": True, "indicator": indicator, "lines": [], "empty": told}
    return SmallDrawn(VOLUME_AXIS[language], [], {"lines": [], "before": []}, subject)


def picked(
    indicator: str, view: AnswerView, base: AnswerView, region: str, language: str
) -> SmallDrawn | None:
    """Return an indicator of the region as a small chart draws it; None where an answer does not have it."""
    names = variables_of(view)
    if indicator not in names or indicator not in variables_of(base) or view.measures is None:
        return None
    now, before = view.path(indicator), base.path(indicator)
    about = described(names, region)[indicator]
    axis = axis_of(
        view.measures.units[names.index(indicator)], float(np.nanmax(np.abs([now, before]))), language
    )
    label = about.label[language]
    subject = {"heading": label, "from_zero": True, "indicator": indicator}
    values = {"lines": [now.tolist()], "before": [before.tolist()]}
    return SmallDrawn(axis, view.years, values, subject | {"lines": [{"name": label, "colour": "#0072b2"}]})


def chart_values(one: SmallSubject, now: Paths, base: Paths) -> dict[str, Any]:
    """Return the lines of an answer and of its reference, means over draws."""
    fields = [field for field, _ in one.lines.values()]
    paths = {"lines": now, "before": base}
    return {key: [rounded(getattr(of, field).mean(axis=0)) for field in fields] for key, of in paths.items()}

"""Whether there is enough power, by year: what is not served, expected shortage and the reserve margin."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from dataclasses import replace

import numpy as np
import solara

from tanlu.core.words import text
from tanlu.output.figures.quantities import ENERGY_AXIS, HOURS_AXIS, PERCENT_AXIS
from tanlu.pages import panels
from tanlu.pages.builder.dry_pair import DRY, NORMAL
from tanlu.pages.measures import Summary
from tanlu.pages.panels import ChartFigures, ChartWording, page_words, reference_words
from tanlu.pages.rooms.dry_year import dry_switch, pair_paths
from tanlu.pages.rooms.small_charts import SmallSubject, usual
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView

ADEQUACY = (
    SmallSubject("shortage", ENERGY_AXIS, {"short": ("shortage_twh", "#d55e00")}, True),
    SmallSubject("expected", HOURS_AXIS, {"expected_hours": ("expected_shortage_hours", "#e69f00")}, True),
    SmallSubject("reserve", PERCENT_AXIS, {"margin": ("reserve_margin_percent", "#0072b2")}, True),
)


@solara.component
def AdequacyCharts(view: AnswerView, found: Summary, session: Session, language: str) -> solara.Element:
    """Show unserved energy, expected shortage and reserve margin by year, with the lines of the reference."""
    words = page_words(language, "chart", "compare") | reference_words(found.kind, language)
    service, dry = session.service, found.dry
    pair = solara.use_memo(lambda: pair_paths(dry, service), [dry])
    sig, shown = view.id, found
    if pair is not None:
        here, other = pair
        sig, shown = "-".join(one.id for one in dry.both or ()), replace(found, now=here, base=other)
        words |= {"chart.baseline": text(language, f"dry.line_{NORMAL if dry.which == DRY else DRY}")}
    charts = [dry_switch(dry, service, language, session.choose_moment)]
    for one in ADEQUACY:
        drawn = usual(one, shown, language)
        is_empty = one.key == "shortage" and not np.any([*drawn.values["lines"], *drawn.values["before"]])
        empty = text(language, "dry.never_short" if pair is not None else "dry.not_short") if is_empty else ""
        charts.append(
            panels.SmallChart(
                wording=ChartWording(language, words, dict(drawn.axis)),
                figures=ChartFigures(f"{sig}-{one.key}", drawn.years, drawn.values),
                subject={"key": one.key, "fixed": True, "empty": empty, **drawn.subject},
                tree=[],
                file={},
                event_act=session.smalls.act,
            )
        )
    return panels.box("smalls", *charts)

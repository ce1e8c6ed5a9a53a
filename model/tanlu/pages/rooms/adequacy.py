"""Whether there is enough power, by year: what is not served, and the reserve margin, beside the hours."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

import solara

from tanlu.output.figures.quantities import ENERGY_AXIS, PERCENT_AXIS
from tanlu.pages import panels
from tanlu.pages.measures import Summary
from tanlu.pages.panels import ChartFigures, ChartWording, page_words, reference_words
from tanlu.pages.rooms.small_charts import SmallSubject, usual
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView

ADEQUACY = (
    SmallSubject("unserved", ENERGY_AXIS, {"short": ("unserved_twh", "#d55e00")}, True),
    SmallSubject("reserve", PERCENT_AXIS, {"margin": ("reserve_margin_percent", "#0072b2")}, True),
)


@solara.component
def AdequacyCharts(view: AnswerView, found: Summary, session: Session, language: str) -> solara.Element:
    """Show unserved energy and reserve margin by year, the mean over draws, with the lines of the reference."""
    words = page_words(language, "chart", "compare") | reference_words(found.kind, language)
    charts = []
    for one in ADEQUACY:
        drawn = usual(one, found, language)
        charts.append(
            panels.SmallChart(
                wording=ChartWording(language, words, dict(drawn.axis)),
                figures=ChartFigures(f"{view.id}-{one.key}", session.answered, drawn.years, drawn.values),
                subject={"key": one.key, "fixed": True, **drawn.subject},
                tree=[],
                file={},
                event_act=session.smalls.act,
            )
        )
    return panels.box("smalls", *charts)

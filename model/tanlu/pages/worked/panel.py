"""The room of what worked, and the shares of policies on the first screen."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import numpy as np
import solara

from tanlu.core.words import text
from tanlu.output.charts import Layer
from tanlu.output.figures.quantities import EMISSION_AXIS
from tanlu.output.figures.shares import COLUMNS
from tanlu.pages.export import as_text
from tanlu.pages.measures import figures_csv
from tanlu.pages.panels import ChartFigures, ChartWording, Event, component_of_records, page_words
from tanlu.pages.places import place_words
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.worked.attributed import attributed, by_year_csv, cost_curve, layer_rows, table_rows
from tanlu.pages.worked.attributions import EVENTS, FAILED, NAMES, NOTHING_DIFFERS, WAITING, Worked
from tanlu.pages.worked.looks import PolicyLook, policy_looks
from tanlu.pages.workers.views import AnswerView, mark_early


@component_of_records("worked.vue")
def WorkedChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_ask_csv: Event,
) -> None:
    """Draw what each policy avoids by year, sector and province, and the cost curve."""


@solara.component_vue("share_table.vue")
def ShareTable(
    words: dict[str, str], table: dict[str, Any], file: dict[str, str], event_ask_csv: Event
) -> None:
    """Show what each policy does alone, as a share and if it were removed, and what it costs."""


@solara.component
def WorkedArea(view: AnswerView, worked: Worked, session: Session, language: str) -> solara.Element:
    """Show which policy of an answer does what by year, sector and province, or why there is no saying."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    service = session.service
    looks = looks_of(session, view, worked, language)
    values = solara.use_memo(lambda: chart_values(worked), [worked.sig])
    names, layers = place_words(service.axes, language), layers_on_show(view, service)
    subject = {
        "heading": text(language, "worked.heading"),
        "empty": state_text(worked, view, language),
        "policies": [one._asdict() for one in looks],
        "layers": [
            {
                "key": layer.key,
                "name": layer_name(layer, names, language),
                "province": bool(layer.province),
                "row": 1 + n,  # after that of all emissions
            }
            for n, layer in layers
        ],
        **tables_of(view, worked, looks, layers, language),
    }

    def csv_file(_: object) -> None:
        if worked.attribution is not None:
            name = f"tanlu-{view.id}-shares-by-year{early_mark(worked)}.csv"
            set_file({"name": name, "text": by_year_csv(worked, service.layers)})

    return WorkedChart(
        wording=ChartWording(
            language, page_words(language, "worked", "chart", "attribution"), dict(EMISSION_AXIS[language])
        ),
        figures=ChartFigures(worked.sig, years_of(worked), values),
        subject=subject,
        file=file,
        event_ask_csv=csv_file,
    )


@solara.component
def SharesArea(view: AnswerView, worked: Worked, session: Session, language: str) -> solara.Element:
    """Show the table of shares, or why there is none."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    looks = looks_of(session, view, worked, language)
    table = {
        "heading": text(language, "worked.table"),
        "empty": state_text(worked, view, language),
        "note": note(worked, language),
        **share_table(view, worked, looks, language),
    }

    def csv_file(_: object) -> None:
        told = attributed(worked, view.region)
        if told is not None:
            content = figures_csv(dict(told.figures), (), (), as_text(view.levers.name))
            set_file({"name": f"tanlu-{view.id}-shares{early_mark(worked)}.csv", "text": content})

    return ShareTable(
        words=page_words(language, "worked", "attribution"), table=table, file=file, event_ask_csv=csv_file
    )


def early_mark(worked: Worked) -> str:
    """Return what the name of a file of shares says of the draws that they are of; empty for all."""
    return "" if worked.attribution is None else mark_early(worked.attribution.draws, worked.draws)


def looks_of(session: Session, view: AnswerView, worked: Worked, language: str) -> list[PolicyLook]:
    """Return how the policies of an attribution look; none where there is none."""
    if worked.attribution is None:
        return []
    scenarios = session.service.scenarios
    return policy_looks(
        scenarios.scenario(view.levers), scenarios.baseline, worked.attribution.policies, language
    )


def chart_values(worked: Worked) -> dict[str, Any]:
    """Return of all emissions and then of each layer: shares [N, 1 + L, Y], the reference and what is left."""
    if worked.attribution is None or worked.layers is None or worked.before is None:
        return {}
    avoided = worked.attribution.shares.share[:, :, 0].mean(axis=1)[:, None]  # [N, 1, Y]
    shares = np.concatenate([avoided, worked.layers], axis=1)
    return {
        "shares": exactly(shares),
        "before": exactly(worked.before),
        "after": exactly(worked.before - shares.sum(axis=0)),
    }


def years_of(worked: Worked) -> list[int]:
    """Return the years of shares; none where there are none."""
    return [] if worked.attribution is None else [int(year) for year in worked.attribution.years]


def exactly(values: np.ndarray) -> Any:
    """Return values rounded to a tonne, so that wedges still add up in the browser."""
    return np.round(values, 6).tolist()


def tables_of(
    view: AnswerView, worked: Worked, looks: list[PolicyLook], layers: list[tuple[int, Layer]], language: str
) -> dict[str, Any]:
    """Return the tables of shares by sector and by province, and the cost curve; empty without shares."""
    told = attributed(worked, view.region)
    if told is None:
        return {
            "sectors": [],
            "provinces": [],
            "curve": {"steps": [], "without": [], "axes": []},
        }
    of = {
        name: [n for n, layer in layers if bool(layer.province) is (name == "provinces")]
        for name in ("sectors", "provinces")
    }
    return {
        **{name: layer_rows(worked, looks, chosen, language) for name, chosen in of.items()},
        "curve": cost_curve(told, looks, language),
    }


def share_table(view: AnswerView, worked: Worked, looks: list[PolicyLook], language: str) -> dict[str, Any]:
    """Return columns and rows of the table of shares; empty without any."""
    told = attributed(worked, view.region)
    return {
        "columns": [text(language, f"worked.{column.key}") for column in COLUMNS] if told else [],
        "rows": table_rows(told, looks, language) if told else [],
    }


def layers_on_show(view: AnswerView, service: Service) -> list[tuple[int, Layer]]:
    """Return the sectors and the provinces of the region on show, each with its place among all layers."""
    provinces = service.provinces_in(view.region)
    return [(n, layer) for n, layer in enumerate(service.layers) if layer.province in ("", *provinces)]


def layer_name(layer: Layer, places: dict[str, str], language: str) -> str:
    """Return what a sector or province is called."""
    return places.get(f"place.{layer.key}") or text(language, f"layer.{layer.key}")


def state_text(worked: Worked, view: AnswerView, language: str) -> str:
    """Return why there are no shares yet; empty where there are."""
    if worked.state in (NOTHING_DIFFERS, EVENTS, NAMES):
        return text(language, f"worked.{worked.state}")
    if worked.state == FAILED:
        return text(language, "failure.id", {"id": worked.failure})
    if worked.state == WAITING:
        is_asked = worked.missing and view.drawn == view.draws
        return text(language, "worked.waiting" if is_asked else "worked.after_draws")
    return ""


def note(worked: Worked, language: str) -> str:
    """Return how shares were found, and how many draws they are of; empty where there are none."""
    of = worked.attribution
    if of is None:
        return ""
    drawn = {"drawn": of.draws, "draws": worked.draws}
    if worked.draws == 1:
        told = text(language, "attribution.one_draw") + " "
    else:
        told = text(language, "worked.drawn" if worked.is_whole else "worked.drawing", drawn)
    shares = of.shares
    method = {"coalitions": shares.coalitions, "error": f"{shares.standard_error:.2g}"}
    return told + text(language, "attribution.exact" if worked.is_exact else "attribution.sampled", method)

"""What a visitor takes away, on the page."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping
from functools import partial
from typing import Any

import solara

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.output.provenance import model_version
from tanlu.output.take_away.brief import BriefSubject, SharesInWords, brief
from tanlu.pages.address import write_address
from tanlu.pages.export import indicators_csv
from tanlu.pages.levers import NOTHING
from tanlu.pages.measures import measured
from tanlu.pages.panels import Event, page_words
from tanlu.pages.places import place_words
from tanlu.pages.rooms.emissions import places_on_show
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.take_away.archive import archive
from tanlu.pages.worked.attributed import by_year_csv
from tanlu.pages.worked.attributions import Worked
from tanlu.pages.worked.panel import looks_of, note, share_table, state_text
from tanlu.pages.workers.failures import log_failure
from tanlu.pages.workers.views import AnswerView
from tanlu.scenario.change_words import changes_in_words
from tanlu.scenario.reference import ASSUMED

LONGEST_ORIGIN = 200


def as_it_is(value: object, _: object) -> object:
    """Return bytes as the browser gets them, which is as bytes."""
    return value


@partial(solara.component_vue, to_json={"packed": as_it_is})("take_away.vue")
def TakeAwayLinks(
    words: dict[str, str],
    brief: dict[str, str],
    packed: bytes,
    name: str,
    told: str,
    credit: tuple[str, str],
    event_ask_brief: Event,
    event_ask_archive: Event,
    event_taken: Event,
) -> None:
    """Hand out the brief and the archive; the browser adds the charts that it shows.

    `credit` is what every picture says of its scenario and of its source.
    """


@solara.component
def TakeAwayArea(
    view: AnswerView, base: AnswerView, worked: Worked, session: Session, language: str
) -> solara.Element:
    """Offer the brief and the archive of an answer."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    wanted, want = solara.use_state("")  # for whom: the origin of the page that asked
    visitor = f"{session.id}-archive"
    made = solara.lab.use_task(  # in a thread, which waits for the worker
        lambda: packed_of(view, base, worked, session, language, wanted) if wanted else b"",
        dependencies=[wanted],
        raise_error=False,
    )
    solara.use_effect(lambda: partial(session.service.leave, visitor), [])
    name = name_of(view)

    def hand_brief(sent: object) -> None:
        html = brief(subject_of(view, base, worked, session, language, origin_in(sent)), language)
        set_file({"name": f"{name}.html", "text": html})

    service = session.service
    changes = solara.use_memo(lambda: titled_changes(view, service, language), [view.levers.id, language])
    credit = credit_of(view, changes, service, language)
    failed = bool(made.error) and bool(wanted)
    return TakeAwayLinks(
        words=page_words(language, "take"),
        brief=file,
        packed=b"" if made.pending or failed or not wanted else made.value or b"",
        name=name,
        told=text(language, "take.working")
        if made.pending and wanted
        else text(language, "take.failed")
        if failed
        else "",
        credit=credit,
        event_ask_brief=hand_brief,
        event_ask_archive=lambda sent: want(origin_in(sent)),
        event_taken=lambda _: want(""),
    )


def titled_changes(view: AnswerView, service: Service, language: str) -> str:
    """Name the policies and conditions that a scenario says otherwise than the baseline."""
    scenario, baseline = measured(view, service).scenario, measured(service.baseline(), service).scenario
    titles = (
        text(language, "take.marked", change._asdict()) if change.mark else change.title
        for change in changes_in_words(baseline, scenario, language)
    )
    return COMMAS[language].join(titles) or text(language, "take.unchanged")


def credit_of(view: AnswerView, changes: str, service: Service, language: str) -> tuple[str, str]:
    """Write the credit lines of a picture: its scenario, then source and version."""
    mark = f" {view.drawn}/{view.draws}" if view.early_mark else ""
    subject = {
        "name": view.levers.name + mark,
        "changes": changes,
        "place": places_on_show(view, place_words(service.axes, language)),
        "draws": view.drawn,
    }
    source = {"version": version_of(service), "quality": text(language, "foot.quality", service.quality)}
    return text(language, "take.credit", subject), text(language, "take.source", source)


def version_of(service: Service) -> str:
    """Return the version of model, code and data as pictures and brief name it."""
    return f"{model_version()} ({service.version})"


def name_of(view: AnswerView) -> str:
    """Return what files of an answer are called."""
    return f"tanlu-{view.levers.name}{view.region_mark}{view.early_mark}"


def origin_in(sent: object) -> str:
    """Return where a browser says that the page is, a space where it says nothing of use."""
    origin = sent.get("origin") if isinstance(sent, Mapping) else None
    is_one = isinstance(origin, str) and origin.startswith(("http://", "https://"))
    return str(origin)[:LONGEST_ORIGIN] if is_one else " "


def subject_of(
    view: AnswerView, base: AnswerView, worked: Worked, session: Session, language: str, origin: str
) -> BriefSubject:
    """Return what the brief of an answer is about."""
    service = session.service
    here = write_address(session.address(), service.version)
    return BriefSubject(
        measured=measured(view, service),
        base=None if view is base else measured(base, service),
        plain=measured(service.baseline(), service)
        if service.scenarios.reference(view.levers).kind == ASSUMED
        else None,
        targets=service.official_targets,
        findings=view.findings,
        version=version_of(service),
        link=origin + here if origin.strip() else "",
        shares=None if view is base else shares_of(view, worked, session, language),
        region=view.region if view.region_mark else "",
        title="" if view.levers.changes == NOTHING else text(language, "take.own"),
    )


def shares_of(view: AnswerView, worked: Worked, session: Session, language: str) -> SharesInWords:
    """Return which policy does what as the page shows it, or why that is not known."""
    table = share_table(view, worked, looks_of(session, view, worked, language), language)
    rows = tuple(
        (row["title"], *(cell_text(cell, language) for cell in row["cells"])) for row in table["rows"]
    )
    head = (text(language, "attribution.policy"), *table["columns"])
    return SharesInWords(
        head if rows else (), rows, note(worked, language) or state_text(worked, view, language)
    )


def cell_text(cell: Mapping[str, Any], language: str) -> str:
    """Write a cell of the table of shares in one line."""
    return (
        text(language, "attribution.noise", {"figure": cell["text"]}) if cell["noise"] else str(cell["text"])
    )


def packed_of(
    view: AnswerView, base: AnswerView, worked: Worked, session: Session, language: str, origin: str
) -> bytes:
    """Return the archive of an answer, waiting for a worker to run it with all its tables.

    Raises:
        Exception: why there is none; it is logged.
    """
    service = session.service
    try:
        files: dict[str, Any] = dict(service.saved(view.levers, f"{session.id}-archive"))
    except Exception as error:
        log_failure("archive", view.levers, error)
        raise
    html = brief(subject_of(view, base, worked, session, language, origin), language)
    assert view.measures is not None, "an answer has a draw at least"
    files["difference.yaml"] = service.scenarios.to_text(view.levers).encode()
    files["indicators.csv"] = indicators_csv(view.measures, view.name_in_files(view.levers.name)).encode()
    files[f"brief_{language}.html"] = html.encode()
    if worked.attribution is not None:
        files["attribution.csv"] = by_year_csv(worked, service.layers).encode()
    return archive(name_of(view), files)

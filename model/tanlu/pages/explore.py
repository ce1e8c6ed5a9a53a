"""The page, which answers what happens if levers are moved: its frame and its rooms."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qs

import solara

from tanlu.core.words import choose_language, text
from tanlu.core.words.messages import translate
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.output.figures.phrases import against_in_words
from tanlu.output.influence import DIFFERENCE, LEVEL, influence_in_words
from tanlu.output.regulators.reviews import reviews_in_words
from tanlu.pages import panels
from tanlu.pages.address import read_address, write_address
from tanlu.pages.basis.links import ENTRY_OF_VIEW, evidence_address
from tanlu.pages.builder.dry_pair import DryShown
from tanlu.pages.builder.groups import scenario_groups
from tanlu.pages.builder.panel import BuilderArea, act
from tanlu.pages.compare.lost_indicators import lost_indicators
from tanlu.pages.compare.panel import know_picker
from tanlu.pages.export import as_text
from tanlu.pages.hours import BOTH
from tanlu.pages.measures import (
    Summary,
    dry_years_in_words,
    figures_csv,
    free_years_in_words,
    in_words,
    measured,
    summary,
    targets_of,
)
from tanlu.pages.panels import (
    Guarded,
    box,
    page_words,
)
from tanlu.pages.places import place_words
from tanlu.pages.rooms.areas import AREAS
from tanlu.pages.rooms.first_screen import VerdictArea, credit_hint, opening
from tanlu.pages.rooms.routes import ANCHORS, FIRST, ROOMS, VIEWS, first_view, room_of, view_at
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.take_away.panel import TakeAwayArea
from tanlu.pages.worked.attributions import Worked
from tanlu.pages.worked.panel import looks_of
from tanlu.pages.workers.status import Status, waiting_text
from tanlu.pages.workers.views import AnswerView


@solara.component
def Explore(service: Service) -> solara.Element:
    """Show the levers, the headline measures and the chosen view of one visitor."""
    solara.use_memo(panels.know_controls, [])
    solara.use_memo(know_picker, [])
    router = solara.use_router()
    asked = f"/{router.path}?{router.search or ''}"
    headers = solara.lab.headers.value or {}
    session = solara.use_memo(lambda: open_session(service, asked, headers), [])
    language = session.language.value
    answer = session.answer()
    solara.use_effect(lambda: session.leave, [])
    parts = [
        *frame(session, language),
        Status(session.standing(), language),
        panels.FirstSteps(
            words=page_words(language, "steps"), is_due=VIEWS[session.view.value].shows_package
        ),
        NoticeArea(session, language, () if isinstance(answer, str) else answer.findings),
        guarded("builder", builder_area(session, language, answer), language, number_of(answer)),
        box("room", *room_areas(session, language, answer), tag="main"),
    ]
    return box("tanlu", *parts)


def frame(session: Session, language: str) -> list[solara.Element]:
    """Return what keeps the browser's address, and the bar with the rooms."""
    here, room = session.address(), room_of(session.view.value)
    title = f"{text(language, f'room.{room.key}')} · {text(language, 'app.title')}"
    version = session.service.version
    addresses = {one.key: write_address(replace(here, view=one.views[0].key), version) for one in ROOMS}
    return [
        panels.AddressBar(
            address=write_address(here, version),
            language=language,
            title=title,
            lost=text(language, "service.lost"),
            event_revisited=lambda address: session.choose_view(view_revisited(address)),
        ),
        panels.TopBar(
            words=page_words(language, "app", "room", "place") | place_words(session.service.axes, language),
            language=language,
            rooms=[{"key": key, "address": address} for key, address in addresses.items()],
            room=room.key,
            anchor=VIEWS[session.view.value].anchor,
            regions=list(session.service.places),
            region=session.region.value,
            event_region_chosen=session.choose_region,
            event_room_chosen=lambda key: session.choose_view(first_view(key)),
            event_language_chosen=session.switch_language,
        ),
    ]


def view_revisited(address: object) -> str | None:
    """Return the view of an address that the browser went back to."""
    path, _, search = str(address).partition("?")
    return view_at(path, parse_qs(search).get("part", [None])[0])


def number_of(answer: AnswerView | str) -> str:
    """Return what an answer is told apart by, or the number of its failure."""
    return answer if isinstance(answer, str) else answer.id


def room_areas(session: Session, language: str, answer: AnswerView | str) -> list[solara.Element]:
    """Return what the model answered to the levers, as the room shows it, or that it could not."""
    if isinstance(answer, str):
        return [ModelFailure(session, language, answer)]
    of = Results(answer, session.reference(), session, language, Chosen.by(session, answer))
    return [guarded("results", of, language, answer.id)]


class Chosen(NamedTuple):
    """What is to be seen of an answer: handed down, so that what shows it is drawn again when its tables come."""

    view: str
    is_there: bool  # with the tables that it needs
    worked: Worked  # which policy does what in it
    dry: DryShown  # with and without its dry year

    @staticmethod
    def by(session: Session, answer: AnswerView) -> "Chosen":
        """Return what a visitor has chosen."""
        worked, dry = session.worked(answer), session.dry_shown(answer)
        return Chosen(session.view.value, session.has_tables(answer), worked, dry)


@solara.component
def Results(
    view: AnswerView, base: AnswerView, session: Session, language: str, chosen: Chosen
) -> solara.Element:
    """Show what an answer comes to in a sentence, and what the room shows of it."""
    service = session.service
    before = solara.use_memo(lambda: targets_of(base, service), [base.id])
    plain = solara.use_memo(lambda: summary(view, base, service, before), [view.id, base.id])
    found = solara.use_memo(
        lambda: replace(plain, worked=chosen.worked, dry=chosen.dry), [plain, chosen.worked, chosen.dry]
    )
    areas: dict[str, solara.Element] = {}
    if VIEWS[chosen.view].shows_package:
        brief_area, take_away_area = (
            BriefArea(view, found, session, language),
            TakeAwayArea(view, base, found.worked, session, language),
        )
        areas["brief"] = box("brief-box", brief_area, take_away_area)
    if chosen.view == FIRST:
        areas["measures"] = VerdictArea(view, found, session, language)
    areas |= {
        **parts_of_room(session, language, chosen.view),
        **(
            AREAS[chosen.view](view, base, found, session, language)
            if chosen.is_there
            else {VIEWS[chosen.view].anchor: waiting_text(language)}
        ),
        "footer": FooterArea(view, base, found, session, language),
    }
    return box("room", *(guarded(name, area, language, view.id) for name, area in areas.items()))


def parts_of_room(session: Session, language: str, view: str) -> dict[str, solara.Element]:
    """Return the choice among the views of a room that has several, and what one does not split by province."""
    views = [one.key for one in room_of(view).views]
    parts = []
    if len(views) > 1 and view != FIRST:  # the first screen leads on by its cards and questions
        words = page_words(language, "view")
        parts.append(
            panels.RoomParts(words=words, views=views, view=view, event_view_chosen=session.choose_view)
        )
    if session.region.value != BOTH and VIEWS[view].together:
        told = text(language, f"place.together_{VIEWS[view].together}")
        parts.append(solara.v.Html(tag="p", class_="together", children=[told]))
    return {"parts": box("parts-box", *parts)} if parts else {}


def guarded(name: str, area: solara.Element, language: str, answer: str) -> solara.Element:
    """Return an area of the page's grid whose failure stays its own; one of a view stands in the middle."""
    place = "area area-view" if name in ANCHORS else "area"
    return box(f"{place} area-{name}", Guarded(area, name, language, answer))


def open_session(service: Service, address: str, headers: dict[str, list[str]]) -> Session:
    """Return the state a new browser tab starts with: from its address, else from its language header."""
    asked = read_address(address, service.scenarios, service.version, service.places, service.years)
    notices = (*asked.notices, *lost_indicators(asked, service))
    return Session(
        service, replace(asked, notices=notices), choose_language(headers.get("accept-language", []))
    )


@solara.component
def NoticeArea(session: Session, language: str, findings: tuple[Finding, ...]) -> None:
    """Show what could not be followed of the visitor's address, and what was found of the answer."""
    told = [one for one in findings if one.severity != Severity.note and one not in session.dismissed.value]
    notices = [
        text(
            language,
            n.key,
            {name: translate(getattr(n, name), language) for name in ("given", "used", "near")},
        )
        for n in session.notices.value
    ]
    panels.Notices(
        notices=[*notices, *(one.without_scenario(language) for one in told)],
        close_label=text(language, "notice.close"),
        event_dismiss=lambda _: session.dismiss(findings),
    )


def builder_area(session: Session, language: str, answer: AnswerView | str) -> solara.Element:
    """Return the policy builder, with what was found of the answer."""
    packages = scenario_groups(session.service, language)
    return BuilderArea(session, language, packages, None if isinstance(answer, str) else answer)


@solara.component
def BriefArea(view: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Say what the answer shows, and hand out its figures."""
    titles = {one.name: one.title for one in looks_of(session, view, found.worked, language)}
    file, set_file = solara.use_state({"name": "", "text": ""})
    is_first = session.view.value == FIRST
    told, starts = opening(found, session, language) if is_first else (found.sentence(language, titles), {})
    panels.Brief(
        told=told,
        opening=starts,
        hint=credit_hint(session, language) if is_first else {},
        event_act=lambda sent: act(session, sent),
        words=page_words(language, "brief"),
        file=file,
        event_ask_csv=lambda _: set_file(
            {
                "name": f"tanlu-{view.id}-figures.csv",
                "text": figures_csv(
                    found.figures,
                    found.targets,
                    found.regions,
                    as_text(view.name_in_files(view.levers.name)),
                ),
            }
        ),
    )


@solara.component
def FooterArea(view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Say in words what the answer shows, and what it is not."""
    view_here = session.view.value
    is_settled = VIEWS[view_here].shows_package and not found.progress.is_preliminary
    panels.Footer(
        sentence=what_changes(view, base, found, language)
        if view_here == FIRST
        else text(language, f"words.{VIEWS[view_here].anchor}"),
        lines=[
            *(settled_lines(view, session, language) if is_settled else []),
            text(language, "foot.scenario"),
            text(language, "foot.quality", session.service.quality),
            text(language, "foot.source"),
        ],
        more={
            "label": text(language, "foot.influence"),
            "lines": influence_in_words(
                session.service.region, language, LEVEL if view is base else DIFFERENCE
            ),
        },
        basis={
            "address": evidence_address(
                session.address(), session.service.version, *ENTRY_OF_VIEW.get(view_here, ())
            ),
            "label": text(language, "foot.basis"),
        },
    )


def what_changes(view: AnswerView, base: AnswerView, found: Summary, language: str) -> str:
    """Return the sentence below the chart; while draws are to come, that what differs is still to come too."""
    avoided, against = found.figures.get("avoided"), against_in_words(found.kind, language)
    if avoided is not None:
        return in_words(view, base, avoided, language, against)
    if found.progress.is_preliminary:
        return text(language, "preliminary.differences", {**found.progress._asdict(), "reference": against})
    return text(language, "words.baseline")


def settled_lines(view: AnswerView, session: Session, language: str) -> list[str]:
    """List the notes on dry years and reviews, on free years for power, and that an answer was made ahead.

    Free years are of all provinces.
    """
    is_told = session.view.value == "electricity" and not view.region_mark
    free = free_years_in_words(view, session.service, language) if is_told else []
    reviews = reviews_in_words(measured(view, session.service), language, view.region)
    made_ahead = [text(language, "foot.prepared", {"draws": view.draws})] if view.is_prepared else []
    return [*dry_years_in_words(view, session.service, language), *reviews, *free, *made_ahead]


@solara.component
def ModelFailure(session: Session, language: str, number: str) -> None:
    """Say that the model could not answer, and offer the last setting it could."""
    panels.FailureCard(
        message=text(language, "failure.model"),
        detail=text(language, "failure.id", {"id": number}),
        button=text(language, "failure.back"),
        area="model",
        event_retry=session.back,
    )

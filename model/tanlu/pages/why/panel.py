"""The view of why a measure saves little or much: reasons of all plants, what is missing, what would help."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Mapping, Sequence
from typing import Any

import solara

from tanlu.core.words import text
from tanlu.core.words.numbers import PER_MILLION
from tanlu.explanation.effects.levers import Lever, NextLevers, list_levers
from tanlu.explanation.effects.missing import MissingField, missing_fields
from tanlu.explanation.effects.next_door import find_next_door
from tanlu.explanation.effects.reasons import CAPTURE, EffectReasons
from tanlu.explanation.effects.rendering import (
    lever_name,
    lever_parts,
    missing_in_words,
    next_door_in_words,
    reason_parts,
    within,
)
from tanlu.output.figures.avoidance import compute_avoided
from tanlu.output.figures.phrases import against_in_words
from tanlu.pages.measures import Summary, measured
from tanlu.pages.panels import Event, page_words
from tanlu.pages.plants.card import part_of
from tanlu.pages.service import Service
from tanlu.pages.state import Session
from tanlu.pages.why.trials import LeverQuestion, LeverTrials, lever_visitors, try_levers
from tanlu.pages.workers.views import AnswerView

FEWEST_TCO2_PER_YEAR = 5e4  # 0.05 Mt: of less, tables would show 0.0


@solara.component_vue("why.vue")
def Why(
    words: dict[str, str],
    options: dict[str, Any],
    told: dict[str, Any],
    parts: list[dict[str, Any]],
    missing: list[dict[str, Any]],
    trials: dict[str, Any],
    event_choose: Event,
    event_add_missing: Event,
    event_try_levers: Event,
    event_add_lever: Event,
) -> None:
    """Show why a measure saves little or much, with a button for each missing field and each lever."""


@solara.component
def WhyArea(view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Show the reasons of an answer and of its reference, what is missing, and levers on request."""
    wanted, set_wanted = solara.use_state(("", "", ""))  # of which answer, region and option levers are tried
    chosen, choose = solara.use_state(CAPTURE)
    service = session.service
    of_all, of_base = solara.use_memo(
        lambda: tuple(reasons_of(side, service, view.region) for side in (view, base)),
        [view.id, base.id, view.region],
    )
    either = {**of_base, **of_all}
    option = chosen if chosen in either else CAPTURE
    reasons, before = (side.get(option, either[option].without_plants) for side in (of_all, of_base))
    scenario, question = service.scenarios.scenario(view.levers), (view.levers.id, view.region, option)
    missing = solara.use_memo(lambda: missing_fields(reasons, scenario, found.now.open_from), [question])
    levers = solara.use_memo(lambda: list_levers(scenario, missing), [question])
    solara.use_effect(lambda: lambda: _leave(session, len(levers)), [question])
    tell = session.listen()
    is_wanted, is_early = wanted == question, found.progress.is_preliminary
    is_tried = is_wanted and not is_early
    asked = LeverQuestion(scenario, option, levers)
    trials = try_levers(service, asked, session.id, tell) if is_tried else LeverTrials()
    shown = trials.levers
    Why(
        words=page_words(language, "explained"),
        options={"chosen": option, "all": options_of(either, language)},
        told=told_of((view, base), option, found, session, language),
        parts=[part_of(part) for part in reason_parts(reasons, before, language)],
        missing=[
            {
                "path": field.path,
                "text": missing_in_words(field, language).replace("`", ""),
                "yaml": field.yaml,
            }
            for field in missing
        ],
        trials=trials_of(trials, levers, scenario.replications, is_wanted, language),
        event_choose=lambda name: choose(name) if name in either else None,
        event_add_missing=lambda n: _add(session, _missing_block(missing, n)),
        event_try_levers=lambda _: set_wanted(question),
        event_add_lever=lambda n: _add(session, _lever_block(shown, n)),
    )


def reasons_of(answer: AnswerView, service: Service, region: str) -> dict[str, EffectReasons]:
    """Return the reasons of an answer's plants in a region, by option."""
    provinces = service.provinces_in(region)
    return {
        name: each.in_provinces(provinces) for name, each in service.plants(answer.levers).reasons.items()
    }


def options_of(reasons: Mapping[str, EffectReasons], language: str) -> list[dict[str, str]]:
    """List the measures that decide on tonnes worth telling, most first, as a choice has them."""
    return [
        {"key": name, "label": of_option.labels[language]}
        for name, of_option in reasons.items()
        if name == CAPTURE or of_option.tco2_per_year >= FEWEST_TCO2_PER_YEAR
    ]


def told_of(
    sides: tuple[AnswerView, AnswerView], option: str, found: Summary, session: Session, language: str
) -> dict[str, Any]:
    """Say what capture stores more, or else what is emitted less, and what that moves next door.

    While draws are to come, it says so.
    """
    if session.asked.value.levers != sides[0].levers:  # this is still the answer before
        return {"lines": [text(language, "explained.to_come")], "state": "preliminary"}
    if found.base is None:
        return {"lines": [text(language, "explained.no_reference")], "state": "settled"}
    if found.progress.is_preliminary:
        return {"lines": [text(language, "explained.to_come")], "state": "preliminary"}
    avoided = compute_avoided(found.now, found.base)
    span = {"first": avoided.first_year, "last": avoided.last_year}
    is_capture = option == CAPTURE
    amount = avoided.sequestered_mtco2 if is_capture else avoided.mtco2
    values = {
        "scenario": text(language, "explained.package"),
        "reference": against_in_words(found.kind, language),
        "amount": within(amount, language, PER_MILLION),
    }
    next_door = find_next_door(*(measured(side, session.service) for side in sides))
    lines = [
        text(language, "explained.stored" if is_capture else "explained.avoided", {**values, **span}),
        next_door_in_words(next_door, span, language),
    ]
    if sides[0].region_mark:
        lines.append(text(language, "explained.together"))
    return {"lines": lines, "state": "settled"}


def trials_of(
    trials: LeverTrials, levers: Sequence[Lever], draws: int, is_wanted: bool, language: str
) -> dict[str, Any]:
    """Say what trying levers came to, how many runs are to come, or what it would take."""
    found = trials.levers
    if trials.failure:
        return {"state": "failed", "text": text(language, "failure.id", {"id": trials.failure}), "parts": []}
    if found is None:
        key = "explained.offer"
        if is_wanted:
            key = "explained.trying" if trials.to_come else "explained.after_draws"
        values = {"levers": len(levers), "runs": trials.to_come, "draws": draws}
        return {
            "state": "waiting" if is_wanted else "offered",
            "text": text(language, key, values),
            "parts": [],
        }
    parts = [part_of(part) for part in lever_parts(found, language)]
    for part in parts:
        if "rows" in part:
            part["rows"] = [[cell.replace("`", "") for cell in row] for row in part["rows"]]
    best = (effect.lever for effect in found.best)
    names = [lever_name(lever.kind, lever.field, language).replace("`", "") for lever in best]
    return {"state": "found", "text": "", "parts": parts, "levers": names}


type Block = tuple[str, dict[str, Any]]


def _missing_block(missing: Sequence[MissingField], number: object) -> Block | None:
    """Return the policy and block of a missing field that a browser names by its position."""
    if type(number) is not int or not 0 <= number < len(missing):
        return None
    return missing[number].policy, missing[number].block


def _lever_block(found: NextLevers | None, number: object) -> Block | None:
    """Return the policy and block of a lever that a browser names by its position."""
    if found is None or type(number) is not int or not 0 <= number < len(found.best):
        return None
    lever = found.best[number].lever
    return lever.policy, dict(lever.block)


def _add(session: Session, block: Block | None) -> None:
    """Add a policy, or fields to one, to the visitor's setting."""
    if block is not None:
        session.builder.add_block(*block)


def _leave(session: Session, levers: int) -> None:
    """Ask for no more trials."""
    for visitor in lever_visitors(session.id, levers):
        session.service.leave(visitor)

"""The view of five-year plans: what is decided, what is next, and what each side came to."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Sequence
from typing import Any

import solara

from tanlu.core.words import text
from tanlu.experiments.five_year_plans.game import FiveYearPlan, PlanGame
from tanlu.experiments.five_year_plans.outcomes import GameOutcome
from tanlu.experiments.five_year_plans.rendering import (
    name_columns,
    name_plan,
    write_decisions,
    write_missed,
    write_plans,
    write_total,
)
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.pages.builder.links import MAXIMUM_BYTES
from tanlu.pages.builder.tree import told as findings_told
from tanlu.pages.panels import Event, page_words
from tanlu.pages.plans.actions import NOT_BEGUN, PlanDesk, RefusedPlan
from tanlu.pages.plans.trials import PlanTrials, TurnProgress
from tanlu.pages.state import Session
from tanlu.region.catalogue import region_axes
from tanlu.scenario.input_words import InputWords

FILE_NAME = "my_plans.yaml"


@solara.component_vue("plans.vue")
def Plans(words: dict[str, str], subject: dict[str, Any], event_act: Event) -> None:
    """Decide five-year plans one after the other, and compare what they came to."""


@solara.component
def PlanArea(session: Session, language: str) -> None:
    """Show a visitor's plans, the next one as the builder would decide it, and how far its runs are."""
    desk = session.plan_desk
    turn, package = desk.turn.value, session.asked.value.levers
    solara.use_effect(lambda: desk.leave, [])
    progress = desk.look()
    draft = solara.use_memo(
        lambda: write_draft(desk, session.service.plans, language), [turn, package, language]
    )
    subject = {**subject_of(desk, session.service.plans, progress, language), **draft}
    Plans(words=page_words(language, "plans"), subject=subject, event_act=desk.act)


def write_draft(desk: PlanDesk, trials: PlanTrials, language: str) -> dict[str, Any]:
    """Say what the package of the builder would decide for the next plan, or why it cannot."""
    plan = desk.next_plan
    if plan is None:
        return {"draft": text(language, "plans.over"), "can_decide": False}
    try:
        levers = desk.draft()
    except ScenarioError as error:
        return {"draft": _join_findings(RefusedPlan(tuple(error.findings)), language), "can_decide": False}
    places = {"plan": name_plan(plan, language)}
    if levers == desk.turn.value.levers:
        return {"draft": text(language, "plans.page_draft_nothing", places), "can_decide": True}
    scenario = trials.scenarios.scenario(levers)
    input_words = InputWords(region_axes(scenario.region), language)
    places["event"] = input_words.describe_event(f"plan_{plan.number}", scenario)
    return {"draft": text(language, "plans.page_draft", places), "can_decide": True}


def subject_of(desk: PlanDesk, trials: PlanTrials, progress: TurnProgress, language: str) -> dict[str, Any]:
    """Return state, timeline and tables of a game; figures of the turn before stand while the next runs."""
    turn = desk.turn.value
    state = find_state(desk, progress)
    figures: dict[str, Any] = {"decisions": [], "missed": [], "tables": [], "digest": "", "again": ""}
    before = desk.turn_before
    if progress.outcome is None and before is not None:
        outcome_before = trials.look(before).outcome
        if outcome_before is not None:
            figures = write_figures(trials.build(before), outcome_before, language)
    elif progress.outcome is not None:
        figures = write_figures(trials.build(turn), progress.outcome, language)
        names = {"file": FILE_NAME, "number": turn.through}
        figures["again"] = text(language, "plans.page_again", names)
    return {
        "state": state,
        "timeline": write_timeline(desk.plans, turn.through, language),
        "status": write_status(desk, state, progress, language),
        "done": progress.done,
        "runs": progress.runs,
        "fault": _join_findings(desk.fault.value, language),
        "file": {"name": FILE_NAME, "text": desk.file_text()},
        "largest_bytes": MAXIMUM_BYTES,
        **figures,
    }


def find_state(desk: PlanDesk, progress: TurnProgress) -> str:
    """Find the state of a turn: empty, running, stopped, failed or settled."""
    if desk.turn.value.through == NOT_BEGUN:
        return "empty"
    if progress.outcome is not None:
        return "settled"
    if progress.failure:
        return "failed"
    return "running" if desk.is_running.value else "stopped"


def write_timeline(plans: Sequence[FiveYearPlan], through: int, language: str) -> list[dict[str, str]]:
    """Write the plans of a game, each with whether it is decided."""
    is_open = [plan.number for plan in plans if plan.number > through]
    timeline = []
    for plan in plans:
        key = "played" if plan.number <= through else "next" if plan.number == is_open[0] else "open"
        state = text(language, f"plans.page_state_{key}")
        timeline.append({"key": key, "name": name_plan(plan, language), "state": state})
    return timeline


def write_status(desk: PlanDesk, state: str, progress: TurnProgress, language: str) -> str:
    """Say how far the runs of a turn are and how long they still take, or why there are none."""
    if state == "failed":
        return text(language, "failure.id", {"id": progress.failure})
    if state not in ("running", "stopped"):
        return ""
    counts = {"done": progress.done, "runs": progress.runs}
    status = text(language, f"plans.page_{state}", counts)
    seconds = desk.seconds_left(progress) if state == "running" else 0.0
    if not seconds:
        return status
    rounded = max(10 * round(seconds / 10), 10)
    gap = "" if language == "zh" else " "
    return gap.join((status, text(language, "plans.page_seconds", {"count": rounded})))


def write_figures(game: PlanGame, outcome: GameOutcome, language: str) -> dict[str, Any]:
    """Write the tables of a turn, of its plans where it has several, what was decided, and which aims are missed."""
    headings = name_columns(language)
    total_headings = [*headings, text(language, "plans.column_aims")]
    tables = {"total": (total_headings, write_total(outcome.total, outcome.judged_aims, language))}
    if len(game.plans) > 1:
        tables["plans"] = (headings, write_plans(game, outcome, language))
    return {
        "decisions": list(write_decisions(game, outcome, language)),
        "missed": list(write_missed(game, outcome, language)),
        "tables": [
            {"key": key, "columns": columns, "rows": [[cell.split("\n") for cell in row] for row in rows]}
            for key, (columns, rows) in tables.items()
        ],
        "digest": text(language, "plans.digest", {"digest": outcome.digest}),
    }


def _join_findings(fault: RefusedPlan, language: str) -> str:
    """Write why a decision or a file is refused, on a line."""
    if fault.reason is not None:
        return fault.reason.in_language(language)
    rows = findings_told(fault.findings, language)
    return " ".join(f"`{row['path']}`: {row['text']}" if row["path"] else row["text"] for row in rows)

"""The room of goal seeking: the problem as a form, how far its search is, and what was found."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Sequence
from typing import Any

import solara

from tanlu.core.words import text
from tanlu.experiments.outcomes import ExperimentOutcome
from tanlu.experiments.plans import Plan
from tanlu.output.figures.axes import axis_of
from tanlu.pages.builder.fields import themes
from tanlu.pages.builder.links import MAXIMUM_BYTES
from tanlu.pages.builder.tree import told as findings_told
from tanlu.pages.panels import ChartFigures, ChartWording, Event, component_of_records, page_words
from tanlu.pages.seek.offers import PARTS, offered_outcomes, shipped_problem
from tanlu.pages.seek.outcomes import FoundTables, found_tables
from tanlu.pages.seek.problems import lever_kinds, read_problem
from tanlu.pages.seek.searches import ENDED, FAILED, RUNNING, STOPPED, WAITING, SearchStanding
from tanlu.pages.seek.wording import lever_words, title_of, units_of
from tanlu.pages.state import Session

MINUTE = 60
LONG_SECONDS = 100  # from here on a time is told in minutes


@component_of_records("seek.vue")
def SeekChart(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_act: Event,
    event_ask_csv: Event,
) -> None:
    """Ask for aims, caps and levers, and draw the packages that a search found."""


@solara.component
def SeekArea(session: Session, language: str) -> solara.Element:
    """Show a visitor's problem, and his search as far as it is."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    desk, region = session.desk, session.desk.region
    problem, standing = desk.problem.value, desk.standing()
    form = solara.use_memo(lambda: form_of(problem, region, language), [problem, language])
    searched = standing.text if standing is not None else ""
    signs = (searched, standing.state, standing.news.steps) if standing is not None else ()
    tables = solara.use_memo(
        lambda: found_tables(standing, region, language) if standing is not None else None,
        [signs, language],
    )
    subject = {
        "heading": text(language, "seeking.heading"),
        "form": form,
        "is_shipped": problem == shipped_problem(),
        "text": problem,
        "faults": findings_told(desk.faults.value, language),
        "largest_bytes": MAXIMUM_BYTES,
        "opened": desk.opened.value,
        **progress_of(standing, region, language),
        "is_other": standing is not None and searched != problem,
        **(tables._asdict() if tables is not None else FoundTables()._asdict()),
    }

    def csv_file(_: object) -> None:
        if standing is not None and standing.findings is not None:
            name = f"tanlu-front-{standing.findings.digest[:12]}.csv"
            set_file({"name": name, "text": standing.findings.front_csv})

    return SeekChart(
        wording=ChartWording(language, page_words(language, "seeking", "chart"), {}),
        figures=ChartFigures(subject["sig"], [], subject.pop("chart")),
        subject=subject,
        file=file,
        event_act=desk.act,
        event_ask_csv=csv_file,
    )


def form_of(problem: str, region: str, language: str) -> dict[str, Any]:
    """Build the form of a problem: what is asked for, and what can be added."""
    plan, units = read_problem(problem, region), units_of(problem, region)
    search = plan.experiment.seek
    assert search is not None, "problems have one"
    sought = {part: getattr(search, part) for part in PARTS}
    return {
        "parts": [
            {
                "key": part,
                "rows": [_outcome_row(plan, name, units[name], region, language) for name in names],
                "offers": _offers(part, (*search.best, *search.bounds), region, language),
            }
            for part, names in sought.items()
        ],
        "levers": [_lever_row(plan, name, language) for name in plan.experiment.levers],
        "lever_offers": _lever_offers(language),
        "runs": search.runs,
        "needed": search.needed_draws,
        "draws": search.draws,
        "name": plan.name,
    }


def _outcome_row(plan: Plan, name: str, unit: str, region: str, language: str) -> dict[str, Any]:
    outcome = plan.experiment.outcomes[name]
    bound = outcome.at_most if outcome.at_most is not None else outcome.at_least
    axis = axis_of(unit, abs(bound or 0.0), language)
    return {
        "name": name,
        "title": title_of(outcome, region, language),
        "better": text(language, f"seeking.better_{'more' if outcome.direction > 0 else 'less'}"),
        "limit": text(language, f"seeking.at_{'most' if outcome.at_most is not None else 'least'}"),
        "bound": None if bound is None else float(f"{bound * axis['factor']:.10g}"),
        "factor": axis["factor"],
        "unit": axis["unit"],
    }


def _lever_row(plan: Plan, name: str, language: str) -> dict[str, Any]:
    lever = plan.experiment.levers[name]
    ends = lever.range or (min(lever.values or (0,)), max(lever.values or (0,)))
    said = lever_words(plan, name, language)
    return {
        "name": name,
        **said._asdict(),
        "low": ends[0],
        "high": ends[1],
        "can_change": lever.range is not None,
    }


def _offers(part: str, there: Sequence[str], region: str, language: str) -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "title": title_of(ExperimentOutcome.model_validate(dict(offer.fields)), region, language),
        }
        for name, offer in offered_outcomes(region).items()
        if offer.part == part and name not in there
    ]


def _lever_offers(language: str) -> list[dict[str, Any]]:
    known = lever_kinds()
    groups = [
        {"title": group["title"], "kinds": [kind for kind in group["kinds"] if kind["kind"] in known]}
        for group in themes(language)
    ]
    return [group for group in groups if group["kinds"]]


def progress_of(standing: SearchStanding | None, region: str, language: str) -> dict[str, Any]:
    """Say how far a search is, in words and in runs."""
    if standing is None:
        return {"state": "", "status": "", "fault": "", "runs": 0, "most": 0}
    search = read_problem(standing.text, region).experiment.seek
    assert search is not None, "problems have one"
    most = search.runs
    return {
        "state": standing.state,
        "status": status_text(standing, most, language),
        "fault": fault_text(standing, language),
        "runs": standing.findings.runs if standing.findings else standing.news.runs,
        "most": most,
    }


def status_text(standing: SearchStanding, most: int, language: str) -> str:
    """Say how far a search is: its place in the queue, its runs and the time that is left, or how it ended."""
    news, findings = standing.news, standing.findings
    counts = {"runs": news.runs, "most": most, "new": news.new_runs, "points": len(news.points)}
    if standing.state == WAITING:
        return text(language, "seeking.waiting", {"ahead": standing.ahead})
    if standing.state == STOPPED:
        return text(language, "seeking.stopped", counts)
    if standing.state == ENDED and findings is not None:
        ended = {"points": findings.points, "done": findings.runs, "most": most}
        told = [text(language, f"seek.ended_{findings.ending}", ended)]
        told.append(text(language, "seeking.new_runs", {"new": news.new_runs}))
        told.append(text(language, "seeking.digest", {"digest": findings.digest[:12]}))
        if findings.failures:
            told.append(text(language, "seeking.run_failures", {"count": findings.failures}))
        return text(language, "seeking.gap").join(told)
    if standing.state == RUNNING:
        if not news.runs:
            return text(language, "seeking.beginning")
        stage = text(language, f"seek.stage_{news.stage or 'design'}")
        told = [text(language, "seeking.running", {**counts, "stage": stage})]
        told.append(time_text(standing.seconds_a_run * max(most - news.runs, 0), language))
        return text(language, "seeking.gap").join(told)
    return ""


def time_text(seconds: float, language: str) -> str:
    """Say how long a search may still take at most."""
    if seconds <= 0.0:
        return text(language, "seeking.time_unknown")
    if seconds < LONG_SECONDS:
        return text(language, "seeking.seconds_left", {"count": max(10 * round(seconds / 10), 10)})
    return text(language, "seeking.minutes_left", {"count": round(seconds / MINUTE)})


def fault_text(standing: SearchStanding, language: str) -> str:
    """Say why a search failed; empty where it did not."""
    fault = standing.fault
    if standing.state != FAILED or fault is None:
        return ""
    if fault.findings:
        return " ".join(row["text"] for row in findings_told(fault.findings, language))
    if fault.reason is not None:
        return fault.reason.in_language(language)
    return text(language, "failure.id", {"id": standing.failure})

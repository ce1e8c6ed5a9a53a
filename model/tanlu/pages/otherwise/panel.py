"""The view of a package under other conditions: a row for each, and a sentence on the worst."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import solara

from tanlu.core.words import text
from tanlu.core.words.messages import translate
from tanlu.experiments.otherwise.outcomes import TABLE_COLUMNS, outcome_rows
from tanlu.experiments.otherwise.rendering import (
    name_columns,
    source_in_words,
    worst_in_words,
    write_rows,
)
from tanlu.pages.export import csv_text
from tanlu.pages.otherwise.trials import ConditionProgress, condition_visitors
from tanlu.pages.panels import Event, page_words
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView, mark_early


@solara.component_vue("otherwise.vue")
def Otherwise(
    words: dict[str, str], subject: dict[str, Any], file: dict[str, str], event_ask_csv: Event
) -> None:
    """Show what becomes of a package under each condition."""


@solara.component
def OtherwiseArea(view: AnswerView, session: Session, language: str) -> None:
    """Show a package under six conditions, run while nobody asks for anything else."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    asked = session.asked.value.levers
    # a visitor who moves wants the answer to that: what was asked for the setting before is dropped at once
    solara.use_effect(lambda: lambda: _leave(session), [asked.id])
    is_whole = asked == view.levers and view.drawn == view.draws
    changed = session.listen() if is_whole else None
    progress = session.service.conditions.look(view.levers, session.id, changed, view.region)

    def csv_file(_: object) -> None:
        if progress.outcomes:
            rows = [TABLE_COLUMNS, *outcome_rows(progress.outcomes)]
            set_file({"name": f"tanlu-{view.id}-otherwise{early_name(progress)}.csv", "text": csv_text(rows)})

    Otherwise(
        words=page_words(language, "otherwise"),
        subject=subject_of(progress, is_whole=is_whole, language=language),
        file=file,
        event_ask_csv=csv_file,
    )


def subject_of(progress: ConditionProgress, *, is_whole: bool, language: str) -> dict[str, Any]:
    """Return sentence, columns and rows of the table, and what is to come or why there is nothing."""
    outcomes = progress.outcomes
    empty = ""
    if is_whole and not progress.has_package:
        empty = text(language, "otherwise.empty")
    elif progress.refusal is not None:
        empty = translate(progress.refusal, language)
    status = ""
    if progress.failure:
        status = text(language, "failure.id", {"id": progress.failure})
    elif not is_whole:
        status = text(language, "otherwise.after_draws")
    elif progress.to_come:
        status = text(language, "otherwise.to_come", {"missing": progress.to_come})
    columns = name_columns(outcomes, language)
    return {
        "empty": empty,
        "status": status,
        "worst": worst_in_words(outcomes, language),
        "columns": [{"key": key, "name": name} for key, name in columns.items()],
        "rows": [
            {**row._asdict(), "cells": [cell._asdict() for cell in row.cells]}
            for row in write_rows(outcomes, language)
        ],
        "source": source_in_words(language),
        "has_figures": bool(outcomes),
    }


def early_name(progress: ConditionProgress) -> str:
    """Return what the name of a file says of how many draws are there; empty for all."""
    figures = [outcome.figures["avoided"] for outcome in progress.outcomes]
    return mark_early(min(one.draws for one in figures), figures[0].requested_draws)


def _leave(session: Session) -> None:
    """Ask for no more runs."""
    for visitor in condition_visitors(session.id).values():
        session.service.leave(visitor)

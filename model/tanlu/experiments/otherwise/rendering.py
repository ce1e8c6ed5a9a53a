"""Six conditions in words, as page and command line show them: a row for each, and a sentence on the worst."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.experiments.otherwise.conditions import CONDITIONS, DROUGHT_WATER, DROUGHT_YEAR, STUDY, Condition
from tanlu.experiments.otherwise.outcomes import (
    AIMS_MET,
    COLUMNS,
    ConditionOutcome,
    OutcomeColumn,
    WorstCondition,
    find_worst,
)
from tanlu.output.figures.figure import Figure
from tanlu.output.figures.phrases import Part, Phrase, Place, phrase, signed, size, span_in
from tanlu.output.figures.verdict import CHANCE, DUE, turn_of, without_sign

MONEY = "money"
SUMMED = (MONEY, "saved")  # columns named with the years that they sum up


class OutcomeCell(NamedTuple):
    """A figure of a condition in words."""

    column: str
    amount: Phrase
    change: Phrase  # against the baseline there; empty where the figure is one, and while draws are to come
    mark: str  # how many draws are there while others are to come
    state: str
    is_worst: bool


class OutcomeRow(NamedTuple):
    """A condition in words; without cells while nothing ran."""

    key: str
    name: str
    assumption: str
    cells: tuple[OutcomeCell, ...]


def name_condition(condition: Condition, language: str) -> str:
    """Name a condition."""
    return text(language, f"otherwise.name_{condition.key}", _places(condition))


def describe_assumption(condition: Condition, language: str) -> str:
    """Write what a condition assumes."""
    return text(language, f"otherwise.assumes_{condition.key}", _places(condition))


def _places(condition: Condition) -> dict[str, object]:
    if not condition.is_factor:
        return {"year": DROUGHT_YEAR, "past": DROUGHT_WATER}
    return {"value": f"{condition.value:g}", "percent": f"{abs(100.0 * (condition.value - 1.0)):.0f}"}


def name_columns(outcomes: Sequence[ConditionOutcome], language: str) -> dict[str, str]:
    """Name the columns, with the years that figures sum up once there is an outcome."""
    names = {}
    for column in COLUMNS:
        key = f"otherwise.column_{column.key}"
        if outcomes:
            span = span_in(outcomes[0].figures[column.figure].window, language)
            names[column.key] = text(language, key, {"year": DUE, "span": span})
        elif column.key in SUMMED:
            names[column.key] = text(language, f"{key}_to_come")
        else:
            names[column.key] = text(language, key, {"year": DUE})
    return names


def write_rows(outcomes: Sequence[ConditionOutcome], language: str) -> tuple[OutcomeRow, ...]:
    """Write a row for each condition; the worst of a column is marked once all are settled."""
    worst_by_column = {worst.column.key: worst for worst in list_worst(outcomes)}
    by_condition = {outcome.condition: outcome for outcome in outcomes}
    return tuple(
        OutcomeRow(
            condition.key,
            name_condition(condition, language),
            describe_assumption(condition, language),
            _cells(by_condition[condition], worst_by_column, language) if condition in by_condition else (),
        )
        for condition in CONDITIONS
    )


def list_worst(outcomes: Sequence[ConditionOutcome]) -> tuple[WorstCondition, ...]:
    """List the worst condition of each column with a figure; none until all conditions are settled."""
    if len(outcomes) < len(CONDITIONS) or not all(outcome.is_settled for outcome in outcomes):
        return ()
    columns = (column for column in COLUMNS if column.figure != AIMS_MET or outcomes[0].judged_aims)
    return tuple(find_worst(outcomes, column) for column in columns)


def _cells(
    outcome: ConditionOutcome, worst_by_column: Mapping[str, WorstCondition], language: str
) -> tuple[OutcomeCell, ...]:
    cells = []
    for column in COLUMNS:
        figure, worst = outcome.figures[column.figure], worst_by_column.get(column.key)
        is_worst = worst is not None and worst.outcome is outcome and worst.is_worse
        amount = _amount(column, figure, outcome.judged_aims, language)
        change, mark = _change(column, outcome, language), figure.mark(language)
        cells.append(OutcomeCell(column.key, amount, change, mark, figure.state, is_worst))
    return tuple(cells)


def _amount(column: OutcomeColumn, figure: Figure, judged_aims: int, language: str) -> Phrase:
    """Write the figure of a cell, with the year in which an extreme stands."""
    if column.figure == AIMS_MET and not judged_aims:
        return phrase(language, "verdict.no_aims", {"year": DUE})
    places: dict[str, Place] = {
        "figure": _write_figure(column, figure, language),
        "judged": judged_aims,
        "year": figure.window,
    }
    return phrase(language, f"otherwise.amount_{column.key}", places)


def _write_figure(column: OutcomeColumn, figure: Figure, language: str) -> Part:
    """Write a figure without its mark, which stands in its cell; money as cost or income, aims without a unit."""
    if column.key == MONEY:
        turn = "income" if figure.value < 0.0 else "cost"
        amount = str(without_sign(figure).quantity(language))
        figure_text = text(language, f"otherwise.money_{turn}", {"figure": amount})
    else:
        quantity = figure.quantity(language)
        figure_text = quantity.number if column.figure == AIMS_MET else str(quantity)
    return Part(text=figure_text, figure=figure.key, state=figure.state)


def _change(column: OutcomeColumn, outcome: ConditionOutcome, language: str) -> Phrase:
    """Write the difference to the baseline under the condition, of what is one itself the range."""
    figure = outcome.figures[column.figure]
    if figure.is_provisional or (column.figure == AIMS_MET and not outcome.judged_aims):
        return []
    if not column.change:
        ends = figure.range_text(language)
        return phrase(language, "card.interval", {"ends": ends}) if ends else []
    change = outcome.figures[column.change]
    if column.key == MONEY:
        turn, amount = turn_of(change, language), without_sign(change)
        clause = phrase(language, f"otherwise.change_money_{turn}", {"figure": size(amount, language)})
        ends = (change if turn == CHANCE else amount).range_text(language)
        return [*clause, *phrase(language, "otherwise.range", {"ends": ends})] if ends else clause
    if _is_nothing(change, language):
        return phrase(language, "otherwise.change_same", {})
    places: dict[str, Place] = {"figure": signed(change, language), "year": change.window}
    is_of_a_year = column.figure != AIMS_MET and change.rare is None and not change.is_in_noise
    return phrase(language, "otherwise.change_in_year" if is_of_a_year else "otherwise.change", places)


def _is_nothing(change: Figure, language: str) -> bool:
    """Check whether no draw differs by an amount that is written."""
    if change.rare is not None:
        return change._replace(value=change.rare.largest).is_zero(language)
    return not change.is_in_noise and change.is_zero(language)


def worst_in_words(outcomes: Sequence[ConditionOutcome], language: str) -> Phrase:
    """Write under which condition each figure is worst; empty until all conditions are settled."""
    all_worst = list_worst(outcomes)
    if not all_worst:
        return []
    clauses = [_worst_clause(worst, language) for worst in all_worst if not worst.is_open]
    if names := [
        text(language, f"otherwise.short_{worst.column.key}") for worst in all_worst if worst.is_open
    ]:
        clauses.append(phrase(language, "otherwise.open", {"names": COMMAS[language].join(names)}))
    between, end = phrase(language, "otherwise.join", {}), phrase(language, "otherwise.end", {})
    sentence = [*phrase(language, "otherwise.lead", {}), *clauses[0]]
    for clause in clauses[1:]:
        sentence += [*between, *clause]
    return [*sentence, *end]


def _worst_clause(worst: WorstCondition, language: str) -> Phrase:
    """Write the clause of a column: its worst condition, or that all are alike."""
    key = worst.column.key
    places: dict[str, Place] = {
        "condition": name_condition(worst.outcome.condition, language),
        "figure": _write_figure(worst.column, worst.figure, language),
        "judged": worst.outcome.judged_aims,
    }
    if worst.is_shared:
        return phrase(language, f"otherwise.alike_{key}", places)
    clause = phrase(language, f"otherwise.worst_{key}", places)
    if not worst.level_with:
        return clause
    names = COMMAS[language].join(name_condition(condition, language) for condition in worst.level_with)
    return [*clause, *phrase(language, "otherwise.level_with", {"names": names})]


def source_in_words(language: str) -> str:
    """Write where the values of the conditions are from."""
    return text(language, "otherwise.source", {"study": f"studies/{STUDY}"})

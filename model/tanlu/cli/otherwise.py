"""The command that shows what becomes of a package under six other conditions."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import Language, LanguageOption, cannot_write, open_console, plain_table
from tanlu.cli.options import grouped
from tanlu.cli.running import (
    AGAINST,
    Against,
    Extend,
    Jobs,
    Settings,
    results_shown,
    scenarios_of,
    whole_result,
)
from tanlu.core.words import text

if TYPE_CHECKING:
    from tanlu.experiments.otherwise.outcomes import ConditionOutcome
    from tanlu.scenario.schema import Scenario

EXAMPLES = {
    "otherwise": (
        "tanlu otherwise ccus_push",
        "tanlu otherwise ccus_push --replications 4 --csv conditions.csv",
    )
}


@grouped
def otherwise(
    scenario: Annotated[str, typer.Argument(help="Scenario file or name.")],
    settings: Settings,
    lang: LanguageOption,
    extend: Extend,
    against: Against = AGAINST,
    jobs: Jobs = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="File to write, one row a condition and figure.")
    ] = None,
) -> None:
    """Show a package under a drought, more demand, dear coal, gas, wind and sun, and slow growth of these.

    Each condition runs the package and what it is held against, in the same draws.
    """
    from tanlu.experiments.otherwise.conditions import build_arms
    from tanlu.experiments.otherwise.outcomes import measure_outcome
    from tanlu.region.pack import load_region

    (package,), (baseline,) = scenarios_of([scenario], extend, settings), scenarios_of([against], extend)
    arms = build_arms(package, baseline)
    scenarios = [arm for pair in arms for arm in (pair.package, pair.baseline)]
    targets = load_region(package.region, package.pack).targets
    measures = (whole_result(ended).measures for ended in results_shown(scenarios, lang, extend, jobs))
    outcomes = [measure_outcome(pair, next(measures), next(measures), targets) for pair in arms]
    _print(outcomes, package, baseline, lang)
    if csv_file is not None:
        _write(outcomes, csv_file)


def _print(
    outcomes: "Sequence[ConditionOutcome]", package: "Scenario", baseline: "Scenario", language: Language
) -> None:
    from tanlu.experiments.otherwise.rendering import (
        name_columns,
        source_in_words,
        worst_in_words,
        write_rows,
    )
    from tanlu.output.figures.phrases import plain

    console, lang = open_console(), language.value
    names = {
        "scenario": package.title(language.value),
        "reference": baseline.title(language.value),
    }
    rows = [
        [
            f"{row.name}\n{row.assumption}",
            *("\n".join(filter(None, map(plain, (cell.amount, cell.change)))) for cell in row.cells),
        ]
        for row in write_rows(outcomes, lang)
    ]
    headings = [text(lang, "otherwise.column_condition"), *name_columns(outcomes, lang).values()]
    table = plain_table(text(lang, "otherwise.title", names), headings, rows)
    table.show_lines = True
    console.print(table)
    console.print(plain(worst_in_words(outcomes, lang)), markup=False, soft_wrap=True)
    console.print(source_in_words(lang), markup=False, soft_wrap=True)


def _write(outcomes: "Sequence[ConditionOutcome]", path: Path) -> None:
    from tanlu.experiments.otherwise.outcomes import TABLE_COLUMNS, outcome_rows

    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file, lineterminator="\n").writerows([TABLE_COLUMNS, *outcome_rows(outcomes)])
    except OSError as error:
        raise cannot_write(path, error) from None

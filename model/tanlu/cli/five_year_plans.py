"""The command that plays five-year plans one after the other, with what is known then."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import Language, LanguageOption, cannot_write, open_console, plain_table
from tanlu.cli.options import grouped
from tanlu.cli.running import (
    AGAINST,
    AS_WRITTEN,
    Against,
    Extend,
    Jobs,
    Replications,
    results_shown,
    scenarios_of,
    whole_result,
)
from tanlu.core.five_year_plans import REGULATOR
from tanlu.core.words import text

if TYPE_CHECKING:
    from tanlu.experiments.five_year_plans.game import PlanGame
    from tanlu.experiments.five_year_plans.outcomes import GameOutcome

EXAMPLES = {
    "plans": (
        "tanlu plans my_plans.yaml",
        "tanlu plans my_plans.yaml --through 15 --csv plans.csv",
    )
}


@grouped
def plans(
    scenario: Annotated[str, typer.Argument(help="Scenario file whose events are what plans decide.")],
    lang: LanguageOption,
    extend: Extend,
    through: Annotated[
        int | None, typer.Option(help="Number of the last plan to play; else that of the last decision.")
    ] = None,
    regulator: Annotated[
        str, typer.Option(help="Scenario whose regulators decide in the same world.")
    ] = REGULATOR,
    against: Against = AGAINST,
    replications: Replications = None,
    jobs: Jobs = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="File to write, one row a side, plan and figure.")
    ] = None,
) -> None:
    """Show your five-year plans up to the last one decided, with an adaptive regulator and the baseline.

    Runs end with that plan: nothing of a later year is shown.
    """
    from tanlu.experiments.five_year_plans.game import build_game
    from tanlu.experiments.five_year_plans.outcomes import measure_game
    from tanlu.region.pack import load_region

    settings = AS_WRITTEN._replace(replications=replications)
    (player,) = scenarios_of([scenario], extend, settings)
    (reviewer,), (baseline,) = scenarios_of([regulator], extend), scenarios_of([against], extend)
    game = build_game(player, reviewer, baseline, through)
    targets = load_region(game.player.region, game.player.pack).targets
    results = results_shown(game.sides, lang, extend, jobs)
    outcome = measure_game(game, [whole_result(ended).measures for ended in results], targets)
    _print(game, outcome, lang)
    if csv_file is not None:
        _write(outcome, csv_file)


def _print(game: "PlanGame", outcome: "GameOutcome", language: Language) -> None:
    from tanlu.experiments.five_year_plans.rendering import (
        name_columns,
        next_in_words,
        write_decisions,
        write_missed,
        write_plans,
        write_total,
    )

    console, lang = open_console(), language.value

    def show(key: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = plain_table(text(lang, key, {"scenario": game.player.title(language.value)}), headings, rows)
        table.show_lines = True
        console.print(table)

    headings = name_columns(lang)
    show("plans.title", headings, list(write_plans(game, outcome, lang)))
    total_rows = list(write_total(outcome.total, outcome.judged_aims, lang))
    show("plans.title_total", [*headings, text(lang, "plans.column_aims")], total_rows)
    digest = text(lang, "plans.digest", {"digest": outcome.digest})
    notes = (*write_missed(game, outcome, lang), *write_decisions(game, outcome, lang))
    for line in (*notes, next_in_words(game, lang), digest):
        console.print(line, markup=False, soft_wrap=True)


def _write(outcome: "GameOutcome", path: Path) -> None:
    from tanlu.experiments.five_year_plans.outcomes import TABLE_COLUMNS, outcome_rows

    try:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file, lineterminator="\n").writerows([TABLE_COLUMNS, *outcome_rows(outcome)])
    except OSError as error:
        raise cannot_write(path, error) from None

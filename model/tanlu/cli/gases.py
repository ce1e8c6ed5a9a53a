"""The command that computes greenhouse gases other than CO2 of a result, and what `explain` says of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import Language, LanguageOption, cannot_write, figures_table, open_console
from tanlu.cli.running import Extend, results_of
from tanlu.core.words import LANGUAGES, group, text
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import COMMAS, build_message

if TYPE_CHECKING:
    import pandas as pd

GREENHOUSE_GASES = "greenhouse_gases"
EXAMPLES = {"gases": ("tanlu gases baseline", "tanlu gases results/* --lang zh --out gases.csv")}


def gases(
    result: Annotated[str, typer.Argument(help="Result folder, or scenario file or name.")],
    lang: LanguageOption,
    extend: Extend,
    year: Annotated[int | None, typer.Option(help="Year of the table; the last one if not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file with all years, regions and gases.")] = None,
) -> None:
    """Show greenhouse gases other than CO2 by plant, as ranges; they move nothing in the model."""
    from tanlu.evaluation.greenhouse_gases.table import gas_totals, greenhouse_gases

    (run,) = results_of([result], lang, extend, None)
    years = [int(year_column) for year_column in run.years]
    chosen_year = years[-1] if year is None else year
    if chosen_year not in years:
        raise UserError(build_message("gases_year", year=chosen_year, first=years[0], last=years[-1]))
    table = greenhouse_gases(run.plants)
    title = text(
        lang.value,
        "greenhouse_gases.title",
        {"scenario": run.scenario.title(lang.value), "year": chosen_year},
    )
    words, rows = group(lang.value, GREENHOUSE_GASES), _rows(table[table["year"] == chosen_year], lang)
    heads = ([words["name"], words["gas"]], [words["tonnes"], words["equivalent"]], [words["grade"]])
    console = open_console()
    console.print(figures_table(title, heads, rows))
    console.print(words["note"], markup=False)
    if out is None:
        return
    totals = gas_totals(table, years, run.measures.regions)
    try:
        totals.to_csv(out, index=False, lineterminator="\n")
    except OSError as error:
        raise cannot_write(out, error) from None
    typer.echo(text(lang.value, "command.file_written", {"file": out}))


def _rows(table: "pd.DataFrame", language: Language) -> list[list[str]]:
    """Write the gases of each plant, mean over draws, then their sum; the largest plant first."""
    draws = max(table["replication"].nunique(), 1)
    name = "name_zh" if language is Language.zh else "name"
    values = ["low_t", "high_t", "low_mtco2e", "high_mtco2e"]
    by_plant = table.groupby([name, "gas", "grade"])[values].sum() / draws
    by_plant = by_plant.sort_values("high_mtco2e", ascending=False)
    rows = [
        [str(plant), str(gas), _range(low_t, high_t, 1e-3), _range(low, high), str(grade)]
        for (plant, gas, grade), low_t, high_t, low, high in by_plant.itertuples()
    ]
    low, high = by_plant["low_mtco2e"].sum(), by_plant["high_mtco2e"].sum()
    return [*rows, [group(language.value, GREENHOUSE_GASES)["total"], "", "", _range(low, high), ""]]


def _range(low: float, high: float, factor: float = 1.0) -> str:
    """Write both ends, or one figure where they are the same."""
    ends = (f"{low * factor:,.3g}", f"{high * factor:,.3g}")
    return " – ".join(dict.fromkeys(ends))


def explain_gases() -> None:
    """Print the factors of other gases with ranges, grades and sources, in both languages."""
    from tanlu.evaluation.greenhouse_gases.table import CO2_EQUIVALENT, gas_factors

    for language in LANGUAGES:
        words = group(language, GREENHOUSE_GASES)
        typer.echo(words["summary"])
        for factor in gas_factors():
            shares = (100.0 * factor.destroyed_share[0], 100.0 * factor.destroyed_share[1])
            values = {"process": factor.process, "gas": factor.gas}
            values |= {"formed": _range(*factor.formed_kg_per_t), "destroyed": _range(*shares)}
            values |= {"grade": factor.grade, "source": factor.source}
            typer.echo("    " + words["factor"].format(**values))
        equivalents = COMMAS[language].join(f"{gas} {value:g}" for gas, value in CO2_EQUIVALENT.items())
        typer.echo(words["equivalents"].format(values=equivalents))
        typer.echo(words["note"])

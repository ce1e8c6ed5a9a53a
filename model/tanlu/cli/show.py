"""The command that shows a result again: headline, sentences and what was found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tanlu.cli.console import Language, LanguageOption, open_console
from tanlu.cli.findings import FindingOptions, print_findings
from tanlu.core.words import text

if TYPE_CHECKING:
    from tanlu.output.result import Result

EXAMPLES = {"show": ("tanlu show results/*", "tanlu show results/* --lang zh")}


def show(
    folders: Annotated[list[Path], typer.Argument(help="Result folders.")],
    lang: LanguageOption,
) -> None:
    """Show the headline of saved results again, with all that was found."""
    from tanlu.output.result import load_result

    for result in map(load_result, folders):
        report(result, lang)
        print_findings(result.findings, lang, FindingOptions(notes=True))


def report(result: "Result", language: Language) -> None:
    """Print the headline of a result, and what it says in sentences."""
    from tanlu.cli.result_tables import headline_tables, place_names, region_aims_table
    from tanlu.core.intervals import band_values
    from tanlu.output.aims_words import notes_in_words
    from tanlu.output.book import book_in_words
    from tanlu.output.dry_years import dry_years_in_words
    from tanlu.output.free_years import free_years_in_words
    from tanlu.output.headline import finding
    from tanlu.output.influence import influence_in_words
    from tanlu.output.region_aims import region_aims
    from tanlu.output.regulators.reviews import reviews_in_words

    console, frame = open_console(), result.headline()
    title = f"{result.scenario.title(language.value)} ({result.name}), {result.scenario.years}"
    for table in headline_tables(frame, result.scenario.region, language, title):
        console.print(table)
    if (draws := result.scenario.replications) > 1:
        console.print(text(language.value, "command.range_meaning", band_values(draws)), markup=False)
    aims = region_aims(result, result.pack.targets)
    console.print(region_aims_table(aims, result.scenario.region, language))
    data = result.manifest["data"]
    values = {"region": data["region"], "tables": ", ".join(data.get("absent_tables", ()))}
    if data.get("sealed") is False:
        console.print(text(language.value, "command.unsealed", values), markup=False)
    if values["tables"]:
        console.print(text(language.value, "command.absent_tables", values), markup=False)
    sentences = [
        sentence
        for describe in (book_in_words, dry_years_in_words, free_years_in_words, reviews_in_words)
        for sentence in describe(result, language.value)
    ]
    rests = influence_in_words(result.scenario.region, language.value)
    notes = notes_in_words(result.aims, place_names(result.scenario.region, language), language.value)
    # The answer comes last: a terminal shows the end of what is longer than itself.
    for sentence in (*notes, *rests, *sentences, finding(frame, language.value)):
        console.print(sentence, markup=False)

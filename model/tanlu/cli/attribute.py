"""The command that says which policy of a scenario does how much."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tanlu.cli.console import Language, LanguageOption, cannot_write, figures_table, open_console
from tanlu.cli.running import AGAINST, Against, Extend, Jobs, Replications, replications_bar, scenarios_of
from tanlu.core.words import group
from tanlu.core.words.numbers import number

if TYPE_CHECKING:
    from tanlu.experiments.attribution.main import Attribution

EXAMPLES = {
    "attribute": (
        "tanlu attribute green_finance",
        "tanlu attribute ccus_push --against baseline --replications 4 --csv shares.csv",
    )
}


def attribute(
    scenario: Annotated[str, typer.Argument(help="Scenario file or name.")],
    lang: LanguageOption,
    extend: Extend,
    against: Against = AGAINST,
    replications: Replications = None,
    jobs: Jobs = None,
    csv: Annotated[
        Path | None, typer.Option(help="File to write, one row a policy, year and quantity.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder in which runs are kept.")] = Path("results/attribution"),
) -> None:
    """Share out what a scenario does among the policies in which it differs from another one."""
    from tanlu.core.warming import warm
    from tanlu.experiments.attribution.main import attribute as share_out

    changed_scenario, reference = (scenarios_of([text], extend)[0] for text in (scenario, against))
    warm(lang.value)
    with replications_bar(quiet=False) as progress:
        attribution = share_out(
            changed_scenario,
            reference,
            replications=replications,
            jobs=jobs,
            extensions=extend,
            store=out,
            progress=progress,
        )
    _print(attribution, lang)
    if csv is not None:
        try:
            attribution.by_year().to_csv(csv, index=False, encoding="utf-8-sig")
        except OSError as error:
            raise cannot_write(csv, error) from None


def _print(attribution: "Attribution", language: Language) -> None:
    from tanlu.output.figures.shares import INTERACTION

    words, console = group(language, "attribution"), open_console()
    first, last = (int(year) for year in attribution.years[attribution.is_counted][[0, -1]])
    title = words["title"].format(
        scenario=attribution.scenario, reference=attribution.reference, first=first, last=last
    )
    tonnes, money = ("alone", "share", "if_removed", "interaction", "elsewhere"), ("net_money", "named_money")
    figures = (*tonnes, *money, "per_tonne", "per_tonne_removed")
    table = attribution.table()
    if len(attribution.policies) == 1:
        table = table[table["policy"] != INTERACTION]
    rows = [_cells(row, words) for row in table.to_dict("records")]
    console.print(figures_table(title, ([words["policy"]], [words[name] for name in figures], []), rows))
    draws = words["one_draw"] if attribution.draws == 1 else words["draws"].format(draws=attribution.draws)
    shares = attribution.shares
    method = words["exact"] if shares.standard_error == 0.0 else words["sampled"]
    error = {"coalitions": shares.coalitions, "error": number(shares.standard_error, "")}
    console.print(f"{draws} {method.format(**error)}", markup=False)


def _cells(row: Mapping[Hashable, Any], words: Mapping[str, str]) -> list[str]:
    from tanlu.output.comparison_tables.cells import within
    from tanlu.output.figures.shares import INTERACTION, TOTAL

    def effect(view: str) -> str:
        figure = within(row[f"{view}_mtco2"], row[f"{view}_half_width_mtco2"])
        return words["noise"].format(figure=figure) if row[f"{view}_noise"] else figure

    policy = str(row["policy"])
    return [
        words[policy] if policy in (INTERACTION, TOTAL) else policy,
        number(row["alone_mtco2"], ""),
        effect("share"),
        effect("if_removed"),
        number(row["interaction_mtco2"], "", sign=True),
        within(row["elsewhere_share_mtco2"], row["elsewhere_share_half_width_mtco2"]),
        number(row["net_public_money_share_bn_cny"], ""),
        within(row["named_money_bn_cny"], row["named_money_half_width_bn_cny"]),
        number(row["net_public_money_of_share_cny_per_tco2"], ""),
        number(row["net_public_money_if_removed_cny_per_tco2"], ""),
    ]

"""Tables of results on the command line: the headline, and scenarios side by side."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from tanlu.cli.console import Language, open_table
from tanlu.core.words import group
from tanlu.core.words.numbers import number
from tanlu.core.words.said import COMMAS
from tanlu.output.compared.cells import Change, cell, change_of, within
from tanlu.output.compared.plants import courses_in_words

if TYPE_CHECKING:
    import pandas as pd

    from tanlu.output.comparison import Comparison

MOST_PLANTS = 20  # that a comparison prints
_VERDICT_STYLES = {"met": "green", "missed": "red", "needs sinks": "yellow"}


def place_names(region: str, language: Language) -> dict[str, str]:
    """Return what the provinces and the region of a pack are called."""
    from tanlu.region.catalogue import region_axes

    return {name: label[language] for name, label in region_axes(region).labels.items()}


def headline_table(frame: "pd.DataFrame", region: str, language: Language, title: str) -> Table:
    """Return the headline figures with their targets; `region` is the pack's name."""
    words, places = group(language, "command"), place_names(region, language)
    ranges = [words["range"]] if frame["p10"].notna().any() else []
    figures = [words["value"], *ranges]
    table = open_table(title, [words["measure"], words["region"]], figures, [words["unit"]])
    for name in ("target", "gap"):
        table.add_column(words[name], justify="right")
    table.add_column(words["verdict"])
    for row in frame.to_dict("records"):
        verdict = str(row["verdict"])
        style = _VERDICT_STYLES.get(verdict, "")
        table.add_row(
            escape(str(row[f"label_{language}"])),
            escape(places.get(row["region"], row["region"])),
            number(row["value"], row["unit"]),
            *([_range(row["p10"], row["p90"], row["unit"])] if ranges else []),
            row["unit"],
            _if_given(row["target"], row["unit"]),
            _if_given(row["gap"], row["unit"], sign=True),
            f"[{style}]{words[verdict.replace(' ', '_')]}[/]" if style else "",
        )
    return table


def _range(low: float, high: float, unit: str) -> str:
    ends = number(low, unit), number(high, unit)
    return "" if math.isnan(low) or ends[0] == ends[1] else " – ".join(ends)


def _if_given(value: float, unit: str, sign: bool = False) -> str:
    return "" if math.isnan(value) else number(value, unit, sign)


def comparison_tables(comparison: "Comparison", language: Language) -> Iterable[Table | str]:
    """Return the tables of a comparison: inputs, headlines, variables in chosen years, cost."""
    from tanlu.output.claimed import claims_in_words
    from tanlu.output.figures.paths import system_cost_variables
    from tanlu.output.influence import DIFFERENCE, influence_in_words
    from tanlu.output.lending import lending_in_words

    words = group(language, "command")
    inputs = comparison.inputs
    yield (
        words["inputs_same"]
        if inputs.empty
        else _inputs_table(inputs, words["inputs_differ"], words["input"])
    )
    yield _side_by_side(comparison, language)
    yield _variables_table(comparison, language)
    yield from _decisions_table(comparison, language)
    if not comparison.cost.empty:
        yield _cost_table(comparison, language)
        parts = ", ".join(system_cost_variables(comparison.results[-1].measures.variables))
        yield words["system_cost_note"].format(parts=parts)
    for name, lending in comparison.lending.items():
        yield escape(lending_in_words(name, lending, language))
    for name, claims in comparison.claims.items():
        yield escape(claims_in_words(name, claims, language))
    yield from influence_in_words(comparison.results[0].scenario.region, language, DIFFERENCE)


def _inputs_table(inputs: "pd.DataFrame", title: str, heading: str) -> Table:
    table = open_table(title, [heading, *inputs.columns])
    for key, row in zip(inputs.index, inputs.itertuples(index=False), strict=True):
        table.add_row(escape(str(key)), *(escape(str(value)) for value in row))
    return table


def _side_by_side(comparison: "Comparison", language: Language) -> Table:
    words, names = group(language, "command"), comparison.names
    places = place_names(comparison.results[0].scenario.region, language)
    title = f"{words['headlines']} {_in_brackets(comparison, language)}"
    table = open_table(title, [words["measure"], words["region"]], names, [words["unit"]])
    for row in comparison.headline.to_dict("records"):
        unit = row["unit"]
        table.add_row(
            escape(str(row[f"label_{language}"])),
            escape(places.get(row["region"], row["region"])),
            *(cell(row[name], change_of(row, name), unit) for name in names),
            unit,
        )
    return table


def _variables_table(comparison: "Comparison", language: Language) -> Table:
    from tanlu.indicators.catalogue import describe
    from tanlu.region.pack import load_region

    words, names = group(language, "command"), comparison.names
    frame = comparison.variables()
    region = comparison.results[0].region
    label = place_names(comparison.results[0].scenario.region, language).get(region, region)
    title = words["years"].format(region=label)
    title = f"{title} {_in_brackets(comparison, language)}"
    table = open_table(title, [words["variable"], words["year"]], names, [words["unit"]])
    pack = load_region(comparison.results[0].scenario.region)
    described = describe(frame["variable"].astype(str).unique().tolist(), pack)
    for variable, rows in frame.groupby("variable", sort=False):
        name, unit = described[str(variable)].label[language], str(rows["unit"].iloc[0])
        for year, row in rows.groupby("year", sort=False):
            changes = zip(row["change"], row["half_width"], row["noise"], strict=True)
            shown = [cell(v, Change(*c), unit) for v, c in zip(row["value"], changes, strict=True)]
            table.add_row(name, str(year), *shown, unit)
            name = ""
    return table


def _decisions_table(comparison: "Comparison", language: Language) -> Iterable[Table | str]:
    """Return what plants do otherwise, the first of them; nothing where all do the same."""
    from tanlu.why.records import records_of

    words, changed = group(language, "command"), comparison.changed_decisions
    if changed.empty:
        return
    offered = records_of(comparison.results[0]).offered

    def label(option: str) -> str:
        return offered.label(option, language)

    table = open_table(words["decisions_differ"], [words["plant"], *comparison.names])
    for plant, row in changed.head(MOST_PLANTS).iterrows():
        table.add_row(escape(str(plant)), *map(escape, courses_in_words(tuple(row), label, language)))
    yield table
    if len(changed) > MOST_PLANTS:
        yield words["decisions_more"].format(count=len(changed) - MOST_PLANTS)


def _in_brackets(comparison: "Comparison", language: Language) -> str:
    """Say what stands in brackets, and how sure it is."""
    words, pairs = group(language, "command"), min(one.mtco2.draws for one in comparison.avoided.values())
    sure = words["sure_of_one"] if pairs == 1 else words["sure_of_pairs"].format(pairs=pairs)
    others = [
        words["change_to"].format(name=comparison.names[n], reference=comparison.names[base])
        for n, base in enumerate(comparison.against)
        if base
    ]
    told = COMMAS[language].join([comparison.names[0], *others])
    return words["in_brackets"].format(baseline=told, sure=sure)


def _cost_table(comparison: "Comparison", language: Language) -> Table:
    words, cost = group(language, "command"), comparison.cost
    title = words["cost"].format(first=cost["first_year"].iloc[0], last=cost["last_year"].iloc[0])
    sums = {
        "avoided": ("avoided_mtco2", "avoided_half_width_mtco2"),
        "public_money": ("public_money_bn_cny", "public_money_half_width_bn_cny"),
        "climate_revenue": ("climate_revenue_bn_cny", "climate_revenue_half_width_bn_cny"),
        "system_cost": ("system_cost_bn_cny", "system_cost_half_width_bn_cny"),
    }
    per_tonne = {
        "public_per_tonne": "public_money_cny_per_tco2",
        "net_public_per_tonne": "net_public_money_cny_per_tco2",
        "system_per_tonne": "system_cost_cny_per_tco2",
    }
    table = open_table(title, [words["scenario"]], [words[name] for name in (*sums, *per_tonne)])
    for row in cost.to_dict("records"):
        cells = [within(row[mean], row[half]) for mean, half in sums.values()]
        table.add_row(escape(row["scenario"]), *cells, *(number(row[c], "") for c in per_tonne.values()))
    return table

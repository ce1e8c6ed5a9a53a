"""Tables of results on the command line: the headline, and scenarios side by side."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from tanlu.cli.console import Language, number, open_table
from tanlu.core.words import group

if TYPE_CHECKING:
    import pandas as pd

    from tanlu.output.comparison import Comparison

_VERDICT_STYLES = {"met": "green", "missed": "red", "needs sinks": "yellow"}


def place_names(region: str, language: Language) -> dict[str, str]:
    """Return what the provinces and the region of a pack are called."""
    from tanlu.region.catalogue import region_axes

    return {name: label[language] for name, label in region_axes(region).labels.items()}


def headline_table(frame: "pd.DataFrame", region: str, language: Language, title: str) -> Table:
    """Return the headline figures with their targets; `region` is the pack's name."""
    words, places = group(language, "command"), place_names(region, language)
    table = open_table(title, [words["measure"], words["region"]], [words["value"]], [words["unit"]])
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
            row["unit"],
            _if_given(row["target"], row["unit"]),
            _if_given(row["gap"], row["unit"], sign=True),
            f"[{style}]{words[verdict.replace(' ', '_')]}[/]" if style else "",
        )
    return table


def _if_given(value: float, unit: str, sign: bool = False) -> str:
    return "" if math.isnan(value) else number(value, unit, sign)


def comparison_tables(comparison: "Comparison", language: Language) -> Iterable[Table | str]:
    """Return the tables of a comparison: inputs, headlines, variables in chosen years, cost."""
    from tanlu.output.claimed import claims_in_words
    from tanlu.output.headline import system_cost_variables
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
    if not comparison.cost.empty:
        yield _cost_table(comparison, language)
        parts = ", ".join(system_cost_variables(comparison.results[-1]))
        yield words["system_cost_note"].format(parts=parts)
    for name, lending in comparison.lending.items():
        yield escape(lending_in_words(name, lending, language))
    for name, claims in comparison.claims.items():
        yield escape(claims_in_words(name, claims, language))


def _inputs_table(inputs: "pd.DataFrame", title: str, heading: str) -> Table:
    table = open_table(title, [heading, *inputs.columns])
    for key, row in zip(inputs.index, inputs.itertuples(index=False), strict=True):
        table.add_row(escape(str(key)), *(escape(str(value)) for value in row))
    return table


def _side_by_side(comparison: "Comparison", language: Language) -> Table:
    words, names = group(language, "command"), comparison.names
    places = place_names(comparison.results[0].scenario.region, language)
    title = f"{words['headlines']} {words['in_brackets'].format(baseline=names[0])}"
    table = open_table(title, [words["measure"], words["region"]], names, [words["unit"]])
    for row in comparison.headline.to_dict("records"):
        unit = row["unit"]
        table.add_row(
            escape(str(row[f"label_{language}"])),
            escape(places.get(row["region"], row["region"])),
            *(_cell(row[name], row.get(f"change {name}", 0.0), unit) for name in names),
            unit,
        )
    return table


def _variables_table(comparison: "Comparison", language: Language) -> Table:
    from tanlu.indicators.names import names_of_pack, variable_name
    from tanlu.region.pack import load_region

    words, names = group(language, "command"), comparison.names
    frame = comparison.variables()
    region = comparison.results[0].region
    label = place_names(comparison.results[0].scenario.region, language).get(region, region)
    title = words["years"].format(region=label)
    title = f"{title} {words['in_brackets'].format(baseline=names[0])}"
    table = open_table(title, [words["variable"], words["year"]], names, [words["unit"]])
    of_pack = names_of_pack(load_region(comparison.results[0].scenario.region), language)
    for variable, rows in frame.groupby("variable", sort=False):
        name, unit = variable_name(str(variable), language, of_pack), str(rows["unit"].iloc[0])
        for year, row in rows.groupby("year", sort=False):
            cells = [_cell(v, c, unit) for v, c in zip(row["value"], row["change"], strict=True)]
            table.add_row(name, str(year), *cells, unit)
            name = ""
    return table


def _cell(value: float, change: float, unit: str) -> str:
    """Return a value with its change to the baseline in brackets, if there is one."""
    if math.isnan(value) or math.isnan(change) or change == 0.0:
        return number(value, unit)
    shown = number(change, unit, sign=True)
    return f"{number(value, unit)} ({shown if shown != '0' else '+<0.01' if change > 0.0 else '-<0.01'})"


def _cost_table(comparison: "Comparison", language: Language) -> Table:
    words, cost = group(language, "command"), comparison.cost
    title = words["cost"].format(first=cost["first_year"].iloc[0], last=cost["last_year"].iloc[0])
    columns = {
        "avoided": "avoided_mtco2",
        "public_money": "public_money_bn_cny",
        "climate_revenue": "climate_revenue_bn_cny",
        "system_cost": "system_cost_bn_cny",
        "public_per_tonne": "public_money_cny_per_tco2",
        "net_public_per_tonne": "net_public_money_cny_per_tco2",
        "system_per_tonne": "system_cost_cny_per_tco2",
    }
    table = open_table(title, [words["scenario"]], [words[name] for name in columns])
    for row in cost.to_dict("records"):
        table.add_row(escape(row["scenario"]), *(number(row[column], "") for column in columns.values()))
    return table

"""Tables of results on the command line: the headline, and scenarios side by side."""

import math
from collections.abc import Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from tanlu.cli.console import Language, open_table
from tanlu.core.words import group, text
from tanlu.core.words.messages import COMMAS
from tanlu.core.words.numbers import number, unit_name
from tanlu.output.comparison_tables.cells import (
    cell,
    change_of,
    change_of_year,
    read_rare,
    references_in_words,
    within,
    write_rare,
)
from tanlu.output.comparison_tables.plants import courses_in_words

if TYPE_CHECKING:
    import pandas as pd

    from tanlu.output.comparison import Comparison
    from tanlu.output.region_aims import RegionAim

MOST_PLANTS = 20  # that a comparison prints
_VERDICT_STYLES = {"met": "green", "missed": "red", "needs sinks": "yellow"}


def place_names(region: str, language: Language) -> dict[str, str]:
    """Read the names of the provinces and the region of a pack, and of the country."""
    from tanlu.output.aims_words import name_places
    from tanlu.region.catalogue import region_axes

    return name_places(region_axes(region), language)


def headline_tables(frame: "pd.DataFrame", region: str, language: Language, title: str) -> Iterable[Table]:
    """Yield the table of headline figures, and that of official targets.

    `region` is the pack's name.
    """
    words, is_target = group(language, "command"), frame["target"].notna()
    yield _figures_table(frame[~is_target], region, language, title)
    if is_target.any():
        yield _figures_table(frame[is_target], region, language, words["targets"], has_targets=True)


def _figures_table(
    frame: "pd.DataFrame", region: str, language: Language, title: str, has_targets: bool = False
) -> Table:
    """Build a table of figures, with the target, gap and verdict of each where there are targets."""
    words, places = group(language, "command"), place_names(region, language)
    percents = frame["band_percent"].dropna()
    ranges = [words["range"].format(percent=f"{percents.iloc[0]:.0f}")] if percents.size else []
    figures = [words["value"], *ranges]
    table = open_table(title, [words["measure"], words["region"]], figures, [words["unit"]])
    if has_targets:
        for name in ("target", "gap"):
            table.add_column(words[name], justify="right")
        table.add_column(words["verdict"])
    for row in frame.to_dict("records"):
        table.add_row(
            escape(str(row[f"label_{language}"])),
            escape(places.get(row["region"], row["region"])),
            number(row["value"], row["unit"]),
            *([_write_band(row, language)] if ranges else []),
            unit_name(row["unit"], language),
            *(_write_target(row, words) if has_targets else ()),
        )
    return table


def _write_target(row: Mapping[Hashable, Any], words: Mapping[str, str]) -> tuple[str, str, str]:
    """Write the target of a figure, how far it is, and the verdict; none where it has no side that is better."""
    verdict = str(row["verdict"])
    style = _VERDICT_STYLES.get(verdict, "")
    ending = f"[{style}]{words[verdict.replace(' ', '_')]}[/]{_write_draws(row, words)}" if style else ""
    return number(row["target"], row["unit"]), number(row["gap"], row["unit"], True), ending


def region_aims_table(aims: "Iterable[RegionAim]", region: str, language: Language) -> Table:
    """Build the table of what each region reaches, held against its aims."""
    from tanlu.output.region_aims_words import write_region_aim

    words, places = group(language, "command"), place_names(region, language)
    columns = group(language, "region_aims")
    figures = [columns["column_value"], columns["column_aim"]]
    table = open_table(columns["heading"], [words["region"], words["measure"]], figures)
    table.add_column(columns["column_verdict"])
    last = ""
    for aim in aims:
        row = write_region_aim(aim, language)
        place = "" if aim.region == last else places.get(aim.region, aim.region)
        verdict = COMMAS[language].join(filter(None, (row.verdict, row.margin, row.around)))
        table.add_row(*map(escape, (place, row.label, row.value, row.goal, verdict)))
        last = aim.region
    return table


def _write_draws(row: Mapping[Hashable, Any], words: Mapping[str, str]) -> str:
    """Write in how many draws an aim is met; nothing of one draw."""
    return (
        ""
        if row["draw_count"] < 2
        else words["of_draws"].format(met=row["met_count"], draws=row["draw_count"])
    )


def _write_band(row: Mapping[Hashable, Any], language: Language) -> str:
    """Write the band of a figure, and of a rare one what draws say; nothing where all are alike."""
    unit = row["unit"]
    if rare := read_rare(row):
        return write_rare(rare, False, unit, language)
    ends = number(row["band_low"], unit), number(row["band_high"], unit)
    return "" if math.isnan(row["band_low"]) or ends[0] == ends[1] else " – ".join(ends)


def comparison_tables(comparison: "Comparison", language: Language) -> Iterable[Table | str]:
    """Yield the tables of a comparison: inputs, headlines, variables, decisions, cost."""
    from tanlu.output.book import policy_in_words
    from tanlu.output.claims import claims_in_words
    from tanlu.output.influence import DIFFERENCE, influence_in_words
    from tanlu.output.lending import bonds_in_words, lending_in_words

    yield _inputs_table(comparison, language)
    yield _side_by_side(comparison, language)
    yield _aims_table(comparison, language)
    yield _variables_table(comparison, language)
    yield from _decisions_table(comparison, language)
    if not comparison.cost.empty:
        yield _cost_table(comparison, language)
        yield _system_cost_note(comparison, language)
    for name, lending in comparison.lending.items():
        yield escape(lending_in_words(name, lending, language))
    for name, bonds in comparison.bonds.items():
        yield escape(bonds_in_words(name, bonds, language))
    for name, claims in comparison.claims.items():
        yield escape(claims_in_words(name, claims, language))
    for name, (result, base) in comparison.pairs():
        if sentence := policy_in_words(name, result, base, language):
            yield escape(sentence)
    yield from influence_in_words(comparison.results[0].scenario.region, language, DIFFERENCE)


def _inputs_table(comparison: "Comparison", language: Language) -> Table | str:
    """Build the table of inputs that differ.

    Below the words of each input stands the key that a file or a command takes.
    """
    from tanlu.region.catalogue import region_axes
    from tanlu.scenario.input_words import InputWords

    words, inputs = group(language, "command"), comparison.inputs
    if inputs.empty:
        return words["inputs_same"]
    scenarios = [measured.scenario for measured in comparison.results]
    input_rows = InputWords(region_axes(scenarios[0].region), language).rows(scenarios)
    cells_by_key = {row.key: ([row.label, f"`{row.key}`"], row.cells) for row in input_rows}
    table = open_table(words["inputs_differ"], [words["input"], *inputs.columns])
    for key, row in zip(map(str, inputs.index), inputs.itertuples(index=False), strict=True):
        label, cells = cells_by_key[key] if key in cells_by_key else ([_origin(key, language)], row)
        table.add_row(*(escape(cell) for cell in ("\n".join(label), *cells)))
    return table


def _origin(key: str, language: Language) -> str:
    """Name a row that belongs to no scenario, such as `data digest`."""
    kind, _, name = key.partition(" ")
    return text(language, f"origin.{kind}", {"name": name})


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
            *(cell(row[name], change_of(row, name), unit, language) for name in names),
            unit_name(unit, language),
        )
    return table


def _aims_table(comparison: "Comparison", language: Language) -> Table:
    """Build the table of official aims: what becomes of each in every scenario."""
    from tanlu.output.aims_words import verdict_in_words

    words, places = group(language, "command"), place_names(comparison.results[0].scenario.region, language)
    table = open_table(words["aims"], [words["measure"], words["region"], *comparison.names])
    for aims in comparison.aims:
        first = aims[0]
        verdicts = (verdict_in_words(aim, language) for aim in aims)
        place = places.get(first.region, first.region)
        table.add_row(escape(first.label[language]), escape(place), *map(escape, verdicts))
    return table


def _variables_table(comparison: "Comparison", language: Language) -> Table:
    words, names = group(language, "command"), comparison.names
    frame = comparison.variables()
    region = comparison.results[0].region
    label = place_names(comparison.results[0].scenario.region, language).get(region, region)
    title = words["years"].format(region=label)
    title = f"{title} {_in_brackets(comparison, language)}"
    table = open_table(title, [words["variable"], words["year"]], names, [words["unit"]])
    groups = {str(variable): rows for variable, rows in frame.groupby("variable", sort=False)}
    for name, rows in zip(_indicator_names(comparison, groups, language), groups.values(), strict=True):
        unit = str(rows["unit"].iloc[0])
        called = unit_name(unit, language)
        for year, row in rows.groupby("year", sort=False):
            figures = row.to_dict("records")
            cells = [cell(figure["value"], change_of_year(figure), unit, language) for figure in figures]
            table.add_row(name if year == rows["year"].iloc[0] else "", str(year), *cells, called)
    return table


def _decisions_table(comparison: "Comparison", language: Language) -> Iterable[Table | str]:
    """Yield the table of the first plants that decide differently, if any."""
    from tanlu.explanation.records import read_records

    words, changes = group(language, "command"), comparison.changed_decisions
    if changes.empty:
        return
    offered = read_records(comparison.results[0]).offered

    def label(option: str) -> str:
        return offered.label(option, language)

    names = _plant_names(comparison, language)
    table = open_table(words["decisions_differ"], [words["plant"], *comparison.names])
    for plant, row in changes.head(MOST_PLANTS).iterrows():
        courses = courses_in_words(tuple(row), label, language)
        table.add_row(*map(escape, (f"{names[str(plant)]}\n`{plant}`".lstrip(), *courses)))
    yield table
    if len(changes) > MOST_PLANTS:
        yield words["decisions_more"].format(count=len(changes) - MOST_PLANTS)


def _plant_names(comparison: "Comparison", language: Language) -> dict[str, str]:
    """Read the names of plants by identifier.

    A plant that is built in a run has no other name.
    """
    plants = comparison.results[0].plants
    if plants is None:  # nor any course to name
        return {}
    first = plants.drop_duplicates("decider")
    column = "name" if language == Language.en else "name_zh"
    pairs = zip(first["decider"].astype(str), first[column].astype(str), strict=True)
    return {decider: "" if name == decider else name for decider, name in pairs}


def _in_brackets(comparison: "Comparison", language: Language) -> str:
    """Say what stands in brackets, and how sure it is."""
    words, pairs = (
        group(language, "command"),
        min(avoided.mtco2.draws for avoided in comparison.avoided.values()),
    )
    sure = words["sure_of_one"] if pairs == 1 else words["sure_of_pairs"].format(pairs=pairs)
    references = references_in_words(comparison.names, comparison.against, language)
    return words["in_brackets"].format(baseline=references, sure=sure)


def _system_cost_note(comparison: "Comparison", language: Language) -> str:
    """Say what adds up to the system cost."""
    from tanlu.output.figures.paths import system_cost_variables

    parts = system_cost_variables(comparison.results[-1].measures.variables)
    names = _indicator_names(comparison, parts, language)
    return group(language, "command")["system_cost_note"].format(parts=COMMAS[language].join(names))


def _indicator_names(comparison: "Comparison", variables: Iterable[str], language: Language) -> list[str]:
    """Read the names of indicators."""
    from tanlu.indicators.catalogue import describe
    from tanlu.region.pack import load_region

    wanted_variables = list(variables)
    described = describe(wanted_variables, load_region(comparison.results[0].scenario.region))
    return [described[variable].label[language] for variable in wanted_variables]


def _cost_table(comparison: "Comparison", language: Language) -> Table:
    """Build the table of what a tonne costs: a figure a row, since there are more figures than a terminal has room."""
    words, cost = group(language, "command"), comparison.cost
    title = words["cost"].format(first=cost["first_year"].iloc[0], last=cost["last_year"].iloc[0])
    sums = {
        "avoided": ("avoided_mtco2", "avoided_half_width_mtco2"),
        "elsewhere": ("elsewhere_mtco2", "elsewhere_half_width_mtco2"),
        "elsewhere_part": ("elsewhere_percent", "elsewhere_half_width_percent"),
        "with_imports": ("with_imports_mtco2", "with_imports_half_width_mtco2"),
        "freed": ("freed_mtco2", "freed_half_width_mtco2"),
        "used_by_others": ("used_by_others_mtco2", "used_by_others_half_width_mtco2"),
        "sequestered": ("sequestered_mtco2", "sequestered_half_width_mtco2"),
        "rebound": ("rebound_percent", "rebound_half_width_percent"),
        "rebound_with_imports": ("rebound_with_imports_percent", "rebound_with_imports_half_width_percent"),
        "public_money": ("public_money_bn_cny", "public_money_half_width_bn_cny"),
        "climate_revenue": ("climate_revenue_bn_cny", "climate_revenue_half_width_bn_cny"),
        "net_public_money": ("net_public_money_bn_cny", "net_public_money_half_width_bn_cny"),
        "system_cost": ("system_cost_bn_cny", "system_cost_half_width_bn_cny"),
    }
    per_tonne = {
        "public_per_tonne": "public_money_cny_per_tco2",
        "net_public_per_tonne": "net_public_money_cny_per_tco2",
        "system_per_tonne": "system_cost_cny_per_tco2",
    }
    costs = cost.to_dict("records")
    table = open_table(title, [words["figure"]], [str(row["scenario"]) for row in costs])
    for name, (mean, half) in sums.items():
        table.add_row(words[name], *(within(row[mean], row[half]) for row in costs))
    for name, column in per_tonne.items():
        table.add_row(words[name], *(number(row[column], "") for row in costs))
    return table

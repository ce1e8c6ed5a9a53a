"""What the compared scenarios differ by: the tables of `tanlu compare`, as the page shows them."""

from collections.abc import Mapping, Sequence

from tanlu.core.words import text
from tanlu.core.words.numbers import number, unit_name
from tanlu.industry.lines import facility_and_line
from tanlu.output.comparison_tables.cells import cell, change_of, within
from tanlu.output.comparison_tables.plants import changed_courses, courses_in_words
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.pages.compare.actions import Answered
from tanlu.pages.measures import measured
from tanlu.pages.service import Service
from tanlu.scenario.input_words import InputRow, InputWords

MOST_ROWS = 60  # of plants
SUMS = (
    "avoided",
    "elsewhere",
    "with_imports",
    "freed",
    "used_by_others",
    "sequestered",
    "rebound",
    "rebound_with_imports",
    "public_money",
    "climate_revenue",
    "net_public_money",
    "system_cost",
)
OF_NATION = ("freed", "used_by_others")  # which no province has
PER_TONNE = {
    "public_per_tonne": "public_money_cny_per_tco2",
    "net_public_per_tonne": "net_public_money_cny_per_tco2",
    "system_per_tonne": "system_cost_cny_per_tco2",
}

type Rows = list[list[str]]


def input_rows(answers: Sequence[Answered], service: Service, language: str) -> list[InputRow]:
    """Return the inputs that differ: the key, what it is called, and what each scenario has."""
    scenarios = [service.scenarios.scenario(one.levers) for one in answers]
    return InputWords(service.axes, language).rows(scenarios)


def side_by_side(answers: Sequence[Answered], service: Service) -> SideBySide:
    """Return answers as `tanlu compare` sees them, named by their place."""
    results = tuple(measured(one.view, service) for one in answers if one.view is not None)
    return SideBySide(results, tuple(str(n) for n in range(len(results))))


def figure_rows(found: SideBySide, places: Mapping[str, str], region: str, language: str) -> Rows:
    """Return the headline figures: label, place, unit, and a cell a scenario with its change.

    Of the whole region those of all places, of a province its own.
    """
    return [
        [
            str(row[f"label_{language}"]),
            places.get(f"place.{row['region']}", text(language, "compare.place_both")),
            unit_name(row["unit"], language),
            *(cell(row[name], change_of(row, name), row["unit"], language) for name in found.names),
        ]
        for row in found.headline.to_dict("records")
        if f"place.{region}" not in places or row["region"] == region
    ]


def cost_rows(found: SideBySide, region: str, language: str) -> Rows:
    """Return CO2 avoided in a region and its cost: a label, and a cell a scenario other than the first."""
    cost, unsplit = found.cost_in(region), text(language, "place.unsplit")
    units = dict.fromkeys(
        ("avoided", "elsewhere", "with_imports", "freed", "used_by_others", "sequestered"), "mtco2"
    )
    units |= dict.fromkeys(("rebound", "rebound_with_imports"), "percent")
    rows = []
    for key in SUMS:
        unit = units.get(key, "bn_cny")
        pairs = zip(cost[f"{key}_{unit}"], cost[f"{key}_half_width_{unit}"], strict=True)
        cells = (unsplit if key in OF_NATION and mean != mean else within(mean, half) for mean, half in pairs)
        rows.append([text(language, f"differs.{key}"), *cells])
    for key, column in PER_TONNE.items():
        rows.append([text(language, f"differs.{key}"), *(number(value, "") for value in cost[column])])
    return rows


def plant_rows(answers: Sequence[Answered], service: Service, language: str) -> Rows:
    """Return the plants whose course differs in the first draw: the name, and what each scenario has it do."""
    plants = [service.plants(one.levers) for one in answers]
    found = changed_courses([one.courses for one in plants])
    offered = plants[0].records.offered

    def label(option: str) -> str:
        return offered.label(option, language)

    units = {one.id: one.name[language] for one in service.sites.units}
    return [
        [_plant(decider, units), *courses_in_words(courses, label, language)]
        for decider, courses in found.items()
    ]


def _plant(decider: str, units: Mapping[str, str]) -> str:
    """Return the name of a plant, or of a line with that of its facility."""
    if decider in units:
        return units[decider]
    facility, line = facility_and_line(decider)
    return f"{units[facility]} {line}" if facility in units else decider

"""What becomes of official aims, in words: verdicts over draws, reasons, and which lever moves an open one."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tanlu.core.axes import COUNTRY, Axes
from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.core.words.numbers import number, unit_name
from tanlu.inputs.field_words import field_words, unit_words
from tanlu.output.aims import MET, Aim
from tanlu.output.figures.figure import WRITERS, write_quantity
from tanlu.policies import KINDS
from tanlu.policies.texts.laws import LawRow, law_rows, with_interval

POLICIES = "policies."


class MovedBy(NamedTuple):
    """On which indicator, and which way, instruments were tried that move an aim."""

    indicator: str
    sign: str


# By the beginning of an aim's variable; the first that fits holds.
MOVED_BY = {
    "Emissions": MovedBy("Emissions|CO2", "-"),
    "Primary Energy|Per": MovedBy("Emissions|CO2|Industry", "-"),
    "Final Energy|Industry|Per": MovedBy("Emissions|CO2|Industry", "-"),
    "Primary Energy|Non-Fossil": MovedBy("Capacity|Electricity|By Group|Wind and Solar", "+"),
    "Primary Energy": MovedBy("Emissions|CO2", "-"),
    "Capacity|Electricity": MovedBy("Capacity|Electricity|By Group|Wind and Solar", "+"),
    "Finance|Green Loans": MovedBy("Finance|Green Loans|Granted", "+"),
}


def find_lever(aim: Aim) -> LawRow | None:
    """Find the key of an instrument that moves an aim's quantity most, of those tried in paired runs.

    None if none was tried. Source: `tanlu.policies.texts.laws`, written by `python -m tests.laws`.
    """
    moved_by = next((moved for start, moved in MOVED_BY.items() if aim.variable.startswith(start)), None)
    tried_laws = (
        law
        for law in law_rows()
        if moved_by is not None
        and law.lever.startswith(POLICIES)
        and (law.indicator, law.sign) == moved_by
        and abs(law.change) > law.half_width
    )
    return max(tried_laws, key=lambda law: abs(law.change), default=None)


def name_places(axes: Axes, language: str) -> dict[str, str]:
    """Name the places that aims are set for: those of a pack, and the country."""
    names = {name: label[language] for name, label in axes.labels.items()}
    return {COUNTRY: text(language, "place.country"), **names}


def verdict_in_words(aim: Aim, language: str) -> str:
    """Write the verdict of an aim over draws, by how much it is missed, or why it has none."""
    if not aim.verdict:
        return text(language, f"aims.reason_{aim.reason}")
    verdict = text(language, f"kpi.{aim.verdict.replace(' ', '_')}")
    parts = [verdict if aim.is_binding else text(language, "aims.not_binding", {"verdict": verdict})]
    if aim.verdict != MET:
        unit = "points" if aim.unit == "%" else aim.unit
        parts.append(text(language, "aims.gap", {"gap": write_amount(abs(aim.gap), unit, language)}))
    if aim.draw_count > 1:
        parts.append(text(language, "aims.draws", {"met": aim.met_count, "draws": aim.draw_count}))
    return COMMAS[language].join(parts)


def note_in_words(aim: Aim, language: str) -> str:
    """Write what goes with an aim: growth, the official scope, and the lever that moves an open one."""
    notes = []
    if not math.isnan(aim.growth_percent):
        notes.append(text(language, "aims.growth", {"growth": f"{aim.growth_percent:.1f}"}))
    if not math.isnan(aim.in_scope):
        change, verdict = (
            write_amount(aim.in_scope, "%", language),
            text(language, f"kpi.{aim.verdict_in_scope}"),
        )
        notes.append(text(language, "aims.scope", {"change": change, "verdict": verdict}))
    if aim.is_open and aim.verdict:
        law = find_lever(aim)
        notes.append(text(language, "aims.no_lever") if law is None else lever_in_words(law, language))
    if aim.grade in "CD":
        notes.append(text(language, "aims.unsure", {"grade": aim.grade}))
    return text(language, "aims.join").join(notes)


def notes_in_words(aims: Iterable[Aim], places: Mapping[str, str], language: str) -> list[str]:
    """Write a line for each note and each reason, with the aims that share it."""
    aims_by_note: dict[str, list[str]] = {}
    for aim in aims:
        note = note_in_words(aim, language) if aim.verdict else verdict_in_words(aim, language)
        if note:
            name = f"{places.get(aim.region, aim.region)} {aim.label[language]}"
            aims_by_note.setdefault(note, []).append(name)
    return [
        text(language, "aims.note", {"aims": COMMAS[language].join(names), "note": note})
        for note, names in aims_by_note.items()
    ]


def lever_in_words(law: LawRow, language: str) -> str:
    """Name a key of an instrument, the values that were tried, and what they changed."""
    kind, _, key = law.lever.removeprefix(POLICIES).partition(".")
    title, unit = field_words(KINDS[kind], kind, language)[key].title, unit_words(key, language)
    values = {
        "instrument": KINDS[kind].title[language],
        "key": text(language, "aims.with_unit", {"key": title, "unit": unit}) if unit else title,
        "low": law.low,
        "high": law.high,
        "change": with_interval(law.change, law.half_width),
        "unit": unit_name(law.unit, language),
        "indicator": law.label_zh if language == "zh" else law.label_en,
    }
    return text(language, "aims.lever", values)


def write_amount(value: float, unit: str, language: str) -> str:
    """Write an amount; a pack may have units of its own."""
    if unit in WRITERS:
        return str(write_quantity(value, unit, language))
    return f"{number(value, unit)} {unit_name(unit, language)}"

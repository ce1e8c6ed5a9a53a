"""Figures and units as people read them."""

import math

from tanlu.core.words import words

A_YEAR = "/yr"  # ends the unit of what adds up over years
MINUS = "\N{MINUS SIGN}"
# How many of the amounts that a language counts in make up others: Chinese counts in 亿 and 万.
PER_BILLION = {"en": 1.0, "zh": 10.0}
PER_MILLION = {"en": 1.0, "zh": 100.0}
PER_THOUSAND = {"en": 1.0, "zh": 0.1}


def number(value: float, unit: str, sign: bool = False) -> str:
    """Format a value for people: years whole, others by size.

    Others have the digits that matter.
    """
    if math.isnan(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 1000 or unit == "year" else 1 if size >= 10 else 2
    rounded = round(value, digits)
    if rounded == 0.0:
        return "0"
    return f"{rounded:{'+' if sign else ''}{'' if unit == 'year' else ','}.{digits}f}"


def change(value: float) -> str:
    """Format a change within a sentence.

    Its sign is always shown, with a true minus and one digit after the point.
    """
    return f"{value:+,.1f}".replace("-", MINUS)


def unit_name(unit: str, language: str) -> str:
    """Translate a unit of results; an unknown one stays as it is.

    Of the same size, so that no number changes.
    """
    amount, texts = unit.removesuffix(A_YEAR), words(language)
    name = texts.get(f"unit.{amount.replace(' ', '_')}", amount)
    return name if amount == unit else name + texts[f"unit.{A_YEAR}"]

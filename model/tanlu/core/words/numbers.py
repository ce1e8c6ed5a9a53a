"""Figures as people read them."""

import math


def number(value: float, unit: str, sign: bool = False) -> str:
    """Return a value as people read it: years whole, others with the digits that matter."""
    if math.isnan(value):
        return "–"
    size = abs(value)
    digits = 0 if size >= 1000 or unit == "year" else 1 if size >= 10 else 2
    rounded = round(value, digits)
    if rounded == 0.0:
        return "0"
    return f"{rounded:{'+' if sign else ''}{'' if unit == 'year' else ','}.{digits}f}"

"""What indicators are called: the IAMC-like name in English, the words of its parts in Chinese."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tanlu.core.words import words

if TYPE_CHECKING:
    from tanlu.region.pack import Region

BY_POLICY = "Public Budget|By Policy"  # begins the variables of public money under the name of each policy


def names_of_pack(region: "Region", language: str) -> dict[str, str]:
    """Return what the lines of a pack are called in a language, by English name."""
    lines = region.tables["corridors"]
    return dict(zip(lines["name_en"].astype(str), lines[f"name_{language}"].astype(str), strict=True))


def variable_name(variable: str, language: str, of_pack: Mapping[str, str]) -> str:
    """Return what an indicator is called in a language; its variable where a part of it has no word.

    Args:
        variable: such as "Capacity|Electricity|Coal".
        language: "en" or "zh".
        of_pack: names in the language of what the region pack names, by English name.
    """
    if language == "en":
        return variable
    named = [_part(part, language, of_pack) for part in variable.split("|")]
    return "·".join(named) if all(named) else variable


def _part(part: str, language: str, of_pack: Mapping[str, str]) -> str:
    """Return the word for a part of a name, empty if it has none; a year at its end takes the word's place."""
    if part in of_pack:
        return of_pack[part]
    year = re.search(r" (\d{4})$", part)
    key = re.sub(r"[^a-z0-9]+", "_", re.sub(r" \d{4}$", "", part).lower()).strip("_")
    word = words(language).get(f"variable.{key}", "")
    return word.format(year=year.group(1)) if year and word else word

"""Aims by region in words, as page, brief and command line show them."""

import math
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.output.aims import MET, MISSED
from tanlu.output.chances import Chance
from tanlu.output.figures.figure import ABOUT, write_quantity
from tanlu.output.region_aims import RegionAim

WITHOUT_GOAL, OPEN = "none", "open"  # further states of a verdict
MARGIN_UNITS = {"%": "points", "year": "years"}  # of what is a difference


class RegionAimWords(NamedTuple):
    """A row of a region's card."""

    figure: str  # key of the value
    label: str
    value: str
    around: str  # mean of three years; empty if there is none
    goal: str
    margin: str
    verdict: str  # empty if there is no goal
    state: str  # of the verdict


def write_region_aim(aim: RegionAim, language: str, mark: str = "") -> RegionAimWords:
    """Write what a region reaches of an aim; while draws are to come, `mark` stands in place of the verdict."""
    about = ABOUT if mark else ""
    value = f"{about}{write_quantity(aim.value, aim.unit, language)}"
    return RegionAimWords(
        figure=f"aim:{aim.region}:{aim.key}:{aim.year}",
        label=_label(aim, language),
        value=value,
        around="" if math.isnan(aim.around) else _around(aim, about, language),
        goal=_goal(aim, language),
        margin=_margin(aim, language) if aim.has_goal and not mark else "",
        verdict=mark or (_verdict(aim, language) if aim.has_goal else ""),
        state=OPEN if mark else (MET if aim.is_met else MISSED) if aim.has_goal else WITHOUT_GOAL,
    )


def _label(aim: RegionAim, language: str) -> str:
    return text(language, f"region_aims.{aim.key}", {"base": aim.base_year, "year": aim.year})


def _goal(aim: RegionAim, language: str) -> str:
    """Write the goal, or that no plan sets one."""
    if not aim.has_goal:
        return text(language, "region_aims.no_goal")
    return text(language, "region_aims.goal", {"amount": write_quantity(aim.goal, aim.unit, language)})


def _around(aim: RegionAim, about: str, language: str) -> str:
    amount = f"{about}{write_quantity(aim.around, aim.unit, language)}"
    places = {"first": aim.year - 1, "last": aim.year + 1, "amount": amount}
    return text(language, "region_aims.around", places)


def _margin(aim: RegionAim, language: str) -> str:
    """Write by how much the value is better or worse than the goal."""
    amount = write_quantity(abs(aim.margin), MARGIN_UNITS.get(aim.unit, aim.unit), language)
    return text(language, "region_aims.better" if aim.is_met else "region_aims.worse", {"amount": amount})


def _verdict(aim: RegionAim, language: str) -> str:
    """Write in how many draws the goal is met, and whether it is without policy."""
    parts = [text(language, f"kpi.{MET if aim.is_met else MISSED}")]
    if aim.chance is not None and aim.chance.draw_count > 1:
        parts.append(chance_in_words(aim.chance, language))
    if aim.is_met_without_policy:
        parts.append(text(language, "region_aims.without_policy"))
    return text(language, "aims.join").join(parts)


def chance_in_words(chance: Chance, language: str) -> str:
    """Write in how many draws something holds, with the interval of its probability."""
    low, high = (f"{end:.2f}" for end in chance.interval)
    places = {"met": chance.met_count, "draws": chance.draw_count, "low": low, "high": high}
    return text(language, "sure.chance", places)

"""The figures of an attribution: what each policy does alone, as a share and if it were removed, and what it costs."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from tanlu.output.differences import Difference
from tanlu.output.figures.figure import PER_TONNE, Figure, FigureTopic, effect_figure, ratio_figure
from tanlu.output.figures.paths import EMISSIONS, PUBLIC_MONEY, DrawProgress
from tanlu.output.figures.phrases import Phrase, Place, phrase

# Rows of the table that are no policy: what policies lack to the total, and all of them together.
INTERACTION, TOTAL = "interaction", "total"

SURE_SIGN = 0.9  # part of draws in which a share must have its sign to be named as a cause
DEAR_TIMES = 1.5  # the average from which on a last tonne is worth a warning


class ShareColumn(NamedTuple):
    """A column of the table of shares: which figures of the attribution it shows."""

    key: str
    value: str  # column of the attribution's table
    half_width: str  # empty where there is none
    unit: str
    parts: tuple[str, ...] = ()  # columns before it of which it is the ratio


COLUMNS = (
    ShareColumn("alone", "alone_mtco2", "", "Mt CO2"),
    ShareColumn("share", "share_mtco2", "share_half_width_mtco2", "Mt CO2"),
    ShareColumn("if_removed", "if_removed_mtco2", "if_removed_half_width_mtco2", "Mt CO2"),
    ShareColumn("interaction", "interaction_mtco2", "", "Mt CO2"),
    ShareColumn("elsewhere", "elsewhere_share_mtco2", "elsewhere_share_half_width_mtco2", "Mt CO2"),
    ShareColumn("named_money", "named_money_bn_cny", "named_money_half_width_bn_cny", "bn CNY2020"),
    ShareColumn("share_money", "net_public_money_share_bn_cny", "", "bn CNY2020"),
    ShareColumn(
        "tonne_of_share", "net_public_money_of_share_cny_per_tco2", "", PER_TONNE, ("share_money", "share")
    ),
    ShareColumn("removed_money", "net_public_money_if_removed_bn_cny", "", "bn CNY2020"),
    ShareColumn(
        "last_tonne",
        "net_public_money_if_removed_cny_per_tco2",
        "",
        PER_TONNE,
        ("removed_money", "if_removed"),
    ),
)


def share_figures(table: pd.DataFrame, region: str, span: str, progress: DrawProgress) -> dict[str, Figure]:
    """Build the figures of an attribution by column and policy.

    A key is such as `share:carbon_tax`.
    """
    return {
        figure.key: figure
        for row in table.to_dict("records")
        for figure in _of_policy(row, region, span, progress)
    }


def _of_policy(row: Mapping[Any, Any], region: str, span: str, progress: DrawProgress) -> Iterator[Figure]:
    figures: dict[str, Figure] = {}
    for column in COLUMNS:
        indicator = EMISSIONS if column.unit == "Mt CO2" else PUBLIC_MONEY
        topic = FigureTopic(f"{column.key}:{row['policy']}", indicator, region, span, column.unit)
        value = float(row[column.value])
        half = float(row[column.half_width]) if column.half_width else math.nan
        if column.parts:
            numerator, denominator = (figures[part] for part in column.parts)
            figures[column.key] = ratio_figure(topic, value, numerator, denominator)
        else:
            change = Difference(value, half, progress.finished, True, unchanged=False)
            figures[column.key] = effect_figure(topic, change, progress.draws)
    yield from figures.values()


class Attributed(NamedTuple):
    """Which policy does what, as far as a sentence needs it."""

    policies: tuple[str, ...]
    figures: Mapping[str, Figure]
    signs: Mapping[str, float]  # in which part of draws each share has the sign of its mean

    @property
    def largest(self) -> str:
        """Find the policy with the largest share in the direction of the total."""
        total = self.figures[f"share:{TOTAL}"].value
        return max(
            self.policies, key=lambda name: self.figures[f"share:{name}"].value * (1 if total >= 0 else -1)
        )

    @property
    def dearest(self) -> str:
        """Find the policy whose last tonne is far dearer than average, if any."""
        average = self.figures[f"tonne_of_share:{TOTAL}"].value
        costs = {name: self.figures[f"last_tonne:{name}"].value for name in self.policies}
        known_costs = {name: cost for name, cost in costs.items() if math.isfinite(cost)}
        if not known_costs or not average > 0.0:
            return ""
        name = max(known_costs, key=lambda policy: known_costs[policy])
        return name if known_costs[name] > DEAR_TIMES * average else ""


def share_phrases(attributed: Attributed, titles: Mapping[str, str], language: str) -> list[Phrase]:
    """Write phrases on the largest share and on a dear last tonne.

    There are none of one policy.
    """
    if len(attributed.policies) < 2:
        return []
    name = attributed.largest
    sure = attributed.signs[name] >= SURE_SIGN
    figures = attributed.figures
    places: dict[str, Place] = {"policy": titles[name], "share": figures[f"share:{name}"]}
    phrases = [phrase(language, "brief.cause" if sure else "brief.cause_uncertain", places)]
    if dear := attributed.dearest:
        dear_places: dict[str, Place] = {
            "policy": titles[dear],
            "cost": figures[f"last_tonne:{dear}"],
            "average": figures[f"tonne_of_share:{TOTAL}"],
        }
        phrases.append(phrase(language, "brief.dear_policy", dear_places))
    return phrases

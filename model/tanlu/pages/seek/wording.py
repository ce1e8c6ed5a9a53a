"""What the outcomes and levers of a problem are called, and in which units people read them."""

from functools import lru_cache
from math import isnan
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.core.words.numbers import A_YEAR
from tanlu.experiments.outcomes import ExperimentOutcome
from tanlu.experiments.plans import ONLY_ARM, Plan
from tanlu.experiments.search.checks import sought_arm
from tanlu.inputs.field_words import field_words, unit_words
from tanlu.output.figures.quantities import Axis, number
from tanlu.pages.compare.indicators import described
from tanlu.pages.places import place_words
from tanlu.pages.seek.problems import read_problem
from tanlu.policies import KINDS
from tanlu.region.catalogue import region_axes


class LeverWords(NamedTuple):
    """What a lever is called: its policy, its key, and the unit of its values."""

    policy: str
    key: str
    unit: str


@lru_cache(maxsize=50)
def units_of(problem: str, region: str) -> dict[str, str]:
    """Find the units of the outcomes of a problem; a sum over years has none a year."""
    plan = read_problem(problem, region)
    return {
        name: unit.removesuffix(A_YEAR) if plan.experiment.outcomes[name].sum is not None else unit
        for name, unit in plan.find_units().items()
    }


def title_of(outcome: ExperimentOutcome, region: str, language: str) -> str:
    """Name an outcome in full: indicator, place, years, and what it is compared with."""
    first, last = outcome.span
    parts = [label_of(outcome, region, language)]
    parts.append(text(language, f"seeking.way_{outcome.way}", {"first": first, "last": last}))
    if outcome.against:
        parts.append(text(language, "seeking.against"))
    return text(language, "seeking.comma").join(parts)


def label_of(outcome: ExperimentOutcome, region: str, language: str) -> str:
    """Name an outcome in short: indicator and place."""
    label = described((outcome.variable,), region)[outcome.variable].label[language]
    if outcome.plus:
        label = text(language, "seeking.with_others", {"label": label, "all": len(outcome.plus) + 1})
    if outcome.sign < 0:
        label = text(language, "seeking.reduction", {"label": label})
    if not outcome.region:
        return label
    place = place_words(region_axes(region), language).get(f"place.{outcome.region}", outcome.region)
    return text(language, "seeking.comma").join((label, place))


def lever_words(plan: Plan, name: str, language: str) -> LeverWords:
    """Name a lever; one that is no key of a policy by its path."""
    lever = plan.experiment.levers[name]
    block, *keys = lever.path.split(".")
    policies = plan.arms[sought_arm(plan.experiment) or ONLY_ARM].policies
    if block != "policies" or len(keys) != 2 or keys[0] not in policies:
        return LeverWords(lever.path, "", "")
    policy, key = keys
    kind = policies[policy].kind
    title = field_words(KINDS[kind], kind, language)[key].title
    return LeverWords(KINDS[kind].title[language], title, unit_words(key, language))


def quantity(value: float, axis: Axis, half_width: float | None = None) -> str:
    """Write a value in the unit of an axis, which is named elsewhere, with the half-width of its interval."""
    written = number(value * axis["factor"], axis["digits"])
    if half_width is None or isnan(half_width):
        return written
    return f"{written} ± {number(half_width * axis['factor'], axis['digits'])}"

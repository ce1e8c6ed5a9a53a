"""How policies look on every page: their names and colours."""

from collections.abc import Sequence
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.policies import KINDS
from tanlu.scenario.policy_titles import policy_titles
from tanlu.scenario.schema import Scenario

# Okabe and Ito's palette without its black, the palest last.
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")
GREY = "#8c8c8c"  # of policies beyond the seventh


class PolicyLook(NamedTuple):
    """How a policy is shown."""

    name: str
    title: str
    colour: str


def policy_looks(
    scenario: Scenario, reference: Scenario, names: Sequence[str], language: str
) -> list[PolicyLook]:
    """Choose titles and colours of policies; two of a kind are told apart.

    Each kind has a colour of its own, in the order of the kinds; where two kinds share one, the later policy has the
    next that is free.
    """
    policies = {name: scenario.policies.get(name) or reference.policies[name] for name in names}
    titles = policy_titles(policies, scenario.region, language)
    free = list(COLOURS)
    looks = []
    for name, policy in policies.items():
        colour = _colour(policy.kind, free)
        title = titles[name]
        if name not in scenario.policies or not policy.enabled:
            title = text(language, "worked.off", {"title": title})
        looks.append(PolicyLook(name, title, colour))
    return looks


def _colour(kind: str, free: list[str]) -> str:
    """Return the colour of a kind, or the next that is free, and take it."""
    if not free:
        return GREY
    start = list(KINDS).index(kind) % len(COLOURS)
    turned = COLOURS[start:] + COLOURS[:start]
    found = next(one for one in turned if one in free)
    free.remove(found)
    return found

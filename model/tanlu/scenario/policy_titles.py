"""How policies are called on every page."""

from collections.abc import Mapping, Sequence

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.policies import KINDS
from tanlu.policies.base import Policy
from tanlu.region.catalogue import region_axes
from tanlu.scenario.value_words import ValueWords

YEARS = ("from_year", "until_year")  # that tell two of a kind apart, by the names of their words


def policy_titles(policies: Mapping[str, Policy], region: str, language: str) -> dict[str, str]:
    """Title policies by name; those of a kind are told apart by what they act on, else by their names.

    Args:
        policies: of a scenario, by name.
        region: the pack that their places are of.
        language: of the titles.
    """
    value_words = ValueWords(region_axes(region), language)
    by_kind: dict[str, dict[str, Policy]] = {}
    for name, policy in policies.items():
        by_kind.setdefault(policy.kind, {})[name] = policy
    titles = {}
    for kind, alike in by_kind.items():
        title = KINDS[kind].title[language]
        for name, difference in _tell_apart(alike, value_words).items():
            titles[name] = (
                text(language, "worked.named", {"title": title, "name": difference}) if difference else title
            )
    return {name: titles[name] for name in policies}


def _tell_apart(alike: Mapping[str, Policy], value_words: ValueWords) -> dict[str, str]:
    """Write what tells policies of a kind apart; nothing of one alone.

    The fewest keys do: what a policy acts on, then where, then when.
    """
    if len(alike) == 1:
        return dict.fromkeys(alike, "")
    differences = dict.fromkeys(alike, "")
    for key in _telling_keys(next(iter(alike.values()))):
        values = {name: _write_key(policy, key, value_words) for name, policy in alike.items()}
        if len(set(values.values())) > 1:
            comma = COMMAS[value_words.language]
            differences = {
                name: comma.join(filter(None, (differences[name], values[name]))) for name in alike
            }
        if len(set(differences.values())) == len(alike):
            return differences
    return {name: name for name in alike}


def _telling_keys(policy: Policy) -> Sequence[str]:
    """List the keys that say what a policy acts on, its own lists of names first."""
    own = (key for key in type(policy).model_fields if key not in Policy.model_fields)
    return [*(key for key in own if isinstance(getattr(policy, key), tuple)), "regions", *YEARS]


def _write_key(policy: Policy, key: str, value_words: ValueWords) -> str:
    value = getattr(policy, key)
    if key in YEARS:
        return text(value_words.language, f"worked.{key}", {"year": value})
    return value_words.value(policy.kind, key, value)

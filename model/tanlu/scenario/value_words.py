"""Values of scenario files as people read them: numbers with their unit, names by what they are called."""

from collections.abc import Mapping
from typing import NamedTuple

from tanlu.core.axes import Axes
from tanlu.core.units import split_unit
from tanlu.core.words import text
from tanlu.core.words.said import COMMAS
from tanlu.inputs.field_words import choice_words, field_words, unit_words
from tanlu.inputs.types import Strict
from tanlu.policies.base import Policy
from tanlu.scenario.side_by_side import ABSENT

WORLD = "world"
TOLD_BY_THE_TITLE = ("year", "share")  # units


class ValueWords(NamedTuple):
    """In whose words values are written."""

    axes: Axes
    language: str

    def of_block(
        self, block: type[Strict], owner: str, values: Mapping[str, object]
    ) -> tuple[tuple[str, str], ...]:
        """Return title and value of each key of a block; `owner` is the kind of a policy, `world` or `event`."""
        said = field_words(block, owner, self.language)
        return tuple((said[key].title, self.value(owner, key, value)) for key, value in values.items())

    def value(self, owner: str, key: str, value: object) -> str:
        """Return the value of a key, with its unit where there is a number and the title does not tell it."""
        unit = "" if split_unit(key)[1] in TOLD_BY_THE_TITLE else unit_words(key, self.language)
        shown = self._shown(owner, value)
        return f"{shown} {unit}" if unit and any(letter.isdigit() for letter in shown) else shown

    def called(self, owner: str, name: str) -> str:
        """Return what a name is called: a place, or what a key can hold."""
        labels = self.axes.labels
        return labels[name][self.language] if name in labels else choice_words(owner, name, self.language)

    def joined(self, *parts: str) -> str:
        """Return a title and what stands under it as one text; what is empty is left out."""
        return text(self.language, "differs.of").join(part for part in parts if part)

    def _shown(self, owner: str, value: object) -> str:
        if value is None:
            return ABSENT
        if isinstance(value, bool):
            return text(self.language, "differs.yes" if value else "differs.no")
        if isinstance(value, Mapping):
            names = (self.called(owner, str(key)) for key in value)
            values = (self._shown(owner, one) for one in value.values())
            return COMMAS[self.language].join(map(self.joined, names, values))
        if isinstance(value, list | tuple):
            return COMMAS[self.language].join(self._shown(owner, one) for one in value) or ABSENT
        return f"{value:g}" if isinstance(value, float) else self.called(owner, str(value))


def policy_title(policy: Policy, language: str) -> str:
    """Return what a kind of policy is called; one of an extension may have no other name than its kind."""
    titles: Mapping[str, str] = getattr(type(policy), "title", {})
    return titles.get(language, policy.kind)

"""Values of scenario files as people read them: numbers with their unit, names by what they are called."""

from collections.abc import Mapping
from typing import NamedTuple

from tanlu.core.axes import Axes
from tanlu.core.parties import CENTRE
from tanlu.core.units import split_unit
from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.inputs.field_words import choice_words, field_words, unit_words
from tanlu.inputs.types import Strict
from tanlu.policies.base import Policy
from tanlu.scenario.side_by_side import ABSENT

WORLD = "world"
UNITS_IN_TITLE = ("year", "share")  # units


class ValueWords(NamedTuple):
    """In whose words values are written."""

    axes: Axes
    language: str

    def title_values(
        self, block: type[Strict], owner: str, values: Mapping[str, object]
    ) -> tuple[tuple[str, str], ...]:
        """Write title and value of each key of a block.

        `owner` is the kind of a policy, `world` or `event`.
        """
        words_of_keys = field_words(block, owner, self.language)
        return tuple(
            (words_of_keys[key].title, self.value(owner, key, value)) for key, value in values.items()
        )

    def value(self, owner: str, key: str, value: object) -> str:
        """Write the value of a key, with a unit its title lacks."""
        unit = "" if split_unit(key)[1] in UNITS_IN_TITLE else unit_words(key, self.language)
        value_text = self._write_value(owner, value)
        return (
            f"{value_text} {unit}" if unit and any(letter.isdigit() for letter in value_text) else value_text
        )

    def name_in_words(self, owner: str, name: str) -> str:
        """Translate a name: of a place, or of a choice."""
        labels = self.axes.labels
        return labels[name][self.language] if name in labels else choice_words(owner, name, self.language)

    def join_title(self, *parts: str) -> str:
        """Join a title and the texts under it; skip empty ones."""
        return text(self.language, "differs.of").join(part for part in parts if part)

    def _write_value(self, owner: str, value: object) -> str:
        if value is None:
            return ABSENT
        if isinstance(value, bool):
            return text(self.language, "differs.yes" if value else "differs.no")
        if isinstance(value, Mapping):
            names = (self.name_in_words(owner, str(key)) for key in value)
            values = (self._write_value(owner, part) for part in value.values())
            return COMMAS[self.language].join(map(self.join_title, names, values))
        if isinstance(value, list | tuple):
            return COMMAS[self.language].join(self._write_value(owner, part) for part in value) or ABSENT
        return f"{value:g}" if isinstance(value, float) else self.name_in_words(owner, str(value))


def owner_title(axes: Axes, owner: str, language: str) -> str:
    """Name who reviews policies: the nation or a province."""
    return text(language, "review.nation") if owner == CENTRE else axes.labels[owner][language]


def policy_title(policy: Policy, language: str) -> str:
    """Read the title of a policy, else its kind.

    A kind of an extension may have no title.
    """
    titles: Mapping[str, str] = getattr(type(policy), "title", {})
    return titles.get(language, policy.kind)

"""What went into scenarios as people read it, row by row: keys by their titles, values by what they name."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.core.words import text
from tanlu.core.words.said import COMMAS
from tanlu.inputs.field_words import field_title, field_words
from tanlu.inputs.types import Strict
from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.scenario.schema import Scenario, plain_scenario
from tanlu.scenario.side_by_side import ABSENT, different_inputs, given_fields
from tanlu.scenario.value_words import WORLD, ValueWords, policy_title
from tanlu.scenario.world import World

EVENT = "event"
HOW = (".factor", ".add")  # a figure of the pack is changed


class InputRow(NamedTuple):
    """An input that differs between scenarios."""

    key: str  # as `tanlu compare` has it
    label: str
    cells: tuple[str, ...]  # one a scenario


class InputWords(ValueWords):
    """In whose words inputs are written."""

    def rows(self, scenarios: Sequence[Scenario]) -> list[InputRow]:
        """Return the inputs that differ, row by row those of `tanlu compare`."""
        found = different_inputs(scenarios, [str(n) for n in range(len(scenarios))], self.axes.provinces)
        rows = []
        for key, there in zip(map(str, found.index), found.to_numpy(), strict=True):
            cells = (
                ABSENT if cell == ABSENT else self._cell(key, one)
                for cell, one in zip(there, scenarios, strict=True)
            )
            rows.append(InputRow(key, self._label(key, scenarios), tuple(cells)))
        return rows

    def _label(self, key: str, scenarios: Sequence[Scenario]) -> str:
        block, *path = key.split(".")
        if block == "policies":
            policy = next(one.policies[path[0]] for one in scenarios if path[0] in one.policies)
            return self.joined(
                policy_title(policy, self.language), self._path(type(policy), policy.kind, path[1:])
            )
        if block == "events":
            name = text(self.language, "differs.event", {"name": path[0]})
            return self.joined(name, self._path(Event, EVENT, path[1:]))
        if block == WORLD:
            return self.joined(text(self.language, "builder.world"), self._path(World, WORLD, path))
        return self._figure(key) if block == "pack" else field_title(f"scenario.{key}", self.language)

    def _figure(self, key: str) -> str:
        """Return what a changed figure of the pack is called, and how it is changed."""
        name, _, how = key.rpartition(".") if key.endswith(HOW) else (key, "", "")
        title = field_title(name.removeprefix("pack."), self.language)
        return self.joined(title, text(self.language, f"differs.{how}") if how else "")

    def _path(self, block: type[Strict], owner: str, path: Sequence[str]) -> str:
        """Return what a key of a block is called, and below it the name that it holds a value for."""
        if not path:
            return ""
        title = field_words(block, owner, self.language)[path[0]].title
        return self.joined(title, *(self.called(owner, one) for one in path[1:]))

    def _cell(self, key: str, scenario: Scenario) -> str:
        block, *path = key.split(".")
        value: Any = plain_scenario(scenario)
        if block == "policies" and len(path) == 1:
            return self._policy(scenario.policies[path[0]], value[block][path[0]])
        if block == "events" and len(path) == 1:
            return self._event(scenario.events[path[0]], value[block][path[0]], scenario)
        owner = scenario.policies[path[0]].kind if block == "policies" else block
        for name in (block, *_below(value[block], path)):
            value = value[name]
        return self.value(owner, key.rpartition(".")[2], value)

    def _policy(self, policy: Policy, plain: Mapping[str, Any]) -> str:
        """Return a policy in a line: its kind, and the fields that are not at their default."""
        given = given_fields(policy, self.axes.provinces)
        return self._given(policy, {key: plain[key] for key in given if key != "kind" and key in plain})

    def _given(self, policy: Policy, values: Mapping[str, Any]) -> str:
        """Return the kind of a policy, and title and value of some of its fields."""
        said = map(" ".join, self.of_block(type(policy), policy.kind, values))
        return self.joined(policy_title(policy, self.language), COMMAS[self.language].join(said))

    def _event(self, event: Event, plain: Mapping[str, Any], scenario: Scenario) -> str:
        """Return an event in a line: when it is decided, and what it changes, ends and introduces."""
        said = field_words(Event, EVENT, self.language)
        parts = [f"{said['decided_in'].title} {event.decided_in}"]
        if event.from_year is not None:
            parts.append(f"{said['from_year'].title} {event.from_year}")
        for name, numbers in event.set.items():
            changed = {key: plain["set"][name][key] for key in numbers}
            parts.append(self._given(scenario.policies[name], changed))
        for name in event.end:
            parts.append(self.joined(said["end"].title, policy_title(scenario.policies[name], self.language)))
        for name, one in event.introduce.items():
            parts.append(self.joined(said["introduce"].title, self._policy(one, plain["introduce"][name])))
        return text(self.language, "differs.then").join(parts)


def _below(block: object, path: Sequence[str]) -> Sequence[str]:
    """Return the keys that lead to a value; a path of the pack is one key, though it has dots."""
    if not path or not isinstance(block, Mapping) or path[0] in block:
        return path
    whole = max((key for key in block if ".".join(path).startswith(key)), key=len)
    rest = ".".join(path).removeprefix(whole).removeprefix(".")
    return (whole, *(rest.split(".") if rest else ()))

"""What went into scenarios as people read it, row by row: keys by their titles, values by what they name."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.inputs.field_words import field_title, field_words
from tanlu.inputs.types import Strict
from tanlu.policies.base import Policy
from tanlu.policies.events import Event
from tanlu.scenario.regulators import RegulatorBlock
from tanlu.scenario.schema import Scenario, plain_scenario
from tanlu.scenario.side_by_side import ABSENT, different_inputs, nondefault_fields
from tanlu.scenario.value_words import WORLD, ValueWords, owner_title, policy_title
from tanlu.scenario.world import World

EVENT = "event"
CHANGE_SUFFIXES = (".factor", ".add")  # a figure of the pack is changed


class InputRow(NamedTuple):
    """An input that differs between scenarios."""

    key: str  # as `tanlu compare` has it
    label: str
    cells: tuple[str, ...]  # one a scenario


class InputWords(ValueWords):
    """In whose words inputs are written."""

    def rows(self, scenarios: Sequence[Scenario]) -> list[InputRow]:
        """List the inputs that differ, in the rows of `tanlu compare`."""
        table = different_inputs(scenarios, [str(n) for n in range(len(scenarios))], self.axes.provinces)
        rows = []
        for key, values in zip(map(str, table.index), table.to_numpy(), strict=True):
            cells = (
                ABSENT if cell == ABSENT else self._cell(key, scenario)
                for cell, scenario in zip(values, scenarios, strict=True)
            )
            rows.append(InputRow(key, self._label(key, scenarios), tuple(cells)))
        return rows

    def describe_event(self, name: str, scenario: Scenario) -> str:
        """Describe what an event of a scenario changes, in a line."""
        changes = self._list_changes(
            scenario.events[name], plain_scenario(scenario)["events"][name], scenario
        )
        return text(self.language, "differs.then").join(changes)

    def _label(self, key: str, scenarios: Sequence[Scenario]) -> str:
        block, *path = key.split(".")
        if block == "policies":
            policy = next(
                scenario.policies[path[0]] for scenario in scenarios if path[0] in scenario.policies
            )
            return self.join_title(
                policy_title(policy, self.language), self._path(type(policy), policy.kind, path[1:])
            )
        if block == "events":
            name = text(self.language, "differs.event", {"name": path[0]})
            return self.join_title(name, self._path(Event, EVENT, path[1:]))
        if block == "regulators":
            return self.join_title(
                field_title("scenario.regulators", self.language),
                owner_title(self.axes, path[0], self.language),
            )
        if block == WORLD:
            return self.join_title(text(self.language, "builder.world"), self._path(World, WORLD, path))
        return self._figure(key) if block == "pack" else field_title(f"scenario.{key}", self.language)

    def _figure(self, key: str) -> str:
        """Name a changed figure of the pack and its operation."""
        name, _, operation = key.rpartition(".") if key.endswith(CHANGE_SUFFIXES) else (key, "", "")
        title = field_title(name.removeprefix("pack."), self.language)
        return self.join_title(title, text(self.language, f"differs.{operation}") if operation else "")

    def _path(self, block: type[Strict], owner: str, path: Sequence[str]) -> str:
        """Name a key of a block, then the name under it."""
        if not path:
            return ""
        title = field_words(block, owner, self.language)[path[0]].title
        return self.join_title(title, *(self.name_in_words(owner, key) for key in path[1:]))

    def _cell(self, key: str, scenario: Scenario) -> str:
        block, *path = key.split(".")
        value: Any = plain_scenario(scenario)
        if block == "policies" and len(path) == 1:
            return self._describe_policy(scenario.policies[path[0]], value[block][path[0]])
        if block == "events" and len(path) == 1:
            return self._describe_event(scenario.events[path[0]], value[block][path[0]], scenario)
        if block == "regulators":
            return self._describe_regulator(scenario.regulators[path[0]], scenario)
        owner = scenario.policies[path[0]].kind if block == "policies" else block
        for name in (block, *_split_path(value[block], path)):
            value = value[name]
        return self.value(owner, key.rpartition(".")[2], value)

    def _describe_policy(self, policy: Policy, plain: Mapping[str, Any]) -> str:
        """Describe a policy in a line: kind, fields not at their default."""
        keys = nondefault_fields(policy, self.axes.provinces)
        return self._describe_fields(
            policy, {key: plain[key] for key in keys if key != "kind" and key in plain}
        )

    def _describe_fields(self, policy: Policy, values: Mapping[str, Any]) -> str:
        """Name the kind of a policy, and some fields with values."""
        fields = map(" ".join, self.title_values(type(policy), policy.kind, values))
        return self.join_title(policy_title(policy, self.language), COMMAS[self.language].join(fields))

    def _describe_regulator(self, regulator: RegulatorBlock, scenario: Scenario) -> str:
        """Describe a regulator in a line: when it reviews, its aims, and what it moves within which bounds."""
        key_words = field_words(RegulatorBlock, "regulator", self.language)
        if not regulator.enabled:
            (titled,) = self.title_values(RegulatorBlock, "regulator", {"enabled": False})
            return " ".join(titled)
        instruments = []
        for name, instrument in regulator.instruments.items():
            policy_name, _, key = name.partition(".")
            policy = scenario.policies[policy_name]
            title = field_words(type(policy), policy.kind, self.language)[key].title
            low, high = instrument.within
            instruments.append(
                self.join_title(policy_title(policy, self.language), f"{title} {low:g}–{high:g}")
            )
        years = map(str, regulator.review_years or (text(self.language, "review.plan"),))
        lists = {"review_years": years, "aims": regulator.aims, "instruments": instruments}
        comma = COMMAS[self.language]
        parts = (f"{key_words[key].title} {comma.join(names)}" for key, names in lists.items())
        return text(self.language, "differs.then").join(parts)

    def _describe_event(self, event: Event, plain: Mapping[str, Any], scenario: Scenario) -> str:
        """Describe an event in a line: year of decision and changes."""
        decision = f"{field_words(Event, EVENT, self.language)['decided_in'].title} {event.decided_in}"
        changes = self._list_changes(event, plain, scenario)
        return text(self.language, "differs.then").join((decision, *changes))

    def _list_changes(self, event: Event, plain: Mapping[str, Any], scenario: Scenario) -> list[str]:
        """List what an event changes: its first year, new numbers, what ends and what begins."""
        event_words = field_words(Event, EVENT, self.language)
        parts = []
        if event.from_year is not None:
            parts.append(f"{event_words['from_year'].title} {event.from_year}")
        for name, numbers in event.set.items():
            new_numbers = {key: plain["set"][name][key] for key in numbers}
            parts.append(self._describe_fields(_find_policy(scenario, name), new_numbers))
        for name in event.end:
            title = policy_title(_find_policy(scenario, name), self.language)
            parts.append(self.join_title(event_words["end"].title, title))
        for name, policy in event.introduce.items():
            parts.append(
                self.join_title(
                    event_words["introduce"].title, self._describe_policy(policy, plain["introduce"][name])
                )
            )
        return parts


def _find_policy(scenario: Scenario, name: str) -> Policy:
    """Find a policy of a scenario, or one that an event introduces."""
    introduced = (event.introduce[name] for event in scenario.events.values() if name in event.introduce)
    return scenario.policies[name] if name in scenario.policies else next(introduced)


def _split_path(block: object, path: Sequence[str]) -> Sequence[str]:
    """Split a path into keys; a path of the pack is one."""
    if not path or not isinstance(block, Mapping) or path[0] in block:
        return path
    pack_path = max((key for key in block if ".".join(path).startswith(key)), key=len)
    remaining_keys = ".".join(path).removeprefix(pack_path).removeprefix(".")
    return (pack_path, *(remaining_keys.split(".") if remaining_keys else ()))

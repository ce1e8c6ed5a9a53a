"""Statutes: which policies are decided by which year, and the policy schedules that follow from them."""

from collections.abc import Mapping
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from tanlu.core.axes import Axes
from tanlu.core.schedules import PolicySchedule
from tanlu.policies.base import Policy
from tanlu.policies.events import Event, amend_policies


class LawVersion(NamedTuple):
    """The law as it is known from a year on."""

    year: int  # in which its last events are decided; of version 0 none is
    policies: Mapping[str, Policy]
    schedule: PolicySchedule


class Statutes:
    """The policies of a run and the events that change them.

    Each year in which something is decided gives a new version of the law; version 0 is that of the start.

    Attributes:
        neutral: the schedule without any policy, on which all versions rest.
    """

    def __init__(
        self,
        policies: Mapping[str, Policy],
        events: Mapping[str, Event],
        axes: Axes,
        first_year: int,
        last_year: int,
    ) -> None:
        self._events = [events[name] for name in sort_events(events)]
        # By name, then by identity, since a policy need not have a hash. An identity as a key would not outlive a copy.
        self._separate: dict[str, list[tuple[Policy, PolicySchedule]]] = {}
        self.neutral = PolicySchedule.neutral(axes, first_year, last_year)
        self._versions = [LawVersion(first_year, policies, add_policies(self.neutral, policies))]
        self._amend(self._events)

    def _amend(self, events: list[Event]) -> None:
        """Add a version of the law for each year with events, which are sorted by year."""
        for year, decided in groupby(events, key=lambda event: event.decided_in):
            policies = self._versions[-1].policies
            for event in decided:
                policies = amend_policies(policies, event)
            self._versions.append(LawVersion(year, policies, add_policies(self.neutral, policies)))

    def with_decisions(self, decisions: list[Event]) -> "Statutes":
        """Build the statutes with decisions of one year, which come after events of that year.

        The versions that are known before that year stay the same objects; later events change the new law.
        """
        year = decisions[0].decided_in
        statutes = object.__new__(Statutes)
        statutes.neutral, statutes._separate = self.neutral, self._separate
        statutes._events = sorted([*self._events, *decisions], key=lambda event: event.decided_in)
        statutes._versions = [
            self._versions[0],
            *(version for version in self._versions[1:] if version.year < year),
        ]
        statutes._amend([event for event in statutes._events if event.decided_in >= year])
        return statutes

    def version(self, year: int) -> int:
        """Count the amendments of the law that are known in `year`."""
        return sum(version.year <= year for version in self._versions[1:])

    def policies_in(self, year: int) -> Mapping[str, Policy]:
        """Select the policies, by name, that everybody knows in `year`."""
        return MappingProxyType(dict(self._versions[self.version(year)].policies))

    def schedule_in(self, year: int) -> PolicySchedule:
        """Select the schedule that everybody knows in `year`.

        Its row of that year is in force.
        """
        return self._versions[self.version(year)].schedule

    def separate_schedules_in(self, year: int) -> Mapping[str, PolicySchedule]:
        """Build the schedule of each policy alone, by name, as known in `year`."""
        return {
            name: self._apply_alone(name, policy)
            for name, policy in self._versions[self.version(year)].policies.items()
        }

    def _apply_alone(self, name: str, policy: Policy) -> PolicySchedule:
        """Apply a policy alone, once for all versions of the law in which it is the same."""
        applied = self._separate.setdefault(name, [])
        for version, schedule in applied:
            if version is policy:
                return schedule
        applied.append((policy, add_policies(self.neutral, {name: policy})))
        return applied[-1][1]

    def schedules_until(self, year: int) -> tuple[PolicySchedule, ...]:
        """List the schedules of the law's versions up to that known in `year`."""
        return tuple(version.schedule for version in self._versions[: self.version(year) + 1])


def sort_events(events: Mapping[str, Event]) -> list[str]:
    """Sort the names of enabled events by decision year, then by name."""
    names = (name for name in events if events[name].enabled)
    return sorted(names, key=lambda name: (events[name].decided_in, name))


def amend_until(policies: Mapping[str, Policy], events: Mapping[str, Event], year: int) -> dict[str, Policy]:
    """Amend policies, by name, as events decide that come before a year."""
    law = dict(policies)
    for name in sort_events(events):
        if events[name].decided_in < year:
            law = amend_policies(law, events[name])
    return law


def apply_policies(
    policies: Mapping[str, Policy], axes: Axes, first_year: int, last_year: int
) -> PolicySchedule:
    """Build the schedule of policies, which spans a run's years and the horizon beyond."""
    return add_policies(PolicySchedule.neutral(axes, first_year, last_year), policies)


def add_policies(schedule: PolicySchedule, policies: Mapping[str, Policy]) -> PolicySchedule:
    """Apply every enabled policy to a copy of a schedule, in the order of their names."""
    for name in sorted(policies):
        if policies[name].enabled:
            schedule = policies[name].apply(schedule, name)
    return schedule

"""Statutes: which policies are decided by which year, and the policy schedules that follow from them."""

from collections.abc import Mapping
from functools import cached_property
from itertools import groupby

from tanlu.core.axes import Axes
from tanlu.core.schedules import PolicySchedule
from tanlu.policies.base import Policy
from tanlu.policies.events import Event, amend_policies


class Statutes:
    """The policies of a run and the events that change them.

    Each year in which something is decided gives a new version of the law; version 0 is that of the start.
    """

    def __init__(
        self,
        policies: Mapping[str, Policy],
        events: Mapping[str, Event],
        axes: Axes,
        first_year: int,
        last_year: int,
    ) -> None:
        self._years: list[int] = []
        self._policies, self._span = [policies], (first_year, last_year)
        self._alone: dict[int, Mapping[str, PolicySchedule]] = {}
        self._schedules = [apply_policies(policies, axes, first_year, last_year)]
        for year, decided in groupby(sort_events(events), key=lambda name: events[name].decided_in):
            for name in decided:
                policies = amend_policies(policies, events[name])
            self._years.append(year)
            self._policies.append(policies)
            self._schedules.append(apply_policies(policies, axes, first_year, last_year))

    def version(self, year: int) -> int:
        """Count the amendments of the law that are known in `year`."""
        return sum(decided <= year for decided in self._years)

    def schedule_in(self, year: int) -> PolicySchedule:
        """Select the schedule that everybody knows in `year`.

        Its row of that year is in force.
        """
        return self._schedules[self.version(year)]

    @cached_property
    def neutral(self) -> PolicySchedule:
        """The schedule without any policy."""
        return apply_policies({}, self._schedules[0].axes, *self._span)

    def separate_schedules_in(self, year: int) -> Mapping[str, PolicySchedule]:
        """Build the schedule of each policy alone, by name, as known in `year`."""
        version = self.version(year)
        if version not in self._alone:
            axes = self._schedules[0].axes
            self._alone[version] = {
                name: apply_policies({name: policy}, axes, *self._span)
                for name, policy in self._policies[version].items()
            }
        return self._alone[version]

    def schedules_until(self, year: int) -> tuple[PolicySchedule, ...]:
        """List the schedules of the law's versions up to that known in `year`."""
        return tuple(self._schedules[: self.version(year) + 1])


def sort_events(events: Mapping[str, Event]) -> list[str]:
    """Sort the names of enabled events by decision year, then by name."""
    names = (name for name in events if events[name].enabled)
    return sorted(names, key=lambda name: (events[name].decided_in, name))


def apply_policies(
    policies: Mapping[str, Policy], axes: Axes, first_year: int, last_year: int
) -> PolicySchedule:
    """Apply every enabled policy, in the order of their names.

    The schedule spans a run's years and the horizon beyond.
    """
    schedule = PolicySchedule.neutral(axes, first_year, last_year)
    for name in sorted(policies):
        if policies[name].enabled:
            schedule = policies[name].apply(schedule, name)
    return schedule

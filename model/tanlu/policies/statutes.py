"""Statutes: the policies that are decided, and the policy schedule that follows from them."""

from collections.abc import Mapping

from tanlu.core.schedules import PolicySchedule
from tanlu.policies.base import Policy


def apply_policies(policies: Mapping[str, Policy], first_year: int, last_year: int) -> PolicySchedule:
    """Apply every enabled policy, in the order of their names, over a run's years and the horizon beyond."""
    schedule = PolicySchedule.neutral(first_year, last_year)
    for name in sorted(policies):
        if policies[name].enabled:
            schedule = policies[name].apply(schedule, name)
    return schedule

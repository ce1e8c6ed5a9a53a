"""A scenario with and without its dry year: what is asked of the model, and what is there of both."""

from functools import lru_cache
from typing import Any, NamedTuple

from tanlu.pages.builder.scenarios import Edit, Scenarios
from tanlu.pages.levers import Levers
from tanlu.pages.workers.views import AnswerView
from tanlu.scenario.difference import changes_between
from tanlu.scenario.reference import CONDITIONS

DRY, NORMAL = "dry", "normal"
DRY_CHOICES = ("", DRY, NORMAL)  # the scenario as it is, with its dry year, without


class DryPair(NamedTuple):
    """A scenario with and without its dry years."""

    dry: Levers
    normal: Levers
    years: tuple[int, ...]


class DryShown(NamedTuple):
    """Which of a pair is on show, and what is there of both."""

    pair: DryPair | None  # none where no scenario defines a dry year
    which: str = ""  # dry, normal, or empty where the scenario is shown as it is
    here: AnswerView | None = None  # what is on show, with its hours
    other: AnswerView | None = None
    failure: str = ""  # number under which it is logged

    @property
    def region(self) -> str:
        """The region on show; empty where nothing is there."""
        return "" if self.here is None else self.here.region

    def in_region(self, region: str) -> "DryShown":
        """Return what is there with its figures of a region."""
        here, other = (None if view is None else view.in_region(region) for view in (self.here, self.other))
        return self._replace(here=here, other=other)

    @property
    def both(self) -> tuple[AnswerView, AnswerView] | None:
        """What is on show and the other one, once both are there."""
        return None if self.here is None or self.other is None else (self.here, self.other)


@lru_cache(maxsize=100)
def dry_pair(levers: Levers, scenarios: Scenarios) -> DryPair | None:
    """Return a scenario with and without dry years: its own, else those of the first shipped scenario of conditions.

    Only the water of these years differs: that of the normal year takes its place.
    """
    spec = _conditions_of_a_drought(scenarios)
    dry_years = scenarios.scenario(levers).world.dry_years
    if dry_years:
        return DryPair(levers, _with_normal_water(scenarios, levers, dry_years), dry_years)
    if not spec:
        return None
    dry = scenarios.edited(levers, [Edit(("world", key), value) for key, value in spec.items()])
    years = tuple(int(year) for year in spec["drought"])
    return DryPair(dry, _with_normal_water(scenarios, dry, years), years)


def _with_normal_water(scenarios: Scenarios, levers: Levers, years: tuple[int, ...]) -> Levers:
    """Put the normal year's water in place of the droughts of years, all else equal."""
    return scenarios.edited(levers, [Edit(("world", "drought"), dict.fromkeys(years, "normal"))])


def _conditions_of_a_drought(scenarios: Scenarios) -> dict[str, Any]:
    """Return what a shipped scenario that is nothing but a drought says of the world; empty where there is none."""
    for name in scenarios.names:
        one = scenarios.scenario(Levers(name))
        if one.world.drought and scenarios.reference(Levers(name)).kind == CONDITIONS:
            changes: dict[str, Any] = changes_between(scenarios.baseline, one)["world"]
            return changes
    return {}

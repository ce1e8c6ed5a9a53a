"""A game of five-year plans: which are decided, and the three scenarios that run as far as it is played.

A game is a scenario file. What a plan decides are its events, decided in the first year of the plan.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tanlu.core.five_year_plans import FIFTEENTH, FIFTEENTH_START, PLAN_YEARS, find_plan_start
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import build_message
from tanlu.region.catalogue import region_axes
from tanlu.scenario.loading import with_settings
from tanlu.scenario.reference import CONDITION_KEYS, SETTINGS
from tanlu.scenario.schema import Scenario


class FiveYearPlan(NamedTuple):
    """A five-year plan in the years of a run."""

    number: int
    first_year: int  # in which it is decided
    last_year: int  # the last of the run if that ends within the plan


class PlanGame(NamedTuple):
    """A game as far as it is played."""

    plans: tuple[FiveYearPlan, ...]  # played
    next_plan: FiveYearPlan | None
    player: Scenario
    regulator: Scenario  # who reviews its policies, in the world of the player
    baseline: Scenario  # in the same world

    @property
    def sides(self) -> tuple[Scenario, Scenario, Scenario]:
        """Return the scenarios that run."""
        return self.player, self.regulator, self.baseline

    def decisions_in(self, plan: FiveYearPlan) -> tuple[str, ...]:
        """List the events that a plan decides, by name."""
        events = self.player.events.items()
        return tuple(name for name, event in events if event.enabled and event.decided_in == plan.first_year)


def list_plans(scenario: Scenario) -> tuple[FiveYearPlan, ...]:
    """List the plans that begin in a run, after the statistics."""
    last = scenario.years.end
    free_from = max(scenario.years.start, region_axes(scenario.region).last_observed_year + 1)
    return tuple(
        FiveYearPlan(number, first, min(first + PLAN_YEARS - 1, last))
        for number, first in _starts(free_from, last)
    )


def _starts(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield number and first year of each plan that begins in some years."""
    for year in range(first, last + 1):
        if find_plan_start(year) == year:
            yield FIFTEENTH + (year - FIFTEENTH_START) // PLAN_YEARS, year


def build_game(
    scenario: Scenario, regulator: Scenario, baseline: Scenario, through: int | None = None
) -> PlanGame:
    """Build the game that a scenario describes, played through the plan of this number.

    Unless it is given, that is the plan of the last decision, and the first plan where nothing is decided. Runs end
    with its last year, so that no figure of a later year exists. Later decisions are left out.

    Raises:
        UserError: if no plan begins in the run, an event is decided in another year than the first of a plan, the
            plan is none of them, regions differ, or the regulator reviews nothing.
    """
    plans = list_plans(scenario)
    _check(scenario, regulator, baseline, plans)
    starts = {plan.first_year: plan.number for plan in plans}
    decided = [starts[event.decided_in] for event in scenario.events.values() if event.enabled]
    last_plan = max(decided, default=plans[0].number) if through is None else through
    played = tuple(plan for plan in plans if plan.number <= last_plan)
    if last_plan not in starts.values():
        numbers = {"number": last_plan, "first": plans[0].number, "last": plans[-1].number}
        raise UserError(build_message("no_such_plan", name=scenario.name, **numbers))
    last_year = played[-1].last_year
    ended = with_settings(scenario, years=(scenario.years.start, last_year))
    events = {name: event for name, event in scenario.events.items() if event.decided_in <= last_year}
    player = ended.model_copy(update={"events": events}).with_source((), None)
    return PlanGame(
        played,
        next((plan for plan in plans if plan.number > last_plan), None),
        player,
        _in_world(regulator, player),
        _in_world(baseline, player),
    )


def _in_world(side: Scenario, player: Scenario) -> Scenario:
    """Copy a scenario with the years, the chance and the conditions of the player."""
    settings = {key: getattr(player, key) for key in (*SETTINGS, *CONDITION_KEYS)}
    return side.model_copy(update=settings).with_source((), None)


def _check(
    scenario: Scenario, regulator: Scenario, baseline: Scenario, plans: tuple[FiveYearPlan, ...]
) -> None:
    """Refuse scenarios that make no game."""
    for side in (regulator, baseline):
        if side.region != scenario.region:
            raise UserError(
                build_message("not_of_region", name=side.name, region=side.region, other=scenario.region)
            )
    if not any(block.enabled for block in regulator.regulators.values()):
        raise UserError(build_message("no_reviews", name=regulator.name))
    if not plans:
        years = {"first": scenario.years.start, "last": scenario.years.end}
        raise UserError(build_message("no_plan_begins", name=scenario.name, **years))
    starts = [plan.first_year for plan in plans]
    for name, event in scenario.events.items():
        if event.enabled and event.decided_in not in starts:
            nearest_year = min(starts, key=lambda year: abs(year - event.decided_in))
            facts = {"event": name, "year": event.decided_in, "nearest": nearest_year, "years": starts}
            raise UserError(build_message("not_a_plan_year", **facts))

"""What a visitor may do with his five-year plans; whatever his browser sends is looked at first."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import solara

from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.five_year_plans.game import FiveYearPlan, list_plans
from tanlu.inputs.diagnostics import Finding, ScenarioError
from tanlu.pages.builder.scenarios import Edit
from tanlu.pages.levers import Levers
from tanlu.pages.plans.decisions import build_event
from tanlu.pages.plans.trials import PlanTrials, Turn, TurnProgress
from tanlu.pages.workers.notifier import Notifier

NOT_BEGUN = 0  # number in place of a plan while nothing is decided


class RefusedPlan(NamedTuple):
    """Why a decision or a file was refused."""

    findings: tuple[Finding, ...] = ()
    reason: Message | None = None


class PlanDesk:
    """The five-year plans of one visitor."""

    def __init__(self, trials: PlanTrials, package: Callable[[], Levers], visitor: str) -> None:
        """Begin with nothing decided; `package` reads what the builder holds."""
        self.turn = solara.reactive(Turn(Levers(), NOT_BEGUN))
        self.is_running = solara.reactive(False)
        self.fault = solara.reactive(RefusedPlan())
        self.turn_before: Turn | None = None  # whose figures stand while those of the next plan come
        self._trials, self._package, self._visitor = trials, package, f"{visitor}-plans"
        self._notifier = Notifier()
        self._begun, self._done_before = 0.0, 0

    def act(self, asked: object) -> None:
        """Do one of the things that a browser may ask for by name: `{"do": name, "with": what it needs}`."""
        known: dict[str, Callable[[object], None]] = {
            "decide": self.decide,
            "undo": self.undo,
            "stop": self.stop,
            "go_on": self.go_on,
            "read": self.read,
            "reset": self.reset,
        }
        name = asked.get("do") if isinstance(asked, Mapping) else None
        if isinstance(asked, Mapping) and isinstance(name, str) and name in known:
            known[name](asked.get("with"))

    @property
    def plans(self) -> tuple[FiveYearPlan, ...]:
        """Plans of the game, played or not."""
        return list_plans(self._trials.scenarios.scenario(self.turn.value.levers))

    @property
    def next_plan(self) -> FiveYearPlan | None:
        """The plan that is decided next, None where all are."""
        return next((plan for plan in self.plans if plan.number > self.turn.value.through), None)

    def draft(self) -> Levers:
        """Return the game with the package of the builder as decision of the next plan.

        Raises:
            ScenarioError: if the two together are no scenario.
        """
        levers, plan = self.turn.value.levers, self.next_plan
        if plan is None:
            return levers
        scenarios = self._trials.scenarios
        package = scenarios.scenario(self._package())
        event = build_event(scenarios.scenario(levers), package, plan)
        return scenarios.edited(levers, [Edit(("events", f"plan_{plan.number}"), event)]) if event else levers

    def decide(self, _: object = None) -> None:
        """Decide the next plan by the package of the builder, and play it."""
        plan = self.next_plan
        if plan is not None and (self.turn.value.through == NOT_BEGUN or self.look().outcome is not None):
            before = self.turn.value
            self._take(lambda: Turn(self.draft(), plan.number))
            self.turn_before = before if before.through != NOT_BEGUN else None

    def undo(self, _: object = None) -> None:
        """Take the last plan back; what it decided is forgotten."""
        levers, through = self.turn.value
        last_plan = next((plan for plan in self.plans if plan.number == through), None)
        if last_plan is None:
            return
        events = self._trials.scenarios.scenario(levers).events
        edits = [
            Edit(("events", name), None)
            for name, event in events.items()
            if event.decided_in >= last_plan.first_year
        ]
        before = max((plan.number for plan in self.plans if plan.number < through), default=NOT_BEGUN)
        self._take(lambda: Turn(self._trials.scenarios.edited(levers, edits), before))

    def read(self, text: object) -> None:
        """Take the text of a file in place of the game: all of it, or nothing."""
        if isinstance(text, str):
            self._take(lambda: self._read(text))

    def _read(self, text: str) -> Turn:
        scenarios = self._trials.scenarios
        levers, most = scenarios.from_text(text), scenarios.baseline.replications
        scenario = scenarios.scenario(levers)
        if scenario.replications > most:
            raise UserError(build_message("too_many_draws", draws=scenario.replications, most=most))
        return Turn(levers, self._trials.build(Turn(levers, NOT_BEGUN)).plans[-1].number)

    def reset(self, _: object = None) -> None:
        """Begin again with nothing decided."""
        self._take(lambda: Turn(Levers(), NOT_BEGUN))

    def stop(self, _: object = None) -> None:
        """Stop the runs; what is there of them stays."""
        self._trials.leave(self._visitor)
        self.is_running.set(False)

    def go_on(self, _: object = None) -> None:
        """Go on with runs that were stopped."""
        self._begun, self._done_before = time.monotonic(), self._trials.look(self.turn.value).done
        self.is_running.set(True)

    def _take(self, change: Callable[[], Turn]) -> None:
        """Put another turn in place of this one and run it, or say why not."""
        try:
            turn = change()
            self._trials.build(turn)
        except ScenarioError as error:
            self.fault.set(RefusedPlan(tuple(error.findings)))
        except UserError as error:
            self.fault.set(RefusedPlan(reason=error.message))
        else:
            self.stop()
            self.turn_before = None
            self.fault.set(RefusedPlan())
            self.turn.set(turn)
            if turn.through != NOT_BEGUN:
                self.go_on()

    def look(self) -> TurnProgress:
        """Say how far the runs of the turn are; whoever asks is drawn again as they go on."""
        if self.turn.value.through == NOT_BEGUN:
            return TurnProgress()
        self._notifier.listen()
        changed = self._notifier.tell if self.is_running.value else None
        return self._trials.look(self.turn.value, self._visitor, changed)

    def seconds_left(self, progress: TurnProgress) -> float:
        """Estimate how long the runs still take, from those since they began; 0 where none has ended."""
        done = progress.done - self._done_before
        return (time.monotonic() - self._begun) / done * (progress.runs - progress.done) if done > 0 else 0.0

    def file_text(self) -> str:
        """Return the game as the file that `tanlu plans` takes."""
        return self._trials.scenarios.to_text(self.turn.value.levers)

    def leave(self) -> None:
        """Wait for nothing any more."""
        self._trials.leave(self._visitor)

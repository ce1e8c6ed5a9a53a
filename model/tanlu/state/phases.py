"""Phases: the steps of a year as a table that one can list, time, and let agents of extensions follow."""

import inspect
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any, Concatenate, NamedTuple, Protocol


class Phase(NamedTuple):
    """One step of a year."""

    name: str
    does: str
    document: str  # that describes it


class Watch(Protocol):
    """What is told of every phase of a run."""

    phase: str  # that is under way

    def after(self, phase: str, seconds: float, outcome: object, model: Any) -> None:
        """Take note of a phase that has just ended."""


class Watched(Protocol):
    """A model whose phases are watched."""

    course: Watch


# In the order of the year; the last one records what the others did.
PHASES: dict[str, Phase] = {}


def phase[Model: Watched, **Arguments, Outcome](
    document: str,
) -> Callable[
    [Callable[Concatenate[Model, Arguments], Outcome]], Callable[Concatenate[Model, Arguments], Outcome]
]:
    """Return how a method of the model becomes a phase of the year, described in `document`."""

    def register(
        step: Callable[Concatenate[Model, Arguments], Outcome],
    ) -> Callable[Concatenate[Model, Arguments], Outcome]:
        name = step.__name__
        does, _, _ = (inspect.getdoc(step) or "").partition("\n")
        PHASES[name] = Phase(name, does, document)

        @wraps(step)
        def watched(model: Model, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Outcome:
            model.course.phase = name
            started = perf_counter()
            outcome = step(model, *arguments, **named)
            model.course.after(name, perf_counter() - started, outcome, model)
            return outcome

        return watched

    return register


def hooks() -> dict[str, str]:
    """Return the phase that each method of an added agent follows, by the method's name."""
    return {f"after_{name}": name for name in list(PHASES)[:-1]}

"""What the pages ask of workers, and what they get: one draw of a scenario at a time."""

from collections.abc import Mapping
from concurrent.futures import Future
from enum import IntEnum
from typing import Literal, NamedTuple, Protocol

from tanlu.core.arrays import Floats, Integers
from tanlu.inputs.diagnostics import Finding
from tanlu.pages.hours import Hours
from tanlu.pages.money.payments import Payments
from tanlu.pages.sites import Plants

type Tables = Literal["", "payments", "plants", "hours", "folder"]
LONGEST_SECONDS = 60.0  # that an order may take
LONGEST_OF_FOLDER_SECONDS = 600.0
type Key = tuple[str, int, str]  # scenario, draw and tables of an order


class Rank(IntEnum):
    """How soon an order is carried out, the most urgent first."""

    move = 0  # the first draw after a visitor has changed something
    tables = 1  # of the open page
    draws = 2  # until the scenario has all that it asks for
    wedges = 3  # coalitions of policies, of which shares are made
    more = 4  # draws beyond those that the scenario asks for
    ahead = 5  # what a visitor may ask next


class Order(NamedTuple):
    """One draw of a scenario."""

    scenario: str  # its identity: equal for equal questions
    question: Mapping[str, object]  # the scenario as data
    draw: int  # from 0
    tables: Tables = ""  # to bring along

    @property
    def longest_seconds(self) -> float:
        """How long it may take: a folder is of all draws, with all their tables."""
        return LONGEST_OF_FOLDER_SECONDS if self.tables == "folder" else LONGEST_SECONDS

    @property
    def key(self) -> Key:
        """What makes two orders the same."""
        return self.scenario, self.draw, self.tables


class Draw(NamedTuple):
    """What one draw of a scenario gave; axes V variables, G regions (provinces, then all), Y years."""

    variables: tuple[str, ...]
    units: tuple[str, ...]
    regions: tuple[str, ...]
    years: Integers
    values: Floats  # [V, G, Y]
    payments: Payments | None  # of one draw
    findings: tuple[Finding, ...]
    hours: Hours | None = None
    plants: Plants | None = None
    files: Mapping[str, bytes] | None = None  # of the folder that a run of all draws writes


class OrderError(RuntimeError):
    """An order could not be carried out."""


class Workers(Protocol):
    """Who carries orders out."""

    def ask(self, order: Order, rank: Rank, visitor: str) -> "Future[Draw]":
        """Return what will come of an order; one that somebody has asked for already is joined."""

    def leave(self, visitor: str, *, but: str = "") -> None:
        """Drop what a visitor has asked for and nobody else wants, but for orders of the scenario `but`."""

    def ahead_of(self, visitor: str) -> int:
        """Return how many orders come before the first of a visitor that waits; 0 where none does."""

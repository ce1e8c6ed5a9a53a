"""What a visitor asks for, and the way that he came: one value, so that one change draws the page once."""

from dataclasses import dataclass, field, replace

from tanlu.inputs.diagnostics import Finding
from tanlu.pages.levers import Levers

STEPS = 50  # that can be undone


@dataclass(frozen=True)
class Asked:
    """A setting, those before it and those taken back, and what was refused last."""

    levers: Levers
    move: int = 0  # number of the browser's last move
    given: int = 0  # rises when the setting did not come from the browser
    past: tuple[Levers, ...] = ()
    future: tuple[Levers, ...] = ()
    gesture: str = ""  # moves of one gesture, such as a drag, are undone together
    loaded: Levers = field(default_factory=Levers)  # the package or file that was chosen last
    faults: tuple[Finding, ...] = ()

    def take_move(self, levers: Levers, move: int, gesture: str) -> "Asked":
        """Return the setting after a move of the browser's controls."""
        if levers == self.levers:
            return replace(self, move=move, gesture=gesture, faults=())
        goes_on = gesture != "" and gesture == self.gesture
        past = self.past if goes_on else (*self.past, self.levers)[-STEPS:]
        return replace(self, levers=levers, move=move, past=past, future=(), gesture=gesture, faults=())

    def set(self, levers: Levers, loaded: Levers | None = None) -> "Asked":
        """Return the setting after something else than a control changed it; `loaded` is a package or a file."""
        step = self.take_move(levers, self.move, "")
        return replace(step, given=self.given + 1, loaded=self.loaded if loaded is None else loaded)

    def refused(self, faults: tuple[Finding, ...], move: int) -> "Asked":
        """Return the setting as it is, with what was wrong with a change."""
        return replace(self, move=move, given=self.given + 1, faults=faults)

    def undone(self) -> "Asked":
        """Return the setting before the last step; as it is where there is none."""
        if not self.past:
            return self
        *past, levers = self.past
        return self._at(levers, tuple(past), (*self.future, self.levers))

    def redone(self) -> "Asked":
        """Return the setting before the last step was taken back; as it is where none was."""
        if not self.future:
            return self
        *future, levers = self.future
        return self._at(levers, (*self.past, self.levers), tuple(future))

    def _at(self, levers: Levers, past: tuple[Levers, ...], future: tuple[Levers, ...]) -> "Asked":
        return replace(
            self, levers=levers, given=self.given + 1, past=past, future=future, gesture="", faults=()
        )

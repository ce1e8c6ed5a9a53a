"""What a visitor's browser can ask of his scenario; whatever it sends is looked at first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tanlu.inputs.diagnostics import ScenarioError
from tanlu.pages.builder.asked import Asked
from tanlu.pages.builder.packages import BOTH, KEEP, REPLACE, with_package
from tanlu.pages.builder.scenarios import Edit, Scenarios
from tanlu.pages.builder.starts import start_keys, start_levers, uncredited_market
from tanlu.pages.levers import BASELINE, Levers, by_year
from tanlu.policies import KINDS
from tanlu.policies.carbon_market import CREDIT_KEY
from tanlu.scenario.difference import free_name
from tanlu.scenario.examples import example_of

MAXIMUM_EDITS = 20


class Builder:
    """The actions on one visitor's setting: `read` returns it, `write` puts another in its place."""

    def __init__(
        self, scenarios: Scenarios, read: Callable[[], Asked], write: Callable[[Asked], None]
    ) -> None:
        self.scenarios = scenarios
        self._read = read
        self._write = write

    def edit(self, sent: object) -> None:
        """Take moves of controls: `{"move": number, "gesture": text, "edits": [{"path": [...], "value": ...}]}`."""
        edits = edits_of(sent)
        if edits is None:
            return
        assert isinstance(sent, Mapping)
        asked, move = self._read(), sent.get("move")
        number = move if isinstance(move, int) else asked.move
        try:
            levers = self.scenarios.edited(asked.levers, edits)
        except ScenarioError as error:
            self._write(asked.refused(error.findings, number))
            return
        self._write(asked.take_move(levers, number, str(sent.get("gesture", ""))[:100]))

    def add(self, kind: object) -> None:
        """Add a policy of a kind as its documentation shows it."""
        if isinstance(kind, str) and kind in KINDS:
            name, block = example_of(kind)
            free = free_name(name, set(self.scenarios.scenario(self._read().levers).policies))
            self._try(lambda asked: self.scenarios.edited(asked.levers, [Edit(("policies", free), block)]))

    def add_block(self, policy: str, block: Mapping[str, Any]) -> None:
        """Add a policy by its block, or fields to a policy that is there."""
        current = self.scenarios.scenario(self._read().levers).policies
        edits = (
            [Edit(("policies", policy, field), value) for field, value in block.items()]
            if policy in current
            else [Edit(("policies", policy), dict(block))]
        )
        self._try(lambda asked: self.scenarios.edited(asked.levers, edits))

    def remove(self, name: object) -> None:
        """Take a policy out; one of the baseline is switched off."""
        if isinstance(name, str):
            self._try(lambda asked: self.scenarios.edited(asked.levers, [Edit(("policies", name), None)]))

    def start(self, key: object) -> None:
        """Begin with the package of a question."""
        if key in start_keys(self.scenarios):
            self._try(lambda _: start_levers(self.scenarios, str(key)), is_loaded=True)

    def credit_capture(self, year: int) -> None:
        """Let captured CO2 need no allowances from a year on, in the market that asks for them."""
        name = uncredited_market(self.scenarios.scenario(self._read().levers))
        if name:
            self.add_block(name, {CREDIT_KEY: year})

    def undo(self, _: object = None) -> None:
        """Take the last step back."""
        self._write(self._read().undone())

    def redo(self, _: object = None) -> None:
        """Take the step again that was taken back last."""
        self._write(self._read().redone())

    def reset(self, where: object) -> None:
        """Return to the baseline or to the package or file that was loaded last."""
        asked = self._read()
        self._write(asked.set(asked.loaded if where == "loaded" else Levers()))

    def load(self, sent: object) -> None:
        """Fill in a package: `{"package": name, "decided": [[block, name, "replace" | "keep" | "both"]]}`."""
        name = sent.get("package") if isinstance(sent, Mapping) else sent
        if not isinstance(name, str) or name not in self.scenarios.names:
            return
        if name == BASELINE:
            self._write(self._read().set(Levers(), loaded=Levers()))
            return
        decided = decisions_of(sent.get("decided") if isinstance(sent, Mapping) else None)
        self._try(lambda asked: with_package(self.scenarios, asked.levers, name, decided), is_loaded=True)

    def read_text(self, text: object) -> None:
        """Take the text of a scenario file in place of what was set: all of it, or nothing."""
        if isinstance(text, str):
            self._try(lambda _: self.scenarios.from_text(text), is_loaded=True)

    def fill(self, scenario: Mapping[str, Any]) -> None:
        """Take a scenario that was run elsewhere, as plain data, in place of what was set."""
        self._try(lambda _: self.scenarios.from_data(scenario), is_loaded=True)

    def _try(self, change: Callable[[Asked], Levers], *, is_loaded: bool = False) -> None:
        asked = self._read()
        try:
            levers = change(asked)
        except ScenarioError as error:
            self._write(asked.refused(error.findings, asked.move))
            return
        self._write(asked.set(levers, loaded=levers if is_loaded else None))


def edits_of(sent: object) -> list[Edit] | None:
    """Return the edits that a browser sent, None where it sent something else."""
    edits = sent.get("edits") if isinstance(sent, Mapping) else None
    if not isinstance(edits, list) or len(edits) > MAXIMUM_EDITS:
        return None
    found = [edit_of(one) for one in edits]
    return None if None in found else [one for one in found if one is not None]


def edit_of(sent: object) -> Edit | None:
    """Return one edit of a key of a policy or of the world, None where it is none."""
    if not isinstance(sent, Mapping) or not isinstance(sent.get("path"), list):
        return None
    path: Sequence[Any] = sent["path"]
    known = {"policies": 3, "world": 2}
    if not path or not all(isinstance(key, str) for key in path) or known.get(path[0]) != len(path):
        return None
    return Edit(tuple(path), by_year(sent.get("value")))


def decisions_of(sent: object) -> dict[tuple[str, str], str]:
    """Return what a visitor decided of conflicts; what cannot be read is not decided."""
    found = {}
    for one in sent if isinstance(sent, list) else ():
        if isinstance(one, list) and len(one) == 3 and one[2] in (REPLACE, KEEP, BOTH):
            found[str(one[0]), str(one[1])] = str(one[2])
    return found

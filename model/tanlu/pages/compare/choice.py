"""What a visitor compares: an indicator, scenarios, a form and years; kept in the address of the page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output.figures.paths import EMISSIONS
from tanlu.pages.builder.links import LinkTooLongError, read_changes, write_changes
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import Levers

FORMS = ("lines", "stack", "difference", "table")
MOST = 4  # scenarios
HERE = "here"  # stands for the setting on screen in an address
JOINED, CHANGED = "~", "*"  # between scenarios, and before what one changes
LONGEST_NAME = 200  # of an indicator


@dataclass(frozen=True)
class ComparisonChoice:
    """What is compared; None among the scenarios is the setting on screen, whatever that is by then."""

    indicator: str = EMISSIONS
    scenarios: tuple[Levers | None, ...] = (Levers(), None)
    form: str = FORMS[0]
    first: int = 0  # year; 0 stands for the first there is
    last: int = 9999

    def with_scenario(self, levers: Levers | None) -> "ComparisonChoice":
        """Return the choice with one more scenario, as it is where that is in it or there are four."""
        if levers in self.scenarios or len(self.scenarios) >= MOST:
            return self
        return replace(self, scenarios=(*self.scenarios, levers))

    def without(self, position: int) -> "ComparisonChoice":
        """Return the choice without one of its scenarios; the last one stays."""
        kept = tuple(one for n, one in enumerate(self.scenarios) if n != position)
        return replace(self, scenarios=kept) if kept else self

    def changed(self, asked: Mapping[str, object], years: range) -> "ComparisonChoice":
        """Return the choice with what a browser or an address asks for; what does not exist stays as it is."""
        indicator, form = asked.get("indicator"), asked.get("form")
        named = isinstance(indicator, str) and 0 < len(indicator) <= LONGEST_NAME
        first, last = self._years(asked, years)
        return replace(
            self,
            indicator=str(indicator) if named else self.indicator,
            form=form if isinstance(form, str) and form in FORMS else self.form,
            first=first,
            last=last,
        )

    def _years(self, asked: Mapping[str, object], years: range) -> tuple[int, int]:
        first, last = (
            year if isinstance(year, int) and year in years else before
            for year, before in ((asked.get("first"), self.first), (asked.get("last"), self.last))
        )
        return (first, last) if first < last else (self.first, self.last)


def write_choice(choice: ComparisonChoice) -> Iterator[str]:
    """Yield the fields of an address for what differs from the first visit."""
    usual = ComparisonChoice()
    if choice.indicator != usual.indicator:
        yield f"of={quote(choice.indicator, safe='')}"
    if choice.scenarios != usual.scenarios:
        yield f"with={JOINED.join(filter(None, map(_written, choice.scenarios)))}"
    if choice.form != usual.form:
        yield f"as={choice.form}"
    yield from (f"{key}={year}" for key, year, none in _spans(choice, usual) if year != none)


def _spans(choice: ComparisonChoice, usual: ComparisonChoice) -> tuple[tuple[str, int, int], ...]:
    return ("from", choice.first, usual.first), ("to", choice.last, usual.last)


def read_choice(asked: Mapping[str, str], scenarios: Scenarios, years: range) -> ComparisonChoice:
    """Return what an address asks to compare; nothing in it can raise."""
    spans = {
        key: int(asked[name]) for key, name in (("first", "from"), ("last", "to")) if _is_year(asked, name)
    }
    named = {"indicator": asked.get("of"), "form": asked.get("as")}
    choice = ComparisonChoice().changed({**named, **spans}, years)
    found = _read(asked["with"].split(JOINED)[:MOST], scenarios) if "with" in asked else ()
    return replace(choice, scenarios=tuple(dict.fromkeys(found)) or choice.scenarios)


def _is_year(asked: Mapping[str, str], name: str) -> bool:
    written = asked.get(name, "")
    return len(written) == 4 and written.isascii() and written.isdigit()


def _read(parts: Sequence[str], scenarios: Scenarios) -> Iterator[Levers | None]:
    for part in parts:
        name, _, changes = part.partition(CHANGED)
        if name == HERE:
            yield None
        elif name in scenarios.names:
            yield from _changed(name, changes, scenarios)


def _changed(name: str, written: str, scenarios: Scenarios) -> Iterator[Levers]:
    """Yield a shipped scenario with what an address changes of it, nothing where that is no scenario."""
    if not written:
        yield Levers(name)
        return
    kind, text = written[0], written[1:]
    changes = read_changes(text if kind == "d" else "", text if kind == "z" else "")
    if changes is None:
        return
    try:
        yield scenarios.with_changes(name, changes)
    except ScenarioError:
        return


def _written(levers: Levers | None) -> str:
    """Return a scenario as an address holds it, empty where it is too long for one."""
    if levers is None:
        return HERE
    if not levers.block:
        return levers.scenario
    try:
        kind, text = write_changes(levers.block)
    except LinkTooLongError:
        return ""
    return f"{levers.scenario}{CHANGED}{kind}{quote(text, safe='-_.(),:[]')}"

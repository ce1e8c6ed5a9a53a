"""Findings: what is wrong or odd, where, and what to write instead; and how they are shown."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from tanlu.core.words import words

LINE_BREAK = re.compile(r"\r\n|\n|\r")
MAXIMUM_SHOWN = 50
MAXIMUM_EXCERPT = 100
_BOLD_BLUE, _GREEN, _RESET = "\x1b[1;34m", "\x1b[32m", "\x1b[0m"
_TINTS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1;36m"}


class Source:
    """The text of one scenario file, kept so that a message can show the line it is about."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file without their breaks."""
        return LINE_BREAK.split(self.text)


class Mark(NamedTuple):
    """Where a key or value stands: line and column counted from 1, or 0 for data without a file."""

    source: Source
    line: int
    column: int
    width: int


class Excerpt(NamedTuple):
    """The part of a source line that a message shows, ready to print, and what it underlines."""

    text: str
    offset: int
    width: int


class Severity(StrEnum):
    """How bad a finding is: an error stops, a warning asks for a second look, a note only tells."""

    error = "error"
    warning = "warning"
    note = "note"


class Place(NamedTuple):
    """Where a finding is: at a line and column of a scenario file, in a row of a table, or in a year of a run."""

    file: str = ""
    """The scenario file or the table; of a run, the scenario's name."""

    line: int = 0
    """Counted from 1; 0 where it is not one line."""

    column: int = 0
    """Counted from 1; 0 in tables and runs."""

    path: str = ""
    """Which value: `policies.tax.price_cny_per_tco2`; of a table, the column; of a run, `2035, carbon_market`."""

    excerpt: Excerpt | None = None
    """The line itself, where it is at hand."""

    def __str__(self) -> str:
        if self.column:
            return f"{self.file}:{self.line}:{self.column}"
        if self.line:
            return ":".join((self.file, str(self.line), *filter(None, (self.path,))))
        return f"{self.file}: {self.path}" if self.path else self.file


class Finding(NamedTuple):
    """One thing that was found wrong, or odd: in a scenario, in a region pack, in a run."""

    severity: Severity
    code: str
    message: str
    place: Place
    help: str = ""
    values: tuple[tuple[str, str], ...] = ()
    """What the texts `found.CODE` of the catalogue of words hold, where it has them."""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f"; {self.help}" if self.help else "")

    def plain(self) -> dict[str, Any]:
        """Return the finding as plain data, as a manifest holds it."""
        place = self.place._asdict()
        del place["excerpt"]
        return self._asdict() | {"severity": str(self.severity), "place": place, "values": dict(self.values)}

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> "Finding":
        """Return a finding from plain data."""
        return cls(
            Severity(data["severity"]),
            data["code"],
            data["message"],
            Place(**data["place"]),
            data["help"],
            tuple(data["values"].items()),
        )

    def in_language(self, language: str) -> "Finding":
        """Return the finding with the words of a language; one that the catalogue lacks has the words that it has."""
        if self.message and language == "en":
            return self
        known, key, values = words(language), f"found.{self.code}", dict(self.values)
        if key not in known:
            return self
        help = known.get(f"{key}_help", "").format_map(values)
        return self._replace(message=known[key].format_map(values), help=help)


def found(severity: Severity, code: str, place: Place, **values: object) -> Finding:
    """Return a finding whose words stand in the catalogue under `found.CODE` and `found.CODE_help`."""
    given = tuple((name, str(value)) for name, value in values.items())
    return Finding(severity, code, "", place, "", given).in_language("en")


def in_table(
    code: str,
    table: str,
    line: int = 0,
    column: str = "",
    severity: Severity = Severity.error,
    /,
    **values: object,
) -> Finding:
    """Return what is wrong with a table of a region pack, in the words `found.pack-CODE`.

    Args:
        code: without `pack-`.
        table: its name.
        line: of its file, 0 if it is not one row.
        column: its name, empty if it is not one cell.
        severity: an error keeps every run from using the pack.
        values: what the words hold.
    """
    return found(severity, f"pack-{code}", Place(f"{table}.csv", line, 0, column), **values)


class ScenarioError(Exception):
    """A scenario is wrong; `findings` holds every fault found, in the order of the files."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(tuple(findings))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every fault found."""
        faults: tuple[Finding, ...] = self.args[0]
        return faults

    def render(self, color: bool = False) -> str:
        """Return all faults as text, each with its source line; `color` adds terminal colours."""
        return render_all(self.findings, color)

    def __str__(self) -> str:
        return self.render()


class ExtensionError(Exception):
    """An extension is wrong, is missing or is not the one that is meant; the message says which and why."""

    def render(self, color: bool = False) -> str:
        """Return the message as the command line shows it, which needs no colours."""
        return f"error: {self}"


def diagnose(mark: Mark, code: str, message: str, help: str = "", path: str = "") -> Finding:
    """Return an error about what stands at `mark`, with the excerpt of its line."""
    return Finding(Severity.error, code, message, place_of(mark, path), help)


def place_of(mark: Mark, path: str = "") -> Place:
    """Return the place of a mark, with the excerpt of its line."""
    excerpt = _excerpt(mark) if mark.line else None
    return Place(mark.source.file, mark.line, mark.column, path, excerpt)


def render(finding: Finding, color: bool = False, language: str = "en") -> str:
    """Return one finding in the manner of a compiler: headline, place, source line, help."""
    tint = _TINTS[finding.severity] if color else ""
    blue, green, reset = (_BOLD_BLUE, _GREEN, _RESET) if color else ("", "", "")
    f, place = finding.in_language(language), finding.place
    where = str(place) if place.line or place.path else f"{place.file}: top level"
    out = [
        f"{tint}{_word(f.severity, language)}[{f.code}]{reset}: {f.message}",
        f"  {blue}-->{reset} {where}",
    ]
    if place.excerpt:
        gutter = " " * len(str(place.line))
        caret = " " * place.excerpt.offset + "^" * place.excerpt.width
        out.append(f" {gutter} {blue}|{reset}")
        out.append(f" {blue}{place.line} |{reset} {place.excerpt.text}")
        out.append(f" {gutter} {blue}|{reset} {tint}{caret}{reset} {place.path}".rstrip())
    if f.help:
        out.append(f"  {green}{_word('help', language)}{reset}: {f.help}")
    return "\n".join(out)


def _word(name: str, language: str) -> str:
    """Return a word of the frame of a message; the English ones need no catalogue, which takes time to read."""
    return str(name) if language == "en" else words(language)[f"found.word_{name}"]


def render_all(findings: Sequence[Finding], color: bool = False, language: str = "en") -> str:
    """Return up to `MAXIMUM_SHOWN` findings as text and say how many more there are."""
    parts = [render(finding, color, language) for finding in findings[:MAXIMUM_SHOWN]]
    if len(findings) > MAXIMUM_SHOWN:
        parts.append(f"... and {len(findings) - MAXIMUM_SHOWN} more")
    return "\n\n".join(parts)


def shown(text: str, limit: int = 40) -> str:
    """Return `text` fit for a message: shortened, and characters that do not print as escapes.

    A file's text reaches the terminal only through here, so it can neither flood nor control it.
    """
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def nearest(name: str, choices: Collection[str], cutoff: float = 0.6) -> str:
    """Return the choice most like `name`, or an empty text if none is near."""
    if len(name) > 80:
        return ""
    folded = {folded_name(choice): choice for choice in choices}
    found = get_close_matches(folded_name(name), list(folded), n=1, cutoff=cutoff)
    return folded[found[0]] if found else ""


def folded_name(name: str) -> str:
    """Return `name` as our names are spelled: lower case, full-width letters narrowed, underscores."""
    return unicodedata.normalize("NFKC", name).strip().lower().replace("-", "_").replace(" ", "_")


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Return `names` as one bounded text, each in backquotes."""
    every = list(names)
    more = f" and {len(every) - limit} more" if len(every) > limit else ""
    return ", ".join(f"`{shown(name)}`" for name in every[:limit]) + more


def _excerpt(mark: Mark) -> Excerpt:
    """Cut a printable window around the marked characters out of their source line."""
    lines = mark.source.lines
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    start = mark.column - 1
    left = max(0, start - MAXIMUM_EXCERPT // 2) if len(line) > MAXIMUM_EXCERPT else 0
    window = line[left : left + MAXIMUM_EXCERPT]
    marked = window[start - left : start - left + mark.width]
    offset = _display_width(window[: start - left])
    return Excerpt(_printable(window), offset, max(1, _display_width(marked)))


def _printable(line: str) -> str:
    """Replace each tab by an arrow and each other character that does not print by a mark of one column."""
    return "".join("→" if c == "\t" else c if c.isprintable() else "�" for c in line)


def _display_width(text: str) -> int:
    """Return the number of terminal columns of `text`: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" and c.isprintable() else 1 for c in text)

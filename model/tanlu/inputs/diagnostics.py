"""Findings: what is wrong or odd, where, and what to write instead; and how they are shown."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from tanlu.core.words import words
from tanlu.core.words.errors import ToldError
from tanlu.core.words.said import Part, Said, TextInBoth, of_plain, parts, plain, said, told, told_if_there

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
        return ": ".join(filter(None, (self.file, self.path)))


class Finding(NamedTuple):
    """One thing that was found wrong, or odd: in a scenario, in a region pack, in a run."""

    severity: Severity
    code: str
    message: str
    place: Place
    help: str = ""
    key: str = ""
    """Its texts in the catalogue of words are `found.KEY`, `_help` and `_place`; empty if it is in English only."""

    values: tuple[tuple[str, Part], ...] = ()
    """What stands in the places of these texts."""

    def __str__(self) -> str:
        place = str(self.place)
        return (f"{place}: " if place else "") + self.message + (f"; {self.help}" if self.help else "")

    def of_one(self, language: str) -> str:
        """Return the finding for a reader who has one scenario before him: without its name, which may be made up."""
        told = self.in_language(language)
        return str(told._replace(place=told.place._replace(file="")))

    def plain(self) -> dict[str, Any]:
        """Return the finding as plain data, as a manifest holds it."""
        place = self.place._asdict()
        del place["excerpt"]
        values = {name: plain(value) for name, value in self.values}
        return self._asdict() | {"severity": str(self.severity), "place": place, "values": values}

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> "Finding":
        """Return a finding from plain data."""
        return cls(
            Severity(data["severity"]),
            data["code"],
            data["message"],
            Place(**data["place"]),
            data["help"],
            data.get("key", data["code"] if data["values"] else ""),  # manifests of before keys have none
            tuple((name, of_plain(value)) for name, value in data["values"].items()),
        )

    def in_language(self, language: str) -> "Finding":
        """Return the finding with the words of a language; one that the catalogue lacks has the words that it has."""
        key, values = f"found.{self.key}", self.values
        if key not in words(language):
            return self
        path = told_if_there(f"{key}_place", values, language) or self.place.path
        return self._replace(
            message=Said(key, values).told(language),
            place=self.place._replace(path=path),
            help=told_if_there(f"{key}_help", values, language),
        )


def in_both(finding: Finding) -> TextInBoth:
    """Return a finding as part of another text."""
    return TextInBoth(str(finding), str(finding.in_language("zh")))


def found(severity: Severity, key: str, place: Place, /, **values: object) -> Finding:
    """Return a finding whose words stand in the catalogue under `found.KEY`, `found.KEY_help` and `found.KEY_place`.

    Its code is the key up to the first dot: several texts may have one code.
    """
    code = key.partition(".")[0]
    return Finding(severity, code, "", place, "", key, parts(values.items())).in_language("en")


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

    def render(self, color: bool = False, language: str = "en") -> str:
        """Return all faults as text, each with its source line; `color` adds terminal colours."""
        return render_all(self.findings, color, language)

    def __str__(self) -> str:
        return self.render()


class ExtensionError(ToldError):
    """An extension is wrong, is missing or is not the one that is meant; the message says which and why."""


def diagnose(mark: Mark, key: str, path: str = "", /, **values: object) -> Finding:
    """Return an error about what stands at `mark`, with the excerpt of its line; its words are `found.KEY`."""
    return found(Severity.error, key, place_of(mark, path), **values)


def place_of(mark: Mark, path: str = "") -> Place:
    """Return the place of a mark, with the excerpt of its line."""
    excerpt = _excerpt(mark) if mark.line else None
    return Place(mark.source.file, mark.line, mark.column, path, excerpt)


def render(finding: Finding, color: bool = False, language: str = "en") -> str:
    """Return one finding in the manner of a compiler: headline, place, source line, help."""
    tint = _TINTS[finding.severity] if color else ""
    blue, green, reset = (_BOLD_BLUE, _GREEN, _RESET) if color else ("", "", "")
    f, place = finding.in_language(language), finding.place
    top = _word("top", language)
    where = str(f.place) if place.line or place.path else f"{place.file}: {top}"
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
    """Return a word of the frame of a message."""
    return words(language)[f"found.word_{name}"]


def render_all(findings: Sequence[Finding], color: bool = False, language: str = "en") -> str:
    """Return up to `MAXIMUM_SHOWN` findings as text and say how many more there are."""
    shown = [render(finding, color, language) for finding in findings[:MAXIMUM_SHOWN]]
    if len(findings) > MAXIMUM_SHOWN:
        shown.append(said("more_findings", count=len(findings) - MAXIMUM_SHOWN).told(language))
    return "\n\n".join(shown)


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


def meant(near: str, otherwise: Part = "") -> Part:
    """Ask whether a name that was written is another one; say something else where none is near."""
    return said("meant", name=near) if near else otherwise


def meant_first(near: str, then: Part) -> Part:
    """Ask whether a name that was written is another one, if one is near, and then say what there is."""
    return said("meant_then", name=near, then=then) if near else then


def folded_name(name: str) -> str:
    """Return `name` as our names are spelled: lower case, full-width letters narrowed, underscores."""
    return unicodedata.normalize("NFKC", name).strip().lower().replace("-", "_").replace(" ", "_")


def listed(names: Iterable[str], limit: int = 12) -> str:
    """Return `names` as one bounded text in English, each in backquotes."""
    return told(quoted(names, limit), "en")


def quoted(names: Iterable[str], limit: int = 12) -> Part:
    """Return `names` as parts of a text, each in backquotes; of many the first and how many more."""
    every = list(names)
    first = tuple(f"`{shown(name)}`" for name in every[:limit])
    return said("and_more", names=first, count=len(every) - limit) if len(every) > limit else first


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

"""Findings: what is wrong or odd, where, and what to write instead; and how they are shown."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from tanlu.core.words import words
from tanlu.core.words.errors import UserError
from tanlu.core.words.messages import (
    BilingualText,
    Message,
    MessagePart,
    as_data,
    build_message,
    from_data,
    translate,
)

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

    values: tuple[tuple[str, MessagePart], ...] = ()
    """What stands in the places of these texts."""

    def __str__(self) -> str:
        place = str(self.place)
        return (f"{place}: " if place else "") + self.message + (f"; {self.help}" if self.help else "")

    def without_scenario(self, language: str) -> str:
        """Write the finding for a reader of a single scenario.

        Without its name, which may be made up.
        """
        translated = self.in_language(language)
        return str(translated._replace(place=translated.place._replace(file="")))

    def as_data(self) -> dict[str, Any]:
        """Convert the finding to plain data, as a manifest holds it."""
        place = self.place._asdict()
        del place["excerpt"]
        values = {name: as_data(value) for name, value in self.values}
        return self._asdict() | {"severity": str(self.severity), "place": place, "values": values}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Finding":
        """Build a finding from plain data."""
        return cls(
            Severity(data["severity"]),
            data["code"],
            data["message"],
            Place(**data["place"]),
            data["help"],
            data.get("key", data["code"] if data["values"] else ""),  # manifests of before keys have none
            tuple((name, from_data(value)) for name, value in data["values"].items()),
        )

    def in_language(self, language: str) -> "Finding":
        """Translate the finding; texts that the catalogue lacks stay."""
        message = Message(f"found.{self.key}", self.values)
        if message.key not in words(language):
            return self
        path = translate(message.sibling("_place"), language) or self.place.path
        return self._replace(
            message=message.in_language(language),
            place=self.place._replace(path=path),
            help=translate(message.advice, language),
        )


def bilingual_text(finding: Finding) -> BilingualText:
    """Write a finding in both languages, as part of another text."""
    return BilingualText(str(finding), str(finding.in_language("zh")))


def build_finding(severity: Severity, key: str, place: Place, /, **values: object) -> Finding:
    """Build a finding from the texts `found.KEY` of the catalogue.

    Its help is `found.KEY_help`, its place `found.KEY_place`.
    Its code is the key up to the first dot: several texts may have one code.
    """
    code, message = key.partition(".")[0], Message.from_values(f"found.{key}", values)
    return Finding(severity, code, "", place, "", key, message.values).in_language("en")


def build_table_finding(
    code: str,
    table: str,
    line: int = 0,
    column: str = "",
    severity: Severity = Severity.error,
    /,
    **values: object,
) -> Finding:
    """Build a finding about a table, from the texts `found.pack-CODE`.

    Args:
        code: without `pack-`.
        table: its name.
        line: of its file, 0 if it is not one row.
        column: its name, empty if it is not one cell.
        severity: an error keeps every run from using the pack.
        values: what the words hold.
    """
    return build_finding(severity, f"pack-{code}", Place(f"{table}.csv", line, 0, column), **values)


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
        """Render all faults, each with its source line, coloured if asked."""
        return render_all(self.findings, color, language)

    def __str__(self) -> str:
        return self.render()


class ExtensionError(UserError):
    """An extension is wrong, is missing or is not the one that is meant; the message says which and why."""


def diagnose(mark: Mark, key: str, path: str = "", /, **values: object) -> Finding:
    """Build an error about the value at `mark`, from `found.KEY`.

    It holds the excerpt of the line.
    """
    return build_finding(Severity.error, key, place_of(mark, path), **values)


def place_of(mark: Mark, path: str = "") -> Place:
    """Build the place of a mark, with the excerpt of its line."""
    excerpt = _excerpt(mark) if mark.line else None
    return Place(mark.source.file, mark.line, mark.column, path, excerpt)


def render(finding: Finding, color: bool = False, language: str = "en") -> str:
    """Render a finding as compilers do: headline, place, source line, help."""
    tint = _TINTS[finding.severity] if color else ""
    blue, green, reset = (_BOLD_BLUE, _GREEN, _RESET) if color else ("", "", "")
    f, place = finding.in_language(language), finding.place
    top = _word("top", language)
    place_text = str(f.place) if place.line or place.path else f"{place.file}: {top}"
    lines = [
        f"{tint}{_word(f.severity, language)}[{f.code}]{reset}: {f.message}",
        f"  {blue}-->{reset} {place_text}",
    ]
    if place.excerpt:
        gutter = " " * len(str(place.line))
        caret = " " * place.excerpt.offset + "^" * place.excerpt.width
        lines.append(f" {gutter} {blue}|{reset}")
        lines.append(f" {blue}{place.line} |{reset} {place.excerpt.text}")
        lines.append(f" {gutter} {blue}|{reset} {tint}{caret}{reset} {place.path}".rstrip())
    if f.help:
        lines.append(f"  {green}{_word('help', language)}{reset}: {f.help}")
    return "\n".join(lines)


def _word(name: str, language: str) -> str:
    """Look up a word of the frame of a message."""
    return words(language)[f"found.word_{name}"]


def render_all(findings: Sequence[Finding], color: bool = False, language: str = "en") -> str:
    """Render up to `MAXIMUM_SHOWN` findings and count the rest."""
    texts = [render(finding, color, language) for finding in findings[:MAXIMUM_SHOWN]]
    if len(findings) > MAXIMUM_SHOWN:
        texts.append(
            build_message("more_findings", count=len(findings) - MAXIMUM_SHOWN).in_language(language)
        )
    return "\n\n".join(texts)


def printable(text: str, limit: int = 40) -> str:
    """Shorten `text` for a message and escape characters that do not print.

    A file's text reaches the terminal only through here, so it can neither flood nor control it.
    """
    shortened = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shortened)


def nearest(name: str, choices: Collection[str], cutoff: float = 0.6) -> str:
    """Find the choice most like `name`, empty if none is near."""
    if len(name) > 80:
        return ""
    choice_of_folded = {fold_name(choice): choice for choice in choices}
    matches = get_close_matches(fold_name(name), list(choice_of_folded), n=1, cutoff=cutoff)
    return choice_of_folded[matches[0]] if matches else ""


def suggest(suggestion: str, otherwise: MessagePart = "") -> MessagePart:
    """Ask whether another name was meant, else say `otherwise`.

    `suggestion` is empty where no name is near.
    """
    return build_message("meant", name=suggestion) if suggestion else otherwise


def suggest_first(suggestion: str, advice: MessagePart) -> MessagePart:
    """Ask whether another name was meant, then give the advice."""
    return build_message("meant_then", name=suggestion, then=advice) if suggestion else advice


def fold_name(name: str) -> str:
    """Spell `name` as our names: lower case, narrow letters, underscores."""
    return unicodedata.normalize("NFKC", name).strip().lower().replace("-", "_").replace(" ", "_")


def list_names(names: Iterable[str], limit: int = 12) -> str:
    """List `names` as one bounded text in English, in backquotes."""
    return translate(quote_names(names, limit), "en")


def quote_names(names: Iterable[str], limit: int = 12) -> MessagePart:
    """List `names` as parts of a text, in backquotes.

    Of many it lists the first and counts the rest.
    """
    all_names = list(names)
    first = tuple(f"`{printable(name)}`" for name in all_names[:limit])
    return (
        build_message("and_more", names=first, count=len(all_names) - limit)
        if len(all_names) > limit
        else first
    )


def _excerpt(mark: Mark) -> Excerpt:
    """Cut a printable window around the marked characters of a line."""
    lines = mark.source.lines
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    start = mark.column - 1
    window_start = max(0, start - MAXIMUM_EXCERPT // 2) if len(line) > MAXIMUM_EXCERPT else 0
    window = line[window_start : window_start + MAXIMUM_EXCERPT]
    marked_text = window[start - window_start : start - window_start + mark.width]
    offset = _display_width(window[: start - window_start])
    return Excerpt(_replace_unprintable(window), offset, max(1, _display_width(marked_text)))


def _replace_unprintable(line: str) -> str:
    """Replace tabs by arrows and unprintable characters by marks.

    Each takes one column.
    """
    return "".join("→" if c == "\t" else c if c.isprintable() else "�" for c in line)


def _display_width(text: str) -> int:
    """Count the terminal columns of `text`; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" and c.isprintable() else 1 for c in text)

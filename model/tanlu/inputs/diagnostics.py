"""Messages about scenario files: what is wrong, where, and what to write instead."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple

LINE_BREAK = re.compile(r"\r\n|\n|\r")
MAXIMUM_SHOWN = 50
MAXIMUM_EXCERPT = 100
_BOLD_RED, _BOLD_BLUE, _GREEN, _RESET = "\x1b[1;31m", "\x1b[1;34m", "\x1b[32m", "\x1b[0m"


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


class Diagnostic(NamedTuple):
    """One fault of a scenario file."""

    code: str
    message: str
    file: str
    line: int
    column: int
    path: str = ""
    help: str = ""
    excerpt: Excerpt | None = None


class ScenarioError(Exception):
    """A scenario is wrong; `diagnostics` holds every fault found, in the order of the files."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(tuple(diagnostics))

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every fault found."""
        faults: tuple[Diagnostic, ...] = self.args[0]
        return faults

    def render(self, color: bool = False) -> str:
        """Return all faults as text, each with its source line; `color` adds terminal colours."""
        return render_all(self.diagnostics, color)

    def __str__(self) -> str:
        return self.render()


class ExtensionError(Exception):
    """An extension is wrong, is missing or is not the one that is meant; the message says which and why."""

    def render(self, color: bool = False) -> str:
        """Return the message as the command line shows it, which needs no colours."""
        return f"error: {self}"


def diagnose(mark: Mark, code: str, message: str, help: str = "", path: str = "") -> Diagnostic:
    """Return a diagnostic about what stands at `mark`, with the excerpt of its line."""
    excerpt = _excerpt(mark) if mark.line else None
    return Diagnostic(code, message, mark.source.file, mark.line, mark.column, path, help, excerpt)


def render(diagnostic: Diagnostic, color: bool = False) -> str:
    """Return one diagnostic in the manner of a compiler: headline, place, source line, help."""
    red, blue, green, reset = (_BOLD_RED, _BOLD_BLUE, _GREEN, _RESET) if color else ("", "", "", "")
    d = diagnostic
    place = f"{d.file}:{d.line}:{d.column}" if d.line else f"{d.file}: {d.path or 'top level'}"
    out = [f"{red}error[{d.code}]{reset}: {d.message}", f"  {blue}-->{reset} {place}"]
    if d.excerpt:
        gutter = " " * len(str(d.line))
        caret = " " * d.excerpt.offset + "^" * d.excerpt.width
        out.append(f" {gutter} {blue}|{reset}")
        out.append(f" {blue}{d.line} |{reset} {d.excerpt.text}")
        out.append(f" {gutter} {blue}|{reset} {red}{caret}{reset} {d.path}".rstrip())
    if d.help:
        out.append(f"  {green}help{reset}: {d.help}")
    return "\n".join(out)


def render_all(diagnostics: Sequence[Diagnostic], color: bool = False) -> str:
    """Return up to `MAXIMUM_SHOWN` diagnostics as text and say how many more there are."""
    parts = [render(d, color) for d in diagnostics[:MAXIMUM_SHOWN]]
    if len(diagnostics) > MAXIMUM_SHOWN:
        parts.append(f"... and {len(diagnostics) - MAXIMUM_SHOWN} more errors")
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

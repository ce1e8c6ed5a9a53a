"""Errors whose message stands in the catalogue, and what other exceptions say in the words of a reader."""

import errno

from tanlu.core.words import text, words
from tanlu.core.words.said import Part, Said, said


class ToldError(Exception):
    """An error that is the user's to mend: its message is told in any language, and travels between processes."""

    exit_code = 2
    """With which the command line ends."""

    def __init__(self, says: Said) -> None:
        super().__init__(says)

    @property
    def says(self) -> Said:
        """The message, to be told or to stand in the place of another text."""
        says: Said = self.args[0]
        return says

    def told(self, language: str) -> str:
        """Return the message in a language."""
        return self.says.told(language)

    def render(self, color: bool = False, language: str = "en") -> str:
        """Return the message as the command line shows it, which needs no colours."""
        return f"{text(language, 'found.word_error')}: {self.told(language)}"

    def __str__(self) -> str:
        return self.told("en")


class ToldValueError(ToldError, ValueError):
    """A value that cannot be, given by a user or by a developer."""


def reason_of(error: BaseException) -> Part:
    """Return why something failed, on one line: in plain words where it is a usual reason, else as Python says it."""
    if isinstance(error, ToldError):
        return error.says
    if isinstance(error, UnicodeError):
        return said("not_utf8")
    if isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, "").lower()
        return said(f"os_{name}") if f"said.os_{name}" in words("en") else error.strerror or str(error)
    if isinstance(error, KeyError) and error.args:
        return said("lacks_entry", name=error.args[0])
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is not None and problem:  # of YAML
        return said("at_line", line=mark.line + 1, column=mark.column + 1, problem=problem)
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")

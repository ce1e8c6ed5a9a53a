"""Errors whose message stands in the catalogue, and what other exceptions say in the words of a reader."""

import errno

from tanlu.core.words import text, words
from tanlu.core.words.messages import Message, MessagePart, build_message


class UserError(Exception):
    """An error that the user can mend: its message has every language, and travels between processes."""

    exit_code = 2
    """With which the command line ends."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)

    @property
    def message(self) -> Message:
        """What is wrong; it can stand in another text too."""
        message: Message = self.args[0]
        return message

    def in_language(self, language: str) -> str:
        """Write the message in a language."""
        return self.message.in_language(language)

    def render(self, color: bool = False, language: str = "en") -> str:
        """Write the message for the command line, without colours."""
        return f"{text(language, 'found.word_error')}: {self.in_language(language)}"

    def __str__(self) -> str:
        return self.in_language("en")


class ResultError(UserError):
    """A result cannot be written or read; the message says which, why and what to do."""

    exit_code = 1


class UserValueError(UserError, ValueError):
    """A value that cannot be, given by a user or by a developer."""


def explain_error(error: BaseException) -> MessagePart:
    """Explain on one line why something failed.

    In plain words where it is a usual reason, else as Python says it.
    """
    if isinstance(error, UserError):
        return error.message
    if isinstance(error, UnicodeError):
        return build_message("not_utf8")
    if isinstance(error, OSError):
        name = errno.errorcode.get(error.errno or 0, "").lower()
        is_usual = f"said.os_{name}" in words("en")
        return build_message(f"os_{name}") if is_usual else error.strerror or str(error)
    if isinstance(error, KeyError) and error.args:
        return build_message("lacks_entry", name=error.args[0])
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is not None and problem:  # of YAML
        return build_message("at_line", line=mark.line + 1, column=mark.column + 1, problem=problem)
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")

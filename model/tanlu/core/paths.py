"""Paths: the one grammar for what a change is about, a key of a scenario or cells of its region pack."""

import re
from typing import NamedTuple

from tanlu.core.words.messages import Message, MessagePart, translate

PACK = "pack."
PARAMETERS, PARAMETER, VALUE = "parameters", "parameter", "value"

_NAME = "[a-z][a-z0-9_]*"
_KEY = re.compile(rf"(world|policies)((?:\.{_NAME})+)(?:\[([0-9]{{4}})\])?")
_PARAMETER = re.compile(rf"{PARAMETERS}\.({_NAME})")
_CELLS = re.compile(rf"({_NAME})\[([^\[\]]+)\]\.({_NAME})")
_NEXT_COLUMN = re.compile(rf", *(?={_NAME}=)")  # a comma may stand in a cell too


class PathError(ValueError):
    """A path or a change is wrong; carries the key of its texts, `found.KEY`, and what stands in them."""

    def __init__(self, key: str, /, **values: object) -> None:
        self.key, self.message = key, Message.from_values(f"found.{key}", values)
        super().__init__(self.message.in_language("en"))

    @property
    def values(self) -> tuple[tuple[str, MessagePart], ...]:
        """What stands in the places of its texts."""
        return self.message.values

    @property
    def code(self) -> str:
        """Its short code, which several texts may share."""
        return self.key.partition(".")[0]

    @property
    def help(self) -> str:
        """What to write instead, in English."""
        return translate(self.message.advice, "en")


class KeyPath(NamedTuple):
    """A key of a scenario, or one year of the schedule that stands there."""

    keys: tuple[str, ...]  # `world` or `policies` first
    year: int | None = None

    def __str__(self) -> str:
        """Write the path in its grammar."""
        return ".".join(self.keys) + ("" if self.year is None else f"[{self.year}]")


class CellPath(NamedTuple):
    """Cells of one column of a table of the pack: those of all rows that hold what is asked of them."""

    table: str
    conditions: tuple[tuple[str, str], ...]  # column and what stands in it
    column: str

    @property
    def parameter(self) -> str:
        """Name of the parameter of `parameters.csv`; empty for other cells."""
        ((column, name), *further_conditions) = self.conditions
        return (
            name
            if (self.table, column, self.column) == (PARAMETERS, PARAMETER, VALUE) and not further_conditions
            else ""
        )

    def __str__(self) -> str:
        """Write the path as it stands below `pack`."""
        if self.parameter:
            return f"{PARAMETERS}.{self.parameter}"
        return (
            f"{self.table}[{','.join(f'{column}={cell}' for column, cell in self.conditions)}].{self.column}"
        )


def parse_path(text: str) -> KeyPath | CellPath:
    """Parse a path of a key or of cells.

    Raises:
        PathError: if it follows no form of the grammar.
    """
    if text.startswith(PACK):
        return parse_cells(text)
    if not (match := _KEY.fullmatch(text)):
        raise PathError("bad-path", path=text[:80])
    year = match[3]
    return KeyPath((match[1], *match[2][1:].split(".")), int(year) if year else None)


def parse_cells(text: str) -> CellPath:
    """Parse a path of cells, with or without `pack.` in front.

    Raises:
        PathError: if it follows no form of the grammar.
    """
    short = text.removeprefix(PACK)
    if match := _PARAMETER.fullmatch(short):
        return CellPath(PARAMETERS, ((PARAMETER, match[1]),), VALUE)
    if not (match := _CELLS.fullmatch(short)):
        raise PathError("bad-path.pack", path=text[:80])
    conditions = [part.partition("=") for part in _NEXT_COLUMN.split(match[2])]
    if not all(re.fullmatch(_NAME, column) and equals for column, equals, _ in conditions):
        raise PathError("bad-path.rows", rows=match[2][:80])
    return CellPath(match[1], tuple((column, cell.strip()) for column, _, cell in conditions), match[3])

"""Characters that no text of a user may hold, wherever it comes from."""

import re
from collections.abc import Mapping

# Not printable in YAML, a line break to the YAML parser and to no text editor, or an invisible
# character that makes the text read otherwise than it stands (zero width, change of direction).
FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u200a\u2010-\u2027\u202f-\u205f\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_FORBIDDEN_IN_LINE = re.compile(
    f"[\t\n\r]|{FORBIDDEN.pattern}"
)  # names and titles stand in tables and file names

_CONTROL_BYTES = bytes({*range(32), 127} - {*b"\t\n\r"})


def code_point(character: str) -> str:
    """Write a character as its number, such as `U+0007`."""
    return f"U+{ord(character):04X}"


def forbidden_in_line(text: str) -> str:
    """Find the first character that a text of one line may not hold, as `U+0007`; empty if there is none."""
    match = _FORBIDDEN_IN_LINE.search(text)
    return code_point(match[0]) if match else ""


def control_in_table(raw: bytes) -> tuple[int, str] | None:
    """Find the first control character of a table of text: its line, counted from 1, and its number."""
    printable = raw.translate(None, _CONTROL_BYTES)
    if len(printable) == len(raw):
        return None
    position = next(i for i, byte in enumerate(raw) if byte in _CONTROL_BYTES)
    return raw.count(b"\n", 0, position) + 1, code_point(chr(raw[position]))


def forbidden_in_data(data: object) -> str:
    """Find the first forbidden character in the texts of plain data, as `U+0007`; empty if there is none."""
    if isinstance(data, Mapping):
        return forbidden_in_data([*data.keys(), *data.values()])
    if isinstance(data, list):
        return next(filter(None, map(forbidden_in_data, data)), "")
    match = FORBIDDEN.search(data) if isinstance(data, str) else None
    return code_point(match[0]) if match else ""

"""A scenario in an address: what it changes in letters that an address may hold, packed where it is long."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from tanlu.inputs.tree import plain_data
from tanlu.inputs.yaml_reader import read_yaml, resolve_scalar
from tanlu.pages.levers import by_year

READABLE = 1500  # characters of changes that stay readable
LONGEST = 6000  # characters of packed changes that still fit an address
MAXIMUM_BYTES = 64 * 1024  # of a scenario, in a link or in a file
_PLAIN = re.compile(r"[A-Za-z0-9_.\-]+")


class LinkTooLongError(ValueError):
    """The changes do not fit an address."""


def write_changes(changes: Mapping[Any, Any]) -> tuple[str, str]:
    """Return the key and value of an address for changes: `d` readable, `z` packed.

    Raises:
        LinkTooLongError: if they do not fit; they fit a file.
    """
    readable = _written(changes)
    if readable is not None and len(readable) <= READABLE:
        return "d", readable
    text = json.dumps(changes, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    if len(packed) > LONGEST:
        raise LinkTooLongError
    return "z", packed


def read_changes(readable: str, packed: str) -> dict[Any, Any] | None:
    """Return the changes of an address, empty where it has none and None where they cannot be read."""
    if packed:
        return _unpacked(packed)
    if not readable:
        return {}
    text = re.sub(r"([:,])", r"\1 ", readable.replace("(", "{").replace(")", "}"))
    reading = read_yaml(f"d: {text}".encode(errors="replace"), "address")
    if reading.tree is None or reading.findings:
        return None
    data: Any = plain_data(reading.tree)
    return by_year(data["d"]) if isinstance(data, dict) and isinstance(data.get("d"), dict) else None


def _written(value: object) -> str | None:
    """Return a value as flow YAML with brackets that addresses keep, None where it holds other letters."""
    if isinstance(value, Mapping):
        parts = {str(key): _written(item) for key, item in value.items()}
        if None in parts.values() or not all(map(_PLAIN.fullmatch, parts)):
            return None
        return "(" + ",".join(f"{key}:{item}" for key, item in parts.items()) + ")"
    if isinstance(value, list | tuple):
        items = [_written(item) for item in value]
        return None if None in items else "[" + ",".join(map(str, items)) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and resolve_scalar(value) == value else None
    return json.dumps(value)


def _unpacked(packed: str) -> dict[Any, Any] | None:
    """Return packed changes; what unpacks to more than a file may hold is refused before it fills the memory."""
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        reader = zlib.decompressobj()
        text = reader.decompress(raw, MAXIMUM_BYTES)
        data = json.loads(text) if reader.eof else None
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return None
    return by_year(data) if isinstance(data, dict) else None

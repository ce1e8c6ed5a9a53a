"""Values that took long to make, kept in the user's cache folder under a digest of all they were made from."""

import copyreg
import hashlib
import os
import pickle
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from glob import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any

KEPT = 8  # files of one name: a few versions of the code or the data take turns
DIGEST_BYTES = 32


def _proxy(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


copyreg.pickle(MappingProxyType, lambda proxy: (_proxy, (dict(proxy),)))  # pickle does not know it by itself


def as_stored[T](value: T) -> T:
    """Return a value as it comes back from a file: arrays contiguous and writable, whoever made them.

    What was just made and what was stored then have the same memory layout, on which the last bit of a sum and the
    compiled kernel depend.
    """
    copy: T = pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    return copy


def stored[T](folder: Path, name: str, key: str, make: Callable[[], T]) -> T:
    """Return what the folder holds under `name` and `key`; if it lacks it or the file is damaged, make and store it.

    Args:
        folder: the user's own: a file with the right digest is trusted.
        name: begins the name of the file.
        key: digest of everything the value depends on.
        make: called if there is no sound file. A folder that cannot be written costs time, nothing else.
    """
    file = folder / f"{name}-{key}"
    kept = _read(file)
    if kept is None:
        value = make()
        _write(file, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        return value
    found: T = kept
    return found


def digest_of(parts: Iterable[bytes]) -> str:
    """Return one digest of some texts in their order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _read(file: Path) -> Any:
    """Return the value of a file, None if there is none or not a byte of it may be trusted."""
    try:
        raw = file.read_bytes()
        digest, content = raw[:DIGEST_BYTES], raw[DIGEST_BYTES:]
        return pickle.loads(content) if hashlib.sha256(content).digest() == digest else None
    except Exception:  # whatever is wrong with the file, making the value again mends it
        return None


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, and remove the oldest ones of its name."""
    draft = file.with_name(f".{file.name}.{os.getpid()}-{secrets.token_hex(4)}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(hashlib.sha256(content).digest() + content)
            draft.replace(file)
        finally:
            draft.unlink(missing_ok=True)
        name = file.name.rpartition("-")[0]
        files = sorted(
            file.parent.glob(f"{escape(name)}-*"), key=lambda one: one.stat().st_mtime, reverse=True
        )
        for old in files[KEPT:]:
            old.unlink(missing_ok=True)

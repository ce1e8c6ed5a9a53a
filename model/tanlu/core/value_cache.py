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

MAXIMUM_FILES = 8  # files of one name: a few versions of the code or the data take turns
DIGEST_BYTES = 32


def _proxy(content: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(content)


copyreg.pickle(MappingProxyType, lambda proxy: (_proxy, (dict(proxy),)))  # pickle does not know it by itself


def copy_as_stored[T](value: T) -> T:
    """Copy a value as a file returns it: contiguous, writable arrays.

    What was just made and what was stored then have the same memory layout, on which the last bit of a sum and the
    compiled kernel depend.
    """
    copy: T = pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    return copy


def load_stored[T](folder: Path, name: str, key: str, make: Callable[[], T]) -> T:
    """Load a value by `name` and `key`, else make and store it.

    A damaged file is made again.

    Args:
        folder: the user's own: a file with the right digest is trusted.
        name: begins the name of the file.
        key: digest of everything the value depends on.
        make: called if there is no sound file. A folder that cannot be written costs time, nothing else.
    """
    file = folder / f"{name}-{key}"
    content = _read(file)
    if content is None:
        value = make()
        _write(file, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        return value
    stored_value: T = content
    return stored_value


def compute_digest(parts: Iterable[bytes]) -> str:
    """Compute one digest of some texts in their order."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _read(file: Path) -> Any:
    """Read the value of a file, None unless every byte is trusted."""
    try:
        file_bytes = file.read_bytes()
        digest, content = file_bytes[:DIGEST_BYTES], file_bytes[DIGEST_BYTES:]
        return pickle.loads(content) if hashlib.sha256(content).digest() == digest else None
    except Exception:  # whatever is wrong with the file, making the value again mends it
        return None


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, and remove old ones.

    The oldest ones of its name go.
    """
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
            file.parent.glob(f"{escape(name)}-*"), key=lambda path: path.stat().st_mtime, reverse=True
        )
        for old_file in files[MAXIMUM_FILES:]:
            old_file.unlink(missing_ok=True)

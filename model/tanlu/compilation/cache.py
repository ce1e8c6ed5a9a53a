"""Keep what was compiled of a kernel, and read it again in later processes."""

import hashlib
import inspect
import json
import os
import pickle
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
from llvmlite import ir
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.runtime import rtsys
from numba.core.serialize import dumps

# In a wheel: what was compiled when it was built, and for which processors.
SHIPPED = Path(__file__).parent / "shipped"
TARGET = SHIPPED / "target.json"
PACKAGE = Path(__file__).parents[1]
IMPORTS = re.compile(r"^from tanlu\.(kernels\.[\w.]+) import", re.MULTILINE)
type Target = tuple[str, str, str]  # system, processor and its features, as LLVM names them


class KernelCache(_Cache):  # type: ignore[misc]
    """What was compiled of one kernel, in a file for each kind of arguments.

    A file that does not hold what was written into it counts as missing, and is written again. Files are looked for
    with the wheel, where the user's `NUMBA_CACHE_DIR` is, next to the source, and in the user's folder for caches. The
    first of these that can be written takes new ones; if none can, nothing is kept.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        source = Path(inspect.getfile(function))
        self.name = f"{source.stem}.{function.__qualname__}.py{sys.version_info[0]}{sys.version_info[1]}"
        self.stamp = _digest_source(source)
        self.package = function.__module__.rpartition(".")[0]
        self.source_cache = source.parent / "__pycache__"
        self.enabled = True

    @property
    def cache_path(self) -> str:
        """The folder of new files."""
        return str(next(self._writable(), ""))

    def file_name(self, arguments: object, target: Target) -> str:
        """Return the name of the file for kinds of arguments."""
        key = hashlib.sha256("\n".join((str(arguments), *target, self.stamp)).encode()).hexdigest()
        return f"{self.name}-{self.stamp[:8]}-{key[:16]}.nbc"

    def files(self, arguments: object, target: Target) -> Iterator[Path]:
        """List the files that may hold the code for kinds of arguments."""
        shipped = shipped_target()
        if shipped is not None and _can_run(shipped, target):
            yield SHIPPED / self.package / self.file_name(arguments, shipped)
        yield from (folder / self.file_name(arguments, target) for folder in self._folders())

    def load_overload(self, sig: Any, target_context: Any) -> CompileResult | None:
        """Load the code kept for kinds of arguments, None if there is none."""
        rtsys.initialize(target_context)
        for file in self.files(sig, target_context.codegen().magic_tuple()) if self.enabled else ():
            try:
                return CompileResult._rebuild(target_context, *pickle.loads(_read_whole(file)))
            except FileNotFoundError:
                continue
            except Exception:  # whatever it is, compiling again mends it
                _remove(file)
        return None

    def save_overload(self, sig: Any, data: CompileResult) -> None:
        """Keep compiled code for kinds of arguments, if a folder can be written."""
        if not self.enabled or data.library.has_dynamic_globals:
            return
        content = dumps(_machine_code(data))
        for folder in self._writable():
            name = self.file_name(sig, data.codegen.magic_tuple())
            _write_whole(folder / name, content)
            if folder == self.source_cache:  # of this source alone: what older ones gave is read no more
                for file in folder.glob(f"{self.name}-*.nbc"):
                    if not file.name.startswith(f"{self.name}-{self.stamp[:8]}-"):
                        _remove(file)
            return

    def enable(self) -> None:
        """Look for files, and keep new ones."""
        self.enabled = True

    def disable(self) -> None:
        """Neither look for files nor keep new ones."""
        self.enabled = False

    def flush(self) -> None:
        """Remove all that is kept of this kernel."""
        for folder in self._folders():
            for file in folder.glob(f"{self.name}-*.nbc"):
                _remove(file)

    def _folders(self) -> Iterator[Path]:
        if numba.config.CACHE_DIR:
            yield Path(numba.config.CACHE_DIR) / self.package
            return
        yield self.source_cache
        from platformdirs import (
            user_cache_path,  # here, as it is read only where the source cannot be written
        )

        yield user_cache_path("tanlu", appauthor=False) / self.package

    def _writable(self) -> Iterator[Path]:
        return (folder for folder in self._folders() if _can_write(folder))


def _machine_code(data: CompileResult) -> tuple[Any, ...]:
    """Return a compiled kernel without the code that callers would link.

    It is `CompileResult._reduce` without that code. A kernel has no such callers (`decorators.Kernel`), and reading
    that code takes longer than all the rest. What stands in its place says which names are defined, as numba asks.
    """
    (name, form, (code, _)), *rest = data._reduce()
    names = ir.Module(name)
    for symbol in (data.fndesc.llvm_func_name, data.fndesc.llvm_cpython_wrapper_name):
        function = ir.Function(names, ir.FunctionType(ir.VoidType(), ()), symbol)
        ir.IRBuilder(function.append_basic_block()).unreachable()
    return (name, form, (code, llvm.parse_assembly(str(names)).as_bitcode())), *rest


@cache
def _digest_source(source: Path) -> str:
    """Digest a file of kernels with all that decides its compiling."""
    digest = hashlib.sha256(numba.__version__.encode())
    for file in (source, Path(__file__).with_name("decorators.py"), *_find_imports(source)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _find_imports(source: Path) -> list[Path]:
    """Find the files of kernels whose helpers and constants one takes in, and theirs in turn."""
    modules = IMPORTS.findall(source.read_text(encoding="utf-8"))
    files = [PACKAGE.joinpath(*module.split(".")).with_suffix(".py") for module in modules]
    return [imported for file in files for imported in (file, *_find_imports(file))]


@cache
def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


@cache
def shipped_target() -> Target | None:
    """Return the processors that the wheel brings code for.

    None in a checkout.
    """
    try:
        system, processor, features = json.loads(TARGET.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return system, processor, features


def _can_run(shipped: Target, machine: Target) -> bool:
    """Return whether a machine has every feature that code was compiled for."""
    features = {feature for feature in shipped[2].split(",") if feature.startswith("+")}
    return shipped[0] == machine[0] and features <= set(machine[2].split(","))


def _read_whole(file: Path) -> bytes:
    """Read a file, and check that it is as it was written.

    Raises:
        ValueError: if it is not what was written.
    """
    content = file.read_bytes()
    if hashlib.sha256(content[32:]).digest() != content[:32]:
        raise ValueError(f"{file} is damaged")
    return content[32:]


def _write_whole(file: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Others see all of it or nothing; where it cannot be written, none is.
    """
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(hashlib.sha256(content).digest() + content)
        part.replace(file)
    except OSError:
        _remove(part)


def _remove(file: Path) -> None:
    with suppress(OSError):  # somebody else did, or it cannot be written
        file.unlink()

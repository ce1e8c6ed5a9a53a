"""The files of an extension: reading one, finding all that its pieces are made of, and their digests."""

import hashlib
import sys
import traceback
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import Message, build_message
from tanlu.inputs.diagnostics import ExtensionError, nearest, printable, suggest
from tanlu.output.provenance import PACKAGES

ENTRY_POINTS = "tanlu.extensions"
_BUNDLED_PACKAGES = {"tanlu", "builtins", *PACKAGES, *sys.stdlib_module_names}  # what no extension brings


class CodeFile(NamedTuple):
    """One file of an extension as it was when the extension was given."""

    name: str  # from the folder of the extension
    path: Path
    raw: bytes

    @property
    def sha256(self) -> str:
        """Digest of the bytes."""
        return hashlib.sha256(self.raw).hexdigest()


def load_installed(name: str) -> object:
    """Load the object that an installed package offers under a name.

    Raises:
        ExtensionError: if no package offers one of that name, or it cannot be loaded.
    """
    offered = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name not in offered:
        installed_names = build_message("installed_are", names=sorted(offered) or build_message("none"))
        advice = suggest(nearest(name, offered), installed_names)
        raise ExtensionError(build_message("no_extension", name=printable(name), advice=advice))
    try:
        return offered[name].load()
    except Exception as error:
        raise ExtensionError(
            build_message("installed_fails", name=name, reason=_describe_fault(error, ""))
        ) from error


def load_module(path: Path) -> ModuleType:
    """Load the module of a file, the same object for the same bytes.

    Raises:
        ExtensionError: if there is no such file, or it cannot be run, with the line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ExtensionError(
            build_message("extension_unreadable", file=path, reason=explain_error(error))
        ) from error
    place = str(path.resolve())
    name = f"tanlu_extension_{hashlib.sha256(place.encode() + raw).hexdigest()[:16]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, place)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # here, because classes look up their own module while they are made
    try:
        exec(compile(raw, place, "exec"), vars(module))
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ExtensionError(
            build_message("extension_fails", reason=_describe_fault(error, place))
        ) from error
    return module


def _describe_fault(error: BaseException, place: str) -> Message:
    """Describe an exception by file, line and message.

    The line is the last one of `place` that took part, if there is one.
    """
    if isinstance(error, SyntaxError):
        return build_message("in_code", file=error.filename, line=error.lineno, what=error.msg)
    frames = traceback.extract_tb(error.__traceback__)
    frames_of_place = [frame for frame in frames if frame.filename == place] or frames[-1:]
    fault = error.message if isinstance(error, ExtensionError) else f"{type(error).__name__}: {error}"
    return build_message(
        "in_code", file=frames_of_place[-1].filename, line=frames_of_place[-1].lineno, what=fault
    )


def files_of(pieces: Iterable[Any]) -> tuple[CodeFile, ...]:
    """List the source files of the pieces of an extension, by name.

    A module in a package brings the whole package; other modules bring those of their own folder that they use.

    Raises:
        ExtensionError: if a piece has no source file.
    """
    names_by_path: dict[Path, str] = {}
    waiting = [module for piece in pieces for module in _modules_of(piece)]
    visited_names: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module.__name__ in visited_names:
            continue
        visited_names.add(module.__name__)
        path = _path_of(module)
        root = sys.modules[module.__name__.partition(".")[0]]
        if module.__package__ and getattr(root, "__file__", None):
            folder = _path_of(root).parent
            names_by_path |= {
                file: str(file.relative_to(folder.parent)) for file in sorted(folder.rglob("*.py"))
            }
            continue
        names_by_path[path] = path.name
        waiting += [
            used_module for used_module in _used_by(module) if _path_of(used_module).parent == path.parent
        ]
    files = [CodeFile(Path(name).as_posix(), path, path.read_bytes()) for path, name in names_by_path.items()]
    return tuple(sorted(files))


def _modules_of(piece: Any) -> Iterator[ModuleType]:
    """Yield the modules of a piece and its base classes.

    Tanlu's own and installed modules are left out.
    """
    if isinstance(piece, ModuleType):
        yield piece
        return
    for part in piece.__mro__ if isinstance(piece, type) else (piece,):
        name = getattr(part, "__module__", None) or "__main__"
        if name.partition(".")[0] not in _BUNDLED_PACKAGES:
            yield sys.modules[name]


def _path_of(module: ModuleType) -> Path:
    path = getattr(module, "__file__", None)
    if path is None:
        raise ExtensionError(build_message("typed_in", module=module.__name__))
    return Path(path).resolve()


def _used_by(module: ModuleType) -> Iterator[ModuleType]:
    """Yield the modules with a file that a module uses."""
    for value in list(vars(module).values()):
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if not isinstance(name, str):
            continue
        used_module = sys.modules.get(name)
        if (
            used_module is not None
            and name.partition(".")[0] not in _BUNDLED_PACKAGES
            and getattr(used_module, "__file__", None)
        ):
            yield used_module

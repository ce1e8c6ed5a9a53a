"""Read a scenario file and the files it extends, and merge them into one tree."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from tanlu.inputs.diagnostics import Diagnostic, Mark, diagnose, nearest, shown
from tanlu.inputs.tree import Fields, Node, Unreadable, merge, without
from tanlu.inputs.yaml_reader import MAXIMUM_BYTES, Reading, read_yaml, start_of

MAXIMUM_LEVELS = 8
MAXIMUM_FILES_LOOKED_AT = 1000
_SUFFIXES = (".yaml", ".yml")
# What names a scenario is its own: an extending file that gives none must not pass for its base.
_OWN_KEYS = ("name", "label", "extends")


class SourceFile(NamedTuple):
    """One file that went into a scenario."""

    file: str
    sha256: str


class Chain(NamedTuple):
    """A file merged with all that it extends.

    `complete` is False where a part could not be read: what the rest lacks may stand in it.
    """

    tree: Node | None
    files: tuple[SourceFile, ...]
    diagnostics: tuple[Diagnostic, ...]
    complete: bool


class _RefusedError(Exception):
    """A file cannot be read; carries the reason."""

    def __init__(self, mark: Mark, code: str, message: str, help: str = "") -> None:
        super().__init__(diagnose(mark, code, message, help))


def read_chain(path: Path) -> Chain:
    """Read a scenario file; what it extends must lie in the same folder or below it."""
    try:
        raw = _load(path, start_of(str(path)))
    except _RefusedError as refused:
        return Chain(None, (), refused.args, complete=False)
    return extend(read_yaml(raw, str(path)), (_source_file(path, raw),), path.parent, (path,))


def extend(
    reading: Reading, files: tuple[SourceFile, ...], folder: Path | None, trail: tuple[Path, ...] = ()
) -> Chain:
    """Merge what was read over the files it extends.

    `folder` is where the scenario lies, None if it may not extend anything; `trail` holds the file
    that was read, if it was one.
    """
    layers, diagnostics = [reading.tree], list(reading.diagnostics)
    try:
        while link := _link(layers[-1]):
            path = _base_path(link, folder, trail)
            raw = _load(path, link.mark)
            base = read_yaml(raw, str(path))
            trail, files = (*trail, path), (*files, _source_file(path, raw))
            layers, diagnostics = [*layers, base.tree], [*diagnostics, *base.diagnostics]
        complete = layers[-1] is not None
    except _RefusedError as refused:
        diagnostics.append(refused.args[0]._replace(path="extends"))
        complete = False
    return Chain(_merged(layers), files, tuple(diagnostics), complete)


def _merged(layers: list[Node | None]) -> Node | None:
    """Merge the layers, the extending one first; names and labels are not inherited."""
    own = layers[0]
    if own is None:
        return None
    merged: Node | None = None
    for layer in reversed(layers[1:]):
        if layer is not None:
            bare = without(layer, *_OWN_KEYS)
            merged = merge(merged, bare) if merged else bare
    bare = without(own, "extends")
    return merge(merged, bare) if merged else bare


def _link(tree: Node | None) -> Node | None:
    """Return what stands under `extends`, None if nothing does or it has been reported already."""
    fields = tree.value if tree else None
    field = fields.get("extends") if isinstance(fields, Fields) else None
    return None if field is None or isinstance(field.node.value, Unreadable) else field.node


def _base_path(link: Node, folder: Path | None, trail: tuple[Path, ...]) -> Path:
    """Return the path of the file that is extended.

    Only a plain relative name inside the scenario's folder is followed, so that a scenario from a
    stranger cannot read other files.
    """
    name = _checked_name(link)
    if folder is None:
        help = "only a scenario in a file can extend another; give the whole scenario here"
        raise _RefusedError(link.mark, "bad-extends", "`extends` has no folder to look in", help)
    path = (trail[-1].parent if trail else folder) / name
    resolved = path.resolve()
    if not resolved.is_relative_to(folder.resolve()):
        message = f"`extends: {shown(name)}` leads outside the scenario's folder"
        raise _RefusedError(link.mark, "outside-folder", message, "copy the file next to this one")
    if resolved in [visited.resolve() for visited in trail]:
        cycle = " -> ".join(shown(visited.name) for visited in (*trail, path))
        message = f"`extends` forms a cycle: {cycle}"
        raise _RefusedError(link.mark, "cycle", message, "take one of the `extends` lines out")
    if len(trail) > MAXIMUM_LEVELS:
        message = f"more than {MAXIMUM_LEVELS} files extend one another"
        raise _RefusedError(link.mark, "too-many-levels", message, "merge some of them")
    return path


def _checked_name(link: Node) -> str:
    """Return the name under `extends` if it is a plain relative one of a YAML file."""
    name = link.value
    if not isinstance(name, str):
        message = "`extends` must be the name of one file"
        raise _RefusedError(link.mark, "bad-extends", message, "such as `extends: baseline.yaml`")
    parts = name.split("/")
    if name.startswith(("/", "~")) or any(c in name for c in "\\:") or ".." in parts:
        message = f"`extends: {shown(name)}` is not a file name inside the scenario's folder"
        help = "name a file beside this one or in a folder below it; no `..`, no drive, `/` between folders"
        raise _RefusedError(link.mark, "outside-folder", message, help)
    if not name.endswith(_SUFFIXES) or not name.isprintable() or len(name) > 200 or "" in parts:
        message = f"`extends: {shown(name)}` does not name a scenario file"
        raise _RefusedError(link.mark, "bad-extends", message, "name a file that ends in .yaml")
    return name


def _load(path: Path, mark: Mark) -> bytes:
    """Return the bytes of a file, one more than allowed at most; the reader refuses what is too large."""
    try:
        if path.is_dir():
            raise _RefusedError(mark, "not-a-file", f"`{shown(str(path), 80)}` is a folder")
        if not path.exists():
            message = f"there is no file `{shown(str(path), 80)}`"
            raise _RefusedError(mark, "missing-file", message, _near_file(path))
        if not path.is_file():
            # A pipe or device could block for ever or never end.
            raise _RefusedError(mark, "not-a-file", f"`{shown(str(path), 80)}` is no regular file")
        with path.open("rb") as file:
            return file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "bad file name"
        message = f"`{shown(str(path), 80)}` cannot be read: {reason}"
        raise _RefusedError(mark, "unreadable-file", message) from None


def _near_file(path: Path) -> str:
    """Propose the file of the same folder whose name is nearest."""
    if not path.parent.is_dir():
        return f"there is no folder `{shown(str(path.parent), 80)}` either"
    entries = (entry for entry, _ in zip(path.parent.iterdir(), range(MAXIMUM_FILES_LOOKED_AT), strict=False))
    names = [entry.name for entry in entries if entry.name.endswith(_SUFFIXES)]
    near = nearest(path.name, names)
    return f"did you mean `{shown(near)}`?" if near else ""


def _source_file(path: Path, raw: bytes) -> SourceFile:
    return SourceFile(str(path), hashlib.sha256(raw).hexdigest())

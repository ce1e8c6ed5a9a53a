"""Read a scenario file and the files it extends, and merge them into one tree."""

import hashlib
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tanlu.core.places import SHIPPED, shipped_scenarios
from tanlu.core.words.messages import MessagePart, build_message
from tanlu.inputs.diagnostics import Finding, Mark, diagnose, nearest, printable, quote_names, suggest
from tanlu.inputs.tree import Fields, Node, Unreadable, drop_keys, merge
from tanlu.inputs.yaml_reader import MAXIMUM_BYTES, Reading, first_mark, read_yaml

MAXIMUM_LEVELS = 8
MAXIMUM_FILES_LOOKED_AT = 1000
_SUFFIXES = (".yaml", ".yml")
# What names a scenario is its own: an extending file that gives none must not pass for its base.
_NAME_KEYS = ("name", "label", "extends")


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
    findings: tuple[Finding, ...]
    complete: bool


class ScenarioFile(NamedTuple):
    """Where a scenario file is, its name in messages and results, and the folder that it may extend files of."""

    path: Path
    name: str
    folder: Path


class _RefusedError(Exception):
    """A file cannot be read; carries the reason."""

    def __init__(self, mark: Mark, key: str, /, **values: object) -> None:
        super().__init__(diagnose(mark, key, **values))


def read_chain(source: Path | str) -> Chain:
    """Read a scenario file, or one of Tanlu such as `tanlu:baseline`.

    What a file extends must lie in the same folder or below it, or come with Tanlu.
    """
    name = str(source)
    try:
        file = _find_source(name)
        raw = _read_bytes(file, first_mark(name))
    except _RefusedError as refused:
        return Chain(None, (), refused.args, complete=False)
    return extend(read_yaml(raw, file.name), (_digest_file(file, raw),), file.folder, (file,))


def extend(
    reading: Reading,
    files: tuple[SourceFile, ...],
    folder: Path | None,
    trail: tuple[ScenarioFile, ...] = (),
) -> Chain:
    """Merge what was read over the files it extends.

    `folder` is where the scenario lies, None if it has no neighbours to extend; `trail` holds the file
    that was read, if it was one.
    """
    layers, findings = [reading.tree], list(reading.findings)
    try:
        while link := _read_link(layers[-1]):
            file = _find_base(link, folder, trail)
            raw = _read_bytes(file, link.mark)
            base = read_yaml(raw, file.name)
            folder, trail, files = file.folder, (*trail, file), (*files, _digest_file(file, raw))
            layers, findings = [*layers, base.tree], [*findings, *base.findings]
        complete = layers[-1] is not None
    except _RefusedError as refused:
        fault: Finding = refused.args[0]
        findings.append(fault._replace(place=fault.place._replace(path="extends")))
        complete = False
    return Chain(_merge_layers(layers), files, tuple(findings), complete)


def _merge_layers(layers: list[Node | None]) -> Node | None:
    """Merge the layers, the extending one first; names and labels are not inherited."""
    top_layer = layers[0]
    if top_layer is None:
        return None
    merged: Node | None = None
    for layer in reversed(layers[1:]):
        if layer is not None:
            without_names = drop_keys(layer, *_NAME_KEYS)
            merged = merge(merged, without_names) if merged else without_names
    without_names = drop_keys(top_layer, "extends")
    return merge(merged, without_names) if merged else without_names


def _read_link(tree: Node | None) -> Node | None:
    """Read the node under `extends`.

    None if there is none or it has been reported already.
    """
    fields = tree.value if tree else None
    field = fields.get("extends") if isinstance(fields, Fields) else None
    return None if field is None or isinstance(field.node.value, Unreadable) else field.node


def _find_source(name: str) -> ScenarioFile:
    """Find a file by its path or by its name in Tanlu."""
    if name.startswith(SHIPPED):
        return _find_shipped(name, first_mark(name))
    path = Path(name)
    return ScenarioFile(path, str(path), path.parent)


def _find_base(link: Node, folder: Path | None, trail: tuple[ScenarioFile, ...]) -> ScenarioFile:
    """Find the file that is extended; refuse cycles and long chains."""
    name = link.value
    if isinstance(name, str) and name.startswith(SHIPPED):
        file = _find_shipped(name, link.mark)
    else:
        file = _find_neighbour(link, folder, trail)
    resolved = file.path.resolve()
    if resolved in [visited.path.resolve() for visited in trail]:
        cycle = " -> ".join(printable(visited.path.name) for visited in (*trail, file))
        raise _RefusedError(link.mark, "cycle", files=cycle)
    if len(trail) > MAXIMUM_LEVELS:
        raise _RefusedError(link.mark, "too-many-levels", count=MAXIMUM_LEVELS)
    return file


def _find_shipped(name: str, mark: Mark) -> ScenarioFile:
    """Find the file of a scenario that comes with Tanlu."""
    shipped_paths, short_name = shipped_scenarios(), name.removeprefix(SHIPPED)
    if short_name not in shipped_paths:
        nearest_name = nearest(short_name, shipped_paths)
        names_advice = build_message(
            "there_are", names=quote_names(f"{SHIPPED}{shipped_name}" for shipped_name in shipped_paths)
        )
        advice = suggest(nearest_name and f"{SHIPPED}{nearest_name}", names_advice)
        raise _RefusedError(mark, "unknown-scenario", name=printable(name), advice=advice)
    return ScenarioFile(shipped_paths[short_name], name, shipped_paths[short_name].parent)


def _find_neighbour(link: Node, folder: Path | None, trail: tuple[ScenarioFile, ...]) -> ScenarioFile:
    """Find the file of a plain relative name.

    Only such names inside the scenario's folder are followed, so that a scenario from a stranger cannot
    read other files.
    """
    name = _check_name(link)
    if trail and trail[-1].name.startswith(SHIPPED):
        return _find_shipped(f"{SHIPPED}{name.removesuffix('.yaml')}", link.mark)
    if folder is None:
        raise _RefusedError(link.mark, "bad-extends.no_folder", such_as=f"{SHIPPED}baseline")
    path = (trail[-1].path.parent if trail else folder) / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise _RefusedError(link.mark, "outside-folder.link", name=printable(name))
    return ScenarioFile(path, str(path), folder)


def _check_name(link: Node) -> str:
    """Check that a name under `extends` is relative and of YAML."""
    name = link.value
    if not isinstance(name, str):
        raise _RefusedError(link.mark, "bad-extends.no_name")
    parts = name.split("/")
    if name.startswith(("/", "~")) or any(c in name for c in "\\:") or ".." in parts:
        advice = _add_shipped_name(build_message("name_inside"), name)
        raise _RefusedError(link.mark, "outside-folder", name=printable(name), advice=advice)
    if not name.endswith(_SUFFIXES) or not name.isprintable() or len(name) > 200 or "" in parts:
        advice = _add_shipped_name(build_message("name_yaml"), name)
        raise _RefusedError(link.mark, "bad-extends", name=printable(name), advice=advice)
    return name


def _add_shipped_name(advice: MessagePart, name: str) -> MessagePart:
    """Add the scenario of Tanlu of the same name to advice."""
    short_name = PurePosixPath(name).stem
    if short_name not in shipped_scenarios():
        return advice
    offer = build_message("shipped", name=f"{SHIPPED}{short_name}")
    return build_message("and_then", one=advice, other=offer) if advice else offer


def _read_bytes(file: ScenarioFile, mark: Mark) -> bytes:
    """Read the bytes of a file, at most one more than allowed.

    The reader refuses what is too large.
    """
    path, name = file.path, printable(file.name, 80)
    try:
        if path.is_dir():
            raise _RefusedError(mark, "not-a-file.folder", file=name)
        if not path.exists():
            advice = _add_shipped_name(_propose_file(path), path.name)
            raise _RefusedError(mark, "missing-file", file=name, advice=advice)
        if not path.is_file():
            # A pipe or device could block for ever or never end.
            raise _RefusedError(mark, "not-a-file", file=name)
        with path.open("rb") as stream:
            return stream.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        system_reason = error.strerror if isinstance(error, OSError) else None
        raise _RefusedError(
            mark, "unreadable-file", file=name, reason=system_reason or build_message("bad_file_name")
        ) from None


def _propose_file(path: Path) -> MessagePart:
    """Propose the file of the same folder whose name is nearest."""
    if not path.parent.is_dir():
        return build_message("no_folder_either", folder=printable(str(path.parent), 80))
    entries = (entry for entry, _ in zip(path.parent.iterdir(), range(MAXIMUM_FILES_LOOKED_AT), strict=False))
    names = [entry.name for entry in entries if entry.name.endswith(_SUFFIXES)]
    return suggest(printable(nearest(path.name, names)))


def _digest_file(file: ScenarioFile, raw: bytes) -> SourceFile:
    return SourceFile(file.name, hashlib.sha256(raw).hexdigest())

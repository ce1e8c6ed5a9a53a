"""The seal of a pack: `SHA256SUMS` with the digest of each of its files, as the command sha256sum writes it."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tanlu.core.places import PACKS
from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import MessagePart, build_message
from tanlu.inputs.diagnostics import Finding, Place, Severity, bilingual_text, build_finding
from tanlu.region.catalogue import (
    LAYER,
    SEAL,
    RegionError,
    layer_folder,
    region_axes,
    region_names,
    region_settings,
)
from tanlu.region.checks.cells import cell_problems, find_missing_columns
from tanlu.region.checks.keys import find_repeated_keys
from tanlu.region.checks.problems import pack_errors
from tanlu.region.checks.sheets import SheetError, read_sheet
from tanlu.region.column_types import columns_of
from tanlu.region.columns import RULES

SEALED = (".csv", ".yaml", ".geojson")  # endings of the files that are data


def seal_pack(folder: Path) -> Path:
    """Write the seal of the pack, or of the layer of packs, in a folder.

    Returns its file.

    Raises:
        RegionError: if the folder is neither, a run would refuse it, or a pack that comes with Tanlu has its name.
    """
    name, errors = _check_layer(folder) if (folder / LAYER).is_file() else _check_pack(folder)
    if errors:
        raise RegionError(build_message("of_pack", pack=name, what=first_sentence(errors, folder)))
    file = folder / SEAL
    lines = (f"{digest}  {name}\n" for name, digest in _digests(folder).items())
    try:
        file.write_text("".join(lines), encoding="utf-8", newline="\n")
    except OSError as error:
        raise RegionError(build_message("cannot_write", folder=file, reason=explain_error(error))) from error
    return file


def _check_pack(folder: Path) -> tuple[str, list[Finding]]:
    settings, axes = region_settings(str(folder)), region_axes(str(folder))
    name = str(settings["name"])
    if name in region_names() and folder.resolve() != (PACKS / name).resolve():
        raise RegionError(build_message("name_of_tanlu", name=name))
    return name, pack_errors(folder, settings, axes)


def _check_layer(folder: Path) -> tuple[str, list[Finding]]:
    """Check the cells and keys of the tables of a layer; what rows name may stand in the packs above it."""
    files = {file.stem: file.read_bytes() for file in sorted(folder.glob("*.csv"))}
    findings: list[Finding] = []
    for name, raw in files.items():
        try:
            sheet = read_sheet(name, raw)
        except SheetError as error:
            findings.append(error.finding)
            continue
        if name in RULES:
            findings += [*find_missing_columns(sheet, columns_of(name))] or [
                *cell_problems(sheet),
                *find_repeated_keys(sheet),
            ]
    return folder.name, findings


def first_sentence(findings: Sequence[Finding], pack: str | Path) -> MessagePart:
    """Write the first finding of a pack and how many follow."""
    first, count = bilingual_text(findings[0]), len(findings) - 1
    return build_message("and_others", first=first, count=count, pack=pack) if count else first


def is_wholly_sealed(folder: Path) -> bool:
    """Check whether a pack has a seal, and the layer that it extends."""
    return all(read_seal(place) for place in (folder, layer_folder(folder)) if place)


def read_seal(folder: Path) -> str:
    """Read the seal of a pack, empty if it has none."""
    file = folder / SEAL
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def seal_problems(folder: Path) -> Iterator[Finding]:
    """Yield files of a sealed pack, and of the layer that it extends, that differ from their seals."""
    for place in filter(None, (folder, layer_folder(folder))):
        yield from _find_changed_files(place)


def _find_changed_files(folder: Path) -> Iterator[Finding]:
    text = read_seal(folder)
    if not text:
        return
    sealed = {name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())}
    present = _digests(folder)
    for name in sorted({*sealed, *present}):
        if sealed.get(name) != present.get(name):
            difference = (
                "changed" if name in sealed and name in present else "gone" if name in sealed else "new"
            )
            yield build_finding(Severity.error, f"pack-seal-{difference}", Place(name), folder=folder)


def _digests(folder: Path) -> dict[str, str]:
    """Compute the SHA-256 of each file of data by its name."""
    files = sorted(file for file in folder.iterdir() if file.suffix in SEALED)
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

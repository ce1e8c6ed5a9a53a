"""Whether a result folder holds what was written, told from its values; and how a damaged one is made again."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tanlu.core.words import LANGUAGES
from tanlu.core.words.errors import ResultError, explain_error
from tanlu.core.words.messages import BilingualText, Message, MessagePart, build_message
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.output import folder as result_folder
from tanlu.output.folder import MANIFEST, SCENARIO
from tanlu.output.provenance import inputs_hash, made_by_this_code, scenario_digest, values_digest
from tanlu.output.result import Result, load_result
from tanlu.scenario.forms import load_saved_scenario, read_saved_text
from tanlu.scenario.schema import Scenario

QUARANTINE = "quarantine"


def problems_of(folder: Path) -> list[Message]:
    """List the faults of a result folder: files, and digests that do not fit.

    Digests are worked out again from the values, the scenario and the extensions in the folder, so that a forged file
    whose digest was redone is found. Only a new run finds one of which all digests were.

    Raises:
        ResultError: if it is no result folder.
    """
    try:
        manifest = result_folder.read_manifest(folder)
    except ResultError as error:
        if not any((folder / name).is_file() for name in (MANIFEST, SCENARIO)):
            raise
        return [error.message]
    damaged = result_folder.damaged_files(folder, manifest)
    if damaged:
        return [build_message("files_damaged", files=damaged)]
    try:
        return list(_contradictions(folder, manifest))
    except (ResultError, ScenarioError, ValueError, KeyError) as error:
        return [build_message("result_unreadable", reason=_first_line(error))]


def _first_line(error: Exception) -> MessagePart:
    """Return the first sentence of an error.

    Of the faults of a scenario it is the first, without its place.
    """
    if not isinstance(error, ScenarioError):
        return explain_error(error)
    english, chinese = (error.render(language=language).splitlines()[0] for language in LANGUAGES)
    return BilingualText(english, chinese)


def _contradictions(folder: Path, manifest: Mapping[str, Any]) -> Iterator[Message]:
    result = load_result(folder)
    m, scenario = result.measures, result.scenario
    if values_digest(m.variables, m.units, m.years, m.values) != manifest["values_sha256"]:
        yield build_message("values_differ")
    text = (folder / SCENARIO).read_text(encoding="utf-8")
    if text != manifest.get("scenario_text", text):
        yield build_message("scenario_text_differs")
    identity = (manifest["scenario"], manifest["seed"], manifest["replications"], manifest["years"])
    if identity != (scenario.name, scenario.seed, scenario.replications, str(scenario.years)):
        yield build_message("other_scenario")
    # Other versions count other keys, and a policy of an extension that is not at hand is kept as it was written.
    if made_by_this_code(manifest) and not manifest["extensions"]:
        if scenario_digest(scenario) != manifest["scenario_sha256"]:
            yield build_message("scenario_differs")
        key = inputs_hash(scenario, manifest["data"]["sha256"], manifest["extensions"])
        if key != manifest["inputs_hash"]:
            yield build_message("inputs_differ")
    copies = {name: file for extension in manifest["extensions"] for name, file in _copies(extension)}
    wrong = [name for name, digest in copies.items() if manifest["files_sha256"].get(name) != digest]
    if wrong:
        yield build_message("other_extension", file=wrong[0])


def _copies(extension: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((f"extensions/{extension['name']}/{file}", digest) for file, digest in extension["files"].items())


def differences(folder: Path, new_result: Result) -> list[str]:
    """List the tables whose values differ between a new run and a folder."""
    stored_result = load_result(folder)
    with tempfile.TemporaryDirectory() as scratch:
        new_stored_result = load_result(new_result.save(scratch))
        names = sorted(
            {*_tables(folder), *_tables(Path(scratch) / new_stored_result.place(scratch).folder.name)}
        )
        return [name for name in names if not _is_same(stored_result, new_stored_result, name)]


def _tables(folder: Path) -> list[str]:
    return [file.stem for file in folder.glob("*.parquet")]


def _is_same(stored_result: Result, new_result: Result, table: str) -> bool:
    try:
        stored_table, new_table = stored_result.tables.read(table), new_result.tables.read(table)
    except ResultError:
        return False
    if stored_table is None or new_table is None:
        return stored_table is new_table
    return bool(stored_table.equals(new_table))


def scenario_in(folder: Path) -> Scenario:
    """Return the scenario of a result folder of which anything may be damaged.

    Raises:
        ResultError: if neither its scenario nor its manifest can be read.
    """
    try:
        manifest = result_folder.read_manifest(folder)
    except ResultError:
        manifest = {}
    text, file = manifest.get("scenario_text", ""), folder / SCENARIO
    sound = not manifest or (file.is_file() and SCENARIO not in result_folder.damaged_files(folder, manifest))
    if (sound and not file.is_file()) or (not sound and not text):
        raise ResultError(build_message("no_scenario_left", folder=folder))
    try:
        return load_saved_scenario(file) if sound else read_saved_text(text, file)
    except ScenarioError as error:
        raise ResultError(build_message("both_damaged", file=file, manifest=MANIFEST)) from error


def replace_folder(folder: Path, new_result: Result) -> Path:
    """Replace a damaged folder by a new run and return the old folder's place.

    Raises:
        ResultError: if the new run is of other inputs than the folder's name says: it stays as it is.
    """
    expected = f"{new_result.name}-{new_result.manifest['inputs_hash']}"
    if not (folder.name == expected or folder.name.startswith(f"{expected}-")):
        raise ResultError(build_message("other_inputs", folder=folder, expected=expected))
    aside = folder.parent / QUARANTINE / f"{folder.name}-{secrets.token_hex(4)}"
    try:
        aside.parent.mkdir(exist_ok=True)
        shutil.move(folder, aside)
    except OSError as error:
        raise ResultError(build_message("cannot_write", folder=aside, reason=explain_error(error))) from error
    new_result.save(folder.parent)
    return aside

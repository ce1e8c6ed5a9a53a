"""What a store says of itself: its experiment as resolved, known by an id of the content, and a copy."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import Message, build_message
from tanlu.experiments.executors import BatchError
from tanlu.experiments.points import select_numbers
from tanlu.output.provenance import canonical_json

STORES = Path("experiments")  # the folder of stores, where the command or the page was started
DESCRIPTION, COPIES = "experiment.json", "copies"
FORMAT = 2  # of stores; raised when an older Tanlu could misread one
ASKED = ("experiment", "outcomes", "keep")
CIRCUMSTANCES = ("model", "environment")  # of whoever began the store; no number depends on them
DIGITS = 16  # of the digest in a copy's name


def experiment_id(description: Mapping[str, Any]) -> str:
    """Compute the id of an experiment from its description, in whatever order or chunks it runs."""
    experiment = description["experiment"]
    content = {
        "asked": {key: experiment[key] for key in ASKED},
        "replications": experiment["replications"]["at_most"],
        "arms": {name: select_numbers(arm) for name, arm in description["arms"].items()},
        "inputs": [
            {key: input[key] for key in ("name", "path", "operation", "arm")}
            | ({"moves": input["moves"]} if input.get("moves") else {})
            for input in description["inputs"]
        ],
        **{key: description[key] for key in ("data_sha256", "code", "extensions")},
        **_tried_values(description),
    }
    return hashlib.sha256(canonical_json(content)).hexdigest()


def _tried_values(description: Mapping[str, Any]) -> dict[str, Any]:
    """Select what decides which values are tried: the rows, or what a search chooses them by."""
    experiment = description["experiment"]
    if "seek" not in experiment:
        return {"rows": description["rows"]}
    return {"seek": experiment["seek"], "values": [input["values"] for input in description["inputs"]]}


def write_description(folder: Path, description: Mapping[str, Any]) -> None:
    """Write the description of a store and its copy, unless it is there.

    One that is damaged, or of another text of the file, is replaced.

    Raises:
        OSError: if it cannot be written.
    """
    raw = (json.dumps(description, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    is_there = (folder / DESCRIPTION).exists()
    if is_there and find_problem(folder) is None and not _differs(_load(folder), json.loads(raw)):
        return
    (folder / COPIES).mkdir(exist_ok=True)
    _write(folder / COPIES / f"description-{hashlib.sha256(raw).hexdigest()[:DIGITS]}.json", raw)
    _write(folder / DESCRIPTION, raw)


def read_description(folder: Path) -> dict[str, Any]:
    """Read the description of a store.

    Raises:
        BatchError: if it is missing or not what was written.
    """
    if problem := find_problem(folder):
        raise BatchError(
            build_message("description_damaged", file=folder / DESCRIPTION, reason=problem, folder=folder)
        )
    return _load(folder)


def find_problem(folder: Path) -> Message | None:
    """Find what is wrong with the description of a store; None if nothing is."""
    file = folder / DESCRIPTION
    try:
        raw = file.read_bytes()
        description = json.loads(raw)
        stored_format = description.get("format", 1)
        if stored_format > FORMAT:
            raise BatchError(build_message("newer_store", folder=folder, number=stored_format, known=FORMAT))
        if stored_format > 1 and experiment_id(description) != description["id"]:
            return build_message("description_forged")
    except (OSError, UnicodeDecodeError) as error:
        return build_message("description_unreadable", reason=explain_error(error))
    except (ValueError, KeyError, TypeError, AttributeError):
        return build_message("description_broken")
    copies = _sound_copies(folder)
    return build_message("description_differs") if copies and raw not in copies else None


def restore_description(folder: Path) -> bool:
    """Write the description of a store again from its copy; whether there is a sound one.

    Raises:
        BatchError: if it cannot be written.
    """
    copies = _sound_copies(folder)
    if not copies:
        return False
    try:
        _write(folder / DESCRIPTION, copies[-1])
    except OSError as error:
        raise BatchError(build_message("cannot_write", folder=folder, reason=explain_error(error))) from error
    return find_problem(folder) is None


def _load(folder: Path) -> dict[str, Any]:
    description: dict[str, Any] = json.loads((folder / DESCRIPTION).read_bytes())
    return description


def _differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return any(old.get(key) != new.get(key) for key in {*old, *new} - {*CIRCUMSTANCES})


def _sound_copies(folder: Path) -> list[bytes]:
    """Read the copies of a description whose bytes fit their names, the oldest first."""
    sound = []
    for file in sorted((folder / COPIES).glob("description-*.json"), key=lambda file: file.stat().st_mtime):
        raw = file.read_bytes()
        if hashlib.sha256(raw).hexdigest()[:DIGITS] == file.stem.rpartition("-")[2]:
            sound.append(raw)
    return sound


def _write(file: Path, raw: bytes) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        draft.write_bytes(raw)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)

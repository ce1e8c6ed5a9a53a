"""Say where numbers came from: versions, hashes of the inputs and the digest of the values."""

import hashlib
import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.places import CHECKOUT, PACKAGE, public_path
from tanlu.core.syntax import syntax_digest
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.scenario.schema import Scenario, dump_scenario, plain_scenario, scenario_hash

FORMAT = 1  # of the result folder; raised when an older Tanlu could misread it
PACKAGES = ("numpy", "numba", "llvmlite", "mesa", "pandas", "pyarrow", "pydantic")
COMPUTING = ("numpy", "numba", "llvmlite")  # of the others two versions each gave the same bits
# What turns a scenario into values, up to the run; what shows and keeps them is not among it.
NUMBERS = (
    *("compilation", "kernels", "core", "inputs", "region", "carbon_market", "policies", "investment", "co2"),
    *(
        "scenario",
        "power",
        "transport",
        "buildings",
        "adopters",
        "industry",
        "finance",
        "ledger",
        "state",
        "markets",
        "settlement",
        "decisions",
        "records",
        "indicators",
        "simulation",
    ),
)


class Timing(NamedTuple):
    """When a run was made, how long it and each phase of its years took, and with which command.

    No number depends on it.
    """

    created: str
    wall_time_seconds: float
    seconds_by_phase: Mapping[str, float]
    command: str


class MarketGap(NamedTuple):
    """By how much a cleared electricity year may at most cost more than the least."""

    replication: int
    year: int
    clearing: str
    gap_share: float


class MarketGaps(NamedTuple):
    """The certificates of a run's electricity years: the worst of all, and those that are told one by one."""

    worst_gap_share: float
    large_gaps: Sequence[MarketGap]


class Data(NamedTuple):
    """The region pack a run read, and what the scenario changed in it."""

    region: str
    version: str
    digest: str
    changes: Sequence[Mapping[str, Any]] = ()
    is_sealed: bool = False
    absent_tables: Sequence[str] = ()


def timing(wall_time_seconds: float, seconds_by_phase: Mapping[str, float]) -> Timing:
    """Record the time stamp (UTC) of a run that has just ended."""
    return Timing(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        wall_time_seconds=round(wall_time_seconds, 3),
        seconds_by_phase={name: round(seconds, 4) for name, seconds in seconds_by_phase.items()},
        command=shlex.join([_program(), *map(_public_argument, sys.argv[1:])]),
    )


def _program() -> str:
    """Name the program that runs, a module as `python -m` runs it."""
    script = Path(sys.argv[0] if sys.argv else "python")
    return script.name if script.name != "__main__.py" else f"python -m {script.parent.name}"


def _public_argument(argument: str) -> str:
    """Write an argument without the folders above it.

    Others read a manifest.
    """
    option, equals, value = argument.partition("=")
    return f"{option}={public_path(value)}" if equals and option.startswith("-") else public_path(argument)


@cache
def model_version() -> str:
    """Return the version of the installed Tanlu."""
    return metadata.version("tanlu")


def canonical_json(value: Mapping[str, Any]) -> bytes:
    """Write the one JSON text of `value`: sorted keys, no blanks, no NaN.

    Raises:
        ValueError: if a number is NaN or infinite.

    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def content_hash(value: Mapping[str, Any]) -> str:
    """Compute the sha-256 of plain data, whatever the order of its keys."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def inputs_hash(scenario: Scenario, data_digest: str, extensions: Sequence[Mapping[str, Any]] = ()) -> str:
    """Hash all inputs that change numbers: scenario, data, model version, extensions.

    Of each extension its name and the digest of each of its files count.
    """
    extra = {"data": data_digest, "model": model_version()}
    return scenario_hash(scenario, extra | ({"extensions": list(extensions)} if extensions else {}))


def values_digest(variables: Sequence[str], units: Sequence[str], years: Integers, values: Floats) -> str:
    """Compute the sha-256 of `values` [replication, variable, region, year].

    It is equal if and only if the bits are equal.
    Variables are taken in alphabetical order, so that a new place in the table changes nothing; -0 counts
    as 0 and every NaN as the same NaN.
    """
    digest = hashlib.sha256(b"tanlu values 1\n")
    digest.update(np.ascontiguousarray(years, dtype="<i8").tobytes())
    canonical = np.where(np.isnan(values), np.nan, values + 0.0)
    for i in sorted(range(len(variables)), key=lambda i: variables[i]):
        digest.update(f"\n{variables[i]}|{units[i]}|{values.shape[0]}\n".encode())
        digest.update(np.ascontiguousarray(canonical[:, i], dtype="<f8").tobytes())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Compute the sha-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@cache
def code_sha256() -> str:
    """Compute the digest of all that is executed of the source files that decide on values.

    Comments, layout and docstrings do not count.
    """
    files = (file for package in NUMBERS for file in (PACKAGE / package).rglob("*.py"))
    return syntax_digest({file.relative_to(PACKAGE).as_posix(): file.read_bytes() for file in files})


def running_code() -> dict[str, Any]:
    """Identify the running code: what is executed, Python, and packages that compute."""
    return _identify_code(code_sha256(), environment())


def made_by_this_code(manifest: Mapping[str, Any]) -> bool:
    """Check whether the running code would give the bits of a result again."""
    return _identify_code(manifest["model"].get("code_sha256"), manifest["environment"]) == running_code()


def _identify_code(sha256: str | None, surroundings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "python": ".".join(surroundings["python"].split(".")[:2]),
        "packages": {name: surroundings["packages"].get(name) for name in COMPUTING},
    }


@cache
def code_state() -> Mapping[str, Any]:
    """Read the git commit of the running code; None for an installed wheel.

    `dirty` says whether it was edited.
    """
    if CHECKOUT is None or not (CHECKOUT / ".git").exists():
        return {"commit": None, "dirty": None}
    commit = _git("rev-parse", "--verify", "HEAD")
    changes = _git("status", "--porcelain", "--", "model", "pyproject.toml", "uv.lock")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _git(*arguments: str) -> str | None:
    command = ["git", "--no-optional-locks", "-C", str(CHECKOUT), *arguments]
    try:
        process = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return process.stdout.strip() if process.returncode == 0 else None


@cache
def environment() -> Mapping[str, Any]:
    """Read the versions of Python, packages, lock file and machine."""
    lock = CHECKOUT / "uv.lock" if CHECKOUT else None
    return {
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "lock_sha256": file_digest(lock) if lock and lock.is_file() else None,
        "platform": platform.platform(),
        "machine": platform.machine(),
    }


def _shared_place(finding: Finding) -> Finding:
    return finding._replace(place=finding.place._replace(file=public_path(finding.place.file)))


def scenario_digest(scenario: Scenario) -> str:
    """Compute the sha-256 of a scenario.

    A region pack in a folder may stand anywhere.
    """
    data = plain_scenario(scenario)
    return content_hash(data | {"region": Path(data["region"]).name})


def scenario_part(scenario: Scenario, folder: Path | None = None) -> dict[str, Any]:
    """Build the scenario's part of a manifest in `folder`.

    Only some of its keys decide on numbers.
    """
    return {
        "scenario": scenario.name,
        "label": scenario.label.model_dump(),
        "years": str(scenario.years),
        "seed": scenario.seed,
        "replications": scenario.replications,
        "policies": sorted({policy.kind for policy in scenario.active_policies}),
        "scenario_sha256": scenario_digest(scenario),
        "scenario_text": dump_scenario(scenario, folder),  # so that a damaged file of it can be made again
        "scenario_files": [file._asdict() | {"file": public_path(file.file)} for file in scenario.files],
    }


def manifest(
    scenario: Scenario,
    data: Data,
    extensions: Sequence[Mapping[str, Any]],
    values_sha256: str,
    gaps: MarketGaps,
    findings: Sequence[Finding],
    timing: Timing,
) -> dict[str, Any]:
    """Build the manifest: all that the same numbers need, as plain data."""
    return {
        "format": FORMAT,
        **scenario_part(scenario),
        "inputs_hash": inputs_hash(scenario, data.digest, extensions),
        "extensions": list(extensions),
        "values_sha256": values_sha256,
        "electricity_market": {
            "worst_gap_share": gaps.worst_gap_share,
            "years": [gap._asdict() for gap in gaps.large_gaps],
        },
        "model": {"version": model_version(), **code_state(), "code_sha256": code_sha256()},
        "valid": all(finding.severity != Severity.error for finding in findings),
        "findings": [_shared_place(finding).as_data() for finding in findings],
        "data": {
            "region": data.region,
            "version": data.version,
            "sha256": data.digest,
            "sealed": data.is_sealed,
        }
        | ({"changes": list(data.changes)} if data.changes else {})
        | ({"absent_tables": list(data.absent_tables)} if data.absent_tables else {}),
        "environment": dict(environment()),
        **timing._asdict(),
    }

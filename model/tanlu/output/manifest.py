"""What a manifest must hold, so that one that was edited or cut is told apart from one that was written."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

HASH = "^[0-9a-f]{64}$"


class ManifestPart(BaseModel):
    """Base of the parts of a manifest: no silent conversions, nothing infinite."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)


class NamedFile(ManifestPart):
    """A file that was read."""

    file: str
    sha256: str = Field(pattern=HASH)


class ExtensionFiles(ManifestPart):
    """An extension that took part, with its files."""

    name: str
    files: Mapping[str, str]


class MarketYearPart(ManifestPart):
    """An electricity year that is further from least cost than most."""

    replication: int
    year: int
    clearing: str
    gap_share: float


class MarketPart(ManifestPart):
    """How near to least cost electricity was."""

    worst_gap_share: float
    years: Sequence[MarketYearPart]


class ModelPart(ManifestPart):
    """By which code a result was made; what is None was not known."""

    version: str
    commit: str | None
    dirty: bool | None
    code_sha256: str | None = Field(None, pattern=HASH)


class DataPart(ManifestPart):
    """From which region pack."""

    region: str
    version: str
    sha256: str = Field(pattern=HASH)
    changes: Sequence[Mapping[str, Any]] = ()
    absent_tables: Sequence[str] = ()
    sealed: bool | None = None  # of results before packs had seals nobody knows


class EnvironmentPart(ManifestPart):
    """With which packages, and where."""

    python: str
    packages: Mapping[str, str]
    lock_sha256: str | None
    platform: str
    machine: str


class PlacePart(ManifestPart):
    """Where something was found."""

    file: str
    line: int
    column: int
    path: str


class FindingPart(ManifestPart):
    """What was found of the scenario or of the run."""

    severity: Literal["error", "warning", "note"]
    code: str
    message: str
    place: PlacePart
    help: str
    values: Mapping[str, Any]
    key: str = ""  # since texts of one code are told apart


class ManifestForm(ManifestPart):
    """A manifest; keys of later versions pass."""

    format: int
    scenario: str = Field(min_length=1)
    label: Mapping[str, str]
    years: str
    seed: int
    replications: int = Field(ge=1)
    policies: Sequence[str]
    inputs_hash: str = Field(pattern="^[0-9a-f]{12}$")
    scenario_sha256: str = Field(pattern=HASH)
    scenario_text: str | None = None  # since manifests can mend a damaged scenario
    scenario_files: Sequence[NamedFile]
    extensions: Sequence[ExtensionFiles] = ()
    valid: bool = True
    findings: Sequence[FindingPart] = ()
    values_sha256: str = Field(pattern=HASH)
    electricity_market: MarketPart | None = None
    model: ModelPart
    data: DataPart
    environment: EnvironmentPart
    created: str
    wall_time_seconds: float
    seconds_by_phase: Mapping[str, float]
    command: str
    files_sha256: Mapping[str, str]


def fault_of(manifest: Mapping[str, Any]) -> str:
    """Describe the first fault in the form of a manifest, empty if none."""
    try:
        ManifestForm.model_validate(manifest)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}"
    return ""

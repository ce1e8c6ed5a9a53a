"""Where the files of Tanlu are, in a checkout or in the installed package, and how scenarios are named."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
_ROOT = PACKAGE.parents[1]
CHECKOUT = _ROOT if PACKAGE.parent.name == "model" and (_ROOT / "pyproject.toml").is_file() else None
PACKS = PACKAGE / "regions"
SCENARIOS = CHECKOUT / "scenarios" if CHECKOUT else PACKAGE / "scenarios"
DOCUMENTS = CHECKOUT / "docs" if CHECKOUT else PACKAGE / "docs"
EXTENSION_STARTS = PACKAGE / "output" / "extension_starts"  # files that `tanlu extension new` copies
MODEL_CHECKLIST = (CHECKOUT or DOCUMENTS) / "MODEL.md"
# Begins the name of a scenario or study that comes with Tanlu, such as `tanlu:baseline`.
SHIPPED = "tanlu:"
RESULTS = Path("results")  # the folder of results and answers made ahead, where a command was started
STUDIES = "studies"  # the folder of scenarios that holds experiments
ABANDONED_AFTER_SECONDS = 3600  # a draft of a file is written in seconds


def shipped_scenarios() -> dict[str, Path]:
    """List the scenarios of Tanlu by short name, such as `baseline`."""
    files = sorted(SCENARIOS.rglob("*.yaml"))
    return {file.stem: file for file in files if file.parent != SCENARIOS / STUDIES}


def shipped_studies() -> dict[str, Path]:
    """List the experiments of Tanlu by short name, such as `studies/least_regret`."""
    return {f"{STUDIES}/{file.stem}": file for file in sorted((SCENARIOS / STUDIES).glob("*.yaml"))}


def scenario_sources(folder: Path) -> dict[str, str]:
    """List the source of each short name: a file, else Tanlu's scenario.

    Files of `folder` come first.
    """
    shipped = {name: f"{SHIPPED}{name}" for name in shipped_scenarios()}
    return shipped | {file.stem: str(file) for file in sorted(folder.glob("*.yaml"))}


def relative_path(folder: Path, path: str) -> str:
    """Write an absolute path from a folder; other drives stay absolute."""
    try:
        return os.path.relpath(path, folder.resolve())
    except ValueError:  # of Windows
        return path


def public_path(path: str) -> str:
    """Write a path for others: from the current or home folder.

    The home folder is `~`.
    """
    if not os.path.isabs(path):
        return path
    home = Path(os.path.expanduser("~"))
    if Path(path).is_relative_to(home) and not Path.cwd().is_relative_to(home):
        return f"~/{Path(path).relative_to(home).as_posix()}"
    return relative_path(Path.cwd(), path)


def user_cache() -> Path:
    """Find the cache folder for what Tanlu can build again.

    The rules of the system say where it is.
    """
    from platformdirs import user_cache_path  # here, so that help and checks do not wait for it

    return user_cache_path("tanlu", appauthor=False)

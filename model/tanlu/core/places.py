"""Where the files of Tanlu are: in a checkout, or inside the installed package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
_ROOT = PACKAGE.parents[1]
CHECKOUT = _ROOT if PACKAGE.parent.name == "model" and (_ROOT / "pyproject.toml").is_file() else None
PACKS = PACKAGE / "regions"
SCENARIOS = CHECKOUT / "scenarios" if CHECKOUT else PACKAGE / "scenarios"


def scenario_files(own: Path) -> dict[str, Path]:
    """Return scenario files by name: those that come with Tanlu, and those of the folder `own` in their place."""
    return {file.stem: file for folder in (SCENARIOS, own) for file in sorted(folder.glob("*.yaml"))}

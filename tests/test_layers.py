"""The layer rule: a module imports only from its own layer or lower ones; agents and policies never meet."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the ground up. A name is a module or package of `model`.
LAYERS = (
    (
        *("diagnostics", "located_tree", "located_yaml", "validation", "schema", "extends"),
        *("units", "randomness", "signals", "kernels"),
    ),
    (
        *(
            "finance",
            "tables",
            "region_past",
            "region_power",
            "region_cofiring",
            "region_hydro",
            "region_industry",
            "region_finance",
            "region_co2",
            "region_columns",
            "region_tariffs",
            "region_demand",
            "region_trade",
            "region_vehicles",
            "region_rail",
            "region_buildings",
            "long_table",
            "region_rules",
        ),
        *("region", "regions", "technologies", "population", "valuation", "capture_terms", "co2_network"),
    ),
    ("agents", "policies", "markets"),
    (
        "scenario",
        "decisions",
        "mixes",
        "record",
        "columns",
        "indicator",
        "indicators",
        "road_indicators",
        "building_indicators",
        "trade_indicators",
        "hub_indicators",
        "corridor_indicators",
        "power_indicators",
        "capture_indicators",
    ),
    ("steps", "hourly", "run", "past", "simulation"),
    ("results", "provenance", "result_folder", "headline", "loading", "charts"),
    (
        "comparison",
        "why",
        "why_mix",
        "why_not",
        "regioncheck",
        "backtest",
        "backtest_power",
        "backtest_seasons",
        "backtest_industry",
        "backtest_vehicles",
    ),
    ("cli", "cli_data", "cli_why", "cli_mix", "console", "catalogue", "pages"),
)
LEVEL = {name: i for i, layer in enumerate(LAYERS) for name in layer}
FILES = sorted(
    p for p in (ROOT / "model").rglob("*.py") if p.name != "__init__.py" or p.parent.name != "model"
)


def part(path: Path) -> str:
    """Return which entry of the layers a file belongs to."""
    return path.relative_to(ROOT / "model").with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    """Return the parts of `model` that a file imports at run time."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "model":
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {a.name.split(".")[1] for a in node.names if a.name.startswith("model.")}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_has_a_layer_and_imports_only_downwards(path: Path) -> None:
    here = part(path)
    assert here in LEVEL, f"{here} has no layer: put it into ARCHITECTURE.md and LAYERS"
    upwards = {name for name in imported(path) if LEVEL[name] > LEVEL[here]}
    assert not upwards, f"{path.name} ({here}) imports from higher layers: {sorted(upwards)}"


def test_agents_and_policies_never_import_each_other() -> None:
    for path in FILES:
        if part(path) in ("agents", "policies"):
            other = {"agents": "policies", "policies": "agents"}[part(path)]
            assert other not in imported(path), f"{path} imports {other}"


def test_kernels_import_nothing_of_the_project() -> None:
    for path in (ROOT / "model" / "kernels").glob("*.py"):
        assert not imported(path), path


def test_files_stay_small() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in FILES
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 420
    }
    assert not long, f"split: {long}"

"""Region packs of one and of three provinces, made from the small pack of two, North and South."""

import shutil
from pathlib import Path

from tanlu.core.places import PACKS
from tanlu.region.catalogue import SEAL, TEMPLATE

P = 2  # provinces of the packs that come with Tanlu
WEST_SOUTH = {
    "corridors.csv": "west_south,north_to_south,West line,西线,West,South,internal,300,300,2008,,0,,0.03,,,,made_up,D,",
    "corridor_energy.csv": "west_south,2024,0,made_up,D,",
}
COPY = {"North": "West", "north": "west", "北": "西"}


def pack_of_one(folder: Path) -> Path:
    """The pack without South: its rows, and whatever names it."""
    _copy(folder)
    for table in folder.glob("*.csv"):
        is_statistic = table.stem == "project_completions"  # of both: a pack needs one of each kind of plant
        _write(table, [row for row in _rows(table) if is_statistic or not _names_south(row)])
    _replace(folder / "project_completions.csv", "South", "North")
    _send_to_the_coast(folder, "north_coast")
    _replace(folder / "region.yaml", "[North, South]", "[North]")
    return folder


def pack_of_three(folder: Path) -> Path:
    """The pack with North once more, under the name West; contracts with South stay with North's line."""
    _copy(folder)
    for table in folder.glob("*.csv"):
        rows = _rows(table)
        copied = [row for row in rows if "orth" in row and not _names_south(row)]
        is_named = rows[0].split(",")[0].endswith("_id")  # by an identifier, which a copy needs of its own
        _write(table, [*rows, *(_renamed(row) for row in copied if not is_named or row.startswith("north"))])
    _send_to_the_coast(folder, "west_coast")
    for table, row in WEST_SOUTH.items():
        _write(folder / table, [*_rows(folder / table), row])
    _replace(folder / "region.yaml", "[North, South]", "[North, South, West]")
    _replace(folder / "words.yaml", "labels:\n", "labels:\n  West: {en: West, zh: 西省}\n")
    _replace(folder / "backtests.yaml", "South: 5}", "South: 5, West: 5}")
    return folder


def _copy(folder: Path) -> None:
    shutil.copytree(PACKS / TEMPLATE, folder, ignore=shutil.ignore_patterns(SEAL))
    _replace(folder / "region.yaml", f"name: {TEMPLATE}", f"name: {folder.name}")


def _rows(table: Path) -> list[str]:
    return table.read_text(encoding="utf-8").splitlines()


def _write(table: Path, rows: list[str]) -> None:
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} has no {old}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _names_south(row: str) -> bool:
    return "South" in row or "south" in row


def _renamed(row: str) -> str:
    for old, new in COPY.items():
        row = row.replace(old, new)
    return row


def _send_to_the_coast(folder: Path, line: str) -> None:
    """Let a line carry what the province has sent to South, so that its balance closes."""
    for _ in ("2022", "2023"):
        _replace(folder / "power_balance.csv", f"annual,{line},gross,1800", f"annual,{line},gross,2700")

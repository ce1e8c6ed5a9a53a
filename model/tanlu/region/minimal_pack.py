"""A new pack with what a region cannot do without: no optional table, no line but those that join its provinces.

What is the same in the whole country comes from the layer that the pack extends.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from tanlu.core.places import PACKS
from tanlu.region.catalogue import SETTINGS
from tanlu.region.checks.absent import OPTIONAL
from tanlu.region.checks.layered_tables import series_key
from tanlu.region.columns import RULES, SOURCE_LIST

JOINING = ("corridors", "corridor_energy")  # optional tables that several provinces need
BALANCES, CONSUMPTION, ANNUAL = "power_balance", "consumption", "annual"
NATIONAL_LAYER = "china"
NOTE = (
    "Tables that a region can do without are left out: `tanlu region check` says what this means. What is the same in "
    f"the whole country comes from the layer `{NATIONAL_LAYER}`; a row here stands in place of the layer's.\n\n"
)

type Row = dict[str, str]


def leave_out_optional(folder: Path, provinces: Sequence[str]) -> None:
    """Leave the optional tables out of a new pack of some provinces.

    What lines carried out of the region in observed years is used in the province where they begin, so that balances
    close.
    """
    lines = _read(folder / "corridors.csv")
    senders = {row["corridor_id"]: row["from_region"] for row in lines if row["kind"] == "contract_export"}
    _use_at_home(folder / f"{BALANCES}.csv", senders)
    inner_lines = [row for row in lines if row["kind"] == "internal"]
    inner_names = {row["corridor_id"] for row in inner_lines}
    energy = [row for row in _read(folder / "corridor_energy.csv") if row["corridor_id"] in inner_names]
    for name in OPTIONAL:
        (folder / f"{name}.csv").unlink()
    if len(provinces) > 1:
        for name, rows in zip(JOINING, (inner_lines, energy), strict=True):
            _write(folder / f"{name}.csv", rows)
    _extend_layer(folder)
    readme = folder / "README.md"
    readme.write_text(NOTE + readme.read_text(encoding="utf-8"), encoding="utf-8")


def _extend_layer(folder: Path) -> None:
    """Let a pack extend the national layer, and leave out the rows whose series the layer has."""
    settings = folder / SETTINGS
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("\nlabel:", f"\nextends: {NATIONAL_LAYER}\nlabel:", 1), encoding="utf-8")
    for lower in sorted((PACKS / NATIONAL_LAYER).glob("*.csv")):
        table = folder / lower.name
        if not table.is_file() or RULES[table.stem] is SOURCE_LIST:
            continue
        key = series_key(table.stem)
        national_series = {tuple(row[column] for column in key) for row in _read(lower)}
        own_rows = [
            row for row in _read(table) if tuple(row[column] for column in key) not in national_series
        ]
        if own_rows:
            _write(table, own_rows)
        else:
            table.unlink()


def _use_at_home(book: Path, senders: Mapping[str, str]) -> None:
    """Add what lines took away to the consumption of their provinces; months keep their shares of a year."""
    rows = _read(book)
    factor = dict.fromkeys(((row["province"], row["year"]) for row in rows), 1.0)
    consumption_gwh = {
        (row["province"], row["year"]): float(row["energy_gwh"])
        for row in rows
        if row["item"] == CONSUMPTION and row["month"] == ANNUAL
    }
    for row in rows:
        if row["item"] in senders and row["month"] == ANNUAL:
            place = senders[row["item"]], row["year"]
            factor[place] += float(row["energy_gwh"]) / consumption_gwh[place]
    for row in rows:
        if row["item"] == CONSUMPTION:
            row["energy_gwh"] = f"{float(row['energy_gwh']) * factor[row['province'], row['year']]:.10g}"
    _write(book, [row for row in rows if row["item"] not in senders])


def _read(table: Path) -> list[Row]:
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(table: Path, rows: Sequence[Row]) -> None:
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)

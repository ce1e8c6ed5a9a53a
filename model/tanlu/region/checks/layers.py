"""The tables of a pack over those of the layer that it extends, and in which file a row stands.

A layer holds what is the same in a whole country.
"""

from collections.abc import Mapping
from pathlib import Path

from tanlu.inputs.diagnostics import Finding
from tanlu.region.catalogue import layer_folder, read_layered_table
from tanlu.region.checks.layered_tables import LayeredTable, read_rows


def read_layered(folder: Path) -> dict[str, LayeredTable]:
    """Read every table of a pack by name, over those of its layer."""
    layer = layer_folder(folder)
    names = {file.stem for place in (folder, layer) if place for file in place.glob("*.csv")}
    return {name: read_layered_table(folder, name) for name in sorted(names)}


def locate_row(folder: Path, name: str, line: int) -> tuple[str, int]:
    """Find the table, and the line of its file, in which a line of a table as read stands."""
    layer = layer_folder(folder)
    if layer is None or not (layer / f"{name}.csv").is_file():
        return name, line
    if not (folder / f"{name}.csv").is_file():
        return f"{layer.name}/{name}", line
    table = read_layered_table(folder, name)
    if not table.last_own_line or line <= table.last_own_line:
        return name, line
    return f"{layer.name}/{name}", table.layer_lines[line - table.last_own_line - 1]


def locate_finding(folder: Path, finding: Finding) -> Finding:
    """Give a finding about a row of the layer its place in the layer's file."""
    file = Path(finding.place.file)
    if file.suffix != ".csv":
        return finding
    table, line = locate_row(folder, file.stem, finding.place.line)
    return finding._replace(place=finding.place._replace(file=f"{table}.csv", line=line))


def count_layer_rows(folder: Path) -> Mapping[str, int]:
    """Count by table the rows that a pack has from its layer."""
    layer = layer_folder(folder)
    if layer is None:
        return {}
    counts = {}
    for file in sorted(layer.glob("*.csv")):
        if (folder / file.name).is_file():
            counts[file.stem] = len(read_layered_table(folder, file.stem).layer_lines)
        else:
            counts[file.stem] = len(read_rows(file.read_bytes())[1])
    return {name: count for name, count in counts.items() if count}

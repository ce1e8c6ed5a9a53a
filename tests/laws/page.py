"""Write the table of laws for users: the file of the package and docs/laws.md, from rows and measured figures."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tanlu.indicators.catalogue import describe
from tanlu.indicators.main import indicators
from tanlu.policies.texts.laws import FILE, OPEN, LawRow, law_rows, with_interval
from tanlu.region.pack import load_region
from tests.formats import table
from tests.laws.economics import Effect, indicators_of
from tests.laws.form import Law, Row
from tests.laws.form import Open as OpenRow
from tests.laws.table import ECONOMICS, ROWS, WIRING
from tests.laws.table import OPEN as OPEN_ROWS

PAGE = Path(__file__).parents[2] / "docs" / "laws.md"
WRITTEN = "Written by `uv run python -m tests.laws pages`; do not edit.\n"
FIGURES = ("before", "change", "half_width")


# --- the file of the package ------------------------------------------------------------------------------------


def write_table(laws: Iterable[LawRow]) -> None:
    """Write the file that the package reads."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(LawRow._fields)
        for law in laws:
            known = law.change == law.change
            rows.writerow(
                f"{value:.6g}" if known and name in FIGURES else "" if name in FIGURES else value
                for name, value in law._asdict().items()
            )
    law_rows.cache_clear()


def public_table(
    measured: Sequence[tuple[Law, Effect]] = (), date: str = "", commit: str = ""
) -> list[LawRow]:
    """Build the rows that users see: all about keys of instruments, and what was measured in the real region.

    What is not among the measured has the figures of the file.
    """
    labels = find_labels(ROWS)
    figures = {identify(law): _figures(law) for law in law_rows()}
    for law, effect in measured:
        figures[identify(_without_figures(law, labels))] = {
            **effect._asdict(),
            "date": date,
            "commit": commit,
        }
    public_rows = (row for row in ROWS if row.lever.startswith("policies.") or row in ECONOMICS)
    rows = [_without_figures(row, labels) for row in public_rows]
    return [law._replace(**figures.get(identify(law), {})) if law.pairs > 1 else law for law in rows]


def _figures(law: LawRow) -> dict[str, object]:
    names = (*Effect._fields, "date", "commit")
    return {name: value for name, value in law._asdict().items() if name in names}


def identify(law: LawRow) -> tuple[str, ...]:
    """Tell laws of the file apart."""
    return law.lever, law.low, law.high, law.indicator, law.sign


def _without_figures(row: Row, labels: Mapping[str, tuple[str, str, str]]) -> LawRow:
    """Build the row that users see of a law, without figures."""
    nan = float("nan")
    if isinstance(row, OpenRow):
        return LawRow(row.lever, "", "", OPEN, "", "", "", "", 0, nan, nan, nan, "", "")
    names = indicators_of(row)
    english, chinese = (" + ".join(labels[name][i] for name in names) for i in (0, 1))
    unit, joined = labels[names[0]][2], " + ".join(names)
    ends = write_ends(row)
    return LawRow(
        row.lever, *ends, row.sign, joined, english, chinese, unit, row.pairs, nan, nan, nan, "", ""
    )


def find_labels(rows: Sequence[Row]) -> dict[str, tuple[str, str, str]]:
    """Find the names of indicators in both languages and their units; what no catalogue has goes by its path."""
    names = {name for row in rows if isinstance(row, Law) for name in indicators_of(row)}
    labels = {name: (f"`{name}`", f"`{name}`", "") for name in names}
    for pack in ("two_provinces", "chengyu"):
        region = load_region(pack)
        units = {indicator.variable: indicator.unit for indicator in indicators(region)}
        for variable, description in describe([*units], region).items():
            if variable in names:
                labels[variable] = description.label["en"], description.label["zh"], units[variable]
    return labels


def write_ends(law: Law) -> tuple[str, str]:
    """Write both ends of a range; of two mappings the parts that differ."""
    low, high = law.low, law.high
    if isinstance(low, Mapping) and isinstance(high, Mapping) and low.keys() == high.keys():
        differ = [key for key in low if low[key] != high[key]]
        low, high = ({key: end[key] for key in differ} for end in (low, high))
    return write_value(low), write_value(high)


def write_value(value: object) -> str:
    """Write a value as a scenario file holds it; nothing where the key is not given."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {write_value(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(write_value, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.10g}" if isinstance(value, float) else str(value)


# --- the page ----------------------------------------------------------------------------------------------------

INTRODUCTION = """\
Each row says which way a lever moves an indicator, from one end of its range to the other, all else and all chance
equal. `tanlu explain KIND` shows the rows of an instrument. The tests hold them: `tests/laws/` has the table, and
`uv run python -m tests.laws wiring LEVER` tries one.
"""
REAL_REGION = """\
Scenarios extend `tanlu:baseline`, or `tanlu:high_carbon_price` where capture has to pay, and run to 2060. Both ends of
a lever see the same draws of rivers, windows and delays. A lever acts from {first} on; before and change are those of a
mean year since then, and ± is the 95 % interval of the mean of the pairs (Student), which excludes zero in each row.
"""
SMALL_PACK = """\
One pair of runs of a small made-up region over ten years, in a world in which the lever acts. Such a row says that the
lever is read and not turned round. It says nothing of the size, nor of the sign in each other world.
"""


def page() -> str:
    """Write docs/laws.md from the table of laws and the file of the package."""
    figures, labels = {identify(row): row for row in law_rows()}, find_labels(ROWS)
    first = load_region("chengyu").last_observed_year + 1
    measured = ((law, figures[identify(_without_figures(law, labels))]) for law in ECONOMICS)
    parts = [
        "# Which way each lever works\n",
        WRITTEN,
        INTRODUCTION,
        "## In the real region\n",
        REAL_REGION.format(first=first),
        table(
            (
                "lever",
                "from",
                "to",
                "under",
                "indicator",
                "before",
                "change",
                "unit",
                "pairs",
                "why",
                "measured",
            ),
            (_measured_cells(law, row) for law, row in measured),
        ),
        *_open_parts(),
        "## How levers are wired\n",
        SMALL_PACK,
        table(
            ("lever", "from", "to", "under", "indicator", "goes", "why"),
            (_wired_cells(law) for law in sorted(WIRING, key=lambda law: law.lever)),
        ),
    ]
    return "\n".join(parts)


def _end_cells(law: Law) -> tuple[str, ...]:
    """Write a lever, both ends of its range, and under which further keys of a scenario it was tried."""
    low, high = (end or "not given" for end in write_ends(law))
    return f"`{law.lever}`", low, high, f"`{write_value(law.world)}`" if law.world else ""


def _measured_cells(law: Law, row: LawRow) -> tuple[str, ...]:
    change, before = with_interval(row.change, row.half_width), f"{row.before:,.4g}"
    figures = row.label_en, before, change, row.unit, str(row.pairs)
    return *_end_cells(law), *figures, law.why, f"{row.date}, {row.commit}"


def _wired_cells(law: Law) -> tuple[str, ...]:
    names = " + ".join(f"`{name}`" for name in indicators_of(law))
    where = f"{names} of {law.region}" if law.region else names
    return *_end_cells(law), where, {"+": "up", "-": "down", "0": "stays"}.get(law.sign, law.sign), law.why


def _open_parts() -> list[str]:
    """Write what is open for good, and what a later issue turns."""
    depends = [(f"`{row.lever}`", row.why) for row in OPEN_ROWS if not row.issue]
    wrong = [(f"`{row.lever}`", row.why, row.issue) for row in OPEN_ROWS if row.issue]
    return [
        "## What is open\n",
        "Here two effects compete, or 24 pairs do not tell the change from noise.\n",
        table(("lever", "why"), depends),
        "## What is wrong today\n",
        "The model moves these the wrong way; a later change of the named subject turns them.\n",
        table(("lever", "why", "subject"), wrong),
    ]

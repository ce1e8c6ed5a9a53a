"""What must hold for the ranges that tables give."""

from collections.abc import Iterator

from tanlu.inputs.diagnostics import Finding, build_table_finding
from tanlu.region.checks.sheets import Sheet
from tanlu.region.columns import RANGE_COLUMNS

WIDEST = 1000.0  # times the figure, an end of its range looks odd

type Numbers = dict[str, tuple[float | None, ...]]


def range_problems(sheet: Sheet, numbers: Numbers) -> Iterator[Finding]:
    """Yield what is wrong with the ranges that a table gives."""
    if not {*RANGE_COLUMNS} & {*sheet.columns}:
        return
    missing = [column for column in RANGE_COLUMNS if column not in sheet.columns]
    if missing or "value" not in sheet.columns:
        yield build_table_finding("range-columns", sheet.name, 1, "low", columns=", ".join(RANGE_COLUMNS))
        return
    columns = (numbers["value"], numbers["low"], numbers["high"], numbers["fixed"])
    rows = zip(sheet.lines, *columns, sheet.columns["range_basis"], strict=True)
    for line, value, low, high, fixed, basis in rows:
        if fault := _fault(value, low, high, fixed, basis):
            column, code = fault
            values = {"given": f"{value:g}", "low": _format_end(low), "high": _format_end(high)}
            yield build_table_finding(
                code, sheet.name, line, column, **(values if code != "range-basis" else {})
            )


def _fault(
    value: float | None, low: float | None, high: float | None, fixed: float | None, basis: str
) -> tuple[str, str] | None:
    """Find the fault of a range: its column and code, else None."""
    if fixed is None:
        return "fixed", "range-fixed"
    if (low is None) != (high is None) or (fixed == 1.0 and low is not None):
        return ("high" if high is None else "low"), "range-ends"
    if value is not None and low is not None and high is not None and not low <= value <= high:
        return "value", "range-outside"
    needs_reason = low is not None or fixed == 1.0
    return ("range_basis", "range-basis") if needs_reason and not basis else None


def _format_end(end: float | None) -> str:
    return "–" if end is None else f"{end:g}"

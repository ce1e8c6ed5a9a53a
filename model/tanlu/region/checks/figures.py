"""Which figures of one table look odd: what is read of a pack and of changes to it alike, without the model."""

from collections.abc import Iterator

from tanlu.inputs.diagnostics import Finding
from tanlu.region.checks.limits import find_implausible_figures
from tanlu.region.checks.sheets import Sheet
from tanlu.region.checks.siblings import check_order, check_sums, find_odd_figures
from tanlu.region.column_types import column_type

type Numbers = dict[str, tuple[float | None, ...]]


def sheet_oddities(sheet: Sheet, numbers: Numbers) -> Iterator[Finding]:
    """Yield the odd figures of a table."""
    yield from find_implausible_figures(sheet, numbers)
    yield from find_odd_figures(sheet, numbers)
    yield from check_sums(sheet, numbers)
    yield from check_order(sheet, numbers)


def numbers_of(sheet: Sheet) -> Numbers:
    """Read the columns of numbers; blank or unreadable cells are None."""
    columns = [name for name in sheet.columns if column_type(sheet.name, name).is_number]
    return {name: tuple(map(_number, sheet.columns[name])) for name in columns}


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None

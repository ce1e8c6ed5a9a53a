"""The figures of a comparison as a file."""

import csv
import io
from collections.abc import Mapping, Sequence

from tanlu.core.arrays import Integers
from tanlu.output.differences import level
from tanlu.pages.compare.values import IndicatorSeries, changes_by_year
from tanlu.pages.export import BYTE_ORDER_MARK, as_text


def series_csv(
    subject: Mapping[str, str], years: Integers, shown: Mapping[str, IndicatorSeries], with_differences: bool
) -> str:
    """Return an indicator of several scenarios in the wide layout of the IAMC, as CSV text.

    `subject` has Region, Variable and Unit. A row is one statistic: the mean over draws, P10 and P90 of several, and
    where asked for the difference to the first scenario with both ends of the 95 % interval of its mean.
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    head = [subject["Region"], subject["Variable"], subject["Unit"]]
    writer.writerow(["Model", "Scenario", "Region", "Variable", "Unit", "Statistic", *map(int, years)])
    first = next(iter(shown.values()))
    for name, one in shown.items():
        for statistic, values in _statistics(one, first, with_differences and one is not first).items():
            cells = [as_text(cell) for cell in ("Tanlu", name, *head, statistic)]
            writer.writerow([*cells, *(f"{value:.10g}" for value in values)])
    return BYTE_ORDER_MARK + lines.getvalue()


def _statistics(
    one: IndicatorSeries, first: IndicatorSeries, with_difference: bool
) -> dict[str, Sequence[float]]:
    found: dict[str, Sequence[float]] = {"mean": [float(value) for value in one.mean]}
    if len(one.draws) > 1:
        tenths = [level(draws) for draws in one.draws.T]
        found |= {"P10": [each.p10 for each in tenths], "P90": [each.p90 for each in tenths]}
    if with_difference:
        changes = changes_by_year(one, first)
        found |= {"difference": [each.mean for each in changes]}
        if len(one.draws) > 1 and len(first.draws) > 1:
            found |= {"difference low": [each.low for each in changes]}
            found |= {"difference high": [each.high for each in changes]}
    return found

"""The figures of a comparison as a file."""

from collections.abc import Mapping, Sequence

from tanlu.core.arrays import Integers
from tanlu.core.intervals import held_percent
from tanlu.output.differences import level
from tanlu.pages.compare.values import IndicatorSeries, changes_by_year
from tanlu.pages.export import as_text, csv_text


def series_csv(
    subject: Mapping[str, str],
    years: Integers,
    shown: Mapping[str, IndicatorSeries],
    against: Mapping[str, str],
) -> str:
    """Return an indicator of several scenarios in the wide layout of the IAMC, as CSV text.

    `subject` has Region, Variable and Unit. A row is one statistic: the mean over draws, the band of several, and
    for each scenario that is `against` another the difference to it, with both ends of the 95 % interval of its mean.
    """
    head = [subject["Region"], subject["Variable"], subject["Unit"]]
    rows: list[list[object]] = [
        ["Model", "Scenario", "Region", "Variable", "Unit", "Statistic", *map(int, years)]
    ]
    for name, one in shown.items():
        found = _levels(one) | (_differences(one, against[name], shown) if name in against else {})
        for statistic, values in found.items():
            cells = [as_text(cell) for cell in ("Tanlu", name, *head, statistic)]
            rows.append([*cells, *(f"{value:.10g}" for value in values)])
    return csv_text(rows)


def _levels(one: IndicatorSeries) -> dict[str, Sequence[float]]:
    found: dict[str, Sequence[float]] = {"mean": [float(value) for value in one.mean]}
    if len(one.draws) > 1:
        spreads, name = [level(draws) for draws in one.draws.T], f"{held_percent(len(one.draws)):.0f} % band"
        found |= {
            f"{name}, low": [each.low for each in spreads],
            f"{name}, high": [each.high for each in spreads],
        }
    return found


def _differences(
    one: IndicatorSeries, name: str, shown: Mapping[str, IndicatorSeries]
) -> dict[str, Sequence[float]]:
    """Return the difference to the scenario of a name."""
    base, label = shown[name], f"difference to {name}"
    changes = changes_by_year(one, base)
    found: dict[str, Sequence[float]] = {label: [each.mean for each in changes]}
    if len(one.draws) > 1 and len(base.draws) > 1:
        found |= {f"{label}, low": [each.low for each in changes]}
        found |= {f"{label}, high": [each.high for each in changes]}
    return found

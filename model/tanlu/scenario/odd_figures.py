"""What of a scenario's changes of its region pack deserves a second look: idle ones, far ones, rewritten statistics."""

from collections.abc import Iterator

from tanlu.core.paths import PACK
from tanlu.core.words.messages import Message
from tanlu.region.checks.edits import check_edits, times_of
from tanlu.region.factors.cells import PackChange, observed_years, pack_changes
from tanlu.region.factors.ranges import plausible_range_of
from tanlu.scenario.idle import Oddity, Span
from tanlu.scenario.schema import Scenario

NOTE = "rewrites-statistics"  # allowed, and meant: told as a note


def find_odd_figures(scenario: Scenario, span: Span) -> Iterator[Oddity]:
    """Yield changes without effect, out of range, or of observed figures."""
    changes = pack_changes(scenario.region, scenario.pack)
    edits = {str(edit.change.cells.path): edit for edit in check_edits(scenario.region, changes)}
    observed = observed_years(changes, span.last_observed)
    for change in changes:
        key = str(change.cells.path)
        path, values = ("pack", key), {"key": f"{PACK}{key}"}
        if change.values == change.cells.values:
            yield Oddity("figure-unchanged", path, values)
        elif range_values := _beyond_range(scenario.region, change):
            yield Oddity("beyond-range", path, values | range_values)
        elif edit := edits.get(key):
            reason = Message(f"found.{edit.finding.key}", edit.finding.values)
            place = {"table": edit.table, "line": edit.line}
            yield Oddity("odd-edit", path, values | place | {"reason": reason})
        elif times := times_of(change):
            yield Oddity("far-edit", path, values | _describe_times(change, times))
        if key in observed:
            yield Oddity(NOTE, path, values | {"years": ", ".join(map(str, observed[key]))})


def _describe_times(change: PackChange, times: float) -> dict[str, object]:
    old = next(value for value in change.cells.values if value)
    return {"old": f"{old:.10g}", "given": f"{old * times:.10g}", "times": f"{times:.3g}"}


def _beyond_range(region: str, change: PackChange) -> dict[str, object] | None:
    """Compare a single figure with the range of its row.

    None where it is inside or the row has no range.
    The spread of a grade is too rough to be held against anybody.
    """
    limits = plausible_range_of(region, change.cells)
    (value, *further_values) = change.values
    if further_values or value is None or limits.low is None or limits.high is None or limits.is_by_grade:
        return None
    if limits.low <= value <= limits.high:
        return None
    return {
        "given": f"{value:.10g}",
        "low": f"{limits.low:.10g}",
        "high": f"{limits.high:.10g}",
        "basis": limits.basis,
    }

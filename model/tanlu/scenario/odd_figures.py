"""What of a scenario's changes of its region pack deserves a second look: idle ones, far ones, rewritten statistics."""

from collections.abc import Iterator

from tanlu.core.paths import PACK
from tanlu.region.factors.cells import PackChange, observed_years, pack_changes
from tanlu.region.factors.ranges import range_of
from tanlu.scenario.idle import Odd, Span
from tanlu.scenario.schema import Scenario

NOTE = "rewrites-statistics"  # allowed, and meant: told as a note


def odd_figures(scenario: Scenario, span: Span) -> Iterator[Odd]:
    """Yield changes that leave figures as they are, lead out of the range of a row, or rewrite what was observed."""
    changes = pack_changes(scenario.region, scenario.pack)
    observed = observed_years(changes, span.last_observed)
    for one in changes:
        key = str(one.cells.path)
        path, values = ("pack", key), {"key": f"{PACK}{key}"}
        if one.values == one.cells.values:
            yield Odd("figure-unchanged", path, values)
        elif far := _beyond_range(scenario.region, one):
            yield Odd("beyond-range", path, values | far)
        if key in observed:
            yield Odd(NOTE, path, values | {"years": ", ".join(map(str, observed[key]))})


def _beyond_range(region: str, change: PackChange) -> dict[str, object] | None:
    """Return what to say of a single figure that leaves the range of its row, None if it does not or has none.

    The spread of a grade is too rough to be held against anybody.
    """
    found = range_of(region, change.cells)
    (value, *others) = change.values
    if others or value is None or found.low is None or found.high is None or found.is_by_grade:
        return None
    if found.low <= value <= found.high:
        return None
    return {
        "given": f"{value:.10g}",
        "low": f"{found.low:.10g}",
        "high": f"{found.high:.10g}",
        "basis": found.basis,
    }

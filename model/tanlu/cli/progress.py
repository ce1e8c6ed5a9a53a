"""A bar for batches: how far, how fast, how long yet, what failed, and what the outcomes are so far."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from tanlu.cli.console import open_console
from tanlu.core.words.numbers import number

if TYPE_CHECKING:
    from tanlu.experiments.parts import PointRecord, Receipt
    from tanlu.experiments.plans import Plan
    from tanlu.experiments.store import Store

SECONDS_BETWEEN_ESTIMATES = 2.0
MOST_SHOWN = 6  # outcomes


@contextmanager
def batch_bar(plan: "Plan", store: "Store", quiet: bool) -> "Iterator[Callable[[Receipt], None]]":
    """Yield a function that counts receipts and moves the bar.

    The bar is for terminals only.
    """
    from rich.live import Live

    console = open_console(stderr=True)
    finished_points = dict(store.read(plan.batch.ids).points)
    batch_state = BatchShown(plan, finished_points)
    if quiet or not console.is_terminal:
        yield batch_state.take
        return
    with Live(get_renderable=batch_state.text, console=console, transient=True, refresh_per_second=2):
        yield batch_state.take


class BatchShown:
    """What the bar shows: it is told of receipts, and asked for its text."""

    def __init__(self, plan: "Plan", finished_points: "dict[str, PointRecord]") -> None:
        self._plan, self._known, self._todo = plan, finished_points, len(plan.batch.ids)
        self._began, self._at_start = time.monotonic(), len(finished_points)
        self._estimated, self._estimates = -SECONDS_BETWEEN_ESTIMATES, ""

    def take(self, receipt: "Receipt") -> None:
        """Count the points of a part."""
        self._known.update((record.id, record) for record in receipt.points)

    def text(self) -> str:
        """Write the lines of the bar."""
        finished_count, elapsed_s = len(self._known), time.monotonic() - self._began
        pace = (finished_count - self._at_start) / elapsed_s if elapsed_s else 0.0
        remaining = f"{(self._todo - finished_count) / pace / 60:.1f} min" if pace else "?"
        failures = Counter(record.failure for record in self._known.values() if record.failure)
        lines = [f"{finished_count}/{self._todo}  {pace:.2f} runs/s  {remaining}"]
        lines += [f"failed {count}: {failure[:100]}" for failure, count in failures.most_common(3)]
        return "\n".join([*lines, self._running_means()]).strip()

    def _running_means(self) -> str:
        """Estimate mean and half-width of the outcomes so far, now and then."""
        from tanlu.experiments.estimates import estimates

        now_s = time.monotonic()
        if now_s - self._estimated >= SECONDS_BETWEEN_ESTIMATES and self._known:
            self._estimated = now_s
            self._estimates = "\n".join(
                f"{x.arm}, {x.outcome}: {number(x.mean, '')} ± {number(x.half_width, '')} ({x.runs})"
                for x in islice(estimates(self._plan, self._known), MOST_SHOWN)
            )
        return self._estimates

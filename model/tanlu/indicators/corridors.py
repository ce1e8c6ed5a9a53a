"""What is measured of corridors: what each line of exports is sent, and what lines lose."""

from collections.abc import Callable

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import P
from tanlu.indicators.base import Indicator
from tanlu.region.pack import Region
from tanlu.simulation.record import YearRecord


def corridor_indicators(region: Region) -> list[Indicator]:
    """Return losses of both kinds of lines by province, and what each line of exports is sent."""
    lines = region.power.corridors

    def at_home(value: Floats) -> Floats:
        """Return the sum over lines [Y, L] by province where they begin [Y, P]."""
        return np.stack([value[:, lines.export_zone == p].sum(axis=1) for p in range(P)], axis=1)

    def lost(record: YearRecord) -> Floats:
        return at_home(record.export_by_line_mwh * lines.export_loss_share) / 1e6

    def sent(line: int) -> Callable[[YearRecord], Floats]:
        only = np.arange(lines.export_zone.size) == line
        return lambda record: at_home(record.export_by_line_mwh * only) / 1e6

    return [
        Indicator("Losses|Electricity|Between Provinces", "TWh/yr", lambda r: r.line_loss_mwh / 1e6),
        Indicator("Losses|Electricity|Export Lines", "TWh/yr", lost),
        *(
            Indicator(f"Trade|Electricity|Contracts|{name}", "TWh/yr", sent(line))
            for line, name in enumerate(lines.export_names)
        ),
    ]

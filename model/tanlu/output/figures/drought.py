"""A drought against the same scenario with the normal year's water: each figure of both, and their difference."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.units import PERCENT_PER_SHARE
from tanlu.output.figures.figure import Figure, FigureTopic, fixed_figure
from tanlu.output.figures.paths import HYDROPOWER, Paths, joint_progress
from tanlu.output.figures.yearly import POWER_ROWS, YearlyRow, yearly
from tanlu.region.hydro import Hydrology

_BY_KEY = {row.key: row for row in POWER_ROWS}
DROUGHT_ROWS = (
    YearlyRow("hydropower", HYDROPOWER, "TWh/yr", lambda paths: paths.hydropower_twh),
    *(_BY_KEY[key] for key in ("wholesale", "shortage", "margin")),
)


class DroughtRow(NamedTuple):
    """A quantity in a dry year, in the same year with normal water, and what differs."""

    key: str
    dry: Figure
    normal: Figure
    change: Figure | None  # once all draws of both are there


class DriestMonth(NamedTuple):
    """The month of a province in which a dry year falls furthest below normal water."""

    province: str
    month: int  # 1 to 12
    share: Figure  # of the month's normal water


def compare_drought(dry: Paths, normal: Paths, year: int) -> list[DroughtRow]:
    """Compare a dry year with the same year of normal water, from the same draws of both."""
    figures = yearly(DROUGHT_ROWS, (year,), dry, normal)
    normal_figures = yearly(DROUGHT_ROWS, (year,), normal, None)
    is_open = joint_progress(dry, normal).is_preliminary
    return [
        DroughtRow(
            row.key,
            figures[f"{row.key}@{year}"],
            _rename(normal_figures[f"{row.key}@{year}"]),
            None if is_open else figures[f"{row.key}@{year} change"],
        )
        for row in DROUGHT_ROWS
    ]


def _rename(figure: Figure) -> Figure:
    """Set the figure of normal water apart from that of the drought."""
    return figure._replace(key=f"{figure.key} normal water")


def find_driest_months(
    hydrology: Hydrology, provinces: Sequence[str], year: int, past_year: int
) -> list[DriestMonth]:
    """Find in each province the month in which a replayed year falls furthest below normal water.

    Water is what hydropower above 6 MW could use of its capacity, spilled water included; a figure of the region pack.
    """
    ratio = hydrology.observed[past_year].available_factor / hydrology.normal.available_factor  # [P, month]
    months = np.argmin(ratio, axis=1)
    return [
        DriestMonth(
            province,
            int(month) + 1,
            fixed_figure(
                FigureTopic(f"driest_{province}_{year}", HYDROPOWER, province, str(year), "%"),
                PERCENT_PER_SHARE * float(shares[month]),
            ),
        )
        for province, shares, month in zip(provinces, ratio, months, strict=True)
    ]

"""Lines of facilities: furnaces, kilns, rows of cells, each of which is relined and changed by itself."""

import re
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.units import T_PER_KT
from tanlu.region.pack import Region


class FacilityLines(NamedTuple):
    """Lines of the pack's facilities, those of a facility one after the other; axis L."""

    facility: Integers  # position among the pack's facilities
    share: Floats  # of its facility
    ids: list[str]
    names_en: list[str]
    names_zh: list[str]
    capacity: Floats  # t a year
    last_reline_year: Integers


def build_lines(region: Region) -> FacilityLines:
    """Build the lines of a pack's facilities, equal in size.

    A facility relines its lines one after the other, so that it never stands still as a whole: the first when the pack
    says, each further one some years earlier, or as many as spread them over a campaign.
    """
    f, processes, x = region.industry.facilities, region.industry.processes, region.parameters
    count = line_counts(f.capacity_kt_per_year, processes.line_capacity_kt_per_year[f.process])
    facility = np.repeat(np.arange(count.size), count)
    number = np.concatenate([np.zeros(0, np.int64), *map(np.arange, count.tolist())])
    gap = np.minimum(x["line_reline_gap_years"], x["reline_interval_years"] / count)
    earlier = np.round(number * gap[facility]).astype(np.int64)
    names = list(zip(f.ids, f.names_en, f.names_zh, count.tolist(), strict=True))
    return FacilityLines(
        facility=facility,
        share=1.0 / count[facility],
        ids=[name for base, _, _, n in names for name in line_ids(base, n)],
        names_en=[name for _, base, _, n in names for name in _numbered(base, n, "{name}, line {k}")],
        names_zh=[name for _, _, base, n in names for name in _numbered(base, n, "{name}{k}号线")],
        capacity=(f.capacity_kt_per_year / count)[facility] * T_PER_KT,
        last_reline_year=f.last_reline_year[facility] - earlier,
    )


def line_counts(capacity_kt: Floats, line_capacity_kt: Floats) -> Integers:
    """Count the lines of usual size of facilities, at least one [n]."""
    return np.maximum(np.round(capacity_kt / line_capacity_kt), 1.0).astype(np.int64)


def line_ids(facility_id: str, lines: int) -> list[str]:
    """Name a facility's lines: its own name where there is one."""
    return _numbered(facility_id, lines, "{name}_line_{k}")


def facility_and_line(decider: str) -> tuple[str, str]:
    """Split a line's name into facility and number.

    The number is text, empty where it is no line of several.
    """
    match = re.fullmatch(r"(.+)_line_(\d+)", decider)
    return (match[1], match[2]) if match else (decider, "")


def _numbered(name: str, lines: int, pattern: str) -> list[str]:
    return [name] if lines == 1 else [pattern.format(name=name, k=k) for k in range(1, lines + 1)]

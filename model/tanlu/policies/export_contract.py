"""Renegotiated export contracts: how much of what is contracted out of the region is still sent."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

import numpy as np

from tanlu.core.axes import SEASONS
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.plausible import PLAUSIBLE_SHARE
from tanlu.inputs.types import ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import LineNames, SeasonNames, acts


class ExportContract(Policy):
    """Keep only a share of the electricity that is contracted out of the province, by line and season.

    The direct-current lines to the coast carry priority contracts: their energy leaves before the province serves its
    own load. A regulator who renegotiates them keeps energy and capacity at home, in the dry season or all year.

    Equation: contract of a month = contract in the data - sum over lines of (1 - kept share) x the line's part
    of it; a line's part is its share of the energy agreed for the lines of its group. The lowest share of several
    policies holds.

    Source: about a third of Sichuan's generation leaves the province, over 1.9 trillion kWh from 1998 to 2025
    (news of December 2025, grade B). Lines and energy are those of the region pack (`corridors.csv`).

    Reasonable values: 1 as today; 0.7 to 0.95 for a part that is negotiated back; 0 for a line given up.

    What it does not do: it pays no compensation to the receiving province, moves no price of what is still sent, and
    does not touch imports. What stays at home is sold there; in the wet season a part is sold as surplus.

    In a scenario file:

        winter_first:
          kind: export_contract
          regions: [Sichuan]
          from_year: 2027
          kept_share: {2027: 0.9, 2030: 0.7}
          lines: [fufeng, binjin]
          seasons: [dry]
    """

    theme: ClassVar[str] = "power"
    title: ClassVar[Mapping[str, str]] = {"en": "Export contracts", "zh": "外送电合同"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Part of the electricity contracted out of the region stays at home, by line and season.",
        "zh": "重新协商外送电合同，按线路和丰枯季节将部分电量留在省内。",
    }

    all_unless_given: ClassVar[Mapping[str, str]] = MappingProxyType(
        {**Policy.all_unless_given, "lines": "export_lines"}
    )

    kind: Literal["export_contract"]
    """Which instrument this is."""

    kept_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE]
    """Share of the contracted energy that is still sent; 1 changes nothing."""

    lines: LineNames = ()
    """Lines whose contracts change; all unless given."""

    seasons: SeasonNames = SEASONS
    """Seasons in which they change: wet (the pack's months of surplus water) and dry; both unless given."""

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Cut the contracts; of several shares the lowest holds."""
        years, power = schedule.years, schedule.power
        line = np.array([export_line in self.lines for export_line in schedule.axes.export_lines])
        season = np.array([season_name in self.seasons for season_name in SEASONS])
        is_cut = acts(self, schedule)[:, :, None, None] & line[:, None] & season
        share = np.where(is_cut, self.kept_share.path(years)[:, None, None, None], 1.0)
        kept_share = np.minimum(power.export_kept_share, share)
        return schedule._replace(power=power._replace(export_kept_share=kept_share))

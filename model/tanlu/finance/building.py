"""New power capacity: what companies could build in a year, and what it would be worth."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.kernels.building_sites import SiteTerms, value_sites


class Room(NamedTuple):
    """New capacity that can be started this year; axes P provinces, K technologies."""

    mw: Floats  # [P, K]
    used_up: Booleans  # [P, K] the potential is less than the yearly pace
    hours_share: Floats  # [P, K] of the hours of the first site
    connection_cny_per_kw: Floats  # [P, K] above the first site
    first_mw: Floats  # [P, K] how many MW of sites are better than the best free one
    forbidden: Booleans  # [P, K]

    @classmethod
    def nothing(cls, shape: tuple[int, ...]) -> "Room":
        """Return no room."""
        zero, no = np.zeros(shape), np.zeros(shape, dtype=bool)
        return cls(zero, no, zero, zero, zero, no)


class BuildSites(NamedTuple):
    """Sites that could be built this year; axis M = company x province x technology that may build."""

    owner: Integers
    province: Integers
    technology: Integers
    capacity_mw: Floats  # what the company would build there
    capex_cny: Floats
    npv_cny: Floats
    rate: Floats
    lead_years: Integers
    part: Floats  # [W, P, K] of its share of the room that a company would take
    room: Room


class BuildTerms(NamedTuple):
    """Terms of building this year, whatever it earns."""

    sites: SiteTerms
    rate: Floats  # [W, K] real discount rates
    lead_years: Integers  # [K]
    room: Room

    def appraise_sites(self, value: Floats) -> BuildSites:
        """Appraise the capacity that each company could build.

        A company takes a part of its share that grows with profit: what hardly pays is built slowly.

        Args:
            value: expected yearly market value and support per MW, CNY [P, K].
        """
        owner, p, k, size, npv, part = value_sites(self.sites, value)
        return BuildSites(
            owner=owner,
            province=p,
            technology=k,
            capacity_mw=size,
            capex_cny=self.sites.capex[p, k] * size,
            npv_cny=npv,
            rate=self.rate[owner, k],
            lead_years=self.lead_years[k],
            part=part,
            room=self.room,
        )

"""Members: who decides on going on, a company as a whole, or each owner of what a row of many owners stands for."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.finance.companies import Companies
from tanlu.settlement.failure.estate import Estate
from tanlu.state.actors import Actors


class Members(NamedTuple):
    """Owners that fail each alone; axis M, N units and then facilities."""

    company: Integers  # [M] of which each is a member; the first W are the companies themselves
    share: Floats  # [M] of what this company has, lacks and owes
    of_row: Integers  # [N] -1: nobody's, as its owner failed before

    def by_company(self, value: Floats | Booleans, companies: int) -> Floats:
        """Return the sum of a value of members [M] by company [W]."""
        return sum_by_group(self.company, value, companies)


def members_of(estate: Estate, orphaned: Booleans, companies: Companies) -> Members:
    """Return the members: a company by itself, or each unit and facility of a row that stands for many owners.

    Such owners have the same leverage: each has its part by book value. While they own nothing, the row is one member.
    """
    w = len(companies)
    alive = estate.is_there & ~orphaned
    alone = np.flatnonzero(alive & companies.table.many_owners[estate.owner] & (estate.cost_cny > 0.0))
    total = sum_by_group(estate.owner[alone], estate.cost_cny[alone], w)
    of_row = np.where(alive, estate.owner, -1)
    of_row[alone] = w + np.arange(alone.size)
    part = estate.cost_cny[alone] / total[estate.owner[alone]]
    return Members(
        company=np.concatenate([np.arange(w), estate.owner[alone]]),
        share=np.concatenate([np.where(total > 0.0, 0.0, 1.0), part]),
        of_row=of_row,
    )


def orphaned(actors: Actors) -> Booleans:
    """Return which units and then facilities have lost their owner and found no other [N]."""
    return np.concatenate([actors.plants.holdings.orphaned, actors.industry.orphaned])

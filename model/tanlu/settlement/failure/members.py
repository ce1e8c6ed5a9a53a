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
    member_of_row: Integers  # [N] -1: nobody's, as its owner failed before

    def by_company(self, value: Floats | Booleans, companies: int) -> Floats:
        """Sum a value of members [M] by company [W]."""
        return sum_by_group(self.company, value, companies)


def list_members(estate: Estate, is_orphaned: Booleans, companies: Companies) -> Members:
    """List the members: companies, or parts of rows of many owners.

    Each unit and facility of such a row is a member. Such owners have the same leverage: each has its part by book
    value. While they own nothing, the row is one member.
    """
    w = len(companies)
    alive = estate.is_there & ~is_orphaned
    alone = np.flatnonzero(alive & companies.table.many_owners[estate.owner] & (estate.cost_cny > 0.0))
    total = sum_by_group(estate.owner[alone], estate.cost_cny[alone], w)
    member_of_row = np.where(alive, estate.owner, -1)
    member_of_row[alone] = w + np.arange(alone.size)
    part = estate.cost_cny[alone] / total[estate.owner[alone]]
    return Members(
        company=np.concatenate([np.arange(w), estate.owner[alone]]),
        share=np.concatenate([np.where(total > 0.0, 0.0, 1.0), part]),
        member_of_row=member_of_row,
    )


def find_orphans(actors: Actors) -> Booleans:
    """Mark units and then facilities without an owner [N].

    Their owner failed, and they found no other.
    """
    return np.concatenate([actors.plants.holdings.orphaned, actors.industry.orphaned])

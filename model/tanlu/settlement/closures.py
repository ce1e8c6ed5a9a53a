"""Age: closing years that the scenario prescribes, and rules on age."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTOR, S
from tanlu.core.signals import Signals
from tanlu.finance.companies import Companies
from tanlu.finance.register import holder_shares
from tanlu.industry.facilities import Industry
from tanlu.power.plants import PowerPlants
from tanlu.region.power import OPEN_END_YEAR
from tanlu.state.state import FinanceState


def retire_by_rule(plants: PowerPlants, industry: Industry, closing_years: Mapping[str, int]) -> None:
    """Set the closing years that the scenario's world prescribes for named plants and facilities.

    The earlier year wins where a unit or facility has one already; what has closed stays closed.
    """
    retired, life_end, end = (
        years.copy() for years in (plants.retired_year, plants.life_end_year, industry.end_year)
    )
    rows = {name: row for row, name in enumerate(plants.ids)}
    for name, year in closing_years.items():
        row = rows.get(name)
        if row is None:
            lines = industry.lines(name)
            end[lines] = np.minimum(end[lines], year)
        else:
            retired[row] = min(retired[row], year) if life_end[row] == OPEN_END_YEAR else year
            life_end[row] = OPEN_END_YEAR
    plants.retired_year, plants.life_end_year, industry.end_year = retired, life_end, end


class Stranded(NamedTuple):
    """Book value left at what closes by next year, CNY."""

    by_sector_cny: Floats  # [P, S]
    lent_cny: Floats  # [P] the part that lenders have financed, by the owners' debt over assets
    by_owner_cny: Floats  # [W]
    lent_by_owner_cny: Floats  # [W] the same part of it
    by_lender_cny: Floats  # [L] that part by what each lends the owner


def age(
    state: FinanceState, plants: PowerPlants, industry: Industry, companies: Companies, signals: Signals
) -> tuple[FinanceState, Stranded]:
    """Close what must close by next year, and sum stranded value.

    An owner's lenders have a claim on as much of it as debt is of his assets; he bears the rest.
    """
    power, facilities = plants.retire(signals), write_off_closed(industry, signals.year)
    value, holdings = np.concatenate([power, facilities]), plants.holdings
    province = np.concatenate([plants.province[holdings.row], industry.province])
    owner = np.concatenate([holdings.owner, industry.owner])
    provinces = companies.province_share.shape[1]
    sector = np.concatenate([np.full(power.size, SECTOR["electricity"]), industry.sector])
    debt_share = np.clip(companies.debt_cny / np.maximum(companies.assets_cny, 1.0), 0.0, 1.0)
    written_off = sum_by_group(owner, value, len(companies))
    lent_by_owner = written_off * debt_share
    return state._replace(written_off_cny=written_off), Stranded(
        by_sector_cny=sum_by_group(province * S + sector, value, provinces * S).reshape(provinces, S),
        lent_cny=sum_by_group(province, value * debt_share[owner], provinces),
        by_owner_cny=written_off,
        lent_by_owner_cny=lent_by_owner,
        by_lender_cny=(lent_by_owner[:, None] * holder_shares(state.register, len(companies))).sum(axis=0),
    )


def write_off_closed(industry: Industry, year: int) -> Floats:
    """Write off facilities that close at the end of `year`, CNY [N].

    It is the book value that they leave, projects included.
    """
    closing = industry.active(year) & (industry.end_year == year + 1)
    written_off = closing * (industry.book_value_cny + industry.facility_value_cny)
    industry.book_value_cny, industry.facility_value_cny = (
        np.where(closing, 0.0, value) for value in (industry.book_value_cny, industry.facility_value_cny)
    )
    return written_off

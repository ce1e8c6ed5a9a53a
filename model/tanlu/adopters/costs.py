"""What useful energy costs a cohort by technology, in money and in what the cohort's past choices show."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.economics import power
from tanlu.core.signals import Signals
from tanlu.core.units import GJ_PER_MWH
from tanlu.region.cohorts import ELECTRIC, FUELS_BURNT
from tanlu.region.industry import ENERGY

# What useful energy is worth by technology, term by term, costs negative: what it costs, what a grant pays of that,
# then what past choices and others add.
TERMS = ("fuel", "carbon", "electricity", "equipment", "upkeep", "grant", "taste", "peers")
MONEY = TERMS.index("grant")  # how many terms are cost; those after the grant are no money but weigh as much
FUEL, CARBON, POWER, EQUIPMENT, UPKEEP = range(MONEY)
RUNNING = (FUEL, POWER)
# Technologies that are named by what they burn: END_USE_TECHNOLOGIES begin as ENERGY.
BURNT = range(len(ENERGY))


class CohortRows(NamedTuple):
    """What is known of each cohort of each province; axes N rows, K `END_USE_TECHNOLOGIES`."""

    province: Integers
    sector: Integers
    part: Integers  # of electricity demand
    margin_cny_per_gj: Floats  # [N, FUELS_BURNT]
    offered: Booleans  # [N, K]
    useful_gj_per_gj: Floats  # [N, K]
    annuity_per_year: Floats  # [N, K]
    capex_cny_per_gj_year: Floats  # [N, K] in the base year
    upkeep_cny_per_gj: Floats  # [N, K]
    capex_fall_per_year: Floats  # [N, K]
    demand_elasticity: Floats
    sales_share: Floats  # [N, K] in the base year


class AdopterAppraisal(NamedTuple):
    """What cohorts know when they choose; axes N rows, K technologies, T `TERMS`."""

    options: tuple[str, ...]
    terms_cny_per_gj: Floats  # [N, K, T] of useful energy, costs negative
    scale_cny_per_gj: Floats  # [N] the larger, the more adopters of a cohort differ
    offered: Booleans  # [N, K]

    @property
    def worth_cny_per_gj(self) -> Floats:
        """Sum of the terms [N, K]."""
        return np.asarray(self.terms_cny_per_gj.sum(axis=2))


def appraise_money(rows: CohortRows, signals: Signals, co2_t_per_gj: Floats, years_since: int) -> Floats:
    """Compute what useful energy costs by term of money, costs negative, CNY/GJ [N, K, MONEY].

    A carbon price of the cohort's sector is paid with its fuel.

    Args:
        rows: the cohorts.
        signals: the year's signals.
        co2_t_per_gj: of ENERGY.
        years_since: the base year, in which equipment had the pack's prices.
    """
    fuel_cny = signals.prices.energy_price_cny_per_gj[rows.province].copy()
    fuel_cny[:, : len(FUELS_BURNT)] += rows.margin_cny_per_gj
    carbon_cny = signals.policy.carbon.price_cny_per_tco2[rows.province, rows.sector]
    power_cny = signals.prices.part_price_cny_per_mwh[rows.part, rows.province] / GJ_PER_MWH
    terms = np.zeros((*rows.offered.shape, MONEY))
    terms[:, BURNT, FUEL] = fuel_cny
    terms[:, BURNT, CARBON] = carbon_cny[:, None] * co2_t_per_gj[BURNT]
    terms[:, ELECTRIC, POWER] = power_cny[:, None]
    terms /= rows.useful_gj_per_gj[:, :, None]
    fall = power(1.0 - rows.capex_fall_per_year, years_since)
    terms[:, :, EQUIPMENT] = rows.annuity_per_year * rows.capex_cny_per_gj_year * fall
    terms[:, :, UPKEEP] = rows.upkeep_cny_per_gj
    return np.asarray(-terms * rows.offered[:, :, None])

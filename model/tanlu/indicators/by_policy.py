"""Public money under the name of the policy that pays it or brings it.

Subsidies from budgets and levies are booked by name. Where several policies give to one purpose, such as two interest
subsidies, each has the part of the money that it alone would give of what all of them would give alone.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.payments import GIVEN_BACK
from tanlu.core.schedules import BONDS, PAPERS, PolicySchedule
from tanlu.core.units import CNY_PER_BN_CNY
from tanlu.indicators.base import Indicator, Reader, scaled
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.indicators.money import BN
from tanlu.policies.statutes import Statutes
from tanlu.records.year import YearRecord
from tanlu.region.tables import DATA_YEARS, year_index

NO_POLICY = f"{BY_POLICY}|No Policy"  # rescues of CO2 hubs, and what agents of extensions pay


class PublicPurpose(NamedTuple):
    """A purpose that several policies may pay for, or get money from."""

    paid_cny: Reader  # [Y, P], below zero where it is revenue
    stake: Callable[[PolicySchedule], Floats]  # by which policies share it, [Y, P] or finer
    weight: Reader | None = None  # of what the stake is finer by, as it
    lasts: bool = False  # whether what was promised is paid after a policy ends


PURPOSES = (
    PublicPurpose(
        lambda r: -r.public.sum_received("carbon_price"),
        lambda s: s.carbon.price_cny_per_tco2,
        lambda r: r.emissions.by_sector_tco2,
    ),
    PublicPurpose(
        lambda r: -r.public.sum_received("allowance_sales"), lambda s: np.minimum(s.carbon.auction_share, 1.0)
    ),
    PublicPurpose(lambda r: r.public.sum_spent(*GIVEN_BACK), lambda s: np.sum(s.revenue.use_shares, axis=0)),
    PublicPurpose(
        lambda r: r.public.sum_spent("bond_issue_cost"),
        lambda s: s.finance.bond_issue_cost_share + s.finance.bond_label_cost_share,
    ),
    PublicPurpose(
        lambda r: r.public.sum_spent("public_chargers"), lambda s: s.vehicles.charger_investment_cny
    ),
    PublicPurpose(
        lambda r: r.public.sum_spent("rail_transit"), lambda s: s.vehicles.rail_investment_cny, lasts=True
    ),
    PublicPurpose(
        lambda r: r.public.sum_spent("capture_research"), lambda s: s.research.capture_research_cny
    ),
    PublicPurpose(
        lambda r: r.public.sum_spent("guarantee"), lambda s: s.finance.green_guarantee_share, lasts=True
    ),
    PublicPurpose(
        lambda r: -r.public.sum_received("guarantee_fee"),
        lambda s: s.finance.green_guarantee_fee,
        lasts=True,
    ),
    PublicPurpose(
        lambda r: r.public.sum_spent("co2_hub_support"),
        lambda s: np.any([support > 0.0 for support in s.hubs], axis=0).astype(float),
        lasts=True,
    ),
)


class Stakes(NamedTuple):
    """The stake of every policy alone in each purpose; axis N policies."""

    names: tuple[str, ...]  # [N]
    by_purpose: tuple[Floats, ...]  # by purpose, [N, Y, P] or finer
    interest: Floats  # [N, P, D, PAPERS, ISSUES] to the interest of green debt that is granted in each of `DATA_YEARS`
    public_interest: Floats  # [N, P, D, ISSUER_KINDS, ISSUES] the same of bonds of who is no company


def by_policy_indicators(statutes: Statutes, years: Integers) -> tuple[Indicator, ...]:
    """List indicators of net public money by policy.

    One more has what no policy stands for.

    Args:
        statutes: of the run.
        years: that are measured [Y].
    """
    stakes = _stakes(statutes, years)

    def policy_cny(n: int) -> Reader:
        return lambda r: _named_cny(r, stakes, n) / CNY_PER_BN_CNY

    return (
        *(Indicator(f"{BY_POLICY}|{name}", BN, policy_cny(n)) for n, name in enumerate(stakes.names)),
        Indicator(NO_POLICY, BN, scaled(_unnamed_cny, CNY_PER_BN_CNY)),
    )


def _stakes(statutes: Statutes, years: Integers) -> Stakes:
    """Compute each policy's stakes by the law known in each year."""
    known_years = statutes.schedule_in(int(years[0])).years
    known_years = known_years[known_years <= years[-1]]
    version = np.array([statutes.version(int(year)) for year in known_years])
    laws = {
        int(v): statutes.separate_schedules_in(int(known_years[version == v][0])) for v in np.unique(version)
    }
    names = tuple(sorted({name for law in laws.values() for name in law}))

    def stake_by_year(stake: Callable[[PolicySchedule], Floats]) -> Floats:
        """Compute a stake [N, years since the run's start, P] or finer."""
        neutral = np.asarray(stake(statutes.neutral))[: known_years.size]
        values = np.zeros((len(names), *neutral.shape))
        for v, law in laws.items():
            for name, schedule in law.items():
                policy_stake = np.asarray(stake(schedule))[: known_years.size]
                values[names.index(name), version == v] = policy_stake[version == v]
        return values

    purpose_stakes = []
    for purpose in PURPOSES:
        stake = stake_by_year(purpose.stake)
        stake = stake.cumsum(axis=1) if purpose.lasts else stake
        purpose_stakes.append(stake[:, np.isin(known_years, years)])

    def stake_by_loan_year(stake: Callable[[PolicySchedule], Floats]) -> Floats:
        """Compute a stake in interest by the year in which debt is granted [N, P, D, ...]."""
        subsidies = stake_by_year(stake).swapaxes(1, 2)
        interest = np.zeros((*subsidies.shape[:2], DATA_YEARS.size, *subsidies.shape[3:]))
        interest[:, :, [year_index(year) for year in known_years]] = subsidies
        return interest

    interest = stake_by_loan_year(_stake_in_interest)
    public = stake_by_loan_year(lambda schedule: schedule.finance.public_bond_subsidy)
    return Stakes(names, tuple(purpose_stakes), interest, public)


# Of an exemption of all interest, next to a subsidy: the buyers' tax on a coupon of some 4 %. It shares out only what
# several policies pay on the same bonds.
SPARED_BY_EXEMPTION = 0.01


def _stake_in_interest(schedule: PolicySchedule) -> Floats:
    """Compute the stake in interest of green debt by paper and issue [Y, P, PAPERS, ISSUES]."""
    finance = schedule.finance
    exempt = SPARED_BY_EXEMPTION * finance.bond_interest_exempt_share[..., None, :]
    return np.asarray(finance.green_interest_subsidy + exempt * (np.arange(len(PAPERS)) == BONDS)[:, None])


def _named_cny(record: YearRecord, stakes: Stakes, n: int) -> Floats:
    """Compute a policy's net cost to governments, CNY [Y, P]."""
    nothing = np.zeros(record.demand.load_mwh.shape)
    total = record.public.by_policy_cny.get(stakes.names[n], nothing).copy()
    for purpose, stake in zip(PURPOSES, stakes.by_purpose, strict=True):
        weighted = stake if purpose.weight is None else stake * purpose.weight(record)
        total += _part(weighted.reshape(*stake.shape[:3], -1).sum(axis=-1), n) * purpose.paid_cny(record)
    for interest, paid_cny in (
        (stakes.interest, record.public.interest_by_loan_year_cny),
        (stakes.public_interest, record.public.public_interest_by_loan_year_cny),
    ):
        total += (_part(interest, n) * paid_cny).sum(axis=(-3, -2, -1))
    return np.asarray(total)


def _unnamed_cny(record: YearRecord) -> Floats:
    """Sum public climate money that no policy stands for, CNY [Y, P]."""
    return record.public.sum_spent("hub_rescue", "extensions")


def _part(stakes: Floats, n: int) -> Floats:
    """Compute one stake's part of all stakes [N, ...].

    0 where nobody has one.
    """
    whole = stakes.sum(axis=0)
    return np.divide(stakes[n], whole, out=np.zeros(whole.shape), where=whole > 0.0)

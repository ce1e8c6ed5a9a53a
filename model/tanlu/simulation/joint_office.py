"""The joint office of a run: what the ledger says a price would avoid, and who pays for the year before."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.five_year_plans import PLAN_YEARS
from tanlu.core.parties import FIRST_PROVINCE
from tanlu.core.payments import Block, PaymentLines
from tanlu.core.units import CNY_PER_BN_CNY, T_PER_MT
from tanlu.finance.joint_reviews import NO_OPTIONS, AbatementOptions, pair_payments, share_effort
from tanlu.ledger.decisions import Entry
from tanlu.policies.base import Policy
from tanlu.records.payments.items import ITEM

JOINT_EFFORT = "joint_effort"


class JointYear(NamedTuple):
    """What members did and paid in a year; axis P provinces."""

    paid_in: int  # the year after, when it is measured
    price_cny_per_tco2: float
    beyond_part_tco2: Floats  # [P] that each avoided beyond its part, 0 of others
    payment_cny: Floats  # [P] that each gets for it


class JointOffice:
    """Provinces that share an aim.

    Args:
        members: names of the provinces.
        provinces: of the region.
        instruments: the price that each member moves, `policy.key`.

    Attributes:
        first_year: in which a joint decision is in force; None before one is made.
        years: what members did and paid so far, by year.
    """

    def __init__(
        self, members: Sequence[str], provinces: Sequence[str], instruments: Mapping[str, str]
    ) -> None:
        self.positions = {name: provinces.index(name) for name in members}
        self.first_year: int | None = None
        self.years: dict[int, JointYear] = {}
        self._instruments, self._provinces = instruments, len(provinces)

    def collect_options(
        self, entries: Iterable[Entry], year: int, market_price_cny_per_tco2: Mapping[int, float]
    ) -> AbatementOptions:
        """Collect what deciders of the members could do when they last decided, in the five years before a review.

        Args:
            entries: of the ledger.
            year: of the review.
            market_price_cny_per_tco2: of allowances, by year.
        """
        recent = [entry for entry in entries if entry.year >= year - PLAN_YEARS]
        kinds = [*dict.fromkeys(entry.kind for entry in recent)]
        has_decided = {entry.kind: np.zeros(len(entry.roster.ids), bool) for entry in recent}
        parts = [NO_OPTIONS]  # years of statistics have none
        for entry in reversed(recent):  # who decided again has only its last options
            positions = entry.roster.positions[entry.appraisal.decider]
            counts = ~has_decided[entry.kind][positions] & np.isin(entry.province, [*self.positions.values()])
            has_decided[entry.kind][positions] = True
            part = _list_options(entry, counts, market_price_cny_per_tco2[entry.year])
            numbers = part.decider * len(kinds) + kinds.index(entry.kind)
            parts.append(part._replace(decider=numbers))
        return AbatementOptions(*map(np.concatenate, zip(*parts, strict=True)))

    def settle(
        self,
        year: int,
        policies: Mapping[str, Policy],
        aims_mtco2: Mapping[str, float],
        emissions_mtco2: Mapping[str, float],
    ) -> tuple[Block, ...]:
        """Settle a year that was measured, and write what members pay each other the year after.

        Args:
            year: that is settled.
            policies: of the law of that year, by name.
            aims_mtco2: of the members in it.
            emissions_mtco2: of the members in it.
        """
        price = min(read_instrument(policies, name, year) for name in self._instruments.values())
        aims, emissions = (
            T_PER_MT * np.array([figures[name] for name in self.positions])
            for figures in (aims_mtco2, emissions_mtco2)
        )
        payments, places = share_effort(aims, emissions, price), [*self.positions.values()]
        by_province = np.zeros((2, self._provinces))
        by_province[:, places] = share_effort(aims, emissions, 1.0), payments
        self.years[year] = JointYear(year + 1, price, *by_province)
        amounts = pair_payments(payments)
        payer, payee = np.nonzero(amounts)
        if not payer.size:
            return ()
        home = np.array(places)
        item = np.full(payer.size, ITEM[JOINT_EFFORT])
        lines = PaymentLines(FIRST_PROVINCE + home[payer], FIRST_PROVINCE + home[payee], item, home[payer])
        return (Block(lines, amounts[payer, payee]),)

    def stack_payments(self, years: Sequence[int]) -> tuple[Floats, Floats]:
        """Stack what provinces get in years of a run, bn CNY, and for how much, Mt CO2 [Y, P].

        What is for a year is paid in the next.
        """
        paid, avoided = np.zeros((2, len(years), self._provinces))
        for year in self.years.values():
            row = [*years].index(year.paid_in)
            paid[row] = year.payment_cny / CNY_PER_BN_CNY
            avoided[row] = year.beyond_part_tco2 / T_PER_MT
        return paid, avoided


def _list_options(entry: Entry, counts: Booleans, market_price: float) -> AbatementOptions:
    """List options of those who count [N], by their positions on the roster.

    A price at which an option pays is that of all it earns; what the market brings is taken off.
    """
    appraisal = entry.appraisal
    avoided = np.zeros(appraisal.npv_cny.shape)
    if appraisal.effect is not None:
        avoided += appraisal.effect.avoided_tco2
    elif appraisal.capture is not None:
        place = appraisal.capture.row, appraisal.capture.option
        avoided[place] = appraisal.capture.projects.avoided_tco2
    earned = 0.0 if appraisal.earned_share is None else np.nan_to_num(appraisal.earned_share)
    lacking = appraisal.switching_price_cny_per_tco2 - earned * market_price
    is_priced = (avoided > 0.0) & np.isfinite(lacking) & counts[:, None]
    row, option = np.nonzero(is_priced & appraisal.feasible if is_priced.any() else is_priced)
    return AbatementOptions(
        decider=entry.roster.positions[appraisal.decider[row]],
        province=entry.province[row],
        price_cny_per_tco2=lacking[row, option],
        avoided_tco2=avoided[row, option],
        taken_tco2=np.where(entry.funded[row], avoided[row, entry.choice[row]], 0.0),
    )


def read_instrument(policies: Mapping[str, Policy], instrument: str, year: int) -> float:
    """Read what an instrument, `policy.key`, is in a year; 0 where its policy is not in force."""
    policy_name, _, key = instrument.partition(".")
    policy = policies[policy_name]
    is_in_force = policy.enabled and policy.from_year <= year <= policy.until_year
    return float(getattr(policy, key).value_in(year)) if is_in_force else 0.0

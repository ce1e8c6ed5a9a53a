"""The green fund of a province: what carbon revenue pays of low-carbon investment a year later."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.signals import Signals
from tanlu.decisions.capture_grants import add_cost
from tanlu.decisions.funding import Choice, read_capture_terms, select_chosen
from tanlu.investment.valuation import paid_over_lead_time
from tanlu.state.state import GreenFundState


class GreenFundYear(NamedTuple):
    """What a year did to the green fund of each province, CNY of 2020 [P]."""

    opening_cny: Floats
    paid_in_cny: Floats
    paid_out_cny: Floats  # in grants
    share: Floats  # of low-carbon investment that it granted

    @classmethod
    def nothing(cls, provinces: int) -> "GreenFundYear":
        """Build a year without money."""
        return cls(*np.zeros((4, provinces)))

    @property
    def balance_cny(self) -> Floats:
        """The balance for the next year, CNY [P].

        Rounding takes it to nothing, never below.
        """
        return np.maximum(self.opening_cny - self.paid_out_cny, 0.0) + self.paid_in_cny


class FundGrants(NamedTuple):
    """What the fund offers to who chose; lists by population, axis n deciders."""

    choices: list[Choice]  # at the cost that owners bear after it
    allowed: list[Booleans]  # [n] who may start
    grants_cny: list[Floats]  # [n] if it starts
    share: Floats  # [P]


def offer_grants(
    fund: GreenFundState,
    maximum_share: Floats,
    signals: Signals,
    originals: list[Choice],
    choices: list[Choice],
    allowed: list[Booleans],
) -> FundGrants:
    """Offer all green projects that start the same share of their cost.

    See docs/model/who_pays.md. Owners counted on last year's share when they chose. Who would lose at this year's
    waits.

    Args:
        fund: at the beginning of the year.
        maximum_share: that it grants of an investment [P].
        signals: the year's signals.
        originals: what populations chose.
        choices: the same at the cost left by grants for capture.
        allowed: who may start after these [n].
    """
    expected = signals.green_fund_share
    if not (fund.balance_cny.any() or expected.any()):
        return FundGrants(
            choices, allowed, [np.zeros(c.option.size) for c in choices], np.zeros(expected.size)
        )
    asks = [_asks(choice) & may for choice, may in zip(choices, allowed, strict=True)]
    costs = [c.capex_cny / (1.0 - expected[c.province] * ask) for c, ask in zip(choices, asks, strict=True)]
    minima = [_minimum_share(choice, cost) for choice, cost in zip(originals, costs, strict=True)]
    columns = [np.concatenate(parts) for parts in (asks, [c.province for c in choices], costs, minima)]
    share = np.zeros(expected.size)
    for p in range(share.size):
        is_local = columns[0] & (columns[1] == p)
        share[p] = fund_share(
            float(fund.balance_cny[p]), float(maximum_share[p]), columns[2][is_local], columns[3][is_local]
        )
    offer = FundGrants([], [], [], share)
    for choice, ask, may, cost, minimum in zip(choices, asks, allowed, costs, minima, strict=True):
        grant_share = share[choice.province] * ask
        starts = may & (~ask | (grant_share > minimum))
        offer.choices.append(add_cost(choice, cost * (1.0 - grant_share) - choice.capex_cny))
        offer.allowed.append(starts)
        offer.grants_cny.append(cost * grant_share * starts)
    return offer


def fund_share(money_cny: float, maximum_share: float, cost_cny: Floats, minimum_share: Floats) -> float:
    """Find the highest share that the money pays of all started investments.

    A project starts at a share above its own `minimum_share`.

    Args:
        money_cny: in the fund.
        maximum_share: share that it may grant.
        cost_cny: of who asks [n].
        minimum_share: share above which each starts [n].
    """
    ceiling = maximum_share if money_cny > 0.0 else 0.0
    order = np.argsort(minimum_share, kind="stable")
    minima, total = minimum_share[order], np.cumsum(cost_cny[order])
    # The first k start at any share between what the last of them and what the next one needs.
    share = np.minimum(np.minimum(money_cny / np.maximum(total, 1.0), ceiling), np.append(minima[1:], np.inf))
    starts = np.flatnonzero(share > minima)
    if starts.size:
        return float(share[starts[-1]])
    return float(min(ceiling, max(minima[0], 0.0))) if minima.size else ceiling


def _asks(choice: Choice) -> Booleans:
    """Mark the deciders that chose something that lenders label green [n]."""
    return np.asarray(choice.population.is_green[choice.option] & choice.needs_loan)


def _minimum_share(choice: Choice, cost_cny: Floats) -> Floats:
    """Compute the share of its cost above which each project pays [n].

    It is that of `cost_cny` [n], before the fund's grant, and below 0 where a project pays without.
    """
    _, lead_years = read_capture_terms(choice.appraisal, choice.option)
    value = paid_over_lead_time(
        np.ones(cost_cny.size), select_chosen(choice, choice.appraisal.rate), lead_years
    )
    bears = choice.capex_cny + select_chosen(choice, choice.appraisal.npv_cny) / value
    return np.asarray(1.0 - bears / np.maximum(cost_cny, 1.0))

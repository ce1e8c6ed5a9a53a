"""The green fund of a province: what carbon revenue pays of low-carbon investment a year later."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats
from tanlu.core.axes import P
from tanlu.core.signals import Signals
from tanlu.decisions.capture_grants import at_cost
from tanlu.decisions.funding import Choice, chosen, of_capture
from tanlu.investment.valuation import paid_over_lead_time
from tanlu.state.state import GreenFundState


class GreenFundYear(NamedTuple):
    """What a year did to the green fund of each province, CNY of 2020 [P]."""

    opening_cny: Floats
    paid_in_cny: Floats
    paid_out_cny: Floats  # in grants
    share: Floats  # of low-carbon investment that it granted

    @classmethod
    def nothing(cls) -> "GreenFundYear":
        """Return a year without money."""
        return cls(np.zeros(P), np.zeros(P), np.zeros(P), np.zeros(P))

    @property
    def balance_cny(self) -> Floats:
        """What is left for the next year; rounding takes it to nothing, never below."""
        return np.maximum(self.opening_cny - self.paid_out_cny, 0.0) + self.paid_in_cny


class FundGrants(NamedTuple):
    """What the fund offers to who chose; lists by population, axis n deciders."""

    choices: list[Choice]  # at the cost that owners bear after it
    allowed: list[Booleans]  # [n] who may start
    grants_cny: list[Floats]  # [n] if it starts
    share: Floats  # [P]


def offer_grants(
    fund: GreenFundState,
    most: Floats,
    signals: Signals,
    wanted: list[Choice],
    choices: list[Choice],
    allowed: list[Booleans],
) -> FundGrants:
    """Offer all who start something green the same share of its cost (docs/model/who_pays.md).

    Owners counted on last year's share when they chose. Who would lose at this year's waits.

    Args:
        fund: at the beginning of the year.
        most: that it grants of an investment [P].
        signals: the year's signals.
        wanted: what populations chose.
        choices: the same at the cost left by grants for capture.
        allowed: who may start after these [n].
    """
    expected = signals.green_fund_share
    if not (fund.balance_cny.any() or expected.any()):
        return FundGrants(choices, allowed, [np.zeros(c.option.size) for c in choices], np.zeros(P))
    asks = [_asks(choice) & may for choice, may in zip(choices, allowed, strict=True)]
    costs = [c.capex_cny / (1.0 - expected[c.province] * ask) for c, ask in zip(choices, asks, strict=True)]
    least = [_least_share(choice, cost) for choice, cost in zip(wanted, costs, strict=True)]
    every = [np.concatenate(of) for of in (asks, [c.province for c in choices], costs, least)]
    share = np.zeros(P)
    for p in range(P):
        mine = every[0] & (every[1] == p)
        share[p] = fund_share(float(fund.balance_cny[p]), float(most[p]), every[2][mine], every[3][mine])
    found = FundGrants([], [], [], share)
    for choice, ask, may, cost, needed in zip(choices, asks, allowed, costs, least, strict=True):
        here = share[choice.province] * ask
        starts = may & (~ask | (here > needed))
        found.choices.append(at_cost(choice, cost * (1.0 - here) - choice.capex_cny))
        found.allowed.append(starts)
        found.grants_cny.append(cost * here * starts)
    return found


def fund_share(money_cny: float, most: float, cost_cny: Floats, least: Floats) -> float:
    """Return the highest share of all investments that start at it which the money pays, at most `most`.

    Args:
        money_cny: in the fund.
        most: share that it may grant.
        cost_cny: of who asks [n].
        least: share above which each starts [n].
    """
    ceiling = most if money_cny > 0.0 else 0.0
    order = np.argsort(least, kind="stable")
    needed, total = least[order], np.cumsum(cost_cny[order])
    # The first k start at any share between what the last of them and what the next one needs.
    share = np.minimum(np.minimum(money_cny / np.maximum(total, 1.0), ceiling), np.append(needed[1:], np.inf))
    starts = np.flatnonzero(share > needed)
    if starts.size:
        return float(share[starts[-1]])
    return float(min(ceiling, max(needed[0], 0.0))) if needed.size else ceiling


def _asks(choice: Choice) -> Booleans:
    """Return who chose what the fund pays for: what lenders label green [n]."""
    return np.asarray(choice.population.is_green[choice.option] & choice.needs_loan)


def _least_share(wanted: Choice, cost_cny: Floats) -> Floats:
    """Return the share above which each project pays, before the fund's grant at `cost_cny` [n]; below 0 without."""
    _, lead_years = of_capture(wanted.appraisal, wanted.option)
    each = paid_over_lead_time(np.ones(cost_cny.size), chosen(wanted, wanted.appraisal.rate), lead_years)
    bears = wanted.capex_cny + chosen(wanted, wanted.appraisal.npv_cny) / each
    return np.asarray(1.0 - bears / np.maximum(cost_cny, 1.0))

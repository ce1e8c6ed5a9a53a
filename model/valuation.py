"""How a decider values a project under the year's signals."""

from typing import NamedTuple

import numpy as np

from model.finance import annuity_factor, discount_factor
from model.kernels.appraisal import net_present_values
from model.signals import APPRAISAL_YEARS, Floats, Integers, P, S, Signals


class CarbonTerms(NamedTuple):
    """What avoided and stored CO2 earns a project; axis n projects.

    `cash_cny` is the part valued at today's price; the rest follows the announced path, as far as the owner
    believes it: p_expected = p_now + belief (p_announced - p_now).
    """

    cash_cny: Floats  # [n] a year
    path: Integers  # [n, 2] row of `carbon_paths`
    quantity: Floats  # [n, 2] t CO2 a year


def carbon_paths(signals: Signals) -> Floats:
    """Return announced carbon cost and capture support ahead [2 P S, T], CNY/t CO2."""
    carbon = signals.carbon_path_cny_per_tco2.reshape(P * S, APPRAISAL_YEARS)
    support = signals.capture_support_path_cny_per_tco2.reshape(P * S, APPRAISAL_YEARS)
    return np.concatenate([carbon, support])


def carbon_terms(
    signals: Signals,
    province: Integers,
    sector: Integers,
    avoided_tco2: Floats,
    stored_tco2: Floats,
    belief: Floats,
) -> CarbonTerms:
    """Return what avoiding `avoided_tco2` and storing `stored_tco2` a year earns, by owner's belief [n]."""
    now = signals.carbon_cost_cny_per_tco2[province, sector] * avoided_tco2
    now = now + signals.capture_support_cny_per_tco2[province, sector] * stored_tco2
    row = province * S + sector
    return CarbonTerms(
        cash_cny=(1.0 - belief) * now,
        path=np.stack([row, row + P * S], axis=1),
        quantity=np.stack([belief * avoided_tco2, belief * stored_tco2], axis=1),
    )


def net_present_value(
    signals: Signals,
    *,
    capex_cny: Floats,
    lead_years: Integers,
    life_years: Integers,
    annual_cash_cny: Floats,
    rate: Floats,
    terms: CarbonTerms,
) -> Floats:
    """Return the NPV of each project [n], CNY of 2020, carbon at the price its owner expects."""
    return net_present_values(
        capex_cny=capex_cny[:, None],
        lead_years=lead_years[:, None],
        life_years=life_years[:, None],
        annual_cash_cny=(annual_cash_cny + terms.cash_cny)[:, None],
        rate=rate[:, None],
        paths_cny=carbon_paths(signals),
        term_path=terms.path[:, None, :],
        term_quantity=terms.quantity[:, None, :],
    )[:, 0]


def switching_carbon_price(
    price_now_cny_per_tco2: Floats,
    npv_cny: Floats,
    avoided_tco2: Floats,
    rate: Floats,
    lead_years: Integers,
    life_years: Integers,
) -> Floats:
    """Return today's carbon price at which the project would just pay, all else equal [n].

    NPV is linear in a uniform uplift u of the carbon price: NPV(u) = NPV + u q A(r, L) (1 + r)^-b.
    NaN where the project avoids no CO2.
    """
    worth = avoided_tco2 * annuity_factor(rate, life_years) * discount_factor(rate, lead_years)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(worth > 0.0, price_now_cny_per_tco2 - npv_cny / worth, np.nan)

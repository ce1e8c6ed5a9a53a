"""Plans that companies want, as whole arrays of NumPy: the twin of the kernel that halves a range of them."""

import numpy as np

from tanlu.kernels.building_sites import PLAN_HALVINGS, award_contracts, value_sites


def find_fair_plans(terms, lots, plans, hours):
    """Return the lower end of the range in MWh, and what is wanted there in MW [P, K]."""
    apart_mwh = max(plans.second_mwh - plans.first_mwh, 1.0)
    slope = (plans.second_value - plans.first_value) / apart_mwh

    def wanted_at(planned_mwh):
        value = plans.first_value + slope * (planned_mwh - plans.first_mwh)
        _, gain, won = award_contracts(terms, lots, value)
        _, p, k, capacity_mw, *_ = value_sites(terms._replace(gain=gain, won=won), value)
        return np.bincount(p * hours.shape[1] + k, capacity_mw, hours.size).reshape(hours.shape)

    lower_mwh, upper_mwh = plans.lower_mwh, plans.upper_mwh
    for _ in range(PLAN_HALVINGS):
        middle_mwh = 0.5 * (lower_mwh + upper_mwh)
        if (wanted_at(middle_mwh) * hours).sum() > middle_mwh:
            lower_mwh = middle_mwh
        else:
            upper_mwh = middle_mwh
    return lower_mwh, wanted_at(lower_mwh)

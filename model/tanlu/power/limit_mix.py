"""Mix the months of cleared trials into a year within its yearly limits."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.kernels.power.dispatch import Dispatch
from tanlu.kernels.power.settlement import CalledUnits, sum_revenue
from tanlu.power.yearly_limit import LimitedYear, Trial

BY_HOUR = ("units_mw", "surplus_mw", "unserved_mw", "reservoir_mw", "charge_mw", "discharge_mw")
BY_MONTH = ("unit_output_by_month_mwh", "spilled_mwh")


def mix_trials(limited: LimitedYear) -> Dispatch:
    """Mix what trials called up by their shares of the months; prices are those of the last trial."""
    parts, last = limited.parts, limited.trials[-1]
    mixed: dict[str, Floats] = {}
    for name in BY_HOUR:
        mixed[name] = np.sum([share[:, None, None] * getattr(t.cleared, name) for t, share in parts], axis=0)
    for name in BY_MONTH:
        mixed[name] = np.sum([share * getattr(trial.cleared, name) for trial, share in parts], axis=0)
    arriving_share = (1.0 - last.market.line_loss_share)[:, None, None, None]
    forward, backward = (
        np.sum([s[:, None, None] * np.maximum(sign * t.cleared.flow_mw, 0.0) for t, s in parts], axis=0)
        for sign in (1.0, -1.0)
    )
    flow, spared_mw = net_flow(forward, backward, arriving_share)
    for line, ends in enumerate(last.market.line_zones):
        mixed["surplus_mw"][ends] += spared_mw[:, line]
    return last.cleared._replace(
        **mixed,
        unit_output_mwh=mixed["unit_output_by_month_mwh"].sum(axis=1),
        flow_mw=flow,
        cost_cny=limited.cost_cny,
        gap_cny=limited.gap_cny,
    )


def mix_months(limited: LimitedYear, price: Floats) -> Dispatch:
    """Mix trials, settled at hourly prices [Z, month, day type, hour]."""
    revenue = np.sum([_sum_revenue(trial, share, price) for trial, share in limited.parts], axis=0)
    return mix_trials(limited)._replace(price_cny_per_mwh=price, unit_revenue_cny=revenue)


def _sum_revenue(trial: Trial, share: Floats, price: Floats) -> Floats:
    """Sum what units earn by a trial's share of the months, CNY [V]."""
    year = trial.market
    order = np.argsort(year.unit_cost_cny_per_mwh, kind="stable")
    revenue: Floats = sum_revenue(
        called=CalledUnits(year.unit_zone, year.unit_capacity_mw, year.unit_availability, order),
        output_mw=trial.cleared.units_mw,
        price_cny_per_mwh=price,
        day_weight=year.day_weight * share[:, None],
    )
    return revenue


def net_flow(forward: Floats, backward: Floats, arriving_share: Floats) -> tuple[Floats, Floats]:
    """Net flows both ways in an hour, MW, and compute spared losses.

    What arrives at the net receiver is the same. Less is lost than both flows would lose, and the sender has that too
    much.

    Args:
        forward: from the first end, as sent [line, hours].
        backward: from the second end, as sent [line, hours].
        arriving_share: share of a flow that arrives, with the axes of flows.

    Returns:
        The flow from the first end as sent [line, hours]; negative from the second. What is left over [2, line, hours].
    """
    ahead = forward - np.minimum(backward / arriving_share, forward)
    reverse = backward - np.minimum(forward / arriving_share, backward)
    surplus = np.stack(
        [
            forward - arriving_share * backward - ahead + arriving_share * reverse,
            backward - arriving_share * forward - reverse + arriving_share * ahead,
        ]
    )
    return ahead - reverse, np.maximum(surplus, 0.0)

"""What hydropower that stays in its province is sold for: by contract, under the season's price cap."""

import numpy as np

from model.kernels.hours import HourlyLoad
from model.markets.electricity import Dispatch
from model.signals import Floats, HydroSales


def sell_hydro(
    *,
    cap_cny_per_mwh: Floats,
    hours: HourlyLoad,
    cleared: Dispatch,
    committed_mw: Floats,
    day_weight: Floats,
) -> HydroSales:
    """Return what water sells in its own province: at the hour's price, but not above the month's cap.

    The exchange of a province caps the contracts of hydropower by season, so that in wet months customers have it
    cheaper than the last thermal unit. What leaves the province by contract is sold elsewhere, the rest to its load.

    Args:
        cap_cny_per_mwh: [P, month], inf without a rule.
        hours: load and natural output; its first source is run-of-river.
        cleared: the year's hours.
        committed_mw: out of the province by contract, [P, month].
        day_weight: days of each type, [month, day type].
    """
    river = hours.natural_mw[0][:, :, None]
    water = np.maximum(river - cleared.surplus_mw, 0.0) + cleared.reservoir_mw
    left = np.maximum(water - np.maximum(committed_mw, 0.0)[:, :, None, None], 0.0)
    sold = np.minimum(left, hours.load_mw) * day_weight[:, :, None]
    price = cleared.price_cny_per_mwh
    paid = np.minimum(price, cap_cny_per_mwh[:, :, None, None])
    return HydroSales(
        sold_mwh=sold.sum(axis=(2, 3)),
        paid_cny=(sold * paid).sum(axis=(2, 3)),
        rebate_cny=(sold * (price - paid)).sum(axis=(1, 2, 3)),
    )

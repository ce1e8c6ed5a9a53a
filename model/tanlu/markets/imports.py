"""Charges on the CO2 of what is bought outside the region: who pays, and which province gets it."""

import numpy as np

from tanlu.core.outcomes import BorderTrade
from tanlu.core.parties import GRID, PARTY
from tanlu.core.payments import repeat_number
from tanlu.core.schedules import IMPORT_CHARGE, Pieces
from tanlu.core.signals import Signals
from tanlu.markets.levies import charge
from tanlu.state.state import BudgetState


def charge_imports(state: BudgetState, signals: Signals, trade: BorderTrade) -> BudgetState:
    """Charge the grid for the CO2 of electricity bought at neighbours' prices (docs/model/border.md).

    Charged are the tonnes that the price would have to hold for to bring what the market's blocks owe: those in them,
    less what is taken off for the carbon price paid there.
    """
    rate = signals.levies[IMPORT_CHARGE]
    if not rate.any():
        return state
    tonnes = np.divide(trade.charge_cny, rate, out=np.zeros(rate.size), where=rate > 0.0)
    place = np.arange(rate.size)
    pieces = Pieces(IMPORT_CHARGE, (place,), tonnes, repeat_number(PARTY[GRID], rate.size))
    return state.add_payments(charge(signals.policy, (pieces,)))

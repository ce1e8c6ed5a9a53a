"""Outlook: what everybody at a decision window expects, and what each option is worth to its decider."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.schedules import CAPTURE_GRANT
from tanlu.core.signals import Signals
from tanlu.decisions.capture import CaptureRoom, Emitting, start_in_turn
from tanlu.decisions.open_season import HeldSeason, open_season
from tanlu.decisions.views import Views
from tanlu.finance.building import BuildSites
from tanlu.investment.population import Appraisal
from tanlu.ledger.decisions import CaptureEntry
from tanlu.ledger.margins import MarginEntry
from tanlu.power.adequacy import approve_closing
from tanlu.power.plants import PowerPlants
from tanlu.state.actors import Actors
from tanlu.state.state import State


class Outlook(NamedTuple):
    """What everybody at a decision window sees before anybody chooses."""

    views: Views  # with the tariffs of the season in its signals
    season: HeldSeason | None  # of the hubs, if one was due
    room: CaptureRoom
    sites: BuildSites  # what companies could build
    appraisals: tuple[Appraisal, ...]  # of units, facilities, and then added kinds
    closing_refused: Booleans  # [n] units that would close, but for the capacity that is relied on
    # [expected, planned] of the cost of the expected year: by which it may at most exceed the least
    gap_share: tuple[float, float]
    captures: tuple[CaptureEntry, ...]  # for the ledger: what capture projects were valued at
    margins: MarginEntry  # and of units that decide, in the expected year


def appraise_emitters(
    state: State, views: Views, actors: Actors, emitting: Emitting, room: CaptureRoom
) -> tuple[Views, HeldSeason | None, Appraisal, Appraisal, Booleans]:
    """Hold the open season if it is due, and let emitters appraise.

    Those that would capture do so in turn.

    Returns:
        views with the tariffs then posted, the season, the appraisals, and which units would close but may not [n].
    """
    production, accounts, owners = emitting.production, views.expected_accounts, (views.hurdle, views.belief)
    budget_cny = _grants_left(views.signals, state)
    signals, season, turned_away = open_season(
        actors, state.co2.stores, views.signals, accounts, production, owners, room, budget_cny
    )
    power = actors.plants.appraise(signals, accounts, *owners, views.expected)
    power, refused = _approve_closing(actors.plants, power, views.expected)
    goods = actors.industry.appraise(signals, production, *owners)
    power, goods = start_in_turn(emitting, room, (power, goods), turned_away)
    return views._replace(signals=signals), season, power, goods, refused


def _grants_left(signals: Signals, state: State) -> float:
    """Add up the balance of budgets of grants for capture, CNY."""
    return float(
        sum(state.budgets.remaining_cny(scheme) for scheme in signals.policy.schemes_of_kind(CAPTURE_GRANT))
    )


def _approve_closing(
    plants: PowerPlants, power: Appraisal, expected: PowerOutcome
) -> tuple[Appraisal, Booleans]:
    """Let units close early as far as reliable capacity allows.

    The worst close first; what can be spared is that of the expected year.

    Returns:
        the appraisal, and who would close but may not [n].
    """
    if power.decider.size == 0:
        return power, np.zeros(0, dtype=bool)
    close = power.options.index(plants.closing)
    barrier = approve_closing(
        power.barriers.column(close),
        province=plants.province[power.decider],
        firm_mw=(plants.capacity_mw * plants.availability)[power.decider],
        gain_cny=power.npv_cny[:, close],
        spare_mw=-expected.adequacy.missing_mw,
    )
    refused = power.feasible[:, close] & (power.npv_cny[:, close] > 0.0) & ~barrier.is_open
    return power._replace(barriers=power.barriers.with_column(close, barrier)), refused

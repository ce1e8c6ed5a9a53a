"""Capture: how much can be added in the years to come, whose turn it is, and what its projects follow from."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tanlu.co2.hubs import CO2Hub
from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.signals import Signals
from tanlu.core.units import T_PER_KT, T_PER_MT
from tanlu.industry import options as industry_options
from tanlu.industry.facilities import Industry
from tanlu.investment.closed_by import Bar, ClosedBy, Reasons
from tanlu.investment.growth import grow_stock
from tanlu.investment.population import Appraisal, Investors, Waiting
from tanlu.investment.rationing import Served, serve_for_good
from tanlu.kernels.allocation import pay_claims
from tanlu.kernels.co2.open_season import Season
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.decisions import CaptureEntry
from tanlu.power import capture as plant_capture
from tanlu.power.plants import PowerPlants
from tanlu.power.state import thermal_intensity
from tanlu.region.co2 import CO2Data
from tanlu.region.power import OPEN_END_YEAR
from tanlu.region.tables import year_index
from tanlu.state.actors import Actors


class CaptureRoom(NamedTuple):
    """What capture can be added to what is running and under way."""

    first_lead_years: int  # from the decision to the first of the coming years
    tco2: Floats  # a year, more from each of them on [Y]

    @property
    def maximum_tco2(self) -> float:
        """The largest capture that can be added, t CO2 a year."""
        return float(self.tco2.max())

    def position(self, lead_years: Integers) -> Integers:
        """Find the positions in `tco2` of the years with ready plants [n]."""
        return np.maximum(lead_years - self.first_lead_years, 0)


class TurnedAway(NamedTuple):
    """Emitters that found no turn with a hub, since capture grows no faster; axis N power units, then facilities."""

    size_tco2: Floats  # a year; NaN of all others
    left_tco2: Floats  # when its turn came

    @classmethod
    def nobody(cls, emitters: int) -> "TurnedAway":
        """Build the record of a year without such emitters."""
        return cls(np.full(emitters, np.nan), np.full(emitters, np.nan))

    def add_late(self, rows: Integers, size_tco2: Floats, turns: Served) -> "TurnedAway":
        """Add the emitters at `rows` [n] that found no turn."""
        late, (size, room) = ~turns.allowed, (column.copy() for column in self)
        size[rows[late]], room[rows[late]] = size_tco2[late], turns.room_left[late]
        return TurnedAway(size, room)


class Emitting(NamedTuple):
    """The populations that capture, and this year's production of facilities."""

    plants: PowerPlants
    industry: Industry
    production: ProductionOutcome
    year: int


def capture_room(emitting: Emitting, pace_factor: float) -> CaptureRoom:
    """Compute the capture that can be added from the first year on.

    In that year a plant started now can be ready.

    In no year there is more than an S-curve (`yearly_growth`) makes, from one open season to the next, of what there
    was as many years before.

    Args:
        emitting: who could capture.
        pace_factor: on what can be added in a year.
    """
    region = emitting.plants.region
    x, years = region.parameters, int(region.co2.transport["hub_open_season_interval_years"])
    lead = min(
        plant_capture.shortest_lead_years(region), industry_options.shortest_lead_years(emitting.industry)
    )
    capacity = capture_capacity(emitting, emitting.year + lead - years + np.arange(2 * years))
    ceiling = grow_stock(
        x["capture_floor_mtco2_per_year"] * T_PER_MT * pace_factor,
        x["capture_growth_rate"] * pace_factor,
        capacity[:years],
        x["capture_potential_mtco2_per_year"] * T_PER_MT,
        years,
    )
    return CaptureRoom(lead, np.maximum(ceiling - capacity[years:], 0.0))


def capture_capacity(emitting: Emitting, years: Integers) -> Floats:
    """Add up capture capacity in later years, t CO2 a year [Y].

    Plants in operation and under way count.
    """
    plants, industry, _, _ = emitting
    power = plant_capture.capture_size_tco2(plants, np.arange(len(plants)))
    due = np.where(industry.capture_year < OPEN_END_YEAR, industry.capture_year, industry.ready_year())
    size, ready = (
        np.concatenate([power, industry.capture_size_tco2]),
        np.concatenate([plants.capture_year, due]),
    )
    end = np.concatenate([plants.retired_year, industry.end_year])
    is_running = (ready <= years[:, None]) & (years[:, None] < end)
    tonnes, n = is_running * size, len(plants)
    return np.concatenate([plants.in_place(tonnes[:, :n]), tonnes[:, n:]], axis=1).sum(axis=1)


class Candidates(NamedTuple):
    """Who bids in an open season; axis n."""

    hub: Integers
    willing_cny_per_tco2: Floats  # highest tariff
    willing_alone_cny_per_tco2: Floats  # the same without grants
    granted_cny: Floats  # what is promised
    new: Booleans  # who would build a capture plant for it
    size_tco2: Floats  # a year, of that
    lead_years: Integers  # from the decision to the plant
    can_pay: Booleans  # who would find the money for it


def sign_in_turn(
    hold: Callable[[Booleans], Season], candidates: Candidates, room: CaptureRoom, budget_cny: float
) -> tuple[Season, Served]:
    """Hold the open season within the possible growth of capture.

    Returns the season among those who have a turn, and the turns. Nobody signs who would find no money: no loan, or no
    grant that it cannot do without. The hub that is worth most to those who would sign at the tariffs of a season of
    all goes first, and at a hub who gains most by the tonne. Where few sign, tariffs may rise until some leave; then
    the next in line take their turns.

    Args:
        hold: holds the season among some of the candidates.
        candidates: who bids.
        room: what can be added.
        budget_cny: what is left for grants.
    """
    new, size = candidates.new, candidates.size_tco2
    season = hold(np.ones(new.size, dtype=bool))
    signs, gain = season.accepted & new, _gain(candidates, season)
    by_hub = sum_by_group(candidates.hub[signs], (gain * size)[signs], int(candidates.hub.max(initial=0)) + 1)
    short = _short(candidates, season, signs, budget_cny)
    order, first = np.lexsort((-gain, -by_hub[candidates.hub], short)), room.position(candidates.lead_years)
    wants = leaves = signs
    turns = first_turns = serve_for_good(order, wants=wants, size=size, first=first, room=room.tco2)
    while leaves.any():
        if not np.array_equal(turns.allowed, season.accepted & new):
            season = hold(turns.allowed | ~new)
        leaves = turns.allowed & ~season.accepted | _short(candidates, season, turns.allowed, budget_cny)
        wants = wants & ~leaves
        turns = serve_for_good(order, wants=wants, size=size, first=first, room=room.tco2)
    return season, first_turns._replace(allowed=~signs | first_turns.allowed | turns.allowed)


def _gain(candidates: Candidates, season: Season) -> Floats:
    """Compute gains by the tonne at a season's tariffs, CNY/t CO2 [n]."""
    return candidates.willing_cny_per_tco2 - season.tariff_cny_per_tco2[candidates.hub]


def _short(candidates: Candidates, season: Season, wants: Booleans, budget_cny: float) -> Booleans:
    """Mark the candidates that would find no money [n].

    They have no loan, or no grant that they cannot do without; grants are paid in their order.
    """
    alone = candidates.willing_alone_cny_per_tco2 > season.tariff_cny_per_tco2[candidates.hub]
    claims = np.where(wants, candidates.granted_cny, 0.0)
    got = pay_claims(claims=claims, priority=np.arange(wants.size), budget=budget_cny)
    return wants & (~candidates.can_pay | ~alone & (got < claims * (1.0 - 1e-12)))


def start_in_turn(
    emitting: Emitting, room: CaptureRoom, appraisals: tuple[Appraisal, Appraisal], turned_away: TurnedAway
) -> tuple[Appraisal, Appraisal]:
    """Let emitters take turns, and close capture to those without a turn.

    Who has signed with a hub goes first, then who gains most by the tonne.

    Args:
        emitting: the populations.
        room: what can be added.
        appraisals: of power units and of facilities.
        turned_away: who found no turn in this year's open season.
    """
    plants, industry, outcome, year = emitting
    power, goods = appraisals
    expected = industry.expected_output(year_index(year), outcome.output)
    wishes = (
        _ask(plants, power, lambda row, _: plant_capture.capture_size_tco2(plants, row)),
        _ask(
            industry,
            goods,
            lambda row, tonnes: industry_options.capture_size_tco2(industry, row, tonnes, expected[row]),
        ),
    )
    wish = CaptureWish._make(np.concatenate(columns) for columns in zip(*wishes, strict=True))
    turns = serve_for_good(
        np.lexsort((-wish.gain_cny_per_tco2, ~wish.signed)),
        wants=wish.wants,
        size=wish.size_tco2,
        first=room.position(wish.lead_years),
        room=room.tco2,
    )
    n, units = power.decider.size, len(plants)
    return (
        _with_turns(plants, power, wishes[0], _cut(turns, slice(n)), _cut(turned_away, slice(units))),
        _with_turns(
            industry, goods, wishes[1], _cut(turns, slice(n, None)), _cut(turned_away, slice(units, None))
        ),
    )


class CaptureWish(NamedTuple):
    """What deciders would do about capture; axis n."""

    wants: Booleans
    size_tco2: Floats  # a year, 0 of who does not
    gain_cny_per_tco2: Floats  # net present value by the tonne of a year
    lead_years: Integers
    signed: Booleans  # with a hub


def _ask(
    population: PowerPlants | Industry, appraisal: Appraisal, built_for: Callable[[Integers, Floats], Floats]
) -> CaptureWish:
    """Ask a population which deciders would capture, and how much."""
    n, considered, decider = appraisal.decider.size, appraisal.capture, appraisal.decider
    wants, signed = np.zeros(n, dtype=bool), population.contract_tco2[decider] > 0.0
    size, gain, lead = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    if considered is not None:
        option = population.choose(appraisal)
        choice_rows = np.flatnonzero(option[considered.row] == considered.option)
        row, tonnes = considered.row[choice_rows], considered.projects.stored_tco2[choice_rows]
        wants[row], size[row] = True, built_for(decider[row], tonnes)
        gain[row] = appraisal.npv_cny[row, option[row]] / np.maximum(tonnes, 1.0)
        lead[row] = considered.projects.lead_years[choice_rows]
    return CaptureWish(wants, size, gain, lead, signed)


def _with_turns(
    population: Investors, appraisal: Appraisal, wish: CaptureWish, turns: Served, turned_away: TurnedAway
) -> Appraisal:
    """Close capture to deciders without a turn in an appraisal.

    Those that found none in the open season are told so.
    """
    is_turned_away = ~np.isnan(turned_away.size_tco2)
    if not (wish.wants.any() or is_turned_away.any()):
        return appraisal
    no_turn, decider = wish.wants & ~turns.allowed, appraisal.decider
    captures = population.is_capture[None, :]
    barriers = appraisal.barriers.and_by(
        _bar(
            captures & (is_turned_away[decider] & ~wish.wants)[:, None],
            *(column[decider] for column in turned_away),
        ),
        _bar(captures & no_turn[:, None], wish.size_tco2, turns.room_left),
    )
    waiting = appraisal.waiting
    if waiting is not None:
        waiting = waiting._replace(reasons=partial(_explain_waiting, population, waiting, turned_away))
    return appraisal._replace(barriers=barriers, capture_tco2=wish.size_tco2 * turns.allowed, waiting=waiting)


def _cut[Rows: tuple[Any, ...]](rows: Rows, span: slice) -> Rows:
    return type(rows)(*(column[span] for column in rows))


def _bar(holds: Booleans, size_tco2: Floats, left_tco2: Floats) -> Bar:
    return Bar(ClosedBy.CAPTURE_PACE, holds, size_tco2[:, None] / T_PER_KT, left_tco2[:, None] / T_PER_KT)


def _explain_waiting(population: Investors, waiting: Waiting, turned_away: TurnedAway) -> Reasons:
    """Give the reasons of deciders that wait for a window.

    An open season would have been one but for the pace.
    """
    reasons, late = waiting.reasons(), TurnedAway._make(column[waiting.decider] for column in turned_away)
    holds = (
        (reasons.code == ClosedBy.NO_WINDOW)
        & population.is_capture[None, :]
        & ~np.isnan(late.size_tco2)[:, None]
    )
    bar = _bar(holds, *late)
    return Reasons(
        np.where(holds, bar.code, reasons.code).astype(reasons.code.dtype),
        np.where(holds, bar.value, reasons.value),
        np.where(holds, bar.limit, reasons.limit),
    )


def capture_entries(
    signals: Signals,
    expected_accounts: PlantAccounts,
    season: Season | None,
    actors: Actors,
    power: Appraisal,
    goods: Appraisal,
) -> tuple[CaptureEntry, ...]:
    """List the capture projects of two appraisals as entries of the ledger.

    To be called before anything starts.

    Args:
        signals: those that the appraisals were made at.
        expected_accounts: plants' accounts of the expected year.
        season: this year's open season, if there was one.
        actors: the agents.
        power: appraisal of the power plants.
        goods: of industry.
    """
    data = actors.plants.region.co2
    store_cost = _hub_store_cost(data, actors.hubs, season)
    intensity = thermal_intensity(actors.plants, expected_accounts)
    return tuple(
        CaptureEntry(
            year=signals.year,
            kind=emitters.kind,
            appraisal=appraisal,
            considered=appraisal.capture,
            roster=emitters.roster,
            signals=signals,
            co2=data,
            hub_store_cost_cny_per_tco2=store_cost,
            thermal_tco2_per_mwh=intensity,
        )
        for emitters, appraisal in ((actors.plants, power), (actors.industry, goods))
        if appraisal.capture is not None
    )


def _hub_store_cost(data: CO2Data, hubs: list[CO2Hub], season: Season | None) -> Floats:
    """Compute the stores' part of each hub's tariff, CNY/t CO2 [H].

    Lines that a hub has just been promised are included.
    """
    cost, totals_cny, volumes_tco2 = data.stores.cost_cny_per_tco2, [], []
    for hub in hubs:
        added_tco2 = float(season.added_tco2[hub.row]) if season is not None else 0.0
        store = int(season.store[hub.row]) if season is not None else 0
        totals_cny.append(hub.store_cost_cny_per_tco2 * hub.capacity_tco2 + float(cost[store]) * added_tco2)
        volumes_tco2.append(hub.capacity_tco2 + added_tco2)
    return np.array(totals_cny) / np.maximum(np.array(volumes_tco2), 1.0)

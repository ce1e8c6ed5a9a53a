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
from tanlu.investment.growth import grown
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
from tanlu.state.actors import Actors


class CaptureRoom(NamedTuple):
    """What capture can be added to what is running and under way."""

    first_lead_years: int  # from the decision to the first of the coming years
    tco2: Floats  # a year, more from each of them on [Y]

    @property
    def most_tco2(self) -> float:
        """What can be added in all, t CO2 a year."""
        return float(self.tco2.max())

    def position(self, lead_years: Integers) -> Integers:
        """Return the years in which plants are ready, as positions of `tco2` [n]."""
        return np.maximum(lead_years - self.first_lead_years, 0)


class TurnedAway(NamedTuple):
    """Who would have signed with a hub if capture grew faster; axis N every power unit and then facility."""

    size_tco2: Floats  # a year; NaN of all others
    left_tco2: Floats  # when its turn came

    @classmethod
    def nobody(cls, emitters: int) -> "TurnedAway":
        """Return that nobody was."""
        return cls(np.full(emitters, np.nan), np.full(emitters, np.nan))

    def told(self, rows: Integers, size_tco2: Floats, turns: Served) -> "TurnedAway":
        """Return the same with those at `rows` [n] who found no turn."""
        late, (size, left) = ~turns.allowed, (column.copy() for column in self)
        size[rows[late]], left[rows[late]] = size_tco2[late], turns.left[late]
        return TurnedAway(size, left)


class Emitting(NamedTuple):
    """The populations that capture, and what they made this year."""

    plants: PowerPlants
    industry: Industry
    made: ProductionOutcome
    year: int


def capture_room(emitting: Emitting, pace_factor: float) -> CaptureRoom:
    """Return what capture can be added from the first year in which a plant started now can be ready.

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
    there = capture_capacity(emitting, emitting.year + lead - years + np.arange(2 * years))
    most = grown(
        x["capture_floor_mtco2_per_year"] * T_PER_MT * pace_factor,
        x["capture_growth_rate"] * pace_factor,
        there[:years],
        x["capture_potential_mtco2_per_year"] * T_PER_MT,
        years,
    )
    return CaptureRoom(lead, np.maximum(most - there[years:], 0.0))


def capture_capacity(emitting: Emitting, years: Integers) -> Floats:
    """Return what capture plants running and under way are built for in later years, t CO2 a year [Y]."""
    plants, industry, made, _ = emitting
    power = plant_capture.capture_capacity_tco2(plants, np.arange(len(plants)))
    tonnes = made.captured_tco2 + industry.capture_under_way(made)
    goods = industry_options.capture_capacity_tco2(industry, np.arange(len(industry)), tonnes, made.output)
    due = np.where(industry.capture_year < OPEN_END_YEAR, industry.capture_year, industry.ready_year())
    size, ready = np.concatenate([power, goods]), np.concatenate([plants.capture_year, due])
    end = np.concatenate([plants.retired_year, industry.end_year])
    there = (ready <= years[:, None]) & (years[:, None] < end)
    tonnes, n = there * size, len(plants)
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
    paid: Booleans  # who would find the money for it


def sign_in_turn(
    hold: Callable[[Booleans], Season], candidates: Candidates, room: CaptureRoom, budget_cny: float
) -> tuple[Season, Served]:
    """Return the open season among those who have a turn, so that capture grows no faster than it can; and the turns.

    Nobody signs who would find no money: no loan, or no grant that it cannot do without. The hub that is worth most to
    those who would sign at the tariffs of a season of all goes first, and at a hub who gains most by the tonne. Where
    few sign, tariffs may rise until some leave; then the next in line take their turns.

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
    """Return what each gains by the tonne at the tariffs of a season, CNY/t CO2 [n]."""
    return candidates.willing_cny_per_tco2 - season.tariff_cny_per_tco2[candidates.hub]


def _short(candidates: Candidates, season: Season, wants: Booleans, budget_cny: float) -> Booleans:
    """Return who would find no money: no loan, or no grant that it cannot do without, paid in their order [n]."""
    alone = candidates.willing_alone_cny_per_tco2 > season.tariff_cny_per_tco2[candidates.hub]
    claims = np.where(wants, candidates.granted_cny, 0.0)
    got = pay_claims(claims=claims, priority=np.arange(wants.size), budget=budget_cny)
    return wants & (~candidates.paid | ~alone & (got < claims * (1.0 - 1e-12)))


def start_in_turn(
    emitting: Emitting, room: CaptureRoom, appraisals: tuple[Appraisal, Appraisal], away: TurnedAway
) -> tuple[Appraisal, Appraisal]:
    """Let those who would capture take turns, and close capture to who finds none: of power units and of facilities.

    Who has signed with a hub goes first, then who gains most by the tonne.

    Args:
        emitting: the populations.
        room: what can be added.
        appraisals: of power units and of facilities.
        away: who found no turn in this year's open season.
    """
    plants, industry, made, _ = emitting
    power, goods = appraisals
    asked = (
        _ask(plants, power, lambda row, _: plant_capture.capture_capacity_tco2(plants, row)),
        _ask(
            industry,
            goods,
            lambda row, tonnes: industry_options.capture_capacity_tco2(industry, row, tonnes, made.output),
        ),
    )
    one = CaptureWish._make(np.concatenate(columns) for columns in zip(*asked, strict=True))
    turns = serve_for_good(
        np.lexsort((-one.gain_cny_per_tco2, ~one.signed)),
        wants=one.wants,
        size=one.size_tco2,
        first=room.position(one.lead_years),
        room=room.tco2,
    )
    n, units = power.decider.size, len(plants)
    return (
        _with_turns(plants, power, asked[0], _part(turns, slice(n)), _part(away, slice(units))),
        _with_turns(industry, goods, asked[1], _part(turns, slice(n, None)), _part(away, slice(units, None))),
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
    """Return who would choose to capture, and what with."""
    n, considered, decider = appraisal.decider.size, appraisal.capture, appraisal.decider
    wants, signed = np.zeros(n, dtype=bool), population.contract_tco2[decider] > 0.0
    size, gain, lead = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    if considered is not None:
        option = population.choose(appraisal)
        chosen = np.flatnonzero(option[considered.row] == considered.option)
        row, tonnes = considered.row[chosen], considered.projects.stored_tco2[chosen]
        wants[row], size[row] = True, built_for(decider[row], tonnes)
        gain[row] = appraisal.npv_cny[row, option[row]] / np.maximum(tonnes, 1.0)
        lead[row] = considered.projects.lead_years[chosen]
    return CaptureWish(wants, size, gain, lead, signed)


def _with_turns(
    population: Investors, appraisal: Appraisal, asked: CaptureWish, turns: Served, away: TurnedAway
) -> Appraisal:
    """Return the appraisal with capture closed to who finds no turn, and told of who found none in the open season."""
    told = ~np.isnan(away.size_tco2)
    if not (asked.wants.any() or told.any()):
        return appraisal
    no_turn, decider = asked.wants & ~turns.allowed, appraisal.decider
    captures = population.is_capture[None, :]
    closed = appraisal.closed.and_by(
        _bar(captures & (told[decider] & ~asked.wants)[:, None], *(column[decider] for column in away)),
        _bar(captures & no_turn[:, None], asked.size_tco2, turns.left),
    )
    waiting = appraisal.waiting
    if waiting is not None:
        waiting = waiting._replace(reasons=partial(_told, population, waiting, away))
    return appraisal._replace(closed=closed, capture_tco2=asked.size_tco2 * turns.allowed, waiting=waiting)


def _part[Rows: tuple[Any, ...]](rows: Rows, of: slice) -> Rows:
    return type(rows)(*(column[of] for column in rows))


def _bar(holds: Booleans, size_tco2: Floats, left_tco2: Floats) -> Bar:
    return Bar(ClosedBy.CAPTURE_PACE, holds, size_tco2[:, None] / T_PER_KT, left_tco2[:, None] / T_PER_KT)


def _told(population: Investors, waiting: Waiting, away: TurnedAway) -> Reasons:
    """Return the reasons of who waits for a window, where an open season would have been one but for the pace."""
    reasons, mine = waiting.reasons(), TurnedAway._make(column[waiting.decider] for column in away)
    at = (
        (reasons.by == ClosedBy.NO_WINDOW)
        & population.is_capture[None, :]
        & ~np.isnan(mine.size_tco2)[:, None]
    )
    bar = _bar(at, *mine)
    return Reasons(
        np.where(at, bar.code, reasons.by).astype(reasons.by.dtype),
        np.where(at, bar.value, reasons.value),
        np.where(at, bar.limit, reasons.limit),
    )


def capture_entries(
    signals: Signals,
    expected_accounts: PlantAccounts,
    season: Season | None,
    actors: Actors,
    power: Appraisal,
    goods: Appraisal,
) -> tuple[CaptureEntry, ...]:
    """Return the capture projects of two appraisals as entries of the ledger; to be called before anything starts.

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
    """Return what of each hub's tariff goes to its stores, those of lines it has just been promised included [H]."""
    cost, spent, carried = data.stores.cost_cny_per_tco2, [], []
    for hub in hubs:
        more = float(season.added_tco2[hub.row]) if season is not None else 0.0
        store = int(season.store[hub.row]) if season is not None else 0
        spent.append(hub.store_cost_cny_per_tco2 * hub.capacity_tco2 + float(cost[store]) * more)
        carried.append(hub.capacity_tco2 + more)
    return np.array(spent) / np.maximum(np.array(carried), 1.0)

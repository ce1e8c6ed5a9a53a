"""Hubs: emitters commit their CO2 at posted tariffs, lines are built for it, and the hubs' accounts are settled."""

from typing import NamedTuple

import numpy as np

from tanlu.co2.hubs import CO2Hub, Line, hub_tariffs
from tanlu.co2.market import StoreHoldings
from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.signals import Signals
from tanlu.decisions.bookings import (
    BOOKED,
    end_contracts,
    expected_flow,
    needed_tco2,
    release_room,
    sign_contracts,
    sum_commitments,
    sum_lines,
)
from tanlu.decisions.capture import Candidates, CaptureRoom, TurnedAway, sign_in_turn
from tanlu.decisions.funding import ChosenProjects, can_be_paid
from tanlu.finance.credit import price_level
from tanlu.finance.hub_credit import HubLoans, borrow
from tanlu.industry import options as industry_options
from tanlu.investment.valuation import Bids, product_outlet, storage_bids
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.co2.open_season import SPARE_TCO2, Season, SeasonGround, clear_open_seasons
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.co2 import (
    capture_laws,
    capture_years,
    contracts_tco2,
    credit_cny_per_tco2,
    emitter_sites,
    locate_emitters,
)
from tanlu.power import capture as plant_capture
from tanlu.region.co2 import CO2Data, line_charge
from tanlu.region.co2_corridors import share_lines
from tanlu.region.pack import Region
from tanlu.region.tables import select_rows
from tanlu.settlement.hub_accounts import line_plans, owe_loans
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState


class HeldSeason(NamedTuple):
    """An open season, and the flow with which its lines reckon."""

    season: Season
    # A year, expected of units and of works, those that have signed in it among them; who starts later has none.
    flows_tco2: tuple[Floats, Floats]


class HubOutcome(NamedTuple):
    """What was built after an open season, CNY of 2020 [P]."""

    investment_cny: Floats  # that shippers pay for
    grant_cny: Floats  # public money for larger lines
    borrowed: HubLoans

    @classmethod
    def nothing(cls, hubs: int, provinces: int) -> "HubOutcome":
        """Build the outcome of a year without an open season."""
        return cls(np.zeros(provinces), np.zeros(provinces), HubLoans(*np.zeros((3, hubs))))


def open_season(
    actors: Actors,
    stores: StoreHoldings,
    signals: Signals,
    expected_accounts: PlantAccounts,
    production: ProductionOutcome,
    owners: tuple[Floats, Floats],
    room: CaptureRoom,
    grants_left_cny: float,
) -> tuple[Signals, HeldSeason | None, TurnedAway]:
    """Hold the open season if it is due.

    Returns the signals with the tariffs then posted, the season, and who found no turn. Who commits decides on its
    capture plant at once (docs/model/co2.md): a contract that no plant follows is void in `build_lines`.

    Args:
        actors: the agents.
        stores: what they hold.
        signals: the year's signals.
        expected_accounts: plants' accounts of the expected year.
        production: this year's production.
        owners: real discount rate of ordinary and of green projects by owner, [W, 2], and how far each believes
            announced policy, [W].
        room: what capture can be added.
        grants_left_cny: what budgets of grants for capture have left.
    """
    co2, nobody = actors.plants.region.co2, TurnedAway.nobody(len(actors.plants) + len(actors.industry))
    first, interval = (
        int(co2.transport[f"hub_{name}"]) for name in ("first_open_season_year", "open_season_interval_years")
    )
    if not actors.hubs or signals.year < first or (signals.year - first) % interval:
        return signals, None, nobody
    end_contracts(actors, signals.year)
    flow = expected_flow(actors, signals, expected_accounts, production)
    needed = needed_tco2(actors, signals, flow)
    rows, bids, projects = _bids(actors, signals, expected_accounts, production, flow, needed, *owners)
    commitments = sum_commitments(actors, flow, needed)
    carried = np.maximum(co2.transport["hub_diversity_share"] * bids.booked_tco2, bids.tonnes_tco2)
    for_lines = bids._replace(booked_tco2=carried)

    def hold(may: Booleans) -> Season:
        allowed_bids = Bids._make(column[may] for column in for_lines)
        season = _hold(actors, stores, signals, rows[may], allowed_bids, commitments)
        accepted = np.zeros(rows.size, dtype=bool)
        accepted[may] = season.accepted
        return season._replace(accepted=accepted)

    candidates = _candidates(actors, signals, rows, bids, projects)
    season, turns = sign_in_turn(hold, candidates, room, grants_left_cny)
    turned_away = nobody.add_late(rows, candidates.size_tco2, turns)
    joins, booked_tco2 = rows[season.accepted], bids.booked_tco2[season.accepted]
    flow = np.minimum(flow, contracts_tco2(actors.plants, actors.industry))
    flow[joins] += bids.tonnes_tco2[season.accepted]
    contract = release_room(actors, needed, joins, booked_tco2)
    contract[joins] += booked_tco2
    sign_contracts(actors, contract, co2.transport["hub_ship_or_pay_share"] * contract)
    tariff = season.tariff_cny_per_tco2
    posted = np.where(np.isfinite(tariff), tariff, hub_tariffs(actors.hubs))
    signals = signals._replace(co2=signals.co2._replace(hub_tariff_cny_per_tco2=posted))
    return signals, HeldSeason(season, (flow[: len(actors.plants)], flow[len(actors.plants) :])), turned_away


def build_lines(
    state: FinanceState, actors: Actors, region: Region, signals: Signals, held: HeldSeason | None
) -> tuple[FinanceState, HubOutcome]:
    """Void contracts without a capture plant, and start the lines then needed.

    Lines lie where the season put them, as large as what remains needs. Tariffs stay what shippers agreed to: if fewer
    follow than committed, at a hub or at one that shares its lines, the hub bears it. Hubs borrow for what they lay.
    """
    provinces = len(region.axes.provinces)
    if held is None:
        return state, HubOutcome.nothing(len(actors.hubs), provinces)
    end_contracts(actors, signals.year)
    investment, grants = np.zeros(provinces), np.zeros(provinces)
    anchor = anchors_tco2(actors.hubs, signals)
    season, laid = held.season, _lines(actors, signals, held, anchor)
    for hub, line, grant in laid:
        hub.add(line)
        investment[hub.province] += line.investment_cny
        grants[hub.province] += grant
    for hub in actors.hubs:
        hub.anchor_tco2 = float(anchor[hub.row])
        # Lines that nobody expects to use keep their tariff for whoever comes after all.
        if hub.lines and np.isfinite(season.tariff_cny_per_tco2[hub.row]):
            hub.tariff_cny_per_tco2 = float(season.tariff_cny_per_tco2[hub.row])
    plans = line_plans(laid, signals.year)
    book, borrowed = borrow(state.hubs, plans, actors.lenders, region, signals)
    owe_loans(actors.hubs, book, price_level(region, signals.year))
    return state._replace(hubs=book), HubOutcome(investment, grants, borrowed)


def anchors_tco2(hubs: list[CO2Hub], signals: Signals) -> Floats:
    """Compute each hub's anchor volume, t CO2 a year [H].

    The public stands for it. It is the highest of what the law says now and what it promised when each of the hub's
    lines was started.
    """
    return np.array(
        [
            max(float(signals.laws[law].hubs.anchor_tco2_per_year[hub.province]) for law in laws)
            for hub, laws in ((hub, {signals.law, *(line.law for line in hub.lines)}) for hub in hubs)
        ]
    )


def _candidates(
    actors: Actors,
    signals: Signals,
    rows: Integers,
    bids: Bids,
    projects: Projects,
) -> Candidates:
    """Build the candidates for a turn from their bids.

    Those for `projects` come first, then those of emitters that capture already.
    """
    plants, n, m = actors.plants, len(actors.plants), projects.province.size
    new = np.arange(rows.size) < m
    unit = np.flatnonzero(new & (rows < n))
    size, lead, can_pay = bids.booked_tco2.copy(), np.zeros(rows.size, np.int64), ~new
    granted, alone = np.zeros(rows.size), bids.willing_cny_per_tco2.copy()
    share = signals.co2.capture_grant_share[projects.province, projects.sector]
    fund = signals.green_fund_share[projects.province]
    granted[:m] = projects.capex_cny * share / (1.0 - share) / (1.0 - fund)
    unaided = projects._replace(capex_cny=projects.capex_cny / (1.0 - share))
    sites = select_rows(emitter_sites(plants, actors.industry), rows[:m])
    alone[:m] = storage_bids(signals, plants.region.co2, unaided, sites, size[:m]).willing_cny_per_tco2
    size[unit] = plant_capture.capture_size_tco2(plants, rows[unit])
    lead[:m] = projects.lead_years
    asks = np.flatnonzero(bids.willing_cny_per_tco2[:m] > 0.0)  # of the others nobody signs
    owner = np.concatenate([plants.owner, actors.industry.owner])[rows[asks]]
    for capex_cny in (projects.capex_cny, unaided.capex_cny):  # with and without grant
        requests = ChosenProjects.without_value(owner, select_rows(projects, asks), capex_cny[asks])
        can_pay[asks] |= can_be_paid(requests, actors.companies, actors.lenders, plants.region, signals)
    hub = emitter_sites(plants, actors.industry).hub[rows]
    return Candidates(hub, bids.willing_cny_per_tco2, alone, granted, new, size, lead, can_pay)


def _bids(
    actors: Actors,
    signals: Signals,
    expected_accounts: PlantAccounts,
    production: ProductionOutcome,
    flow: Floats,
    needed: Floats,
    hurdle: Floats,
    belief: Floats,
) -> tuple[Integers, Bids, Projects]:
    """Gather the bids for capture projects and those of sellers.

    Sellers bid if they would rather store. Returns the projects of the former too.
    """
    plants, power, units = plant_capture.capture_bids(
        actors.plants, signals, expected_accounts, hurdle, belief
    )
    facilities, goods, works = industry_options.capture_bids(
        actors.industry, signals, production, hurdle, belief
    )
    sellers, selling = _later_bids(actors, signals, flow, needed)
    n = len(actors.plants)
    rows = np.concatenate([plants, facilities + n, sellers])
    bids = Bids._make(np.concatenate(columns) for columns in zip(power, goods, selling, strict=True))
    return rows, bids, Projects._make(np.concatenate(columns) for columns in zip(units, works, strict=True))


def _later_bids(actors: Actors, signals: Signals, flow: Floats, needed: Floats) -> tuple[Integers, Bids]:
    """Bid for what emitters capture, or build capture for, beyond their contracts.

    The bid is the tariff at which storing that part of the expected `flow` [N] beats selling it now.
    """
    plants, industry = actors.plants, actors.industry
    contract = contracts_tco2(plants, industry)
    more, room = flow - np.minimum(contract, flow), needed - np.minimum(contract, needed)
    rows = np.flatnonzero(more > SPARE_TCO2)
    province, sector = (axis[rows] for axis in locate_emitters(plants, industry))
    law, since = capture_laws(plants, industry)[rows], capture_years(plants, industry)[rows]
    credit = credit_cny_per_tco2(signals, law, since, province, sector)
    nothing = np.zeros(rows.size)
    demand, competing_tco2 = signals.co2.product_demand, signals.co2.co2_competing_tco2
    price = product_outlet(demand, competing_tco2, nothing).price_cny_per_tco2
    return rows, Bids(more[rows], credit - price, room[rows])


def _hold(
    actors: Actors,
    stores: StoreHoldings,
    signals: Signals,
    rows: Integers,
    bids: Bids,
    commitments: Floats,
) -> Season:
    co2, hubs = actors.plants.region.co2, actors.hubs
    province, support = co2.hubs.province, signals.policy.hubs
    ready = signals.year + int(co2.transport["hub_lead_time_years"])
    lines = [(hub.capacity_tco2, hub.yearly_cost_cny(ready), hub.store_cost_cny_per_tco2) for hub in hubs]
    return clear_open_seasons(
        hub=emitter_sites(actors.plants, actors.industry).hub[rows],
        bids=np.stack(bids, axis=1),
        committed_tco2=commitments,
        anchor_tco2=anchors_tco2(hubs, signals),
        lines=np.array(lines),
        charge=line_charge(co2.transport, support.guarantee_share[province]),
        oversize=support.oversizing_share[province],
        ground=SeasonGround(
            ends=co2.corridors.ends,
            scale_cny=co2.corridors.scale_cny,
            flow_exponent=co2.corridors.flow_exponent,
            store_cost_cny_per_tco2=co2.stores.cost_cny_per_tco2,
            room_tco2=_room(hubs, stores, co2, commitments[:, BOOKED]),
        ),
    )


def _room(hubs: list[CO2Hub], stores: StoreHoldings, co2: CO2Data, committed_tco2: Floats) -> Floats:
    """Compute each store's room for new lines, t CO2 a year [J].

    The store has to last for as long as a line's cost is recovered. What is booked at a hub, `committed_tco2` [H],
    takes its share of each of the hub's lines.
    """
    booked = np.zeros(len(co2.stores.ids))
    for hub in hubs:
        for line in hub.lines:
            booked[line.store] += committed_tco2[hub.row] * line.capacity_tco2 / hub.capacity_tco2
    free_tco2 = co2.stores.capacity_tco2 - stores.held_tco2
    lasting = free_tco2 / co2.transport["hub_cost_recovery_years"]
    return np.maximum(np.minimum(co2.stores.injection_limit_tco2_per_year, lasting) - booked, 0.0)


def _lines(
    actors: Actors, signals: Signals, held: HeldSeason, anchor_tco2: Floats
) -> list[tuple[CO2Hub, Line, float]]:
    """List the hubs that add a line, with line and grant.

    The grant, CNY, pays for building the line larger. A hub without any contract adds none, whatever the public stands
    for, `anchor_tco2` [H].
    """
    co2, season = actors.plants.region.co2, held.season
    emitters = actors.plants, actors.industry
    starts = (np.zeros(len(x) - flow.size) for x, flow in zip(emitters, held.flows_tco2, strict=True))
    flow = np.concatenate([x for pair in zip(held.flows_tco2, starts, strict=True) for x in pair])
    booked = sum_lines(actors, flow, contracts_tco2(*emitters))
    province, support = co2.hubs.province, signals.policy.hubs
    present_tco2 = np.array([hub.capacity_tco2 for hub in actors.hubs])
    adds = (season.store >= 0) & (booked > 0.0)
    missing_tco2 = np.where(adds, np.maximum(np.maximum(booked, anchor_tco2) - present_tco2, 0.0), 0.0)
    if not missing_tco2.any():
        return []
    capacity = missing_tco2 * (1.0 + support.oversizing_share[province])
    shares = share_lines(co2.corridors, season.passes, missing_tco2, capacity)
    charge = line_charge(co2.transport, support.guarantee_share[province])
    return [
        (
            hub,
            Line(
                ready_year=signals.year + int(co2.transport["hub_lead_time_years"]),
                store=int(season.store[h]),
                corridors=tuple(np.flatnonzero(season.passes[h]).tolist()),
                length_km=float(shares.length_km[h]),
                shared_km=float(shares.shared_km[h]),
                capacity_tco2=float(capacity[h]),
                investment_cny=float(shares.investment_cny[h]),
                charge_share_per_year=float(charge[h]),
                law=signals.law,
            ),
            float(shares.grant_cny[h]),
        )
        for h, hub in enumerate(actors.hubs)
        if missing_tco2[h] > 0.0
    ]

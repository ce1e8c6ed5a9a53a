"""Auctions of contracts for difference: who wins and at which price, what is paid, and what no volume changes."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import CUSTOMERS, FUEL
from tanlu.core.units import MWH_PER_TWH
from tanlu.experiments.results import simulate
from tanlu.explanation.explain import DecisionExplanation, explain_decision
from tanlu.explanation.rendering import Table, render_explanation
from tanlu.finance.building import Auctions, BuildTerms, Room
from tanlu.kernels.building_sites import (
    AuctionLots,
    PlanRange,
    SiteTerms,
    award_contracts,
    find_fair_plans,
    value_sites,
)
from tanlu.output.folder import ResultError
from tanlu.power.tariffs import COMPONENTS
from tests import model_runs, naive_plans
from tests.model_runs import Watched, scenario, watch
from tests.policy_blocks import refused

W, P, K = 6, 2, 3
SLICES = 4000
CAP = 400  # CNY/MWh: under 372 wind of Chongqing needs more in 2030 since it pays tax
BLOCK = {
    "kind": "renewable_auction",
    "from_year": 2026,
    "cap_cny_per_mwh": CAP,
    "floor_cny_per_mwh": 186,
    "technologies": ["wind", "solar_utility"],
}
SYSTEM = COMPONENTS.index("system_operation")


def market(seed: int, **changes: object) -> tuple[SiteTerms, AuctionLots, np.ndarray]:
    """Return random companies, auctions and earnings; what is 0 without one is changed."""
    random = np.random.default_rng(seed)
    share = random.uniform(0.1, 1.0, (W, P, K))
    terms = SiteTerms(
        worth=random.uniform(8.0, 12.0, (W, K)),
        outlay=np.ones((W, K)),
        running_cost=np.full(K, 1e5),
        capex=random.uniform(4e6, 6e6, (P, K)),
        room=random.uniform(500.0, 3e3, (P, K)),
        share=share / share.sum(axis=0),
        full_index=0.3,
        smallest=0.0,
        gain=np.zeros((W, P, K)),
        won=np.zeros((W, P, K)),
    )
    real = np.repeat(random.uniform(6.0, 9.0, (W, 1, K)), P, axis=1)
    lots = AuctionLots(
        volume_mwh=random.uniform(0.1, 3.0, (P, K)) * 1e6,
        cap=np.full((P, K), 420.0),
        floor=random.uniform(120.0, 380.0, (P, K)),
        budget=np.full((P, K), np.inf),
        least_bids=np.ones((P, K)),
        energy=random.uniform(1200.0, 2600.0, (P, K)),
        support=np.full((P, K), 2e4),
        covered=np.full((P, K), 0.8),
        fixed_worth=real * random.uniform(0.85, 0.95, (W, 1, K)),
        real_worth=real,
    )
    value = lots.energy * random.uniform(180.0, 350.0, (P, K)) + lots.support
    return terms, lots._replace(**changes), value


def clear_by_slices(
    terms: SiteTerms, lots: AuctionLots, value: np.ndarray, p: int, k: int
) -> tuple[float, float]:
    """Return strike and energy awarded where each company bids small parts of its share, lowest bids first."""
    part = (np.arange(SLICES) + 0.5) / SLICES
    bids, energy = [], []
    for w in range(W):
        alone = (value[p, k] - terms.running_cost[k]) * terms.worth[w, k] - terms.capex[p, k] * terms.outlay[
            w, k
        ]
        lacking = np.maximum(part * terms.full_index * terms.capex[p, k] - alone, 0.0)
        in_market = (value[p, k] - lots.support[p, k]) * lots.real_worth[w, p, k]
        bid = (lacking / lots.covered[p, k] + in_market) / (lots.energy[p, k] * lots.fixed_worth[w, p, k])
        bids.append(np.maximum(bid, lots.floor[p, k]))
        mw = terms.room[p, k] * terms.share[w, p, k] / SLICES
        energy.append(np.full(SLICES, mw * lots.covered[p, k] * lots.energy[p, k]))
    bid, mwh = np.concatenate(bids), np.concatenate(energy)
    order = np.argsort(bid)
    order = order[bid[order] <= lots.cap[p, k]]
    total = np.cumsum(mwh[order])
    if not order.size:
        return 0.0, 0.0
    last = min(int(np.searchsorted(total, lots.volume_mwh[p, k])), order.size - 1)
    return float(bid[order][last]), float(min(total[-1], lots.volume_mwh[p, k]))


def awarded_mwh(terms: SiteTerms, lots: AuctionLots, value: np.ndarray) -> np.ndarray:
    """Return the energy under contract of the sites that are built [P, K]."""
    _, gain, won = award_contracts(terms, lots, value)
    _, p, k, size, _, contracted, _ = value_sites(terms._replace(gain=gain, won=won), value)
    energy = size * contracted * lots.covered[p, k] * lots.energy[p, k]
    return np.bincount(p * K + k, energy, P * K).reshape(P, K)


@pytest.mark.parametrize("companies", [W, 0])
@pytest.mark.parametrize("auctioned", [True, False])
def test_fair_plans_are_those_that_whole_arrays_give(auctioned: bool, companies: int) -> None:
    """200 random years, with auctions and without; in most of them companies want a part of the range."""
    ends = []
    for seed in range(100):
        random, (terms, lots, value) = np.random.default_rng(seed), market(seed)
        some = {
            name: getattr(terms, name)[:companies] for name in ("worth", "outlay", "share", "gain", "won")
        }
        terms = terms._replace(**some, smallest=20.0)
        lots = lots if auctioned else AuctionLots.nothing(terms.share.shape)
        hours = random.uniform(1200.0, 2600.0, (P, K))
        room_mwh = float((terms.room * hours).sum())
        fall = random.uniform(0.2, 0.9, (P, K))
        plans = PlanRange(0.0, room_mwh, 0.1 * room_mwh, 0.8 * room_mwh, 3.0 * value, 3.0 * fall * value)
        energy_mwh, wanted_mw = find_fair_plans(terms, lots, plans, hours)
        twin_mwh, twin_mw = naive_plans.find_fair_plans(terms, lots, plans, hours)
        assert energy_mwh == twin_mwh
        np.testing.assert_allclose(wanted_mw, twin_mw, rtol=1e-12)
        ends.append(energy_mwh / room_mwh)
    inner = np.count_nonzero((np.array(ends) > 0.0) & (np.array(ends) < 0.99))
    assert inner > 50 if companies else not any(ends)


@pytest.mark.parametrize("seed", range(8))
def test_the_lowest_bids_win_and_all_get_the_highest_of_them(seed: int) -> None:
    terms, lots, value = market(seed)
    strike, gain, won = award_contracts(terms, lots, value)
    energy = awarded_mwh(terms, lots, value)
    for p in range(P):
        for k in range(K):
            expected, mwh = clear_by_slices(terms, lots, value, p, k)
            assert strike[p, k] == pytest.approx(expected, abs=0.2)
            assert energy[p, k] == pytest.approx(mwh, rel=2e-3)
    assert (gain >= 0.0).all() and (won >= 0.0).all() and (won <= 1.0 + 1e-12).all()
    assert ((won > 0.0) <= (strike > 0.0)).all()


@pytest.mark.parametrize("seed", range(8))
def test_no_winner_is_paid_less_than_it_bid(seed: int) -> None:
    """At the strike a contract is worth no less than the market, and what is built pays at its owner's hurdle."""
    terms, lots, value = market(seed)
    strike, gain, won = award_contracts(terms, lots, value)
    _, _, _, _, npv, contracted, _ = value_sites(terms._replace(gain=gain, won=won), value)
    assert contracted.any() and (npv >= 0.0).all()
    in_market = (value - lots.support) * lots.real_worth / (lots.energy * lots.fixed_worth)
    wins = won > 0.0
    assert (np.broadcast_to(strike, won.shape)[wins] >= in_market[wins] - 1e-8).all()
    assert ((strike == 0.0) | ((strike >= lots.floor) & (strike <= lots.cap))).all()
    # A market that pays more than the cap has no bids.
    dear, _, nobody = award_contracts(terms, lots, value + lots.energy * 400.0)
    assert not dear.any() and not nobody.any()


@pytest.mark.parametrize("seed", range(4))
def test_the_lowest_bid_is_the_strike_from_which_a_company_wants_a_contract(seed: int) -> None:
    terms, lots, value = market(seed, volume_mwh=np.full((P, K), 1e9), floor=np.zeros((P, K)))
    terms = terms._replace(smallest=200.0)
    bids = Auctions(lots, np.full((P, K), 12)).list_bids(terms, value, np.zeros((P, K))).bid_cny_per_mwh
    can = terms.room * terms.share >= terms.smallest
    assert 4 <= can.sum() < can.size and (np.isnan(bids) == ~can).all()
    for w, p, k in zip(*np.nonzero(can), strict=True):
        for step, wins in ((0.01, True), (-0.01, False)):
            _, _, won = award_contracts(
                terms, lots._replace(cap=np.full((P, K), bids[w, p, k] + step)), value
            )
            assert (won[w, p, k] > 0.0) == wins


def test_least_bids_and_budget_shrink_the_volume() -> None:
    terms, lots, value = market(3, volume_mwh=np.full((P, K), 1e9))
    every_bid = awarded_mwh(terms, lots, value)
    fewer = awarded_mwh(terms, lots._replace(least_bids=np.full((P, K), 1.25)), value)
    np.testing.assert_allclose(fewer, every_bid / 1.25, rtol=1e-6)
    for budget in (1e5, 1e7, 1e8):
        limited = lots._replace(budget=np.full((P, K), budget))
        strike, _, _ = award_contracts(terms, limited, value)
        cost = np.maximum(strike - (value - lots.support) / lots.energy, 0.0) * awarded_mwh(
            terms, limited, value
        )
        assert (cost <= budget * (1.0 + 1e-6)).all()
        assert (awarded_mwh(terms, limited, value) <= every_bid * (1.0 + 1e-9)).all()


def test_a_volume_that_the_market_builds_anyway_builds_no_more() -> None:
    """Bids are then what the market pays, so a contract is worth nothing more; beyond it volume builds, in no jump."""
    terms, lots, value = market(5, floor=np.full((P, K), 150.0), cap=np.full((P, K), 600.0))
    rich = value + lots.energy * 20.0
    built = []
    for volume in (0.0, 2e3, *np.linspace(2e4, 5e6, 200)):
        _, gain, won = award_contracts(terms, lots._replace(volume_mwh=np.full((P, K), volume)), rich)
        *_, size, _, _, _ = value_sites(terms._replace(gain=gain, won=won), rich)
        built.append(size.sum())
    steps = np.diff(built)
    assert built[1] == pytest.approx(built[0], rel=1e-3)
    assert built[-1] > 1.2 * built[0] and steps.max() < 0.05 * (built[-1] - built[0])
    assert (steps > -1e-3 * built[0]).all()


def test_what_starts_beyond_its_bid_gets_no_contract() -> None:
    terms, lots, value = market(2)
    auctions = Auctions(lots, np.full((P, K), 12))
    agreed = BuildTerms(terms, terms.worth, np.ones(K, np.int64), Room.nothing((P, K)), auctions)
    sites = agreed.appraise_sites(value)
    more = auctions.limit_contracts(sites._replace(capacity_mw=3.0 * sites.capacity_mw))
    place = sites.province * K + sites.technology
    energy = more.capacity_mw * more.contracts.share * lots.energy[sites.province, sites.technology]
    assert (np.bincount(place, energy, P * K).reshape(P, K) <= lots.volume_mwh * (1.0 + 1e-9)).all()
    kept = auctions.limit_contracts(sites).contracts.share
    np.testing.assert_allclose(kept, sites.contracts.share, rtol=1e-6)


# --- whole runs -----------------------------------------------------------------------------------------------------


@cache
def auctioned() -> Watched:
    """Return a run with auctions in all provinces, in a run long enough for contracts to end."""
    terms = {"volume_twh_per_year": 3, "term_years": 4}
    return watch(scenario({"auction": {**BLOCK, **terms}}, years=(2020, 2036)))


def test_no_volume_is_no_auction_bit_for_bit() -> None:
    policies = {"auction": {**BLOCK, "volume_twh_per_year": 0, "owed_share": 0}}
    runs = [model_runs.run(scenario(blocks, years=(2020, 2032))) for blocks in ({}, policies)]
    assert not model_runs.differing(*runs)


def test_contracts_pay_strike_less_market_price_of_the_technology_both_ways() -> None:
    model, seen = auctioned(), []
    for lived in model.lived:
        plants, year, n = lived.plants, lived.year, lived.year.plants.output_mwh.size
        now, a = year.signals.year, year.plants
        runs = (plants.contracted_share[:n] > 0.0) & (now < plants.contract_end_year[:n])
        runs &= now >= plants.commissioned_year[:n]
        assert not a.difference_cny[~runs].any()
        group = plants.province[:n] * 100 + plants.fuel[:n]
        for row in np.flatnonzero(runs):
            same = group == group[row]
            price = a.revenue_cny[same].sum() / a.output_mwh[same].sum()  # of all of its kind, not its own
            strike = plants.nominal_strike_cny_per_mwh[row] / 1.015 ** (now - 2020)
            paid = plants.contracted_share[row] * a.output_mwh[row] * (strike - price)
            assert a.difference_cny[row] == pytest.approx(paid, rel=1e-9, abs=1.0)
            assert now < plants.commissioned_year[row] + 4
            assert plants.contracted_share[row] <= 0.8 + 1e-12
            seen.append(a.difference_cny[row])
    assert len(seen) > 40 and min(seen) < 0.0 < max(seen)


def test_consumers_of_the_province_pay_and_money_closes() -> None:
    """What plants get is what industry and commerce pay in system operation beyond all else in it."""
    paying = [CUSTOMERS.index(name) for name in ("industrial", "commercial")]
    checked = 0
    for lived in auctioned().lived:
        a, n, tariffs = lived.year.plants, lived.year.plants.output_mwh.size, lived.year.tariffs
        support = a.capacity_payment_cny + a.premium_cny + a.reserve_cny - a.limit_payment_cny
        cost = np.bincount(lived.plants.province[:n], support + a.difference_cny, 2)
        cost = cost + lived.year.power.units.uplift_cny - lived.year.power.hydro_sales.rebate_cny
        billed = tariffs.components_cny_per_mwh[:, :, SYSTEM] * tariffs.sold_mwh
        np.testing.assert_allclose(billed.sum(axis=1), cost, rtol=1e-9)
        np.testing.assert_allclose(billed[:, paying].sum(axis=1), cost, rtol=1e-9)
        checked += bool(a.difference_cny.any())
    assert checked >= 8
    assert max(record.balances.money_error.max() for record in auctioned().records) < 1e-9


def test_contracts_of_a_year_are_at_most_its_volume() -> None:
    model, hours = auctioned(), model_runs.REGION.power.renewable_profile.mean(axis=(2, 3)) * 8760
    plants, seen = model.ever, 0
    for j, fuel in enumerate(("wind", "solar_utility")):
        is_kind = (plants.fuel == FUEL[fuel]) & (plants.contracted_share > 0.0)
        for row in np.flatnonzero(is_kind):
            mwh = plants.capacity_mw[row] * plants.contracted_share[row] * plants.hours_share[row]
            assert (
                mwh * hours[plants.province[row], j] <= 3.0 * MWH_PER_TWH * 1.1
            )  # curtailed energy has none
            seen += 1
    assert seen > 20


def test_the_table_of_auctions_says_what_each_company_bid_and_why_it_won_or_not() -> None:
    table = pd.DataFrame(auctioned().ledger.auction_table())
    outcome = table.auction_outcome.astype(str)
    won, above = table[outcome == "won"], table[outcome == "above_cap"]
    assert len(won) > 20 and len(above) > 0 and (outcome == "market_pays_more").any()
    assert (won.strike_cny_per_mwh >= won.bid_cny_per_mwh - 1e-6).all() and (won.won_mwh > 0.0).all()
    assert (above.bid_cny_per_mwh > CAP).all() and not table.won_mwh[outcome != "won"].any()
    group = table.groupby(["year", "province", "option"], observed=True)
    assert (group.won_mwh.sum() <= group.volume_mwh.max() * (1.0 + 1e-9)).all()
    plants = auctioned().ever
    for name in ("Sichuan", "Chongqing"):
        wind = won[(won.year == 2030) & (won.option == "build_wind") & (won.province == name)]
        (row,) = np.flatnonzero([row == f"wind_{name.lower()}_2030" for row in plants.ids])
        paid = plants.nominal_strike_cny_per_mwh[row] / 1.015 ** (2030 - 2020)
        assert paid == pytest.approx(wind.strike_cny_per_mwh.iloc[0], rel=1e-9), name


def test_why_says_what_a_plant_won_and_why_another_was_not_bid_for() -> None:
    result = simulate(scenario({"auction": {**BLOCK, "volume_twh_per_year": 3}}, years=(2020, 2030)))
    table = result.auctions
    assert table is not None
    for outcome, words in (("won", "won"), ("above_cap", "it needs more than the cap")):
        row = table[(table.auction_outcome == outcome) & (table.option == "build_wind")].iloc[0]
        plant = f"wind_{str(row.province).lower()}_{row.decider}_{row.year}"
        explanation = explain_decision(result, plant)
        assert isinstance(explanation, DecisionExplanation) and explanation.auctions is not None
        assert (explanation.decider, explanation.year) == (row.decider, row.year)
        (bids,) = (
            part
            for part in render_explanation(explanation, result.scenario.region, "en")
            if isinstance(part, Table) and "contracts" in part.title
        )
        assert any(words in line[-1] and line[0].startswith("New wind") for line in bids.rows)
    with pytest.raises(ResultError):
        explain_decision(result, "wind_sichuan_nobody_2030")


def test_a_floor_above_the_cap_and_an_empty_block_are_refused() -> None:
    fault = refused(
        "renewable_auction",
        volume_twh_per_year=1,
        cap_cny_per_mwh={2026: 400, 2030: 200},
        floor_cny_per_mwh=250,
    )
    assert (fault.code, fault.place.path) == ("reversed-bounds", "policies.it.floor_cny_per_mwh")
    assert refused("renewable_auction", cap_cny_per_mwh=300).code == "no-effect"

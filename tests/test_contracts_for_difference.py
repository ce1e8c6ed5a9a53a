"""Contracts for difference on stored CO2: what they are worth to who decides, and what they pay in a run."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.core.axes import APPRAISAL_YEARS, SECTOR, S
from tanlu.core.schedules import CAPTURE_CONTRACT, CAPTURE_SUBSIDY
from tanlu.investment.valuation import appraise_projects, without_contracts
from tanlu.kernels.appraisal import Projects, StrikePrices
from tests import model_runs
from tests.model_runs import P, captured_mt, draws, scenario
from tests.monotone import first_quick, never_falls
from tests.policy_blocks import subsidy, tax

END = 2040
CAPTURES = 20.0  # Mt to END, so that a law is about something


def contract(strike: object, **more: object) -> dict[str, dict[str, object]]:
    block = {"kind": "ccus_subsidy", "from_year": 2026, "strike_price_cny_per_tco2": strike, **more}
    return {"contract": block}


# --- what it is worth --------------------------------------------------------------------------------------------


def one_project(**columns: float) -> Projects:
    usual = {"capex_cny": 0.0, "lead_years": 2, "life_years": 20, "cash_cny": 0.0, "avoided_tco2": 0.0}
    usual |= {
        "stored_tco2": 1000.0,
        "rate": 0.07,
        "belief": 1.0,
        "allowance_share": 0.0,
        "trust": 1.0,
        "tax_class": 0,
    } | columns
    whole = ("lead_years", "life_years", "tax_class")
    place = np.zeros(1, np.int64), np.full(1, SECTOR["cement"])
    return Projects(
        *place, **{name: np.full(1, value, int if name in whole else float) for name, value in usual.items()}
    )


def paths(seed: int):
    """Signals with random prices, supports and two contracts, of which only the first is in force today."""
    random = np.random.default_rng(seed)
    flat, ahead = (P, S), (P, S, APPRAISAL_YEARS)
    strike = random.uniform(100.0, 600.0, (2, *flat))
    strike[1] = 0.0
    contracts = StrikePrices(
        strike, random.uniform(100.0, 600.0, (2, *ahead)), np.array([7, 12]), np.array([0.8, 1.0])
    )
    return model_runs.heard(
        model_runs.watch(scenario(years=(2020, 2021))).lived[0].year.signals,
        carbon_cost_cny_per_tco2=random.uniform(0.0, 300.0, flat),
        carbon_path_cny_per_tco2=random.uniform(0.0, 300.0, ahead),
        subsidies={CAPTURE_SUBSIDY: random.uniform(0.0, 150.0, flat)},
        capture_support_path_cny_per_tco2=random.uniform(0.0, 150.0, ahead),
        captured_cost_cny_per_tco2=np.zeros(flat),
        captured_path_cny_per_tco2=np.zeros(ahead),
        allowance_value_cny_per_tco2=random.uniform(0.0, 90.0, flat),
        allowance_path_cny_per_tco2=random.uniform(0.0, 90.0, ahead),
        contracts=contracts,
        taxes=model_runs.REGION.finance.taxes.without_tax(),
    )


def naive_worth(of, belief: float, share: float, lead: int, life: int, rate: float) -> float:
    """Add up what the contracts pay for a tonne a year, year by year."""
    p, s, total = 0, SECTOR["cement"], 0.0
    carbon, co2 = of.carbon, of.co2

    def seen(now: float, path: np.ndarray, t: int) -> float:
        return now + belief * (path[min(t, APPRAISAL_YEARS) - 1] - now)

    for t in range(lead + 1, lead + life + 1):
        earned = seen(carbon.carbon_cost_cny_per_tco2[p, s], carbon.carbon_path_cny_per_tco2[p, s], t)
        earned += seen(of.subsidies[CAPTURE_SUBSIDY][p, s], co2.capture_support_path_cny_per_tco2[p, s], t)
        free = seen(carbon.allowance_value_cny_per_tco2[p, s], carbon.allowance_path_cny_per_tco2[p, s], t)
        earned -= share * free
        for c in range(2):
            if t - lead > co2.contracts.years[c]:
                continue
            lacking = max(co2.contracts.strike_path[c, p, s, min(t, APPRAISAL_YEARS) - 1] - earned, 0.0)
            paid = lacking * co2.contracts.paid_share[c] * (1.0 if c == 0 else belief)
            earned += paid
            total += paid / (1.0 + rate) ** t
    return total


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 20),
    belief=st.floats(0.0, 1.0),
    share=st.floats(0.0, 1.1),
    lead=st.integers(0, 6),
    life=st.integers(1, 40),
    rate=st.floats(0.0, 0.2),
)
def test_a_contract_is_worth_what_it_lacks_year_by_year(seed, belief, share, lead, life, rate) -> None:
    of = paths(seed)
    case = {"belief": belief, "allowance_share": share, "lead_years": lead, "life_years": life, "rate": rate}
    gain = [appraise_projects(heard, one_project(**case))[0][0] for heard in (of, without_contracts(of))]
    expected = 1000.0 * naive_worth(of, belief, share, lead, life, rate)
    assert gain[0] - gain[1] == pytest.approx(expected, rel=1e-9, abs=1e-3)


def test_with_a_contract_the_owner_earns_the_strike_price_whatever_it_believes_of_carbon() -> None:
    """The price of carbon is certain to who holds a contract above it: that is what it is for."""
    of = paths(3)
    strike = np.full((1, P, S), 900.0), np.full((1, P, S, APPRAISAL_YEARS), 900.0)
    of = model_runs.heard(of, contracts=StrikePrices(*strike, np.array([20]), np.ones(1)))
    worth = [
        appraise_projects(of, one_project(avoided_tco2=1000.0, belief=belief))[0][0]
        for belief in (0.0, 0.6, 1.0)
    ]
    annuity = sum(1.07**-t for t in range(3, 23))
    assert worth == pytest.approx([900.0 * 1000.0 * annuity] * 3)


def test_a_contract_without_a_carbon_price_is_a_rate_of_as_much_while_it_lasts() -> None:
    of, flat, ahead = paths(5), (P, S), (P, S, APPRAISAL_YEARS)
    free = {name: np.zeros(flat) for name in ("carbon_cost_cny_per_tco2", "allowance_value_cny_per_tco2")}
    free |= {name: np.zeros(ahead) for name in ("carbon_path_cny_per_tco2", "allowance_path_cny_per_tco2")}
    of = model_runs.heard(of, **free)

    def worth(rate: float, strike: float, years: int) -> float:
        support = {CAPTURE_SUBSIDY: np.full(flat, rate)}
        contracts = StrikePrices(
            np.full((1, *flat), strike), np.full((1, *ahead), strike), np.array([years]), np.ones(1)
        )
        path = np.full(ahead, rate)
        signals = model_runs.heard(
            of, subsidies=support, capture_support_path_cny_per_tco2=path, contracts=contracts
        )
        return float(appraise_projects(signals, one_project(life_years=20))[0][0])

    assert worth(0.0, 400.0, 20) == pytest.approx(worth(400.0, 0.0, 1))
    assert worth(150.0, 400.0, 20) == pytest.approx(worth(400.0, 0.0, 1)), "rates count as earned"
    assert worth(0.0, 400.0, 8) < worth(0.0, 400.0, 9) < worth(400.0, 0.0, 1)


def test_the_switching_price_leaves_contracts_out() -> None:
    of = paths(4)
    both = [
        appraise_projects(heard, one_project(avoided_tco2=900.0))[1] for heard in (of, without_contracts(of))
    ]
    assert both[0] == both[1]


# --- what it pays ------------------------------------------------------------------------------------------------


def lived_with(policies: Mapping[str, object], end: int = END):
    return model_runs.watch(scenario(dict(policies), years=(2020, end)))


def paid_cny(model) -> np.ndarray:
    return np.array([lived.year.budgets.paid_for_cny(CAPTURE_CONTRACT) for lived in model.lived])


# Captured CO2 needs allowances all the same.
MARKET = {"national_carbon_market": {"kind": "carbon_market", "from_year": 2021}}
TAX = tax({2026: 50, 2040: 150})
RATE = subsidy(80.0, sectors=["cement", "electricity"])


@pytest.mark.parametrize("counts", [False, True])
def test_a_stored_tonne_earns_the_strike_price_in_its_first_years_and_no_more_after(counts: bool) -> None:
    market = MARKET["national_carbon_market"] | ({"capture_counts_from_year": 2026} if counts else {})
    model = lived_with(
        {
            **contract(700, contract_years=5),
            **tax({2026: 100, 2040: 350}),
            **RATE,
            "national_carbon_market": market,
        }
    )
    inside = after = 0
    for lived in model.lived[6:]:
        co2, signals, n = lived.year.co2, lived.year.signals, lived.year.plants.output_mwh.size
        sector = np.concatenate([np.full(n, SECTOR["electricity"]), model.industry.sector])
        place = np.concatenate([lived.plants.province[:n], model.industry.province]), sector
        since = np.concatenate([lived.plants.capture_year[:n], model.industry.capture_year])
        stored, contracted = co2.stored_tco2, lived.year.finance.subsidies.contract_cny
        earned = (
            signals.policy.carbon.price_cny_per_tco2[place] + signals.carbon.border_cost_cny_per_tco2[place]
        )
        earned += np.where(np.isin(sector, [SECTOR["cement"], SECTOR["electricity"]]), 80.0, 0.0)
        if counts:
            price = signals.carbon.market_price_cny_per_tco2 * signals.policy.carbon.covered[place]
            free = signals.carbon.allowance_value_cny_per_tco2[place]
            earned += np.where(sector == SECTOR["electricity"], price, price - free)
        term = (stored > 0.0) & (signals.year - since < 5)
        lacking = np.maximum(700.0 - earned[term], 0.0)
        np.testing.assert_allclose(contracted[term], lacking * stored[term], rtol=1e-9)
        assert not contracted[~term].any(), "nothing is paid for CO2 that is sold, or after the contract"
        inside, after = inside + term.sum(), after + ((stored > 0.0) & ~term).sum()
    assert inside > 5 and after > 0, (inside, after)


def test_a_strike_price_below_what_is_earned_pays_nothing_and_moves_nothing() -> None:
    policies = {**tax(500.0), **subsidy(100.0), **MARKET}
    bare, idle = (lived_with({**policies, **more}) for more in ({}, contract(599.0)))
    assert bare.lived[-1].year.co2.stored_tco2.sum() > 0.0
    assert not paid_cny(idle).any()
    for one, other in zip(bare.lived, idle.lived, strict=True):
        assert one.year.co2.captured_tco2.tobytes() == other.year.co2.captured_tco2.tobytes()


def test_a_higher_carbon_price_makes_contracts_cheaper_by_the_tonne() -> None:
    per_tonne = []
    for price in (0.0, 60.0, 120.0, 240.0):
        model = lived_with({**contract(550.0), **tax(price), **MARKET})
        stored = sum(lived.year.co2.stored_tco2.sum() for lived in model.lived)
        assert stored > 1e6 * CAPTURES
        per_tonne.append(paid_cny(model).sum() / stored)
    assert np.all(np.diff(per_tonne) < 0.0), per_tonne
    assert per_tonne[0] - per_tonne[2] == pytest.approx(120.0, rel=0.1)


@first_quick("strikes", (200.0, 650.0), (200.0, 400.0, 650.0))
def test_a_higher_strike_price_never_lowers_capture(strikes: tuple[float, ...]) -> None:
    """In the mean of three draws, as for the rate by the tonne; in one draw where strikes are far apart."""
    number = 1 if len(strikes) == 2 else 3
    runs = [draws(scenario({**contract(strike), **TAX, **MARKET}), number) for strike in strikes]
    captured = [float(np.mean([captured_mt(one) for one in of])) for of in runs]
    never_falls(captured)
    assert captured[-1] > captured[0] + 300.0, captured


def test_contracts_stay_within_their_budget_and_agents_know_how_far_it_reached() -> None:
    # Half of what is claimed after tax, which makes fewer sign.
    model = lived_with({**contract(500.0, budget_bn_cny_per_year=0.35), **MARKET})
    assert paid_cny(model).max() == pytest.approx(0.35e9)
    (scheme,) = model.drivers.schedule.schemes_of_kind(CAPTURE_CONTRACT)
    assert 0.0 < min(lived.year.budgets.payout_ratio(scheme) for lived in model.lived) < 0.9
    for before, now in zip(model.lived[:-1], model.lived[1:], strict=True):
        heard = now.year.signals.co2.contracts.paid_share
        assert heard == [before.year.budgets.payout_ratio(scheme)]


def test_a_contract_without_an_end_is_refused_with_its_policy() -> None:
    """An instrument from outside may build any scheme; other kinds may pay as long as the policy is in force."""
    schedule = model_runs.watch(scenario(contract(500.0), years=(2020, 2021))).drivers.schedule
    (scheme,) = schedule.schemes_of_kind(CAPTURE_CONTRACT)
    with pytest.raises(
        ValueError, match="`term_years` of `capture_contract` in policy `contract` a finite number"
    ):
        schedule.with_subsidy(scheme._replace(term_years=np.inf))
    assert schedule.with_subsidy(scheme._replace(kind=CAPTURE_SUBSIDY, term_years=np.inf)) is not schedule


def test_who_signed_before_an_event_keeps_its_strike_price() -> None:
    cut = {"decided_in": 2034, "set": {"contract": {"strike_price_cny_per_tco2": 0}}}
    strike = 550.0  # at which somebody stores by 2034 after tax
    model = model_runs.watch(scenario({**contract(strike), **MARKET}, years=(2020, END), events={"cut": cut}))
    last = model.lived[-1].year
    n = last.plants.output_mwh.size
    law = np.concatenate([model.plants.capture_law[:n], model.industry.capture_law])
    stored, paid = last.co2.stored_tco2, last.finance.subsidies.contract_cny
    assert stored[law == 0].sum() > 0.0
    np.testing.assert_allclose(paid, np.where(law == 0, strike, 0.0) * stored)

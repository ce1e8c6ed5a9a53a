"""Credibility: owners believe governments less after a broken promise, and count on less of what is announced."""

import numpy as np
import pytest

import tanlu
from tanlu.core.schedules import PolicySchedule
from tanlu.core.words import LANGUAGES
from tanlu.finance.companies import Companies
from tanlu.finance.promises import PromisedAmounts, sum_promises
from tanlu.output.promises import broken_promises, promises_in_words
from tanlu.simulation.model import Inputs, RegionModel
from tests import model_runs

AXES = model_runs.REGION.axes
P, S = AXES.shape("province", "sector")
TAX = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}
SUPPORT = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 300}
CUT = {"decided_in": 2029, "set": {"support": {"rate_cny_per_tco2": 0}}}


def amounts(tonnes: float = 1e6) -> PromisedAmounts:
    nothing = PromisedAmounts.nothing(AXES)
    return nothing._replace(emitted_tco2=np.full((P, S), tonnes))


def law(price: np.ndarray | float) -> PolicySchedule:
    """Build a law with a carbon price by year."""
    schedule = PolicySchedule.neutral(AXES, 2020, 2040)
    path = np.broadcast_to(price, schedule.years.shape)[:, None, None] * np.ones((P, S))
    return schedule._replace(carbon=schedule.carbon._replace(price_cny_per_tco2=path))


def small_run(loss: float, *, broken: bool):
    """Run the small pack with support that is taken back in 2029, or not."""
    pack = {"parameters.credibility_loss_share": loss}
    events = {"cut": CUT} if broken else {}
    return model_runs.in_small_pack(
        {"tax": TAX, "support": SUPPORT}, years="2022-2036", events=events, pack=pack
    )


def test_a_promise_weighs_as_much_as_its_money_and_a_rise_breaks_none() -> None:
    years = np.arange(2020, 2071)
    lower, higher = np.where(years[:51] >= 2032, 50.0, 200.0), np.where(years[:51] >= 2032, 300.0, 200.0)
    size = law(0.0).years.size
    promised, broken = sum_promises(law(200.0), law(lower[:size]), 2030, 5, amounts())
    assert promised == pytest.approx(5 * 200.0 * S * 1e6)
    assert broken == pytest.approx(3 * 150.0 * S * 1e6), "the two years before are kept"
    assert not sum_promises(law(200.0), law(higher[:size]), 2030, 5, amounts())[1].any()
    later = np.where(years[:51] >= 2035, 0.0, 200.0)
    assert not sum_promises(law(200.0), law(later[:size]), 2030, 5, amounts())[1].any(), "five years' notice"


def test_credibility_rises_while_promises_are_kept_and_falls_when_one_is_broken() -> None:
    companies = RegionModel(Inputs(model_runs.scenario(), model_runs.REGION)).companies
    first = companies.table.policy_belief
    money = np.full(P, 1e9)
    kept = companies.hear(first, money, 0.0 * money)
    assert (kept.trust == 1.0).all() and (kept.credibility > first).all()
    assert kept.credibility == pytest.approx(first + 0.05 * (1.0 - first))
    broken = companies.hear(kept.credibility, money, 0.8 * money)
    fallen = kept.credibility + 0.05 * (1.0 - kept.credibility) * 0.2 - 0.5 * kept.credibility * 0.8
    assert broken.credibility == pytest.approx(fallen)
    assert broken.trust == pytest.approx((fallen / first) ** 0.2)
    nothing = 0.0 * money
    assert companies.hear(fallen, nothing, nothing).credibility == pytest.approx(fallen)


def test_who_is_active_in_one_province_sees_what_that_province_breaks() -> None:
    companies = RegionModel(Inputs(model_runs.scenario(), model_runs.REGION)).companies
    money, only_first = np.full(P, 1e9), np.eye(P)[0] * 1e9
    trust = companies.hear(companies.table.policy_belief, money, only_first).trust
    here = companies.province_share[:, 0]
    assert (trust[here == 0.0] == 1.0).all() and (trust[here == 1.0] < 1.0).all()
    both = trust[(here > 0.0) & (here < 1.0)]
    assert both.min() > trust[here == 1.0].max()


def test_a_broken_promise_changes_nothing_before_it_and_nothing_at_all_where_nobody_loses_trust() -> None:
    kept, broken, believed = (
        small_run(loss, broken=cut) for loss, cut in ((0.9, False), (0.9, True), (0.0, True))
    )
    trust = [np.array([r.finance.promises.credibility for r in x.records]) for x in (kept, broken, believed)]
    assert (trust[0][:7] == trust[1][:7]).all() and (trust[1][7] < trust[0][7]).all()
    assert (np.diff(trust[2], axis=0) >= 0.0).all()
    money = [sum(float(r.finance.promises.broken_cny.sum()) for r in x.records) for x in (kept, broken)]
    assert money[0] == 0.0 < money[1]
    for year in range(7):
        mine, other = (x.records[year].emissions.by_sector_tco2 for x in (broken, kept))
        assert (mine == other).all()


def test_rates_of_zero_are_fixed_belief_to_the_last_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    faithful = small_run(0.0, broken=True)
    hear = Companies.hear
    monkeypatch.setattr(
        Companies, "hear", lambda self, *money: hear(self, *money)._replace(trust=np.ones(len(self)))
    )
    assert model_runs.digest(small_run(0.0, broken=True)) == model_runs.digest(faithful)


def test_a_result_says_what_was_broken_in_both_languages() -> None:
    scenario = tanlu.load(
        {
            "name": "broken",
            "region": "two_provinces",
            "years": "2022-2031",
            "policies": {"tax": TAX, "support": SUPPORT},
            "events": {"cut": CUT},
        }
    )
    result = tanlu.simulate(scenario)
    promises = broken_promises(result)
    assert {promise.year for promise in promises} == {2029}
    assert all(50.0 < promise.share_percent < 70.0 for promise in promises), "300 of 500 CNY/t"
    keys = result.headline()["key"]
    assert (keys == "promise_broken_2029").sum() == len(promises) == P
    for language in LANGUAGES:
        sentences = promises_in_words(result, language)
        assert len(sentences) == len(promises) and all("2029" in sentence for sentence in sentences)

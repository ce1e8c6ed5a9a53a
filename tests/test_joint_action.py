"""A joint office: one price by what deciders could avoid, payments that add up to nothing, and no dearer than alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import tanlu
from tanlu.finance.joint_reviews import (
    AbatementOptions,
    decide_jointly,
    join_views,
    order_steps,
    pair_payments,
    share_effort,
)
from tanlu.finance.reviews import GuardView, ReviewView
from tanlu.indicators.catalogue import JOINT_EFFORT, JOINT_PAYMENT
from tanlu.inputs.diagnostics import ExtensionError, ScenarioError
from tanlu.output.regulators.joint import against_separate_in_words, joint_against_separate
from tanlu.output.regulators.reviews import reviews_in_words
from tanlu.output.result import Result
from tests.model_runs import ROOT
from tests.test_reviews import BASE, TAX, block, shared_values, view, view_aim, view_instrument

PROVINCES = ("North", "South")
LEVY = "levy.price_cny_per_tco2"
SLACK = {"variable": "Emissions|CO2", "at_most": {2022: 60, 2031: 60}}


def both(joint: object = PROVINCES, years: str = "2022-2031", **blocks: Any) -> dict[str, Any]:
    """Build a scenario in which both provinces review, together unless told otherwise."""
    policy = BASE["policies"]["tax"]
    south = block(aims={"path": SLACK}, instruments={LEVY: block()["instruments"][TAX]})
    return {
        **BASE,
        "years": years,
        "policies": {"tax": policy, "levy": {**policy, "regions": ["South"]}},
        "regulators": {"North": block(), "South": south} | blocks,
        "joint": [*joint],  # type: ignore[call-overload]
    }


@pytest.fixture(scope="module")
def joint() -> Result:
    aims = {"path": {"variable": "Emissions|CO2", "at_most": {2022: 10, 2031: 6}}}
    south = block(aims=aims, instruments={LEVY: block()["instruments"][TAX]})
    return tanlu.simulate(both(South=south))


# --- the rule -----------------------------------------------------------------------------------------------------


def options(*rows: tuple[int, int, float, float, float]) -> AbatementOptions:
    """Build options of decider, province, price, t avoided and t avoided by what was taken."""
    columns = np.array(rows, dtype=float).reshape(-1, 5).T
    return AbatementOptions(columns[0].astype(int), columns[1].astype(int), *columns[2:])


def test_a_decider_avoids_what_its_best_paying_option_avoids_beyond_what_it_took() -> None:
    steps = order_steps(
        options(
            (0, 0, 100, 5, 0),
            (0, 0, 300, 8, 0),  # only 3 more than the first
            (0, 0, 200, 4, 0),
            (1, 1, 150, 6, 2),  # 2 are avoided already
            (2, 1, 20, 9, 0),  # pays today and was not taken
        ),
        price_cny_per_tco2=50.0,
    )
    assert [steps.sum_avoided(price, 0) for price in (99, 100, 299, 300)] == [0, 5, 5, 8]
    assert [steps.sum_avoided(price, 1) for price in (149, 150)] == [0, 4]
    assert [steps.find_price(needed) for needed in (5, 5.1, 9.1, 12.1)] == [100, 150, 300, np.inf]


def views(north: float, south: float, **changes: Any) -> dict[str, ReviewView]:
    """Look at two members that are some shares of their aim away from their path, aims of 100 Mt each."""
    instrument = view_instrument(integral=0.0, **changes)
    members = {
        name: view({"path": view_aim(gap)}, instrument)._replace(province=name)
        for name, gap in zip(PROVINCES, (north, south), strict=True)
    }
    return join_views(members)


POSITIONS = {"North": 0, "South": 1}


def test_the_price_is_the_lowest_at_which_both_avoid_the_joint_gap() -> None:
    cheap_in_south = options((0, 0, 90, 4e6, 0), (1, 1, 60, 6e6, 0), (2, 0, 500, 9e6, 0))
    decisions = decide_jointly(views(0.12, -0.06), POSITIONS, lambda: cheap_in_south)  # 12 - 6 = 6 Mt
    assert [decision.moves[TAX].change for decision in decisions.values()] == [10.0, 10.0]
    assert [d.moves[TAX].joint_abatement_mtco2_per_year for d in decisions.values()] == [0.0, 6.0]
    dearer = decide_jointly(views(0.12, -0.05), POSITIONS, lambda: cheap_in_south)  # 7 Mt need the next step
    assert dearer["North"].moves[TAX].change == pytest.approx(
        1000 * 0.035
    )  # by what `scale` says, which is less
    assert (
        decide_jointly(views(0.05, -0.06), POSITIONS, lambda: cheap_in_south)["North"].moves[TAX].change
        == 0.0
    )


def test_members_share_the_joint_gap_and_the_guards_of_all() -> None:
    guarded = views(0.1, 0.0)
    broken = guarded["South"]._replace(guards=(GuardView("shortage_hours_per_year", 12.0, 10.0),))
    joined = join_views({"North": guarded["North"], "South": broken})
    assert joined["North"].guards == broken.guards
    assert joined["North"].joint is not None and joined["North"].joint.gap == pytest.approx(0.05)


def test_payments_add_up_to_nothing_for_1000_random_offices() -> None:
    random = np.random.default_rng(1)
    for _ in range(1000):
        members = int(random.integers(2, 6))
        aims, emissions = random.uniform(0.0, 4e8, (2, members))
        payments = share_effort(aims, emissions, float(random.uniform(0, 1000)))
        assert abs(payments.sum()) <= 1e-9 * np.abs(payments).sum()
        amounts = pair_payments(payments)
        assert (amounts >= 0.0).all()
        assert amounts.sum(axis=0) - amounts.sum(axis=1) == pytest.approx(payments, abs=1.0)
    missed = share_effort(np.array([100.0, 100.0]), np.array([120.0, 110.0]), 2.0)
    assert missed.tolist() == [-10.0, 10.0]  # both miss their aim; who misses it less is paid


# --- runs ---------------------------------------------------------------------------------------------------------


def test_one_price_holds_in_both_and_payments_close(joint: Result) -> None:
    assert joint.reviews is not None and joint.flows is not None
    decided = joint.reviews.pivot_table(
        index="from_year", columns="province", values="instrument_value", observed=True
    )
    assert (decided["North"] == decided["South"]).all() and (decided["North"] > 0.0).any()
    north, south = (joint.path(JOINT_PAYMENT, name) for name in PROVINCES)
    assert abs(north + south).max() <= 1e-9 * abs(north).max() and not north.loc[:2026].any()
    effort = joint.path(JOINT_EFFORT, "North")
    rest = {
        name: np.interp(2027, [2022, 2031], ends) - joint.path("Emissions|CO2", name)[2027]
        for name, ends in (("North", (14, 6)), ("South", (10, 6)))
    }
    assert effort[2028] == pytest.approx((rest["North"] - rest["South"]) / 2)
    assert north[2028] == pytest.approx(effort[2028] * joint.path("Price|Carbon", "North")[2027] / 1000)
    flows = joint.flows[joint.flows["item"] == "joint_effort"]
    paid = flows.groupby("year")["value_cny"].sum() / 1e9
    assert paid.to_numpy() == pytest.approx(abs(north[north != 0.0]).to_numpy())
    assert {*flows["payer"], *flows["payee"]} <= {*PROVINCES}
    assert joint.path("Balance Error|Flows").max() < 1e-9


def test_gains_of_zero_and_no_office_change_no_bit() -> None:
    idle = {"proportional": 0, "integral": 0}
    north = block(**idle)
    south = block(aims={"path": SLACK}, instruments={LEVY: north["instruments"][TAX]})
    plain = both(joint=())
    plain["regulators"] = {}
    result, without = tanlu.simulate(both(North=north, South=south)), tanlu.simulate(plain)
    assert shared_values(result, without).tobytes() == without.measures.values.tobytes()
    assert not result.draws(JOINT_PAYMENT, "North").any()


def test_sentences_headline_and_why_name_who_is_paid(joint: Result) -> None:
    from tanlu.explanation.explain import explain_decision
    from tanlu.explanation.rendering import render_explanation

    total = joint.path(JOINT_PAYMENT, "North").sum()
    rows = joint.headline().set_index(["key", "region"])["value"]
    assert rows["review_joint_payment", "North"] == pytest.approx(total)
    assert rows["review_joint_payment", "South"] == pytest.approx(-total)
    verbs = {"en": ("it gets", "it pays"), "zh": ("得到", "支付")}
    for language, (gets, pays) in verbs.items():
        *_, north, south = reviews_in_words(joint, language)
        assert (gets if total > 0 else pays) in north and (pays if total > 0 else gets) in south
        parts = [*render_explanation(explain_decision(joint, "North", 2027), "two_provinces", language)]
        assert any({"en": "joint office", "zh": "联合机构"}[language] in str(part) for part in parts)


def test_compare_holds_an_office_against_the_same_reviews_alone(joint: Result) -> None:
    from tanlu.scenario.schema import plain_scenario

    data = plain_scenario(joint.scenario)
    del data["joint"]
    separate = tanlu.simulate(data | {"name": "alone"})
    answer = joint_against_separate(joint, separate)
    assert answer is not None and joint_against_separate(separate, joint) is None
    cost = sum(member.gain_bn_cny.mean for member in answer.gains)
    assert cost == pytest.approx(-answer.cost_bn_cny.mean)  # what members pay each other is nobody's cost
    first, *members = against_separate_in_words((separate, joint), "en")
    assert first.startswith("reviewed against alone") and len(members) == 2
    assert against_separate_in_words((joint, joint), "en") == ()


@pytest.mark.slow
def test_joint_action_is_not_dearer_than_reviews_alone_for_the_same_co2() -> None:
    """In draws with water of their own, as both scenarios are shipped."""
    names = "joint_action", "provinces_review"
    joint, separate = (
        tanlu.simulate(tanlu.load(ROOT / "scenarios" / f"{name}.yaml"), replications=8) for name in names
    )
    answer = joint_against_separate(joint, separate)
    assert answer is not None
    same = answer.cost_of_same_emissions_bn_cny
    assert same.draws == 8 and same.mean - same.half_width <= 0.0, answer
    payments = sum(joint.draws(JOINT_PAYMENT, name) for name in joint.scenario.joint)
    assert np.abs(payments).max() <= 1e-9


# --- bad input ----------------------------------------------------------------------------------------------------


def south_block(**changes: object) -> Mapping[str, Any]:
    instrument = block()["instruments"][TAX] | changes.pop("instrument", {})  # type: ignore[operator]
    return block(aims={"path": SLACK}, instruments={LEVY: instrument}) | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"joint": ["North"]}, "a joint office of North alone"),
        ({"joint": ["North", "Suoth"]}, "there is no region 'Suoth'"),
        ({"joint": ["North", "North"]}, "given twice"),
        ({"South": south_block(enabled=False)}, "South reviews nothing"),
        ({"South": south_block(lead_years=2)}, "their `lead_years` differs"),
        ({"South": south_block(instrument={"within": [0, 200]})}, "their `within` differs"),
        (
            {"South": south_block(aims={"path": {"variable": "Emissions|CO2", "at_least": 5}})},
            "a member has one aim",
        ),
    ],
)
def test_a_mistake_about_an_office_has_one_message(changes: dict[str, Any], words: str) -> None:
    data = both(**changes)
    with pytest.raises(ScenarioError) as error:
        tanlu.load(data)
    assert len(error.value.findings) == 1 and words in str(error.value), error.value


def test_a_rule_of_a_member_has_one_message() -> None:
    rule = type("Own", (), {"review": lambda self, view: tanlu.Decision({})})
    with pytest.raises(ExtensionError) as error:
        tanlu.simulate(both(), extensions=(tanlu.Extension(name="own", regulators={"North": rule}),))
    assert "member of the joint office" in str(error.value)

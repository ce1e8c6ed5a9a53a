"""Regulators who review: bounds hold for any rule, nothing leaks into earlier years, and gaps become smaller."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tanlu
from tanlu.finance.government import shift_path
from tanlu.finance.reviews import (
    MAY_NOT_FALL,
    MOST_PER_REVIEW,
    WITHIN,
    AimView,
    GuardView,
    InstrumentView,
    IntegralReview,
    Review,
    ReviewView,
    bound_move,
)
from tanlu.indicators.catalogue import CUT, DISTANCE, INSTRUMENT, OUT_OF_REACH
from tanlu.indicators.main import indicators
from tanlu.inputs.diagnostics import ExtensionError, ScenarioError
from tanlu.inputs.types import Schedule
from tanlu.output.regulators.reviews import reviews_in_words
from tanlu.output.result import Result
from tanlu.output.take_away.brief import BriefSubject, brief
from tanlu.records.year import stack, stack_when_read
from tanlu.region.pack import load_region
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import shipped

ROOT = Path(__file__).parents[1]
TAX = "tax.price_cny_per_tco2"
BASE: dict[str, Any] = {
    "name": "reviewed",
    "region": "two_provinces",
    "years": "2022-2031",
    "replications": 1,
    "world": {"hydrology": "observed"},
    "policies": {
        "tax": {"kind": "carbon_price", "from_year": 2024, "price_cny_per_tco2": 0, "regions": ["North"]}
    },
}
STRICT = {"variable": "Emissions|CO2", "at_most": {2022: 14, 2031: 6}}


def block(**changes: object) -> dict[str, Any]:
    instrument = {"aim": "path", "scale": 1000, "within": [0, 300], "most_per_review": 150}
    instrument |= {
        key: changes.pop(key) for key in {*changes} & {*instrument, "may_fall", "integral", "proportional"}
    }
    usual = {"review_years": [2025, 2027, 2029], "aims": {"path": STRICT}, "instruments": {TAX: instrument}}
    return usual | changes


def reviewed(years: str = "2022-2031", extensions: tuple[Any, ...] = (), **changes: object) -> Result:
    data = {**BASE, "years": years, "regulators": {"North": block(**changes)}}
    return tanlu.simulate(data, extensions=extensions)


@pytest.fixture(scope="module")
def plain() -> Result:
    return tanlu.simulate(BASE)


@pytest.fixture(scope="module")
def strict() -> Result:
    return reviewed()


# --- the default rule ---------------------------------------------------------------------------------------------


def view_aim(gap: float, sign: float = 1.0) -> AimView:
    years = np.arange(2027, 2030)
    return AimView(
        "path",
        "Emissions|CO2",
        "Mt",
        sign,
        years,
        100.0 * (1 + sign * gap) * np.ones(3),
        np.full(3, 100.0),
        2034,
        100.0,
        100.0,
    )


def view_instrument(**changes: Any) -> InstrumentView:
    usual = InstrumentView(
        TAX, ("path",), Schedule(50.0), 50.0, True, 1000.0, 1.0, 0.2, 0.0, 800.0, 150.0, False
    )
    return usual._replace(**changes)


def view(
    gaps: Mapping[str, AimView], instrument: InstrumentView, reviews: tuple[Review, ...] = ()
) -> ReviewView:
    return ReviewView(2030, 2031, "North", gaps, {TAX: instrument}, (), reviews, {}, {}, 20.0)


def earlier(gap: float, gap_sum: float, cut: str) -> Review:
    nothing = dict.fromkeys(Review._fields, 0.0) | {"instrument": TAX, "aim": "path"}
    return Review(**nothing | {"gap": gap, "gap_sum": gap_sum, "cut": cut})


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_move_follows_the_gap_and_the_sum_of_gaps(sign: float) -> None:
    move = IntegralReview().weigh(view({"path": view_aim(0.05, sign)}, view_instrument()), TAX)
    assert move.change == pytest.approx(1000 * (0.05 + 0.2 * 0.05))
    again = view({"path": view_aim(0.05, sign)}, view_instrument(), (earlier(0.1, 0.3, ""),))
    assert IntegralReview().weigh(again, TAX).change == pytest.approx(1000 * (0.05 + 0.2 * 0.35))


def test_the_sum_stands_still_while_a_move_is_cut() -> None:
    cut = view({"path": view_aim(0.05)}, view_instrument(), (earlier(0.1, 0.3, WITHIN),))
    assert IntegralReview().weigh(cut, TAX).pulls["path"].gap_sum == pytest.approx(0.25)


@pytest.mark.parametrize(("scale", "wanted"), [(1000.0, 120.0), (-1000.0, -120.0)])
def test_of_two_aims_the_one_that_tightens_more_decides(scale: float, wanted: float) -> None:
    aims = {"near": view_aim(0.05), "far": view_aim(0.1)}
    instrument = view_instrument(aims=("near", "far"), scale=scale)
    assert IntegralReview().weigh(view(aims, instrument), TAX).change == pytest.approx(wanted)


def test_each_bound_and_guard_that_cuts_a_move_is_named_with_its_figure() -> None:
    assert bound_move(view_instrument(), (), 100.0) == (
        100.0,
        "",
        pytest.approx(np.nan, nan_ok=True),
        pytest.approx(np.nan, nan_ok=True),
    )
    assert bound_move(view_instrument(), (), 200.0) == (150.0, MOST_PER_REVIEW, 200.0, 150.0)
    assert bound_move(view_instrument(value=750.0), (), 100.0) == (50.0, WITHIN, 850.0, 800.0)
    assert bound_move(view_instrument(), (), -20.0) == (0.0, MAY_NOT_FALL, -20.0, 0.0)
    assert bound_move(view_instrument(may_fall=True), (), -20.0).change == -20.0
    broken, near = GuardView("shortage_hours_per_year", 12.0, 10.0), GuardView("other", 8.75, 10.0)
    assert bound_move(view_instrument(), (near, broken), 100.0) == (0.0, broken.name, 12.0, 10.0)
    assert bound_move(view_instrument(), (near,), 100.0) == (50.0, "other", 8.75, 10.0)
    assert bound_move(view_instrument(may_fall=True), (broken,), -20.0).change == -20.0


def test_no_rule_leaves_the_bounds_of_2000_random_instruments() -> None:
    random = np.random.default_rng(1)
    for _ in range(2000):
        low, high = np.sort(random.normal(0.0, 100.0, 2))
        first, last = random.uniform(low, high, 2)
        path = Schedule({2024: float(first), 2060: float(last)})
        instrument = view_instrument(
            path=path,
            value=path.value_in(2031),
            scale=float(random.choice([-1, 1]) * 10 ** random.uniform(-2, 4)),
            proportional=float(random.uniform(0, 3)),
            integral=float(random.uniform(0, 3)),
            lowest=float(low),
            highest=float(high),
            most_per_review=float(10 ** random.uniform(-2, 3)),
            may_fall=bool(random.integers(2)),
        )
        guards = tuple(
            GuardView(f"guard_{i}", float(random.uniform(0, 2)), 1.0) for i in range(random.integers(3))
        )
        aim = view_aim(float(random.normal()), float(random.choice([-1, 1])))
        wanted = IntegralReview().weigh(view({"path": aim}, instrument), TAX).change
        bound = bound_move(instrument, guards, wanted)
        values = shift_path(instrument, bound.change, 2031).path(np.arange(2024, 2101))
        assert (low <= values).all() and (values <= high).all()
        assert abs(bound.change) <= instrument.most_per_review * (1 + 1e-9)
        assert bool(bound.cut) == (bound.change != wanted)
        if any(guard.value >= guard.limit for guard in guards):
            assert bound.change * instrument.scale <= 0.0


# --- runs ---------------------------------------------------------------------------------------------------------


def shared_values(result: Result, plain: Result) -> np.ndarray:
    """Return the series that a run without regulators has too."""
    return result.measures.values[:, [v in plain.measures.variables for v in result.measures.variables]]


def test_gains_of_zero_change_no_bit(plain: Result) -> None:
    idle = reviewed(proportional=0.0, integral=0.0)
    assert shared_values(idle, plain).tobytes() == plain.measures.values.tobytes()
    assert idle.reviews is not None and not idle.reviews["move"].any()


def test_a_review_changes_no_bit_of_years_before_it(plain: Result, strict: Result) -> None:
    late = reviewed(review_years=[2028])
    before = plain.years < 2028
    values = shared_values(late, plain)
    assert values[..., before].tobytes() == plain.measures.values[..., before].tobytes()
    assert values[..., ~before].tobytes() != plain.measures.values[..., ~before].tobytes()
    assert strict.reviews is not None and (strict.reviews["from_year"] == strict.reviews["year"] + 1).all()


def test_what_a_review_decides_is_paid_from_its_year_on(strict: Result) -> None:
    price = strict.path("Price|Carbon", "North")
    assert strict.reviews is not None
    decided = strict.reviews.set_index("year")["instrument_value"]
    assert price[2025] == 0.0 and price[2026] == pytest.approx(decided[2025])
    assert price[2030] == pytest.approx(decided[2029]) and strict.path("Price|Carbon", "South").max() == 0.0


def test_bound_and_out_of_reach_are_said_with_figures(strict: Result) -> None:
    assert strict.reviews is not None
    last = strict.reviews.iloc[-1]
    assert (last["cut_by"], last["cut_limit"], last["instrument_value"]) == ("within", 300.0, 300.0)
    assert last["out_of_reach"] and last["forecast"] > last["forecast_path"]


def test_reviews_halve_what_is_above_a_path_that_can_be_reached() -> None:
    path = {2022: 14.5, 2028: 9.9, 2031: 8.3, 2034: 7.6, 2038: 6.8, 2045: 5.7}
    aims = {"path": {"variable": "Emissions|CO2", "at_most": path}}
    years = np.arange(2031, 2046)
    limit = np.interp(years, [*path], [*path.values()])
    after, without = (
        result.path("Emissions|CO2", "North").loc[2031:]
        for result in (
            reviewed("2022-2045", aims=aims, review_years="plan", within=[0, 800], scale=3000),
            tanlu.simulate({**BASE, "years": "2022-2045"}),
        )
    )
    excess, excess_without = (np.maximum(path - limit, 0.0).mean() for path in (after, without))
    assert excess <= 0.5 * excess_without, (excess, excess_without)


def test_an_official_aim_is_reviewed_by_its_path() -> None:
    result = reviewed(aims={"path": {"target": "peak_year"}}, review_years=[2027])
    assert result.reviews is not None and result.reviews["gap"].iloc[0] == 0.0


def test_a_file_of_the_users_own_replaces_the_rule() -> None:
    file = ROOT / "examples" / "stepwise.py"
    rule = tanlu.load_extension(file).regulators["Sichuan"]
    result = reviewed(extensions=(tanlu.Extension(name="north", regulators={"North": rule}),))
    assert result.reviews is not None and result.reviews["move"].tolist() == [50.0, 50.0, 50.0]
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 40


def test_indicators_headline_and_sentences_tell_what_the_table_has(strict: Result) -> None:
    assert strict.reviews is not None
    value, cut = (strict.path(f"{head}|{TAX}", "North") for head in (INSTRUMENT, CUT))
    distance, out = (strict.path(f"{head}|Emissions|CO2", "North") for head in (DISTANCE, OUT_OF_REACH))
    assert value.to_numpy() == pytest.approx(strict.path("Price|Carbon", "North").to_numpy())
    limit = np.interp(strict.years, [2022, 2031], [14, 6])
    assert distance.to_numpy() == pytest.approx(strict.path("Emissions|CO2", "North").to_numpy() - limit)
    assert not any(
        strict.path(name, "South").any() for name in strict.measures.variables if "Review|" in name
    )
    for row in strict.reviews.to_dict("records"):
        gap = row["forecast"] - row["forecast_path"] if row["out_of_reach"] else 0.0
        assert out[row["year"]] == out[row["year"] + 1] == pytest.approx(gap)
        assert cut[row["year"]] == pytest.approx(row["wanted_move"] - row["move"])
    headline = strict.headline().set_index(["key", "region"])["value"]
    assert headline[f"review_value_{TAX}", "North"] == 300.0
    assert headline["review_miss_path", "North"] == pytest.approx(
        np.maximum(distance[distance.index > 2025], 0.0).mean()
    )
    assert headline["review_out_of_reach_path", "North"] == pytest.approx(out[2029])
    moves, bound, aim = reviews_in_words(strict, "en")
    assert "2025, 2027, 2029" in moves and "from 0 to 300" in moves
    assert "at most 150 a review" in bound and f"cut {cut[2029]:.1f} from the move" in bound
    assert "out of reach at the reviews of" in aim and f"missed by {out[2029]:.2f} Mt" in aim
    for sentence in reviews_in_words(strict, "zh"):
        assert "评估" in sentence or "路径" in sentence
    targets = load_region("two_provinces").targets
    assert "Reviews of policies" in brief(BriefSubject(strict, None, targets, (), ""), "en")


def test_what_is_stacked_when_it_is_read_is_what_stacking_all_gives() -> None:
    region = load_region("two_provinces")
    records = RegionModel(Inputs(tanlu.load({**BASE, "years": "2022-2024"}), region)).run().records
    record, lazy = stack(records), stack_when_read(records)
    for indicator in indicators(region):
        values, same_values = np.asarray(indicator.measure(record)), np.asarray(indicator.measure(lazy))
        assert values.tobytes() == same_values.tobytes(), indicator.variable


def test_who_does_not_review_has_no_indicator_and_no_sentence(plain: Result) -> None:
    off = reviewed(enabled=False)
    assert off.measures.variables == plain.measures.variables and off.reviews is None
    assert off.measures.values.tobytes() == plain.measures.values.tobytes()
    assert reviews_in_words(off, "en") == reviews_in_words(plain, "en") == ()


def test_no_review_stands_whose_decision_would_come_after_the_run() -> None:
    late = reviewed(review_years=[2030, 2031])
    assert late.reviews is not None and late.reviews["year"].tolist() == [2030]


def test_why_tells_of_a_review_in_both_languages(strict: Result) -> None:
    from tanlu.explanation.explain import explain_decision
    from tanlu.explanation.rendering import render_explanation

    answer = explain_decision(strict, "north", 2029)
    for language, words in (("en", "out of reach"), ("zh", "无法达到")):
        parts = list(render_explanation(answer, "two_provinces", language))
        assert any(isinstance(part, str) and words in part and "6.00" in part for part in parts)


# --- the nation ---------------------------------------------------------------------------------------------------


CAP = "market.cap_share"
NATION: dict[str, Any] = {
    "review_years": [2025, 2028],
    "aims": {"path": {"variable": "Allowances|National|Emissions", "at_most": {2022: 4000, 2031: 3000}}},
    "instruments": {CAP: {"aim": "path", "scale": -1, "within": [0.2, 1], "most_per_review": 0.2}},
}


def in_nation(cap: object = None, **regulators: object) -> dict[str, Any]:
    """Build a scenario with a cap that the nation may review."""
    market = {"kind": "carbon_market", "from_year": 2022, "cap_share": cap or {2025: 1, 2035: 0.8}}
    return {**BASE, "policies": {**BASE["policies"], "market": market}, "regulators": regulators}


@pytest.fixture(scope="module")
def unreviewed_cap() -> Result:
    return tanlu.simulate(in_nation())


def test_the_nation_tightens_the_cap_and_the_market_reads_it_from_its_year_on(unreviewed_cap: Result) -> None:
    result = tanlu.simulate(in_nation(national=NATION))
    assert result.reviews is not None
    first = result.reviews.iloc[0]
    assert (first["province"], first["instrument"], first["from_year"]) == ("national", CAP, 2026)
    assert first["gap"] > 0.0 and first["move"] == pytest.approx(max(-1.2 * first["gap"], -0.2))
    assert first["instrument_value"] == pytest.approx(0.98 + first["move"])
    cap, plain_cap = (r.path("Allowances|National|Capped") for r in (result, unreviewed_cap))
    assert (
        cap.loc[2027:] < 0.9 * plain_cap.loc[2027:]
    ).all()  # steel, cement and aluminium are capped from 2027
    price, plain_price = (r.path("Price|Carbon|Market") for r in (result, unreviewed_cap))
    assert price[2024] == plain_price[2024] and price[2027] > 2.0 * plain_price[2027]
    assert result.path(f"{INSTRUMENT}|{CAP}")[2026] == pytest.approx(first["instrument_value"])


def test_gains_of_zero_leave_the_cap_and_every_bit_alone(unreviewed_cap: Result) -> None:
    gains = {"proportional": 0, "integral": 0}
    idle = {**NATION, "instruments": {CAP: {**NATION["instruments"][CAP], **gains}}}
    values = shared_values(tanlu.simulate(in_nation(national=idle)), unreviewed_cap)
    assert values.tobytes() == unreviewed_cap.measures.values.tobytes()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_why_headline_and_sentences_tell_of_the_nation(language: str) -> None:
    from tanlu.explanation.explain import explain_decision
    from tanlu.explanation.rendering import render_explanation

    result = tanlu.simulate(in_nation(national=NATION, North=block(review_years=[2027])))
    name = {"en": "The nation", "zh": "国家"}[language]
    parts = [*render_explanation(explain_decision(result, "national", 2025), "two_provinces", language)]
    assert name in str(parts[0]) and CAP in str(parts[0])
    assert any(name in sentence for sentence in reviews_in_words(result, language))
    assert {f"review_value_{CAP}", f"review_value_{TAX}"} <= {*result.headline()["key"]}


@pytest.mark.parametrize(
    ("regulators", "words"),
    [
        ({"Nroth": block()}, "did you mean `North`"),
        ({"natonal": NATION}, "did you mean `national`"),
        ({"national": NATION | {"aims": {"path": STRICT}}}, "does not measure `Emissions|CO2` of the nation"),
        ({"North": block(aims=NATION["aims"])}, "only `national` can aim at it"),
        ({"North": block(aims=NATION["aims"], instruments=NATION["instruments"])}, "`market` acts in North"),
        (
            {"national": NATION | {"guards": {"shortage_hours_per_year": 5}}},
            "guards are measured in provinces",
        ),
        ({"national": NATION | {"instruments": {TAX: NATION["instruments"][CAP]}}}, "`tax` acts in North"),
    ],
)
def test_a_mistake_about_the_nation_has_one_message(regulators: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError) as error:
        tanlu.simulate(in_nation(**regulators))
    assert len(error.value.findings) == 1 and words in str(error.value), error.value


@pytest.mark.parametrize(
    ("market", "words"),
    [
        ({}, "`cap_share` of `market` has no number"),
        ({"cap_share": 0.1}, "is 0.1 in 2022, outside of 0.2 to 1"),
    ],
)
def test_a_cap_that_is_no_path_or_outside_its_bounds_has_one_message(
    market: dict[str, Any], words: str
) -> None:
    data = in_nation(national=NATION)
    data["policies"]["market"] = {"kind": "carbon_market", "from_year": 2022, **market}
    with pytest.raises(ScenarioError) as error:
        tanlu.load(data)
    assert len(error.value.findings) == 1 and words in str(error.value), error.value


# --- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"aims": {"path": STRICT | {"variable": "Emissions|CO"}}},
            "nothing in the model measures `Emissions|CO`",
        ),
        ({"aims": {"path": {"target": "peak_yaer"}}}, "did you mean `peak_year`"),
        ({"aims": {"path": {"variable": "Emissions|CO2"}}}, "an aim needs exactly one path"),
        ({"aim": "paht"}, "did you mean `path`"),
        ({"instruments": {TAX: {}}}, "lacks the key `scale`"),
        ({"within": [300, 0]}, "lowest number"),
        ({"within": [-5, 300]}, "within"),
        ({"scale": 0}, "scale of 0"),
        ({"review_years": [2023]}, "a review in 2023"),
    ],
)
def test_a_mistake_has_one_message(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError) as error:
        reviewed(**changes)
    assert words in str(error.value), error.value


@pytest.mark.parametrize(
    ("name", "policy", "words"),
    [
        ("tex.price_cny_per_tco2", {}, "there is no policy `tex`"),
        ("tax.price_cny_per_co2", {}, "did you mean `price_cny_per_tco2`"),
        ("tax.sectors", {}, "is not a number"),
        ("tax.ceiling_cny_per_tco2", {}, "has no number that could be changed"),
        (TAX, {"regions": ["North", "South"]}, "`tax` acts in North, South"),
        (TAX, {"price_cny_per_tco2": {2024: 0, 2030: 500}}, "outside of 0 to 300"),
    ],
)
def test_an_instrument_that_no_policy_holds_has_one_message(
    name: str, policy: dict[str, Any], words: str
) -> None:
    instrument = {"aim": "path", "scale": 1000, "within": [0, 300], "most_per_review": 150}
    data = {**BASE, "regulators": {"North": block(instruments={name: instrument})}}
    data["policies"] = {"tax": BASE["policies"]["tax"] | policy}
    with pytest.raises(ScenarioError) as error:
        tanlu.load(data)
    assert len(error.value.findings) == 1 and words in str(error.value), error.value


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (None, "must return a `tanlu.Decision`"),
        (tanlu.Decision({"tex": tanlu.Move(1.0)}), "moves `tex`"),
        (tanlu.Decision({TAX: tanlu.Move(float("nan"))}), "finite number, got nan"),
        (tanlu.Decision({TAX: 5.0}), "finite number, got 5.0"),
    ],
)
def test_a_rule_that_returns_nonsense_has_one_message(decision: object, words: str) -> None:
    rule = type("Odd", (), {"review": lambda self, view: decision})
    with pytest.raises(ExtensionError) as error:
        reviewed(extensions=(tanlu.Extension(name="odd", regulators={"North": rule}),))
    assert words in str(error.value) and "North" in str(error.value)


# --- the real region ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_reviews_lower_what_the_provinces_emit_beyond_their_paths() -> None:
    scenario = shipped("provinces_review").model_copy(update={"replications": 4})
    off = {name: block.model_copy(update={"enabled": False}) for name, block in scenario.regulators.items()}
    after, without = (
        tanlu.simulate(scenario.model_copy(update={"regulators": blocks}))
        for blocks in (scenario.regulators, off)
    )
    for province, block in scenario.regulators.items():
        path = block.aims["co2"].at_most
        assert path is not None
        beyond, beyond_without = (
            np.maximum(result.draws("Emissions|CO2", province)[:, 11:] - path.path(result.years[11:]), 0.0)
            for result in (after, without)
        )
        assert beyond.mean() <= 0.5 * beyond_without.mean(), (province, beyond.mean(axis=1))

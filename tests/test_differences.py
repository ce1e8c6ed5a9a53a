"""Effects: which draws are pairs, how wide their intervals are, and what stands out of noise."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from tanlu.core.intervals import band, held_percent, median_interval
from tanlu.core.words import LANGUAGES
from tanlu.experiments.results import simulate
from tanlu.indicators.catalogue import is_rare
from tanlu.indicators.main import indicators
from tanlu.output.comparison import compare
from tanlu.output.comparison_tables.cells import Change, cell
from tanlu.output.differences import (
    Difference,
    Pairs,
    change_in_words,
    difference,
    half_widths,
    level,
    pairs_of,
)
from tanlu.output.figures.figure import FigureTopic, effect_figure, level_figure
from tanlu.region.pack import load_region
from tests import fake_run
from tests.model_runs import ONE_DRAW

DRAWN_FROM = np.random.default_rng(7)
PRICE = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 50}
DRAWS = np.random.default_rng(5).normal(10.0, 2.0, 9)
OTHERS = np.random.default_rng(6).normal(8.0, 5.0, 5)

INDICATORS = tuple(one.variable for one in indicators(load_region("chengyu")))

type Draws = Callable[..., np.ndarray]


def all_of(result: np.ndarray, baseline: np.ndarray, *, paired: bool) -> Pairs:
    return Pairs(np.arange(result.size), np.arange(baseline.size), paired)


def test_the_interval_of_pairs_is_that_of_the_paired_t_test() -> None:
    other = 0.9 * DRAWS + np.linspace(0.0, 1.0, 9)
    found = difference(DRAWS, other, all_of(DRAWS, other, paired=True))
    expected = stats.ttest_rel(DRAWS, other).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.draws == 9 and found.paired and not found.unchanged


def test_without_common_draws_the_interval_is_that_of_welch() -> None:
    found = difference(DRAWS, OTHERS, all_of(DRAWS, OTHERS, paired=False))
    expected = stats.ttest_ind(DRAWS, OTHERS, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.draws == 5 and not found.paired


def test_what_is_within_noise_has_no_sign_and_what_is_equal_has_no_noise() -> None:
    noise = np.array([-1.0, 1.0, -1.0, 1.2])
    pairs = all_of(noise, noise, paired=True)
    assert difference(noise, np.zeros(4), pairs).is_in_noise
    assert not difference(noise + 9.0, np.zeros(4), pairs).is_in_noise
    same = difference(noise, noise.copy(), pairs)
    assert same.unchanged and not same.is_in_noise and same.mean == 0.0
    nothing = np.full(4, np.nan)
    assert difference(nothing, nothing, pairs).unchanged, "a figure that neither has"
    single = difference(noise[:1], np.zeros(1), all_of(noise[:1], noise[:1], paired=True))
    assert math.isnan(single.half_width) and not single.is_in_noise


@pytest.mark.parametrize(
    ("one", "english", "chinese"),
    [
        (
            Difference(5.0, 2.0, 8, True, False),
            "rise by 5.0 ± 2.0 Mt (95 % interval over 8 pairs)",
            "增加5.0 ± 2.0百万吨（8对模拟的95%区间）",
        ),
        (
            Difference(-5.0, 2.0, 8, False, False),
            "fall by 5.0 ± 2.0 Mt (95 % interval, draws not paired)",
            "减少5.0 ± 2.0百万吨（95%区间，未配对）",
        ),
        (
            Difference(-1.0, 2.0, 8, True, False),
            "change by -1.0 ± 2.0 Mt (below noise",
            "变化-1.0 ± 2.0百万吨（低于噪声",
        ),
        (
            Difference(-5.0, math.nan, 1, True, False),
            "fall by 5.0 Mt (one draw, no",
            "减少5.0百万吨（单次模拟",
        ),
        (Difference(0.0, 0.0, 8, True, True), "stay as they are", "不变"),
    ],
)
def test_a_change_is_a_verb_with_its_size_and_says_how_sure_it_is(
    one: Difference, english: str, chinese: str
) -> None:
    said = {language: change_in_words(one, "mtco2", language) for language in ("en", "zh")}
    assert said["en"].startswith(english) and said["zh"].startswith(chinese)


def test_of_what_is_rare_ranks_hold_the_median_where_no_interval_holds_the_mean() -> None:
    """Of 4,000 times eight draws in which 15 % have a loss, mostly small."""
    rng = np.random.default_rng(3)
    losses = rng.lognormal(0.0, 1.5, (8, 4_000)) * (rng.random((8, 4_000)) < 0.15)
    mean = 0.15 * math.exp(0.5 * 1.5**2)
    assert (np.abs(losses.mean(axis=0) - mean) <= half_widths(losses)).mean() < 0.8
    skewed = rng.lognormal(0.0, 1.5, (8, 4_000))  # of median 1
    low, high = median_interval(skewed)
    assert ((low <= 1.0) & (high >= 1.0)).mean() == pytest.approx(1.0 - 2.0**-7, abs=0.005)
    twenty = median_interval(np.arange(20.0))
    assert twenty == (5.0, 14.0), (
        "the sixth and the fifteenth hold the median in 95.9 %, the next ranks in 88.5 %"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rare_change_is_told_by_its_draws_and_never_as_noise(language: str) -> None:
    here, there = np.array([0.0, 0.0, 0.4, 0.0, 2.5, 0.0, 0.0, -0.1]), np.zeros(8)
    usual, rare = (
        difference(here, there, all_of(here, there, paired=True), is_rare=one) for one in (False, True)
    )
    assert usual.is_in_noise and not rare.is_in_noise and not rare.has_sign and math.isnan(rare.half_width)
    assert rare.rare == (3, 8, 0.0, -0.1, 2.5, 2.5) and (rare.low, rare.high) == (-0.1, 2.5)
    figure = effect_figure(FigureTopic("short", "Shortage|Electricity", "Chengyu", "2030", "TWh/yr"), rare, 8)
    told = {"en": "other in 3 of 8 pairs; median 0", "zh": "8对模拟中3对有差别；中位数0"}[language]
    assert figure.signed(language).startswith(told) and not figure.is_in_noise and figure.sign == 0
    assert cell(0.35, Change(*rare[:2], rare.is_in_noise, rare.rare), "TWh/yr", language).startswith(
        f"0.35 ({told}"
    )
    never = level_figure(FigureTopic("short", "Shortage|Electricity", "Chengyu", "2030", "TWh/yr"), there, 8)
    assert never.rare_text(language) == {"en": "in none of 8 draws", "zh": "8次模拟中均未出现"}[language]


def test_the_catalogue_marks_what_is_rare() -> None:
    marked = {name for name in INDICATORS if is_rare(name)}
    assert {
        "Finance|Lender Losses",
        "Finance|Defaults",
        "Shortage|Electricity",
        "Expected Shortage|Hours",
    } <= marked
    assert {"Rationing|Electricity|Days", "Public Budget|Rescue", "Finance|Exits|Sold"} <= marked
    assert not marked & {
        "Emissions|CO2",
        "Carbon Capture",
        "Price|Electricity|Wholesale",
        "Parents|Dividends",
    }


def test_draws_are_paired_by_seed_and_replication(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_run.install(monkeypatch)
    base = simulate({"name": "base", **ONE_DRAW}, replications=3)
    more = simulate({"name": "more", **ONE_DRAW, "policies": {"price": PRICE}}, replications=5)
    pairs = pairs_of(more, base)
    assert pairs.paired and pairs.of_result.tolist() == pairs.of_baseline.tolist() == [0, 1, 2]
    emitted = [one.draws("Emissions|CO2")[:3, 30] for one in (more, base)]
    row = compare(base, more).variables(["Emissions|CO2"], [2050]).iloc[1]
    assert row["change"] == pytest.approx((emitted[0] - emitted[1]).mean()) and row["pairs"] == 3
    chance = simulate({"name": "chance", "seed": 2, **ONE_DRAW}, replications=5)
    assert not pairs_of(chance, base).paired
    row = compare(base, chance).variables(["Emissions|CO2"], [2050]).iloc[1]
    assert row["noise"] and row["pairs"] == 3, "luck alone"


def test_the_headline_and_the_cost_of_a_tonne_tell_what_is_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_run.install(monkeypatch)
    base = simulate({"name": "base", **ONE_DRAW}, replications=4)
    chance = simulate({"name": "chance", "seed": 2, **ONE_DRAW}, replications=4)
    compared = compare(base, chance)
    rows = compared.headline.set_index(["key", "region"])
    row = rows.loc[("emissions_2060", "Chengyu")]
    assert row["noise chance"] and row["half_width chance"] > abs(row["change chance"])
    cost = compared.cost.iloc[0]
    assert cost["noise"] and math.isnan(cost["system_cost_cny_per_tco2"])


def test_a_level_is_a_mean_with_the_band_of_its_draws() -> None:
    found = level(DRAWS)
    assert found.mean == pytest.approx(DRAWS.mean()) and found.draws == 9
    assert (found.low, found.high) == (DRAWS.min(), DRAWS.max()), "nine draws hold a further one in 80 %"
    assert np.isnan(level(DRAWS[:1])[1:3]).all()


@pytest.mark.parametrize("draw", [DRAWN_FROM.normal, DRAWN_FROM.exponential])
@pytest.mark.parametrize(("number", "percent"), [(2, 33.3), (8, 77.8), (12, 80.0), (20, 80.0)])
def test_a_band_holds_a_further_draw_as_often_as_it_says(draw: Draws, number: int, percent: float) -> None:
    """Of 20,000 bands; between quantiles that interpolate the draws as a population 62 % would lie for eight."""
    draws, further = draw(size=(number, 20_000)), draw(size=20_000)
    low, high = band(draws)
    assert held_percent(number) == pytest.approx(percent, abs=0.05)
    assert 100.0 * ((low <= further) & (further <= high)).mean() == pytest.approx(percent, abs=3.0)

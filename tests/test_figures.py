"""Figures are made once: sentence, cards, charts, table, file and command line agree, over many scenarios."""

import math
from contextlib import suppress
from functools import cache

import numpy as np
import pytest

from tanlu.core.words import LANGUAGES
from tanlu.core.words.numbers import MINUS
from tanlu.inputs.diagnostics import ScenarioError
from tanlu.inputs.plausible import plausible_range
from tanlu.output import charts
from tanlu.output.aims import count_aims, judge_aims
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.output.differences import effect_of
from tanlu.output.figures.cards import cards
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import (
    ABOUT,
    ABSENT,
    FIXED,
    PROVISIONAL,
    SETTLED,
    Figure,
    FigureTopic,
    effect_figure,
    fixed_figure,
    write_mark,
    write_quantity,
)
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import GIVEN_BACK, PUBLIC_MONEY, Paths, match_draws, paths_of
from tanlu.output.figures.phrases import against_in_words, plain
from tanlu.output.figures.quantities import Quantity
from tanlu.output.figures.sentence import EXCESS_PLACES, AnswerFigures, sentence
from tanlu.output.headline import headline
from tanlu.output.measures import Measured, Measures
from tanlu.pages.compare.files import series_csv
from tanlu.pages.compare.values import as_levels, series_of
from tanlu.pages.hours import BOTH
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.small_charts import SMALL, chart_values, picked
from tanlu.pages.workers.views import AnswerView, wide_table
from tanlu.policies import KINDS
from tanlu.scenario.difference import main_key
from tanlu.scenario.reference import ASSUMED, BASELINE, CONDITIONS, reference
from tanlu.scenario.schema import Scenario
from tests.model_runs import REGION, SHIPPED, measures, scenario, shipped

PLAIN = {"carbon": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}}
# Conditions and policies at once: effects are of the policies, against the baseline in these conditions.
DRY, DEAR = {"drought": {2028: 2022}}, {"gas_price_factor": 1.5, "demand_factor": 1.05}
WORLDS = ("dry_price", "dear_subsidy")
MIXES = {
    "dry_price": scenario(PLAIN, world=DRY),
    "dear_subsidy": scenario(
        {"capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 250}}, world=DEAR
    ),
    "price": scenario(PLAIN),
    "subsidy": scenario({"capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 300}}),
}


RANDOM = [f"random_{n}" for n in range(20)]
# What every run of the suite tries: no policy, capture, reviews, a dry year, other prices, and a random one.
QUICK = ("baseline", "ccus_push", "provinces_review", "dry_price", "dear_subsidy", RANDOM[0])
NAMES = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
    for name in (*SHIPPED, *MIXES, *RANDOM)
]


@cache
def random_mix(name: str) -> Scenario:
    """Return today's policies with up to three more, each within what is plausible of its main quantity."""
    chance = np.random.default_rng(int(name.rpartition("_")[2]))
    mains = {
        kind: (main_key(policy), policy.model_fields[main_key(policy)]) for kind, policy in KINDS.items()
    }
    ranges = {kind: (key, plausible_range(field)) for kind, (key, field) in mains.items()}
    kinds = sorted(kind for kind, (_, found) in ranges.items() if found is not None)
    while True:
        policies = {}
        for kind in chance.choice(kinds, size=chance.integers(1, 4), replace=False):
            key, plausible = ranges[kind]
            value = round(chance.uniform(plausible.low, plausible.high), 3)
            policies[f"own_{kind}"] = {
                "kind": str(kind),
                "from_year": int(chance.integers(2026, 2036)),
                key: value,
            }
        with suppress(ScenarioError):  # a kind that needs more than its main quantity is drawn anew
            return scenario(policies)


def measured(name: str) -> Measured:
    """Return one draw of a scenario as results are read."""
    one = MIXES[name] if name in MIXES else random_mix(name) if name in RANDOM else shipped(name)
    return measured_of(one)


def measured_of(one: Scenario) -> Measured:
    """Return one draw of a scenario as results are read."""
    found = measures(one)
    return Measured(
        one, Measures(found.variables, found.units, REGION.axes.regions, found.years, found.values[None])
    )


@pytest.mark.parametrize("name", NAMES)
def test_s08_sentence_cards_and_headline_give_the_same_figures(name: str) -> None:
    one = measured(name)
    held = reference(one.scenario, shipped("baseline"))
    base = measured_of(held.scenario)
    now, before = paths_of(one), paths_of(base)
    found = levels(now) | effects(now, before)
    rows = headline(one, REGION.targets, base)
    rows = rows[rows["region"] == one.region].set_index("key")
    both = [key for key in found if key in rows.index]
    assert len(both) > 15
    for key in both:
        told, shown = rows.loc[key, "value"], found[key].value
        assert told == shown or (math.isnan(told) and math.isnan(shown)), key
    targets = count_aims(judge_aims(one, REGION.targets, now.open_from))
    of = {"figures": found, "targets": targets, "targets_before": targets, "last": int(now.years[-1])}
    of |= {"free_from": now.free_from, "kind": held.kind, "progress": now.progress}
    for language in LANGUAGES:
        groups = cards(of, language)
        lines = [
            *sentence(AnswerFigures(found, now, before, held.kind), language),
            *(line for card in groups for line in card["lines"]),
        ]
        parts = [(part["figure"], part["text"]) for line in lines for part in line if part["figure"]]
        parts += [(card["figure"], str(Quantity(card["number"], card["unit"]))) for card in groups]
        seen = [(key, said) for key, said in parts if key in found]
        assert len(seen) > 12
        for key, said in seen:
            assert said.removeprefix("+") in (
                found[key].text[language],
                without_sign(found[key], language),
            ), key
        for key in {key for key, _ in seen}:
            assert len({said.lstrip(f"+{MINUS}") for other, said in seen if other == key}) == 1, "two values"


def without_sign(figure: Figure, language: str) -> str:
    """Return what a sentence may write of more that is emitted; all other figures keep their sign."""
    more = figure.key in EXCESS_PLACES.values() and figure.value < 0.0 and not figure.is_in_noise
    return str(write_quantity(abs(figure.value) if more else figure.value, figure.unit, language))


@pytest.mark.parametrize("name", WORLDS)
def test_in_other_conditions_the_comparison_of_the_command_line_gives_the_same_effects(name: str) -> None:
    one, plain = measured(name), shipped("baseline")
    held = reference(one.scenario, plain)
    assert held.kind == ASSUMED and held.scenario.world == one.scenario.world
    base = measured_of(held.scenario)
    found = levels(paths_of(one)) | effects(paths_of(one), paths_of(base))
    beside = SideBySide((measured_of(plain), one, base), ("baseline", name, "reference"))
    assert beside.against == (0, 2, 0)
    rows = beside.headline[beside.headline["region"] == one.region].set_index("key")
    for key in ("public_money", "net_public_money", "system_cost"):
        assert beside.cost.loc[0, f"{key}_bn_cny"] == found[f"{key}_change"].value, key
    assert beside.cost.loc[0, "avoided_mtco2"] == found["avoided"].value > 0.0
    last = f"emissions_{one.years[-1]}"
    fall = base.path("Emissions|CO2").iloc[-1] - one.path("Emissions|CO2").iloc[-1]
    assert rows.loc[last, f"change {name}"] == pytest.approx(-fall)
    short = SideBySide((measured_of(plain), one), ("baseline", name))
    assert short.against == (0, 0), "without the reference the baseline serves"


@pytest.mark.parametrize("language", LANGUAGES)
def test_s12_the_drought_is_told_with_its_price_and_shortage_against_the_same_policies_without(
    language: str,
) -> None:
    one, base = measured("drought_2028"), measured("baseline")
    held = reference(one.scenario, base.scenario)
    assert (held.kind, held.scenario) == (CONDITIONS, base.scenario)
    now, before = paths_of(one), paths_of(base)
    found = levels(now) | effects(now, before)
    at = now.years.tolist().index(2028)
    rise = now.wholesale_cny_per_mwh[0, at] - before.wholesale_cny_per_mwh[0, at]
    short = now.shortage_twh[0, at] - before.shortage_twh[0, at]
    assert found["drought_price_rise_2028"].value == pytest.approx(rise)
    assert found["drought_shortage_rise_2028"].value == pytest.approx(short)
    told = sentence(AnswerFigures(found, now, before, held.kind), language)
    dry = next(line for line in told if any(part["figure"] == "drought_price_2028" for part in line))
    assert {part["figure"] for part in dry} >= {"drought_price_rise_2028", "drought_shortage_rise_2028"}
    said = next(part["text"] for part in dry if part["figure"] == "drought_price_rise_2028")
    assert abs(rise) > 1.0, "rounded it still has its sign"
    # wet months of a dry year may outweigh its dry ones: the sign is told, whichever it is
    assert said.startswith(MINUS if rise < 0.0 else "+") and said in plain(dry)
    assert "2028" in plain(dry) and against_in_words(CONDITIONS, language) in plain(dry)
    assert against_in_words(CONDITIONS, language) in plain(told[0]), "the page says what it is held against"


# Figures that add up several variables; all others are of their own.
ADDED = {"public_money_cumulative": (PUBLIC_MONEY, GIVEN_BACK)}


@pytest.mark.parametrize("name", NAMES)
def test_s08_charts_table_and_file_give_the_figures_of_the_cards(name: str) -> None:
    one = measured(name)
    now = paths_of(one)
    view = AnswerView(
        "0" * 12,
        Levers(),
        wide_table(one.measures, one.measures.values.mean(axis=0)),
        one.region,
        measures=one.measures,
    )
    found = {
        key: figure for key, figure in levels(now).items() if not key.startswith(("net", "drought_shortage"))
    }
    assert len(found) > 10
    for key, figure in found.items():
        first, last = (figure.window.split("-") * 2)[:2]
        years = np.arange(int(first), int(last) + 1)
        shown: dict[str, float] = dict.fromkeys(("table", "file", "picked chart"), 0.0)
        for variable in ADDED.get(key, (figure.indicator,)):
            series = series_of(view, variable, BOTH, years, seed=1)
            drawn = picked(variable, view, view, one.scenario.region, "en")
            assert series is not None and drawn is not None
            text = series_csv(
                {"Region": one.region, "Variable": variable, "Unit": ""}, years, {"x": series}, {}
            )
            shown["table"] += sum(as_levels(series)["mean"])
            shown["file"] += sum(map(float, text.splitlines()[1].split(",")[6:]))
            shown["picked chart"] += sum(drawn.values["lines"][0][drawn.years.index(int(y))] for y in years)
        for where, value in shown.items():
            assert value == pytest.approx(figure.value, rel=1e-8, abs=1e-9), (key, where)
            for language in LANGUAGES:
                assert str(write_quantity(value, figure.unit, language)) == figure.text[language], (
                    key,
                    where,
                )
    total = charts.emission_path(view.wide, charts.SECTOR_LAYERS, view.region)["total"]
    assert total[-1] == pytest.approx(found[f"emissions_{now.years[-1]}"].value, abs=0.0006)
    (captured,) = chart_values(SMALL[0], now, now)["lines"]
    assert max(captured[6:]) == pytest.approx(found["captured_peak"].value, abs=0.0006)


@pytest.mark.parametrize("name", [*SHIPPED, *MIXES])
def test_s08_the_drawn_layers_add_up_to_the_total_in_every_year(name: str) -> None:
    found = measured(name).measures
    drawn = [variable for layer in charts.SECTOR_LAYERS for variable in layer.variables]
    total, layers = (
        found.values[0, [found.variables.index(one) for one in names], -1]
        for names in ([charts.TOTAL], drawn)
    )
    apart = np.abs(
        np.sum([charts.round_to_kt(layer) for layer in layers], axis=0) - charts.round_to_kt(total[0])
    )
    assert apart.max() < 0.01


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_s10_an_extreme_is_the_worst_of_all_years_that_a_policy_can_change(factor: float) -> None:
    """Also where observed years are dearer by the factor."""
    now, base = paths_of(measured("price")), paths_of(measured("baseline"))
    later = now.years >= 2026
    observed = np.where(later, 1.0, factor)
    tariffs = ("industry_cny_per_mwh", "household_cny_per_mwh")
    now = now._replace(**{name: getattr(now, name) * observed for name in tariffs})
    found = levels(now) | effects(now, base)
    changes = now.industry_cny_per_mwh[0] - base.industry_cny_per_mwh[0]
    worst = {
        "tariff_industry_rise": changes,
        "tariff_industry_highest": now.industry_cny_per_mwh[0],
        "tariff_household_highest": now.household_cny_per_mwh[0],
    }
    observed_is_worse = []
    for key, path in worst.items():
        assert found[key].value == path[later].max(), key
        assert int(found[key].window) == now.years[later][path[later].argmax()], key
        observed_is_worse.append(path[~later].max() > path[later].max())
    assert any(observed_is_worse) == (factor > 1.0)
    assert found["shortage_worst"].value == now.shortage_twh[0, now.years >= now.counted_from].max()
    assert found["shortage_worst"].value < now.shortage_twh[0].max(), "an observed year is worse"


def test_s10_the_lowest_reserve_is_that_of_the_years_that_a_policy_can_change() -> None:
    """Of a run that ends before the reserve falls below that of an observed year."""
    whole = paths_of(measured("baseline"))
    kept = whole.years <= 2035
    short = {name: getattr(whole, name)[..., kept] for name in ("years", *by_draw(whole))}
    now = whole._replace(**short)
    margin, later = now.reserve_margin_percent[0], now.years >= 2026
    assert levels(now)["reserve_margin_lowest"].value == margin[later].min() > margin.min()


def test_s09_the_price_of_carbon_earns_money_that_stands_next_to_what_is_spent() -> None:
    found = levels(paths_of(measured("high_carbon_price")))
    names = ("public_money", "climate_revenue", "net_public_money")
    spent, earned, net = (found[f"{name}_cumulative"].value for name in names)
    assert earned > 1000.0 and spent < 1.0 and net == pytest.approx(spent - earned)
    budget = measured("high_carbon_price").path("Public Budget|Climate Support|Net")
    assert net == pytest.approx(budget.loc[2025:].sum())


def by_draw(paths: Paths) -> list[str]:
    """Return the names of the paths that are by draw and year."""
    return [name for name in Paths._fields if getattr(getattr(paths, name), "ndim", 0) == 2]


DRAWS = 3  # of an answer that has all


def draws_of(paths: Paths, scales: list[float]) -> Paths:
    scaled = {
        name: np.concatenate([getattr(paths, name) * scale for scale in scales]) for name in by_draw(paths)
    }
    return paths._replace(requested_draws=DRAWS, **scaled)


def test_before_all_draws_are_there_a_level_is_that_of_the_baseline_and_the_pairs_so_far() -> None:
    base = draws_of(paths_of(measured("baseline")), [1.0, 1.2, 0.7])
    now = draws_of(paths_of(measured("price")), [1.0, 1.2])
    shown, reference = match_draws(now, base, base)
    usual, held, level = (levels(one)["emissions_cumulative"] for one in (base, reference, shown))
    assert held.value == pytest.approx(usual.value) and held.draws == level.draws == 2
    assert level.value == pytest.approx(held.value - effects(shown, reference)["avoided"].value)
    assert effects(shown, reference)["avoided"].value == pytest.approx(effects(now, base)["avoided"].value)
    whole = draws_of(paths_of(measured("price")), [1.0, 1.2, 0.7])
    assert match_draws(whole, base, base) == (whole, base)
    other = base._replace(seed=base.seed + 1)
    assert match_draws(now, other, other)[0].emissions_mtco2 is not shown.emissions_mtco2
    assert not now.pairs(other).paired


def test_an_effect_within_chance_is_said_to_be_so() -> None:
    base = draws_of(paths_of(measured("baseline")), [1.0, 1.1, 0.9])
    noisy = base._replace(emissions_mtco2=base.emissions_mtco2 * np.array([[1.01], [0.99], [1.0]]))
    found = levels(noisy) | effects(noisy, base)
    assert found["avoided"].is_in_noise
    said = plain(sentence(AnswerFigures(found, noisy, base, BASELINE), "en")[0])
    assert "beyond chance" in said and found["avoided"].range_text("en") in said
    assert not found["system_cost_per_tonne"].is_known
    sure = base._replace(emissions_mtco2=base.emissions_mtco2 * 0.9)
    assert not effects(sure, base)["avoided"].is_in_noise


@pytest.mark.parametrize(("language", "expected"), [("en", "more are emitted over"), ("zh", "多")])
def test_what_is_emitted_on_top_is_said_without_a_minus(language: str, expected: str) -> None:
    base = paths_of(measured("baseline"))
    more = base._replace(emissions_mtco2=base.emissions_mtco2 * 1.01)
    found = levels(more) | effects(more, base)
    assert found["avoided"].value < 0.0
    first = sentence(AnswerFigures(found, more, base, BASELINE), language)[0]
    assert expected in plain(first) and MINUS not in plain(first) and "-" not in plain(first)
    shown = {part["figure"]: part["text"] for part in first}
    assert shown["avoided"] == found["avoided"].text[language].removeprefix(MINUS)


def dearer(base: Paths, factors: list[float]) -> Paths:
    """Return an answer in which households pay so much more in each draw."""
    rows = slice(len(factors))
    dear = base.household_cny_per_mwh[rows] * np.array(factors)[:, None]
    cut = {name: getattr(base, name)[rows] for name in by_draw(base)}
    return base._replace(**cut | {"household_cny_per_mwh": dear})


# Factors by draw, and whether households are said to pay more: the mean rise is above a fifth in all but the first.
@pytest.mark.parametrize(
    ("factors", "is_warned"),
    [
        ([1.1, 1.1, 1.15], False),  # sure, and no fifth
        ([1.3, 1.4, 1.5], True),  # 40 ± 25 % by the t interval of three draws
        ([0.7, 1.2, 2.3], False),  # 40 ± 203 %: not even the sign is known
        ([1.3, 1.4], False),  # one draw is to come
    ],
)
def test_a_warning_waits_for_all_draws_and_for_a_known_sign(factors: list[float], is_warned: bool) -> None:
    base = draws_of(paths_of(measured("baseline")), [1.0, 1.0, 1.0])
    now, before = match_draws(dearer(base, factors), base, base)
    found = levels(now) | effects(now, before)
    rise = found["tariff_household_rise"]
    assert (rise.sign == 1) == (len(factors) == DRAWS and min(factors) >= 1.0)
    for language in LANGUAGES:
        told = sentence(AnswerFigures(found, now, before, BASELINE), language)
        printed = {part["figure"]: part["text"] for line in told for part in line}
        assert (printed.get(rise.key) == rise.text[language]) == is_warned
        assert not [key for key in printed if key.endswith("_rise") and key != rise.key]
    if len(factors) < DRAWS:
        assert {figure.state for figure in levels(now).values()} == {PROVISIONAL}


@pytest.mark.parametrize(("value", "is_told"), [(-0.04, False), (-0.06, True)])
def test_a_margin_below_zero_is_told_as_it_is_printed(value: float, is_told: bool) -> None:
    base = draws_of(paths_of(measured("baseline")), [1.0, 1.1, 0.9])
    slight = levels(base)["reserve_margin_lowest"]._replace(value=value)
    found = levels(base) | effects(base, base) | {"reserve_margin_lowest": slight}
    told = sentence(AnswerFigures(found, base, base, BASELINE), "en")
    assert is_told == any(part["figure"] == "reserve_margin_lowest" for line in told for part in line)


def test_a_ratio_carries_what_it_is_made_of() -> None:
    base = draws_of(paths_of(measured("baseline")), [1.0, 1.1, 0.9])
    now = base._replace(emissions_mtco2=base.emissions_mtco2 * 0.9, spent_bn_cny=base.spent_bn_cny + 5.0)
    ratio = effects(now, base)["public_money_per_tonne"]
    money, tonnes = ratio.parts
    assert (money.key, tonnes.key) == ("public_money_change", "avoided")
    assert ratio.value == pytest.approx(1000.0 * money.value / tonnes.value)
    assert (ratio.draws, ratio.state) == (DRAWS, SETTLED)


@pytest.mark.parametrize(
    ("draws", "requested", "state", "sign"),
    [
        ([2.0, 2.2, 2.1], 3, SETTLED, 1),
        ([-2.0, -2.2, -2.1], 3, SETTLED, -1),
        ([-2.0, 2.2, 0.1], 3, SETTLED, 0),
        ([2.0, 2.0, 2.0], 3, FIXED, 1),  # no draw moves it
        ([2.0, 2.2], 3, PROVISIONAL, 0),
        ([2.0], 1, SETTLED, 0),  # one draw has no interval
        ([math.nan], 1, ABSENT, 0),
    ],
)
def test_a_figure_knows_its_state_and_whether_its_sign_is_known(
    draws: list[float], requested: int, state: str, sign: int
) -> None:
    topic = FigureTopic("x", "Emissions|CO2", "North", "2030", "Mt CO2")
    change = effect_of(np.array(draws), unchanged=False)
    figure = effect_figure(topic, change, requested)
    assert (figure.state, figure.sign) == (state, sign)
    for language in LANGUAGES:
        told = figure.signed(language)
        mark = write_mark(len(draws), requested, language)
        assert (told.startswith(ABOUT) and told.endswith(mark)) == (state == PROVISIONAL)
        if state != PROVISIONAL and sign:
            assert told.startswith("+" if sign > 0 else MINUS)
    assert fixed_figure(topic, 3.0).state == FIXED and not fixed_figure(topic, 3.0).mark("en")

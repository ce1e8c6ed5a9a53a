"""Figures are made once: sentence, cards, chart, file and command line agree, over all shipped scenarios."""

import math

import numpy as np
import pytest

from tanlu.core.words import LANGUAGES
from tanlu.output import charts
from tanlu.output.figures.cards import cards
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import written
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import Paths, aligned, paths_of
from tanlu.output.figures.phrases import plain
from tanlu.output.figures.quantities import Quantity
from tanlu.output.figures.sentence import sentence
from tanlu.output.figures.targets import count, judged
from tanlu.output.headline import headline
from tanlu.output.measured import Measured, Measures
from tests.model_runs import REGION, SHIPPED, measures, scenario, shipped

PLAIN = {"carbon": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}}
MIXES = {
    "price": scenario(PLAIN),
    "subsidy": scenario({"capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 300}}),
}


def measured(name: str) -> Measured:
    """Return one draw of a scenario as results are read."""
    one = MIXES[name] if name in MIXES else shipped(name)
    found = measures(one)
    return Measured(
        one, Measures(found.variables, found.units, REGION.axes.regions, found.years, found.values[None])
    )


@pytest.mark.parametrize("name", [*SHIPPED, *MIXES])
def test_sentence_cards_and_headline_give_the_same_figures(name: str) -> None:
    one, base = measured(name), measured("baseline")
    now, before = paths_of(one), paths_of(base)
    found = levels(now) | effects(now, before)
    rows = headline(one, REGION.targets, base)
    rows = rows[rows["region"] == one.region].set_index("key")
    both = [key for key in found if key in rows.index]
    assert len(both) > 15
    for key in both:
        told, shown = rows.loc[key, "value"], found[key].value
        assert told == shown or (math.isnan(told) and math.isnan(shown)), key
    targets = count(judged(one, REGION.targets, now.open_from))
    of = {"figures": found, "targets": targets, "targets_before": targets, "last": int(now.years[-1])}
    of["open_from"] = now.open_from
    for language in LANGUAGES:
        groups = cards(of, language)
        lines = [
            *sentence(found, now, before, language),
            *(line for card in groups for line in card["lines"]),
        ]
        parts = [(part["figure"], part["text"]) for line in lines for part in line if part["figure"]]
        parts += [(card["figure"], str(Quantity(card["number"], card["unit"]))) for card in groups]
        seen = [(key, said) for key, said in parts if key in found]
        assert len(seen) > 12
        for key, said in seen:
            assert said.removeprefix("+") == str(written(found[key].value, found[key].unit, language)), key
        for key in {key for key, _ in seen}:
            assert len({said.removeprefix("+") for other, said in seen if other == key}) == 1, "two values"


@pytest.mark.parametrize("name", [*SHIPPED, *MIXES])
def test_the_drawn_layers_add_up_to_the_total_in_every_year(name: str) -> None:
    found = measured(name).measures
    drawn = [variable for layer in charts.SECTOR_LAYERS for variable in layer.variables]
    total, layers = (
        found.values[0, [found.variables.index(one) for one in names], -1]
        for names in ([charts.TOTAL], drawn)
    )
    apart = np.abs(np.sum([charts.rounded(layer) for layer in layers], axis=0) - charts.rounded(total[0]))
    assert apart.max() < 0.01


def test_an_extreme_is_the_worst_of_all_years_that_a_policy_can_change() -> None:
    now, base = paths_of(measured("price")), paths_of(measured("baseline"))
    found = levels(now) | effects(now, base)
    rise = found["tariff_industry_rise"]
    changes = now.industry_cny_per_mwh[0] - base.industry_cny_per_mwh[0]
    later = now.years >= 2026
    assert rise.value == changes[later].max() > 0.0
    assert int(rise.window) == now.years[later][changes[later].argmax()]
    assert found["unserved_worst"].value == now.unserved_twh[0, later].max()
    assert found["unserved_worst"].value < now.unserved_twh[0].max(), "an observed year is worse"


def test_the_price_of_carbon_earns_money_that_stands_next_to_what_is_spent() -> None:
    found = levels(paths_of(measured("high_carbon_price")))
    names = ("public_money", "climate_revenue", "net_public_money")
    spent, earned, net = (found[f"{name}_cumulative"].value for name in names)
    assert earned > 1000.0 and spent < 1.0 and net == pytest.approx(spent - earned)
    budget = measured("high_carbon_price").path("Public Budget|Climate Support|Net")
    assert net == pytest.approx(budget.loc[2025:].sum())


def draws_of(paths: Paths, scales: list[float]) -> Paths:
    fields = [name for name in Paths._fields if getattr(getattr(paths, name), "ndim", 0) == 2]
    return paths._replace(
        **{name: np.concatenate([getattr(paths, name) * scale for scale in scales]) for name in fields}
    )


def test_before_all_draws_are_there_a_level_is_that_of_the_baseline_and_the_pairs_so_far() -> None:
    base = draws_of(paths_of(measured("baseline")), [1.0, 1.2, 0.7])
    now = draws_of(paths_of(measured("price")), [1.0, 1.2])
    shown = aligned(now, base)
    usual, level = levels(base)["emissions_cumulative"], levels(shown)["emissions_cumulative"]
    assert level.value == pytest.approx(usual.value - effects(now, base)["avoided"].value)
    whole = draws_of(paths_of(measured("price")), [1.0, 1.2, 0.7])
    assert aligned(whole, base) is whole
    other = base._replace(seed=base.seed + 1)
    assert aligned(now, other) is now and not now.pairs(other).paired


def test_an_effect_within_chance_is_said_to_be_so() -> None:
    base = draws_of(paths_of(measured("baseline")), [1.0, 1.1, 0.9])
    noisy = base._replace(emissions_mtco2=base.emissions_mtco2 * np.array([[1.01], [0.99], [1.0]]))
    found = levels(noisy) | effects(noisy, base)
    assert found["avoided"].is_in_noise
    assert "beyond chance" in plain(sentence(found, noisy, base, "en")[0])
    assert not found["system_cost_per_tonne"].is_known
    sure = base._replace(emissions_mtco2=base.emissions_mtco2 * 0.9)
    assert not effects(sure, base)["avoided"].is_in_noise

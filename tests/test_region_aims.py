"""Aims by region: equal to hand arithmetic and to the official aims, and honest on what policy has to do with them."""

import numpy as np
import pytest

from tanlu.core.words import LANGUAGES
from tanlu.output.aims import judge_aims
from tanlu.output.chances import Chance
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import first_open_year, paths_of
from tanlu.output.measures import Measured
from tanlu.output.region_aims import RegionAim, region_aims
from tanlu.output.region_aims_words import write_region_aim
from tests.model_runs import REGION
from tests.test_figures import measured

INTENSITY = "Emissions|CO2|Per GRDP"


@pytest.fixture(scope="module")
def run() -> Measured:
    return measured("baseline")


@pytest.fixture(scope="module")
def aims(run: Measured) -> dict[tuple[str, str, int], RegionAim]:
    return {(one.key, one.region, one.base_year): one for one in region_aims(run, REGION.targets)}


def eight(run: Measured, factors: list[float], variable: str, years: slice) -> Measured:
    """Return a run in eight draws that differ in one indicator, by a factor each."""
    values = np.repeat(run.measures.values[:1], len(factors), axis=0)
    at = run.measures.variables.index(variable)
    values[:, at, :, years] *= np.array(factors)[:, None, None]
    return Measured(run.scenario, run.measures._replace(values=values))


@pytest.mark.parametrize("region", ["Sichuan", "Chongqing"])
def test_co2_per_product_equals_hand_arithmetic_in_both_scopes(run, aims, region) -> None:
    """Tonnes over product, of one year and of the three around it; the second plan begins with water that is drawn."""
    product = run.path("GRDP", region)
    for key, variable in (("co2_per_grdp", "Emissions|CO2"), ("co2_per_grdp_in_scope", None)):
        intensity = (
            run.path(variable, region) / product
            if variable
            else run.path("Emissions|CO2|Official Scope|Per GRDP", region)
        )
        for base, year in ((2025, 2030), (2030, 2035)):
            aim = aims[key, region, base]
            assert aim.value == pytest.approx(100.0 * (intensity[year] / intensity[base] - 1.0))
            before = intensity[base] if base == 2025 else intensity[[2029, 2030, 2031]].mean()
            near = intensity[[year - 1, year, year + 1]].mean()
            assert aim.around == pytest.approx(100.0 * (near / before - 1.0))
            assert aim.has_goal == (year == 2030)
        assert aims[key, region, 2025].margin == pytest.approx(-17.0 - aims[key, region, 2025].value)
    assert abs(aims["co2_per_grdp", region, 2025].value) > 15.0, "a fall of tens of percent, not a share"


def test_what_an_official_aim_asks_has_its_value_goal_and_draws(run: Measured) -> None:
    years = slice(run.years.tolist().index(2026), None)
    draws = eight(run, [0.8] * 3 + [1.4] * 5, INTENSITY, years)
    official = {
        (one.region, one.variable, one.year): one
        for one in judge_aims(draws, REGION.targets, first_open_year(run.counted_from))
    }
    for aim in region_aims(draws, REGION.targets):
        if aim.has_goal and aim.key != "co2_per_grdp_in_scope":
            named = {"peak_year": "Emissions|CO2|Peak Year"}.get(aim.key, aim.variable)
            year = 2030 if aim.key == "peak_year" else aim.year
            other = official[aim.region, named, year]
            assert (aim.value, aim.goal, aim.chance) == (
                other.value,
                other.goal,
                Chance(other.met_count, other.draw_count),
            )
    met = {
        one.region: one.chance
        for one in region_aims(draws, REGION.targets)
        if (one.key, one.base_year) == ("co2_per_grdp", 2025)
    }
    assert met["Chengyu"] is None and met["Sichuan"] == Chance(3, 8), (
        "both provinces have no aim of their own"
    )


def test_met_without_policy_needs_seven_of_eight_draws_of_the_reference(run: Measured) -> None:
    years = slice(run.years.tolist().index(2026), None)
    for met, is_met in ((8, True), (7, True), (6, False), (0, False)):
        reference = eight(run, [0.8] * met + [1.6] * (8 - met), INTENSITY, years)
        (aim,) = (
            one
            for one in region_aims(run, REGION.targets, reference)
            if (one.key, one.region, one.year) == ("co2_per_grdp", "Chongqing", 2030)
        )
        assert aim.is_met_without_policy == is_met and aim.reference_chance == Chance(met, 8)
        for language, told in (("en", "met without policy too"), ("zh", "不加政策也达标")):
            assert (told in write_region_aim(aim, language).verdict) == is_met
    assert not any(one.is_met_without_policy for one in region_aims(run, REGION.targets))


def test_extremes_of_the_whole_region_are_those_of_the_headline(run, aims) -> None:
    figures = levels(paths_of(run))
    for key, figure in (
        ("tariff_household", "tariff_household_highest"),
        ("tariff_industry", "tariff_industry_highest"),
        ("expected_shortage", "expected_shortage_worst"),
    ):
        aim = aims[key, "Chengyu", 0]
        assert aim.value == pytest.approx(figures[figure].value) and str(aim.year) == figures[figure].window
        assert {region for name, region, _ in aims if name == key} == {"Sichuan", "Chongqing", "Chengyu"}


def test_words_tell_margin_draws_and_what_is_open(run: Measured, aims) -> None:
    aim = aims["co2_per_grdp", "Chongqing", 2025]._replace(
        value=-14.0, around=-16.5, chance=Chance(2, 8), reference_chance=None
    )
    english, chinese = (write_region_aim(aim, language) for language in LANGUAGES)
    assert (english.margin, chinese.margin) == ("short by 3.0 points", "差3.0个百分点")
    assert "2 of 8 draws" in english.verdict and "8次中2次" in chinese.verdict
    assert english.around == "mean of 2029–2031: \N{MINUS SIGN}16.5 %" and english.state == "missed"
    open_row = write_region_aim(aim, "zh", "初步（1/8）")
    assert open_row.value.startswith("≈") and open_row.verdict == "初步（1/8）" and not open_row.margin
    lasting = aims["expected_shortage", "Sichuan", 0]
    assert write_region_aim(lasting, "en").goal == "no official aim" and lasting.chance is None
    assert all(one.unit and one.year for one in aims.values()) and len(aims) == 27

"""The brief: its figures are those of the headline, it loads nothing, and prints on at most four pages."""

import re
from html import unescape

import numpy as np
import pytest

from tanlu.core.intervals import BAND_COLUMNS
from tanlu.core.words import LANGUAGES
from tanlu.inputs.diagnostics import Place, Severity, build_finding
from tanlu.output.comparison_tables.table import SideBySide
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import PER_TONNE
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import paths_of
from tanlu.output.figures.yearly import PAYMENT_ROWS, POWER_ROWS, yearly
from tanlu.output.headline import headline
from tanlu.output.measures import Measured, Measures
from tanlu.output.take_away.brief import BriefSubject, SharesInWords, brief
from tests.model_runs import REGION, measures, shipped

HOSTILE = "<script>window.pwned = 1</script>"
SHOWN = re.compile(r'<(?:span|b)[^>]*data-figure="([^"]*)"[^>]*>([^<]*)<')


def measured(name: str, **changes: object) -> Measured:
    """Return one draw of a shipped scenario as results are read."""
    one = shipped(name)
    of = measures(one)
    values = of.values[None]
    return Measured(
        one.model_copy(update=changes),
        Measures(of.variables, of.units, REGION.axes.regions, of.years, values),
    )


def subject(name: str, **more: object) -> BriefSubject:
    base = None if name == "baseline" else measured("baseline")
    return BriefSubject(measured(name), base, REGION.targets, (), "0.1.0")._replace(**more)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["baseline", "ccus_push", "high_carbon_price"])
def test_s31_every_figure_of_the_brief_is_that_of_the_headline(name, language):
    of = subject(name)
    own, base = paths_of(of.measured), None if of.base is None else paths_of(of.base)
    known = levels(own) | ({} if base is None else effects(own, base))
    years = [year for year in REGION.milestone_years if year in own.years]
    known |= yearly((*PAYMENT_ROWS, *POWER_ROWS), years, own, base)
    shown = [(key, unescape(text)) for key, text in SHOWN.findall(brief(of, language)) if key in known]
    assert len(shown) > 40
    for key, text in shown:
        figure = known[key]
        written = (figure.text[language], figure.signed(language), figure.size(language))
        assert any(words in text for words in written), (key, text)
    rows = headline(of.measured, REGION.targets, of.base)
    rows = rows[rows["region"] == of.measured.region].set_index("key")["value"]
    both = {key for key, _ in shown} & set(rows.index)
    assert {"captured_cumulative", "climate_revenue_cumulative"} <= both
    assert all(known[key].value == pytest.approx(rows[key], nan_ok=True) for key in both)
    if base is not None:  # the change is that of the whole path, year by year
        year = years[0]
        change = known[f"emitted@{year} change"].value
        both = (paths.emissions_mtco2[0, paths.years == year] for paths in (own, base))
        assert change == pytest.approx(float(np.subtract(*both)[0]))


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "replace no other (new money)"), ("zh", "新增融资")]
)
def test_a_brief_tells_new_money_of_bonds_of_the_whole_region_that_differs(language, sentence):
    own = subject("ccus_push")
    assert sentence in brief(own, language)
    assert sentence not in brief(own._replace(measured=own.base), language), "the same bonds"
    assert sentence not in brief(own._replace(region=REGION.axes.provinces[0]), language)


def test_a_brief_loads_nothing_and_what_strangers_wrote_is_text():
    told = build_finding(
        Severity.warning, "says-nothing", Place(HOSTILE, path=HOSTILE), name=HOSTILE, kind="carbon_price"
    )
    now = measured(
        "ccus_push", label=shipped("ccus_push").label.model_copy(update={"en": HOSTILE, "zh": HOSTILE})
    )
    shares = SharesInWords(("Policy", "Share"), ((HOSTILE, "3 Mt"),))
    of = subject(
        "ccus_push",
        measured=now,
        findings=(told,),
        version=HOSTILE,
        link=f'https://a/"{HOSTILE}',
        shares=shares,
    )
    for language in LANGUAGES:
        html = brief(of, language)
        assert "<script" not in html and html.count("window.pwned") >= 5
        assert not re.search(r"""(src|@import|url\()|href=["'](?!https://a/&quot;)""", html)
        assert f'<html lang="{ {"zh": "zh-CN"}.get(language, language) }">' in html


@pytest.mark.browser
def test_s31_the_brief_opens_from_disk_and_prints_on_at_most_four_pages(chromium, tmp_path):
    requests = []
    for language in LANGUAGES:
        file = tmp_path / f"{language}.html"
        shares = SharesInWords(
            ("Policy", *["Share"] * 6), tuple((f"policy {i}", *["1,234 Mt"] * 6) for i in range(8))
        )
        file.write_text(brief(subject("dual_carbon", shares=shares), language), encoding="utf-8")
        page = chromium.new_context().new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri())
        assert page.locator("svg.chart path").count() > 5
        pages = re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(prefer_css_page_size=True))
        assert 2 <= len(pages) <= 4, language
        if language == "zh":
            words = set(re.findall(r"[A-Za-z]{2,}", page.inner_text("h1, .cards, table >> nth=0")))
            assert not words
        page.close()
    assert all(url.startswith("file:") for url in requests)


PER_TONNE_PATTERN = re.compile(r"[\d.]\s*(?:CNY/t|元/吨)")  # a figure, not the head of a column
CHANCE_FACTOR = np.array([1.01, 0.99, 1.0, 1.0])[:, None]  # by which emissions of four draws differ


def draws_in_noise(base: Measured) -> Measured:
    """Make four draws whose emissions differ from those of the baseline by chance, and where one draw captures."""
    names = base.measures.variables
    values = base.measures.values.copy()
    values[:, names.index("Emissions|CO2")] *= CHANCE_FACTOR[..., None]
    for name, captured_mt in (("Carbon Capture", 1.0), ("Emissions Avoided at Source|Carbon Capture", 0.6)):
        values[0, names.index(name)] += captured_mt
    values[:, names.index("Public Budget|Capture Subsidy")] += 1.0
    return Measured(base.scenario, base.measures._replace(values=values))


def test_within_noise_no_place_tells_a_cost_of_a_tonne() -> None:
    base = measured("baseline")
    four = Measured(base.scenario, base.measures._replace(values=base.measures.values.repeat(4, axis=0)))
    noisy = draws_in_noise(four)
    rows = headline(noisy, REGION.targets, four)
    costs = rows[rows["key"].str.contains("per_tonne")]
    assert len(costs) == 4 and costs[["value", *BAND_COLUMNS]].isna().all(axis=None), costs
    compared = SideBySide((four, noisy), ("baseline", "noisy")).cost
    assert compared.filter(like="cny_per_tco2").isna().all(axis=None)
    for language in LANGUAGES:
        html = brief(BriefSubject(noisy, four, REGION.targets, (), "0.1.0"), language)
        assert not PER_TONNE_PATTERN.search(html), language
    sure = four.measures.values.copy()
    sure[:, four.measures.variables.index("Emissions|CO2")] *= 0.99
    found = headline(Measured(base.scenario, four.measures._replace(values=sure)), REGION.targets, four)
    assert found[found["unit"] == PER_TONNE]["value"].notna().all(), "beyond noise each has its cost"

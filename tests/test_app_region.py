"""The region of the page: every figure is of the province that is chosen, and the provinces add up to both."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tanlu.core.words import text
from tanlu.output.figures.paths import CAPTURE, EMISSIONS, PATHS, Paths, paths_of, system_cost_variables
from tanlu.output.figures.phrases import plain
from tanlu.output.take_away.brief import BriefSubject, brief
from tanlu.pages.address import Address, read_address, write_address
from tanlu.pages.compare.actions import Answered
from tanlu.pages.compare.choice import ComparisonChoice
from tanlu.pages.compare.differs import cost_rows, side_by_side
from tanlu.pages.compare.shown import shown_of, told
from tanlu.pages.hours import BOTH
from tanlu.pages.levers import Levers
from tanlu.pages.measures import measured, summary, targets_of
from tanlu.pages.rooms.routes import VIEWS
from tanlu.pages.rooms.small_charts import unsplit
from tanlu.pages.state import Session
from tanlu.pages.worked.attributed import attributed
from tanlu.pages.worked.panel import chart_values
from tanlu.records.carbon_tables.nation import LEFT_TO_OTHERS, USED_BY_OTHERS
from tests.chengyu import PROVINCES
from tests.fake_result import fake_service, moved

WHOLE = "Chengyu"
TWO = {"carbon_price": 200, "ccus_subsidy": 300}
# Figures of the first screen and of the room of what works that add up over provinces.
SUMS = (
    *("emissions_2060", "emissions_cumulative", "captured_cumulative", "captured_2060"),
    *("public_money_cumulative", "climate_revenue_cumulative", "net_public_money_cumulative"),
    *("net_public_money_yearly", "avoided", "elsewhere", "sequestered_more"),
    *("net_public_money_yearly_change", "public_money_change", "system_cost_change"),
)


@pytest.fixture(scope="module")
def asked():
    return []


@pytest.fixture(scope="module")
def service(tmp_path_factory, asked):
    return fake_service(tmp_path_factory.mktemp("fake"), asked)


def session_at(service, address):
    read = read_address(address, service.scenarios, service.version, service.places, service.years)
    return Session(service, read, "en")


def shown(service, region, levers=None):
    """Return the summary of an answer in a region, as the page makes it."""
    view = service.run(moved(TWO) if levers is None else levers).in_region(region)
    base = service.baseline().in_region(region)
    return view, base, summary(view, base, service, targets_of(base, service))


def national(result):
    """Return a result of which the allowances of other regions are known of the whole region alone."""
    values = result.measures.values.copy()
    for name in (LEFT_TO_OTHERS, USED_BY_OTHERS):
        at = result.measures.variables.index(name)
        values[:, at] = values[:, at, -1:]
    return replace(result, measures=result.measures._replace(values=values))


def test_every_figure_is_that_of_the_draws_of_the_region_and_provinces_add_up(service):
    found = {region: shown(service, region) for region in (*PROVINCES, WHOLE)}
    for region, (view, base, one) in found.items():
        result, usual = measured(view, service), measured(base, service)
        counted = result.years >= result.counted_from
        figures = one.figures
        assert {figure.region for figure in figures.values()} == {region}
        draws = result.draws(EMISSIONS, region)
        assert figures["emissions_2060"].value == draws[:, -1].mean()
        avoided = (usual.draws(EMISSIONS, region) - draws)[:, counted].sum(axis=1).mean()
        assert figures["avoided"].value == pytest.approx(avoided, rel=1e-9) and avoided > 0.0
        captured = result.draws(CAPTURE, region)[:, counted].sum(axis=1).mean()
        assert figures["captured_cumulative"].value == pytest.approx(captured, rel=1e-9)
        assert {aim.region for aim in one.targets} <= ({region} if region != WHOLE else {*PROVINCES, "China"})
        assert {aim.region for aim in one.regions} == ({region} if region != WHOLE else {*PROVINCES, WHOLE})
    whole = found[WHOLE][2].figures
    for key in SUMS:
        parts = [found[name][2].figures[key].value for name in PROVINCES]
        assert sum(parts) == pytest.approx(whole[key].value, rel=1e-9, abs=1e-9), key
        assert whole[key].value == 0.0 or parts[0] != whole[key].value, key


def test_what_the_model_does_not_split_has_no_figure_in_a_province(service):
    view, base, _ = shown(service, "Sichuan")
    split, together = measured(view, service), national(measured(view, service))
    assert split.is_split(LEFT_TO_OTHERS) and not together.is_split(LEFT_TO_OTHERS)
    province, whole = paths_of(together, "Chongqing"), paths_of(together)
    for name in Paths._fields[-PATHS:]:
        is_known = name not in ("left_mtco2", "used_by_others_mtco2")
        assert np.isfinite(getattr(province, name)).all() == is_known, name
        assert np.isfinite(getattr(whole, name)).all()
    subject = BriefSubject(
        together, national(measured(base, service)), service.official_targets, (), "v", region="Chongqing"
    )
    told = {language: brief(subject, language) for language in ("en", "zh")}
    assert "allowances freed: the model does not split it by province" in told["en"]
    assert "腾出配额：模型不分省" in told["zh"]
    assert "allowances freed" not in told["zh"]


def test_shares_of_provinces_add_up_to_those_of_both(service):
    levers = moved(TWO)
    worked = service.shares.look(levers, "anna", lambda: None)
    own = [worked.in_region(name) for name in PROVINCES]
    assert worked.in_region(WHOLE) is worked and worked.in_region(BOTH) is worked
    for view in ("share", "alone", "if_removed", "total"):
        parts = sum(getattr(one.attribution.shares, view) for one in own)
        np.testing.assert_allclose(parts, getattr(worked.attribution.shares, view), atol=1e-9)
    np.testing.assert_allclose(sum(one.layers for one in own), worked.layers, atol=1e-9)
    np.testing.assert_allclose(sum(one.before for one in own), worked.before, atol=1e-9)
    for name, one in zip(PROVINCES, own, strict=True):
        _, _, found = shown(service, name, levers)
        told = attributed(one, name)
        assert told.figures["share:total"].value == pytest.approx(found.figures["avoided"].value, rel=1e-6)
        paid = found.figures["net_public_money_change"].value
        assert told.figures["share_money:total"].value == pytest.approx(paid, rel=1e-6, abs=1e-9)
        after = np.array(chart_values(one)["after"][0])
        result = measured(service.run(levers), service)
        np.testing.assert_allclose(after, result.draws(EMISSIONS, name).mean(axis=0), atol=1e-3)


def test_a_link_restores_the_region_on_every_route_and_no_run_is_asked(service, asked):
    session = session_at(service, "/?lang=en")
    session.answer()
    before = len(asked)
    session.choose_region("Chongqing")
    for hostile in ("Beijing", None, 3, ["Sichuan"]):
        session.choose_region(hostile)
    assert session.answer().region == session.reference().region == "Chongqing" and len(asked) == before
    for view in VIEWS:
        session.choose_view(view)
        written = write_address(session.address(), service.version)
        assert "region=Chongqing" in written
        other = session_at(service, written)
        assert (other.region.value, other.view.value, other.notices.value) == ("Chongqing", view, ())
        assert other.shown_region == (WHOLE if VIEWS[view].together else "Chongqing")
    session.choose_region(BOTH)
    assert "region=" not in write_address(session.address(), service.version)


@pytest.mark.parametrize(
    ("search", "region", "near"),
    [
        ("/?region=Chongqin", BOTH, "Chongqing"),
        ("/worked?region=%3Cscript%3E", BOTH, ""),
        ("/?region=" + "x" * 5000, BOTH, ""),
        ("/power?at=Sichuan", "Sichuan", None),
        ("/compare?in=Chongqing", "Chongqing", None),
        ("/?region=", BOTH, None),
        ("/?region=both", BOTH, None),
    ],
)
def test_a_region_that_is_not_here_is_told_once_and_both_are_shown(service, search, region, near):
    address = read_address(search, service.scenarios, service.version, service.places, service.years)
    assert address.region == region
    assert [notice.near for notice in address.notices] == ([] if near is None else [near])
    assert write_address(Address(language="en"), service.version) == "/?lang=en"


def test_the_brief_of_a_province_has_its_figures_and_names_it(service):
    view, base, found = shown(service, "Chongqing")
    subject = BriefSubject(
        measured(view, service),
        measured(base, service),
        service.official_targets,
        (),
        "v",
        title="Mine",
        region="Chongqing",
    )
    html = brief(subject, "en")
    assert "<h1>Brief: Mine, Chongqing</h1>" in html and ", Chongqing meets " in html
    assert "重庆：" in brief(subject, "zh") and "（重庆）</h1>" in brief(subject, "zh")
    for key in ("emissions_2060", "avoided", "net_public_money_cumulative"):
        (told,) = set(re.findall(f'data-figure="{key}"[^>]*>([^<]*)<', html))
        assert told == found.figures[key].text["en"]
    assert "Sichuan: " not in html
    assert plain(found.sentence("en")[0]).startswith("Chongqing: ")
    assert view.region_mark == "-Chongqing" and view.id.endswith("-Chongqing")


def test_system_cost_is_split_by_province(service):
    result = measured(service.baseline(), service)
    assert all(result.is_split(name) for name in system_cost_variables(result.measures.variables))


def test_a_chart_of_what_the_model_does_not_split_says_so_and_draws_nothing(service):
    views = [service.run(levers) for levers in (Levers(), moved(TWO))]
    views = [replace(view, measures=national(measured(view, service)).measures) for view in views]
    answers = [
        Answered(n, view.levers, False, view, "", is_whole=True, has_plants=False, is_added=False)
        for n, view in enumerate(views)
    ]
    choice = ComparisonChoice(indicator=LEFT_TO_OTHERS)
    for place, drawn in (("Sichuan", 0), (BOTH, 2)):
        shown_there = shown_of(choice, place, answers, ["a", "b"], service)
        assert len(shown_there.series) == drawn
        for language, words in (("en", "does not split"), ("zh", "模型不分省")):
            assert (words in told(shown_there, language).subject["heading"]) == (not drawn)
    rows = {row[0]: row[1] for row in cost_rows(side_by_side(answers, service), "Chongqing", "zh")}
    assert rows[text("zh", "differs.freed")] == "模型不分省" != rows[text("zh", "differs.avoided")]
    small = unsplit(LEFT_TO_OTHERS, views[1].in_region("Sichuan"), service, "en")
    assert small is not None and small.years == [] and "does not split" in small.subject["empty"]
    assert unsplit(LEFT_TO_OTHERS, views[1], service, "en") is None
    assert unsplit(EMISSIONS, views[1].in_region("Sichuan"), service, "en") is None


def test_reasons_of_plants_and_conditions_are_those_of_the_province_and_add_up(service):
    levers = moved({"carbon_price": 300})
    plants = service.plants(levers)
    for reasons in plants.reasons.values():
        parts = [reasons.in_provinces((name,)) for name in PROVINCES]
        assert sum(len(part.deciders) for part in parts) == len(reasons.deciders)
        assert sum(part.tco2_per_year for part in parts) == pytest.approx(reasons.tco2_per_year)
    assert {len(plants.reasons["capture"].in_provinces((name,)).deciders) for name in PROVINCES} == {1, 2}
    outcomes = {
        name: service.conditions.look(levers, "anna", lambda: None, name).outcomes
        for name in (*PROVINCES, WHOLE)
    }
    for whole, *parts in zip(outcomes[WHOLE], *(outcomes[name] for name in PROVINCES), strict=True):
        for key in ("avoided", "net_public_money_yearly"):
            assert sum(part.figures[key].value for part in parts) == pytest.approx(whole.figures[key].value)
        assert sum(part.judged_aims for part in parts) <= whole.judged_aims
        assert [part.figures["avoided"].region for part in parts] == list(PROVINCES)

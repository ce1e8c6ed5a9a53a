"""What effects are measured against: of policies in other conditions, the baseline in those conditions."""

import pytest

from tanlu.core.words import LANGUAGES, text
from tanlu.output.figures.phrases import plain
from tanlu.output.take_away.brief import BriefSubject, brief
from tanlu.pages.levers import BASELINE as PLAIN
from tanlu.pages.levers import Levers
from tanlu.pages.measures import measured, summary, targets_of
from tanlu.pages.rooms.emissions import fixed_marks, paths_by_name
from tanlu.pages.state import Session
from tanlu.scenario.loading import load
from tanlu.scenario.reference import ASSUMED, BASELINE, CONDITIONS, assumptions, reference
from tests.fake_result import fake_service

TAX = {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}}
CUT = {"cut": {"decided_in": 2030, "from_year": 2031, "end": ["tax"]}}
MORE = {"demand_factor": 1.1}
BOTH = Levers.of(PLAIN, {"policies": TAX, "world": MORE})


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


def scenario(policies=None, **rest):
    return load({"name": "one", "policies": {**(policies or {})}, **rest})


BASE = scenario().model_copy(update={"name": "baseline"})


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (scenario(), BASELINE),
        (scenario(TAX), BASELINE),
        (scenario(TAX, events=CUT), BASELINE),
        (scenario(world=MORE), CONDITIONS),
        (scenario({"tax": {**TAX["tax"], "enabled": False}}, world=MORE), CONDITIONS),
        (scenario(TAX, world=MORE), ASSUMED),
        (scenario(TAX, pack={"pack.parameters.hurdle_half_width": 0.03}), ASSUMED),
    ],
)
def test_a_reference_has_the_policies_of_the_baseline_and_the_draws_of_the_scenario(one, kind):
    one = one.model_copy(update={"seed": 7, "replications": 3})
    found, how = reference(one, BASE)
    assert (how, found.policies, found.seed, found.replications) == (kind, BASE.policies, 7, 3)
    conditions = one if kind == ASSUMED else BASE
    assert (found.world, found.pack) == (conditions.world, conditions.pack)
    assert reference(found, BASE).kind == (CONDITIONS if kind == ASSUMED else BASELINE)


def test_the_baseline_is_its_own_reference_to_the_bit(service):
    assert service.scenarios.against(Levers()) == Levers()
    assert reference(BASE, BASE).scenario is BASE


def summed_up(service, levers):
    view, base = service.run(levers), service.run(service.scenarios.against(levers))
    return view, base, summary(view, base, service, targets_of(base, service))


def test_a_page_measures_policies_in_the_visitors_world(service):
    view, base, found = summed_up(service, BOTH)
    saved = (base.path("Emissions|CO2") - view.path("Emissions|CO2"))[5:].sum()
    assert found.kind == ASSUMED and found.figures["avoided"].value == pytest.approx(saved)
    plainly = (service.baseline().path("Emissions|CO2") - view.path("Emissions|CO2"))[5:].sum()
    assert abs(saved - plainly) > 100.0
    told = service.shares.look(BOTH, "somebody", lambda: None)
    assert told.attribution is not None
    shared = told.attribution.shares.total[:, 0][..., told.attribution.is_counted].sum()
    assert found.figures["avoided"].value == pytest.approx(shared)
    for language in LANGUAGES:
        name = text(language, "reference.assumed")
        assert name in plain(found.sentence(language)[0])
        marks = fixed_marks(base, service, found.kind, language)
        assert marks["plain_name"] == text(language, "chart.baseline") and marks["plain"] != marks["baseline"]
        assert fixed_marks(base, service, CONDITIONS, language)["plain"] == []


def test_the_file_of_the_chart_has_all_three_lines(service):
    view, base, _ = summed_up(service, BOTH)
    assert paths_by_name(view, base, service) == {
        "baseline": service.baseline(),
        "baseline_with_conditions": base,
        view.levers.name: view,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_gives_the_effects_of_the_page_and_lists_what_differs_from_the_baseline(service, language):
    view, base, found = summed_up(service, BOTH)
    now, held, usual = (measured(one, service) for one in (view, base, service.baseline()))
    subject = BriefSubject(now, held, service.official_targets, (), "v", plain=usual)
    html = brief(subject, language)
    assert f'data-figure="avoided" data-state="settled">{found.figures["avoided"].text[language]}<' in html
    for key in ("reference.line_assumed", "reference.line_baseline", "reference.assumed"):
        assert text(language, key) in html, key
    assert "1.1" in html, "what went in names the condition"


def test_a_session_waits_for_the_reference_and_leaves_it_with_the_rest(service):
    from tanlu.pages.address import Address

    session = Session(service, Address(levers=BOTH), "en")
    view = session.answer()
    assert view.levers == BOTH
    assert assumptions(service.scenarios.scenario(session.reference().levers)) == assumptions(
        service.scenarios.reference(BOTH).scenario
    )
    session.asked.set(session.asked.value.set(Levers()))
    assert session.answer() is session.reference()
    session.leave()
    assert not service._watchers

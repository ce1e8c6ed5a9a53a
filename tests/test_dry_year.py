"""The switch of the dry year: the pair that it runs, and what is told of it."""

from dataclasses import replace

import pytest

from tanlu.core.places import shipped_scenarios
from tanlu.core.words import LANGUAGES
from tanlu.inputs.types import NORMAL_WATER
from tanlu.pages.address import Address, Moment, read_address, write_address
from tanlu.pages.builder.dry_pair import DRY, NORMAL, dry_pair
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.dry_year import dry_tables, pair_paths
from tanlu.pages.service import read_presets
from tanlu.pages.state import Session
from tests.fake_result import fake_service

OWN = Levers.of("baseline", {"world": {"drought": {2030: 2022}, "demand_factor": 1.1}})
TAX = {"tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}}


def test_the_dry_year_is_that_of_the_shipped_scenario_or_the_scenarios_own():
    scenarios = Scenarios(
        {name: preset.content for name, preset in read_presets(shipped_scenarios()).items()}
    )
    shipped = Levers("drought_2028")
    pair = dry_pair(Levers(), scenarios)
    assert pair == dry_pair(shipped, scenarios) and (pair.dry, pair.years) == (shipped, (2028,))
    twin = scenarios.scenario(pair.normal).world
    assert twin.drought == {2028: NORMAL_WATER} and not twin.dry_years
    assert twin == scenarios.scenario(shipped).world.model_copy(update={"drought": twin.drought}), "heat, too"
    taxed = scenarios.with_changes("baseline", {"policies": TAX})
    pair = dry_pair(taxed, scenarios)
    dry = scenarios.scenario(pair.dry)
    assert dry.world == scenarios.scenario(shipped).world
    assert scenarios.scenario(pair.normal).policies == dry.policies
    assert dry.policies == scenarios.scenario(taxed).policies
    own = scenarios.with_changes("baseline", {"world": {"drought": {2035: 2022}, "demand_factor": 1.1}})
    pair = dry_pair(own, scenarios)
    assert (pair.dry, pair.years) == (own, (2035,))
    without = scenarios.scenario(pair.normal).world
    assert without == scenarios.scenario(own).world.model_copy(update={"drought": {2035: NORMAL_WATER}})


@pytest.mark.parametrize("which", [DRY, NORMAL])
def test_s29_a_session_shows_the_hours_of_one_and_the_years_of_both(tmp_path, which):
    service = fake_service(tmp_path)
    assert dry_pair(Levers(), service.scenarios) is None, "no scenario of the stand-in is a drought"
    levers = service.scenarios.with_changes("baseline", OWN.block)
    session = Session(service, Address(levers=levers, view="electricity", moment=Moment(dry=which)), "en")
    view = session.answer()
    shown = session.dry_shown(view)
    assert shown.both is not None and service.has(shown.here.levers, "hours")
    here, other = pair_paths(shown, service)
    assert (here.dry_years, other.dry_years) == (((2030,), ()) if which == DRY else ((), (2030,)))
    for language in LANGUAGES:
        (told,) = dry_tables(shown, service, language)
        assert "2030" in told["reference"]
        cells = [cell for row in told["rows"] for cell in row["cells"]]
        keys = {part["figure"] for cell in cells for part in cell if part["figure"]}
        names = ("hydropower", "wholesale", "shortage", "margin")
        assert keys == {f"{name}@2030{of}" for name in names for of in ("", " normal water", " change")}
    session.choose_moment({"dry": "", "year": 2031})
    assert session.dry_shown(view).which == "" and not [key for key in service._watchers if "here" in key]


def test_an_address_leads_back_to_the_chosen_one_of_the_pair(tmp_path):
    service = fake_service(tmp_path)
    here = Address(language="en", view="electricity", moment=replace(Moment(), dry=DRY))
    written = write_address(here, service.version)
    known = (service.scenarios, service.version, service.places, service.years)
    assert read_address(written, *known).moment == here.moment
    assert read_address(written.replace("dry=dry", "dry=wet"), *known).moment.dry == ""

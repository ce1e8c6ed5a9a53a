"""How sure the page is: bands are of paired draws, a probability is a count, and more draws are asked for."""

import re

import numpy as np
import pytest

from tanlu.core.words import LANGUAGES, words
from tanlu.output.chances import Chance
from tanlu.output.figures.paths import paths_of
from tanlu.output.measures import Measured
from tanlu.pages.levers import Levers
from tanlu.pages.measures import summary, targets_of
from tanlu.pages.service import Service
from tanlu.pages.sure.bands import SUBJECTS, bands, bands_csv, chances
from tanlu.pages.sure.panel import all_bands, chance_text, influence_rows, measured_in, target_rows
from tanlu.pages.workers.pool import Here
from tests.fake_result import fake_draw, fake_service, moved, write_fake_pack, write_fake_scenarios
from tests.test_app_worked import ByHand


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


def levers_of_price(price):
    return Levers.of("baseline", moved({"carbon_price": price}).block)


def test_s30_bands_are_ranges_of_differences_draw_by_draw(service):
    levers = levers_of_price(300)
    drawn = service.drawn(levers, 6, "anna", lambda: None)
    assert (drawn.number, drawn.missing) == (6, 0)
    now, base = measured_in(service.run(levers), drawn, service)
    found = all_bands(service.run(levers), drawn, service)["emissions"]
    pairs = now.draws("Emissions|CO2") - base.draws("Emissions|CO2")
    np.testing.assert_allclose(
        found["difference"], [pairs.min(axis=0), np.median(pairs, axis=0), pairs.max(axis=0)]
    )
    assert (np.diff(found["level"], axis=0) >= 0.0).all()
    spread = found["level"][2, -1] - found["level"][0, -1]
    assert 0.0 < found["difference"][2, -1] - found["difference"][0, -1] < spread, (
        "chance that both share cancels"
    )
    again = service.drawn(levers, 6, "bao", lambda: pytest.fail("nothing is left to run"))
    np.testing.assert_array_equal(again.now.values, drawn.now.values)


def test_of_other_seeds_there_is_no_difference(service):
    levers = levers_of_price(300)
    drawn = service.drawn(levers, 2, "anna", lambda: None)
    now, base = measured_in(service.run(levers), drawn, service)
    other = Measured(now.scenario.model_copy(update={"seed": 7}), now.measures)
    found = bands(SUBJECTS[0], paths_of(other), paths_of(base))
    assert set(found) == {"level", "baseline"}


@pytest.mark.parametrize(
    ("met", "draws", "low", "high"), [(21, 32, 0.51, 0.78), (0, 8, 0.0, 0.25), (8, 8, 0.75, 1.0)]
)
def test_s30_a_probability_is_a_count_with_the_interval_of_wilson(met, draws, low, high):
    found = Chance(met, draws).interval
    assert [round(end, 2) for end in found] == [low, high]
    assert chance_text(Chance(met, draws), "zh").startswith(f"{draws}次中{met}次")
    assert "no probability" in chance_text(None, "en")


def test_s30_targets_are_counted_over_draws(service):
    levers = levers_of_price(300)
    view, base = service.run(levers), service.baseline()
    found = summary(view, base, service, targets_of(base, service))
    drawn = service.drawn(levers, 8, "anna", lambda: None)
    now, _ = measured_in(view, drawn, service)
    odds = chances(now, service.official_targets, found.now.open_from)
    assert odds and all(one.draw_count == 8 and 0 <= one.met_count <= 8 for one in odds.values())
    peak = now.draws("Emissions|CO2", "Sichuan").argmax(axis=1) + 2020
    assert odds["peak_year", "Sichuan"].met_count == (peak <= 2030).sum()
    for language in LANGUAGES:
        rows = target_rows(found.targets, odds, {}, language)
        assert rows and all("8" in row["chance"] for row in rows)


def test_draws_are_asked_in_pairs_and_shown_as_they_come(tmp_path):
    pack, files = write_fake_pack(tmp_path), write_fake_scenarios(tmp_path)
    workers = ByHand(pack)
    service = Service(workers, files, pack)
    service._workers = Here(lambda order: fake_draw(order, pack))
    levers = levers_of_price(300)
    service.run(levers)
    service.baseline()
    told = []
    first = service.drawn(levers, 4, "anna", lambda: told.append(1))
    assert (first.number, first.missing) == (1, 6), "the first draw of both was there"
    workers.come()
    assert told and service.drawn(levers, 4).number == 4
    assert service.drawn(levers, 4, "anna", lambda: None).missing == 0


def test_the_file_and_the_words_are_whole(service):
    levers = levers_of_price(300)
    drawn = service.drawn(levers, 2, "anna", lambda: None)
    told = all_bands(service.run(levers), drawn, service)
    lines = bands_csv("=1+1", range(2020, 2061), drawn.number, told).splitlines()
    assert len(lines) == 1 + len(SUBJECTS) * 3 * 41 and lines[1].startswith(
        "'=1+1,emissions,level,Mt CO2/yr,2020,"
    )
    for language in LANGUAGES:
        assert {f"sure.{one.key}" for one in SUBJECTS} <= set(words(language))
    of_pack, of_none = influence_rows("chengyu", "zh"), influence_rows("two_provinces", "en")
    assert not any(re.search("[A-Za-z_]", row["label"]) for one in of_pack for row in one["rows"])
    assert all(1 <= len(one["rows"]) <= 10 for one in of_pack) and not any(one["rows"] for one in of_none)

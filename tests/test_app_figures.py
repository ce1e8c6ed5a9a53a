"""The app without its page: texts, quantities, levers, addresses, answers, measures, export."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tanlu.core.words import LANGUAGES, words
from tanlu.experiments.results import simulate
from tanlu.output import charts, free_years
from tanlu.output.figures import quantities
from tanlu.output.figures.figure import write_quantity
from tanlu.output.figures.phrases import plain
from tanlu.output.figures.quantities import Quantity
from tanlu.pages import export
from tanlu.pages.address import Address, Moment, moment_from, read_address, write_address
from tanlu.pages.builder.address import Version
from tanlu.pages.export import path_csv
from tanlu.pages.levers import Levers
from tanlu.pages.measures import (
    figures_csv,
    free_years_in_words,
    in_words,
    summary,
    target_rows,
    targets_of,
)
from tanlu.pages.rooms.emissions import paths_by_name
from tanlu.pages.rooms.routes import VIEWS, path_of
from tanlu.pages.service import Target
from tanlu.pages.workers.views import AnswerView
from tests.fake_result import fake_service, moved
from tests.fake_result import view_of as view_of_outcome
from tests.model_runs import scenario


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


# texts


VERSION = Version("c0ffee00", "da7a0000")


def test_every_layer_has_its_texts():
    for language in LANGUAGES:
        assert {f"layer.{layer.key}" for layer in charts.SECTOR_LAYERS} <= set(words(language))


# quantities


@pytest.mark.parametrize(
    ("mt", "english", "chinese"),
    [
        (412.4, "412 Mt", "4.12亿吨"),
        (41.26, "41.3 Mt", "4,126万吨"),
        (9840, "9.84 Gt", "98.40亿吨"),
        (0, "0 Mt", "0万吨"),
        (-62.9, "\N{MINUS SIGN}62.9 Mt", "\N{MINUS SIGN}6,290万吨"),
    ],
)
def test_emissions_are_written_in_the_units_of_each_language(mt, english, chinese):
    assert str(quantities.emission(mt, "en")) == english
    assert str(quantities.emission(mt, "zh")) == chinese


def test_money_and_prices_are_written_in_the_units_of_each_language():
    assert str(quantities.money(18.6, "en")) == "18.6 bn CNY"
    assert str(quantities.money(18.6, "zh")) == "186亿元"
    assert str(quantities.electricity_price(421.4, "en")) == "421 CNY/MWh"
    assert str(quantities.electricity_price(421.4, "zh")) == "0.421元/千瓦时"


def test_differences_show_their_sign_and_zero_has_none():
    assert quantities.signed(quantities.money(2.0, "en")) == "+2.0 bn CNY"
    assert quantities.signed(quantities.money(-2.0, "en")) == "\N{MINUS SIGN}2.0 bn CNY"
    assert quantities.signed(quantities.money(-0.001, "en")) == "0 bn CNY"


# address


def test_an_address_leads_back_to_the_same_levers(service):
    levers = moved({"carbon_price": 300, "green_bond_subsidy": 1.5})
    search = write_address(Address(levers, "zh", "province"), service.version)
    assert search.startswith(
        "/?lang=zh&v=2&b=baseline&d=(policies:(carbon_tax:(from_year:2026,kind:carbon_price,price_cny_per_tco2:300),"
    )
    assert search.endswith("&by=province")
    address = read_address(search, service.scenarios, service.version, service.places, service.years)
    assert (address.levers, address.language, address.grouping) == (levers, "zh", "province")
    assert address.notices == ()


def test_an_address_at_rest_holds_no_lever():
    assert write_address(Address(language="en"), VERSION) == "/?lang=en"


def test_an_address_leads_back_to_the_same_hours(service):
    moment = Moment(month=1, year=2045)
    here = Address(language="en", view="electricity", moment=moment, region="Chongqing")
    search = write_address(here, VERSION)
    assert search == "/power?lang=en&region=Chongqing&year=2045&month=1"
    address = read_address(search, service.scenarios, service.version, service.places, service.years)
    assert (address.view, address.moment, address.region) == ("electricity", moment, "Chongqing")


@pytest.mark.parametrize("view", VIEWS)
def test_an_address_leads_back_to_the_same_room_and_view(service, view):
    here = Address(moved({"carbon_price": 300}), "en", view=view)
    written = write_address(here, service.version)
    address = read_address(written, service.scenarios, service.version, service.places, service.years)
    assert (address.levers, address.view, address.notices) == (here.levers, view, ())
    assert written.partition("?")[0] == path_of(view)


@pytest.mark.parametrize("view", VIEWS)
def test_an_address_from_before_there_were_rooms_opens_the_one_that_took_over(service, view):
    address = read_address(
        f"/?lang=zh&s=carbon_price-300&view={view}&year=2040",
        service.scenarios,
        service.version,
        service.places,
        service.years,
    )
    assert (address.view, address.moment.year) == (view, 2040)
    assert address.levers == moved({"carbon_price": 300})
    assert [(notice.key, notice.given) for notice in address.notices] == [("notice.moved", path_of(view))]


@pytest.mark.parametrize(
    "search",
    [
        "/moon?part=moon",
        "/../plants?part=hubs",
        "/?part=hubs",
        "?view=moon&month=13&year=2061&at=Beijing",
        "?year=2019",
        "?month=0&year=9e9&at=",
        "?month=%D9%A3&year=-2030",
        "?month=1.0&year=" + "9" * 1000,
    ],
)
def test_hours_an_address_cannot_have_stay_those_of_the_first_visit(service, search):
    address = read_address(search, service.scenarios, service.version, service.places, service.years)
    assert (address.view, address.moment) == ("emissions", Moment())


@pytest.mark.parametrize("asked", [{}, {"month": "1"}, {"year": 2030.5}, {"dry": ["dry"]}, {"month": 99}])
def test_a_browser_cannot_choose_hours_that_do_not_exist(asked):
    assert moment_from(asked, Moment(3, 2040, "dry"), range(2020, 2061)) == Moment(3, 2040, "dry")


def test_what_an_address_asks_in_vain_is_told(service):
    address = read_address(
        "?s=nonsense-7~ccus_subsidy-99999~no_such~carbon_price-x",
        service.scenarios,
        service.version,
        service.places,
        service.years,
    )
    assert address.levers == moved({"ccus_subsidy": 800})
    assert [notice.key for notice in address.notices] == [
        "notice.unknown_lever",
        "notice.outside",
        "notice.unknown_scenario",
        "notice.no_number",
    ]
    assert address.notices[1].used == "800"


@pytest.mark.parametrize(
    "search",
    [
        "?s=carbon_price-nan",
        "?s=carbon_price-inf~carbon_price--1e999",
        "?s=" + "~" * 5000,
        "?s=%ff%fe&lang=%00",
        "?" + "&" * 900 + "lang=xx&by=moon",
        "?s={given}-1",
        "",
    ],
)
def test_no_address_can_break_the_page(service, search):
    address = read_address(search, service.scenarios, service.version, service.places, service.years)
    assert address.levers == Levers()
    assert address.grouping == "effect"
    assert len(address.notices) <= 5


# answers


def test_a_question_is_the_whole_scenario(service):
    levers = moved({"carbon_price": 300})
    question = service.question(levers)
    assert question["name"] == levers.name != "baseline"
    assert question["policies"]["carbon_tax"]["price_cny_per_tco2"] == 300
    assert (service.question(Levers())["name"], service.question(Levers())["policies"]) == ("baseline", {})
    assert service.question(Levers("ccus_push"))["name"] == "ccus_push"


def test_tables_of_the_region_pack_are_read(service):
    assert list(service.inventory_mt["Chengyu"]) == list(range(2005, 2020))
    assert service.inventory_mt["Chengyu"][2005] == 270
    assert service.targets["Chengyu"] == [Target("peak", 2030, 0.0), Target("level", 2060, 0.0)]
    assert service.grades == {"A": 4 / 70, "B": 65 / 70, "C": 1 / 70, "D": 0}


# measures


def summed_up(service, view):
    base = service.run(service.scenarios.against(view.levers))
    return summary(view, base, service, targets_of(base, service))


def test_targets_are_counted_only_while_a_policy_can_change_them(service):
    found = summed_up(service, service.baseline())
    by_place = {(one.key, one.region): one for one in found.targets}
    peak = by_place["peak_year", "Sichuan"]
    assert (peak.value, peak.verdict, peak.is_open) == (2028, "met", True)
    past = replace(found, targets=tuple(one._replace(is_open=False) for one in found.targets))
    card = next(card for card in past.cards("en") if card["key"] == "targets")
    assert (card["number"], card["faint"]) == ("0", True)
    rows = target_rows(past.targets, {}, "en")
    assert rows and not any(row["open"] for row in rows)


def test_the_baseline_has_no_change_and_no_cost_of_a_tonne(service):
    shown = {card["key"]: card for card in summed_up(service, service.baseline()).cards("en")}
    assert "emitted" in shown and "avoided" not in shown
    assert (shown["tonne"]["number"], shown["tonne"]["faint"]) == ("\N{EN DASH}", True)
    assert plain(shown["tonne"]["lines"][0]) == "nothing changed yet"


def test_money_spent_earned_and_net_stand_together(service):
    view = service.run(moved({"carbon_price": 300}))
    found = summed_up(service, view)
    money = next(card for card in found.cards("en") if card["key"] == "money")
    keys = {money["figure"], *(part["figure"] for line in money["lines"] for part in line)}
    assert {"public_money_cumulative", "climate_revenue_cumulative", "net_public_money_cumulative"} <= keys
    figures = {key: found.figures[key].value for key in keys - {""}}
    spent, earned = figures["public_money_cumulative"], figures["climate_revenue_cumulative"]
    assert spent == 0.0 and earned > 100.0 and figures["net_public_money_cumulative"] == spent - earned


def test_extremes_are_named_and_no_observed_year_is_one(service):
    calm, dear = (summed_up(service, service.run(moved({"carbon_price": p}))) for p in (0, 500))
    assert calm.figures["shortage_worst"].value == 0.0, "the shortage of 2022 was observed"
    worst = dear.figures["shortage_worst"]
    assert (worst.value, worst.window) == (0.4, "2034")
    drawn = summed_up(service, service.run(moved({"carbon_price": 500}, "drawn")))
    assert any("2034" in plain(line) for line in drawn.sentence("en")[1:])
    assert dear.figures["captured_peak"].window == "2046"


def test_a_rise_of_tariffs_above_a_fifth_is_warned_of(service):
    settings = (moved({"carbon_price": 300}, "drawn"), moved({"carbon_price": 900}, "drawn"))
    one_draw = moved({"carbon_price": 900})  # which has no interval, so that no sign is known
    told = [
        " ".join(map(plain, summed_up(service, service.run(levers)).sentence("en")))
        for levers in (*settings, one_draw)
    ]
    assert ["more for power" in sentence for sentence in told] == [False, True, False]


def test_of_several_draws_levels_have_a_band_and_effects_an_interval(service):
    view = service.run(moved({"carbon_price": 300}, "drawn"))
    found = summed_up(service, view)
    level = found.figures["emissions_cumulative"]
    assert level.low < level.value < level.high
    one = summed_up(service, service.run(moved({"carbon_price": 300})))
    cut = next(card for card in one.cards("zh") if card["key"] == "avoided")
    assert "单次模拟，无区间" in [plain(line) for line in cut["lines"]]


def test_a_higher_carbon_price_never_raises_emissions_of_2060(service):
    prices = [0, 50, 150, 400, 1000]
    views = [service.run(moved({"carbon_price": p})) for p in prices]
    levels = [view.path("Emissions|CO2")[-1] for view in views]
    assert levels == sorted(levels, reverse=True)


def test_sentences_name_what_changed_most(service):
    base, now = service.baseline(), service.run(moved({"carbon_price": 300}))
    capture = service.run(moved({"ccus_subsidy": 300}))
    assert plain(summed_up(service, base).sentence("en")[0]).endswith(
        "169 Mt a year remain in 2060, sinks not counted."
    )
    avoided = {view.id: summed_up(service, view).figures["avoided"] for view in (now, capture)}
    assert "most of it in electricity and heat" in in_words(now, base, avoided[now.id], "en", "the baseline")
    assert "主要来自电力与热力" in in_words(now, base, avoided[now.id], "zh", "基准")
    nothing = avoided[now.id]._replace(value=0.0)
    said = words("en")["words.nothing"]
    assert in_words(base, base, nothing, "en", "") == said.replace("{span}", "2025–2060")
    short = nothing._replace(window="2025-2030")  # of a run that ends earlier
    assert in_words(base, base, short, "zh", "").startswith("此调整对2025—2030年的")
    assert in_words(capture, base, avoided[capture.id], "en", "the baseline").endswith(
        "nearly all of it in cement."
    )
    less = avoided[now.id]
    assert "adds" in in_words(base, now, less._replace(value=-less.value), "en", "the baseline")


def test_the_page_says_what_moved_coal_power_as_the_command_does(service):
    """Of a dry 2026; a fake answer lacks the figures and says nothing."""
    dry = simulate(scenario(years=(2024, 2026), world={"drought": {2026: 2023}}))
    view = view_of_outcome("dry", Levers(), dry, service.axes)
    for language in LANGUAGES:
        said = free_years_in_words(view, service, language)
        assert said == list(free_years.free_years_in_words(dry, language)) and said
    assert free_years_in_words(service.baseline(), service, "en") == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "levers", [{}, {"carbon_price": 500}, {"ccus_subsidy": 200, "green_bond_subsidy": 1.5}]
)
def test_sentence_cards_and_file_show_the_same_figures(service, levers, language):
    view = service.run(moved(levers))
    found = summed_up(service, view)
    rows = list(
        csv.DictReader(
            figures_csv(found.figures, found.targets, found.regions, "x").removeprefix("\ufeff").splitlines()
        )
    )
    filed = {row["key"]: write_quantity(float(row["value"]), row["unit"], language) for row in rows}
    lines = [*found.sentence(language), *(line for card in found.cards(language) for line in card["lines"])]
    parts = [(part["figure"], part["text"]) for line in lines for part in line if part["figure"]]
    parts += [
        (c["figure"], str(Quantity(c["number"], c["unit"]))) for c in found.cards(language) if c["figure"]
    ]
    seen = [(key, said) for key, said in parts if key != "targets_met"]
    assert len(seen) > 12
    for key, said in seen:
        assert said.removeprefix("+") == str(filed[key]), key


# export


def test_the_csv_has_the_wide_layout_and_equals_the_chart(service):
    now = service.run(moved({"carbon_price": 300}))
    text = path_csv(paths_by_name(now, service.baseline(), service))
    assert text.startswith("\ufeffModel,Scenario,Region,Variable,Unit,2020,")
    rows = [line.split(",") for line in text.splitlines()]
    cell = next(r for r in rows if r[1:4] == [now.levers.name, "Chengyu", "Emissions|CO2"])
    assert float(cell[5 + 15]) == pytest.approx(
        charts.emission_path(now.wide, charts.SECTOR_LAYERS, now.region)["total"][15], abs=0.006
    )


def test_one_place_writes_the_csv_of_all_pages():
    writers = re.compile(r"\bcsv\.(writer|DictWriter)|\.to_csv|BYTE_ORDER_MARK")
    files = Path(export.__file__).parent.rglob("*.py")
    assert [file.name for file in files if writers.search(file.read_text(encoding="utf-8"))] == ["export.py"]


def test_the_csv_holds_no_formula(service):
    view = AnswerView("0" * 12, Levers("=1+1"), service.baseline().wide, "Chengyu")
    assert ",'=1+1," in path_csv({view.levers.name: view})

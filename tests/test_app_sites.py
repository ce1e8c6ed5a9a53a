"""The plants as the map shows them: every figure of the model's table at its place, every decision with its reason."""

import csv
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUELS
from tanlu.core.words import LANGUAGES, words
from tanlu.experiments.results import simulate
from tanlu.explanation.explain import DecisionExplanation, explain_decision
from tanlu.explanation.records import CAPTURE_AT_UNITS, read_records
from tanlu.explanation.rendering import render_explanation
from tanlu.ledger.decisions import BINDING
from tanlu.output.charts import SECTOR_LAYERS, wide_table
from tanlu.output.comparison import compare
from tanlu.output.figures.colours import KIND_COLOURS
from tanlu.output.result import Result
from tanlu.pages.hours import BANDS
from tanlu.pages.levers import Levers
from tanlu.pages.plant_map import changed_sites, csv_file, map_values, named_sites
from tanlu.pages.plants.card import ChosenPlant, checked_choice, site_card
from tanlu.pages.plants.flow_area import add_provinces, state_name
from tanlu.pages.plants.flows import CLOSED as CLOSED_PLANT
from tanlu.pages.plants.flows import NEW, POWER, PlantState
from tanlu.pages.plants.prefecture_area import change_key
from tanlu.pages.plants.prefectures import by_prefecture, changed_by_prefecture
from tanlu.pages.service import PACK, Service
from tanlu.pages.sites import (
    KIND_OF,
    KINDS,
    Plants,
    PlantSites,
    common_name,
    compact_plants,
    read_sites,
    site_figures,
)
from tanlu.pages.workers.views import AnswerView
from tanlu.power.options import OPTIONS
from tanlu.region.catalogue import process_labels
from tanlu.region.tables import read_frame
from tests.chengyu import AXES
from tests.fake_result import fake_compact_plants, fake_service
from tests.model_runs import ONE_DRAW


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return fake_service(tmp_path)


@pytest.fixture
def sites(service: Service) -> PlantSites:
    return service.sites


@pytest.fixture
def plants(sites: PlantSites) -> Plants:
    return fake_compact_plants(sites)


def test_units_of_a_kind_at_one_place_are_one_site(sites: PlantSites) -> None:
    assert [place.kind for place in sites.places] == ["coal", "hydro", "cement"]
    assert sites.site.tolist() == [0, 0, 1, 2]
    named = named_sites(sites, "en")
    assert named[0]["name"] == "East Lake power station"
    assert named[0]["owner"] == "Power group, <b>Other</b>"
    assert named_sites(sites, "zh")[0]["name"] == "东湖电厂"


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (["Jintang Phase I Unit 1", "Jintang Phase I Unit 2"], "Jintang Phase I"),
        (["Abc 1"], "Abc 1"),
        (["East", "West"], "East"),
        (["一厂1号机组", "一厂2号机组"], "一厂1号机组"),
        (["松藻电厂3号机组", "松藻电厂4号机组"], "松藻电厂"),
    ],
)
def test_a_site_is_called_by_what_its_units_share(names: list[str], shared: str) -> None:
    assert common_name(names) == shared


def test_sites_add_up_their_units_by_year(service: Service, sites: PlantSites, plants: Plants) -> None:
    values = map_values(service.run(Levers()), sites, plants, AXES.provinces)
    at = plants.years.index(2030)
    assert values["capacity"][0][at] == 1200
    assert values["output"][0][at] == 6000
    assert values["emitted"][0][at] == 4900
    assert values["capacity"][0][plants.years.index(2040)] == 600
    assert (values["first"], values["last"]) == ([2020, 2025, 2020], [2060, 2060, 2060])
    assert values["captured"] == [0, 0, [0] * 20 + [700] * 21]
    assert values["emitted"][1] == 0
    assert values["capacity"][2][at] == 2000


def test_what_has_no_place_is_told_apart(service: Service, sites: PlantSites, plants: Plants) -> None:
    view = service.run(Levers())
    values = map_values(view, sites, plants, AXES.provinces)
    assert values["built_later"] == {"wind": [0] * 11 + [800] * 30}
    placed_mt = site_figures(sites, plants)[2].sum(axis=0)
    np.testing.assert_allclose(values["elsewhere"] + placed_mt, view.path("Emissions|CO2"), atol=0.051)


def test_what_has_no_place_is_that_of_the_province(
    service: Service, sites: PlantSites, plants: Plants
) -> None:
    view = service.run(Levers())
    both = map_values(view, sites, plants, AXES.provinces)
    one, other = (
        map_values(view.in_region(name), sites, plants, (name,)) for name in ("Sichuan", "Chongqing")
    )
    assert (one["built_later"], other["built_later"]) == (both["built_later"], {})
    np.testing.assert_allclose(np.add(one["elsewhere"], other["elsewhere"]), both["elsewhere"], atol=0.11)


def test_a_card_tells_of_every_unit_and_why_one_decided(sites: PlantSites, plants: Plants) -> None:
    card = site_card(sites, plants, ChosenPlant(0), "chengyu", "Baseline", "en")
    first, second = card["units"]
    assert [one["deciders"] for one in (first, second)] == [
        [{"id": "coal_1", "name": "East Lake 1"}],
        [{"id": "coal_2", "name": "East Lake 2"}],
    ]
    assert (first["grade"], first["sources"]) == ("B", ["站. 处", "own assumption"])
    assert (card["why"]["decider"], card["why"]["year"]) == ("coal_1", 2034)
    titles = [part["title"] for part in card["why"]["parts"] if "title" in part]
    assert titles[0].startswith("What East Lake 1 considered in 2034")
    other = site_card(sites, plants, ChosenPlant(0, "coal_2", 2030), "chengyu", "基准情景", "zh")["why"]
    assert (other["decider"], other["year"]) == ("coal_2", 2030)
    assert other["parts"][0]["title"].endswith("（基准情景）")
    assert "431.0元/吨" in str(other["parts"])
    cement = site_card(sites, plants, ChosenPlant(2), "chengyu", "基准情景", "zh")
    assert (cement["why"]["year"], cement["why"]["years"]) == (2038, [2035, 2038])
    assert cement["units"][0]["at_work"] == [True] * 41
    assert site_card(sites, plants, ChosenPlant(), "chengyu", "Baseline", "en") == {}


def test_what_a_browser_asks_for_is_checked(sites: PlantSites, plants: Plants) -> None:
    for asked in (None, 3, {"site": 99}, {"site": True}, {"site": "0"}, {"site": -1}):
        assert checked_choice(asked, sites) == ChosenPlant()
    wrong = checked_choice({"site": 0, "decider": ["x"], "year": 1999}, sites)
    assert site_card(sites, plants, wrong, "chengyu", "Baseline", "en")["why"]["year"] == 2034


def test_only_the_plants_that_take_another_course_are_changed(sites: PlantSites, plants: Plants) -> None:
    policy = fake_compact_plants(sites, closes=False)
    assert changed_sites(sites, plants, plants, AXES.provinces, "en") == []
    here, before = "Goes on as it is; works until 2060", "2034 Early closure; works until 2034"
    one = {"site": 0, "name": sites.units[0].name["en"], "here": here, "before": before}
    assert changed_sites(sites, policy, plants, AXES.provinces, "en") == [one]
    assert changed_sites(sites, policy, plants, ("Chongqing",), "en") == []


def test_the_file_holds_every_unit_and_no_formula(service: Service) -> None:
    levers = Levers()
    sites, plants = service.sites, service.plants(levers)
    file = csv_file(service.run(levers), sites, plants, AXES.provinces, 2035)
    rows = {row["plant"]: row for row in csv.DictReader(io.StringIO(file["text"].removeprefix("\ufeff")))}
    assert list(rows) == ["coal_1", "coal_2", "hydro_1", "cement_1"]
    assert rows["hydro_1"]["name_en"] == "'=Deep Valley"
    assert (rows["coal_1"]["at_work"], rows["coal_1"]["emissions_mtco2"]) == ("0", "0")
    assert (rows["coal_2"]["at_work"], rows["coal_2"]["emissions_mtco2"]) == ("1", "2.4")


def test_every_fuel_kind_option_and_reason_has_its_place_and_name() -> None:
    assert set(FUELS) <= set(KIND_OF)
    for language in LANGUAGES:
        named = set(words(language))
        assert {f"kind.{kind.key}" for kind in KINDS} | {f"binding.{name}" for name in BINDING} <= named
        assert {f"option.{option}" for option in OPTIONS} <= named


# --- the region's own plants, under the baseline and with support for capture -------------------------------------


@pytest.fixture(scope="module")
def pair() -> tuple[Result, Result]:
    """The baseline, and the shipped scenario that supports capture."""
    settings = {**ONE_DRAW, "outputs": {"dispatch": False}}
    one, other = (
        simulate({"name": name, "extends": f"tanlu:{name}", **settings}) for name in ("baseline", "ccus_push")
    )
    return one, other


def compacted(result: Result, sites: PlantSites) -> Plants:
    """Return a result's plants as the page has them."""
    assert result.plants is not None
    return compact_plants(sites, result.plants, read_records(result), result.pack.last_observed_year)


def rows_of(result: Result, decider: str) -> list[object]:
    """Return what a result's tables hold of a plant's course: what it began, when it was at work, when it captured."""
    assert result.plants is not None and result.decisions is not None
    chosen = result.decisions[result.decisions["decider"] == decider]
    began = chosen[chosen["chosen"] & chosen["started"] & (chosen["option"] != "keep")]
    own = result.plants[result.plants["decider"] == decider]
    captures = own.loc[own["captured_mtco2"] > 0.0, "year"]
    return [list(zip(began["year"], began["option"], strict=True)), int(own["year"].max()), captures.tolist()]


def test_s28_the_changed_are_exactly_the_plants_whose_rows_differ(pair: tuple[Result, Result]) -> None:
    base, push = pair
    sites = read_sites(PACK)
    before, plants = compacted(base, sites), compacted(push, sites)
    shown = changed_sites(sites, plants, before, AXES.provinces, "zh")
    differ = {
        sites.unit_of(decider)
        for decider in plants.courses.keys() & before.courses.keys()
        if rows_of(push, decider) != rows_of(base, decider)
    }
    assert len(differ) > 20
    assert all(row["here"] != row["before"] for row in shown)
    printed = compare(base, push).changed_decisions.index
    units = [one for one in dict.fromkeys(map(sites.unit_of, printed)) if one in sites.ids]
    assert set(units) == differ
    names = {one.id: one.name["zh"] for one in sites.units}
    assert [row["name"] for row in shown] == [names[one] for one in units], "the command has the same order"
    emitted = [one.plants.groupby("decider", observed=True)["emissions_mtco2"].sum()[printed] for one in pair]
    sizes = np.abs(emitted[1].to_numpy() - emitted[0].to_numpy())
    assert (np.diff(sizes) < 1e-9).all() and sizes[0] > 1.0, "the largest change first"


@pytest.mark.parametrize(
    ("mt", "changed", "said"),
    [
        ([0.5, -2.0], [0, 1], "less"),
        ([0.5, 0.2], [0, 1], "more"),
        ([0.0, 0.0], [0, 1], "courses"),
        ([0.0, 0.0], [0, 0], "nothing"),
    ],
)
def test_s26_the_heading_says_what_changes_in_prefectures(mt, changed, said) -> None:
    assert change_key(np.array(mt), np.array(changed)) == f"prefectures.{said}"


def tracked_rows(result: Result, sites: PlantSites) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what a result's tables hold of tracked plants: their years, and the projects that they began."""
    assert result.plants is not None and result.decisions is not None
    begun = result.decisions[result.decisions["chosen"] & result.decisions["started"]]
    place = {one.id: one for one in sites.units}
    tables = []
    for table in (result.plants, begun):
        unit = table["decider"].astype(str).map(sites.unit_of)
        mine = unit.isin(sites.ids)
        named = table[mine].assign(
            province=[place[one].province for one in unit[mine]],
            prefecture=[place[one].prefecture["en"] for one in unit[mine]],
            unit=unit[mine],
        )
        tables.append(named)
    return tables[0], tables[1]


def quantities_of(years: pd.DataFrame, begun: pd.DataFrame, year: int) -> dict[str, float]:
    """Return what rows of tables say of the year, in the order of `QUANTITIES`."""
    now = years[years["year"] == year]
    last = years.groupby("unit")["year"].agg(["min", "max"])
    return {
        "emitted": now["emissions_mtco2"].sum(),
        "captured": now["captured_mtco2"].sum(),
        "invested": begun.loc[begun["year"] == year, "capex_mcny"].sum() / 1e3,
        "capacity": now.loc[now["capacity_unit"] == "MW", "capacity"].sum(),
        "at_work": float(now["unit"].nunique()),
        "closed": float((last["max"] < year).sum()),
    }


def off(found: Floats, expected: Floats) -> float:
    """Return by how much figures miss others, relative to the largest of each quantity."""
    scale = np.abs(expected).max(axis=tuple(range(1, expected.ndim)), keepdims=True)
    return float((np.abs(found - expected) / np.maximum(scale, 1e-300)).max())


def test_s26_prefectures_add_up_to_the_tracked_plants_of_the_province(pair: tuple[Result, Result]) -> None:
    """Every quantity in every year, held against the tables of the result; capture against its indicator too."""
    sites = read_sites(PACK)
    for result in pair:
        found = by_prefecture(sites, compacted(result, sites), AXES.provinces)
        of = np.array([AXES.provinces.index(one.province) for one in found.prefectures])
        sums = np.stack(
            [found.of_prefectures[:, of == p].sum(axis=1) for p in range(len(AXES.provinces))], axis=1
        )
        assert off(sums, found.of_provinces) <= 1e-9
        years, begun = tracked_rows(result, sites)
        for p, name in enumerate(AXES.provinces):
            mine = years[years["province"] == name], begun[begun["province"] == name]
            told = [list(quantities_of(*mine, year).values()) for year in found.years]
            assert off(found.of_provinces[:, p], np.array(told).T) <= 1e-9, name
        chengdu = [n for n, one in enumerate(found.prefectures) if one.name["en"] == "Chengdu"]
        mine = years[years["prefecture"] == "Chengdu"], begun[begun["prefecture"] == "Chengdu"]
        there = np.array(list(quantities_of(*mine, 2040).values()))
        assert off(found.of_prefectures[:, chengdu[0], found.years.index(2040)], there) <= 1e-9
        captured, everywhere = found.of_provinces[1].sum(axis=0), result.path("Carbon Capture").to_numpy()
        assert np.all(captured <= everywhere + 1e-9), "the rest is captured by plants built later"
        begun = result.decisions[result.decisions["chosen"] & result.decisions["started"]]
        at_capture = begun["option"].isin(compacted(result, sites).records.offered.captures)
        booked = result.path("Investment|Carbon Capture").sum()
        assert begun.loc[at_capture, "capex_mcny"].sum() / 1e3 == pytest.approx(booked, rel=1e-9, abs=1e-12)


def capacity_by_state(table: pd.DataFrame) -> dict[tuple[str, str, PlantState], float]:
    """Return the capacity of each year's plants by province, group and state."""
    sums: dict[tuple[str, str, PlantState], float] = {}
    for row in table[table["capacity"] > 0.0].itertuples():
        kind, captures = KIND_OF[row.sector_or_fuel], row.captured_mtco2 > 0.0
        is_power = row.kind != "Industry"
        state = PlantState(kind if is_power else row.process, captures)
        key = (row.province, POWER if is_power else kind, state)
        sums[key] = sums.get(key, 0.0) + row.capacity
    return sums


def test_flows_leave_what_the_table_has_and_arrive_at_what_it_has(pair: tuple[Result, Result]) -> None:
    result = pair[1]
    assert result.plants is not None
    first = result.pack.last_observed_year
    found = compacted(result, read_sites(PACK)).flows
    assert (found.first_year, found.years[0], found.years[-1]) == (first, first + 1, 2060)
    ends = {"before": (first, NEW), "after": (2060, CLOSED_PLANT)}
    for end, (year, apart) in ends.items():
        there: dict[tuple[str, str, PlantState], float] = {}
        for flow in found.flows:
            if flow.capacity[-1] > 0.0 and getattr(flow, end) != apart:
                key = (flow.province, flow.group, getattr(flow, end))
                there[key] = there.get(key, 0.0) + float(flow.capacity[-1])
        assert there == pytest.approx(capacity_by_state(result.plants[result.plants["year"] == year]))
    moved = {(flow.before.name, flow.after.name) for flow in found.flows}
    assert ("steel_bf_bof", "steel_eaf") in moved, "a process is replaced"
    assert any(flow.after.captures for flow in found.flows), "capture is supported"


def test_flows_of_a_province_are_its_own(plants: Plants) -> None:
    at = plants.flows.years.index(2045)
    told = {
        province: {
            (group, state_name(before, {}, "en"), state_name(after, {}, "en")): float(capacity[at])
            for (group, before, after), capacity in add_provinces(plants.flows.flows, provinces).items()
            if capacity[at]
        }
        for province, provinces in {"Sichuan": ("Sichuan",), "both": AXES.provinces}.items()
    }
    assert told["Sichuan"] == {
        ("power", "Coal", "Coal"): 600.0,
        ("power", "Coal", "Closed"): 600.0,
        ("power", "New", "Hydro"): 3000.0,
        ("power", "New", "Wind"): 800.0,
    }
    cement = ("cement", "clinker_dry_kiln", "clinker_dry_kiln, captures CO2")
    assert told["both"] == {**told["Sichuan"], cement: 2e6}


def test_every_process_of_the_region_has_a_name_in_both_languages() -> None:
    labels = process_labels("chengyu")
    processes = read_frame(PACK, "processes")["process"]
    assert set(processes) == set(labels)
    assert all({"en", "zh"} <= set(label) for label in labels.values())


def test_s26_prefectures_count_the_plants_that_the_map_lists_as_changed(pair: tuple[Result, Result]) -> None:
    base, push = pair
    sites = read_sites(PACK)
    before, plants = compacted(base, sites), compacted(push, sites)
    counts = changed_by_prefecture(sites, plants, before)
    shown = changed_sites(sites, plants, before, AXES.provinces, "en")
    prefecture = {one.name["en"]: (one.province, one.prefecture["en"]) for one in sites.units}
    of = Counter(prefecture[str(row["name"])] for row in shown)
    named = [
        (one.province, one.name["en"]) for one in by_prefecture(sites, plants, AXES.provinces).prefectures
    ]
    assert dict(zip(named, counts.tolist(), strict=True)) == {one: of[one] for one in named}
    assert counts.sum() == len(shown) > 20
    printed = {sites.unit_of(decider) for decider in compare(base, push).changed_decisions.index}
    assert counts.sum() == len(printed & sites.ids)


CLOSED = {
    "en": "closed to Luohuang power station Phase II Unit 4",
    "zh": "不可选的选项",
}


def test_every_kind_has_a_colour_of_its_own() -> None:
    assert [one.key for one in KINDS] == [*KIND_COLOURS] and len({one.colour for one in KINDS}) == len(KINDS)
    elsewhere = {one.colour for one in (*BANDS, *SECTOR_LAYERS)}
    assert {one.colour for one in KINDS} <= elsewhere


@pytest.mark.parametrize("language", LANGUAGES)
def test_s27_luohuang_is_found_and_told_that_capture_was_not_open(
    pair: tuple[Result, Result], language: str
) -> None:
    push, sites = pair[1], read_sites(PACK)
    plants = compacted(push, sites)
    for asked in ("珞璜", "luohuang"):
        (found,) = (
            place for place, one in enumerate(named_sites(sites, language)) if asked in one["found_by"]
        )
        (unit,) = (u for u in sites.units_of(found) if sites.units[u].name["zh"].endswith("二期4号机组"))
    decider = sites.units[unit].id
    answer = explain_decision(push, decider)
    card = site_card(
        sites, plants, ChosenPlant(found, decider, answer.year), push.scenario.region, push.name, language
    )
    parts = card["why"]["parts"]
    assert isinstance(answer, DecisionExplanation) and card["why"]["year"] == answer.year
    shown = [part["said"] if "said" in part else tuple(part.values()) for part in parts]
    answer = answer._replace(allowances=None)  # the page has no table of plants: `tanlu why` alone says it
    assert shown == [*render_explanation(answer, push.scenario.region, language)]
    (shut,) = (part["rows"] for part in parts if "rows" in part and CLOSED[language] in part["title"])
    option = plants.records.offered.label(CAPTURE_AT_UNITS, language)
    (reason,) = (why_not for name, why_not in shut if name == option)
    assert reason


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate({"name": "map", **ONE_DRAW, "years": {"start": 2029, "end": 2030}})


def test_the_map_of_the_region_accounts_for_all_emissions_and_capacity(result: Result) -> None:
    table = result.plants
    assert table is not None
    sites = read_sites(PACK)
    plants = compact_plants(sites, table, read_records(result), result.pack.last_observed_year)
    view = AnswerView("0" * 12, Levers(), wide_table(result.indicators), result.region)
    emitted = (
        site_figures(sites, plants)[2].sum(axis=0)
        + map_values(view, sites, plants, AXES.provinces)["elsewhere"]
    )
    np.testing.assert_allclose(emitted, result.path("Emissions|CO2"), atol=0.051)
    wind = table[(table["sector_or_fuel"] == "wind")].groupby("year")["capacity"].sum()
    placed = plants.figures[0][[unit.kind == "wind" for unit in sites.units]].sum(axis=0)
    np.testing.assert_allclose(
        placed + sum(mw for (_, kind), mw in plants.built_later_mw.items() if kind == "wind"), wind, rtol=1e-9
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_s27_a_card_says_what_tanlu_why_says(result: Result, language: str) -> None:
    """Four plants of each of five kinds, word for word."""
    assert result.plants is not None
    sites = read_sites(PACK)
    plants = compact_plants(sites, result.plants, read_records(result), result.pack.last_observed_year)
    kinds = dict.fromkeys(("coal", "gas", "cement", "steel", "chemicals"), 0)
    for unit, deciders in sorted(plants.deciders.items()):
        kind = sites.units[unit].kind
        if kinds.get(kind, 4) == 4:
            continue
        kinds[kind] += 1
        chosen = ChosenPlant(int(sites.site[unit]), deciders[-1])
        called = (result.scenario.region, result.name, language)
        card = site_card(sites, plants, chosen, *called)["why"]
        answer = explain_decision(result, deciders[-1])
        assert isinstance(answer, DecisionExplanation) and card["year"] == answer.year
        shown = [part["said"] if "said" in part else tuple(part.values()) for part in card["parts"]]
        assert shown == [*render_explanation(answer, result.scenario.region, language)]
    assert kinds == dict.fromkeys(kinds, 4)


def test_every_prefecture_of_the_region_has_a_name_in_both_languages() -> None:
    for unit in read_sites(PACK).units:
        zh, en = unit.prefecture["zh"], unit.prefecture["en"]
        assert not zh.isascii() and en.isascii(), unit.id


def test_the_outline_holds_the_plants_of_the_region() -> None:
    sites = read_sites(PACK)
    rings = [
        f["geometry"]["coordinates"][0]
        for f in sites.outline["features"]
        if f["geometry"]["type"] == "Polygon"
    ]
    assert len(rings) == 2
    outside = [unit.id for unit in sites.units if not any(near(unit.at, ring) for ring in rings)]
    assert outside == []


def near(point: tuple[float, float], ring: list[list[float]]) -> bool:
    """Tell whether a point lies in a ring, or within 0.3 degrees of it: border dams stand in the river."""
    line = np.array(ring)
    x, y = line[:, 0] - point[0], line[:, 1] - point[1]
    crosses = (y[:-1] > 0) != (y[1:] > 0)
    step = np.where(y[1:] == y[:-1], 1.0, y[1:] - y[:-1])
    right = x[:-1] - y[:-1] * (x[1:] - x[:-1]) / step > 0
    return bool((crosses & right).sum() % 2) or bool((np.hypot(x, y) < 0.3).any())

"""The evidence: every figure has an entry with source, year, licence and grade, and links lead to it."""

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tanlu.core.places import DOCUMENTS
from tanlu.core.words import words
from tanlu.indicators.main import indicators
from tanlu.pages.address import Address
from tanlu.pages.basis.documents import BACKTESTS, METHOD, files_of, introductions, read, titles
from tanlu.pages.basis.entries import GROUPS, entries
from tanlu.pages.basis.links import ENTRY_OF_VIEW, evidence_address
from tanlu.pages.builder.address import Version
from tanlu.pages.rooms.routes import VIEWS
from tanlu.policies import KINDS
from tanlu.region.columns import RULES
from tanlu.region.pack import load_region
from tanlu.scenario.world import World

VERSION = Version("c0ffee00", "da7a0000")


@pytest.fixture(scope="module")
def listed():
    of = [*indicators(load_region("chengyu"))]
    variables, units = [one.variable for one in of], [one.unit for one in of]
    return {language: entries("chengyu", variables, units, language) for language in ("en", "zh")}


def test_s32_every_indicator_instrument_driver_and_series_is_listed_with_its_evidence(listed):
    """Each has source, year, licence and grade; what has no figure of its own says so, and nothing is left blank."""
    region = load_region("chengyu")
    for language, found in listed.items():
        names = {group: {one["name"] for one in found if one["group"] == group} for group in GROUPS}
        assert names["instrument"] == set(KINDS) and names["driver"] == set(World.model_fields)
        assert names["indicator"] == {one.variable for one in indicators(region)}
        assert names["series"] == {name for name in region.tables if "grade" in region.tables[name]}
        assert names["source"] == set(region.sources["source_key"])
        assert len(found) == sum(map(len, names.values())) > 800
        for one in found:
            assert all(one[key] for key in ("title", "from", "year", "licence", "grade")), one
        ids = {f"{one['group']}/{one['name']}" for one in found}
        assert {link for one in found for link in one["links"]} <= ids
        assert {f"source/{use[0]}" for one in found for use in one["uses"]} <= ids, language
    chinese = {one["unit"] for one in listed["zh"] if one["group"] == "indicator"}
    assert len(chinese) > 20 and not [one for one in chinese if re.search("[A-Za-z]", one.replace("CO2", ""))]
    (units,) = (one for one in listed["zh"] if one["name"] == "power_units")
    assert units["title"] == "发电机组" and re.fullmatch(r"A <1 %, B 9 %, C 81 %, D 10 %", units["grade"])
    assert sum(use[1] for use in units["uses"]) >= len(region.tables["power_units"])


def test_every_table_of_a_pack_has_a_name_in_both_languages():
    assert {key.removeprefix("table.") for key in words("en") if key.startswith("table.")} == set(RULES)
    for name in RULES:
        assert re.search("[\u4e00-\u9fff]", words("zh")[f"table.{name}"])


def test_s32_links_of_the_views_lead_to_entries_and_keep_the_setting(listed):
    ids = {f"{one['group']}/{one['name']}" for one in listed["en"]}
    assert set(ENTRY_OF_VIEW) <= set(VIEWS)
    for of in ENTRY_OF_VIEW.values():
        address = evidence_address(Address(language="zh", view="use"), VERSION, *of)
        room, _, entry = address.partition("#")
        assert room.startswith("/basis?lang=zh") and unquote(entry) in ids


def test_documents_link_to_each_other_and_to_nothing_that_is_not_shown():
    names = [*files_of(METHOD), *files_of(BACKTESTS)]
    assert {file.stem for file in (DOCUMENTS / "model").glob("*.md")} | {"MODEL"} == set(files_of(METHOD))
    assert names[0] == "overview" and "validation" in names and all(titles(METHOD, "en").values())
    sections = {name: set(re.findall(r'<h\d id="([^"]+)"', read(name, "en").html)) for name in names}
    count = 0
    for name in names:
        for to, section in re.findall(
            r'data-document="([^"]*)" data-section="([^"]*)"', read(name, "en").html
        ):
            assert not section or section in sections[to or name], (name, to, section)
            count += 1
        assert ".md" not in "".join(re.findall(r'href="([^"]*)"', read(name, "en").html))
    assert count > 50
    assert "<table>" in read("validation", "en").html and "<script" not in "".join(
        read(name, "en").html for name in names
    )


def test_every_document_has_a_chinese_heading_and_introduction():
    names = [*files_of(METHOD), *files_of(BACKTESTS)]
    assert sorted(introductions()) == sorted(names), "a document without one, or one without a document"
    for name in names:
        shown = read(name, "zh")
        assert re.search("[\u4e00-\u9fff]", shown.title) and shown.introduction.startswith("<p>"), name
        assert shown.html == read(name, "en").html and not read(name, "en").introduction


@pytest.mark.browser
def test_a_link_lands_on_its_entry_and_the_method_is_read(visit):
    page = visit("/?lang=en&s=carbon_price-300")
    page.click("[data-action=basis]")
    chosen = page.locator(".evidence.chosen")
    expect(chosen).to_have_attribute("data-entry", "indicator/Emissions|CO2")
    expect(page).to_have_url(re.compile(r"/basis\?lang=en&v=2.*price_cny_per_tco2:300.*#indicator/Emissions"))
    chosen.locator("a", has_text="Power units").click()
    expect(page.locator(".evidence.chosen")).to_have_attribute("data-entry", "series/power_units")
    expect(page.locator(".evidence").first).to_contain_text("Licence")
    page.fill("[data-field=search]", "ccus subsidy")
    expect(page.locator(".evidence")).to_have_count(1)
    page.click("[data-view=method]")
    page.click(".document a[data-document=expectations] >> nth=0")
    expect(page.locator("[data-document=expectations].document")).to_have_count(1)

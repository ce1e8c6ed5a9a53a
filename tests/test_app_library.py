"""The policy library: packages and instruments in words, and scenarios that one browser keeps."""

import json
import re

import pytest
from playwright.sync_api import expect

from tanlu.core.places import shipped_scenarios
from tanlu.pages.builder.scenarios import Edit, Scenarios
from tanlu.pages.levers import Levers
from tanlu.pages.library.packages import package_groups
from tanlu.pages.library.panel import instrument_groups
from tanlu.pages.service import read_presets
from tanlu.policies import KINDS
from tanlu.policies.texts.documentation import document_instrument, explain
from tanlu.scenario.change_words import changes_in_words
from tanlu.scenario.input_words import InputWords
from tests.browser import CHROMIUM, FLAGS, drawn, latin_in_chinese, settings
from tests.chengyu import AXES

HOSTILE = "<img src=x onerror='window.pwned = 1'> =1+1"


def test_every_package_says_in_both_languages_what_it_changes():
    presets = read_presets(shipped_scenarios())
    scenarios = Scenarios({name: preset.content for name, preset in presets.items()})
    for language in ("en", "zh"):
        groups = package_groups(presets, scenarios, language)
        rows = {row["name"]: row["changes"] for one in groups for row in one["packages"]}
        assert set(rows) == set(shipped_scenarios())
        assert [name for name, changes in rows.items() if not changes] == ["baseline"]
        said = [[one["title"], one["values"]] for changes in rows.values() for one in changes]
        assert language == "en" or not re.search("[a-z]{3}", json.dumps(said, ensure_ascii=False))
    (subsidy, market) = rows["ccus_push"]
    assert (subsidy["mark"], market["mark"]) == ("新增", "已调整")
    assert ("每吨补贴", "2026：150、2035：300 元/吨") in subsidy["values"]
    assert ("年度预算", "15 十亿元/年") in subsidy["values"] and ("起始年份", "2026") in subsidy["values"]
    assert ("投资补助比例", "0.3") in subsidy["values"], "a title that tells the unit"


def test_settings_and_values_are_said_as_a_comparison_says_them():
    scenarios = Scenarios(
        {name: preset.content for name, preset in read_presets(shipped_scenarios()).items()}
    )
    block = {"seed": 7, "outputs": {"dispatch": True}, "pack": {"parameters.households": {"factor": 1.1}}}
    levers = scenarios.edited(Levers("ccus_push"), [Edit((key,), value) for key, value in block.items()])
    both = scenarios.baseline, scenarios.scenario(levers)
    for language in ("en", "zh"):
        *policies, settings = changes_in_words(*both, language)
        rows = InputWords(AXES, language).rows(both)
        assert settings.values == tuple((row.label, row.cells[1]) for row in rows[: len(block)])
        (subsidy,) = (row.cells[1] for row in rows if row.key == "policies.capture_subsidy")
        assert all(value in subsidy for _, value in policies[0].values), "one text for one value"


def test_the_page_of_an_instrument_says_what_explain_says():
    pages = {page["kind"]: page for one in instrument_groups("en") for page in one["kinds"]}
    assert set(pages) == set(KINDS)
    for kind, page in pages.items():
        told = " ".join(explain(kind).split())
        for text in (page["title"], page["summary"], *(one["text"] for one in page["paragraphs"])):
            assert text in told
        for field in page["fields"]:
            assert field["name"] in told and field["text"] in told and field["plausible"] in told
        headings = {one["key"] for one in page["paragraphs"]}
        assert {"Equation", "Source", "Reasonable values", "What it does not do"} <= headings, kind


@pytest.mark.parametrize("kind", KINDS)
def test_an_instrument_is_explained_in_chinese_with_the_same_grades_and_years(kind):
    english, chinese = (document_instrument(kind, language) for language in ("en", "zh"))
    assert not chinese.is_english and len(english.paragraphs) == len(chinese.paragraphs)
    for one, other in zip(english.paragraphs, chinese.paragraphs, strict=True):
        assert re.search("[\u4e00-\u9fff]", other.text) and bool(one.heading) == bool(other.heading)
        assert re.findall("grade ([A-D])", one.text) == re.findall("等级([A-D])", other.text), one.text
        years = [
            set(re.findall(r"(?<!\d)(?<!\d,)(?:19|20)\d\d(?!\d)(?!,\d)", said.text)) for said in (one, other)
        ]
        assert years[0] == years[1], (years, one.text)
    assert not set(re.findall(r"`(\w+)`", str(english.paragraphs))) - set(
        re.findall(r"`(\w+)`", str(chinese.paragraphs))
    )


@pytest.mark.browser
def test_a_package_and_an_instrument_are_set_from_the_library(visit):
    page = visit("/policies?lang=zh")
    assert latin_in_chinese(page) <= {"script", "window", "pwned"}
    page.click("[data-package=ccus_push] .button")
    expect(page.locator("[data-package=ccus_push] .button")).to_have_text("正在使用")
    expect(page).to_have_url(re.compile(r"/policies\?lang=zh&v=2&b=ccus_push"))
    page.click("[data-view=instruments]")
    page.click("[data-kind=relending]")
    expect(page.locator("[data-instrument=relending] h3")).to_contain_text("再贷款")
    page.click("#instruments .button")
    expect(page.locator(".builder-policy[data-kind=relending]")).to_have_count(1)


@pytest.mark.browser
def test_s32_scenarios_are_saved_renamed_deleted_exported_and_imported_over_a_restart(
    chromium, site, tmp_path
):
    """A browser that is closed and started again has them; a hostile name is text; the server keeps none."""

    def started():
        context = chromium.playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, args=FLAGS, locale="en-US"
        )
        page = context.new_page()
        page.goto(f"{site}/policies?part=saved&lang=en&s=carbon_price-300")
        drawn(page)
        return context, page

    context, page = started()
    page.fill("[data-field=name]", HOSTILE)
    page.click("[data-action=save]")
    rows = page.locator("[data-saved]")
    expect(rows).to_have_count(1)
    context.close()

    context, page = started()
    rows = page.locator("[data-saved]")
    expect(rows).to_contain_text(HOSTILE)
    assert page.evaluate("window.pwned") is None
    page.click("[data-action=rename]")
    page.fill("[data-field=new-name]", "three hundred")
    page.keyboard.press("Enter")
    expect(rows).to_contain_text("three hundred")
    with page.expect_download() as told:
        page.click("[data-action=export]")
    told.value.save_as(tmp_path / "all.json")
    for _ in range(2):
        page.click("#saved [data-action=delete]")
    expect(rows).to_have_count(0)
    page.click("[data-action=reset]")
    expect(page.locator(".builder-state")).to_have_text("As the baseline")

    page.set_input_files("[data-action=import]", tmp_path / "all.json")
    expect(page.locator(".saved-told")).to_contain_text("Scenarios imported: 1.")
    page.set_input_files("[data-action=import]", tmp_path / "all.json")
    expect(page.locator(".saved-told")).to_contain_text(
        "Scenarios imported: 0. Left out (the same already, or no room): 1."
    )
    page.click("[data-action=open]")
    expect(page).to_have_url(re.compile("price_cny_per_tco2:300"), timeout=20_000)
    expect(page.locator(".builder-policy .field-number")).to_have_count(
        1
    )  # drawn after the address has changed
    assert list(settings(page).values()) == ["300"]
    context.close()


@pytest.mark.browser
def test_the_store_of_scenarios_takes_nothing_unsound_and_no_more_than_fifty(visit):
    page = visit("/policies?part=saved&lang=en")
    unsound = [
        1,
        None,
        {"name": 3, "text": "a"},
        {"name": " ", "text": "a"},
        {"name": "big", "text": "x" * 70_000},
    ]
    good = [{"name": f"s{i}", "text": f"name: s{i}\n", "kept": 3} for i in range(60)]
    found, kept, bad = page.evaluate(
        """([rows]) => {
          const store = window.tanlu.saved;
          const found = store.read(JSON.stringify({ tanlu_scenarios: 1, scenarios: rows }));
          store.keep(store.joined([], found).list);
          return [found.length, store.list().length, [store.read("[]"), store.read("{"), store.read("null")]];
        }""",
        [unsound + good],
    )
    assert (found, kept, bad) == (60, 50, [None, None, None])
    page.fill("[data-field=name]", "one more")
    page.click("[data-action=save]")
    expect(page.locator(".saved-told")).to_contain_text("room for 50")
    page.evaluate("localStorage.setItem('tanlu-scenarios', '{\"a\": 1}')")
    assert page.evaluate("window.tanlu.saved.list()") == []
    # a file with a fault is opened by the builder, which says where it is wrong, and changes nothing
    before = page.url
    page.evaluate(
        """window.dispatchEvent(new CustomEvent("tanlu-builder", {
          detail: { do: "read", with: "name: a\\nworld: {x: 1}\\n" } }))"""
    )
    expect(page.locator("[data-part=file] .builder-fault").first).to_contain_text("scenario.yaml:2")
    assert page.url == before


def test_a_kept_file_opens_as_the_same_setting():
    presets = read_presets(shipped_scenarios())
    scenarios = Scenarios({name: preset.content for name, preset in presets.items()})
    for name in presets:
        levers = Levers(name)
        assert scenarios.from_text(scenarios.to_text(levers)).id == levers.id

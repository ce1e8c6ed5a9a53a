"""What a page looks like: axes end near their data, and nothing is covered, cut or parted from its unit."""

import pytest

from tests.browser import DESKTOP, PHONE, put
from tests.monotone import first_quick

pytestmark = pytest.mark.browser
ENDS = [0.7, 1.01, 3, 24.9, 58.2, 101, 485, 547, 1180, 1440, 5100, 6024, 9900]
# Of what must stay on one line, what does not.
PARTED = """() => [...document.querySelectorAll(".brief [data-figure], .card .whole, .builder .whole, .package .whole")]
  .filter((one) => one.getClientRects().length > 1).map((one) => one.innerText)"""
# Lines of text of the foot that the line about what is to come lies on.
UNDER_STATUS = """() => {
  const status = document.querySelector(".status").getBoundingClientRect();
  const texts = document.createTreeWalker(document.querySelector(".foot"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const line of range.getClientRects()) {
      if (line.right > status.left && line.left < status.right && line.bottom > status.top && line.top < status.bottom)
        found.push(texts.currentNode.textContent);
    }
  }
  return found;
}"""
TO_COME = "(text) => { document.querySelector('.status').innerText = text; }"


def test_axes_end_near_their_data_and_names_at_lines_keep_their_order(visit):
    page = visit()
    for most in ENDS:
        ends = page.evaluate("(most) => window.tanlu.axis_end([0, most])", most)
        assert most <= ends["max"] <= 1.15 * most + 1e-9, most
        assert 3 <= ends["max"] / ends["interval"] < 8, most
    said = page.evaluate(
        """() => {
          const ends = window.tanlu.axis_end([6024]);
          const label = window.tanlu.axis_label(ends, {}, () => 0);
          return [2000, 6000, ends.max].map(label.formatter);
        }"""
    )
    assert said == ["2,000", "6,000", ""], "no number at an end between two marks"
    placed = page.evaluate("window.tanlu.apart([50, 58, 10, 58], 13, 60)")
    assert placed == [32, 58, 10, 45], "the lowest stays, those above it give way upwards"
    opacity = "getComputedStyle(document.querySelector('.brief')).opacity"
    assert page.evaluate(opacity) == "1"
    page.evaluate("document.querySelector('.status').classList.add('computing')")
    page.wait_for_function(f"{opacity} < 0.5")  # figures of the setting before are pale meanwhile


@first_quick(("language", "viewport"), ("zh", DESKTOP), ("en", PHONE), ("en", DESKTOP), ("zh", PHONE))
def test_no_figure_is_parted_from_its_unit(visit, language, viewport):
    page = visit(f"/?lang={language}&s=carbon_price-300", viewport=viewport)
    assert page.locator(".card .whole").count() > 0
    assert page.evaluate(PARTED) == []
    page.click("[data-room=policies]")
    page.wait_for_selector(".package .whole")
    assert page.evaluate(PARTED) == []


@first_quick("language", "en", "zh")
def test_what_is_to_come_is_told_where_no_text_is(visit, language):
    page = visit(f"/power?lang={language}")
    page.evaluate(
        TO_COME,
        "已完成 8 次抽样中的 1 次，数字仍会变动"
        if language == "zh"
        else "1 of 8 draws; figures still settle",
    )
    assert page.locator(".status").bounding_box()["height"] > 0
    assert page.evaluate(UNDER_STATUS) == []
    page.set_viewport_size(PHONE)
    status, policies = (page.locator(css).bounding_box() for css in (".status", ".area-builder"))
    assert status["y"] + status["height"] <= policies["y"], (
        "above the policies, which cover what is behind them"
    )


def test_commands_in_the_foot_are_shown_as_such(visit):
    page = visit("/policies?part=instruments")
    assert page.locator(".foot-words code").inner_text() == "tanlu explain"
    assert "`" not in page.inner_text(".foot")


def test_short_runs_number_some_years_and_labels_stay_in_their_chart(visit):
    page = visit()
    numbered = (
        "([first, last, most]) => { const years = [...Array(last - first + 1).keys()].map((i) => first + i); \
return years.filter((year) => window.tanlu.year_marks(years, most)(0, String(year))); }"
    )
    assert page.evaluate(numbered, [2020, 2060, 4]) == [2020, 2040, 2060]
    assert page.evaluate(numbered, [2020, 2030, 4]) == [2020, 2025, 2030]
    assert page.evaluate(numbered, [2020, 2024, 8]) == [2020, 2021, 2022, 2023, 2024]
    placed = page.evaluate(
        """() => {
          let told;
          const chart = { convertToPixel: (_, value) => 20 - value, setOption: (option) => { told = option.series; } };
          window.tanlu.part_ends(chart, ["upper", "lower"], [18, 16], ["547", "531"]);
          return told.map((one, i) => [2, 4][i] + one.endLabel.offset[1]);
        }"""
    )
    assert placed == [7, 20], "the upper one is not cut at the edge, and a line above the lower one"


def test_a_failure_takes_no_more_room_than_it_says_and_the_page_no_more_than_a_screen(visit, fault):
    page = visit("/?s=carbon_price-300")
    page.wait_for_selector("[data-wedge]")
    assert page.evaluate("document.documentElement.scrollHeight") <= DESKTOP["height"]
    fault.write_text("model")
    put(page, "carbon_price", 840)  # which no other test asks: this server keeps its answers
    assert page.locator("[data-failure=model]").bounding_box()["height"] < 150
    page.set_viewport_size(PHONE)
    card, rooms = (page.locator(css).bounding_box() for css in ("[data-failure=model]", ".bar"))
    assert card["height"] < 150 and card["y"] - rooms["y"] - rooms["height"] < 30, "right below the rooms"


def test_at_double_size_a_page_shows_the_whole_of_what_is_asked_and_named(visit):
    page = visit("/?s=carbon_price-300", viewport={"width": 683, "height": 384})
    page.click(".builder-toggle")
    sheet = page.locator(".builder").bounding_box()
    assert 180 <= sheet["height"] <= 384 / 2
    page.click("[data-room=plants]")
    page.click("[data-view=hubs]")
    page.wait_for_selector("#hubs .plot-frame, #hubs .path-start")
    assert page.evaluate("window.tanlu.stacked_px()") > 10_000, (
        "one chart below the other, each as wide as the page"
    )

"""The app without a mouse: schedules and the list of plants by keyboard, and how often a screen reader is spoken to."""

import pytest
from playwright.sync_api import expect

from tests.browser import policy, settled, slider

pytestmark = pytest.mark.browser


def press(page, control, key="Enter"):
    """Press a key on a control, which shows that it has the focus."""
    control.focus()
    page.keyboard.press(key)


def test_s06_a_schedule_is_edited_by_keyboard(visit):
    page = visit("/?s=carbon_price-100")
    field = page.locator(policy("carbon_price"))
    press(page, field.locator("[data-action=form]"))
    expect(field.locator(".of-point")).to_have_count(2)
    settled(page)
    expect(field.locator(".of-point")).to_have_count(2)  # though both are one number to the server
    point = field.locator(".of-point").first
    for key, value in (("ArrowRight", "110"), ("PageUp", "210"), ("End", "1000"), ("Home", "0")):
        press(page, point, key)
        assert point.input_value() == value
    assert point.evaluate("(e) => getComputedStyle(e).outlineWidth") == "3px"
    assert "2026" in point.get_attribute("aria-label")
    press(page, field.locator("[data-action=year]"))
    expect(field.locator(".field-year")).to_have_count(3)
    press(page, field.locator(".field-number").last, "Control+A")
    page.keyboard.type("250")
    page.keyboard.press("Tab")
    expect(field.locator(".of-point").last).to_have_value("250")
    page.wait_for_url(lambda url: "(2026:0,2060:100,2065:250)" in url)


def test_s06_the_list_of_plants_is_used_by_keyboard(visit):
    page = visit("/plants?lang=en")
    press(page, page.locator("#map [data-as=table]"))
    press(page, page.locator("[data-sort=plant]"))
    expect(page.locator("th[aria-sort=ascending], th[aria-sort=descending]")).to_have_count(1)
    row = page.locator("tr[data-site='2'] button")
    press(page, row)
    expect(page.locator(".map-card h3")).to_have_text("Three Rivers cement")
    assert row.evaluate("(e) => getComputedStyle(e).outlineWidth") == "3px"
    press(page, page.locator(".map-close"))
    expect(page.locator(".map-card h3")).to_have_count(0)


def test_s06_a_screen_reader_hears_at_most_a_message_a_second(visit):
    page = visit("/?s=carbon_price-100")
    heard, seconds = page.evaluate(
        """async (css) => {
          const heard = new Map(), start = performance.now();
          for (const region of document.querySelectorAll("[role=status], [aria-live=polite]")) {
            let said = region.textContent;
            new MutationObserver(() => {
              if (region.textContent !== said) heard.set(region, (heard.get(region) || 0) + 1);
              said = region.textContent;
            }).observe(region, { childList: true, characterData: true, subtree: true });
          }
          const slider = document.querySelector(css);
          for (let value = 0; value <= 600; value += 10) {
            slider.value = value;
            slider.dispatchEvent(new Event("input"));
            await new Promise((resolve) => setTimeout(resolve, 40));
          }
          for (let n = 0; n < 40 && !heard.size; n += 1) await new Promise((resolve) => setTimeout(resolve, 200));
          await new Promise((resolve) => setTimeout(resolve, 1200));
          return [[...heard.values()], (performance.now() - start) / 1000];
        }""",
        slider(page, "carbon_price"),
    )
    assert heard and sum(heard) <= seconds
    expect(page.locator("#path [role=status]")).to_have_text(page.inner_text(".brief h2"))

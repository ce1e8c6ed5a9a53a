"""The page by the rules of axe-core: nothing serious on any route, in either language, in either theme."""

import re
from pathlib import Path

import pytest

from tanlu.core.words import LANGUAGES
from tanlu.pages.address import Address, Moment, write_address
from tanlu.pages.builder.dry_pair import DRY
from tanlu.pages.rooms.routes import ROOMS, VIEWS
from tests.browser import PHONE, enter
from tests.fake_result import fake_service
from tests.monotone import first_quick

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).parent / "axe" / "axe.min.js"
SERIOUS = ("serious", "critical")
# All rules once a view; what language and theme can change alone in the others.
ALL = {"resultTypes": ["violations"]}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
NAMES = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["cat.name-role-value", "cat.language", "wcag253"]},
}
FRAME = [".builder", ".bar"]  # the same in all rooms: looked at in the first
ALIKE = ".table-box tbody tr:nth-child(n + 8)"  # rows made in the same way as those above them
LOOK = """
([options, dark, known]) => {
  window.tanlu.setDark(dark);
  const where = { include: [["html"]], exclude: known.map((css) => [css]) };
  return axe.run(where, options).then((told) => told.violations.flatMap((one) => one.nodes.map(
    (node) => [one.impact, one.id, node.target.join(" "), (node.any[0] || {}).message || ""])));
}
"""
# Captions are hidden from the eye alone. One that is not placed in the part that scrolls makes the page longer.
ASTRAY = """() => [...document.querySelectorAll("caption")]
  .filter((one) => getComputedStyle(one).position === "absolute")
  .filter((one) => !one.closest(".table-box").contains(one.offsetParent)).map((one) => one.innerText)"""
# Charts that are taller than their room and lie over what comes below, since nothing around them scrolls.
COVERING = """() => [...document.querySelectorAll(".area .plot-frame")].filter((one) => one.offsetParent !== null)
  .filter((one) => !/auto|scroll/.test(getComputedStyle(one.closest(".path, .area")).overflowY))
  .filter((one) => one.getBoundingClientRect().bottom > one.closest(".area").getBoundingClientRect().bottom + 1)
  .map((one) => one.closest("section").id)"""


def test_the_rules_are_those_that_the_folder_names():
    told = SCRIPT.with_name("README.md").read_text(encoding="utf-8")
    version = re.search(r"axe v([\d.]+)", SCRIPT.read_text(encoding="utf-8"))[1]
    assert told.startswith(f"# axe-core {version}\n") and "Mozilla Public License" in told


def shown(page, room, view):
    """Go to a view and wait until what it drew last is there."""
    enter(page, room, view)
    page.wait_for_timeout(100)


def test_s05_axe_finds_nothing_serious_on_any_route_in_both_languages_and_themes(visit):
    found, seen = set(), []
    for language, looks in zip(LANGUAGES, (((ALL, False), (COLOURS, True)), ((NAMES, True),)), strict=True):
        page = visit(f"/?lang={language}&s=carbon_price-300")
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
        for room in ROOMS:
            for view in room.views:
                shown(page, room, view)
                known = [ALIKE, *([] if view is ROOMS[0].views[0] else FRAME)]
                seen.append(view.key)
                assert page.locator("main").count() == 1
                for options, dark in looks:
                    rows = page.evaluate(LOOK, [options, dark, known])
                    found |= {(view.key, language, *row) for row in rows if row[0] in SERIOUS}
    assert seen == 2 * list(VIEWS)
    assert not found, "\n".join(map(str, sorted(found)))


@first_quick("language", *LANGUAGES)
def test_s05_axe_finds_nothing_serious_with_a_dry_year_switched_on(visit, tmp_path, language):
    service = fake_service(tmp_path)
    levers = service.scenarios.with_changes("baseline", {"world": {"drought": {2030: 2022}}})
    here = Address(language=language, view="electricity", levers=levers, moment=Moment(dry=DRY))
    page = visit(write_address(here, service.version))
    page.wait_for_selector("[data-dry=dry][data-dry-told='1']")
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    for options, dark in ((ALL, False), (COLOURS, True)):
        rows = page.evaluate(LOOK, [options, dark, [ALIKE, *FRAME]])
        assert not [row for row in rows if row[0] in SERIOUS]


def test_s03_no_route_scrolls_sideways_and_no_chart_covers_what_is_below_it(visit):
    """On a phone, on a small desktop, and at 200 percent; hidden captions stretch no page either."""
    small, enlarged = {"width": 1366, "height": 701}, {"width": 683, "height": 384}
    page = visit("/?lang=en", viewport=small)
    for room in ROOMS:
        for view in room.views:
            shown(page, room, view)
            assert not page.evaluate(COVERING), view.key
            assert not page.evaluate(ASTRAY), view.key
            for size in (enlarged, PHONE):
                page.set_viewport_size(size)
                page.wait_for_timeout(100)
                assert page.evaluate("document.documentElement.scrollWidth") == size["width"], view.key
            page.set_viewport_size(small)

"""Take the four pictures of each README: `python -m tests.pictures`, of the real model in Chromium."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser import CHROMIUM, DESKTOP, FLAGS, served

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
LANGUAGES = {"en": "en-US", "zh": "zh-CN"}
# A carbon price, a subsidy for capture and cheaper green debt, from 2026 on.
PACKAGE = (
    "v=2&b=baseline&d=(policies:(tax:(kind:carbon_price,from_year:2026,price_cny_per_tco2:200),"
    "capture:(kind:ccus_subsidy,from_year:2026,rate_cny_per_tco2:300),"
    "bonds:(kind:green_bond_incentive,from_year:2026,interest_subsidy_percentage_points:2)))"
)
PLANT, LIST = "Luohuang", re.compile("^(List|列表)$")
MINUTES = 8 * 60_000  # milliseconds until all draws of eight runs of a package are there


def whole(page: Page) -> None:
    """Wait until all draws of the package are there."""
    page.wait_for_function(
        "(s => s && s.dataset.draws === s.dataset.of)(document.querySelector('.status'))", timeout=MINUTES
    )
    page.wait_for_timeout(3000)  # until the last redraw has ended


def shared(page: Page) -> None:
    """Wait until it is shared out which policy does what, too."""
    page.wait_for_selector("tr[data-policy]", timeout=MINUTES)
    page.wait_for_function(
        "!/runs? to come|尚需运行/.test(document.querySelector('.shares-note').innerText)", timeout=MINUTES
    )
    whole(page)


def card(page: Page) -> None:
    """Open the card of a coal unit."""
    whole(page)
    page.get_by_role("button", name=LIST).click()
    page.fill("[data-filter=query]", PLANT)
    page.click("[data-site] button")
    page.wait_for_selector("[data-why]", timeout=MINUTES)
    page.wait_for_timeout(1000)


PICTURES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "results": ("/", shared),
    "worked": ("/worked", shared),
    "compare": ("/compare", whole),
    "plants": ("/plants", card),
}


def main() -> None:
    """Write the pictures of both languages."""
    FOLDER.mkdir(exist_ok=True)
    with served("app.py", dict(os.environ)) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for language, locale in LANGUAGES.items():
            context = browser.new_context(viewport=DESKTOP, locale=locale)
            context.add_init_script("localStorage.setItem('tanlu-first-steps', 'seen')")
            for name, (path, ready) in PICTURES.items():
                page = context.new_page()
                page.goto(f"{site}{path}?lang={language}&{PACKAGE}")
                ready(page)
                page.screenshot(path=FOLDER / f"{name}_{language}.png")
                page.close()
        browser.close()


if __name__ == "__main__":
    main()

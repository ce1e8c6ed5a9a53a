"""Serve the app, open it in Chromium as a visitor, and move its policies."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import expect

from tanlu.pages.rooms.routes import ROOMS
from tests.fake_result import CONTROLS

PROJECT = Path(__file__).parents[1]
CHROMIUM = "/usr/bin/chromium"
# Pages of the address bar, two for each new visitor, and a process in reserve: a third of what a visit takes. Only the
# last list that Chromium gets counts, so what Playwright leaves out and may matter here stands in it again.
LEFT_OUT = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(LEFT_OUT)}",
]
DESKTOP = {"width": 1366, "height": 768}
LATIN_ALLOWED_IN_CHINESE = {
    "HTML",
    "ZIP",
    "CCUS",
    "CSV",
    "PNG",
    "SVG",
    "YAML",
    "CEADs",
    "EN",
    "A",
    "B",
    "C",
    "D",
}
PHONE = {"width": 390, "height": 844}
expect.set_options(timeout=20_000)  # other processes may hold up a page that answers in one second

# Set a slider as a hand does, and wait for the frame in which the chart shows the new answer.
MOVE = """
([css, value]) => new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("not drawn within 10 s")), 10000);
  const path = document.querySelector("#path");
  const slider = document.querySelector(css);
  const before = path.dataset.drawn;
  const start = performance.now();
  const observer = new MutationObserver(() => {
    if (path.dataset.drawn === before) return;
    observer.disconnect();
    requestAnimationFrame(() => resolve(performance.now() - start));
  });
  observer.observe(path, { attributes: true });
  slider.value = value;
  slider.dispatchEvent(new Event("input"));
})
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_ready(url, process):
    # ready with all eight draws of the baseline: two workers had made four in 90 s while other tests ran
    for _ in range(2400):
        assert process.poll() is None, "the server ended before it was ready"
        try:
            return urlopen(f"{url}/readyz", timeout=1).read()
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server was not ready within 240 s")


@contextmanager
def served(app, environment, port=0, end=signal.SIGTERM):
    """Run an app as its users do, on a port of its own unless one is given, and end it afterwards."""
    command = [sys.executable, "-m", "solara", "run", app, "--no-open"]
    with listening(command, PROJECT, environment, port or free_port(), end) as url:
        yield url


@contextmanager
def listening(command, folder, environment, port, end=signal.SIGTERM):
    """Run a server of the pages in a folder on a port of this machine alone, and end it afterwards."""
    command = [*command, "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(url, process)
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port)):
                raise AssertionError("the server listens on more addresses than 127.0.0.1")
            yield url
        finally:
            os.killpg(process.pid, end)


class Browsers:
    """Chromium in every language that a visitor has, each started when it is first asked for.

    The language of a context reaches the pages that it asks for, but not every version's web sockets, and the page
    takes the language of its socket.
    """

    def __init__(self, playwright):
        self.playwright, self.started = playwright, {}

    def new_context(self, locale="en-US", **options):
        if locale not in self.started:
            flags = [*FLAGS, f"--accept-lang={locale}"]
            self.started[locale] = self.playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        return self.started[locale].new_context(locale=locale, **options)

    def close(self):
        for browser in self.started.values():
            browser.close()


def visits(chromium, site):
    contexts, problems = [], []

    def watch(page):
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("response", lambda r: problems.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        page.on("request", lambda r: problems.append(f"outside: {r.url}") if outside(r.url) else None)

    def outside(url):
        return not url.startswith((site, site.replace("http", "ws"), "data:", "blob:"))

    def open_page(address="/", language="en-US", viewport=DESKTOP, colours="light", been_here=True):
        contexts.append(chromium.new_context(viewport=viewport, locale=language, color_scheme=colours))
        if been_here:
            contexts[-1].add_init_script("localStorage.setItem('tanlu-first-steps', 'seen')")
        page = contexts[-1].new_page()
        watch(page)
        page.goto(site + address)
        drawn(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


def drawn(page):
    page.wait_for_selector("[data-drawn]:not([data-drawn=''])", timeout=60_000)


def console_errors(page):
    """Return a list to which every error is added that the page's console tells from now on."""
    errors = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    return errors


def enter(page, room, view):
    """Go to a view of a room as a visitor does, and wait for what it shows."""
    page.click(f"[data-room={room.key}]")
    expect(page.locator(f"[data-room={room.key}]")).to_have_attribute("aria-current", "page", timeout=60_000)
    if view is not room.views[0]:
        page.click(f"[data-view={view.key}]")
    page.wait_for_selector(f".area-{view.anchor} > *", timeout=60_000)


def walk(page):
    """Go to every view, ending on the first room, and expect none to fail."""
    for room in (*ROOMS[1:], ROOMS[0]):
        for view in room.views:
            enter(page, room, view)
            expect(page.locator("[data-failure]")).to_have_count(0)


def policy(key):
    """Return how to find the field of one of the stand-in model's controls on the page."""
    kind, field = CONTROLS[key]
    return f"[data-kind={kind}] [data-field={field}]"


def slider(page, key):
    """Return how to find the slider of a control, with its policy added, opened and set to one number where need be."""
    kind, _ = CONTROLS[key]
    field, single = policy(key), f"{policy(key)} .field-range:not(.of-point)"
    if page.locator(single).count():
        return single
    if page.locator(f"[data-add={kind}]").count():
        add(page, kind)
        page.wait_for_selector(field)
    row = page.locator(f"[data-kind={kind}] .builder-row").first
    if row.get_attribute("aria-expanded") == "false":
        row.click()
    if page.locator(f"{field} .field-line").count():
        page.click(f"{field} [data-action=form]")
    page.wait_for_selector(single)
    settled(page)
    return single


def add(page, kind):
    """Add a policy of a kind by its plus, with the list of what can be added open."""
    if not page.locator("[data-part=adder][open]").count():
        page.click("[data-part=adder] > summary")
    page.click(f"[data-add={kind}]")


def press(page, control, key="Enter"):
    """Press a key on a control, which shows that it has the focus."""
    control.focus()
    page.keyboard.press(key)


def settled(page):
    """Wait until what was asked last is drawn."""
    page.wait_for_function(
        "document.querySelector('#path') === null || !document.querySelector('#path').matches('.waiting')"
    )
    page.wait_for_timeout(250)


def put(page, key, value):
    """Type a value into the box of a control."""
    slider(page, key)
    box = page.locator(f"{policy(key)} .field-number").first
    box.fill(str(value))
    box.press("Enter")


def move(page, key, value):
    return page.evaluate(MOVE, [slider(page, key), str(value)])


def calmest(page, first, each=5, rounds=3):
    """Move the carbon price on and on; return the waits of the round that another process disturbed least, ms."""
    values = iter(range(first, first + 10 * each * rounds, 10))
    waits = [[move(page, "carbon_price", next(values)) for _ in range(each)] for _ in range(rounds)]
    return min(waits, key=median)


def drag(page, key, values):
    """Move a slider through values as fast as a hand does, the last three without a pause."""
    page.evaluate(
        """async ([css, values]) => {
          const slider = document.querySelector(css);
          for (const [i, value] of values.entries()) {
            slider.value = value;
            slider.dispatchEvent(new Event("input"));
            if (i < values.length - 3) await new Promise((resolve) => setTimeout(resolve, 45));
          }
        }""",
        [slider(page, key), list(values)],
    )


def kpis(page):
    return page.locator(".card").all_inner_texts()


def leaks(page):
    """What a visitor must never see of the inside."""
    return re.findall(r"Traceback|\.py|RuntimeError|/work", page.inner_text("body"))


def latin_in_chinese(page):
    """Words in Latin letters that a Chinese page shows or reads out, less those that have no Chinese form."""
    texts = page.evaluate(
        """() => [document.body.innerText, document.title,
          ...[...document.querySelectorAll("[aria-label]:not([data-action=language]), [aria-valuetext]")]
            .flatMap((e) => [e.ariaLabel, e.ariaValueText])]"""
    )
    shown = set(re.findall(r"[A-Za-z]+", " ".join(filter(None, texts))))
    return shown - LATIN_ALLOWED_IN_CHINESE - {"script", "window", "pwned"}  # of the hostile scenario's label


def settings(page):
    """The values of the policies that are open, by their path."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".builder-policy .field-number")].map(
          (e) => [e.closest("[data-path]").dataset.path, e.value]))"""
    )

"""Which indicators a visitor has put in place of the small charts of the first screen."""

from collections.abc import Mapping
from urllib.parse import quote

import solara

KEYS = ("capture", "money", "tariff")
NOTHING_PICKED = ("",) * len(KEYS)
LONGEST_NAME = 200  # of an indicator
JOINED = "~"  # between charts in an address


class SmallPicks:
    """The indicator of each small chart, empty where it is the one of the first visit, and whose tree is open."""

    def __init__(self, chosen: tuple[str, ...]) -> None:
        self.chosen = solara.reactive(chosen)
        self.opened = solara.reactive("")

    def act(self, asked: object) -> None:
        """Open or close the tree of a chart, or show another indicator in it."""
        if not isinstance(asked, Mapping) or asked.get("chart") not in KEYS:
            return
        what, given = asked.get("do"), asked.get("with")
        self.opened.set(str(asked["chart"]) if what == "pick" else "")
        if what == "choose" and isinstance(given, str) and len(given) <= LONGEST_NAME:
            at = KEYS.index(asked["chart"])
            self.chosen.set((*self.chosen.value[:at], given, *self.chosen.value[at + 1 :]))


def read_picks(written: str) -> tuple[str, ...]:
    """Return the indicators that an address asks for."""
    parts = [part[:LONGEST_NAME] for part in written.split(JOINED)]
    return tuple((*parts, *NOTHING_PICKED)[: len(KEYS)])


def write_picks(chosen: tuple[str, ...]) -> list[str]:
    """Return the field of an address that leads back to the indicators, none where nothing was picked."""
    return [] if chosen == NOTHING_PICKED else [f"small={JOINED.join(quote(one, safe='') for one in chosen)}"]

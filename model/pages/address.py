"""The page's address: the levers, language and grouping it holds, read with care and written short."""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote

from model.charts import GROUPINGS
from model.pages.i18n import LANGUAGES
from model.pages.levers import Levers, catalogue, is_number

LONGEST = 1500
SHOWN = 40  # characters of a visitor's own text that are repeated to him


@dataclass(frozen=True)
class Notice:
    """Something the visitor must know about what he asked for."""

    key: str  # of the text
    given: str
    used: str = ""


@dataclass(frozen=True)
class Address:
    """What an address asks for, and what could not be followed."""

    levers: Levers = field(default_factory=Levers)
    language: str | None = None
    grouping: str = "sector"
    notices: tuple[Notice, ...] = ()


def read_address(search: str, scenarios: Collection[str]) -> Address:
    """Read the part of an address after the question mark; nothing in it can raise."""
    fields = parse_qs(search.removeprefix("?")[:LONGEST], max_num_fields=None)
    parts = fields.get("s", [""])[0].split("~")
    levers, notices = Levers(), []
    for part in filter(None, parts):
        levers, notice = follow(levers, part, scenarios)
        notices += [notice] if notice else []
    language, grouping = fields.get("lang", [""])[0], fields.get("by", [""])[0]
    return Address(
        levers,
        language if language in LANGUAGES else None,
        grouping if grouping in GROUPINGS else "sector",
        tuple(notices[:5]),
    )


def follow(levers: Levers, part: str, scenarios: Collection[str]) -> tuple[Levers, Notice | None]:
    """Follow one part: `lever-value`, or the name of a scenario."""
    if part in scenarios:
        return Levers(part, levers.moved), None
    key, dash, number = part.partition("-")
    if not dash:
        return levers, Notice("notice.unknown_scenario", part[:SHOWN])
    if key not in catalogue():
        return levers, Notice("notice.unknown_lever", key[:SHOWN])
    return set_lever(levers, key, number)


def set_lever(levers: Levers, key: str, number: str) -> tuple[Levers, Notice | None]:
    """Set one lever from text, as near as its range allows."""
    try:
        value = float(number)
    except ValueError:
        return levers, Notice("notice.no_number", f"{key}: {number[:SHOWN]}")
    if not is_number(value):
        return levers, Notice("notice.no_number", f"{key}: {number[:SHOWN]}")
    used = levers.with_values({key: value})
    if used.value(key) == value:
        return used, None
    return used, Notice("notice.outside", f"{key}: {number[:SHOWN]}", f"{used.value(key):g}")


def write_address(levers: Levers, language: str, grouping: str) -> str:
    """Return the shortest search part that leads back here: only what differs from the default."""
    parts = [] if levers.scenario == Levers().scenario else [levers.scenario]
    parts += [f"{key}-{value:g}" for key, value in levers.moved]
    asked = [f"lang={language}"]
    if parts:
        asked.append("s=" + quote("~".join(parts), safe="~-_."))
    if grouping != "sector":
        asked.append(f"by={grouping}")
    return "?" + "&".join(asked)

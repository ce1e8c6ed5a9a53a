"""The page's address: the room, levers, language and grouping it holds, read with care and written short."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote

from tanlu.core.axes import MONTHS
from tanlu.core.words import LANGUAGES
from tanlu.output.charts import GROUPINGS
from tanlu.pages.hours import BOTH
from tanlu.pages.levers import Levers, catalogue, is_number
from tanlu.pages.rooms.routes import VIEWS, room_of, view_at

LONGEST = 1500
SHOWN = 40  # characters of a visitor's own text that are repeated to him


@dataclass(frozen=True)
class Notice:
    """Something the visitor must know about what he asked for."""

    key: str  # of the text
    given: str
    used: str = ""


@dataclass(frozen=True)
class Moment:
    """Which hours are on show: a month, a year, and one province or both."""

    month: int = 8  # the month of the highest load
    year: int = 2030
    place: str = BOTH


@dataclass(frozen=True)
class Address:
    """What an address asks for, and what could not be followed."""

    levers: Levers = field(default_factory=Levers)
    language: str | None = None
    grouping: str = "sector"
    view: str = VIEWS[0]
    moment: Moment = field(default_factory=Moment)
    notices: tuple[Notice, ...] = ()


def read_address(address: str, scenarios: Collection[str], places: Collection[str], years: range) -> Address:
    """Read an address, its path and what follows the question mark; nothing in it can raise."""
    path, _, search = address.partition("?")
    fields = parse_qs(search[:LONGEST], max_num_fields=None)
    parts = fields.get("s", [""])[0].split("~")
    levers, notices = Levers(), []
    for part in filter(None, parts):
        levers, notice = follow(levers, part, scenarios)
        notices += [notice] if notice else []
    asked = {key: values[0] for key, values in fields.items()}
    language, grouping = asked.get("lang"), asked.get("by")
    view, moved = view_asked(path, asked)
    notices += [moved] if moved else []
    moment = moment_from(
        {"month": whole(asked.get("month")), "year": whole(asked.get("year")), "place": asked.get("at")},
        Moment(),
        places,
        years,
    )
    return Address(
        levers,
        language if language in LANGUAGES else None,
        grouping if grouping is not None and grouping in GROUPINGS else "sector",
        view,
        moment,
        tuple(notices[:5]),
    )


def view_asked(path: str, asked: Mapping[str, str]) -> tuple[str, Notice | None]:
    """Return the view an address asks for; of an address from before there were rooms also where it is now."""
    old = asked.get("view")
    if old in VIEWS:
        return old, Notice("notice.moved", room_of(old).path)
    return view_at(path, asked.get("part")) or VIEWS[0], None


def moment_from(asked: Mapping[str, object], before: Moment, places: Collection[str], years: range) -> Moment:
    """Return the hours asked for; what is missing or does not exist stays as `before`."""
    place = asked.get("place")
    return Moment(
        among(asked.get("month"), range(1, MONTHS + 1), before.month),
        among(asked.get("year"), years, before.year),
        place if isinstance(place, str) and place in places else before.place,
    )


def among(value: object, allowed: range, otherwise: int) -> int:
    """Return `value` where it is a whole number of `allowed`."""
    return value if isinstance(value, int) and value in allowed else otherwise


def whole(written: str | None) -> int | None:
    """Return a short whole number written in digits, None for anything else."""
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 5 else None


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


def write_address(address: Address) -> str:
    """Return the shortest address that leads back to `address`: only what differs from the default."""
    levers, moment, room = address.levers, address.moment, room_of(address.view)
    parts = [] if levers.scenario == Levers().scenario else [levers.scenario]
    parts += [f"{key}-{value:g}" for key, value in levers.moved]
    asked = [f"lang={address.language}"]
    if address.view != room.views[0]:
        asked.append(f"part={address.view}")
    if parts:
        asked.append("s=" + quote("~".join(parts), safe="~-_."))
    if address.grouping != "sector":
        asked.append(f"by={address.grouping}")
    if address.view != VIEWS[0]:
        asked.append(f"year={moment.year}")
    if address.view == "electricity":
        asked += [f"month={moment.month}", f"at={moment.place}"]
    return f"{room.path}?" + "&".join(asked)

"""The page's address: the room, scenario, language and grouping it holds, read with care and written short."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tanlu.core.axes import MONTHS
from tanlu.core.words import LANGUAGES
from tanlu.inputs.diagnostics import ScenarioError, nearest
from tanlu.output.charts import GROUPINGS
from tanlu.pages.builder.address import Version, read_scenario, refused, write_scenario
from tanlu.pages.builder.dry_pair import DRY_CHOICES
from tanlu.pages.builder.notice import SHOWN, Notice
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.compare.choice import ComparisonChoice, read_choice, write_choice
from tanlu.pages.hours import BOTH
from tanlu.pages.levers import Levers
from tanlu.pages.rooms.routes import FIRST, VIEWS, path_of, view_at
from tanlu.pages.rooms.small_picks import NOTHING_PICKED, read_picks, write_picks
from tanlu.pages.seek.problems import pack_problem, sound_problem, unpack_problem

LONGEST = 8000
MAXIMUM_NOTICES = 5


@dataclass(frozen=True)
class Moment:
    """Which hours are on show: a month and a year."""

    month: int = 8  # the month of the highest load
    year: int = 2030
    dry: str = ""  # which of the pair with and without a dry year; empty for the scenario as it is


@dataclass(frozen=True)
class Address:
    """What an address asks for, and what could not be followed."""

    levers: Levers = field(default_factory=Levers)
    language: str | None = None
    grouping: str = GROUPINGS[0]
    view: str = FIRST
    moment: Moment = field(default_factory=Moment)
    choice: ComparisonChoice = field(default_factory=ComparisonChoice)
    smalls: tuple[str, ...] = NOTHING_PICKED  # indicators of the small charts
    problem: str = ""  # of goal seeking; empty for the shipped one
    region: str = BOTH  # that the whole page is of: a province, or the provinces together
    notices: tuple[Notice, ...] = ()


def read_address(
    address: str, scenarios: Scenarios, version: Version, places: Collection[str], years: range
) -> Address:
    """Read an address, its path and what follows the question mark; nothing in it can raise."""
    path, _, search = address.partition("?")
    fields = parse_qs(search[:LONGEST], max_num_fields=None)
    asked = {key: values[0] for key, values in fields.items()}
    levers, notices = read_scenario(asked, scenarios, version)
    language, grouping = asked.get("lang"), asked.get("by")
    view, moved = view_asked(path, asked)
    notices += [moved] if moved else []
    problem, lost = read_problem_asked(asked.get("seek", ""), scenarios.baseline.region)
    notices += lost
    moment = moment_from(
        {
            "month": whole(asked.get("month")),
            "year": whole(asked.get("year")),
            "dry": asked.get("dry"),
        },
        Moment(),
        years,
    )
    region, lost = read_region(asked, places)
    notices += lost
    return Address(
        levers,
        language if language in LANGUAGES else None,
        grouping if grouping is not None and grouping in GROUPINGS else GROUPINGS[0],
        view,
        moment,
        read_choice(asked, scenarios, years),
        read_picks(asked.get("small", "")),
        problem,
        region,
        tuple(notices[:MAXIMUM_NOTICES]),
    )


def read_region(asked: Mapping[str, str], places: Collection[str]) -> tuple[str, list[Notice]]:
    """Return the region that an address asks for, all provinces where it names none or one that is not here.

    In older addresses two views had a place of their own.
    """
    given = next((asked[key] for key in ("region", "at", "in") if asked.get(key)), BOTH)
    if given == BOTH or given in places:
        return given, []
    near = nearest(given, places)
    key = "notice.near_region" if near else "notice.unknown_region"
    return BOTH, [Notice(key, given[:SHOWN], near=near)]


def read_problem_asked(packed: str, region: str) -> tuple[str, list[Notice]]:
    """Return the problem of goal seeking that an address asks for, or what is wrong with it."""
    if not packed:
        return "", []
    problem = unpack_problem(packed)
    if problem is None:
        return "", [Notice("notice.unreadable", packed[:SHOWN])]
    try:
        return sound_problem(problem, region), []
    except ScenarioError as error:
        return "", [Notice("notice.refused", refused(finding)) for finding in error.findings]


def view_asked(path: str, asked: Mapping[str, str]) -> tuple[str, Notice | None]:
    """Return the view an address asks for; of an address from before there were rooms also where it is now."""
    old = asked.get("view")
    if old in VIEWS:
        return old, Notice("notice.moved", path_of(old))
    return view_at(path, asked.get("part")) or FIRST, None


def moment_from(asked: Mapping[str, object], before: Moment, years: range) -> Moment:
    """Return the hours asked for; what is missing or does not exist stays as `before`."""
    dry = asked.get("dry")
    return Moment(
        among(asked.get("month"), range(1, MONTHS + 1), before.month),
        among(asked.get("year"), years, before.year),
        dry if isinstance(dry, str) and dry in DRY_CHOICES else before.dry,
    )


def among(value: object, allowed: range, otherwise: int) -> int:
    """Return `value` where it is a whole number of `allowed`."""
    return value if isinstance(value, int) and value in allowed else otherwise


def whole(written: str | None) -> int | None:
    """Return a short whole number written in digits, None for anything else."""
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 5 else None


def write_address(address: Address, version: Version) -> str:
    """Return the shortest address that leads back to `address`: only what differs from the default."""
    path = path_of(address.view)
    asked = [f"lang={address.language}"]
    if view_at(path, None) != address.view:
        asked.append(f"part={address.view}")
    if address.region != BOTH:
        asked.append(f"region={address.region}")
    asked += write_scenario(address.levers, version)
    if address.grouping != GROUPINGS[0]:
        asked.append(f"by={address.grouping}")
    asked += write_view(address)
    if address.view in (FIRST, "worked"):  # the small charts stand in the second, and are kept by the first
        asked += write_picks(address.smalls)
    return f"{path}?" + "&".join(asked)


def write_view(address: Address) -> list[str]:
    """Return the fields of an address for what is chosen in its view."""
    moment = address.moment
    if address.view == "compare":
        return [*write_choice(address.choice)]
    if address.view == "seek":
        packed = pack_problem(address.problem) if address.problem else ""
        return [f"seek={packed}"] if packed else []
    asked = [f"year={moment.year}"] if address.view != FIRST else []
    if address.view == "electricity":
        asked += [f"month={moment.month}", *([f"dry={moment.dry}"] if moment.dry else [])]
    return asked

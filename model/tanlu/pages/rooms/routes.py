"""Which rooms the app has, which views are in them, and the path of each."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # what is there before the pages are read knows their addresses
    from tanlu.pages.workers.orders import Tables


BY_MODEL, BY_QUESTION = "model", "question"  # what does not split figures by province


class View(NamedTuple):
    """What a visitor can look at in a room."""

    key: str
    anchor: str  # where its chart starts in the page, and the name of its area
    tables: "Tables" = ""  # that it needs of an answer
    shares: bool = False  # whether it shows which policy does what
    together: str = ""  # why it is of all provinces alone; empty where it follows the province that is chosen
    path: str = ""  # of an address of its own; else that of the room
    shows_package: bool = (
        True  # whether figures of the builder's package, up to the last year, stand around it
    )


class Question(NamedTuple):
    """A page that answers one question."""

    key: str  # of its texts
    path: str  # of its address
    views: tuple[View, ...]  # the first is shown when the room is entered


# In the order of the navigation. A question that nothing answers yet has no room.
ROOMS = (
    Question("results", "/", (View("emissions", "path", shares=True), View("aims", "aims"))),
    Question(
        "worked",
        "/worked",
        (View("worked", "worked", shares=True), View("why", "why", "plants")),
    ),
    Question(
        "seek",
        "/seek",
        (
            View("seek", "seek", together=BY_QUESTION),
            View("plans", "plans", together=BY_QUESTION, path="/plans", shows_package=False),
        ),
    ),
    Question("compare", "/compare", (View("compare", "compare"),)),
    Question(
        "affected",
        "/affected",
        (
            View("pay", "pay", "payments", together=BY_MODEL),
            View("bearers", "bearers", "payments"),
            View("prefectures", "prefectures", "plants"),
            View("market", "market", together=BY_MODEL),
            View("bonds", "bonds", together=BY_MODEL),
        ),
    ),
    Question("power", "/power", (View("electricity", "power", "hours"), View("reliable", "reliable"))),
    Question(
        "sure",
        "/sure",
        (View("sure", "sure"), View("otherwise", "otherwise", path="/otherwise")),
    ),
    Question(
        "plants",
        "/plants",
        (
            View("plants", "map", "plants"),
            View("flow", "flow", "plants"),
            View("hubs", "hubs", "plants", together=BY_MODEL),
            View("use", "use", "plants", together=BY_MODEL),
        ),
    ),
    Question(
        "policies",
        "/policies",
        (View("packages", "packages"), View("instruments", "instruments"), View("saved", "saved")),
    ),
    Question(
        "basis",
        "/basis",
        (View("sources", "sources"), View("method", "method"), View("backtests", "backtests")),
    ),
)
VIEWS = {view.key: view for room in ROOMS for view in room.views}
ANCHORS = frozenset(view.anchor for view in VIEWS.values())
FIRST = next(iter(VIEWS))
PATHS = tuple(
    dict.fromkeys((*(room.path for room in ROOMS), *(view.path for view in VIEWS.values() if view.path)))
)


def room_of(view: str) -> Question:
    """Return the room that a view is in."""
    return next(room for room in ROOMS if VIEWS[view] in room.views)


def path_of(view: str) -> str:
    """Return the path of the address of a view."""
    return VIEWS[view].path or room_of(view).path


def first_view(key: object) -> str | None:
    """Return the view that a room opens with; None where there is no such room."""
    return next((room.views[0].key for room in ROOMS if room.key == key), None)


def view_at(path: str, part: str | None) -> str | None:
    """Return the view at a path, `part` naming one that is not the room's first; None where there is no such room."""
    address = path.strip("/")
    for view in VIEWS.values():
        if view.path and view.path.strip("/") == address:
            return view.key
    room = next((room for room in ROOMS if room.path.strip("/") == address), None)
    if room is None:
        return None
    return part if part in [view.key for view in room.views] else room.views[0].key

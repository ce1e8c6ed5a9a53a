"""Which rooms the app has, which views are in them, and the path of each."""

from typing import NamedTuple


class Question(NamedTuple):
    """A page that answers one question."""

    key: str  # of its texts
    path: str  # of its address
    views: tuple[str, ...]  # the first is shown when the room is entered


# In the order of the navigation. A question that nothing answers yet has no room.
ROOMS = (
    Question("results", "/", ("emissions",)),
    Question("affected", "/affected", ("pay",)),
    Question("power", "/power", ("electricity",)),
    Question("plants", "/plants", ("plants", "hubs", "use")),
)
VIEWS = tuple(view for room in ROOMS for view in room.views)


def room_of(view: str) -> Question:
    """Return the room that a view is in."""
    return next(room for room in ROOMS if view in room.views)


def first_view(key: object) -> str | None:
    """Return the view that a room opens with; None where there is no such room."""
    return next((room.views[0] for room in ROOMS if room.key == key), None)


def view_at(path: str, part: str | None) -> str | None:
    """Return the view at a path, `part` naming one that is not the room's first; None where there is no such room."""
    room = next((room for room in ROOMS if room.path.strip("/") == path.strip("/")), None)
    if room is None:
        return None
    return part if part in room.views else room.views[0]

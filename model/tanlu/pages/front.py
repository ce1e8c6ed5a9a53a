"""What stands before the pages: routes, the server's settings and its door, none of which needs the model's code."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

import warnings
from collections.abc import Callable
from pathlib import Path

import solara
import solara.server.settings as server
from solara.server import reload

from tanlu.pages import guard
from tanlu.pages.rooms.routes import PATHS
from tanlu.pages.workers.door import Door
from tanlu.pages.workers.settings import SETTINGS

STATIC = Path(__file__).with_name("static")


def configure_server(door: Door) -> None:
    """Set what the server must be: silent towards the outside, closed towards scripts, tidy with memory."""
    server.main.mode = "production"  # the other mode loads a page of solara.dev into ours
    server.telemetry.mixpanel_enable = False
    server.theme.show_banner = False
    server.theme.loader = "plain"
    server.theme.title = "碳路 Tanlu"
    server.assets.fontawesome_enabled = False
    server.assets.extra_locations = [str(STATIC)]
    server.session.http_only = True
    server.kernel.cull_timeout = "15m"  # a day by default: closed tabs would fill the memory
    # Solara says so at every visit over plain http; `lax`, which it takes then, is right: no other site frames us.
    warnings.filterwarnings("ignore", "Cookies with samesite=none require https")
    guard.install(door)
    # a running server must not mix old and new code when a file changes: restart it instead
    reload.reloader.close()
    reload.reloader.watcher = reload.WatcherDummy([], reload.reloader.on_change)


def open_rooms(page: Callable[[], solara.Element], is_ready: Callable[[], bool]) -> list[solara.Route]:
    """Return the routes of the app; nobody gets to the page before it is ready."""
    configure_server(Door(is_ready, SETTINGS.hosts))

    @solara.component
    def ExplorePage() -> solara.Element:
        return page()

    # one component for all rooms, so that what a visitor has set stays when he goes to another
    paths = [path.lstrip("/") or "/" for path in PATHS]
    return [
        solara.Route(path, component=ExplorePage, layout=Plain if path == "/" else None) for path in paths
    ]


@solara.component
def Plain(children: list[solara.Element]) -> solara.Element:
    """Lay out a page without the frame's own bars."""
    # not by `panels.box`, which reads the code of the model
    return solara.v.Html(tag="div", class_="page", children=children)

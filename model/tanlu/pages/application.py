"""The pages on a service: whose they are, and the routes to them."""

from collections.abc import Mapping
from pathlib import Path

import solara

from tanlu.pages.explore import Explore
from tanlu.pages.front import open_rooms
from tanlu.pages.panels import Guarded
from tanlu.pages.seek.process import Launch, SearchProcess
from tanlu.pages.service import PACK, Service
from tanlu.pages.workers.orders import Workers


def pages(
    workers: Workers,
    scenarios: Mapping[str, Path],
    pack: Path = PACK,
    launch: Launch = SearchProcess,
) -> list[solara.Route]:
    """Return the routes of the app, whose baseline is being computed."""
    service = Service(workers, scenarios, pack, launch)
    service.begin()
    return open_rooms(lambda: page_of(service), lambda: service.is_ready)


def page_of(service: Service) -> solara.Element:
    """Return the page of one visitor."""
    return Guarded(Explore(service), "page", "en", "")

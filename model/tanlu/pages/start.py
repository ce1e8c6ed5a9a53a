"""The pages on the model: Solara serves what it finds here as `routes`, and answers while their code is read."""

import atexit
import logging
from signal import SIGTERM, raise_signal
from threading import Thread
from typing import TYPE_CHECKING

import solara

from tanlu.core.places import shipped_scenarios
from tanlu.pages.front import open_rooms
from tanlu.pages.workers.compilation import COMPILATION
from tanlu.pages.workers.settings import SETTINGS
from tanlu.pages.workers.startup import STARTUP

if TYPE_CHECKING:
    from tanlu.pages.service import Service

logger = logging.getLogger(__name__)


class Opening:
    """Reads the code of the pages and begins their service, in a thread: seconds that the port need not wait for."""

    def __init__(self) -> None:
        self._service: Service | None = None
        Thread(target=self._begin, daemon=True).start()

    @property
    def is_ready(self) -> bool:
        """Whether the baseline is there."""
        return self._service is not None and self._service.is_ready

    def page(self) -> solara.Element:
        """Return the page of one visitor, who is let in once it is ready."""
        from tanlu.pages.application import page_of

        assert self._service is not None, "nobody is let in before"
        return page_of(self._service)

    def _begin(self) -> None:
        try:
            from tanlu.pages.workers.pool import WorkerPool

            pool = WorkerPool(SETTINGS.workers, COMPILATION.run)  # warms up while the pages are read
            # Python calls back in reverse order: workers end before `multiprocessing` ends its children, which their
            # threads would replace.
            atexit.register(pool.close)
            from tanlu.pages.application import page_of  # noqa: F401 - with all that a page needs
            from tanlu.pages.service import Service

            service = Service(pool, shipped_scenarios(), answers=SETTINGS.answers)
            service.begin()
            self._service = service
            STARTUP.finish("code")
        except Exception:
            logger.exception("the pages cannot be made")
            raise_signal(SIGTERM)  # as a server would end that cannot start


opening = Opening()
routes = open_rooms(opening.page, lambda: opening.is_ready)

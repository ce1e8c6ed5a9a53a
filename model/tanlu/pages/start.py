"""The pages on the model: Solara serves what it finds here as `routes`."""

from tanlu.core.places import shipped_scenarios
from tanlu.pages.workers.pool import WorkerPool
from tanlu.pages.workers.settings import SETTINGS

pool = WorkerPool(SETTINGS.workers)  # first, so that workers warm up while the pages are read

from tanlu.pages.application import pages  # noqa: E402

routes = pages(pool, shipped_scenarios())

"""The pages on the model: Solara serves what it finds here as `routes`."""

import atexit

from tanlu.core.places import shipped_scenarios
from tanlu.pages.workers.compilation import COMPILATION
from tanlu.pages.workers.pool import WorkerPool
from tanlu.pages.workers.settings import SETTINGS

pool = WorkerPool(
    SETTINGS.workers, COMPILATION.run
)  # first, so that workers warm up while the pages are read
# The server makes the pages while it starts, too late for a hook of its own end. Python calls back in reverse order:
# workers end before `multiprocessing` ends its children, which their threads would replace.
atexit.register(pool.close)

from tanlu.pages.application import pages  # noqa: E402

routes = pages(pool, shipped_scenarios(), answers=SETTINGS.answers)

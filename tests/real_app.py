"""The app on the real model, each answer in one draw, so that nobody waits for eight."""

import tempfile
from pathlib import Path

from tanlu.pages.application import pages
from tanlu.pages.workers.answering import answer
from tanlu.pages.workers.pool import Here
from tests.real_service import write_scenarios

folder = Path(tempfile.mkdtemp(prefix="tanlu-real-"))
routes = pages(Here(lambda order: answer(order, lambda done, todo: None)), write_scenarios(folder))

"""The app on the stand-in model; a file named by TANLU_TEST_FAULT makes a part of it fail."""

import os
import tempfile
from pathlib import Path

from tanlu.output import charts
from tanlu.pages.application import pages
from tanlu.pages.seek.process import SearchProcess
from tanlu.pages.workers.pool import Here
from tests.fake_result import fake_draw, fake_simulate, write_fake_pack, write_fake_scenarios

FAULT = Path(os.environ["TANLU_TEST_FAULT"])
emission_path = charts.emission_path


def faulty_path(wide, shown, region):
    if FAULT.exists() and FAULT.read_text() == "chart":
        raise RuntimeError(f"forced fault in {__file__}")
    return emission_path(wide, shown, region)


def faulty_engine(scenario):
    if FAULT.exists() and FAULT.read_text() == "model":
        raise RuntimeError(f"forced fault in {__file__}")
    if FAULT.exists() and FAULT.read_text() == "hours":
        scenario = {**scenario, "outputs": {"dispatch": False}}
    return fake_simulate(scenario)


charts.emission_path = faulty_path
folder = Path(tempfile.mkdtemp(prefix="tanlu-fake-"))
pack = write_fake_pack(folder)


def search(request, hear):
    """Search beside the stores of the project, and behind nobody: other tests would leave nothing to it."""
    return SearchProcess(request._replace(folder=folder / "experiments"), hear, behind=0)


workers = Here(lambda order: fake_draw(order, pack, faulty_engine))
routes = pages(workers, write_fake_scenarios(folder), pack, search)

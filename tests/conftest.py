"""How the tests run: the whole suite in several processes, timed ones alone; and what those in Chromium share."""

import os
import sys
from contextlib import ExitStack
from fcntl import LOCK_EX, LOCK_SH
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import tanlu
from tests import sharing
from tests.browser import Browsers, served, visits
from tests.sharing import held

MOST_WORKERS = 4  # more of them wait for the longest file
# Begun first, so that no process waits at the end for another that has just begun one of these: the longest first.
# None with timed tests is among them: these would wait for the long tests of the others.
LONGEST = (
    "test_balances.py",  # it watches what others ask the record of
    "test_wiring.py",
    "test_region_clearing.py",
    "test_adapters.py",
    "test_contracts_for_difference.py",
    "test_plans.py",
    "test_invariances.py",
    "test_failure.py",
    "test_bonds.py",
    "test_support_family.py",
)
EVERY_KERNEL = (2020, 2026)  # years in which every kernel of a run is called
# pyam's cache of units remembers the paths of the environment that filled it, and fails once that one is removed.
os.environ.setdefault("IAM_UNITS_CACHE", str(Path(sys.prefix) / "iam-units"))
# Where it is set, each of some hundred processes compiles the libraries anew, 4 to 6 s, and each worker all tests.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


# --- which tests, in how many processes --------------------------------------------------------------------------


def nothing_named(config: pytest.Config) -> bool:
    """Whether pytest was started without a file, a folder or a test."""
    return config.args_source != pytest.Config.ArgsSource.ARGS


def pytest_configure(config: pytest.Config) -> None:
    """Leave out what is slow, unless it was named or chosen by `-m`."""
    if nothing_named(config) and not config.option.markexpr:
        config.option.markexpr = "not slow"


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Spread the suite over processes; what was named runs in one, where a debugger works.

    One more than processors: what is tried in a browser waits much.
    """
    return min((os.cpu_count() or 1) + 1, MOST_WORKERS) if nothing_named(config) else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest before the others, and spread those in a browser evenly among these."""
    place: dict[str, float] = {name: number for number, name in enumerate(LONGEST)}
    waiting = {item.path.name for item in items if item.get_closest_marker("browser")}
    others = dict.fromkeys(item.path.name for item in items if item.path.name not in place)
    for kind in ([name for name in others if (name in waiting) == apart] for apart in (True, False)):
        place |= {name: len(LONGEST) + number / len(kind) for number, name in enumerate(kind)}
    items.sort(key=lambda item: place[item.path.name])


# --- turns among processes ---------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory, worker_id) -> Path | None:
    """The folder of this session's processes, None if there is one process only."""
    return None if worker_id == "master" else tmp_path_factory.getbasetemp().parent


@pytest.fixture(scope="session", autouse=True)
def compiled(shared_folder):
    """Let one process compile the kernels, and the others read what it compiled; they share records of runs too."""
    if shared_folder:
        records = shared_folder / "records"
        records.mkdir(exist_ok=True)
        sharing.FOLDER[:] = [records]
        with held(shared_folder / "compiling"):
            tanlu.simulate("tanlu:baseline", replications=1, years=EVERY_KERNEL)


@pytest.fixture(autouse=True)
def turn(request, shared_folder):
    """Run a timed test while the other processes rest; a waiting one is before all that come later."""
    alone = request.node.get_closest_marker("timed") is not None
    with ExitStack() as room:
        if shared_folder:
            with held(shared_folder / "door"):
                room.enter_context(held(shared_folder / "room", LOCK_EX if alone else LOCK_SH))
        yield


# --- the browser -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def fault_file(tmp_path_factory):
    return tmp_path_factory.mktemp("fault") / "part"


@pytest.fixture
def fault(fault_file):
    """A file whose text names the part of the app that must fail."""
    yield fault_file
    fault_file.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def site(fault_file):
    """The app on the stand-in model, one for all files of a process: it starts longer than a page opens."""
    with served("tests/fake_app.py", {**os.environ, "TANLU_TEST_FAULT": str(fault_file)}) as url:
        yield url


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browsers = Browsers(playwright)
        yield browsers
        browsers.close()


@pytest.fixture
def visit(chromium, site):
    """Open an address as a new visitor; every page is watched for outside requests and errors."""
    yield from visits(chromium, site)

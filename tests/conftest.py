"""What the tests in a real Chromium share: the app on the stand-in model, a browser, and a visitor's page."""

import os

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import CHROMIUM, FLAGS, served, visits


@pytest.fixture(scope="module")
def fault_file(tmp_path_factory):
    return tmp_path_factory.mktemp("fault") / "part"


@pytest.fixture
def fault(fault_file):
    """A file whose text names the part of the app that must fail."""
    yield fault_file
    fault_file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def site(fault_file):
    with served("tests/fake_app.py", {**os.environ, "TANLU_TEST_FAULT": str(fault_file)}) as url:
        yield url


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, site):
    """Open an address as a new visitor; every page is watched for outside requests and errors."""
    yield from visits(chromium, site)

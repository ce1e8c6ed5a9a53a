"""The wheel, installed outside of the checkout, in a real browser: every route in both languages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tanlu.core.words import LANGUAGES
from tanlu.pages.rooms.routes import ROOMS
from tests.browser import PROJECT, console_errors, free_port, listening, visits, walk

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def uv(*words: object) -> None:
    subprocess.run(["uv", *map(str, words), "--quiet"], cwd=PROJECT, check=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The programs of an environment that has the wheel of this checkout, and all else in the locked versions."""
    folder = tmp_path_factory.mktemp("wheel")
    assert PROJECT not in folder.parents
    place, locked = folder / "environment", folder / "locked.txt"
    uv("build", "--wheel", "--out-dir", folder)
    uv("export", "--locked", "--no-dev", "--no-emit-project", "--no-hashes", "--output-file", locked)
    uv("venv", "--python", sys.executable, place)
    uv("pip", "install", "--python", place, "--constraints", locked, *folder.glob("*.whl"))
    return place / "bin"


def test_s01_the_wheel_serves_every_route_from_an_empty_folder(chromium, installed, tmp_path) -> None:
    """It compiles its kernels first, as it brings none."""
    kept_out = ("SOLARA", "PYTHON", "VIRTUAL_ENV")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(kept_out)}
    where = [installed / "python", "-c", "import tanlu; print(tanlu.__file__)"]
    own = {"cwd": tmp_path, "env": environment, "check": True, "text": True}
    found = subprocess.run(where, stdout=subprocess.PIPE, **own).stdout
    assert installed.parent in Path(found.strip()).parents
    subprocess.run([installed / "tanlu", "warm"], stdout=subprocess.DEVNULL, **own)
    command = [installed / "tanlu", "app", "--no-browser"]
    with listening(command, tmp_path, environment, free_port()) as url:
        opened = visits(chromium, url)
        open_page = next(opened)
        for language in LANGUAGES:
            page = open_page(f"/?lang={language}")
            errors = console_errors(page)
            for room in ROOMS:
                page.goto(f"{url}{room.path}?lang={language}")
                page.wait_for_selector(f".area-{room.views[0].anchor} > *")
            walk(page)
            assert errors == []
        next(opened, None)

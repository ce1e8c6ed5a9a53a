"""`tanlu app`: how it serves, what it refuses, and what it answers from the first moment on."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from numba.core.registry import cpu_target
from playwright.sync_api import Error
from typer.testing import CliRunner

from tanlu.cli import serve
from tanlu.cli.main import app
from tanlu.cli.serve import PAGES
from tanlu.compilation.signatures import signatures
from tanlu.compilation.warming import MIN_SECONDS
from tanlu.core.warming import warm
from tanlu.core.words import LANGUAGES
from tanlu.pages.workers import early
from tanlu.pages.workers.compilation import COMPILATION
from tests.browser import drawn, free_port, wait_until_ready


def tanlu(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def asked(monkeypatch):
    """What the server is asked for, in place of it."""
    seen = {"opened": []}

    def run(server, sockets):
        seen.update(vars(server.config), address=sockets[0].getsockname())
        server.started = True
        sockets[0].close()

    monkeypatch.setenv("SOLARA_APP", "")
    monkeypatch.setattr(early.PagesServer, "run", run)
    monkeypatch.setattr(early.EarlyServer, "__init__", lambda *_: None)
    monkeypatch.setattr(COMPILATION, "run", lambda: None)
    monkeypatch.setattr(serve.webbrowser, "open", seen["opened"].append)
    return seen


def test_the_pages_are_served_on_the_port(asked):
    port = free_port()
    done = tanlu("app", "--port", str(port), "--no-browser")
    assert done.exit_code == 0, done.output
    assert os.environ["SOLARA_APP"] == PAGES
    assert asked["address"] == ("127.0.0.1", port) and not asked["server_header"]
    assert f"http://localhost:{port}" in done.output and "Ctrl+C" in done.output
    assert not asked["opened"]


def test_the_browser_opens_unless_it_must_not(asked):
    port = free_port()
    assert tanlu("app", "--port", str(port), "--host", "127.0.0.1").exit_code == 0
    assert asked["opened"] == [f"http://127.0.0.1:{port}"]


def test_a_taken_port_is_refused_before_anything_runs(asked):
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        done = tanlu("app", "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr == (
        f"error: cannot listen on localhost:{port}: Address already in use; try another --port\n"
    )
    assert "address" not in asked


@pytest.mark.parametrize("wrong", [["--port", "0"], ["--port", "x"], ["--port", "65536"], ["scenarios"]])
def test_wrong_options_are_refused(asked, wrong):
    assert tanlu("app", *wrong).exit_code == 2
    assert "address" not in asked


@contextmanager
def command(folder, **environment):
    """Yield the address of the running command and its process; it is ended if it has not been."""
    port = free_port()
    words = [Path(sys.executable).with_name("tanlu"), "app", "--no-browser", "--port", str(port)]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SOLARA")}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    how = {"cwd": folder, "env": {**kept, **environment}, "start_new_session": True, **output}
    with subprocess.Popen(words, **how) as server:
        try:
            yield f"http://localhost:{port}", server
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


@pytest.mark.slow
def test_it_serves_the_model_from_an_empty_folder_and_ends_with_an_interrupt(tmp_path):
    (tmp_path / "model.py").write_text("raise RuntimeError\n", encoding="utf-8")
    with command(tmp_path) as (url, server):
        wait_until_ready(url, server)
        with urlopen(url, timeout=10) as answer:
            page, headers = answer.read().decode(), answer.headers
        os.killpg(server.pid, signal.SIGINT)
        said = server.communicate(timeout=30)[0]
    assert "<title>碳路 Tanlu</title>" in page
    assert "server" not in headers and "camera=()" in headers["permissions-policy"]
    assert server.returncode == 0, said
    assert "Traceback" not in said and "Warning" not in said


COUNT = {"en": r"(\d+) of (\d+) parts are done", "zh": r"已完成 (?P<all>\d+) 个部分中的 \d+ 个"}


def waiting_page(url, language):
    """The page that tells a visitor to wait, and its headers."""
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{url}/?lang={language}", timeout=10)
    return refused.value.read().decode(), refused.value


def test_where_nothing_is_compiled_the_page_is_there_at_once_and_counts(tmp_path):
    with command(tmp_path, NUMBA_CACHE_DIR=str(tmp_path)) as (url, server):
        for _ in range(1200):
            assert server.poll() is None
            try:
                page, answer = waiting_page(url, "en")
                break
            except OSError:
                time.sleep(0.1)
        assert answer.code == 503 and "server" not in answer.headers
        assert "permissions-policy" in answer.headers and answer.headers["retry-after"] == "2"
        if not re.search(COUNT["en"], page):
            assert "starting" in page, "before it is known what is missing"
        for _ in range(1200):
            if re.search(COUNT["en"], page):
                break
            time.sleep(0.1)
            page, _ = waiting_page(url, "en")
        for language in LANGUAGES:
            page, _ = waiting_page(url, language)
            assert re.search(COUNT[language], page) and 'http-equiv="refresh"' in page
        assert waiting_page(f"{url}/static", "en")[1].code in (
            503,
            404,
        )  # of who came first, and of the pages


def copy_compiled(folder):
    """Copy what is compiled on this machine, but for the quickest kernels that together are worth telling."""
    target, left_out = cpu_target.target_context.codegen().magic_tuple(), 0.0
    for one in sorted(signatures(), key=lambda kernel: kernel.compile_seconds):
        if left_out < MIN_SECONDS:
            left_out += one.compile_seconds
            continue
        cache = one.function._cache
        there = folder / cache.package
        there.mkdir(parents=True, exist_ok=True)
        shutil.copy(next(file for file in cache.files(one.kinds, target) if file.is_file()), there)


@pytest.mark.slow
@pytest.mark.browser
def test_the_waiting_page_becomes_the_app_by_itself(tmp_path, chromium):
    warm("en")
    copy_compiled(tmp_path)
    with command(tmp_path, NUMBA_CACHE_DIR=str(tmp_path)) as (url, _):
        page = chromium.new_context(locale="en-US").new_page()
        while page.url != f"{url}/":
            with suppress(Error):  # the port is not open yet
                page.goto(url)
        page.wait_for_selector("text=parts are done", timeout=60_000)
        page.wait_for_selector("#path", timeout=300_000)
        drawn(page)

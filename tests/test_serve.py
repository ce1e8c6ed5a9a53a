"""`tanlu app`: what it asks Solara for, what it refuses, and that it serves the model's own pages."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from solara import __main__ as solara_command
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.cli.serve import PAGES
from tests.browser import free_port, wait_until_ready


def tanlu(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def asked(monkeypatch):
    """What Solara is asked for, in place of a server."""
    seen = {}
    monkeypatch.setattr(solara_command.run, "invoke", lambda context: seen.update(context.params))
    return seen


def test_solara_is_asked_for_the_pages(asked):
    port = free_port()
    done = tanlu("app", "--port", str(port), "--no-browser")
    assert done.exit_code == 0, done.output
    assert (asked["app"], asked["host"], asked["port"]) == (PAGES, "localhost", port)
    assert (asked["open"], asked["production"], asked["check_version"]) == (False, True, False)
    assert "Ctrl+C" in done.output


def test_the_browser_opens_unless_it_must_not(asked):
    assert tanlu("app", "--port", str(free_port()), "--host", "127.0.0.1").exit_code == 0
    assert (asked["open"], asked["host"]) == (True, "127.0.0.1")


def test_a_taken_port_is_refused_before_anything_runs(asked):
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        done = tanlu("app", "--port", str(port))
    assert done.exit_code == 1
    assert done.stderr == (
        f"error: cannot listen on localhost:{port}: Address already in use; try another --port\n"
    )
    assert not asked


@pytest.mark.parametrize("wrong", [["--port", "0"], ["--port", "x"], ["--port", "65536"], ["scenarios"]])
def test_wrong_options_are_refused(asked, wrong):
    assert tanlu("app", *wrong).exit_code == 2
    assert not asked


def test_it_serves_the_model_from_an_empty_folder_and_ends_with_an_interrupt(tmp_path):
    (tmp_path / "model.py").write_text("raise RuntimeError\n", encoding="utf-8")
    port = free_port()
    command = [Path(sys.executable).with_name("tanlu"), "app", "--no-browser", "--port", str(port)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SOLARA")}
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True, **output) as server:
        try:
            url = f"http://localhost:{port}"
            wait_until_ready(url, server)
            page = urlopen(url, timeout=10).read().decode()
        finally:
            os.killpg(server.pid, signal.SIGINT)
            said = server.communicate(timeout=30)[0]
    assert "<title>碳路 Tanlu</title>" in page
    assert server.returncode == 0, said
    assert "Traceback" not in said and "Warning" not in said

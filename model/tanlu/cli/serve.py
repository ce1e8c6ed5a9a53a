"""The command that serves the pages on this machine."""

import socket
from contextlib import suppress
from typing import Annotated

import typer

from tanlu.cli.console import NotDoneError, language_of_environment
from tanlu.core.warming import warm
from tanlu.core.words import text
from tanlu.core.words.errors import reason_of
from tanlu.core.words.said import said
from tanlu.pages.workers.settings import SETTINGS

EXAMPLES = {
    "app": ("tanlu app", "tanlu app --port 8080 --no-browser", "tanlu app --host 0.0.0.0 --workers 4")
}
PAGES = "tanlu.pages.start"


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8765,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "localhost",
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that run the model; one less than cores if not given."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="Name under which a proxy asks for this server; several times."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser when it is ready.")
    ] = True,
) -> None:
    """Serve the browser app on this machine until Ctrl+C."""
    _refuse_taken_port(host, port)
    SETTINGS.hosts = (host, *(allow or ()))
    SETTINGS.workers = workers or SETTINGS.workers
    warm(language_of_environment().value)
    typer.echo(text(language_of_environment().value, "command.page_comes"))
    from solara.__main__ import run  # takes a second, which help must not

    options = ["--host", host, "--port", str(port), "--open" if browser else "--no-open"]
    # Solara would ask the package index for its newest version; the app asks no other host for anything.
    words = [PAGES, *options, "--production", "--no-check-version"]
    with run.make_context("tanlu app", words) as context, suppress(KeyboardInterrupt):
        run.invoke(context)


def _refuse_taken_port(host: str, port: int) -> None:
    """Say at once that a port cannot be had, not after the baseline has run."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = reason_of(error)
        if isinstance(reason, str):
            reason = reason.partition(" (")[0]  # Python adds the address in brackets
        raise NotDoneError(said("cannot_listen", host=host, port=port, reason=reason)) from None

"""The command that serves the pages on this machine."""

import socket
from contextlib import suppress
from typing import Annotated

import typer

from tanlu.cli.console import FAILED, language_of_environment
from tanlu.core.warming import warm

EXAMPLES = {"app": ("tanlu app", "tanlu app --port 8080 --no-browser")}
PAGES = "tanlu.pages.start"


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8765,
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "localhost",
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser when it is ready.")
    ] = True,
) -> None:
    """Serve the browser app on this machine until Ctrl+C."""
    _refuse_taken_port(host, port)
    warm(language_of_environment().value)
    typer.echo("The baseline runs first; the page is there a few seconds later. Stop with Ctrl+C.")
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
        reason = str(error.strerror).partition(" (")[0]  # Python adds the address in brackets
        typer.echo(f"error: cannot listen on {host}:{port}: {reason}; try another --port", err=True)
        raise typer.Exit(FAILED) from None

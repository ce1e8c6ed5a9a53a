"""The command that serves the pages on this machine."""

import os
import socket
import webbrowser
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from tanlu.cli.console import NotDoneError, language_of_environment
from tanlu.core.places import RESULTS
from tanlu.core.words import text
from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import build_message
from tanlu.pages.workers.settings import SETTINGS

EXAMPLES = {
    "app": ("tanlu app", "tanlu app --port 8080 --no-browser", "tanlu app --host 0.0.0.0 --workers 4")
}
PAGES, SERVER = "tanlu.pages.start", "solara.server.starlette:app"


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
    answers: Annotated[
        Path, typer.Option("--answers", help="Folder of answers made ahead (`tanlu prepare`).")
    ] = RESULTS,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")
    ] = True,
) -> None:
    """Serve the browser app on this machine until Ctrl+C."""
    listener = _listen(host, port)
    SETTINGS.hosts = (host, *(allow or ()))
    SETTINGS.answers = answers
    SETTINGS.workers = workers or SETTINGS.workers
    SETTINGS.language = language_of_environment().value
    address = f"http://{host}:{port}"
    typer.echo(text(SETTINGS.language, "command.page_comes", {"address": address}))
    if browser:
        Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    with suppress(KeyboardInterrupt):
        _serve_pages(listener)


def _serve_pages(listener: socket.socket) -> None:
    """Serve the pages until Ctrl+C.

    Other than Solara's own command it serves from the first moment on, and does not name the server.
    """
    import uvicorn  # here, like all that follows, since help must not wait for it

    from tanlu.pages.workers.compilation import COMPILATION
    from tanlu.pages.workers.early import EarlyServer, PagesServer

    early = EarlyServer(listener)
    Thread(target=COMPILATION.run, daemon=True).start()
    os.environ["SOLARA_APP"] = PAGES
    from solara.__main__ import LOGGING_CONFIG  # with all of Solara, which takes seconds

    config = uvicorn.Config(SERVER, log_config=LOGGING_CONFIG, access_log=False, server_header=False)
    server = PagesServer(config, early)
    server.run(sockets=[listener])
    if not server.started:
        raise typer.Exit(1)  # the log says why


def _listen(host: str, port: int) -> socket.socket:
    """Open a port, or say at once that it cannot be had."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        reason = explain_error(error)
        if isinstance(reason, str):
            reason = reason.partition(" (")[0]  # Python adds the address in brackets
        raise NotDoneError(build_message("cannot_listen", host=host, port=port, reason=reason)) from None

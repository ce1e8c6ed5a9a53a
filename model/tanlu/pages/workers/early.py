"""What answers before the pages are there, and hands over to them."""

import socket
from collections.abc import Awaitable, Callable
from threading import Thread

import uvicorn

from tanlu.pages.workers.door import Door, Message, Refusal, Send, headers_of
from tanlu.pages.workers.settings import SETTINGS

NOT_YET = Refusal(503)


class EarlyServer:
    """Says on a port that the pages are coming, in a thread of its own, until it is told to end."""

    def __init__(self, listener: socket.socket) -> None:
        """Begin; the listener stays open for who comes next."""
        self._door = Door(lambda: False, SETTINGS.hosts)
        config = uvicorn.Config(
            self._answer, interface="asgi3", lifespan="off", ws="none", log_config=None, server_header=False
        )
        self._server = uvicorn.Server(config)
        Thread(target=self._server.run, args=([listener.dup()],), daemon=True).start()

    def end(self) -> None:
        """Leave the port to others."""
        self._server.should_exit = True

    async def _answer(self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        """Answer a request; no page is there yet that would open a socket or load a script."""
        await (self._door.refusal(scope, headers_of(scope)) or NOT_YET).answer(send)


class PagesServer(uvicorn.Server):
    """The server of the pages, which takes a port over from an early one once it has started."""

    def __init__(self, config: uvicorn.Config, early: EarlyServer) -> None:
        super().__init__(config)
        self._early = early

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Make the pages and begin to answer."""
        await super().startup(sockets)
        self._early.end()

"""Turn away requests that no browser on our own page would send, before the server reads them."""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from solara.server import settings
from solara.server import starlette as server
from solara.server.kernel_context import contexts
from solara.server.server import get_session_id_cookie
from starlette.requests import HTTPConnection

from tanlu.pages.frames import FrameLog, is_sound
from tanlu.pages.workers.door import HEADERS, Door, Message, Refusal, Send, headers_of

type Receive = Callable[[], Awaitable[Message]]
type App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

LONGEST_ADDRESS_BYTES = 8192
CLOSED_BY_POLICY = 1008
HIDDEN = ("/resourcez",)  # the server's view of its own memory and visitors
CLOSE_PATH = "/_solara/api/close/"
SOCKET_PATH = re.compile(r"/jupyter/api/kernels/([^/]+)/channels")
ASSETS = "/_solara/cdn/"


class Guard:
    """Stands before the server: refuses strange origins, addresses and frames, and adds headers to every answer."""

    def __init__(self, app: App, door: Door) -> None:
        self._app, self._door, self._frame_log = app, door, FrameLog()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Pass on what a page of ours may ask."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        status = refusal(scope)
        told = Refusal(status) if status else self._door.refusal(scope, headers_of(scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        if told is None:
            await self._app(scope, receive, send_with_headers)
        else:
            await told.answer(send)

    async def _websocket(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        headers = headers_of(scope)
        refused = too_long(scope) or from_elsewhere(headers) or not may_connect(scope)
        if refused or not self._door.has_room(headers):
            await receive()
            await send(
                {"type": "websocket.close", "code": CLOSED_BY_POLICY}
            )  # before accepting: answered with 403
            return

        async def receive_sound() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive" or is_sound(message):
                return message
            self._frame_log.write(scope["client"][0])
            await send({"type": "websocket.close", "code": CLOSED_BY_POLICY})
            return {"type": "websocket.disconnect", "code": CLOSED_BY_POLICY}

        self._door.enter()
        try:
            await self._app(scope, receive_sound, send)
        finally:
            self._door.leave()


def refusal(scope: MutableMapping[str, Any]) -> int:
    """Return the status with which a request is turned away, 0 where it may pass."""
    if too_long(scope):
        return 414
    if scope["path"].rstrip("/") in HIDDEN or not is_shipped(scope["path"]):
        return 404
    if scope["path"].startswith(CLOSE_PATH) and not may_close(scope):
        return 403
    cross_site = headers_of(scope).get("sec-fetch-site") == "cross-site"
    return 403 if scope["method"] not in ("GET", "HEAD") and cross_site else 0


def may_connect(scope: MutableMapping[str, Any]) -> bool:
    """Check whether a socket is that of a new page, or of a page of this visitor that lost its connection."""
    request = HTTPConnection(scope)
    address = SOCKET_PATH.fullmatch(scope["path"])
    if address is None or not request.query_params.get("session_id"):
        return False
    context = contexts.get(address[1])
    return context is None or context.session_id == get_session_id_cookie(request.cookies)


def may_close(scope: MutableMapping[str, Any]) -> bool:
    """Check whether a request closes a page of this visitor; a page that is gone is anybody's who has a cookie."""
    request = HTTPConnection(scope)
    session, page = get_session_id_cookie(request.cookies), request.query_params.get("session_id")
    context = contexts.get(scope["path"].removeprefix(CLOSE_PATH))
    if context is None:
        return bool(session and page)
    return session == context.session_id and page in context.page_status


def is_shipped(path: str) -> bool:
    """Check whether an address is none of an asset, or of one that was installed.

    The server would ask a host on the internet for any other asset, and delete a folder whose address is asked for.
    """
    if not path.startswith(ASSETS):
        return True
    folder = settings.assets.proxy_cache_dir.resolve()
    try:
        asset = (folder / path.removeprefix(ASSETS)).resolve()
    except ValueError:  # a character that no path has
        return False
    return asset.is_relative_to(folder) and asset.is_file()


def too_long(scope: Mapping[str, Any]) -> bool:
    """Check whether an address is longer than any link of ours."""
    return len(scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS_BYTES


def from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Check whether a page of another host opened a socket; only browsers name an origin."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def install(door: Door) -> None:
    """Stand before the server once, whether it is being started or runs already."""
    app = server.app
    if getattr(app, "tanlu_guarded", False):
        return
    app.tanlu_guarded = True
    if app.middleware_stack is None:
        app.add_middleware(Guard, door=door)
    else:
        app.middleware_stack = Guard(app.middleware_stack, door)

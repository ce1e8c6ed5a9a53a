"""Who is let in: nobody before the first answer is there, no more than there is room for, and only where a page is."""

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from html import escape
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tanlu.core.words import choose_language, text
from tanlu.pages.rooms.routes import PATHS
from tanlu.pages.workers.compilation import COMPILATION
from tanlu.pages.workers.startup import STARTUP, busy_programs

type Message = MutableMapping[str, Any]
type Send = Callable[[Message], Awaitable[None]]

# Vue compiles templates in the browser, hence 'unsafe-eval'; nothing may come from, go to or frame us from elsewhere.
CONTENT_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# What no page of ours asks a browser for.
UNUSED = (
    "accelerometer",
    "camera",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "payment",
    "usb",
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"permissions-policy", ", ".join(f"{feature}=()" for feature in UNUSED).encode()),
)
MOST_VISITORS = 50
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
ANY = frozenset({"0.0.0.0", "::"})  # addresses that stand for all of a machine
OURS = ("/_solara", "/static", "/jupyter", "/readyz", "/resourcez", "/favicon")  # all other paths are pages
READY = "/readyz"
# Of all but what is absent, which will not come.
RETRY_SECONDS = {"compiling": 2, "compiling_on": 2, "starting": 2, "full": 20}
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{refresh}<title>{title}</title>
<style>body {{ font: 16px/1.5 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif;
 margin: 15vh auto; max-width: 34em; padding: 0 16px; color: #1b1f24; background: #fff; }} a {{ color: #0b5cad; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #e9ecf0; background: #12161b; }}
 a {{ color: #7ab8ff; }} }}</style>
</head><body><main><h1>{title}</h1><p>{message}</p><p><a href="{to}">{link}</a></p></main></body></html>
"""


class Refusal(NamedTuple):
    """What somebody is told who is not let in."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    async def answer(self, send: Send) -> None:
        """Answer a request with it."""
        headers = [*self.headers, *HEADERS]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Door:
    """Lets visitors in; counts those whose page is open."""

    def __init__(
        self, is_ready: Callable[[], bool], hosts: Iterable[str] = (), most_visitors: int = MOST_VISITORS
    ) -> None:
        """Take whether the first answer is there, and the names under which others may ask for this machine."""
        self._is_ready = is_ready
        self._hosts = HERE | {host.lower() for host in hosts}
        self._most = most_visitors
        self._open = 0

    def refusal(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> Refusal | None:
        """Return why a request is turned away, None where it may pass."""
        if not self.knows(headers.get("host", "localhost")):
            return Refusal(421)
        path = scope["path"].rstrip("/") or "/"
        if path == READY and not self._is_ready():
            return Refusal(503, _retry("starting"))
        if path.startswith(OURS):
            return None
        if path not in PATHS:
            return _page("absent", scope, headers)
        if not self._is_ready():
            progress = COMPILATION.progress
            if progress is None:
                return _starting_page(scope, headers)
            if not progress.compiled:
                return _page("compiling", scope, headers, progress._asdict())
            left = {"seconds": max(round(progress.seconds_left), 1)}
            return _page("compiling_on", scope, headers, progress._asdict() | left)
        return _page("full", scope, headers) if self._open >= self._most else None

    def has_room(self, headers: Mapping[str, str]) -> bool:
        """Check whether one more page may connect."""
        return self.knows(headers.get("host", "localhost")) and self._is_ready() and self._open < self._most

    def enter(self) -> None:
        """Count a page that has connected."""
        self._open += 1

    def leave(self) -> None:
        """Count a page that has gone."""
        self._open -= 1

    def knows(self, host: str) -> bool:
        """Check whether somebody asks for this machine by one of its names.

        A page elsewhere could else have a browser here ask in its own name. Where all addresses of the machine are
        listened on, each of them is a name.
        """
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._hosts or (bool(self._hosts & ANY) and _is_address(name))


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a request by name in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _language(scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
    return asked if asked in ("en", "zh") else choose_language([headers.get("accept-language", "")])


def _starting_page(scope: Mapping[str, Any], headers: Mapping[str, str]) -> Refusal:
    """Return the page that says what a start waits for, how long, and who else wants the processors."""
    language = _language(scope, headers)
    processors = os.cpu_count() or 1
    programs = busy_programs(processors)
    crowd = {"programs": programs, "processors": processors}
    values = {
        "seconds": STARTUP.seconds,
        "step": text(language, f"service.starting_{STARTUP.step}"),
        "crowd": text(language, "service.starting_crowd", crowd) if programs else "",
    }
    return _page("starting", scope, headers, values)


def _page(
    key: str,
    scope: Mapping[str, Any],
    headers: Mapping[str, str],
    values: Mapping[str, object] = MappingProxyType({}),
) -> Refusal:
    """Return a page in the visitor's language that tells when to come back, or the way to the first page."""
    language = _language(scope, headers)
    seconds = RETRY_SECONDS.get(key)
    link = "first_page" if seconds is None else "retry"
    words = {name: escape(text(language, f"service.{name}", values)) for name in (key, "title", link)}
    body = PAGE.format(
        lang={"zh": "zh-CN"}.get(language, language),
        refresh="" if seconds is None else f'<meta http-equiv="refresh" content="{seconds}">',
        title=words["title"],
        message=words[key],
        to=f"{scope.get('root_path', '')}/?lang={language}" if seconds is None else "",
        link=words[link],
    )
    more = ((b"cache-control", b"no-store"),) if seconds is None else _retry(key)
    return Refusal(
        404 if seconds is None else 503,
        ((b"content-type", b"text/html; charset=utf-8"), *more),
        body.encode(),
    )


def _retry(key: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"retry-after", str(RETRY_SECONDS[key]).encode()), (b"cache-control", b"no-store"))

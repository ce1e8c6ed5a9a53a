"""What the server turns away: strange origins, addresses and frames; what it says with every answer."""

import asyncio
import json
import logging
import urllib.error
import urllib.request
from types import SimpleNamespace
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from solara.server import settings
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tanlu.pages import frames, guard
from tanlu.pages.frames import LARGEST_FRAME_BYTES, is_sound
from tanlu.pages.guard import CLOSED_BY_POLICY, Guard, from_elsewhere, may_connect, refusal
from tanlu.pages.workers.door import Door

SOCKET = "/jupyter/api/kernels/1/channels"
CLOSE = "/_solara/api/close/1"


def scope(path="/", query=b"", method="GET", **headers):
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "path": path, "query_string": query, "method": method, "headers": named}


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (scope(), 0),
        (scope(query=b"s=" + b"~" * 2000), 0),
        (scope(query=b"s=" + b"~" * 9000), 414),
        (scope(path="/" + "a" * 9000), 414),
        (scope(path="/resourcez"), 404),
        (scope(path="/resourcez/"), 404),
        (scope(method="POST", sec_fetch_site="cross-site"), 403),
        (scope(method="POST", sec_fetch_site="same-origin"), 0),
        (scope(method="POST"), 0),
        (scope(sec_fetch_site="cross-site"), 0),
    ],
)
def test_requests_no_page_of_ours_sends_are_refused(asked, status):
    assert refusal(asked) == status


@pytest.mark.parametrize(
    ("asset", "status"),
    [
        ("a@1.0.0/dist/a.js", 0),
        ("a@1.0.0/dist", 404),
        ("a@1.0.0/b.js", 404),
        ("../c.js", 404),
        ("", 404),
        ("\0", 404),
    ],
)
def test_assets_are_those_installed_and_none_is_fetched_or_removed(monkeypatch, tmp_path, asset, status):
    file = tmp_path / "cdn/a@1.0.0/dist/a.js"
    file.parent.mkdir(parents=True)
    file.touch()
    (tmp_path / "c.js").touch()
    monkeypatch.setattr(settings.assets, "proxy_cache_dir", tmp_path / "cdn")
    assert refusal(scope(f"/_solara/cdn/{asset}")) == status


@pytest.fixture
def someones_page(monkeypatch):
    """A page that a visitor has open, by the number of what runs it."""
    page = SimpleNamespace(session_id="hers", page_status={"page": "connected"})
    monkeypatch.setattr(guard, "contexts", {"1": page})


@pytest.mark.parametrize("closed", [CLOSE, CLOSE.replace("1", "gone")])
@pytest.mark.parametrize("query", [b"session_id=page", b""])
def test_nobody_closes_a_page_without_a_cookie(someones_page, closed, query):
    assert refusal(scope(closed, query, method="POST")) == 403


@pytest.mark.parametrize(
    ("cookie", "query", "status"),
    [
        ("solara-session-id=hers", b"session_id=page", 0),
        ("a=b; solara-session-id-lax=hers", b"session_id=page", 0),
        ("solara-session-id=his", b"session_id=page", 403),
        ("solara-session-id=hers", b"session_id=other", 403),
        ("solara-session-id=hers", b"", 403),
    ],
)
def test_a_page_is_closed_by_the_session_that_opened_it(someones_page, cookie, query, status):
    assert refusal(scope(CLOSE, query, method="POST", cookie=cookie)) == status


@pytest.mark.parametrize(
    ("path", "query", "cookie", "allowed"),
    [
        (SOCKET, b"session_id=page", "solara-session-id=hers", True),
        (SOCKET, b"session_id=page", "solara-session-id=his", False),
        (SOCKET, b"session_id=page", "", False),
        (SOCKET.replace("1", "2"), b"session_id=page", "", True),
        (SOCKET.replace("1", "2"), b"", "", False),
        (SOCKET.replace("channels", "other"), b"session_id=page", "solara-session-id=hers", False),
        ("/", b"session_id=page", "solara-session-id=hers", False),
    ],
)
def test_sockets_open_to_pages_of_their_own_session(someones_page, path, query, cookie, allowed):
    assert may_connect({**scope(path, query, cookie=cookie), "type": "websocket"}) is allowed


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({"host": "tanlu.example"}, False),
        ({"host": "tanlu.example", "origin": "https://tanlu.example"}, False),
        ({"host": "127.0.0.1:8765", "origin": "http://127.0.0.1:8765"}, False),
        ({"host": "127.0.0.1:8765", "origin": "http://127.0.0.1:8766"}, True),
        ({"host": "tanlu.example", "origin": "http://evil.example"}, True),
        ({"host": "tanlu.example", "origin": "https://tanlu.example.evil.example"}, True),
        ({"host": "tanlu.example", "origin": "null"}, True),
        ({"origin": "http://evil.example"}, True),
    ],
)
def test_sockets_of_other_hosts_pages_are_told_apart(headers, elsewhere):
    assert from_elsewhere(headers) is elsewhere


def message(kind="comm_msg", **parts):
    """A message of a page as text, with parts of it replaced, or left out where they are None."""
    whole = {
        "header": {"msg_id": "1", "msg_type": kind, "session": "page", "username": "", "version": "5.2"},
        "parent_header": {},
        "metadata": {},
        "channel": "shell",
        "content": {"comm_id": "1", "data": {"method": "request_state"}},
        "buffers": [],
        **parts,
    }
    return json.dumps({name: part for name, part in whole.items() if part is not None})


def sent(**data):
    return message(content={"comm_id": "1", "data": data})


def opened(target, **parts):
    return message("comm_open", content={"comm_id": "1", "target_name": target, "data": {}}, **parts)


OF_A_PAGE = (
    message(),
    message("kernel_info_request", content={}),
    message("comm_info_request", content={"target_name": "jupyter.widget"}),
    message("shutdown_request", content={"restart": False}, channel="control"),
    message("comm_close", content={"comm_id": "1", "data": {}}),
    opened("solara.control"),
    opened("jupyter.widget.control", metadata={"version": "1.0.0"}),
    sent(method="run", args={"path": "/", "dark": False, "themes": {"light": {}}, "appName": None}),
    sent(method="update", state={"dark_effective": True}, buffer_paths=[]),
    sent(method="custom", content={"event": "move", "data": [1, {"x": "年"}]}),
)
OF_NO_PAGE = (
    *("", "[", "[]", "3", "{}", "NaN", "[" * 100_000, '{"header": 1}', "x" * (LARGEST_FRAME_BYTES + 1)),
    *(message("execute_request"), message(header=None), message(header=[]), message(header={"msg_id": "1"})),
    *(message(channel=None), message(content=None), message(content=[]), message(content={})),
    *(message(buffers=None), message(buffers=["x"]), message(content={"comm_id": [], "data": {}})),
    *(opened("jupyter.widget"), opened("elsewhere"), opened("jupyter.widget.control")),
    *(sent(), sent(method="evict"), sent(method="run", args={}), sent(method="update", state=[])),
    sent(method="custom", content={"create_widget": ["os", "system"], "props": {}, "id": "1"}),
    sent(method="custom", content={"event": "move"}).replace('"move"', "9" * 5000),
    sent(method="custom", content={"event": "\ud800"}),
)


@pytest.mark.parametrize("text", OF_A_PAGE)
def test_messages_of_a_page_pass(text):
    assert is_sound({"text": text})


@pytest.mark.parametrize("text", OF_NO_PAGE)
def test_messages_that_no_page_sends_are_refused(text):
    assert not is_sound({"text": text})


@pytest.mark.parametrize("frame", [{}, {"bytes": b""}, {"bytes": OF_A_PAGE[0].encode(), "text": None}])
def test_frames_without_text_are_refused(frame):
    assert not is_sound(frame)


def closing_code(guard, address):
    """How a socket of an address is closed that sends a broken frame."""
    codes = []
    scope = {"type": "websocket", "path": SOCKET, "query_string": b"session_id=1", "headers": []}
    scope["client"] = address, 1

    async def receive():
        return {"type": "websocket.receive", "text": "["}

    async def send(answered):
        codes.append(answered["code"])

    asyncio.run(guard(scope, receive, send))
    return codes


def test_broken_frames_reach_nobody_and_are_told_once_a_minute_of_each_visitor(monkeypatch, caplog):
    received, seconds = [], [1000.0]
    monkeypatch.setattr(frames.time, "monotonic", lambda: seconds[0])

    async def app(_, receive, __):
        received.append((await receive())["type"])

    guard = Guard(app, Door(lambda: True))
    for _ in range(200):
        assert closing_code(guard, "203.0.113.7") == [CLOSED_BY_POLICY]
    assert set(received) == {"websocket.disconnect"}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "203.0.113.7" in caplog.text and "Traceback" not in caplog.text
    closing_code(guard, "203.0.113.8")
    assert len(caplog.records) == 2
    seconds[0] += 61.0
    closing_code(guard, "203.0.113.7")
    assert len(caplog.records) == 3


def answer(url, method="GET"):
    asked = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=10) as reply:
            return reply.status, dict(reply.headers)
    except urllib.error.HTTPError as refused:
        return refused.code, dict(refused.headers)


def test_the_running_server_is_guarded(site):
    status, headers = answer(site + "/?lang=en")
    assert status == 200
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert answer(site + "/resourcez")[0] == 404
    assert answer(site + "/?s=" + "x" * 9000)[0] == 414
    assert answer(site + CLOSE + "?session_id=page", "POST")[0] == 403
    assert answer(site + "/readyz")[0] == 200


async def talk(site, frame, **headers):
    address = f"ws://{urlsplit(site).netloc}/jupyter/api/kernels/{uuid4()}/channels?session_id=page"
    async with connect(address, additional_headers=headers, open_timeout=10) as socket:
        await socket.send(frame)
        async with asyncio.timeout(10):
            async for _ in socket:
                pass


@pytest.mark.parametrize("frame", [b"", "[", "{}", "x" * (LARGEST_FRAME_BYTES + 1)])
def test_a_hostile_frame_closes_its_own_socket_only(site, frame):
    with pytest.raises(ConnectionClosed) as closed:
        asyncio.run(talk(site, frame))
    assert closed.value.rcvd is not None and closed.value.rcvd.code in (1008, 1009)
    assert answer(site + "/readyz")[0] == 200


def test_a_socket_of_another_hosts_page_is_refused(site):
    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(talk(site, "{}", Origin="http://evil.example"))
    assert refused.value.response.status_code == 403

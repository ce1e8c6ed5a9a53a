"""What the server turns away: strange origins, addresses and frames; what it says with every answer."""

import asyncio
import struct
import urllib.error
import urllib.request
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tanlu.pages.guard import LARGEST_FRAME_BYTES, from_elsewhere, is_sound, refusal


def scope(path="/", query=b"", method="GET", **headers):
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"path": path, "query_string": query, "method": method, "headers": named}


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


@pytest.mark.parametrize(
    ("message", "sound"),
    [
        ({"text": "{}"}, True),
        ({"text": "["}, True),
        ({"text": "x" * (LARGEST_FRAME_BYTES + 1)}, False),
        ({"bytes": struct.pack("!iI", 1, 8) + b"{}"}, True),
        ({"bytes": struct.pack("!iII", 2, 12, 14) + b"{}ab", "text": None}, True),
        ({"bytes": struct.pack("!i", 0x05F5E100)}, False),
        ({"bytes": struct.pack("!iI", 0x05F5E100, 8) + b"{}"}, False),
        ({"bytes": struct.pack("!iI", 2**31 - 1, 8)}, False),
        ({"bytes": struct.pack("!iI", -1, 8)}, False),
        ({"bytes": struct.pack("!iI", 0, 8)}, False),
        ({"bytes": b""}, False),
        ({"bytes": b"\0" * (LARGEST_FRAME_BYTES + 1)}, False),
        ({}, False),
    ],
)
def test_frames_that_announce_more_than_they_hold_are_refused(message, sound):
    assert is_sound(message) is sound


def answer(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as reply:
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
    assert answer(site + "/readyz")[0] == 200


async def talk(site, frame, **headers):
    address = f"ws://{urlsplit(site).netloc}/jupyter/api/kernels/{uuid4()}/channels?session_id=page"
    async with connect(address, additional_headers=headers, open_timeout=10) as socket:
        await socket.send(frame)
        async with asyncio.timeout(10):
            async for _ in socket:
                pass


@pytest.mark.parametrize("frame", [struct.pack("!i", 0x05F5E100), b"", "x" * (LARGEST_FRAME_BYTES + 1)])
def test_a_hostile_frame_closes_its_own_socket_only(site, frame):
    with pytest.raises(ConnectionClosed) as closed:
        asyncio.run(talk(site, frame))
    assert closed.value.rcvd is not None and closed.value.rcvd.code in (1008, 1009)
    assert answer(site + "/readyz")[0] == 200


def test_a_socket_of_another_hosts_page_is_refused(site):
    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(talk(site, "{}", Origin="http://evil.example"))
    assert refused.value.response.status_code == 403

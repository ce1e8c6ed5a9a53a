"""A visitor without a browser: he speaks to the server as the page's script does, at little cost."""

import json
import threading
import time
import uuid
from typing import Any
from urllib.request import Request, urlopen

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE_SECONDS = 300.0
QUIET_SECONDS = 2.0
LARGEST_BYTES = 1 << 26


class SocketVisitor:
    """One open page: what it was sent, and the moves of its policies."""

    def __init__(self, site: str, address: str = "/?lang=en") -> None:
        """Open the page at `site`, `http://host:port`, and wait until its first answer is there."""
        self.moves = 0
        self._site, self._page, self._kernel = site, uuid.uuid4().hex, str(uuid.uuid4())
        self._widgets: dict[str, str] = {}  # by what the page's script would do with them
        self._states: dict[str, dict[str, Any]] = {}
        self._news = threading.Condition()
        self._end: Exception | None = None  # of the connection
        with urlopen(site + address, timeout=PATIENCE_SECONDS) as answer:
            cookies = answer.headers.get_all("Set-Cookie") or []
        cookie = "; ".join(one.partition(";")[0] for one in cookies)
        path = f"/jupyter/api/kernels/{self._kernel}/channels?session_id={self._page}"
        self._socket = connect(
            site.replace("http", "ws", 1) + path,
            additional_headers={"Cookie": cookie, "Accept-Language": "en"},
            max_size=LARGEST_BYTES,
            ping_interval=None,  # as browsers do
            legacy=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        control = uuid.uuid4().hex
        self._send("comm_open", {"comm_id": control, "target_name": "solara.control", "data": {}})
        themes: dict[str, object] = {"themes": {"light": {}, "dark": {}}, "dark": False}
        run = {"method": "run", "args": {"path": address, "appName": None, **themes}}
        self._send("comm_msg", {"comm_id": control, "data": run})
        self._await(lambda: {"builder", "status", "path"} <= self._widgets.keys())

    def move(self, *edits: tuple[list[str], object]) -> float:
        """Give policies other values, each a path and a value; return the seconds until they are answered."""
        began = time.perf_counter()
        self.moves += 1
        sent = [{"path": path, "value": value} for path, value in edits]
        moved = {"move": self.moves, "gesture": str(self.moves), "edits": sent}
        data = {"method": "update", "state": {"moved": moved}, "buffer_paths": []}
        self._send("comm_msg", {"comm_id": self._widgets["builder"], "data": data})
        self._await(lambda: self._states[self._widgets["status"]]["answered"] >= self.moves)
        return time.perf_counter() - began

    def add(self, kind: str) -> None:
        """Add a policy of a kind, as its documentation shows it."""
        data = {"method": "custom", "content": {"event": "act", "data": {"do": "add", "with": kind}}}
        self._send("comm_msg", {"comm_id": self._widgets["builder"], "data": data})

    def whole(self) -> list[float]:
        """Wait until all draws of the last move are there; return the emissions by year, Mt CO2."""
        self._await(lambda: self.drawn == self.draws)
        with self._news:
            while self._news.wait(QUIET_SECONDS):
                pass  # parts of the page are sent one after the other
        return list(self.path["values"]["total"])

    @property
    def path(self) -> dict[str, Any]:
        """Return what the chart of emissions shows."""
        figures: dict[str, Any] = self._states[self._widgets["path"]]["figures"]
        return figures

    @property
    def drawn(self) -> int:
        """Return how many draws the page shows."""
        return int(self._states[self._widgets["status"]]["drawn"])

    @property
    def draws(self) -> int:
        """Return how many draws the setting has."""
        return int(self._states[self._widgets["status"]]["draws"])

    def close(self) -> None:
        """Leave as somebody who closes the page's tab."""
        request = f"{self._site}/_solara/api/close/{self._kernel}?session_id={self._page}"
        urlopen(Request(request, method="POST"), timeout=PATIENCE_SECONDS).close()
        self._socket.close()

    def vanish(self) -> None:
        """Leave as somebody whose line breaks."""
        self._socket.close()

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self._page, "version": "5.3"}
        rest = {"parent_header": {}, "metadata": {}, "channel": "shell", "buffers": []}
        self._socket.send(json.dumps({"header": header, "content": content, **rest}))

    def _await(self, there: Any) -> None:
        with self._news:
            found = self._news.wait_for(lambda: self._end or there(), PATIENCE_SECONDS)
            if self._end is not None:
                raise ConnectionError("the server ended the connection") from self._end
            if not found:
                raise TimeoutError(f"no answer within {PATIENCE_SECONDS:.0f} s")

    def _listen(self) -> None:
        try:
            for message in self._socket:
                if isinstance(message, str):
                    self._take(json.loads(message))
        except (ConnectionClosed, OSError) as error:
            with self._news:
                self._end = error
                self._news.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        content = message["content"]
        data = content.get("data")
        state = data.get("state") if isinstance(data, dict) else None
        if not state:
            return
        with self._news:
            comm = content["comm_id"]
            self._states.setdefault(comm, {}).update(state)
            if message["header"]["msg_type"] == "comm_open" and (role := role_of(state)):
                self._widgets[role] = comm
            self._news.notify_all()


def role_of(state: dict[str, Any]) -> str:
    """Return which of the parts that a visitor needs a widget is, nothing for all others."""
    if "moved" in state and "choices" in state:
        return "builder"
    if "computing" in state and "drawn" in state:
        return "status"
    return "path" if "total" in state.get("figures", {}).get("values", {}) else ""

"""The messages of a page to the server, and who is told of one that no page of ours would send."""

import logging
import math
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

LARGEST_FRAME_BYTES = 1 << 20  # a page sends a few hundred bytes with each move of a lever
SECONDS_BETWEEN_LINES = 60.0
logger = logging.getLogger(__name__)


class Header[Kind](BaseModel):
    """What a message is."""

    msg_id: str
    msg_type: Kind


class PageMessage[Kind, Content](BaseModel):
    """A message of Jupyter's protocol, of whose kinds the server knows six."""

    header: Header[Kind]
    channel: Literal["shell", "control"]
    content: Content
    buffers: list[object] = Field(max_length=0)


class OpenContent[Target](BaseModel):
    """Open a channel."""

    comm_id: str
    target_name: Target
    data: dict[str, object]


class VersionMetadata(BaseModel):
    """The version of the protocol of parts of a page, which the server compares."""

    version: str = Field(pattern=r"^1\.")


class OpenParts(PageMessage[Literal["comm_open"], OpenContent[Literal["jupyter.widget.control"]]]):
    """Open the channel to the list of parts, which a page does that has lost its connection."""

    metadata: VersionMetadata


class CloseContent(BaseModel):
    """Close a channel."""

    comm_id: str


class RunArguments(BaseModel):
    """Which page is drawn, and how."""

    path: str
    dark: bool
    themes: dict[str, object]
    appName: None = None  # noqa: N815 - a name of the protocol


class RunData(BaseModel):
    """Draw the page."""

    method: Literal["run"]
    args: RunArguments


class UpdateData(BaseModel):
    """Tell what a part of the page has become."""

    method: Literal["update"]
    state: dict[str, object]
    buffer_paths: list[object] = Field(default=[], max_length=0)


class EventContent(BaseModel, extra="forbid"):
    """An event of a part of the page. The library knows orders to import modules too, which no page of ours gives."""

    event: str
    data: Any = None


class EventData(BaseModel):
    """Tell an event."""

    method: Literal["custom"]
    content: EventContent


class StateData(BaseModel):
    """Ask for the state of the app or of parts of the page."""

    method: Literal["app-status", "request_state", "request_states"]


class SendContent(BaseModel):
    """Send something through a channel."""

    comm_id: str
    data: Annotated[RunData | UpdateData | EventData | StateData, Field(discriminator="method")]


MESSAGE: TypeAdapter[object] = TypeAdapter(
    PageMessage[Literal["comm_msg"], SendContent]
    | PageMessage[Literal["comm_open"], OpenContent[Literal["solara.control"]]]
    | OpenParts
    | PageMessage[Literal["comm_close"], CloseContent]
    | PageMessage[Literal["kernel_info_request", "comm_info_request", "shutdown_request"], dict[str, object]]
)


def is_sound(frame: Mapping[str, Any]) -> bool:
    """Check whether a frame holds a message of a page of ours, which sends no binary ones."""
    text = frame.get("text")
    if text is None or len(text) > LARGEST_FRAME_BYTES:
        return False
    try:
        MESSAGE.validate_json(text)
    except ValidationError:
        return False
    return True


class FrameLog:
    """Writes of refused frames one line a visitor a minute."""

    def __init__(self) -> None:
        self._line_seconds: dict[str, float] = {}  # when the last line of a visitor was written

    def write(self, address: str) -> None:
        """Say that a frame from an address was refused, unless that was said just now."""
        now = time.monotonic()
        if now - self._line_seconds.get(address, -math.inf) < SECONDS_BETWEEN_LINES:
            return
        recent = {
            visitor: seconds
            for visitor, seconds in self._line_seconds.items()
            if now - seconds < SECONDS_BETWEEN_LINES
        }
        self._line_seconds = {**recent, address: now}
        logger.warning("closed a socket of %s, whose frame is no message of a page", address)

"""What a visitor must know about what he asked for."""

from typing import NamedTuple

from tanlu.core.words.messages import BilingualText, Message

SHOWN = 40  # characters of a visitor's own text that are repeated to him


class Notice(NamedTuple):
    """Something that could not be followed, or was followed otherwise."""

    key: str  # of the text
    given: str | BilingualText
    used: str | BilingualText | Message = ""
    near: str | BilingualText = ""  # what may have been meant

"""What whoever starts the server may choose; read once, when the pages are made."""

import os
from dataclasses import dataclass
from pathlib import Path

from tanlu.core.places import RESULTS

FEWEST_WORKERS = 2


@dataclass
class ServerSettings:
    """How many workers there are, names of this machine for others, the terminal's language, where answers are."""

    workers: int = max(FEWEST_WORKERS, (os.cpu_count() or 1) - 1)  # one core is left to the server
    hosts: tuple[str, ...] = ()
    language: str = "en"
    answers: Path = RESULTS


SETTINGS = ServerSettings()

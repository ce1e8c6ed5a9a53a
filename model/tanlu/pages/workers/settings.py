"""What whoever starts the server may choose; read once, when the pages are made."""

import os
from dataclasses import dataclass

FEWEST_WORKERS = 2


@dataclass
class ServerSettings:
    """How many workers there are, the names under which others may ask for this machine, the terminal's language."""

    workers: int = max(FEWEST_WORKERS, (os.cpu_count() or 1) - 1)  # one core is left to the server
    hosts: tuple[str, ...] = ()
    language: str = "en"


SETTINGS = ServerSettings()

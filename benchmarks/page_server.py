"""The app as `tanlu app` serves it, but sessions end half a minute after their page; it tells what it holds.

`solara run benchmarks/page_server.py`: for each line on its standard input it prints a line of JSON with the sessions
of visitors that are alive and the threads of the process.
"""

import json
import sys
import threading

import solara.server.settings as server
from solara.server import kernel_context

from tanlu.pages.start import routes

__all__ = ["routes"]


def tell() -> None:
    """Answer each line with a line."""
    for _ in sys.stdin:
        held = {"sessions": len(kernel_context.contexts), "threads": threading.active_count()}
        print(json.dumps(held), flush=True)


server.kernel.cull_timeout = "30s"
threading.Thread(target=tell, daemon=True).start()

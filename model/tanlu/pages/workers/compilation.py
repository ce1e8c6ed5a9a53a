"""What is compiled on the first start, as far as it is."""

from threading import Lock
from typing import TYPE_CHECKING

from tanlu.core.warming import warm
from tanlu.pages.workers.settings import SETTINGS

if TYPE_CHECKING:
    from tanlu.compilation.warming import Progress


class Compilation:
    """Compiles what runs call and is missing; tells the terminal, and whoever looks, how far it is."""

    def __init__(self) -> None:
        self.progress: Progress | None = None  # nothing where all is compiled
        self._lock = Lock()

    def run(self) -> None:
        """Compile; who asks meanwhile waits."""
        with self._lock:
            warm(SETTINGS.language, self._tell)

    def _tell(self, progress: "Progress") -> None:
        self.progress = progress if progress.done < progress.kernels else None


COMPILATION = Compilation()

"""Say that the first run compiles, how far it is and how long that takes."""

import sys
import time
from functools import cache
from typing import TYPE_CHECKING

from tanlu.core.words import group

if TYPE_CHECKING:
    from tanlu.compilation.warming import Progress, Tell


@cache
def warm(language: str, *watchers: "Tell") -> None:
    """Compile what a run lacks and report progress; do it once.

    Progress goes to standard error and to watchers.
    """
    from tanlu.compilation.warming import compile_missing  # with numba, which help must not wait for

    words, start = group(language, "compiling"), time.perf_counter()

    def tell(progress: "Progress") -> None:
        for watcher in watchers:
            watcher(progress)
        on_terminal = sys.stderr.isatty()
        if on_terminal or progress.compiled == 0:
            # How long it takes is known from the pace: before the first kernel nobody can say.
            key, seconds_left = (
                ("going", max(round(progress.seconds_left), 1)) if progress.compiled else ("begun", 0)
            )
            line = words[key].format(done=progress.compiled, kernels=progress.kernels, seconds=seconds_left)
            print(
                f"\r{line}   " if on_terminal else line,
                end="" if on_terminal else "\n",
                file=sys.stderr,
                flush=True,
            )
        if progress.compiled == progress.kernels:
            passed = round(time.perf_counter() - start)
            line = words["done"].format(kernels=progress.kernels, seconds=passed)
            print(f"\r{line}        " if on_terminal else line, file=sys.stderr, flush=True)

    if not compile_missing(tell):
        print(words["lost"], file=sys.stderr)

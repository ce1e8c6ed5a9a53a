"""Say that the first run compiles, how far it is and how long that takes."""

import sys
import time
from functools import cache

from tanlu.core.words import group


@cache
def warm(language: str) -> None:
    """Compile what a run calls, if that has not been done, and say so on standard error; twice it does nothing."""
    from tanlu.compilation.warming import (  # with numba, which help must not wait for
        Progress,
        compile_missing,
    )

    words, began = group(language, "compiling"), time.perf_counter()

    def tell(at: Progress) -> None:
        on_terminal = sys.stderr.isatty()
        if on_terminal or at.compiled == 0:
            line = words["going"].format(
                done=at.compiled, kernels=at.kernels, seconds=max(round(at.seconds_left), 1)
            )
            print(
                f"\r{line}   " if on_terminal else line,
                end="" if on_terminal else "\n",
                file=sys.stderr,
                flush=True,
            )
        if at.compiled == at.kernels:
            line = words["done"].format(kernels=at.kernels, seconds=round(time.perf_counter() - began))
            print(f"\r{line}        " if on_terminal else line, file=sys.stderr, flush=True)

    if not compile_missing(tell):
        print(words["lost"], file=sys.stderr)

"""Try laws: `uv run python -m tests.laws`.

Without a word it measures the laws of the real region (some ten minutes of CPU), and writes the figures into the
package and docs/laws.md. `economics LEVER ...` measures some of them, with `--pairs 2` quickly and without writing.
`wiring LEVER ...` tries wiring rows, all of them unless levers are named. `pages` writes the page from the figures.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial

from tanlu.inputs.diagnostics import nearest
from tanlu.policies.texts.laws import with_interval
from tests.laws import page
from tests.laws.economics import Effect, effects
from tests.laws.form import Law
from tests.laws.harness import fault
from tests.laws.table import ECONOMICS, WIRING


def choose(laws: Sequence[Law], levers: Sequence[str]) -> list[Law]:
    """Choose the laws of some levers, all where none is named."""
    known = list(dict.fromkeys(law.lever for law in laws))
    for lever in levers:
        if lever not in known:
            close = nearest(lever, known)
            advice = f"did you mean `{close}`?" if close else f"there are rows about {', '.join(known)}"
            print(f"no row is about `{lever}`; {advice}", file=sys.stderr)
            sys.exit(2)
    return [law for law in laws if not levers or law.lever in levers]


def wiring(levers: Sequence[str]) -> int:
    """Try wiring rows and print those that fail."""
    laws = choose(WIRING, levers)
    faults = [message for message in map(fault, laws) if message]
    print("\n".join([*faults, f"{len(laws) - len(faults)} of {len(laws)} rows hold"]))
    return int(bool(faults))


def economics(levers: Sequence[str], pairs: int | None) -> int:
    """Measure laws of the real region, and write the figures unless a number of pairs is asked for."""
    laws = choose(ECONOMICS, levers)
    measured = list(zip(laws, effects(laws, pairs, partial(print, flush=True)), strict=True))
    for law, effect in measured:
        print(describe(law, effect))
    if pairs is None:
        git = ["git", "rev-parse", "--short=8", "HEAD"]
        commit = subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
        pages(measured, date.today().isoformat(), commit)
    return int(any(effect.sign != law.sign for law, effect in measured))


def describe(law: Law, effect: Effect) -> str:
    """Say what a law measured, and whether it holds."""
    verdict = "holds" if effect.sign == law.sign else "is turned" if effect.sign else "is undecided"
    change = f"{with_interval(effect.change, effect.half_width)} of {effect.before:,.4g} a year"
    return f"{verdict:12} {law.lever} {law.low!r} to {law.high!r}: {law.indicator} {change}, {effect.pairs} pairs"


def pages(measured: Sequence[tuple[Law, Effect]] = (), day: str = "", commit: str = "") -> int:
    """Write the table of the package, with new figures if there are any, and the page from it."""
    page.write_table(page.public_table(measured, day, commit))
    page.PAGE.write_text(page.page(), encoding="utf-8")
    return 0


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.laws", description=__doc__)
    parser.add_argument("what", nargs="?", default="economics", choices=("economics", "wiring", "pages"))
    parser.add_argument("levers", nargs="*")
    parser.add_argument("--pairs", type=int)
    line = parser.parse_args()
    if line.what == "pages":
        return pages()
    return wiring(line.levers) if line.what == "wiring" else economics(line.levers, line.pairs)


if __name__ == "__main__":
    sys.exit(main())

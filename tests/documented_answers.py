"""The answers of commands that documents show: each is what the command says of the model as it is.

`uv run python -m tests.run_figures` writes them, with its tables.
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from itertools import dropwhile

from tanlu.experiments.otherwise.conditions import build_arms
from tanlu.experiments.otherwise.outcomes import measure_outcome
from tanlu.experiments.otherwise.rendering import name_columns, worst_in_words, write_rows
from tanlu.experiments.results import simulate_all
from tanlu.output.figures.phrases import plain
from tanlu.output.findings.run_error import RunError
from tanlu.output.measures import Measured
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tests.formats import table
from tests.model_runs import ROOT

LANGUAGE = "en"
FENCE = "```"


def otherwise() -> str:
    """Return the figures of `tanlu otherwise dual_carbon`, and which condition is worst."""
    package, baseline = load("tanlu:dual_carbon"), load("tanlu:baseline")
    arms = build_arms(package, baseline)
    ended = map(checked, simulate_all([arm for pair in arms for arm in (pair.package, pair.baseline)]))
    targets = load_region(package.region).targets
    outcomes = [measure_outcome(pair, next(ended).measures, next(ended).measures, targets) for pair in arms]
    rows = [
        [
            row.name,
            *(f"**{plain(cell.amount)}**" if cell.is_worst else plain(cell.amount) for cell in row.cells),
        ]
        for row in write_rows(outcomes, LANGUAGE)
    ]
    heads = ["condition", *name_columns(outcomes, LANGUAGE).values()]
    return f"{table(heads, rows)}\n{plain(worst_in_words(outcomes, LANGUAGE))}\n"


def checked(result: Measured | RunError) -> Measured:
    if isinstance(result, RunError):
        raise result
    return result


def explain_effect() -> str:
    """Return what a push for capture lacks, and which levers would help."""
    return in_block(said("explain-effect", "ccus_push", "--levers"))


def joint_action() -> str:
    """Return the end of a comparison: what joint action costs, and who gains."""
    lines = said("compare", "tanlu:provinces_review", "tanlu:joint_action")
    return in_block(dropwhile(lambda line: not line.startswith("joint_action against"), lines))


def said(*arguments: str) -> list[str]:
    """Return the lines that a command prints in a terminal of 120 columns."""
    command = [sys.executable, "-m", "tanlu", *arguments]
    world = os.environ | {"COLUMNS": "120"}
    done = subprocess.run(command, cwd=ROOT, env=world, check=True, capture_output=True, text=True)
    return [line.rstrip() for line in done.stdout.splitlines()]


def in_block(lines: Iterable[str]) -> str:
    return "\n".join([f"{FENCE}text", *lines, FENCE, ""])


# Document and name of the place between `<!-- NAME: begin -->` and `<!-- NAME: end -->`.
ANSWERS = {
    ("docs/otherwise.md", "otherwise"): otherwise,
    ("docs/explain_effect.md", "explain effect"): explain_effect,
    ("docs/model/joint_action.md", "joint action"): joint_action,
}

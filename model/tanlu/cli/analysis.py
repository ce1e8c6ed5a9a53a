"""The command that analyses what an experiment has stored."""

import json
import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tanlu.cli.console import Language, cannot_write, figures_table, open_console
from tanlu.core.words import group
from tanlu.core.words.numbers import number, unit_name

if TYPE_CHECKING:
    from tanlu.experiments.analysis.tables import Analysis

EXAMPLES = {
    "experiment analyse": (
        "tanlu experiment analyse study.yaml",
        "tanlu experiment analyse study.yaml --method regret --json --csv tables",
    )
}
# Columns that the terminal shows of each method: words, and figures with the half-widths that belong to them.
WORDS = ("factor", "grade", "choice", "rule", "step", "with", "beaten_by")
FIGURES: Mapping[str, Mapping[str, str]] = {
    "one_at_a_time": {"rank": "", "effect": "half_width", "low_end": "", "high_end": ""},
    "morris": {"rank": "", "effect": "half_width", "mean": "mean_half_width", "spread": ""},
    "sobol": {"rank": "", "total": "total_half_width", "first": "first_half_width"},
    "prim": {"low": "", "high": "", "quasi_p": ""},
    "cart": {"rank": "", "density": "half_width", "coverage": "", "pairs": ""},
    "regret": {
        "rank": "",
        "regret_p90": "half_width",
        "regret_mean": "mean_half_width",
        "regret_maximum": "",
        "best_share": "",
    },
    "steps": {"step_effect": "half_width", "falls_share": ""},
    "satisficing": {"rank": "", "kept_share": "half_width"},
}
WHOLE = ("rank", "pairs")
SHARES = ("total", "first", "density", "coverage", "best_share", "kept_share", "falls_share")


def print_analyses(analyses: "list[Analysis]", language: Language) -> None:
    """Print each analysis as a table, with what belongs to it in sentences."""
    words, console = group(language, "analysis"), open_console()
    for analysis in analyses:
        console.print(_table(analysis, unit_name(analysis.unit, language), words))
        for sentence in _sentences(analysis, words):
            console.print(sentence, markup=False, soft_wrap=True)
        console.print()


def write_analyses(analyses: "list[Analysis]", folder: Path) -> None:
    """Write each analysis as a CSV file of its own."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for analysis in analyses:
            name = "-".join(part for part in (analysis.method, analysis.outcome, analysis.arm) if part)
            analysis.frame().to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    except OSError as error:
        raise cannot_write(folder, error) from None


def analyses_as_json(analyses: "list[Analysis]") -> str:
    """Write analyses as JSON text."""
    return json.dumps(
        [analysis.plain() for analysis in analyses], indent=2, ensure_ascii=False, allow_nan=False
    )


def _table(analysis: "Analysis", unit: str, words: Mapping[str, str]) -> Any:
    subject = " · ".join(
        part for part in (analysis.arm, analysis.outcome or words["all_bounds"], unit) if part
    )
    clear_rows = analysis.table[~analysis.table["noise"]] if "noise" in analysis.table else analysis.table
    title = f"{words[analysis.method]}: {subject}"
    if clear_rows.empty:
        return title
    columns = list(clear_rows.columns)
    figures = FIGURES.get(analysis.method) or _pairs_of(columns)
    texts = [name for name in WORDS if name in columns]
    heads: tuple[list[str], list[str], list[str]] = (
        [words[name] for name in texts],
        [words.get(name, name) for name in figures],
        [],
    )
    rows = [_cells(row, texts, figures, words) for row in clear_rows.to_dict("records")]
    return figures_table(title, heads, rows)


def _pairs_of(columns: list[str]) -> dict[str, str]:
    """Pair the figures and half-widths of a table whose columns are outcomes."""
    ends = "_half_width"
    return {name.removesuffix(ends): name for name in columns if name.endswith(ends)}


def _cells(
    row: Mapping[Hashable, Any], texts: list[str], figures: Mapping[str, str], words: Mapping[str, str]
) -> list[str]:
    cells = [words["assumption"] if (name, row[name]) == ("grade", "D") else str(row[name]) for name in texts]
    return cells + [_figure(name, row[name], row.get(width, math.nan)) for name, width in figures.items()]


def _figure(name: str, value: Any, width: float) -> str:
    if name in WHOLE:
        return str(value)
    text = f"{value:.2f}" if name in SHARES and not math.isnan(value) else number(value, "")
    if name == "quasi_p":
        text = f"{value:.3f}"
    if math.isnan(width) or math.isnan(value):
        return text
    return f"{text} ± {width:.2f}" if name in SHARES else f"{text} ± {number(width, '')}"


def _sentences(analysis: "Analysis", words: Mapping[str, str]) -> list[str]:
    sentences = [words[note.key].format(**_read(note.values)) for note in analysis.notes]
    if "noise" in analysis.table and (hidden := int(analysis.table["noise"].sum())):
        sentences.append(words["in_noise"].format(count=hidden))
    pairs = int(analysis.table["pairs"].iloc[0]) if len(analysis.table) and analysis.method != "cart" else 0
    if pairs:
        sentences.append(words["pairs_told"].format(count=pairs))
    share = analysis.noise_share
    unknown = math.isnan(share)
    sentences.append(
        words["chance_unknown"] if unknown else words["chance_share"].format(share=f"{100 * share:.0f}")
    )
    return sentences


def _read(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(x) if isinstance(x, int) else f"{x:.3g}" for name, x in values.items()}

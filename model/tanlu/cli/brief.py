"""The command that writes the brief of a result."""

from pathlib import Path
from typing import Annotated

import typer

from tanlu.cli.console import LanguageOption, cannot_write
from tanlu.cli.running import AGAINST, Against, Extend, Settings, results_of, simulate_shown
from tanlu.core.words import text

EXAMPLES = {
    "brief": (
        "tanlu brief ccus_push",
        "tanlu brief results/* --against baseline --lang zh --out brief.html",
    )
}


def brief(
    result: Annotated[str, typer.Argument(help="Result folder, or scenario file or name.")],
    lang: LanguageOption,
    extend: Extend,
    against: Against = AGAINST,
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("brief.html"),
) -> None:
    """Write what a result shows on at most four printed pages, as one HTML file that opens from disk."""
    from tanlu.output.provenance import code_state, model_version
    from tanlu.output.take_away.brief import BriefSubject
    from tanlu.output.take_away.brief import brief as html_of
    from tanlu.scenario.reference import ASSUMED, reference

    (one,) = results_of([result], lang, extend, 1)
    own = one.scenario
    is_saved = (Path(against) / "manifest.json").is_file()
    same = Settings(None if is_saved else str(own.years), None if is_saved else own.seed)
    settings = same if is_saved else same._replace(replications=own.replications)
    (other,) = results_of([against], lang, extend, 1, settings)
    held, plain = reference(own, other.scenario), None
    if held.kind == ASSUMED:  # effects are of policies: it is held against the other in its own conditions
        plain, other = other, simulate_shown(held.scenario, lang, extend)
    unchanged = one.manifest["values_sha256"] == other.manifest["values_sha256"]
    version = f"{model_version()} ({str(code_state()['commit'])[:8]}), {one.manifest['data']['version']}"
    subject = BriefSubject(
        one, None if unchanged else other, one.pack.targets, one.findings, version, plain=plain
    )
    try:
        out.write_text(html_of(subject, lang.value), encoding="utf-8")
    except OSError as error:
        raise cannot_write(out, error) from None
    typer.echo(text(lang.value, "command.file_written", {"file": out}))

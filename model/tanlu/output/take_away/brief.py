"""The brief: what a scenario does, on at most four printed pages, as one HTML file that opens from disk."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tanlu.core.words import group, text
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.output.figures.cards import Card, cards
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import Figure, written
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import Paths, aligned, joint_progress, paths_of
from tanlu.output.figures.phrases import Phrase
from tanlu.output.figures.sentence import FiguresToTell, sentence
from tanlu.output.figures.targets import Judged, count, judged
from tanlu.output.figures.yearly import PAID, POWER, YearlyRow, yearly
from tanlu.output.influence import DIFFERENCE, LEVEL, influence_in_words
from tanlu.output.measured import Measured
from tanlu.output.take_away.citations import citations
from tanlu.output.take_away.effect_chart import EffectLines, effect_svg
from tanlu.region.pack import load_region
from tanlu.scenario.change_words import changes_in_words
from tanlu.scenario.reference import reference

MOST_SOURCES, MOST_WARNINGS, MOST_TARGETS = 10, 6, 12
STYLE = Path(__file__).with_name("brief.css")


class SharesInWords(NamedTuple):
    """Which policy does what, ready to be read."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the first cell is the name of the policy
    note: str = ""  # how it was found, or why it is not known


class BriefSubject(NamedTuple):
    """What a brief is about."""

    now: Measured
    base: Measured | None  # what effects are measured against, None where the brief is about the baseline
    targets: pd.DataFrame
    findings: tuple[Finding, ...]
    version: str
    link: str = ""  # where the scenario can be looked at
    shares: SharesInWords | None = None
    title: str = ""  # in place of that of the scenario, which a visitor's own has not
    plain: Measured | None = None  # the baseline, where `base` is that in the conditions of the scenario

    @property
    def baseline(self) -> Measured:
        """The baseline as it is."""
        return self.plain or self.base or self.now

    @property
    def kind(self) -> str:
        """The kind of reference."""
        return reference(self.now.scenario, self.baseline.scenario).kind


def brief(subject: BriefSubject, language: str) -> str:
    """Return the brief as HTML in a language; nothing in it is loaded from anywhere."""
    own = paths_of(subject.now)
    base = None if subject.base is None else paths_of(subject.base)
    shown = own if base is None else aligned(own, paths_of(subject.baseline))
    against = None if joint_progress(own, base).is_preliminary else base  # what differs is told of all draws
    found = levels(shown) if against is None else levels(shown) | effects(own, against)
    kind, plain = subject.kind, None if subject.plain is None else paths_of(subject.plain)
    name = subject.title or subject.now.scenario.title("zh" if language == "zh" else "en")
    title = text(language, "take.title", {"name": name})
    lang = {"zh": "zh-CN"}.get(language, language)
    parts = [
        f"<h1>{escape(title)}</h1>",
        *_sentence(sentence(FiguresToTell(found, shown, base, kind), language)),
        _cards(_card_rows(subject, found, (shown, base), language)),
        effect_svg(EffectLines(shown, base, kind, plain), language),
        *_shares(subject.shares, language),
        *_yearly("paid", PAID, subject, (shown, against), language),
        *_yearly("power", POWER, subject, (shown, against), language),
        *_targets(judged(subject.now, subject.targets, own.open_from), subject.now, language),
        *_inputs(subject, language),
        *_limits(subject, language),
        *_sources(subject, language),
    ]
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE.read_text(encoding='utf-8')}</style></head><body>\n{body}\n</body></html>\n"
    )


def _phrase(told: Phrase) -> str:
    return "".join(
        f'<span data-figure="{escape(part["figure"])}">{escape(part["text"])}</span>'
        if part["figure"]
        else escape(part["text"])
        for part in told
    )


def _sentence(told: Sequence[Phrase]) -> list[str]:
    first, *others = told
    return [f'<p class="lead">{_phrase(first)}</p>', *(f"<p>{_phrase(one)}</p>" for one in others)]


def _card_rows(
    subject: BriefSubject, found: Mapping[str, Figure], both: tuple[Paths, Paths | None], language: str
) -> list[Card]:
    (shown, _), progress = both, joint_progress(*both)
    targets = judged(subject.now, subject.targets, shown.open_from)
    compared = None if progress.is_preliminary else subject.base
    before = None if compared is None else count(judged(compared, subject.targets, shown.open_from))
    return cards(
        {
            "figures": found,
            "targets": count(targets),
            "targets_before": before,
            "progress": progress,
            "free_from": shown.free_from,
            "last": int(shown.years[-1]),
            "kind": subject.kind,
        },
        language,
    )


def _cards(rows: Iterable[Card]) -> str:
    return '<div class="cards">' + "".join(map(_card, rows)) + "</div>"


def _card(card: Card) -> str:
    gap = " " if card["unit"][:1].isascii() and card["unit"] else ""
    lines = "".join(f"<div>{_phrase(line)}</div>" for line in card["lines"])
    value = f'<b data-figure="{escape(card["figure"])}">{escape(card["number"] + gap + card["unit"])}</b>'
    return f'<div class="card">{escape(card["label"])}{value}{lines}</div>'


def _heading(key: str, language: str) -> str:
    return f"<h2>{escape(text(language, f'take.{key}'))}</h2>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells of its rows are HTML."""
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in head)
    lines = "".join(
        f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        for first, *cells in rows
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _shares(shares: SharesInWords | None, language: str) -> list[str]:
    if shares is None:
        return []
    rows = ([escape(cell) for cell in row] for row in shares.rows)
    table = [_table(shares.columns, rows)] if shares.rows else []
    told = [f'<p class="small">{escape(shares.note)}</p>'] if shares.note else []
    return [_heading("shares", language), *table, *told]


def _yearly(
    key: str,
    rows: Sequence[YearlyRow],
    subject: BriefSubject,
    both: tuple[Paths, Paths | None],
    language: str,
) -> list[str]:
    """Return a table of paths in the years that comparisons show, each with its change against the reference."""
    now, base = both
    milestones = load_region(subject.now.scenario.region).milestone_years
    years = [int(year) for year in milestones if year in now.years]
    figures = yearly(rows, years, now, base)
    lines = [
        [
            escape(text(language, f"take.{row.key}")),
            *(_cell(figures, f"{row.key}@{year}", subject.kind, language) for year in years),
        ]
        for row in rows
    ]
    return [_heading(key, language), _table(["", *map(str, years)], lines)]


def _cell(figures: Mapping[str, Figure], key: str, kind: str, language: str) -> str:
    cell = f'<span data-figure="{key}">{escape(figures[key].text[language])}</span>'
    change = figures.get(f"{key} change")
    if change is None or change.is_zero(language):
        return cell
    places = {"change": change.signed(language), "reference": text(language, f"reference.short_{kind}")}
    told = text(language, "take.noise" if change.is_in_noise else "take.change", places)
    return f'{cell}<br><span class="small" data-figure="{change.key}">{escape(told)}</span>'


def _targets(found: Sequence[Judged], now: Measured, language: str) -> list[str]:
    """Return the official targets that a policy can still change."""
    open_ones = [one for one in found if one.is_open][:MOST_TARGETS]
    labels = load_region(now.scenario.region).axes.labels
    verdicts = group(language, "kpi")
    rows = []
    for one in open_ones:
        place = labels[one.row.region][language] if one.row.region in labels else one.row.region
        amounts = (str(written(value, one.row.unit, language)) for value in (one.row.target, one.row.value))
        verdict = verdicts[one.row.verdict.replace(" ", "_")]
        rows.append([escape(cell) for cell in (f"{place}: {one.label[language]}", *amounts, verdict)])
    if not rows:
        return []
    head = [text(language, f"take.target_{name}") for name in ("name", "aim", "value", "verdict")]
    return [_heading("targets", language), _table(head, rows)]


def _inputs(subject: BriefSubject, language: str) -> list[str]:
    """Return what the scenario says otherwise than the baseline."""
    parts = [_heading("inputs", language)]
    changes = (
        []
        if subject.base is None
        else changes_in_words(subject.baseline.scenario, subject.now.scenario, language)
    )
    if not changes:
        return [*parts, f"<p>{escape(text(language, 'take.no_inputs'))}</p>"]
    lines = []
    for one in changes:
        values = " · ".join(f"{title}: {value}" for title, value in one.values)
        mark = f" ({one.mark})" if one.mark else ""
        lines.append(f"<dt>{escape(one.title + mark)}</dt><dd>{escape(values)}</dd>")
    return [*parts, f"<dl>{''.join(lines)}</dl>"]


def _limits(subject: BriefSubject, language: str) -> list[str]:
    of = LEVEL if subject.base is None else DIFFERENCE
    draws = {"draws": len(subject.now.measures.values)}
    told = [
        text(language, "take.limit_scenario"),
        text(language, "take.limit_chance", draws),
        text(language, "take.limit_absent"),
        *influence_in_words(subject.now.scenario.region, language, of),
    ]
    warnings = [one for one in subject.findings if one.severity != Severity.note][:MOST_WARNINGS]
    told += [one.without_scenario(language) for one in warnings]
    items = "".join(f"<li>{escape(one)}</li>" for one in told)
    return [_heading("limits", language), f'<ul class="small">{items}</ul>']


def _sources(subject: BriefSubject, language: str) -> list[str]:
    """Return which sources are cited most, of which grade the rows are, and what the brief was made by."""
    cited = citations(load_region(subject.now.scenario.region))
    shares = " · ".join(f"{grade} {100.0 * share:.0f} %" for grade, share in cited.shares().items())
    items = [
        f"<li>{escape('. '.join(filter(None, (row['title'], row['publisher'], row['year'], row['licence']))))}</li>"
        for row in (cited.sources[key] for key in cited.most_cited(MOST_SOURCES))
    ]
    rest = text(language, "take.sources_rest", {"count": len(cited.sources), "shares": shares})
    made = text(language, "take.made", {"version": subject.version})
    link = f'<p><a href="{escape(subject.link)}">{escape(subject.link)}</a></p>' if subject.link else ""
    return [
        _heading("sources", language),
        f'<p class="small">{escape(rest)}</p><ul class="small">{"".join(items)}</ul>',
        f'<p class="small">{escape(made)}</p>{link}',
    ]

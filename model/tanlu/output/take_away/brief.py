"""The brief: what a scenario does, on at most four printed pages, as one HTML file that opens from disk."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tanlu.core.words import text
from tanlu.core.words.messages import COLONS, COMMAS
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.output.aims import Aim, count_aims, judge_aims, select_judged, select_region
from tanlu.output.aims_words import name_places, notes_in_words, verdict_in_words
from tanlu.output.book import book_in_words
from tanlu.output.figures.cards import Card, cards
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import Figure, write_quantity
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import DrawProgress, Paths, joint_progress, match_draws, paths_of
from tanlu.output.figures.phrases import Phrase
from tanlu.output.figures.picture import name_place
from tanlu.output.figures.sentence import AnswerFigures, sentence
from tanlu.output.figures.verdict import VerdictFigures, verdict_sentence
from tanlu.output.figures.yearly import PAYMENT_ROWS, POWER_ROWS, YearlyRow, yearly
from tanlu.output.influence import DIFFERENCE, LEVEL, influence_in_words
from tanlu.output.lending import additional_bonds, bonds_in_words
from tanlu.output.measures import Measured
from tanlu.output.promises import promises_in_words
from tanlu.output.region_aims import region_aims
from tanlu.output.region_aims_words import write_region_aim
from tanlu.output.regulators.reviews import reviews_in_words
from tanlu.output.take_away.citations import citations
from tanlu.output.take_away.effect_chart import EffectLines, effect_svg
from tanlu.region.pack import load_region
from tanlu.scenario.change_words import changes_in_words
from tanlu.scenario.reference import reference

MOST_SOURCES, MOST_WARNINGS = 10, 6
STYLE = Path(__file__).with_name("brief.css")


class SharesInWords(NamedTuple):
    """Which policy does what, ready to be read."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # the first cell is the name of the policy
    note: str = ""  # how it was found, or why it is not known


class BriefSubject(NamedTuple):
    """What a brief is about."""

    measured: Measured
    base: Measured | None  # what effects are measured against, None where the brief is about the baseline
    targets: pd.DataFrame
    findings: tuple[Finding, ...]
    version: str
    link: str = ""  # where the scenario can be looked at
    shares: SharesInWords | None = None
    title: str = ""  # in place of that of the scenario, which a visitor's own has not
    plain: Measured | None = None  # the baseline, where `base` is that in the conditions of the scenario
    region: str = ""  # province that all is told of; empty for the whole region

    @property
    def place(self) -> str:
        """The region that figures are of, as tables name it."""
        return self.region or self.measured.region

    def judge(self, measured: Measured, open_from: int) -> tuple[Aim, ...]:
        """Judge the official aims of the region that figures are of."""
        aims = judge_aims(measured, self.targets, open_from)
        return select_region(aims, self.place, measured.region)

    def name_place(self, language: str) -> str:
        """Name the province; empty for the whole region."""
        labels = load_region(self.measured.scenario.region).axes.labels
        return labels[self.region][language] if self.region else ""

    def name_picture_place(self, language: str) -> str:
        """Name the region that figures are of, the whole one too: a picture may stand alone."""
        return name_place(load_region(self.measured.scenario.region).axes, self.region, language)

    @property
    def baseline(self) -> Measured:
        """The baseline as it is."""
        return self.plain or self.base or self.measured

    @property
    def kind(self) -> str:
        """The kind of reference."""
        return reference(self.measured.scenario, self.baseline.scenario).kind


def brief(subject: BriefSubject, language: str) -> str:
    """Write the brief as HTML that loads nothing from anywhere."""
    answer = paths_of(subject.measured, subject.place)
    base = None if subject.base is None else paths_of(subject.base, subject.place)
    progress = joint_progress(answer, base)
    if base is not None:
        answer, base = match_draws(answer, base, paths_of(subject.baseline, subject.place))
    against = None if progress.is_preliminary else base  # what differs is told of all draws
    figures = levels(answer) if against is None else levels(answer) | effects(answer, against)
    kind, plain = subject.kind, None if subject.plain is None else paths_of(subject.plain, subject.place)
    verdict_figures = _verdict_figures(subject, figures, (answer, against), progress, language)
    name = subject.title or subject.measured.scenario.title("zh" if language == "zh" else "en")
    place = subject.name_place(language)
    titled = text(language, "take.title_of_place" if place else "take.title", {"name": name, "place": place})
    title = " ".join(filter(None, (titled, progress.mark(language))))
    lang = {"zh": "zh-CN"}.get(language, language)
    parts = [
        f"<h1>{escape(title)}</h1>",
        *_sentences(
            [
                verdict_sentence(verdict_figures, language),
                *sentence(AnswerFigures(figures, answer, base, kind, place), language),
            ]
        ),
        _cards(_card_rows(verdict_figures, answer, language)),
        effect_svg(
            EffectLines(
                answer, base, kind, plain, name, subject.name_picture_place(language), subject.version
            ),
            language,
        ),
        *_shares(subject.shares, language),
        *_book(subject, language),
        *_yearly("paid", PAYMENT_ROWS, subject, (answer, against), language),
        *([] if against is None else _bonds(subject, name, language)),
        *_yearly("power", POWER_ROWS, subject, (answer, against), language),
        *_targets(verdict_figures.aims, subject.measured, language),
        *_region_aims(subject, progress, language),
        *_reviews(subject, language),
        *_promises(subject, language),
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


def _phrase(phrase: Phrase) -> str:
    return "".join(
        f'<span data-figure="{escape(part["figure"])}" data-state="{part["state"]}">{escape(part["text"])}</span>'
        if part["figure"]
        else escape(part["text"])
        for part in phrase
    )


def _sentences(phrases: Sequence[Phrase]) -> list[str]:
    first, *other_phrases = phrases
    return [
        f'<p class="lead">{_phrase(first)}</p>',
        *(f"<p>{_phrase(phrase)}</p>" for phrase in other_phrases),
    ]


def _verdict_figures(
    subject: BriefSubject,
    figures: Mapping[str, Figure],
    answer_and_base: tuple[Paths, Paths | None],
    progress: DrawProgress,
    language: str,
) -> VerdictFigures:
    """Collect what the verdict is made of; the first screen says it in the same words."""
    answer, against = answer_and_base
    compared = None if against is None else subject.base
    aims = subject.judge(subject.measured, answer.open_from)
    before = None if compared is None else subject.judge(compared, answer.open_from)
    places = name_places(load_region(subject.measured.scenario.region).axes, language)
    return VerdictFigures(figures, aims, before, subject.kind, progress, places)


def _card_rows(verdict_figures: VerdictFigures, answer: Paths, language: str) -> list[Card]:
    before = verdict_figures.reference_aims
    return cards(
        {
            "figures": verdict_figures.figures,
            "targets": count_aims(verdict_figures.aims),
            "targets_before": None if before is None else count_aims(before),
            "progress": verdict_figures.progress,
            "free_from": answer.free_from,
            "last": int(answer.years[-1]),
            "kind": verdict_figures.kind,
        },
        language,
    )


def _cards(rows: Iterable[Card]) -> str:
    return '<div class="cards">' + "".join(map(_card, rows)) + "</div>"


def _card(card: Card) -> str:
    gap = " " if card["unit"][:1].isascii() and card["unit"] else ""
    lines = "".join(f"<div>{_phrase(line)}</div>" for line in card["lines"])
    value = " ".join(filter(None, (card["number"] + gap + card["unit"], card["mark"])))
    amount = f'<b data-figure="{escape(card["figure"])}" data-state="{card["state"]}">{escape(value)}</b>'
    return f'<div class="card">{escape(card["label"])}{amount}{lines}</div>'


def _heading(key: str, language: str) -> str:
    return f"<h2>{escape(text(language, f'take.{key}'))}</h2>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; the cells of its rows are HTML."""
    heads = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in head)
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
    note = [f'<p class="small">{escape(shares.note)}</p>'] if shares.note else []
    return [_heading("shares", language), *table, *note]


def _book(subject: BriefSubject, language: str) -> list[str]:
    """Say why emissions change since the statistics; nothing where the result does not tell it."""
    heading = f"<h2>{escape(text(language, 'book.heading'))}</h2>"
    items = "".join(
        f"<p>{escape(sentence)}</p>" for sentence in book_in_words(subject.measured, language, subject.place)
    )
    return [heading, items] if items else []


def _yearly(
    key: str,
    rows: Sequence[YearlyRow],
    subject: BriefSubject,
    answer_and_base: tuple[Paths, Paths | None],
    language: str,
) -> list[str]:
    """Build a table of paths in the milestone years, with their changes."""
    answer, base = answer_and_base
    milestones = load_region(subject.measured.scenario.region).milestone_years
    years = [int(year) for year in milestones if year in answer.years]
    figures = yearly(rows, years, answer, base)
    lines = [
        [
            escape(text(language, f"take.{row.key}")),
            *(_cell(figures, f"{row.key}@{year}", subject.kind, language) for year in years),
        ]
        for row in rows
    ]
    return [_heading(key, language), _table(["", *map(str, years)], lines)]


def _bonds(subject: BriefSubject, name: str, language: str) -> list[str]:
    """Say how the new money of green bonds differs; nothing of a province, whose bonds are not told apart."""
    if subject.base is None or subject.region:
        return []
    bonds = additional_bonds(subject.measured, subject.base)
    return [] if bonds is None else [f"<p>{escape(bonds_in_words(name, bonds, language))}</p>"]


def _cell(figures: Mapping[str, Figure], key: str, kind: str, language: str) -> str:
    cell = f'<span data-figure="{key}" data-state="{figures[key].state}">{escape(figures[key].text[language])}</span>'
    change = figures.get(f"{key} change")
    if change is None or change.is_zero(language):
        return cell
    places = {"change": change.signed(language), "reference": text(language, f"reference.short_{kind}")}
    change_text = text(language, "take.change", places)
    return f'{cell}<br><span class="small" data-figure="{change.key}">{escape(change_text)}</span>'


def _targets(aims: Sequence[Aim], measured: Measured, language: str) -> list[str]:
    """Build the table of open official aims, the verdicts on all others, and what is to be said of them."""
    if not aims:
        return []
    places = name_places(load_region(measured.scenario.region).axes, language)
    judged_aims, rows, decided = select_judged(aims), [], []
    for aim in judged_aims:
        name = f"{places.get(aim.region, aim.region)}: {aim.label[language]}"
        verdict = verdict_in_words(aim, language)
        if aim.is_open:
            amounts = (str(write_quantity(value, aim.unit, language)) for value in (aim.goal, aim.value))
            rows.append([escape(cell) for cell in (name, *amounts, verdict)])
        else:
            decided.append(text(language, "aims.decided", {"aim": name, "verdict": verdict}))
    head = [text(language, f"take.target_{name}") for name in ("name", "aim", "value", "verdict")]
    past = text(language, "aims.past", {"aims": text(language, "aims.join").join(decided)})
    notes = [*([past] if decided else []), *notes_in_words(aims, places, language)]
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return [
        _heading("targets", language),
        *([_table(head, rows)] if rows else []),
        f'<ul class="small aims">{items}</ul>',
    ]


def _region_aims(subject: BriefSubject, progress: DrawProgress, language: str) -> list[str]:
    """Build the table of what each region reaches, a column a region, held against its aims."""
    reference = None if progress.is_preliminary else subject.base
    aims = region_aims(subject.measured, subject.targets, reference)
    aims = select_region(aims, subject.place, subject.measured.region)
    places = name_places(load_region(subject.measured.scenario.region).axes, language)
    regions = list(dict.fromkeys(aim.region for aim in aims))
    cells: dict[str, dict[str, str]] = {}
    for aim in aims:
        row = write_region_aim(aim, language, progress.mark(language))
        told = COMMAS[language].join(filter(None, (row.margin, row.verdict)))
        note = f" <small>{escape(told)}</small>" if told else ""
        value = f'<span data-figure="{escape(row.figure)}">{escape(row.value)}</span>{note}'
        label = text(language, f"region_aims.short_{aim.key}", {"base": aim.base_year, "year": aim.year})
        cells.setdefault(label, {})[aim.region] = value
    rows = [[escape(label), *(by.get(region, "") for region in regions)] for label, by in cells.items()]
    heading = f"<h2>{escape(text(language, 'region_aims.heading'))}</h2>"
    head = ["", *(places.get(region, region) for region in regions)]
    return [heading, _table(head, rows)] if rows else []


def _reviews(subject: BriefSubject, language: str) -> list[str]:
    """List what regulators decided at their reviews; nothing where none reviews."""
    sentences = reviews_in_words(subject.measured, language, subject.place)
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return [_heading("reviews", language), f'<ul class="small">{items}</ul>'] if items else []


def _promises(subject: BriefSubject, language: str) -> list[str]:
    """List the promises that were broken; nothing where all were kept."""
    sentences = promises_in_words(subject.measured, language, subject.place)
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return [_heading("promises", language), f'<ul class="small">{items}</ul>'] if items else []


def _inputs(subject: BriefSubject, language: str) -> list[str]:
    """List the inputs of the scenario that differ from the baseline."""
    parts = [_heading("inputs", language)]
    changes = (
        []
        if subject.base is None
        else changes_in_words(subject.baseline.scenario, subject.measured.scenario, language)
    )
    if not changes:
        return [*parts, f"<p>{escape(text(language, 'take.no_inputs'))}</p>"]
    lines = []
    for change in changes:
        values = " · ".join(f"{title}{COLONS[language]}{value}" for title, value in change.values)
        title = text(language, "take.marked", change._asdict()) if change.mark else change.title
        lines.append(f"<dt>{escape(title)}</dt><dd>{escape(values)}</dd>")
    return [*parts, f"<dl>{''.join(lines)}</dl>"]


def _limits(subject: BriefSubject, language: str) -> list[str]:
    outcome = LEVEL if subject.base is None else DIFFERENCE
    draws = {"draws": len(subject.measured.measures.values)}
    limits = [
        text(language, "take.limit_scenario"),
        text(language, "take.limit_chance", draws),
        text(language, "take.limit_absent"),
        *influence_in_words(subject.measured.scenario.region, language, outcome),
    ]
    warnings = [finding for finding in subject.findings if finding.severity != Severity.note][:MOST_WARNINGS]
    limits += [finding.without_scenario(language) for finding in warnings]
    items = "".join(f"<li>{escape(limit)}</li>" for limit in limits)
    return [_heading("limits", language), f'<ul class="small">{items}</ul>']


def _sources(subject: BriefSubject, language: str) -> list[str]:
    """List the most cited sources, the grades of rows, and the version."""
    cited = citations(load_region(subject.measured.scenario.region))
    shares = " · ".join(f"{grade} {100.0 * share:.0f} %" for grade, share in cited.shares().items())
    items = [
        f"<li>{escape('. '.join(filter(None, (row['title'], row['publisher'], row['year'], row['licence']))))}</li>"
        for row in (cited.sources[key] for key in cited.most_cited(MOST_SOURCES))
    ]
    rest = text(language, "take.sources_rest", {"count": len(cited.sources), "shares": shares})
    origin = text(language, "take.made", {"version": subject.version})
    link = f'<p><a href="{escape(subject.link)}">{escape(subject.link)}</a></p>' if subject.link else ""
    return [
        _heading("sources", language),
        f'<p class="small">{escape(rest)}</p><ul class="small">{"".join(items)}</ul>',
        f'<p class="small">{escape(origin)}</p>{link}',
    ]

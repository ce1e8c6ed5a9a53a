"""The verdict on a package: which aims it meets, what it costs, who pays and what it risks, as sentence and cards."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.output.aims import MET, MISSED, Aim
from tanlu.output.figures.cards import Card
from tanlu.output.figures.figure import ABOUT, ABSENT, PROVISIONAL, SETTLED, Figure
from tanlu.output.figures.levels import OPEN_PLAN
from tanlu.output.figures.paths import DrawProgress
from tanlu.output.figures.phrases import (
    Part,
    Phrase,
    Place,
    against_in_words,
    phrase,
    signed,
    size,
    span_in,
)

DUE = OPEN_PLAN[-1]  # year up to which aims are counted
MOST_NAMES = 2  # of missed aims that a card has room for
MORE, LESS, CHANCE, SAME, RARE = "more", "less", "chance", "same", "rare"
MONEY, TARIFF, RISK = "net_public_money_yearly", "tariff_household_highest", "expected_shortage_worst"
# What a level is against the reference.
CHANGES = {
    MONEY: "net_public_money_yearly_change",
    TARIFF: "tariff_household_rise",
    RISK: "expected_shortage_rise",
}


class VerdictFigures(NamedTuple):
    """What a verdict is made of."""

    figures: Mapping[str, Figure]
    aims: Sequence[Aim]
    reference_aims: Sequence[Aim] | None  # of the reference, where it is another answer
    kind: str  # of the reference
    progress: DrawProgress
    places: Mapping[str, str]  # names of provinces


def due_aims(aims: Sequence[Aim]) -> list[Aim]:
    """Select the aims with a verdict that policies can change and that are due by the end of the plan."""
    return [aim for aim in aims if aim.is_open and aim.year <= DUE and aim.verdict in (MET, MISSED)]


def turn_of(figure: Figure, language: str) -> str:
    """Say which way a change goes: more, less, the same, or within chance."""
    if figure.is_in_noise:
        return CHANCE
    if figure.value == 0.0 or figure.is_zero(language):
        return SAME
    return MORE if figure.value > 0.0 else LESS


def verdict_sentence(verdict_figures: VerdictFigures, language: str) -> Phrase:
    """Write the verdict in a sentence; while draws are to come, of aims alone."""
    clauses = [_aims_clause(verdict_figures, language)]
    against: Mapping[str, Place] = {"reference": against_in_words(verdict_figures.kind, language)}
    if CHANGES[MONEY] in verdict_figures.figures:
        for name, key in (("money", CHANGES[MONEY]), ("tariff", CHANGES[TARIFF])):
            change = verdict_figures.figures[key]
            places = {
                **against,
                "amount": size(change, language),
                "span": span_in(change.window, language),
            }
            clauses.append(phrase(language, f"verdict.{name}_{turn_of(change, language)}", places))
    elif verdict_figures.progress.is_preliminary:
        clauses.append(phrase(language, "verdict.to_come", against))
    return _join(clauses, text(language, "aims.join"), text(language, "verdict.end"))


def _join(clauses: Sequence[Phrase], between: str, end: str) -> Phrase:
    """Join clauses to one phrase with its full stop."""
    joined: Phrase = []
    for number, clause in enumerate(clauses):
        last = number == len(clauses) - 1
        joined += [*clause, Part(text=end if last else between, figure="", state="")]
    return joined


def _aims_clause(verdict_figures: VerdictFigures, language: str) -> Phrase:
    """Write how many aims each province meets."""
    due, state = due_aims(verdict_figures.aims), _state(verdict_figures)
    parts = []
    for region in dict.fromkeys(aim.region for aim in due):
        verdicts = [aim.verdict for aim in due if aim.region == region]
        met = verdicts.count(MET)
        key = "verdict.all" if met == len(verdicts) else "verdict.some"
        mark_about = ABOUT if state == PROVISIONAL else ""
        values = {"met": f"{mark_about}{met}", "judged": len(verdicts)}
        amount = Part(text=text(language, key, values), figure=f"aims_met:{region}", state=state)
        place = verdict_figures.places.get(region, region)
        parts.append(phrase(language, "verdict.place", {"place": place, "amount": amount}))
    if not parts:
        return phrase(language, "verdict.no_aims", {"year": DUE})
    aims = _join(parts, text(language, "verdict.join"), "")
    return [*phrase(language, "verdict.aims", {"year": DUE}), *aims]


def _state(verdict_figures: VerdictFigures) -> str:
    return PROVISIONAL if verdict_figures.progress.is_preliminary else SETTLED


def verdict_cards(verdict_figures: VerdictFigures, language: str) -> list[Card]:
    """Build the four cards of the first screen: aims, public money, tariff, risk of shortage."""
    return [
        _aims_card(verdict_figures, language),
        *(_level_card(verdict_figures, key, language) for key in (MONEY, TARIFF, RISK)),
    ]


def _aims_card(verdict_figures: VerdictFigures, language: str) -> Card:
    due, state = due_aims(verdict_figures.aims), _state(verdict_figures)
    missed = [aim for aim in due if aim.verdict == MISSED]
    names = [
        f"{verdict_figures.places.get(aim.region, aim.region)} {aim.label[language]}"
        for aim in missed[:MOST_NAMES]
    ]
    verdict_key = "verdict.missed" if missed else "verdict.all_met"
    mark_about = ABOUT if state == PROVISIONAL else ""
    mark = verdict_figures.progress.mark(language)
    lines = [] if mark else [phrase(language, verdict_key, {"names": COMMAS[language].join(names)})]
    return Card(
        key="aims",
        label=text(language, "verdict.label_aims", {"year": DUE}),
        figure="aims_met",
        number=f"{mark_about}{len(due) - len(missed)}",
        unit=text(language, "card.targets_of", {"judged": len(due)}),
        state=state,
        mark=mark,
        lines=[*lines, *_without_policy(verdict_figures, due, language)],
        faint=not due,
    )


def _without_policy(verdict_figures: VerdictFigures, due: Sequence[Aim], language: str) -> Iterator[Phrase]:
    """Yield the line of aims that the reference meets too."""
    if verdict_figures.reference_aims is None or verdict_figures.progress.is_preliminary:
        return
    met_anyway = {(aim.key, aim.region) for aim in verdict_figures.reference_aims if aim.verdict == MET}
    count = sum(aim.verdict == MET and (aim.key, aim.region) in met_anyway for aim in due)
    amount = Part(text=str(count), figure="aims_met_without_policy", state=SETTLED)
    yield phrase(language, "verdict.anyway", {"count": amount})


def _level_card(verdict_figures: VerdictFigures, key: str, language: str) -> Card:
    """Build a card of what changes against the reference, of the level where there is none."""
    figures, change_key = verdict_figures.figures, CHANGES[key]
    level = figures[key]
    if change_key not in figures or key == RISK:
        return _card_of(level, f"{key}_level", _risk(verdict_figures, language), language)
    change = figures[change_key]
    turn = turn_of(change, language)
    reference = text(language, f"reference.short_{verdict_figures.kind}")
    places: Mapping[str, Place] = {"reference": reference, "span": span_in(change.window, language)}
    lines = [phrase(language, f"verdict.{key}_{turn}", places)]
    if turn == CHANCE:
        lines.append(phrase(language, "card.interval", {"ends": change.range_text(language)}))
        dash = _card_of(change, key, lines, language, places)
        return {**dash, "number": "\N{EN DASH}", "unit": "", "state": ABSENT, "faint": True}
    if key == TARIFF:
        industry = figures["tariff_industry_rise"]
        rise: Mapping[str, Place] = {"rise": signed(industry, language), "year": industry.window}
        lines.append(phrase(language, "verdict.industry", rise))
    elif ends := without_sign(change).range_text(language):
        lines.append(phrase(language, "card.interval", {"ends": ends}))
    return _card_of(change, key, lines, language, places)


def _risk(verdict_figures: VerdictFigures, language: str) -> list[Phrase]:
    """Write whether hours of expected shortage rise above the reference."""
    change = verdict_figures.figures.get(CHANGES[RISK])
    if change is None:
        return []
    reference = text(language, f"reference.short_{verdict_figures.kind}")
    places: Mapping[str, Place] = {
        "reference": reference,
        "rise": signed(change, language),
        "year": change.window,
    }
    # Of what is rare the draws are told, since no mean of a few says how much.
    turn = RARE if change.rare is not None and change.rare.occurrences else turn_of(change, language)
    return [phrase(language, f"verdict.risk_{turn}", places)]


def without_sign(figure: Figure) -> Figure:
    """Turn an income, which is below zero, round with its range."""
    if figure.value >= 0.0:
        return figure
    return figure._replace(value=-figure.value, low=-figure.high, high=-figure.low)


def _card_of(
    figure: Figure,
    key: str,
    lines: list[Phrase],
    language: str,
    places: Mapping[str, Place] | None = None,
) -> Card:
    """Build a card of a figure; its label tells spending from income, so that the number has no sign."""
    is_money = key.startswith(MONEY)
    name = f"{key}_{LESS if figure.value < 0.0 else MORE}" if is_money else key
    shown = without_sign(figure) if is_money else figure
    number, unit = shown.quantity(language)
    values = {"span": span_in(figure.window, language), **(places or {})}
    return Card(
        key=key.removesuffix("_level"),
        label=text(language, f"verdict.label_{name}", values),
        figure=figure.key,
        number=number,
        unit=unit,
        state=figure.state,
        mark=figure.mark(language),
        lines=[line for line in lines if line],
        faint=not figure.is_known,
    )

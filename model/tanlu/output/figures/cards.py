"""The cards of the first screen: groups of figures that belong together."""

from collections.abc import Mapping
from typing import TypedDict

from tanlu.core.words import text
from tanlu.output.figures.figure import Figure
from tanlu.output.figures.paths import DrawProgress
from tanlu.output.figures.phrases import Phrase, Place, phrase, signed, span_in
from tanlu.output.figures.quantities import Quantity
from tanlu.output.figures.targets import TargetCount


class Card(TypedDict):
    """One group: its first figure large, the others in lines below."""

    key: str
    label: str
    figure: str  # key of the first figure
    number: str
    unit: str
    lines: list[Phrase]
    faint: bool  # there is no figure to judge


class CardFigures(TypedDict):
    """What cards are made of."""

    figures: Mapping[str, Figure]
    targets: TargetCount
    targets_before: TargetCount | None  # of the reference, where it is another answer
    kind: str  # of the reference
    progress: DrawProgress  # of the answer and its reference
    free_from: int  # first year that is no statistic
    last: int


def cards(shown: CardFigures, language: str) -> list[Card]:
    """Return the cards in the order of the page."""
    found = shown["figures"]
    against = text(language, f"reference.short_{shown['kind']}") if "avoided" in found else ""
    groups = [
        _cut(shown, language, against),
        _targets(shown, language),
        _money(shown, language),
        _tonne(shown, language),
        _tariffs(found, language, against),
        _shortage(shown, language),
        _captured(found, shown["last"], language),
    ]
    return [_marked(card, language, shown["progress"]) for card in groups]


def _marked(card: Card, language: str, progress: DrawProgress) -> Card:
    """Mark a card as preliminary while draws are to come, in place of what chance leaves open."""
    if not progress.is_preliminary:
        return card
    mark: Phrase = [{"text": progress.mark(language), "figure": ""}]
    return {**card, "lines": [*card["lines"], mark]}


def _card(key: str, first: Figure, language: str, lines: list[Phrase]) -> Card:
    number, unit = first.quantity(language)
    label = text(language, f"card.{key}", {"span": span_in(first.window, language)})
    return Card(
        key=key,
        label=label,
        figure=first.key,
        number=number,
        unit=unit,
        lines=[line for line in lines if line],
        faint=not first.is_known,
    )


def _line(key: str, language: str, **places: Place) -> Phrase:
    return phrase(language, f"card.{key}", places)


def _sure(figure: Figure, shown: CardFigures, language: str) -> Phrase:
    """Say how far chance leaves a figure open; nothing while draws are to come."""
    ends = figure.range_text(language)
    if figure.low == figure.high or shown["progress"].is_preliminary:
        return []
    key = "one_draw" if not ends else "interval" if figure.kind == "effect" else "tenths"
    return _line(key, language, ends=ends)


def _cut(shown: CardFigures, language: str, against: str) -> Card:
    """Return what is avoided `against` a reference, what is emitted where there is none."""
    found, last = shown["figures"], shown["last"]
    level = _line("in_year", language, year=last, figure=found[f"emissions_{last}"])
    if not against:
        total = found["emissions_cumulative"]
        return _card("emitted", total, language, [_sure(total, shown, language), level])
    avoided = found["avoided"]
    share = _line("of_reference", language, share=found["avoided_share"], reference=against)
    return _card("avoided", avoided, language, [share, _sure(avoided, shown, language), level])


def _targets(shown: CardFigures, language: str) -> Card:
    now, before = shown["targets"], shown["targets_before"]
    unit = text(language, "card.targets_of", {"judged": now.judged})
    against = text(language, f"reference.short_{shown['kind']}")
    lines = [] if before is None else [_line("targets_before", language, met=before.met, reference=against)]
    return Card(
        key="targets",
        label=text(language, "card.targets"),
        figure="targets_met",
        number=str(now.met),
        unit=unit,
        lines=[*lines, _line("sinks", language)],
        faint=now.judged == 0,
    )


def _money(shown: CardFigures, language: str) -> Card:
    found = shown["figures"]
    net = found["net_public_money_cumulative"]
    spent = _line("spent", language, figure=found["public_money_cumulative"])
    earned = _line("earned", language, figure=found["climate_revenue_cumulative"])
    return _card("money", net, language, [spent, earned, _sure(net, shown, language)])


def _tonne(shown: CardFigures, language: str) -> Card:
    found = shown["figures"]
    if "avoided" not in found or not found["system_cost_per_tonne"].is_known:
        none = Quantity("\N{EN DASH}", "")
        reason = _line(_why_no_tonne(shown), language)
        return Card(
            key="tonne",
            label=text(language, "card.tonne", {}),
            figure="",
            number=none.number,
            unit=none.unit,
            lines=[reason],
            faint=True,
        )
    public = _line("public", language, figure=found["public_money_per_tonne"])
    net = _line("net", language, figure=found["net_public_money_per_tonne"])
    return _card("tonne", found["system_cost_per_tonne"], language, [public, net])


def _why_no_tonne(shown: CardFigures) -> str:
    """Return the key of the text that says why a tonne has no cost."""
    avoided = shown["figures"].get("avoided")
    if avoided is None:
        return "not_yet" if shown["progress"].is_preliminary else "no_tonne"
    return "no_tonne_noise" if avoided.is_in_noise else "no_tonne_more"


def _tariffs(found: Mapping[str, Figure], language: str, against: str) -> Card:
    lines: list[Phrase] = []
    for name in ("household", "industry"):
        highest = found[f"tariff_{name}_highest"]
        lines.append(_line(f"{name}_in", language, year=highest.window, figure=highest))
        if against:
            rise = found[f"tariff_{name}_rise"]
            above = rise.value > 0.0 and not rise.is_zero(language)
            key = "not_higher" if not above else "above" if rise.window == highest.window else "at_most"
            places: dict[str, Place] = {"rise": signed(rise, language), "year": rise.window}
            lines.append(_line(key, language, **places, reference=against))
    return _card("tariffs", found["tariff_household_highest"], language, lines)


def _shortage(shown: CardFigures, language: str) -> Card:
    worst = shown["figures"]["shortage_worst"]
    lines = [_line("worst_in", language, year=worst.window)] if worst.value > 0.0 else []
    lines += [_line("counted_from", language, year=shown["free_from"]), _sure(worst, shown, language)]
    return _card("shortage", worst, language, lines)


def _captured(found: Mapping[str, Figure], last: int, language: str) -> Card:
    peak = found["captured_peak"]
    lines = [
        _line("peak", language, figure=peak, year=peak.window),
        _line("in_year", language, year=last, figure=found[f"captured_{last}"]),
    ]
    return _card("captured", found["captured_cumulative"], language, lines)

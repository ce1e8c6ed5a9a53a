"""The cards of the first screen: groups of figures that belong together."""

from collections.abc import Mapping
from typing import TypedDict

from tanlu.core.words import text
from tanlu.output.figures.figure import Figure
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
    free_from: int  # first year that is no statistic
    last: int


def cards(shown: CardFigures, language: str) -> list[Card]:
    """Return the cards in the order of the page."""
    found = shown["figures"]
    moved = "avoided" in found
    against = text(language, f"reference.short_{shown['kind']}")
    return [
        _cut(found, shown["last"], language, against if moved else ""),
        _targets(shown, language),
        _money(found, language),
        _tonne(found, language, moved),
        _tariffs(found, language, against if moved else ""),
        _shortage(found, shown["free_from"], language),
        _captured(found, shown["last"], language),
    ]


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


def _sure(figure: Figure, language: str) -> Phrase:
    """Say how far chance leaves a figure open."""
    ends = figure.range_text(language)
    if figure.low == figure.high:
        return []
    key = "one_draw" if not ends else "interval" if figure.kind == "effect" else "tenths"
    return _line(key, language, ends=ends)


def _cut(found: Mapping[str, Figure], last: int, language: str, against: str) -> Card:
    """Return what is avoided `against` a reference, what is emitted where there is none."""
    level = _line("in_year", language, year=last, figure=found[f"emissions_{last}"])
    if not against:
        total = found["emissions_cumulative"]
        return _card("emitted", total, language, [_sure(total, language), level])
    avoided = found["avoided"]
    share = _line("of_reference", language, share=found["avoided_share"], reference=against)
    return _card("avoided", avoided, language, [share, _sure(avoided, language), level])


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


def _money(found: Mapping[str, Figure], language: str) -> Card:
    net = found["net_public_money_cumulative"]
    spent = _line("spent", language, figure=found["public_money_cumulative"])
    earned = _line("earned", language, figure=found["climate_revenue_cumulative"])
    return _card("money", net, language, [spent, earned, _sure(net, language)])


def _tonne(found: Mapping[str, Figure], language: str, moved: bool) -> Card:
    if not moved or not found["system_cost_per_tonne"].is_known:
        none = Quantity("\N{EN DASH}", "")
        noise = moved and found["avoided"].is_in_noise
        reason = _line("no_tonne" if not moved else "no_tonne_noise" if noise else "no_tonne_more", language)
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


def _shortage(found: Mapping[str, Figure], free_from: int, language: str) -> Card:
    worst = found["shortage_worst"]
    lines = [_line("worst_in", language, year=worst.window)] if worst.value > 0.0 else []
    lines += [_line("counted_from", language, year=free_from), _sure(worst, language)]
    return _card("shortage", worst, language, lines)


def _captured(found: Mapping[str, Figure], last: int, language: str) -> Card:
    peak = found["captured_peak"]
    lines = [
        _line("peak", language, figure=peak, year=peak.window),
        _line("in_year", language, year=last, figure=found[f"captured_{last}"]),
    ]
    return _card("captured", found["captured_cumulative"], language, lines)

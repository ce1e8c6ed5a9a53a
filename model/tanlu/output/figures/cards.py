"""The cards of the first screen: groups of figures that belong together."""

from collections.abc import Mapping
from typing import TypedDict

from tanlu.core.intervals import band_values
from tanlu.core.words import text
from tanlu.output.aims import AimCount
from tanlu.output.figures.figure import ABOUT, ABSENT, FIXED, PROVISIONAL, SETTLED, Figure
from tanlu.output.figures.paths import DrawProgress
from tanlu.output.figures.phrases import Phrase, Place, phrase, signed, span_in
from tanlu.output.figures.quantities import Quantity


class Card(TypedDict):
    """One group: its first figure large, the others in lines below."""

    key: str
    label: str
    figure: str  # key of the first figure
    number: str
    unit: str
    state: str  # of the first figure; empty where there is none
    mark: str  # how many draws are there while others are to come
    lines: list[Phrase]
    faint: bool  # there is no figure to judge


class CardFigures(TypedDict):
    """What cards are made of."""

    figures: Mapping[str, Figure]
    targets: AimCount
    targets_before: AimCount | None  # of the reference, where it is another answer
    kind: str  # of the reference
    progress: DrawProgress  # of the answer and its reference
    free_from: int  # first year that is no statistic
    last: int


def cards(card_figures: CardFigures, language: str) -> list[Card]:
    """Build the cards in the order of the page."""
    figures = card_figures["figures"]
    against = text(language, f"reference.short_{card_figures['kind']}") if "avoided" in figures else ""
    return [
        _cut(card_figures, language, against),
        _targets(card_figures, language),
        _money(card_figures, language),
        _tonne(card_figures, language),
        _tariffs(figures, language, against),
        _shortage(card_figures, language),
        _captured(card_figures, language),
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
        state=first.state,
        mark=first.mark(language),
        lines=[line for line in lines if line],
        faint=not first.is_known,
    )


def _line(key: str, language: str, **places: Place) -> Phrase:
    return phrase(language, f"card.{key}", places)


def _sure(figure: Figure, card_figures: CardFigures, language: str) -> Phrase:
    """Write the range of a figure; empty while draws are to come, and where none moves it."""
    ends = figure.range_text(language)
    if figure.state in (FIXED, PROVISIONAL):
        return []
    if rare := figure.rare_text(language):
        return _line("rare", language, told=rare)
    key = "one_draw" if not ends else "interval" if figure.kind == "effect" else "band"
    return _line(key, language, ends=ends, **band_values(figure.draws))


def _cut(card_figures: CardFigures, language: str, against: str) -> Card:
    """Build the card of CO2 avoided, or emitted where there is no reference."""
    figures, last = card_figures["figures"], card_figures["last"]
    level = _line("in_year", language, year=last, figure=figures[f"emissions_{last}"])
    if not against:
        total = figures["emissions_cumulative"]
        return _card("emitted", total, language, [_sure(total, card_figures, language), level])
    avoided = figures["avoided"]
    share = _line("of_reference", language, share=figures["avoided_share"], reference=against)
    lines = [share, _sure(avoided, card_figures, language), _elsewhere(card_figures, language)]
    lines += [_freed(card_figures, language), level]
    return _card("avoided", avoided, language, lines)


def _elsewhere(card_figures: CardFigures, language: str) -> Phrase:
    """Write how much of what is avoided is emitted elsewhere instead; empty while draws are to come."""
    figure, share = (card_figures["figures"][key] for key in ("elsewhere", "elsewhere_share"))
    if card_figures["progress"].is_preliminary:
        return []
    change, ends = signed(figure, language), figure.range_text(language)
    if not ends or figure.state == FIXED or figure.is_in_noise:
        return _line("elsewhere_alone", language, change=change)
    if not share.is_known:
        return _line("elsewhere", language, change=change, ends=ends)
    return _line("elsewhere_part", language, change=change, ends=ends, share=share)


def _freed(card_figures: CardFigures, language: str) -> Phrase:
    """Write the allowances that others get; empty while draws are to come, or if none are freed."""
    freed, used = (card_figures["figures"][key] for key in ("freed", "used_by_others"))
    if card_figures["progress"].is_preliminary or freed.value == 0.0:
        return []
    if not freed.is_known:
        return _line("freed_unsplit", language)
    return _line("freed", language, freed=signed(freed, language), used=signed(used, language))


def _targets(card_figures: CardFigures, language: str) -> Card:
    count, reference_count = card_figures["targets"], card_figures["targets_before"]
    progress = card_figures["progress"]
    unit = text(language, "card.targets_of", {"judged": count.judged_count})
    against = text(language, f"reference.short_{card_figures['kind']}")
    lines = (
        []
        if reference_count is None
        else [_line("targets_before", language, met=reference_count.met_count, reference=against)]
    )
    return Card(
        key="targets",
        label=text(language, "card.targets"),
        figure="targets_met",
        number=f"{ABOUT}{count.met_count}" if progress.is_preliminary else str(count.met_count),
        unit=unit,
        state=PROVISIONAL if progress.is_preliminary else SETTLED,
        mark=progress.mark(language),
        lines=[*lines, _line("sinks", language), _unjudged(count, language)],
        faint=count.judged_count == 0,
    )


def _unjudged(count: AimCount, language: str) -> Phrase:
    """Write the line of official aims without a verdict."""
    return _line("unjudged", language, unjudged=count.unjudged_count)


def _money(card_figures: CardFigures, language: str) -> Card:
    figures = card_figures["figures"]
    net = figures["net_public_money_cumulative"]
    spending_line = _line("spent", language, figure=figures["public_money_cumulative"])
    revenue_line = _line("earned", language, figure=figures["climate_revenue_cumulative"])
    return _card("money", net, language, [spending_line, revenue_line, _sure(net, card_figures, language)])


def _tonne(card_figures: CardFigures, language: str) -> Card:
    figures = card_figures["figures"]
    if "avoided" not in figures or not figures["system_cost_per_tonne"].is_known:
        dash = Quantity("\N{EN DASH}", "")
        reason = _line(_why_no_tonne(card_figures), language)
        return Card(
            key="tonne",
            label=text(language, "card.tonne", {}),
            figure="",
            number=dash.number,
            unit=dash.unit,
            state=ABSENT,
            mark="",
            lines=[reason],
            faint=True,
        )
    system, public, net = (
        figures[f"{money}_per_tonne"] for money in ("system_cost", "public_money", "net_public_money")
    )
    lines = [
        _line("ratio", language, **_parts_of(system)),
        _line("public", language, figure=public, **_parts_of(public)),
        _line("net", language, figure=net, **_parts_of(net)),
    ]
    return _card("tonne", system, language, lines)


def _parts_of(ratio: Figure) -> dict[str, Place]:
    """Return what a ratio is made of, as places of a text."""
    numerator, denominator = ratio.parts
    return {"numerator": numerator, "denominator": denominator}


def _why_no_tonne(card_figures: CardFigures) -> str:
    """Choose the text that says why a tonne has no cost."""
    avoided = card_figures["figures"].get("avoided")
    if avoided is None:
        return "not_yet" if card_figures["progress"].is_preliminary else "no_tonne"
    return "no_tonne_noise" if avoided.is_in_noise else "no_tonne_more"


def _tariffs(figures: Mapping[str, Figure], language: str, against: str) -> Card:
    lines: list[Phrase] = []
    for name in ("household", "industry"):
        highest = figures[f"tariff_{name}_highest"]
        lines.append(_line(f"{name}_in", language, year=highest.window, figure=highest))
        if against:
            rise = figures[f"tariff_{name}_rise"]
            places: dict[str, Place] = {"rise": signed(rise, language), "year": rise.window}
            lines.append(_line(_tariff_key(rise, highest, language), language, **places, reference=against))
    return _card("tariffs", figures["tariff_household_highest"], language, lines)


def _tariff_key(rise: Figure, highest: Figure, language: str) -> str:
    """Choose the text for the largest rise of a tariff: above the reference, never above it, or within chance."""
    if rise.is_in_noise:
        return "at_most"
    if rise.value <= 0.0 or rise.is_zero(language):
        return "not_higher"
    return "above" if rise.window == highest.window else "at_most"


def _shortage(card_figures: CardFigures, language: str) -> Card:
    worst = card_figures["figures"]["shortage_worst"]
    lines = [_line("worst_in", language, year=worst.window)] if worst.value > 0.0 else []
    lines += [
        _line("counted_from", language, year=card_figures["free_from"]),
        _sure(worst, card_figures, language),
    ]
    return _card("shortage", worst, language, lines)


def _captured(card_figures: CardFigures, language: str) -> Card:
    figures, last = card_figures["figures"], card_figures["last"]
    peak = figures["captured_peak"]
    lines = [
        _line("peak", language, figure=peak, year=peak.window),
        _line("in_year", language, year=last, figure=figures[f"captured_{last}"]),
        _taken_back(card_figures, language),
    ]
    return _card("captured", figures["captured_cumulative"], language, lines)


def _taken_back(card_figures: CardFigures, language: str) -> Phrase:
    """Write which part of what is stored more other emissions take back; empty while draws are to come."""
    figures = card_figures["figures"]
    if card_figures["progress"].is_preliminary or not figures["captured_cumulative"].value:
        return []
    if "rebound" not in figures:
        return _line("needs_pair", language)
    rebound = figures["rebound"]
    if not rebound.is_known:
        return []
    ends = rebound.range_text(language)
    key = "rebound" if ends and rebound.state != FIXED else "rebound_alone"
    return _line(key, language, share=rebound, ends=ends)

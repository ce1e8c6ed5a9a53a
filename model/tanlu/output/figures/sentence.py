"""The sentence that sums up an answer, and the warnings that go with it, by fixed rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tanlu.output.figures.figure import Figure
from tanlu.output.figures.levels import TARIFFS, in_year
from tanlu.output.figures.paths import Paths, joint_progress
from tanlu.output.figures.phrases import (
    Phrase,
    Place,
    against_in_words,
    phrase,
    signed,
    size,
    span_in,
)

DEARER_SHARE = 0.2  # of the baseline's tariff, from which on a warning is given
SHORT_TWH = 0.1  # more than in the baseline
FALLING_SHARE = 0.7  # of its peak that capture has in the last year
SMALLEST_CAPTURE_MT = 0.5  # a year: below it nothing is said of a peak
SMALLEST_POINTS = 0.05  # what is shown as 0.1
MOST_WARNINGS = 2
EXCESS_PLACES = {
    "more": "avoided",
    "more_share": "avoided_share",
}  # what is emitted on top is avoided less than zero


class AnswerFigures(NamedTuple):
    """What is told of an answer."""

    figures: Mapping[str, Figure]  # of the answer, with those of its effect where there is a reference
    answer: Paths
    base: Paths | None  # the reference
    kind: str  # of the reference
    place: str = ""  # name of the province that all is told of; empty for the whole region


def sentence(answer_figures: AnswerFigures, language: str, shares: Sequence[Phrase] = ()) -> list[Phrase]:
    """Write the sentence of an answer, its droughts and at most two warnings.

    `shares` says which policy does most of it, and may bring a warning. While draws are to come, levels alone are told.
    """
    figures, answer, base, kind, place = answer_figures
    start = phrase(language, "brief.place", {"place": place}) if place else []
    last, progress = int(answer.years[-1]), joint_progress(answer, base)
    against: Mapping[str, Place] = {"reference": against_in_words(kind, language)}
    if base is not None and progress.is_preliminary:
        places: dict[str, Place] = {**against, "last": last, "level": figures[f"emissions_{last}"]}
        first = phrase(language, "brief.preliminary", places)
        return [[*start, *first], *(drought_level(figures, year, language) for year in answer.dry_years)]
    places = {**figures, **against, "last": last, "span": span_in(answer.span, language)}
    places["level"] = figures[f"emissions_{last}"]
    places |= {place: size(figures[key], language) for place, key in EXCESS_PLACES.items() if key in figures}
    places |= {"change": signed(figures["avoided"], language)} if "avoided" in figures else {}
    parts = [[*start, *phrase(language, f"brief.{_outcome(figures)}", places)]]
    if base is not None:
        dry = [year for year in answer.dry_years if year in base.years]
        parts += [drought_change(figures, year, language, against) for year in dry]
    warnings = (
        []
        if progress.is_preliminary
        else [
            phrase(language, f"brief.{key}", {**places_of_warning, **against})
            for key, places_of_warning in _warnings(answer_figures)
        ]
    )
    return [*parts, *shares[:1], *[*shares[1:], *warnings][:MOST_WARNINGS]]


def _outcome(figures: Mapping[str, Figure]) -> str:
    """Choose the sentence that is true of the emissions."""
    if "avoided" not in figures:
        return "baseline"
    avoided = figures["avoided"]
    if avoided.value == 0.0:
        return "unchanged"
    if avoided.is_in_noise:
        return "noise"
    return "less" if avoided.value > 0.0 else "more"


def drought_level(figures: Mapping[str, Figure], year: int, language: str) -> Phrase:
    """Write price and shortage in a drought, while draws are to come."""
    levels = {name: figures[f"{name}_{year}"] for name in ("drought_price", "drought_shortage")}
    return phrase(language, "brief.drought_preliminary", {"year": year, **levels})


def drought_change(
    figures: Mapping[str, Figure], year: int, language: str, against: Mapping[str, Place]
) -> Phrase:
    """Write the effect of policy on price and shortage in a drought."""
    names = ("drought_price", "drought_price_rise", "drought_shortage", "drought_shortage_rise")
    levels = {name: figures[f"{name}_{year}"] for name in names}
    changes = {name: signed(levels[name], language) for name in names if name.endswith("_rise")}
    key = "drought_short" if levels["drought_shortage"].value > 0.0 else "drought_served"
    return phrase(language, f"brief.{key}", {"year": year, **levels, **changes, **against})


def _warnings(answer_figures: AnswerFigures) -> Iterator[tuple[str, dict[str, Place]]]:
    """Yield key and places of each warning whose rule holds: of a change, only where its sign is known."""
    figures, answer, base, *_ = answer_figures
    if base is not None:
        rises = {name: figures[f"tariff_{name}_rise"] for name in TARIFFS}
        shares = {name: _share_of_usual(rise, base, f"{name}_cny_per_mwh") for name, rise in rises.items()}
        name = max(shares, key=lambda tariff: shares[tariff])
        if shares[name] > DEARER_SHARE and rises[name].sign > 0:
            yield f"dearer_{name}", {"rise": rises[name], "year": rises[name].window}
        short = figures["shortage_rise"]
        if short.value > SHORT_TWH and short.sign > 0:
            yield "shorter", {"rise": short, "year": short.window}
    peak, last = figures["captured_peak"], figures[f"captured_{answer.years[-1]}"]
    if peak.value > SMALLEST_CAPTURE_MT and last.value < FALLING_SHARE * peak.value:
        yield "capture_falls", {"peak": peak, "year": peak.window, "level": last, "last": last.window}
    margin = figures["reserve_margin_lowest"]
    if margin.value <= -SMALLEST_POINTS:
        yield "margin", {"margin": margin, "year": margin.window}
    if base is not None:
        fall = figures["non_fossil_fall"]
        if fall.value >= SMALLEST_POINTS and fall.sign > 0:
            yield "fossil", {"fall": fall, "year": fall.window}


def _share_of_usual(rise: Figure, base: Paths, name: str) -> float:
    """Compute a rise as a share of the reference in its year."""
    return rise.value / float(in_year(base, getattr(base, name), int(rise.window)).mean())

"""The sentence that sums up an answer, and the warnings that go with it, by fixed rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tanlu.output.figures.figure import Figure
from tanlu.output.figures.levels import TARIFFS, in_year
from tanlu.output.figures.paths import DrawProgress, Paths, joint_progress
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
MORE = {"more": "avoided", "more_share": "avoided_share"}  # what is emitted on top is avoided less than zero


class FiguresToTell(NamedTuple):
    """What is told of an answer."""

    found: Mapping[str, Figure]  # of the answer, with those of its effect where there is a reference
    now: Paths
    base: Paths | None  # the reference
    kind: str  # of the reference


def sentence(told: FiguresToTell, language: str, shares: Sequence[Phrase] = ()) -> list[Phrase]:
    """Return what an answer shows: a sentence, and at most two warnings and what droughts do.

    `shares` says which policy does most of it, and may bring a warning. While draws are to come, levels alone are told.
    """
    found, now, base, kind = told
    last, progress = int(now.years[-1]), joint_progress(now, base)
    against: Mapping[str, Place] = {"reference": against_in_words(kind, language)}
    if base is not None and progress.is_preliminary:
        level = found[f"emissions_{last}"]
        places: dict[str, Place] = {**progress._asdict(), **against, "last": last, "level": level}
        first = phrase(language, "brief.preliminary", places)
        return [first, *(drought_level(found, year, language, progress) for year in now.dry_years)]
    places = {**found, **against, "last": last, "span": span_in(now.span, language)}
    places["level"] = found[f"emissions_{last}"]
    places |= {place: size(found[key], language) for place, key in MORE.items() if key in found}
    parts = [phrase(language, f"brief.{_outcome(found)}", places)]
    if base is not None:
        dry = [year for year in now.dry_years if year in base.years]
        parts += [drought_told(found, year, language, against) for year in dry]
    warnings = [phrase(language, f"brief.{key}", {**of, **against}) for key, of in _warnings(told)]
    return [*parts, *shares[:1], *[*shares[1:], *warnings][:MOST_WARNINGS]]


def _outcome(found: Mapping[str, Figure]) -> str:
    """Return which sentence is true of the emissions."""
    if "avoided" not in found:
        return "baseline"
    avoided = found["avoided"]
    if avoided.value == 0.0:
        return "unchanged"
    if avoided.is_in_noise:
        return "noise"
    return "less" if avoided.value > 0.0 else "more"


def drought_level(found: Mapping[str, Figure], year: int, language: str, progress: DrawProgress) -> Phrase:
    """Return price and shortage in the year of a drought, while draws are to come."""
    figures = {name: found[f"{name}_{year}"] for name in ("drought_price", "drought_shortage")}
    return phrase(language, "brief.drought_preliminary", {"year": year, **figures, **progress._asdict()})


def drought_told(
    found: Mapping[str, Figure], year: int, language: str, against: Mapping[str, Place]
) -> Phrase:
    """Return what a drought does to price and shortage in its year, against a reference."""
    names = ("drought_price", "drought_price_rise", "drought_shortage", "drought_shortage_rise")
    figures = {name: found[f"{name}_{year}"] for name in names}
    changes = {name: signed(figures[name], language) for name in names if name.endswith("_rise")}
    key = "drought_short" if figures["drought_shortage"].value > 0.0 else "drought_served"
    return phrase(language, f"brief.{key}", {"year": year, **figures, **changes, **against})


def _warnings(told: FiguresToTell) -> Iterator[tuple[str, dict[str, Place]]]:
    """Yield the key of each warning whose rule holds, with what stands in its places."""
    found, now, base, _ = told
    if base is not None:
        rises = {name: found[f"tariff_{name}_rise"] for name in TARIFFS}
        shares = {name: _share_of_usual(rise, base, f"{name}_cny_per_mwh") for name, rise in rises.items()}
        name = max(shares, key=lambda tariff: shares[tariff])
        if shares[name] > DEARER_SHARE:
            yield f"dearer_{name}", {"rise": rises[name], "year": rises[name].window}
        short = found["shortage_rise"]
        if short.value > SHORT_TWH:
            yield "shorter", {"rise": short, "year": short.window}
    peak, last = found["captured_peak"], found[f"captured_{now.years[-1]}"]
    if peak.value > SMALLEST_CAPTURE_MT and last.value < FALLING_SHARE * peak.value:
        yield "capture_falls", {"peak": peak, "year": peak.window, "level": last, "last": last.window}
    margin = found["reserve_margin_lowest"]
    if margin.value <= -SMALLEST_POINTS:
        yield "margin", {"margin": margin, "year": margin.window}
    if base is not None and found["non_fossil_fall"].value >= SMALLEST_POINTS:
        fall = found["non_fossil_fall"]
        yield "fossil", {"fall": fall, "year": fall.window}


def _share_of_usual(rise: Figure, base: Paths, name: str) -> float:
    """Compute a rise as a share of what the reference has in its year."""
    return rise.value / float(in_year(base, getattr(base, name), int(rise.window)).mean())

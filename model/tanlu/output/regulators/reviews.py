"""What regulators decided at their reviews, read from the indicators of a result, and the sentences on it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.parties import CENTRE
from tanlu.core.words import text
from tanlu.core.words.numbers import number, unit_name
from tanlu.indicators.catalogue import CUT, DISTANCE, INSTRUMENT, OUT_OF_REACH
from tanlu.inputs.field_words import field_words
from tanlu.output.measures import Measured
from tanlu.output.regulators.joint import joint_in_words
from tanlu.region.official_aims import measured_variable, name_aim
from tanlu.region.pack import load_region
from tanlu.scenario.regulators import RegulatorBlock, ReviewedInstrument
from tanlu.scenario.schema import Scenario
from tanlu.scenario.value_words import owner_title, policy_title


class ReviewedAims(NamedTuple):
    """What the aims of a regulator have in common: the indicator that measures them."""

    owner: str  # the nation or a province
    names: tuple[str, ...]
    variable: str
    unit: str
    miss: float  # mean over draws, and over the years after the first review, of what is beyond the path
    span: str
    out_of_reach_years: tuple[int, ...]  # of reviews that said so in any draw
    out_of_reach_by: float  # mean over the draws of the last of these years
    out_of_reach_draw_count: int
    draw_count: int


class MovedInstrument(NamedTuple):
    """What became of an instrument, in the mean over draws."""

    owner: str
    name: str
    unit: str
    terms: ReviewedInstrument
    first: float  # in the year of the first review
    last: float
    last_year: int
    cut_years: tuple[int, ...]  # of reviews whose move was cut in any draw
    last_cut: float  # at the last of these reviews


class OwnReviews(NamedTuple):
    """What a regulator did in a run."""

    owner: str  # the nation or a province
    place: str  # of its indicators: what is the nation's is measured of the region as a whole
    years: tuple[int, ...]  # of reviews
    instruments: tuple[MovedInstrument, ...]
    aims: tuple[ReviewedAims, ...]


def reviews_of(result: Measured) -> tuple[OwnReviews, ...]:
    """Sum up the reviews of each regulator; none where nobody reviews, or a result lacks their indicators."""
    axes = load_region(result.scenario.region).axes
    summaries = []
    for owner, block in result.scenario.regulators.items():
        place = result.region if owner == CENTRE else owner
        is_measured = all(f"{CUT}|{name}" in result.measures.variables for name in block.instruments)
        years = block.list_review_years(axes, int(result.years[-1]))
        if block.enabled and is_measured and years:
            aims = tuple(_read_aims(result, (owner, place), block, years))
            instruments = tuple(
                _read_instrument(result, (owner, place), name, block.instruments[name], years)
                for name in block.instruments
            )
            summaries.append(OwnReviews(owner, place, years, instruments, aims))
    return tuple(summaries)


def _read_aims(
    result: Measured, whose: tuple[str, str], block: RegulatorBlock, years: tuple[int, ...]
) -> Iterator[ReviewedAims]:
    """Yield the aims of an owner, in its place, those together that one indicator measures."""
    owner, place = whose
    targets = load_region(result.scenario.region).targets
    rows: list[Any] = list(targets[targets["region"] == owner].itertuples())
    official = {name_aim(row.variable, int(row.target_year)): measured_variable(row.variable) for row in rows}
    names: dict[str, list[str]] = {}
    for name, aim in block.aims.items():
        variable = aim.variable if aim.target is None else official[aim.target]
        names.setdefault(str(variable), []).append(name)
    later = result.years > years[0]
    span = f"{years[0] + 1}-{result.years[-1]}"
    for variable, aim_names in names.items():
        distance = result.draws(f"{DISTANCE}|{variable}", place)[:, later]
        miss = float(np.maximum(distance, 0.0).mean()) if later.any() else 0.0
        out = result.draws(f"{OUT_OF_REACH}|{variable}", place)
        said = _find_years(result, out, years)
        at_last = out[:, result.years == said[-1]].ravel() if said else np.zeros(0)
        positive = at_last[at_last > 0.0]
        yield ReviewedAims(
            owner=owner,
            names=tuple(aim_names),
            variable=variable,
            unit=result.unit(f"{DISTANCE}|{variable}"),
            miss=miss,
            span=span,
            out_of_reach_years=said,
            out_of_reach_by=float(positive.mean()) if positive.size else 0.0,
            out_of_reach_draw_count=positive.size,
            draw_count=len(out),
        )


def _read_instrument(
    result: Measured, whose: tuple[str, str], name: str, terms: ReviewedInstrument, years: tuple[int, ...]
) -> MovedInstrument:
    """Read what became of an instrument of an owner, in its place."""
    owner, place = whose
    value, cut = (result.path(f"{head}|{name}", place) for head in (INSTRUMENT, CUT))
    cut_years = _find_years(result, result.draws(f"{CUT}|{name}", place), years)
    return MovedInstrument(
        owner=owner,
        name=name,
        unit=result.unit(f"{INSTRUMENT}|{name}"),
        terms=terms,
        first=float(value[years[0]]),
        last=float(value.iloc[-1]),
        last_year=int(result.years[-1]),
        cut_years=cut_years,
        last_cut=float(cut[cut_years[-1]]) if cut_years else 0.0,
    )


def _find_years(result: Measured, values: Floats, years: tuple[int, ...]) -> tuple[int, ...]:
    """List the reviews in whose year values [R, Y] are above 0 in any draw."""
    return tuple(year for year in years if (values[:, result.years == year] > 0.0).any())


def reviews_in_words(result: Measured, language: str, region: str | None = None) -> tuple[str, ...]:
    """Write what each regulator did: a sentence on moves, on what cut them, and on aims out of reach.

    Of all regulators unless a province is named: then of its own and the nation's.
    """
    axes = load_region(result.scenario.region).axes
    sentences: list[str] = []
    for reviews in reviews_of(result):
        if region not in (None, result.region, reviews.owner) and reviews.owner != CENTRE:
            continue
        place = owner_title(axes, reviews.owner, language)
        titles = {
            instrument.name: title_instrument(result.scenario, instrument.name, language)
            for instrument in reviews.instruments
        }
        years = _join(reviews.years, language)
        moves = text(language, "review.between").join(
            _write_move(instrument, titles[instrument.name], language) for instrument in reviews.instruments
        )
        sentences.append(text(language, "review.moves", {"place": place, "years": years, "moves": moves}))
        sentences += [
            _write_cut(instrument, titles[instrument.name], language)
            for instrument in reviews.instruments
            if instrument.cut_years
        ]
        sentences += [_write_aims(aims, place, language) for aims in reviews.aims]
    return (*sentences, *joint_in_words(result, language))


def title_instrument(scenario: Scenario, name: str, language: str) -> str:
    """Title a number of a policy, given as `policy.key`, in a language."""
    policy_name, _, key = name.partition(".")
    policy = scenario.policies[policy_name]
    field = field_words(type(policy), policy.kind, language)[key].title
    return text(language, "review.instrument", {"policy": policy_title(policy, language), "field": field})


def _join(names: tuple[object, ...], language: str) -> str:
    return text(language, "review.between").join(map(str, names))


def _write_move(instrument: MovedInstrument, title: str, language: str) -> str:
    values = {
        "instrument": title,
        "first": number(instrument.first, ""),
        "last": number(instrument.last, ""),
        "unit": unit_name(instrument.unit, language),
        "year": instrument.last_year,
    }
    return text(language, "review.move", values)


def _write_cut(instrument: MovedInstrument, title: str, language: str) -> str:
    low, high = (f"{bound:g}" for bound in instrument.terms.within)
    values = {
        "instrument": title,
        "years": _join(instrument.cut_years, language),
        "last": instrument.cut_years[-1],
        "cut": number(instrument.last_cut, ""),
        "low": low,
        "high": high,
        "most": f"{instrument.terms.most_per_review:g}",
    }
    return text(language, "review.cut", values)


def _write_aims(aims: ReviewedAims, place: str, language: str) -> str:
    unit = unit_name(aims.unit, language)
    values = {
        "place": place,
        "aims": _join(aims.names, language),
        "miss": number(aims.miss, ""),
        "unit": unit,
        "span": aims.span,
    }
    sentence = text(language, "review.missed", values)
    if not aims.out_of_reach_years:
        return sentence
    out_values = {
        "years": _join(aims.out_of_reach_years, language),
        "last": aims.out_of_reach_years[-1],
        "figure": number(aims.out_of_reach_by, ""),
        "unit": unit,
        "count": aims.out_of_reach_draw_count,
        "draws": aims.draw_count,
    }
    key = "review.out_of_reach" if aims.draw_count == 1 else "review.out_of_reach_draws"
    return sentence + text(language, key, out_values)

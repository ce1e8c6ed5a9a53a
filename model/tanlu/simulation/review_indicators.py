"""Indicators of reviews: how far aims are from their paths, and what became of instruments, by province and year."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.units import unit_of
from tanlu.finance.government import Regulator
from tanlu.finance.reviews import MAY_NOT_FALL, UNCUT, Review
from tanlu.indicators.base import Indicator, Reader
from tanlu.indicators.catalogue import CUT, DISTANCE, INSTRUMENT, OUT_OF_REACH
from tanlu.policies.statutes import Statutes
from tanlu.records.year import YearRecord
from tanlu.simulation.review_aims import AimSource
from tanlu.simulation.reviews import Reviews


def review_indicators(
    reviews: Reviews, regulators: Mapping[str, Regulator], statutes: Statutes, years: Integers
) -> tuple[Indicator, ...]:
    """List the indicators of reviews of a finished run; none where nobody reviews.

    A figure of a review holds until the next one. A province without the aim or instrument has 0.
    """
    shape = (years.size, len(reviews.provinces))
    held = {
        name: held_until_next(regulators[name].reviews, reviews.review_years[name], years)
        for name in reviews.aims
    }
    return (
        *_list_aim_indicators(reviews, held, years),
        *_list_instrument_indicators(reviews, held, statutes, years, shape),
    )


type HeldReviews = Sequence[tuple[slice, Review]]  # of years of a run, and what is known of them


def held_until_next(reviews: Sequence[Review], review_years: Sequence[int], years: Integers) -> HeldReviews:
    """List rows of reviews with the years until the next review."""
    held = []
    for review in reviews:
        later = [year for year in review_years if year > review.year]
        start, end = np.searchsorted(years, [review.year, later[0] if later else int(years[-1]) + 1])
        held.append((slice(int(start), int(end)), review))
    return held


def _list_aim_indicators(
    reviews: Reviews, held: Mapping[str, HeldReviews], years: Integers
) -> Iterator[Indicator]:
    """Yield distance and lack of reach of what aims are measured by."""
    sources = {
        (province, source.indicator.variable): source
        for province, by_name in reviews.aims.items()
        for source in by_name.values()
    }
    measured = {variable: source.indicator for (_, variable), source in sources.items()}
    for variable, indicator in measured.items():
        by_province = {
            reviews.provinces.index(province): [
                source for source in by_name.values() if source.indicator.variable == variable
            ]
            for province, by_name in reviews.aims.items()
        }
        owners = {position: aims for position, aims in by_province.items() if aims}
        weight = None if indicator.weight is None else _owned_by([*owners])
        yield Indicator(f"{DISTANCE}|{variable}", indicator.unit, _measure_distance(owners, years), weight)
        missed = np.zeros((years.size, len(reviews.provinces)))
        for province, rows in held.items():
            column, signs = missed[:, reviews.provinces.index(province)], reviews.aims[province]
            for span, row in rows:
                if row.variable == variable and row.is_out_of_reach:
                    gap = signs[row.aim].sign * (row.forecast - row.forecast_path)
                    column[span] = np.maximum(column[span], gap)
        yield Indicator(f"{OUT_OF_REACH}|{variable}", indicator.unit, _constant(missed), weight)


def _measure_distance(owners: Mapping[int, Sequence[AimSource]], years: Integers) -> Reader:
    """Build a reader of distances to paths; of several aims of a province the largest counts."""

    def read(record: YearRecord) -> Floats:
        distance = np.zeros(record.demand.load_mwh.shape)
        for position, sources in owners.items():
            values = np.asarray(sources[0].indicator.measure(record), dtype=float)
            values = values if values.ndim == 1 else values[:, position]
            distance[:, position] = np.max(
                [source.sign * (values - source.path(years, years, values)) for source in sources], axis=0
            )
        return distance

    return read


def _list_instrument_indicators(
    reviews: Reviews,
    held: Mapping[str, HeldReviews],
    statutes: Statutes,
    years: Integers,
    shape: tuple[int, int],
) -> Iterator[Indicator]:
    """Yield the value of each instrument, and what was cut from its last move."""
    for province, rows in held.items():
        position = reviews.provinces.index(province)
        for name in reviews.blocks[province].instruments:
            policy_name, _, key = name.partition(".")
            unit, weight = unit_of(key), _owned_by([position])
            values, cuts = np.zeros(shape), np.zeros(shape)
            for i, year in enumerate(years.tolist()):
                policy = statutes.policies_in(year)[policy_name]
                is_in_force = policy.enabled and policy.from_year <= year <= policy.until_year
                values[i, position] = getattr(policy, key).value_in(year) if is_in_force else 0.0
            for span, row in rows:
                if row.instrument == name and row.is_deciding and row.cut not in (UNCUT, MAY_NOT_FALL):
                    cuts[span, position] = abs(row.wanted_move - row.move)
            display = "1" if unit is None else unit.display
            yield Indicator(f"{INSTRUMENT}|{name}", display, _constant(values), weight)
            yield Indicator(f"{CUT}|{name}", display, _constant(cuts), weight)


def _constant(values: Floats) -> Reader:
    """Build a reader of what is known without the record."""
    return lambda record: values


def _owned_by(positions: Sequence[int]) -> Reader:
    """Build a weight by which provinces count that have an aim or instrument."""

    def read(record: YearRecord) -> Floats:
        weight = np.zeros(record.demand.load_mwh.shape)
        weight[:, positions] = 1.0
        return weight

    return read

"""Indicators of reviews: how far aims are from their paths, and what became of instruments, by owner and year."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.parties import CENTRE
from tanlu.core.units import unit_of
from tanlu.finance.government import Regulator
from tanlu.finance.reviews import MAY_NOT_FALL, UNCUT, Review
from tanlu.indicators.base import Indicator, Reader
from tanlu.indicators.catalogue import (
    CUT,
    DISTANCE,
    INSTRUMENT,
    JOINT_EFFORT,
    JOINT_PAYMENT,
    OUT_OF_REACH,
)
from tanlu.policies.statutes import Statutes
from tanlu.records.year import YearRecord
from tanlu.simulation.joint_office import read_instrument
from tanlu.simulation.review_aims import AimSource
from tanlu.simulation.reviews import Reviews


def review_indicators(
    reviews: Reviews, regulators: Mapping[str, Regulator], statutes: Statutes, years: Integers
) -> tuple[Indicator, ...]:
    """List the indicators of reviews of a finished run; none where nobody reviews.

    A figure of a review holds until the next one. A province without the aim or instrument has 0; the nation's are no
    province's.
    """
    held = {
        name: held_until_next(regulators[name].reviews, reviews.review_years[name], years)
        for name in reviews.aims
    }
    return (
        *_list_aim_indicators(reviews, held, years),
        *_list_instrument_indicators(reviews, held, statutes, years),
        *_list_joint_indicators(reviews, years),
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
        aims_by_owner = {
            owner: [source for source in by_name.values() if source.indicator.variable == variable]
            for owner, by_name in reviews.aims.items()
        }
        owners = {owner: aims for owner, aims in aims_by_owner.items() if aims}
        is_nation = CENTRE in owners  # whose aims are no province's
        positions = [] if is_nation else [*map(reviews.provinces.index, owners)]
        weight = None if indicator.weight is None or is_nation else _owned_by(positions)
        places: list[int | None] = [None] if is_nation else [*positions]
        read = _measure_distance(dict(zip(places, owners.values(), strict=True)), years)
        yield Indicator(f"{DISTANCE}|{variable}", indicator.unit, read, weight)
        missed = {owner: np.zeros(years.size) for owner in owners}
        for owner, rows in held.items():
            for span, row in rows:
                if row.variable == variable and row.is_out_of_reach:
                    gap = reviews.aims[owner][row.aim].sign * (row.forecast - row.forecast_path)
                    missed[owner][span] = np.maximum(missed[owner][span], gap)
        values = _place(missed, reviews.provinces)
        yield Indicator(f"{OUT_OF_REACH}|{variable}", indicator.unit, _constant(values), weight)


def _place(by_owner: Mapping[str, Floats], provinces: Sequence[str]) -> Floats:
    """Place values of owners [Y] by province [Y, P]; those of the nation stay as they are."""
    if CENTRE in by_owner:
        return by_owner[CENTRE]
    nothing = np.zeros_like(next(iter(by_owner.values())))
    return np.stack([by_owner.get(province, nothing) for province in provinces], axis=1)


def _measure_distance(owners: Mapping[int | None, Sequence[AimSource]], years: Integers) -> Reader:
    """Build a reader of distances to paths, by position of the province, None of the nation.

    Of several aims of an owner the largest distance counts.
    """

    def read(record: YearRecord) -> Floats:
        distance = np.zeros(years.size if None in owners else record.demand.load_mwh.shape)
        for position, sources in owners.items():
            values = np.asarray(sources[0].indicator.measure(record), dtype=float)
            values = values if values.ndim == 1 else values[:, position]
            cell = ... if position is None else (slice(None), position)
            distance[cell] = np.max(
                [source.sign * (values - source.path(years, years, values)) for source in sources], axis=0
            )
        return distance

    return read


def _list_instrument_indicators(
    reviews: Reviews,
    held: Mapping[str, HeldReviews],
    statutes: Statutes,
    years: Integers,
) -> Iterator[Indicator]:
    """Yield the value of each instrument, and what was cut from its last move."""
    for owner, rows in held.items():
        for name in reviews.blocks[owner].instruments:
            unit = unit_of(name.rpartition(".")[2])
            weight = None if owner == CENTRE else _owned_by([reviews.provinces.index(owner)])
            cuts = np.zeros(years.size)
            values = np.array([read_instrument(statutes.policies_in(y), name, y) for y in years.tolist()])
            for span, row in rows:
                if row.instrument == name and row.is_deciding and row.cut not in (UNCUT, MAY_NOT_FALL):
                    cuts[span] = abs(row.wanted_move - row.move)
            display = "1" if unit is None else unit.display
            for head, path in ((INSTRUMENT, values), (CUT, cuts)):
                placed = _place({owner: path}, reviews.provinces)
                yield Indicator(f"{head}|{name}", display, _constant(placed), weight)


def _list_joint_indicators(reviews: Reviews, years: Integers) -> Iterator[Indicator]:
    """Yield what members of a joint office avoid beyond their part, and get for it."""
    if reviews.joint is not None:
        payments, avoided = reviews.joint.stack_payments(years.tolist())
        yield Indicator(JOINT_PAYMENT, "bn CNY2020/yr", _constant(payments))
        yield Indicator(JOINT_EFFORT, "Mt CO2/yr", _constant(avoided))


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

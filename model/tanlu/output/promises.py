"""Promises that governments broke, read from the indicators of a result, and the sentences on them."""

from typing import NamedTuple

import numpy as np

from tanlu.core.words import text
from tanlu.core.words.numbers import number, unit_name
from tanlu.indicators.money import BROKEN, CREDIBILITY, OWNER_TITLES, PROMISED
from tanlu.output.measures import Measured
from tanlu.region.pack import load_region


class BrokenPromise(NamedTuple):
    """What a law took back of what was announced, in the mean over draws."""

    province: str
    year: int
    broken_bn_cny: float  # of five years
    share_percent: float  # of what was announced
    credibility_percent: tuple[float, float]  # mean of the kinds of owners in the year before and in this


def broken_promises(result: Measured) -> tuple[BrokenPromise, ...]:
    """List the promises broken in any draw; none where a result lacks their indicators."""
    if BROKEN not in result.measures.variables:
        return ()
    kinds = [f"{CREDIBILITY}|{title}" for title in OWNER_TITLES]
    kinds = [variable for variable in kinds if variable in result.measures.variables]
    trust = np.mean([result.draws(variable).mean(axis=0) for variable in kinds], axis=0)
    broken_promises = []
    for province in load_region(result.scenario.region).axes.provinces:
        broken, promised = (result.draws(variable, province).mean(axis=0) for variable in (BROKEN, PROMISED))
        for y in np.flatnonzero(broken > 0.0).tolist():
            broken_promises.append(
                BrokenPromise(
                    province=province,
                    year=int(result.years[y]),
                    broken_bn_cny=float(broken[y]),
                    share_percent=float(100.0 * broken[y] / promised[y]),
                    credibility_percent=(float(trust[max(y - 1, 0)]), float(trust[y])),
                )
            )
    return tuple(broken_promises)


def promises_in_words(result: Measured, language: str, region: str | None = None) -> tuple[str, ...]:
    """Write a sentence on each broken promise, and on what it did to trust.

    Of all governments unless a province is named.
    """
    labels = load_region(result.scenario.region).axes.labels
    return tuple(
        text(
            language,
            "promise.broken",
            {
                "place": labels[promise.province][language],
                "year": promise.year,
                "broken": number(promise.broken_bn_cny, ""),
                "unit": unit_name("bn CNY2020", language),
                "share": f"{promise.share_percent:.0f}",
                "before": f"{promise.credibility_percent[0]:.0f}",
                "after": f"{promise.credibility_percent[1]:.0f}",
            },
        )
        for promise in broken_promises(result)
        if region in (None, result.region, promise.province)
    )

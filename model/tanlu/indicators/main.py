"""Every indicator of a run: from its stacked record to values by year and province."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words.messages import build_message
from tanlu.indicators.base import Indicator
from tanlu.indicators.bills import bill_indicators
from tanlu.indicators.book import book_indicators
from tanlu.indicators.buildings import building_indicators
from tanlu.indicators.co2 import capture_indicators, co2_price_indicators, hub_indicators
from tanlu.indicators.cohorts import cohort_indicators
from tanlu.indicators.declared import declared_indicators
from tanlu.indicators.earnings import earnings_indicators
from tanlu.indicators.emissions import (
    carbon_price_indicators,
    emission_indicators,
    energy_indicators,
    product_indicators,
)
from tanlu.indicators.grid import border_indicators, grid_factor_indicators, import_indicators
from tanlu.indicators.industry import industry_indicators
from tanlu.indicators.money import (
    balance_indicators,
    loan_indicators,
    money_indicators,
    promise_indicators,
)
from tanlu.indicators.power import (
    customer_indicators,
    electricity_indicators,
    electricity_price_indicators,
    line_indicators,
    security_indicators,
    shortage_indicators,
)
from tanlu.indicators.road import road_indicators
from tanlu.indicators.trade import trade_indicators
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region


class RunMeasures(NamedTuple):
    """Every indicator of a run."""

    variables: tuple[str, ...]
    units: tuple[str, ...]
    years: np.ndarray  # [Y]
    values: Floats  # [V, P + 1, Y] the provinces, then the region


def measure(record: YearRecord, years: np.ndarray, table: Sequence[Indicator]) -> RunMeasures:
    """Measure every indicator of a table in a run."""
    provinces = record.demand.load_mwh.shape[1]
    values = np.empty((len(table), provinces + 1, years.size))
    for i, indicator in enumerate(table):
        values[i] = _measure_regions(indicator, record)
    return RunMeasures(tuple(x.variable for x in table), tuple(x.unit for x in table), years, values)


def indicators(region: Region, added_indicators: Sequence[Indicator] = ()) -> tuple[Indicator, ...]:
    """List every indicator, in the order of the result tables.

    Those of extensions come last.

    Raises:
        ExtensionError: if an added one has the name of another.
    """
    model_indicators = _list_model_indicators(region)
    names = {indicator.variable for indicator in model_indicators}
    for indicator in added_indicators:
        if indicator.variable in names:
            raise ExtensionError(build_message("indicator_taken", name=indicator.variable))
    return (*model_indicators, *added_indicators)


def _list_model_indicators(region: Region) -> tuple[Indicator, ...]:
    """List every indicator of the model."""
    return (
        *emission_indicators(),
        *capture_indicators(region),
        *energy_indicators(region),
        *electricity_indicators(),
        *security_indicators(region),
        *shortage_indicators(),
        *customer_indicators(region),
        *industry_indicators(region.industry.products),
        *road_indicators(),
        *building_indicators(),
        *cohort_indicators(),
        *trade_indicators(region.industry.products),
        *declared_indicators(),
        *carbon_price_indicators(),
        *electricity_price_indicators(),
        *co2_price_indicators(),
        *money_indicators(),
        *loan_indicators(),
        *promise_indicators(region),
        *line_indicators(region),
        *import_indicators(region),
        *grid_factor_indicators(),
        *earnings_indicators(region),
        *hub_indicators(region),
        *bill_indicators(region),
        *balance_indicators(),
        *product_indicators(),
        *border_indicators(region),
        *book_indicators(),
    )


def _measure_regions(indicator: Indicator, record: YearRecord) -> Floats:
    value = np.asarray(indicator.measure(record))
    years, provinces = record.demand.load_mwh.shape
    if value.shape not in ((years,), (years, provinces)):
        lengths = {"years": years, "provinces": provinces, "shape": str(list(value.shape))}
        raise ExtensionError(build_message("indicator_shape", name=indicator.variable, **lengths))
    if value.ndim == 1:
        return np.broadcast_to(value, (provinces + 1, value.size))
    if indicator.weight is None:
        whole = value.sum(axis=1)
    else:
        weight = indicator.weight(record)
        total = weight.sum(axis=1)
        whole = np.divide((value * weight).sum(axis=1), total, out=value.mean(axis=1), where=total > 0.0)
    return np.concatenate([value.T, whole[None]])

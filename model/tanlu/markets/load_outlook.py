"""Outlooks of load: what officials publish of later years, how wrong they are, and what deciders expect of load."""

from collections.abc import Sequence

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.core.signals import Signals
from tanlu.finance.companies import Companies
from tanlu.markets.demand import FACILITIES, VEHICLES, DemandYear
from tanlu.region.pack import Region
from tanlu.state.actors import Actors
from tanlu.state.state import ExpectationState, LoadOutlook

OUTLOOK = decider_id("load outlook")  # one error in all provinces: what moves the nation moves them
LONGEST_LOOK_YEARS = 15
CHECKED_YEARS = 5  # after which an indicator holds what was expected against what came
TREND_YEARS = 5


def draw_growth_error(region: Region, seed: int, replication: int, year: int) -> float | None:
    """Draw the error of the outlook that `year` publishes, if any.

    After the statistics there is one every `load_outlook_interval_years`, `load_outlook_year` among them. Its error is
    that of a past outlook: a factor on the growth of the first years. Past ones were too high and too low, too few to
    tell which is likelier, so that half of the draws turn the error round.
    """
    errors, x = region.demand.outlooks.growth_errors, region.parameters
    since_plan = year - int(x["load_outlook_year"])
    if year <= region.last_observed_year or since_plan % int(x["load_outlook_interval_years"]) != 0:
        return None
    pick, turn = uniform(
        seed=seed,
        replication=replication,
        decider_ids=[OUTLOOK, OUTLOOK],
        year=year,
        purpose=Purpose.LOAD_OUTLOOK,
        n=np.arange(2),
    )
    error = float(errors[int(pick * errors.size)])
    return error if turn < 0.5 else 1.0 / error


def look_at_load(
    state: ExpectationState,
    signals: Signals,
    region: Region,
    actors: Actors,
    demand: DemandYear,
    demand_factor: float,
    growth_error: float | None,
) -> ExpectationState:
    """Publish an outlook if one is due, and note what is expected.

    Args:
        state: with this year's load in its history.
        signals: the year's signals.
        region: the pack.
        actors: all agents.
        demand: of the year.
        demand_factor: of the world, this year's; a later one is not foreseen.
        growth_error: of the outlook that the year publishes; None if it publishes none.
    """
    outlook = _adopt_published(state, region, actors.companies, signals.year)
    if growth_error is not None:
        path_mwh = _carry_forward(region, actors, demand, signals, demand_factor)
        growth = path_mwh[1:] / path_mwh[:-1]
        growth[: int(region.parameters["load_outlook_error_years"])] *= growth_error
        outlook = LoadOutlook(
            published_year=np.full_like(outlook.published_year, signals.year),
            growth=growth,
            growth_before=_growth_ahead(outlook, signals.year, len(growth)),
            weight=_outlook_weight(actors.companies),
        )
    state = state._replace(load_outlook=outlook)
    checked_mwh = expected_load(state, region, signals.year, CHECKED_YEARS)
    return state._replace(expected_load_mwh=(*state.expected_load_mwh, checked_mwh))


def expected_load(state: ExpectationState, region: Region, year: int, years: int) -> Floats:
    """Compute the load that deciders expect `years` after `year`, MWh [P].

    This year's load grows in part as official outlooks have it, in part by the trend. Owners plan in different years,
    so that each year between two outlooks an equal part of them goes over to the new one.
    """
    load, outlook, trend = state.load_history_mwh[-1], state.load_outlook, _trend_growth(state, region)
    interval = region.parameters["load_outlook_interval_years"]
    adopted_share = np.minimum((year - outlook.published_year + 1) / interval, 1.0)
    before = outlook._replace(growth=outlook.growth_before)
    by_new, by_old, by_trend = (
        np.multiply.reduce(growth)
        for growth in (
            _growth_ahead(outlook, year, years),
            _growth_ahead(before, year, years),
            np.tile(trend, (years, 1)),
        )
    )
    by_outlook = adopted_share * by_new + (1.0 - adopted_share) * by_old
    return np.asarray(load * (outlook.weight * by_outlook + (1.0 - outlook.weight) * by_trend))


def _growth_ahead(outlook: LoadOutlook, year: int, years: int) -> Floats:
    """Select the growth that an outlook has for the years after `year` [years, P]."""
    rows = np.arange(year, year + years)[:, None] - outlook.published_year
    return np.take_along_axis(outlook.growth, np.minimum(rows, len(outlook.growth) - 1), axis=0)


def _trend_growth(state: ExpectationState, region: Region) -> Floats:
    """Compute the mean yearly growth of five years, bounded, as a factor [P]."""
    x = region.parameters
    slowest, fastest = x["slowest_expected_load_growth"], x["fastest_expected_load_growth"]
    return trend_growth(state.load_history_mwh, slowest, fastest)


def trend_growth(history_mwh: Sequence[Floats], slowest: float, fastest: float) -> Floats:
    """Compute the mean yearly growth of load over five years, as a factor [P].

    It is bounded by `slowest` and `fastest`, a year, so that a boom is not taken to last. One year has no growth.
    """
    recent = np.stack(history_mwh[-TREND_YEARS:])
    if len(recent) < 2:
        return np.ones(recent.shape[1])
    return np.clip((recent[1:] / recent[:-1]).mean(axis=0), 1.0 + slowest, 1.0 + fastest)


def _adopt_published(state: ExpectationState, region: Region, companies: Companies, year: int) -> LoadOutlook:
    """Put outlooks of the pack that are published by `year` in force.

    Behind the year of which one speaks load grows by the trend of then.
    """
    published, outlook = region.demand.outlooks, state.load_outlook
    newer = published.published_year > outlook.published_year[published.province]
    is_new = newer & (published.published_year <= year)
    if not is_new.any() or year > region.last_observed_year:
        return outlook
    growth = np.tile(_trend_growth(state, region), (LONGEST_LOOK_YEARS, 1))
    growth[: len(outlook.growth)] = outlook.growth[:LONGEST_LOOK_YEARS]
    published_year, weight = outlook.published_year.copy(), outlook.weight.copy()
    for row in np.flatnonzero(is_new):
        p, first = published.province[row], published.published_year[row]
        growth[:, p] = _trend_growth(state, region)[p]
        growth[: max(published.last_year[row] - first, 0), p] = published.growth[row]
        published_year[p], weight[p] = first, _outlook_weight(companies)[p]
    return LoadOutlook(published_year, growth, growth, weight)


def _outlook_weight(companies: Companies) -> Floats:
    """Compute the mean weight of outlooks among who may build [P].

    By assets.
    """
    owners = companies.table
    can_build = owners.licensed.any(axis=1) & ~companies.failed
    size = owners.active_in * (companies.assets_cny * can_build)[:, None]
    return np.asarray((size * owners.outlook_share[:, None]).sum(axis=0) / np.maximum(size.sum(axis=0), 1.0))


def _carry_forward(
    region: Region, actors: Actors, demand: DemandYear, signals: Signals, demand_factor: float
) -> Floats:
    """Carry announced drivers through this year's demand, MWh [1 + H, P].

    Parts follow their index, facilities the demand for what they make, and vehicles and cohorts of adopters stocks
    whose buyers choose as this year. The first row is this year.
    """
    years = int(region.parameters["load_outlook_interval_years"]) - 1 + LONGEST_LOOK_YEARS
    row, electricity = signals.data_row, demand.electricity
    index = region.demand.growth_index[row : row + years + 1].copy()
    cohorts_mwh = actors.adopters.sum_electricity_mwh(demand.end_use.electricity_mwh)
    parts = (electricity.parts_mwh - cohorts_mwh).T * (index / index[0])  # [1 + H, P, Q]
    parts[0] += cohorts_mwh.T
    of_facilities = demand.plan.electricity_mwh * actors.industry.announced_growth(row, years)
    provinces = electricity.load_mwh.size
    for k in range(years):
        parts[k + 1, :, FACILITIES] = sum_by_group(actors.industry.province, of_facilities[k], provinces)
    later = parts[1:]
    later += np.swapaxes(
        actors.adopters.project_electricity(demand.end_use, signals.year + 1, years, demand_factor), 1, 2
    )
    later[..., VEHICLES] = actors.vehicles.project_electricity(
        demand.fleet, signals.year + 1, years, demand_factor
    )
    return np.asarray(parts.sum(axis=2))

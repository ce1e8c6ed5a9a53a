"""Entry and exit until nobody moves, through the electricity market and the rules of its agents."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.economics import annuity_factor
from tanlu.core.units import HOURS_PER_YEAR, PERCENT_PER_SHARE
from tanlu.decisions.plan_search import Planning, agree, by_technology
from tanlu.finance.building import BuildTerms, Room
from tanlu.investment.closed_by import Closed
from tanlu.investment.taxation import untaxed_terms
from tanlu.kernels.appraisal import site_worths
from tanlu.kernels.building_sites import SiteTerms
from tanlu.kernels.power.earnings import earn_at_prices
from tanlu.power.adequacy import approve_closing, not_losing, short_memory, value_closing
from tanlu.power.market import MarketCase, dispatch
from tanlu.power.plants import LOSS_MEMORY_YEARS
from tanlu.region.power import BUILDABLE

type Row = Mapping[str, str]

K = len(BUILDABLE)
DAY_HOURS = 24
MOST_YEARS = 2000  # in which a market comes to rest
HOME, YEAR = 0, 0  # the zone with load, and the one month that is the whole year
BUILDER = 0  # the one place that builds


class TechnologyCosts(NamedTuple):
    """What can be built; axis T. Money is per MW of capacity or output and hour of the year."""

    column: Integers  # of the agents' list of technologies
    fixed_cost: Floats
    variable_cost: Floats


class ScreenedYear(NamedTuple):
    """A cleared year; axis T technologies."""

    margin: Floats  # [T] of a MW above its variable cost, per hour of the year
    cost: float  # of running, and of load that is not served, per hour
    mean_price: float
    shed_mw: float  # at the peak


class Agents(NamedTuple):
    """A market and those who build and close in it."""

    technologies: TechnologyCosts
    clear: Callable[[float, float], ScreenedYear]  # a year with so many MW of both
    terms: BuildTerms
    running_cost: Floats  # [T] what ends when a plant closes
    rate: float
    life_years: int
    plant_mw: float
    closing_mw: float  # that may close in a year


class PlantStock(NamedTuple):
    """All plants; axis n."""

    technology: Integers
    capacity_mw: Floats
    profit: Floats  # [n, years] of the last years
    years_of_profit: Integers

    def total_mw(self) -> Floats:
        """Sum capacity by technology [2]."""
        return sum_by_group(self.technology, self.capacity_mw, 2)

    def remember(self, profit_per_mw: Floats) -> "PlantStock":
        """Return the plants with the profit of one more year."""
        profit = profit_per_mw[self.technology] * self.capacity_mw
        years = np.column_stack([np.delete(self.profit, 0, axis=1), profit])
        return self._replace(profit=years, years_of_profit=self.years_of_profit + 1)

    def select(self, stays: Booleans) -> "PlantStock":
        """Return the plants that stay."""
        return PlantStock._make(column[stays] for column in self)

    def add(self, starts_mw: Floats, plant_mw: float) -> "PlantStock":
        """Return the plants with new ones of a size at most `plant_mw`."""
        number = np.ceil(starts_mw / plant_mw - 1e-9).astype(int)
        size = np.divide(starts_mw, number, out=np.zeros(2), where=number > 0)
        n = int(number.sum())
        new = PlantStock(
            np.repeat(np.arange(2), number),
            np.repeat(size, number),
            np.zeros((n, LOSS_MEMORY_YEARS)),
            np.zeros(n, int),
        )
        return PlantStock._make(np.concatenate(columns) for columns in zip(self, new, strict=True))


NO_PLANTS = PlantStock(np.zeros(0, int), np.zeros(0), np.zeros((0, LOSS_MEMORY_YEARS)), np.zeros(0, int))


def simulate(inputs: Mapping[str, Sequence[Row]]) -> dict[str, float]:
    """Compute capacity, cost, price and profit once nobody moves.

    From several starts, with a price cap, with sunk cost, and with many starts a year.
    """
    market = {row["item"]: float(row["value"]) for row in inputs["market"]}
    technologies = _technologies(inputs["technologies"])
    starts = {
        row["start"]: np.array([float(row["coal_mw"]), float(row["gas_mw"])]) for row in inputs["starts"]
    }
    free, figures = gather_agents(market, technologies), dict[str, float]()
    for name, start_mw in starts.items():
        figures |= _figures(name, free, start_mw)
    return figures | dict(_other_markets(market, technologies, next(reversed(starts.values()))))


def _other_markets(
    market: Mapping[str, float], technologies: TechnologyCosts, start_mw: Floats
) -> Iterator[tuple[str, float]]:
    """Yield figures of markets with a cap, with sunk cost and with many starts."""
    optimum = np.array([market["best_coal_mw"], market["best_gas_mw"]])
    capped = gather_agents(market, technologies, price_cap=market["price_cap"])
    yield "cap.before.gas_profit", float((capped.clear(*optimum).margin - technologies.fixed_cost)[1])
    yield from _figures("cap", capped, optimum).items()
    sunk = gather_agents({**market, "sunk_share": market["half_sunk_share"]}, technologies)
    yield from _figures("sunk", sunk, start_mw).items()
    many = gather_agents({**market, "moves_mw_per_year": market["many_mw_per_year"]}, technologies)
    yield from _figures("many", many, start_mw).items()


def _technologies(rows: Sequence[Row]) -> TechnologyCosts:
    fixed, variable = ([float(row[key]) for row in rows] for key in ("fixed_cost", "variable_cost"))
    column = [BUILDABLE.index(row["technology"]) for row in rows]
    return TechnologyCosts(np.array(column), np.array(fixed), np.array(variable))


# --- the market ---------------------------------------------------------------------------------------------


def _clearing(
    market: Mapping[str, float], technologies: TechnologyCosts, price_cap: float | None
) -> Callable[[float, float], ScreenedYear]:
    """Return the function that clears a year with so many MW of both technologies."""
    days = int(market["days"])
    end = (np.arange(days + 1) / days) ** market["day_power"]
    part = (np.arange(DAY_HOURS) + 0.5) / DAY_HOURS
    load = np.zeros((2, 1, days, DAY_HOURS))  # nobody is in the other zone
    load[HOME, YEAR] = market["peak_mw"] * (1.0 - (end[:-1, None] + np.diff(end)[:, None] * part))
    weight = np.diff(end)[None] * HOURS_PER_YEAR / DAY_HOURS
    highest = market["shedding_cost"] if price_cap is None else price_cap

    @cache
    def clear(coal_mw: float, gas_mw: float) -> ScreenedYear:
        cleared = dispatch(
            MarketCase(
                unit_zone=np.zeros(2, int),
                unit_capacity_mw=np.array([coal_mw, gas_mw]),
                unit_cost_cny_per_mwh=technologies.variable_cost,
                net_load_mw=load,
                day_weight=weight,
                scarcity_price_cny_per_mwh=highest,
            )
        )
        price = cleared.price_cny_per_mwh[:1].copy()
        shed_mwh = (cleared.unserved_mw[HOME, YEAR] * weight[YEAR, :, None]).sum()
        cost = cleared.cost_cny + (market["shedding_cost"] - highest) * shed_mwh
        return ScreenedYear(
            margin=_margin(price, weight, technologies),
            cost=cost / HOURS_PER_YEAR,
            mean_price=float((price[HOME, YEAR] * weight[YEAR, :, None]).sum()) / HOURS_PER_YEAR,
            shed_mw=float(cleared.unserved_mw.max()),
        )

    return clear


def _margin(price: Floats, weight: Floats, technologies: TechnologyCosts) -> Floats:
    """Compute what a MW expects to earn above its variable cost [T]."""
    earnings = earn_at_prices(
        price_cny_per_mwh=price,
        day_weight=weight,
        profile=np.zeros((1, 0, 1, DAY_HOURS)),
        premium_cny_per_mwh=np.zeros((1, 0)),
        cost_cny_per_mwh=technologies.variable_cost[None].copy(),
        store_hours=np.zeros(0, np.int64),
        store_efficiency=np.zeros(0),
    )
    return np.asarray(earnings.margin[0] / HOURS_PER_YEAR)


# --- the agents ---------------------------------------------------------------------------------------------


def gather_agents(
    market: Mapping[str, float], technologies: TechnologyCosts, price_cap: float | None = None
) -> Agents:
    """Build a market and its agents.

    One company builds. It has all of the room, and the packs' rule of how much of it is taken.
    """
    share, rate, life = (
        market["sunk_share"],
        market["rate_percent"] / PERCENT_PER_SHARE,
        int(market["life_years"]),
    )
    rates, lead, lives = np.full((1, K), rate), np.ones(K, np.int64), np.full(K, life, np.int64)
    worth, outlay = site_worths(rates, lead, lives, untaxed_terms(lead))
    fixed = _by_column(technologies, technologies.fixed_cost)
    capex = np.where(fixed > 0.0, share * fixed * worth / outlay, 1.0)
    room_mw = _by_column(technologies, np.full(2, market["moves_mw_per_year"]))
    sites = SiteTerms(
        worth=worth,
        outlay=outlay,
        running_cost=((1.0 - share) * fixed)[0],
        capex=capex,
        room=room_mw,
        share=np.ones((1, 1, K)),
        full_index=market["full_profit_share"] / share,
        smallest=market["smallest_start_mw"],
        gain=np.zeros((1, 1, K)),
        won=np.zeros((1, 1, K)),
    )
    return Agents(
        technologies=technologies,
        clear=_clearing(market, technologies, price_cap),
        terms=BuildTerms(sites, rates, lead, Room.nothing((1, K))._replace(mw=room_mw)),
        running_cost=(1.0 - share) * technologies.fixed_cost,
        rate=rate,
        life_years=life,
        plant_mw=market["plant_mw"],
        closing_mw=market["moves_mw_per_year"],
    )


def _by_column(technologies: TechnologyCosts, values: Floats) -> Floats:
    """Spread values over the agents' list of technologies [1, K]."""
    spread = np.zeros((1, K))
    spread[BUILDER, technologies.column] = values
    return spread


def _figures(name: str, agents: Agents, start_mw: Floats) -> dict[str, float]:
    coal_mw, gas_mw = settle_plants(agents, start_mw)
    cleared, fixed = agents.clear(coal_mw, gas_mw), agents.technologies.fixed_cost
    profit = cleared.margin - fixed
    return {
        f"{name}.coal": coal_mw,
        f"{name}.gas": gas_mw,
        f"{name}.shed": cleared.shed_mw,
        f"{name}.cost": cleared.cost + float(fixed @ (coal_mw, gas_mw)),
        f"{name}.price": cleared.mean_price,
        f"{name}.coal_profit": float(profit[0]),
        f"{name}.gas_profit": float(profit[1]),
    }


def settle_plants(agents: Agents, start_mw: Floats) -> tuple[float, float]:
    """Let plants start and close until none has for some years, MW of coal and gas.

    Raises:
        ValueError: if they still move after many years.
    """
    plants = NO_PLANTS.add(start_mw, agents.plant_mw)
    starts_mw, quiet_years = np.zeros(2), 0
    for year in range(MOST_YEARS):
        total_mw = plants.total_mw()
        profit = agents.clear(*total_mw.tolist()).margin - agents.running_cost
        plants = plants.remember(profit)
        closing = _closing(agents, plants, profit, year)
        starts_mw = _starts_mw(agents, total_mw, starts_mw)
        quiet_years = 0 if closing.any() or starts_mw.any() else quiet_years + 1
        if quiet_years > LOSS_MEMORY_YEARS:
            coal_mw, gas_mw = total_mw.tolist()
            return coal_mw, gas_mw
        plants = plants.select(~closing).add(starts_mw, agents.plant_mw)
    raise ValueError(f"plants still start or close after {MOST_YEARS} years")


def _closing(agents: Agents, plants: PlantStock, profit: Floats, year: int) -> Booleans:
    """Find the plants that close, by the agents' rule [n]."""
    n, profits = plants.technology.size, profit[plants.technology] * plants.capacity_mw
    bars = Closed.by_any(n, short_memory(plants.years_of_profit, LOSS_MEMORY_YEARS, year))
    gain = value_closing(profits, np.zeros(n), np.full(n, annuity_factor(agents.rate, agents.life_years)))
    return approve_closing(
        bars.and_by(not_losing(plants.profit)),
        province=np.zeros(n, int),
        firm_mw=plants.capacity_mw,
        gain_cny=gain,
        spare_mw=np.array([agents.closing_mw]),
    ).is_open


def _starts_mw(agents: Agents, total_mw: Floats, last_mw: Floats) -> Floats:
    """Find the MW of both technologies that start, by the agents' rule [2]."""
    technologies, terms = agents.technologies, agents.terms

    def clear(planned_mw: Floats) -> Floats:
        coal_mw, gas_mw = (total_mw + planned_mw[BUILDER, technologies.column]).tolist()
        return _by_column(technologies, agents.clear(coal_mw, gas_mw).margin)

    planning = Planning(clear, terms, hours=np.zeros((1, K)))
    sites = agree(planning, clear(np.zeros((1, K))), _by_column(technologies, last_mw))
    return by_technology(sites)[BUILDER, technologies.column]

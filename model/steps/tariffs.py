"""Tariffs: what the year's electricity cost each class of customers, and what the grid may charge next."""

from typing import NamedTuple

import numpy as np

from model.markets.tariffs import COMPONENTS, GridUse, Tariffs, grid_charge_factor, set_tariffs
from model.region import Region
from model.region_demand import INDUSTRY_PARTS
from model.signals import FUEL, PARTS, RENEWABLE_FUELS, Floats, P
from model.steps.demand import Demand
from model.tables import year_index
from model.units import HOURS_PER_YEAR

INDUSTRY = [PARTS.index(part) for part in INDUSTRY_PARTS]


GRID = COMPONENTS.index("transmission_distribution")
WIND_AND_SUN = [FUEL[name] for name in RENEWABLE_FUELS]


class GridCharges(NamedTuple):
    """What the grid charges in a regulatory period."""

    factor: Floats  # [P] on the charges of the pack
    base: GridUse | None  # on which these rest; None before their period

    @classmethod
    def of_the_pack(cls) -> "GridCharges":
        """Return the charges before the first period."""
        return cls(np.ones(P), None)


def next_charges(
    charges: GridCharges,
    *,
    year: int,
    region: Region,
    demand: Demand,
    tariffs: Tariffs,
    capacity_by_fuel_mw: Floats,
) -> GridCharges:
    """Return the charges of next year: new ones where a period begins, by the figures of `year` (MODEL.md, tariffs).

    Args:
        charges: of this year.
        year: this year.
        region: the pack.
        demand: of this year.
        tariffs: of this year.
        capacity_by_fuel_mw: in operation, [P, F].
    """
    x = region.parameters
    since = year + 1 - int(x["grid_tariff_first_year"])
    if since < 0 or since % int(x["grid_tariff_period_years"]):
        return charges
    now = GridUse(
        sold_mwh=tariffs.sold_mwh.sum(axis=1),
        peak_mw=demand.load_shape.max(axis=(1, 2, 3)) * demand.load_mwh / HOURS_PER_YEAR,
        wind_and_sun_mw=capacity_by_fuel_mw[:, WIND_AND_SUN].sum(axis=1),
        revenue_cny=(tariffs.components_cny_per_mwh[:, :, GRID] * tariffs.sold_mwh).sum(axis=1),
    )
    if charges.base is None:
        return charges._replace(base=now)
    factor = grid_charge_factor(
        charges.base,
        now,
        peak_load_cost_cny_per_kw=x["peak_load_grid_cost_cny_per_kw"],
        wind_and_sun_cost_cny_per_kw=x["wind_and_sun_grid_cost_cny_per_kw"],
        yearly_cost_share=x["grid_yearly_cost_share"],
    )
    return charges._replace(factor=factor)


def bill(
    *,
    year: int,
    region: Region,
    demand: Demand,
    price_cny_per_mwh: Floats,
    load_cny: Floats,
    system_cny: Floats,
    grid_factor: Floats,
) -> Tariffs:
    """Return the tariffs of the year (MODEL.md, tariffs).

    Args:
        year: the year.
        region: the pack.
        demand: who used how much.
        price_cny_per_mwh: wholesale, [P, month, day type, hour].
        load_cny: the whole load at these prices, [P].
        system_cny: capacity payments, premiums and compensation paid to plants of the province, [P].
        grid_factor: on the pack's grid charges, [P].
    """
    share = region.tariffs.part_share
    cost = part_cost(region, demand, price_cny_per_mwh, load_cny)
    return set_tariffs(
        region.tariffs,
        row=year_index(year),
        sold_mwh=_by_class(demand.parts_mwh, share),
        purchase_cny=_by_class(cost, share),
        system_cny=system_cny,
        grid_factor=grid_factor,
    )


def part_cost(region: Region, demand: Demand, price_cny_per_mwh: Floats, load_cny: Floats) -> Floats:
    """Return what each part of demand costs at the hours' prices, CNY [Q, P].

    Industry bears what the others leave of the whole load's cost, as its hours are what they leave of the load.
    """
    weighted = price_cny_per_mwh * region.power.day_weight[:, :, None]
    mean = (region.demand.shape * weighted).sum(axis=(2, 3, 4)) / HOURS_PER_YEAR
    cost = mean * demand.parts_mwh  # no hours of industry are in it
    industry = demand.parts_mwh[INDUSTRY]
    left = load_cny - cost.sum(axis=0)
    cost[INDUSTRY] = left * industry / np.maximum(industry.sum(axis=0), 1e-9)
    return np.asarray(cost)


def _by_class(part: Floats, share: Floats) -> Floats:
    """Return the sum over parts of demand [Q, P] by class of customers [P, K]."""
    return np.asarray((part[:, :, None] * share[:, None, :]).sum(axis=0))

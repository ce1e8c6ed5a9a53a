"""Burning biomass with coal: when it pays by the day, what the equipment is worth, and which units biomass reaches."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import SECTOR
from tanlu.core.signals import Signals
from tanlu.core.units import CNY_PER_MCNY, KW_PER_MW
from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.investment.growth import yearly_growth
from tanlu.investment.rationing import serve_in_order
from tanlu.investment.valuation import appraise_projects
from tanlu.kernels.appraisal import Projects
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.state import COAL
from tanlu.power.unit_rows import UnitRows
from tanlu.region.cofiring import PELLETS
from tanlu.region.pack import Region
from tanlu.region.power import OPEN_END_YEAR, PRICED_FUELS

ELECTRICITY = SECTOR["electricity"]


def share_of_equipped(region: Region, signals: Signals) -> Floats:
    """Compute the share of biomass in the heat of equipped units [P, F].

    They burn all they can where it is no dearer than coal, else none. Coal costs its price and the CO2 of it; what has
    to be paid for CO2 is that of the signals.
    """
    coal_co2 = region.power.fuel_co2_t_per_gj[COAL]
    price = signals.prices.fuel_price_cny_per_gj
    coal = (
        price[:, PRICED_FUELS.index("coal")]
        + signals.carbon.carbon_cost_cny_per_tco2[:, ELECTRICITY] * coal_co2
    )
    pays = price[:, PRICED_FUELS.index(PELLETS)] <= coal
    return pays[:, None] * region.power.cofiring.fuel_share


def burnt_share(
    region: Region, signals: Signals, fuel: Integers, province: Integers, cofiring_year: Integers, year: int
) -> Floats:
    """Compute the share of biomass in the heat of units in `year` [N].

    Units that are not equipped have 0.
    """
    return share_of_equipped(region, signals)[province, fuel] * (cofiring_year <= year)


def biomass_share(plants: UnitRows, signals: Signals, year: int) -> Floats:
    """Return `burnt_share` of all units [N]."""
    return burnt_share(plants.region, signals, plants.fuel, plants.province, plants.cofiring_year, year)


def biomass_gj(region: Region, fuel: Integers, share: Floats, gross_tco2: Floats) -> Floats:
    """Compute the biomass that units burnt, GJ [N], from their coal's CO2."""
    factor = region.power.fuel_co2_t_per_gj[fuel]
    heat = np.divide(gross_tco2, factor, out=np.zeros(factor.shape), where=factor > 0.0)
    return heat * share / (1.0 - share)


class CofiringUnits(NamedTuple):
    """Units that could be equipped to burn biomass; axis n."""

    province: Integers
    fuel: Integers
    capacity_mw: Floats
    remaining_years: Integers  # to the end of life
    gross_tco2: Floats  # of the expected year
    owner: Integers


def cofiring_value(
    region: Region,
    signals: Signals,
    units: CofiringUnits,
    rate: Floats,
    belief: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Compute NPV, investment, CNY, and switching price of equipping units [n].

    They burn no biomass yet. Biomass is valued as if it were burnt in every year, so that where it will not pay the
    option is undervalued.

    Args:
        region: the pack.
        signals: the year's signals.
        units: that would be equipped.
        rate: real hurdle rate [n].
        belief: how far the owner believes announced policy [n].
    """
    province, fuel, cofiring = units.province, units.fuel, region.power.cofiring
    factor = region.power.fuel_co2_t_per_gj[fuel]
    heat = np.divide(units.gross_tco2, factor, out=np.zeros(factor.shape), where=factor > 0.0)
    biomass = heat * cofiring.fuel_share[fuel]
    price = signals.prices.fuel_price_cny_per_gj[province]
    dearer = price[:, PRICED_FUELS.index(PELLETS)] - price[:, PRICED_FUELS.index("coal")]
    capex = units.capacity_mw * KW_PER_MW * cofiring.capex_cny_per_kw[fuel]
    projects = Projects(
        province=province,
        sector=np.full(province.size, ELECTRICITY),
        capex_cny=capex,
        lead_years=np.full(province.size, cofiring.lead_time_years),
        life_years=np.maximum(units.remaining_years - cofiring.lead_time_years, 0),
        cash_cny=-biomass * dearer,
        avoided_tco2=biomass * factor,
        stored_tco2=np.zeros(province.size),
        allowance_share=np.zeros(province.size),  # free allowances go by output
        rate=rate,
        belief=belief,
        trust=signals.promises.trust[units.owner],
        tax_class=fuel,
    )
    value, switching = appraise_projects(signals, projects)
    return value, capex, switching


def ration_biomass(
    region: Region,
    *,
    province: Integers,
    capacity_mw: Floats,
    npv_cny: Floats,
    wants: Booleans,
    equipped_mw: Floats,
) -> tuple[Bar, Bar]:
    """Ration co-firing by the pace of building and by biomass [n].

    Biomass goes where it is worth most by the MW, while there is some; the bars are those of units that it does not
    reach.

    Args:
        region: the pack.
        province: of each unit that could be equipped now [n].
        capacity_mw: [n].
        npv_cny: what it is worth to it [n].
        wants: who would be equipped if there was enough [n].
        equipped_mw: coal units in operation that are equipped already [P].
    """
    cofiring = region.power.cofiring
    remaining_mw = cofiring.potential_mw - equipped_mw
    pace = yearly_growth(cofiring.floor_mw_per_year, cofiring.growth_rate, equipped_mw, cofiring.potential_mw)
    turns = serve_in_order(
        np.argsort(-npv_cny / np.maximum(capacity_mw, 1e-9), kind="stable"),
        wants=wants,
        size=capacity_mw,
        group=province,
        room=pace,
    )
    is_refused, is_paced = wants & ~turns.allowed, (pace < remaining_mw)[province]
    return (
        Bar(ClosedBy.PACE, is_refused & is_paced, capacity_mw, turns.room_left),
        Bar(ClosedBy.NO_POTENTIAL, is_refused & ~is_paced, capacity_mw, turns.room_left),
    )


def cofiring_closed(plants: UnitRows, rows: Integers, year: int, no_window: Bar) -> Closed:
    """List the bars to equipping units, whatever it is worth [n].

    A boiler whose CO2 is captured, or promised to a CO2 hub, keeps to coal.

    Args:
        plants: all of them.
        rows: of the units [n].
        year: of the decision.
        no_window: holds for who is not at a window [n].
    """
    region, equipped = plants.region, plants.cofiring_year[rows]
    captures = (plants.capture_year[rows] < OPEN_END_YEAR) | (plants.contract_tco2[rows] > 0.0)
    ready = region.parameters["cofiring_available_from_year"]
    return Closed.by_any(
        rows.size,
        Bar(ClosedBy.OWNER_FAILED, plants.orphaned[rows]),
        Bar(ClosedBy.NOT_OFFERED, region.power.cofiring.fuel_share[plants.fuel[rows]] <= 0.0),
        Bar(ClosedBy.TAKEN, equipped < OPEN_END_YEAR, limit=equipped),
        Bar(ClosedBy.EXCLUDED_BY_OTHER_OPTION, captures),
        Bar(ClosedBy.TOO_EARLY, year < ready, limit=ready),
        no_window,
    )


def appraise_cofiring(
    plants: UnitRows,
    signals: Signals,
    expected_accounts: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
    bars: Closed,
) -> tuple[Floats, Floats, Floats, Closed]:
    """Appraise co-firing at units: NPV, investment, switching price and bars [n].

    Args:
        plants: all of them.
        signals: the year's signals.
        expected_accounts: accounts of the expected year, [N].
        rows: of the units that decide, [n].
        rate: real hurdle rate [n].
        belief: how far each owner believes announced policy, [W].
        bars: why they may not, whatever it is worth [n].
    """
    region, year = plants.region, signals.year
    province, capacity = plants.province[rows], plants.capacity_mw[rows]
    value, capex, switching = cofiring_value(
        region,
        signals,
        CofiringUnits(
            province=province,
            fuel=plants.fuel[rows],
            capacity_mw=capacity,
            remaining_years=plants.retired_year[rows] - year,
            gross_tco2=expected_accounts.gross_tco2[rows],
            owner=plants.owner[rows],
        ),
        rate=rate,
        belief=belief[plants.owner[rows]],
    )
    bars = bars.and_by(Bar(ClosedBy.DOES_NOT_PAY, ~(value > 0.0), value / CNY_PER_MCNY, 0.0))
    if bars.is_open.any():  # as in few years
        out_of_reach = ration_biomass(
            region,
            province=province,
            capacity_mw=capacity,
            npv_cny=value,
            wants=bars.is_open,
            equipped_mw=equipped_mw(plants, year),
        )
        bars = bars.and_by(*out_of_reach)
    return value, capex, switching, bars


def equipped_mw(plants: UnitRows, year: int) -> Floats:
    """Sum the operating capacity that can burn biomass with coal, MW [P]."""
    equipped = (plants.cofiring_year < OPEN_END_YEAR) & plants.active(year)
    return sum_by_group(plants.province, plants.capacity_mw * equipped, len(plants.region.axes.provinces))

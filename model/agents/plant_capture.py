"""What capture is worth at a power unit, and what the unit would commit to its CO2 hub."""

from typing import TYPE_CHECKING

import numpy as np

from model.agents.plant_state import COAL, PlantAccounts
from model.capture_terms import Considered, Running
from model.finance import annuity_factor
from model.kernels.appraisal import Projects
from model.signals import SECTOR, Floats, Integers, Signals
from model.valuation import Bids, appraise_outlets, expected_market_price, storage_bids

if TYPE_CHECKING:
    from model.agents.plants import PowerPlants

CAPTURE = 1  # among the options of power plants
HOURS_PER_YEAR = 8760.0
ELECTRICITY = SECTOR["electricity"]


def capture_value(
    plants: "PowerPlants",
    signals: Signals,
    forward: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Floats, Floats, Considered]:
    """Return NPV and switching carbon price of a capture retrofit [n], and what they follow from."""
    projects, running = capture_projects(plants, signals, forward, rows, rate, belief)
    considered = Considered(
        row=np.arange(rows.size),
        option=np.full(rows.size, CAPTURE),
        projects=projects,
        running=running,
        grant_share=signals.capture_grant_share[projects.province, ELECTRICITY],
        sites=plants.sites(rows),
        contracted=plants.contract_tco2[rows] > 0.0,
    )
    value, switching = appraise_outlets(
        signals, plants.region.co2, projects, considered.sites, considered.contracted
    )
    return value, switching, considered


def capture_projects(
    plants: "PowerPlants",
    signals: Signals,
    forward: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Projects, Running]:
    """Return what capture retrofits would cost and bring, and what makes up their cash [n]."""
    tech, p, f = plants.region.power.technologies, plants.province[rows], plants.fuel[rows]
    full, per_mwh = _full_output_mwh(plants, rows), _captured_per_mwh(plants, signals.year, rows)
    grant = signals.capture_grant_share[p, ELECTRICITY]
    capex = tech.capture_capex_cny_per_tco2_year[signals.data_row, f] * full * per_mwh * (1.0 - grant)
    capex = capex * signals.capture_cost_factor
    captured = forward.output_mwh[rows] * per_mwh
    lead, life = _years(plants, signals.year, rows)
    running = _running(plants, signals, forward, rows, rate, belief)
    projects = Projects(
        province=p,
        sector=np.full(rows.size, ELECTRICITY),
        capex_cny=capex,
        lead_years=lead,
        life_years=life,
        cash_cny=running.cash_cny,
        avoided_tco2=captured,
        stored_tco2=captured,
        rate=rate,
        belief=belief[plants.owner[rows]],
    )
    return projects, running


def _years(plants: "PowerPlants", year: int, rows: Integers) -> tuple[Integers, Integers]:
    """Return lead time and years of operation of capture plants decided on now [n]."""
    lead = plants.region.power.technologies.capture_lead_time_years[plants.fuel[rows]]
    running = plants.retired_year[rows] - year - lead
    return lead, np.clip(running, 0, int(plants.region.parameters["capture_life_years"]))


def _running(
    plants: "PowerPlants",
    signals: Signals,
    forward: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
) -> Running:
    """Return what running capture costs a year [n].

    That is handling, and the electricity that heat and compressors take: what a unit sells no more is worth its mean
    price in the expected year, and would have brought free allowances. While capture is tied in, the unit stands still
    for longer than its overhaul; a share of the expected year's profit is lost once.
    """
    f, p, nothing = plants.fuel[rows], plants.province[rows], np.zeros(rows.size)
    captured = forward.output_mwh[rows] * _captured_per_mwh(plants, signals.year, rows)
    penalty = plants.region.power.technologies.capture_energy_penalty[f]
    lead, life = _years(plants, signals.year, rows)
    lost = penalty * forward.output_mwh[rows]
    price = expected_market_price(signals, rate, lead, life, belief[plants.owner[rows]])
    outage = plants.region.parameters["capture_tie_in_outage_share_of_year"]
    years = np.maximum(annuity_factor(rate, life), 1e-9)
    return Running(
        fixed_operation_cny=nothing,
        operation_cny=-captured * plants.capture_om(signals)[f],
        heat_cny=nothing,
        electricity_cny=nothing,
        lost_output_cny=-penalty * forward.revenue_cny[rows],
        allowances_cny=-lost * signals.benchmark[p, plants.benchmark_class[rows]] * price,
        downtime_cny=-outage * np.maximum(forward.profit_cny[rows], 0.0) / years,
        taken_mwh=lost,
    )


def capture_bids(
    plants: "PowerPlants", signals: Signals, forward: PlantAccounts, hurdle: Floats, belief: Floats
) -> tuple[Integers, Bids]:
    """Return who could capture, whenever its window is, and what each would commit to its CO2 hub.

    Args:
        plants: all of them.
        signals: the year's signals.
        forward: accounts of a cleared year ahead, [N].
        hurdle: real discount rate of ordinary and of green projects by owner, [W, 2].
        belief: how far each owner believes announced policy, [W].
    """
    rows = plants.thermal_running(signals.year)
    rows = rows[plants.can_capture(rows, signals.year)]
    rate = hurdle[plants.owner[rows], 1] + plants.own_premium[rows]
    project, _ = capture_projects(plants, signals, forward, rows, rate, belief)
    full = full_capture_tco2(plants, signals, rows)
    return rows, storage_bids(signals, plants.region.co2, project, plants.sites(rows), full)


def full_capture_tco2(plants: "PowerPlants", signals: Signals, rows: Integers) -> Floats:
    """Return what capture plants of units take in a year at the highest output allowed, t CO2 [n]."""
    cap = signals.coal_utilisation_cap[plants.province[rows]]
    allowed = np.where(plants.fuel[rows] == COAL, cap, 1.0)
    return allowed * _full_output_mwh(plants, rows) * _captured_per_mwh(plants, signals.year, rows)


def captured_output_mwh(plants: "PowerPlants", accounts: PlantAccounts, year: int) -> Floats:
    """Return what units sell no more since their fuel feeds capture, MWh [N]: the penalty's share of gross output."""
    n = accounts.output_mwh.size
    penalty = plants.region.power.technologies.capture_energy_penalty[plants.fuel[:n]]
    penalty = penalty * (plants.capture_year[:n] <= year)
    return accounts.output_mwh * penalty / (1.0 - penalty)


def _full_output_mwh(plants: "PowerPlants", rows: Integers) -> Floats:
    return plants.capacity_mw[rows] * plants.availability[rows] * HOURS_PER_YEAR


def _captured_per_mwh(plants: "PowerPlants", year: int, rows: Integers) -> Floats:
    """Return what a capture plant takes of a net MWh without capture, t CO2 [n]."""
    f = plants.fuel[rows]
    carbon = plants.heat_rate(year, rows) * plants.region.power.fuel_co2_t_per_gj[f]
    return carbon * plants.region.power.technologies.capture_rate[f]

"""What capture is worth at a power unit, and what the unit would commit to its CO2 hub."""

from typing import TYPE_CHECKING

import numpy as np

from model.agents.plant_state import COAL, PlantAccounts
from model.capture_terms import Running
from model.kernels.appraisal import Projects
from model.signals import SECTOR, Floats, Integers, Signals
from model.valuation import Bids, appraise_outlets, storage_bids

if TYPE_CHECKING:
    from model.agents.plants import PowerPlants

HOURS_PER_YEAR = 8760.0
ELECTRICITY = SECTOR["electricity"]


def capture_value(
    plants: "PowerPlants",
    signals: Signals,
    forward: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Return NPV, investment after grant and switching carbon price of a capture retrofit [n]."""
    project = capture_project(plants, signals, forward, rows, rate, belief)
    contracted = plants.contract_tco2[rows] > 0.0
    value, switching = appraise_outlets(signals, plants.region.co2, project, plants.sites(rows), contracted)
    return value, project.capex_cny, switching


def capture_project(
    plants: "PowerPlants",
    signals: Signals,
    forward: PlantAccounts,
    rows: Integers,
    rate: Floats,
    belief: Floats,
) -> Projects:
    """Return what capture retrofits would cost and bring [n]."""
    tech, p, f = plants.region.power.technologies, plants.province[rows], plants.fuel[rows]
    full, per_mwh = _full_output_mwh(plants, rows), _captured_per_mwh(plants, signals.year, rows)
    grant = signals.capture_grant_share[p, ELECTRICITY]
    capex = tech.capture_capex_cny_per_tco2_year[signals.data_row, f] * full * per_mwh * (1.0 - grant)
    capex = capex * signals.capture_cost_factor
    captured = forward.output_mwh[rows] * per_mwh
    lead = tech.capture_lead_time_years[f]
    running = plants.retired_year[rows] - signals.year - lead
    return Projects(
        province=p,
        sector=np.full(rows.size, ELECTRICITY),
        capex_cny=capex,
        lead_years=lead,
        life_years=np.clip(running, 0, int(plants.region.parameters["capture_life_years"])),
        cash_cny=capture_running(plants, signals, forward, rows).cash_cny,
        avoided_tco2=captured,
        stored_tco2=captured,
        rate=rate,
        belief=belief[plants.owner[rows]],
    )


def capture_running(
    plants: "PowerPlants", signals: Signals, forward: PlantAccounts, rows: Integers
) -> Running:
    """Return what running capture costs a year: handling, and the electricity that heat and compressors take [n].

    What a unit sells less is worth its mean price in the expected year.
    """
    f, nothing = plants.fuel[rows], np.zeros(rows.size)
    captured = forward.output_mwh[rows] * _captured_per_mwh(plants, signals.year, rows)
    penalty = plants.region.power.technologies.capture_energy_penalty[f]
    return Running(
        fixed_operation_cny=nothing,
        operation_cny=-captured * plants.capture_om(signals)[f],
        heat_cny=nothing,
        electricity_cny=nothing,
        lost_output_cny=-penalty * forward.revenue_cny[rows],
        taken_mwh=penalty * forward.output_mwh[rows],
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
    project = capture_project(plants, signals, forward, rows, rate, belief)
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

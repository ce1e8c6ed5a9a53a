"""The capture side of the decision ledger: every cost term of each capture project that somebody considers."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.agents.industry_options import option_project, option_running
from model.agents.plant_capture import ELECTRICITY, capture_project, capture_running
from model.agents.plant_state import PlantAccounts, thermal_intensity
from model.capture_terms import CaptureTerms, Running, capture_terms
from model.decisions import CaptureEntry
from model.kernels.appraisal import Projects
from model.kernels.hubs import Season
from model.population import Appraisal, Population
from model.signals import Floats, Integers, ProductionOutcome, Signals

if TYPE_CHECKING:
    from model.simulation import RegionModel


class _Outlook(NamedTuple):
    """What all projects of a year have in common."""

    signals: Signals
    hub_store_cost_cny_per_tco2: Floats  # [H]
    thermal_tco2_per_mwh: Floats  # [P] of the expected year


def note_capture(
    model: "RegionModel",
    signals: Signals,
    forward: PlantAccounts,
    made: ProductionOutcome,
    belief: Floats,
    season: Season | None,
    power: Appraisal,
    goods: Appraisal,
) -> None:
    """Enter every feasible capture option of two appraisals into the ledger, before anything starts.

    Args:
        model: the region.
        signals: those that the appraisals were made at.
        forward: plants' accounts of the electricity year deciders look ahead to.
        made: this year's production.
        belief: how far each owner believes announced policy, [W].
        season: this year's open season, if there was one.
        power: of the power plants.
        goods: of industry.
    """
    plants, industry = model.plants, model.industry
    outlook = _Outlook(signals, _hub_store_cost(model, season), thermal_intensity(plants, forward))
    at = np.flatnonzero(power.feasible[:, 1])
    if at.size:
        rows, rate = power.decider[at], power.rate[at, 1]
        project = capture_project(plants, signals, forward, rows, rate, belief)
        running = capture_running(plants, signals, forward, rows, rate, belief)
        grant = signals.capture_grant_share[plants.province[rows], ELECTRICITY]
        terms = _terms(model, outlook, plants, rows, project, running, grant)
        _enter(model, "PowerPlants", plants, rows, ("capture_retrofit",) * rows.size, terms)
    at, option = np.nonzero(goods.feasible[:, 1:-1] & (industry.data.options.capture_rate > 0.0))
    if at.size:
        rows, rate = goods.decider[at], goods.rate[at, option + 1]
        project = option_project(industry, signals, made, rows, option, rate, belief)
        running = option_running(industry, signals, made, rows, option)
        grant = signals.capture_grant_share[industry.province[rows], industry.sector[rows]]
        terms = _terms(model, outlook, industry, rows, project, running, grant)
        _enter(model, "Industry", industry, rows, tuple(industry.options[i + 1] for i in option), terms)


def _terms(
    model: "RegionModel",
    outlook: _Outlook,
    population: Population,
    rows: Integers,
    project: Projects,
    running: Running,
    grant_share: Floats,
) -> Callable[[], CaptureTerms]:
    """Return what works the terms out: the year's arrays are kept, and most runs are never asked for them."""
    return partial(
        capture_terms,
        outlook.signals,
        model.inputs.region.co2,
        project,
        running,
        grant_share=grant_share,
        sites=population.sites(rows),
        contracted=population.contract_tco2[rows] > 0.0,
        hub_store_cost_cny_per_tco2=outlook.hub_store_cost_cny_per_tco2,
        replaced_tco2_per_mwh=outlook.thermal_tco2_per_mwh[project.province],
    )


def _enter(
    model: "RegionModel",
    kind: str,
    population: Population,
    rows: Integers,
    options: tuple[str, ...],
    terms: Callable[[], CaptureTerms],
) -> None:
    model.ledger.add_capture(CaptureEntry(model.year, kind, population.ids, rows, options, terms))


def _hub_store_cost(model: "RegionModel", season: Season | None) -> Floats:
    """Return what of each hub's tariff goes to its stores, those of lines it has just been promised included [H]."""
    cost, spent, carried = model.inputs.region.co2.stores.cost_cny_per_tco2, [], []
    for hub in model.hubs:
        more = float(season.added_tco2[hub.row]) if season is not None else 0.0
        store = int(season.store[hub.row]) if season is not None else 0
        spent.append(hub.store_cost_cny_per_tco2 * hub.capacity_tco2 + float(cost[store]) * more)
        carried.append(hub.capacity_tco2 + more)
    return np.array(spent) / np.maximum(np.array(carried), 1.0)

"""The capture side of the decision ledger: what the cost terms of each capture project follow from."""

import numpy as np

from tanlu.co2.hubs import CO2Hub
from tanlu.core.arrays import Floats
from tanlu.core.signals import Signals
from tanlu.investment.population import Appraisal
from tanlu.kernels.co2.open_season import Season
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.decisions import CaptureEntry
from tanlu.power.state import thermal_intensity
from tanlu.region.co2 import CO2Data
from tanlu.simulation.actors import Actors


def capture_entries(
    signals: Signals,
    expected_accounts: PlantAccounts,
    season: Season | None,
    actors: Actors,
    power: Appraisal,
    goods: Appraisal,
) -> tuple[CaptureEntry, ...]:
    """Return the capture projects of two appraisals as entries of the ledger; to be called before anything starts.

    Args:
        signals: those that the appraisals were made at.
        expected_accounts: plants' accounts of the expected year.
        season: this year's open season, if there was one.
        actors: the agents.
        power: appraisal of the power plants.
        goods: of industry.
    """
    data = actors.plants.region.co2
    store_cost = _hub_store_cost(data, actors.hubs, season)
    intensity = thermal_intensity(actors.plants, expected_accounts)
    return tuple(
        CaptureEntry(
            year=signals.year,
            kind=emitters.kind,
            appraisal=appraisal,
            considered=appraisal.capture,
            ids=emitters.ids,
            signals=signals,
            co2=data,
            hub_store_cost_cny_per_tco2=store_cost,
            thermal_tco2_per_mwh=intensity,
        )
        for emitters, appraisal in ((actors.plants, power), (actors.industry, goods))
        if appraisal.capture is not None
    )


def _hub_store_cost(data: CO2Data, hubs: list[CO2Hub], season: Season | None) -> Floats:
    """Return what of each hub's tariff goes to its stores, those of lines it has just been promised included [H]."""
    cost, spent, carried = data.stores.cost_cny_per_tco2, [], []
    for hub in hubs:
        more = float(season.added_tco2[hub.row]) if season is not None else 0.0
        store = int(season.store[hub.row]) if season is not None else 0
        spent.append(hub.store_cost_cny_per_tco2 * hub.capacity_tco2 + float(cost[store]) * more)
        carried.append(hub.capacity_tco2 + more)
    return np.array(spent) / np.maximum(np.array(carried), 1.0)

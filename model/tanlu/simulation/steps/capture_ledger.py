"""The capture side of the decision ledger: what the cost terms of each capture project follow from."""

from typing import TYPE_CHECKING

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.signals import Signals
from tanlu.investment.population import Appraisal
from tanlu.kernels.co2.open_season import Season
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.decisions import CaptureEntry
from tanlu.power.state import thermal_intensity

if TYPE_CHECKING:
    from tanlu.simulation.model import RegionModel


def note_capture(
    model: "RegionModel",
    signals: Signals,
    forward: PlantAccounts,
    season: Season | None,
    power: Appraisal,
    goods: Appraisal,
) -> None:
    """Enter the capture projects of two appraisals into the ledger, before anything starts.

    Args:
        model: the region.
        signals: those that the appraisals were made at.
        forward: plants' accounts of the electricity year deciders look ahead to.
        season: this year's open season, if there was one.
        power: of the power plants.
        goods: of industry.
    """
    made = (("PowerPlants", model.plants.ids, power), ("Industry", model.industry.ids, goods))
    store_cost, intensity = _hub_store_cost(model, season), thermal_intensity(model.plants, forward)
    for kind, ids, appraisal in made:
        if appraisal.capture is not None:
            model.ledger.add_capture(
                CaptureEntry(
                    year=model.year,
                    kind=kind,
                    appraisal=appraisal,
                    considered=appraisal.capture,
                    ids=ids,
                    signals=signals,
                    co2=model.inputs.region.co2,
                    hub_store_cost_cny_per_tco2=store_cost,
                    thermal_tco2_per_mwh=intensity,
                )
            )


def _hub_store_cost(model: "RegionModel", season: Season | None) -> Floats:
    """Return what of each hub's tariff goes to its stores, those of lines it has just been promised included [H]."""
    cost, spent, carried = model.inputs.region.co2.stores.cost_cny_per_tco2, [], []
    for hub in model.hubs:
        more = float(season.added_tco2[hub.row]) if season is not None else 0.0
        store = int(season.store[hub.row]) if season is not None else 0
        spent.append(hub.store_cost_cny_per_tco2 * hub.capacity_tco2 + float(cost[store]) * more)
        carried.append(hub.capacity_tco2 + more)
    return np.array(spent) / np.maximum(np.array(carried), 1.0)

"""The record of gas units: why they run, and what gas they paid for and did not burn."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.units import HOURS_PER_YEAR
from tanlu.power.plants import PowerPlants
from tanlu.power.state import GAS
from tanlu.records.happened import YearOutcome

# Why a gas unit runs: for heat or its own works, by take-or-pay contract, or because the price pays for all its fuel.
GAS_REASONS = ("heat_and_works", "contract", "market")


class GasRecord(NamedTuple):
    """What gas units generate, by reason, and contracted gas."""

    output_mwh: Floats  # [P, GAS_REASONS]
    unburnt_gj: Floats  # [P] paid for by contract


def measure_gas(year: YearOutcome, plants: PowerPlants) -> GasRecord:
    """Measure gas units.

    Units decided this year come later.
    """
    offer, sold, n = year.power.offer, year.power.units.output_mwh, year.plants.output_mwh.size
    province, provinces = plants.province[:n], year.power.load_mwh.size
    is_contract = np.append(offer.rows[:-1] == offer.rows[1:], [False])
    contract = sum_by_group(offer.rows, sold * is_contract, n)
    market = sum_by_group(offer.rows, sold * ~is_contract, n) * (plants.fuel[:n] == GAS)
    obliged = np.maximum(year.plants.output_mwh - contract - market, 0.0) * (plants.fuel[:n] == GAS)
    paid_mwh = sum_by_group(offer.rows, offer.capacity_mw * is_contract, n) * HOURS_PER_YEAR
    captures = plants.capture_year[:n] <= year.signals.year
    own_use = plants.region.power.technologies.capture.energy_penalty[GAS] * captures
    unburnt = np.maximum(paid_mwh - contract, 0.0) * plants.net_heat_rate_gj_per_mwh[:n] / (1.0 - own_use)
    return GasRecord(
        output_mwh=np.stack(
            [sum_by_group(province, mwh, provinces) for mwh in (obliged, contract, market)], axis=1
        ),
        unburnt_gj=sum_by_group(province, unburnt, provinces),
    )

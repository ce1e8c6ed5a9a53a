"""By how much capacity exceeds what is asked in the tightest hour of a year."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tanlu.compilation.decorators import kernel

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class FirmUnits(NamedTuple):
    """Thermal units above must-run; axes unit U, month M."""

    zone: Integers  # [U]
    capacity_mw: Floats  # [U]
    availability: Floats  # [U, M] share of capacity


@kernel
def measure_nameplate_margin(
    units: FirmUnits,
    must_run_mw: Floats,
    load_mw: Floats,
    natural_mw: Floats,
    reservoir_maximum_mw: Floats,
    storage_mw: Floats,
    neighbour_mw: Floats,
    committed_mw: Floats,
) -> Floats:
    """Measure the nameplate margin of each zone, f8[Z].

    It is spare capacity in the tightest hour over peak load. Counted are thermal units at the month's availability,
    reservoirs at their greatest output, storage at full power, what nature gives in that hour and what neighbours can
    send, less contracts; not counted is what can be shed or what exports can be curtailed. The other zone helps by
    contract only. A zone without load has a margin of 0.

    Args:
        units: of the offer.
        must_run_mw: f8[Z, M].
        load_mw: f8[Z, M, D, H].
        natural_mw: f8[N, Z, M, H] by source.
        reservoir_maximum_mw: f8[Z, M].
        storage_mw: f8[Z].
        neighbour_mw: f8[Z, M].
        committed_mw: f8[Z, M] contracts out of the zone.
    """
    zones, months, days, hours = load_mw.shape
    thermal, margin = np.zeros((zones, months)), np.zeros(zones)
    for u in range(units.zone.size):
        for m in range(months):
            thermal[units.zone[u], m] += units.capacity_mw[u] * units.availability[u, m]
    for z in range(zones):
        tightest_mw, peak = np.inf, 0.0
        for m in range(months):
            steady = thermal[z, m] + (reservoir_maximum_mw[z, m] - committed_mw[z, m])
            steady += must_run_mw[z, m] + storage_mw[z] + neighbour_mw[z, m]
            for h in range(hours):
                natural = 0.0
                for n in range(natural_mw.shape[0]):
                    natural += natural_mw[n, z, m, h]
                for d in range(days):
                    tightest_mw = min(tightest_mw, steady + natural - load_mw[z, m, d, h])
                    peak = max(peak, load_mw[z, m, d, h])
        margin[z] = tightest_mw / peak if peak > 0.0 else 0.0
    return margin

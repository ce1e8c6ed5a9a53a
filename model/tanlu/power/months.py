"""The months of a cleared electricity year as a table: what each source gave, where power went, and its price."""

from collections.abc import Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import THERMAL_FUELS
from tanlu.core.units import MWH_PER_GWH
from tanlu.power.hours import NATURAL_SOURCES, ClearedHours, sources_mw

FLOWS = (
    "discharge",
    "import",
    "agents_supply",
    "shed",
    "unserved",
    "agents_load",
    "charge",
    "export",
    "flow",
)
SOURCES = (*THERMAL_FUELS, *NATURAL_SOURCES, "reservoir")


def month_rows(cleared: ClearedHours, provinces: Sequence[str]) -> dict[str, np.ndarray]:
    """Build the rows of the table of months, in GWh and CNY/MWh.

    There is one for each province and month. thermal + nature + reservoir + discharge + import + agents_supply + shed +
    unserved = load + agents_load + charge + export + flow + surplus.

    Args:
        cleared: the year.
        provinces: their names [P].
    """
    shape, weight = cleared.price_cny_per_mwh.shape, cleared.hours.day_weight[:, :, None]
    megawatts = sources_mw(cleared)
    fed, surplus = _feed_in(megawatts)
    values = {
        "load": megawatts["load"],
        **{name: fed.get(name, megawatts[name]) for name in (*SOURCES, *FLOWS)},
    }
    values |= {"curtailed": megawatts["curtailed"] - surplus, "surplus": surplus}
    gwh = {
        f"{name}_gwh": (np.broadcast_to(mw, shape) * weight).sum(axis=(2, 3)).ravel() / MWH_PER_GWH
        for name, mw in values.items()
    }
    payment = (cleared.price_cny_per_mwh * megawatts["load"] * weight).sum(axis=(2, 3)).ravel() / MWH_PER_GWH
    province, month = (axis.ravel() for axis in np.indices(shape[:2]))
    return {
        "year": np.full(province.size, cleared.year),
        "province": np.array(provinces, dtype=object)[province],
        "month": month + 1,
        "price_cny_per_mwh": payment / np.maximum(gwh["load_gwh"], 1e-9),
        **gwh,
        **{
            f"{name}_gwh": np.ravel(energy) / MWH_PER_GWH
            for name, energy in (
                ("reservoir_inflow", cleared.stores.inflow_mwh),
                ("stored", cleared.stores.level_mwh),
                ("lowest_stored", cleared.stores.lowest_mwh),
                ("highest_stored", cleared.stores.highest_mwh),
            )
        },
        "water_value_cny_per_mwh": cleared.stores.value_cny_per_mwh.ravel(),
    }


def _feed_in(megawatts: Mapping[str, Floats]) -> tuple[dict[str, Floats], Floats]:
    """Compute the feed-in of natural sources, and the surplus beyond all use.

    The surplus is of must-run and contracts. Rivers are curtailed first, then the others in proportion.
    """
    rivers, *other_sources = NATURAL_SOURCES
    excess = megawatts["curtailed"]
    river_loss = np.minimum(excess, megawatts[rivers])
    other_mw = np.sum([megawatts[name] for name in other_sources], axis=0)
    share = np.minimum((excess - river_loss) / np.maximum(other_mw, 1e-9), 1.0)
    fed = {name: megawatts[name] * (1.0 - share) for name in other_sources}
    return fed | {rivers: megawatts[rivers] - river_loss}, np.maximum(excess - river_loss - other_mw, 0.0)

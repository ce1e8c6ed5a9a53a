"""The months of a cleared electricity year as a table: what each source gave, where power went, and its price."""

from collections.abc import Mapping, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import THERMAL_FUELS
from tanlu.core.units import MWH_PER_GWH
from tanlu.power.hours import NATURAL_SOURCES, ClearedHours, sources_mw

FLOWS = ("discharge", "import", "shed", "unserved", "charge", "export", "flow")
SOURCES = (*THERMAL_FUELS, *NATURAL_SOURCES, "reservoir")


def month_rows(cleared: ClearedHours, provinces: Sequence[str]) -> dict[str, np.ndarray]:
    """Return one row per province and month, in GWh and CNY/MWh.

    thermal + nature + reservoir + discharge + import + shed + unserved = load + charge + export + flow + surplus.

    Args:
        cleared: the year.
        provinces: their names [P].
    """
    shape, weight = cleared.price_cny_per_mwh.shape, cleared.hours.day_weight[:, :, None]
    megawatts = sources_mw(cleared)
    fed, surplus = _fed_in(megawatts)
    values = {
        "load": megawatts["load"],
        **{name: fed.get(name, megawatts[name]) for name in (*SOURCES, *FLOWS)},
    }
    values |= {"curtailed": megawatts["curtailed"] - surplus, "surplus": surplus}
    gwh = {
        f"{name}_gwh": (np.broadcast_to(mw, shape) * weight).sum(axis=(2, 3)).ravel() / MWH_PER_GWH
        for name, mw in values.items()
    }
    paid = (cleared.price_cny_per_mwh * megawatts["load"] * weight).sum(axis=(2, 3)).ravel() / MWH_PER_GWH
    province, month = (axis.ravel() for axis in np.indices(shape[:2]))
    return {
        "year": np.full(province.size, cleared.year),
        "province": np.array(provinces, dtype=object)[province],
        "month": month + 1,
        "price_cny_per_mwh": paid / np.maximum(gwh["load_gwh"], 1e-9),
        **gwh,
    }


def _fed_in(megawatts: Mapping[str, Floats]) -> tuple[dict[str, Floats], Floats]:
    """Return what nature's sources feed in, and what must-run and contracts bring beyond all use.

    Rivers are curtailed first, then the others in proportion.
    """
    rivers, *others = NATURAL_SOURCES
    over = megawatts["curtailed"]
    lost = np.minimum(over, megawatts[rivers])
    rest = np.sum([megawatts[name] for name in others], axis=0)
    share = np.minimum((over - lost) / np.maximum(rest, 1e-9), 1.0)
    fed = {name: megawatts[name] * (1.0 - share) for name in others}
    return fed | {rivers: megawatts[rivers] - lost}, np.maximum(over - lost - rest, 0.0)

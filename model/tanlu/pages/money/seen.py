"""Payments as each party sees them: what is paid for CO2 by whom, and for electricity by other provinces."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core import parties
from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.axes import GAS_FUELS

SECTORS_TOLD = ("steel", "cement", "aluminium", "chemicals", "refining", "gas_processing")
THERMAL_TOLD = {"coal": ("power_coal",), "gas": tuple(f"power_{fuel}" for fuel in GAS_FUELS)}
INDUSTRY_TOLD = {one: (f"industry_{one}",) for one in SECTORS_TOLD}


def _others(of: Sequence[str], told: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(one for one in of if not any(one in names for names in told.values()))


# Who pays for CO2, as the table of who bears what tells them apart.
CARBON_PAYERS = {
    **THERMAL_TOLD,
    "other_power": _others(parties.GENERATORS, THERMAL_TOLD),
    **INDUSTRY_TOLD,
    "other_industry": _others(parties.FACILITIES, INDUSTRY_TOLD),
    "small_industry": (parties.SMALL_INDUSTRY,),
    "households": (parties.HOUSEHOLDS,),
    "services": (parties.SERVICES,),
    "farms": (parties.AGRICULTURE,),
}
TRADED = ("electricity_exports", "electricity_imports")  # with other provinces


class Seen(NamedTuple):
    """Every payment twice: as its payer sees it, and with a minus as its payee does; N of these."""

    row: Integers  # [N] draw and year
    bn_cny: Floats  # [N]
    mine: Integers  # [N] position in `names`
    other: Integers  # [N]
    item: Integers  # [N] position in `items`
    names: tuple[str, ...]
    items: tuple[str, ...]

    def of_items(self, *items: str) -> Booleans:
        """Return which payments are for some items [N]."""
        return np.array([one in items for one in self.items], bool)[self.item]

    def places(self, of: Callable[[str], int]) -> tuple[Integers, Integers]:
        """Return a number of who sees a payment, and of the other one, from each party's name [N]."""
        number = np.array([of(one) for one in self.names], np.int64)
        return number[self.mine], number[self.other]


def seen_by_party(flows: pd.DataFrame, row: Integers, bn_cny: Floats) -> Seen:
    """Return payments as both sides see them; `row` numbers draw and year."""
    both = pd.concat([flows["payer"].astype(str), flows["payee"].astype(str)], ignore_index=True)
    party, names = pd.factorize(both)
    item, items = pd.factorize(flows["item"].astype(str))
    half = len(flows)
    return Seen(
        np.tile(row, 2),
        np.concatenate([bn_cny, -bn_cny]),
        party,
        np.concatenate([party[half:], party[:half]]),
        np.tile(item, 2),
        tuple(names),
        tuple(items),
    )


def carbon_price(seen: Seen, provinces: Sequence[str], shape: tuple[int, int]) -> Floats:
    """Return what each of `CARBON_PAYERS` pays each province at the fixed price, bn CNY [R, Y, K, P]."""
    k, _ = seen.places(_payer)
    _, p = seen.places(lambda name: provinces.index(name) if name in provinces else -1)
    on = seen.of_items("carbon_price") & (k >= 0) & (p >= 0)
    cell = (seen.row * len(CARBON_PAYERS) + k) * len(provinces) + p
    size = (*shape, len(CARBON_PAYERS), len(provinces))
    return sum_by_group(cell[on], seen.bn_cny[on], int(np.prod(size))).reshape(size)


def allowances(seen: Seen, shape: tuple[int, int]) -> Floats:
    """Return what each of `CARBON_PAYERS` pays for allowances beyond its free ones, bn CNY [R, Y, K]."""
    k, _ = seen.places(_payer)
    on = seen.of_items("allowances_at_price") & (k >= 0)
    size = (*shape, len(CARBON_PAYERS))
    cell = seen.row * len(CARBON_PAYERS) + k
    return sum_by_group(cell[on], seen.bn_cny[on], int(np.prod(size))).reshape(size)


def power_trade(seen: Seen, shape: tuple[int, int]) -> Floats:
    """Return what other provinces pay for electricity less what they get for it, bn CNY [R, Y]."""
    mine, _ = seen.places(lambda name: int(name == parties.REST))
    on = seen.of_items(*TRADED) & (mine == 1)
    return sum_by_group(seen.row[on], seen.bn_cny[on], shape[0] * shape[1]).reshape(shape)


def _payer(name: str) -> int:
    return next((k for k, of in enumerate(CARBON_PAYERS.values()) if name in of), -1)

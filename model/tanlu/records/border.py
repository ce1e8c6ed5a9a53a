"""The record of the border: what crosses it by province and good, with its CO2; the only place that nets."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.outcomes import BorderTrade
from tanlu.markets.carbon import CarbonOutcome
from tanlu.power.grid_factor import GridYear
from tanlu.region.corridors import PowerCorridors
from tanlu.region.trade import VEHICLES

CONTRACTED, PRICED, BETWEEN = range(3)  # places of electricity on the axis of goods


class BorderGood(NamedTuple):
    """A good that crosses a province's border; quantities of which nobody knows are 0, and not counted."""

    name: str
    unit: str
    grade: str  # of its CO2
    is_counted_in: bool
    is_counted_out: bool


ELECTRICITY = (
    BorderGood("electricity by contract", "MWh", "C", is_counted_in=True, is_counted_out=True),
    BorderGood("electricity at neighbours' prices", "MWh", "C", is_counted_in=True, is_counted_out=True),
    BorderGood("electricity between provinces", "MWh", "B", is_counted_in=True, is_counted_out=True),
)


class FreedAllowances(NamedTuple):
    """Allowances of the national market that the region leaves to the rest of the country; axis C its classes.

    Under a cap the region's part is its fixed share of what the class gets, before one what it is given. What it does
    not need of its part others may use or bank. CO2 of imports from regions under the cap is within that, never added.
    """

    left_tco2: (
        Floats  # [C] the region's part, less what its emitters need; below zero where it takes from others
    )
    beyond_tco2: Floats  # [] the same of its sectors that are no class
    used_elsewhere_tco2: Floats  # [C] emissions of the rest of the country that need allowances

    @property
    def left_in_all_tco2(self) -> Floats:
        """What the region leaves to others in all, t [...]."""
        return np.asarray(self.left_tco2.sum(axis=-1) + self.beyond_tco2)


class BorderRecord(NamedTuple):
    """What crosses the provinces' borders; axis B the goods of `list_border_goods`.

    CO2 is that of the plants that run, or stand still, because a good crosses. Between provinces it is at the mean
    factor of the sender's grid on both sides, so that it cancels in the region.
    """

    quantity_in: Floats  # [P, B] MWh, t or vehicles
    quantity_out: Floats  # [P, B]
    tco2_in: Floats  # [P, B] emitted outside for what comes in
    tco2_out: Floats  # [P, B] that is not emitted outside for what goes out
    official_tco2_in: Floats  # [P, B] of electricity, at the mean factors of the senders' grids
    official_tco2_out: Floats  # [P, B] of electricity, at the mean factor of the province's own
    allowances: FreedAllowances

    @property
    def net_tco2(self) -> Floats:
        """Net CO2 that comes in, t [..., P]."""
        return np.asarray((self.tco2_in - self.tco2_out).sum(axis=-1))

    @property
    def electricity_net_tco2(self) -> Floats:
        """Net CO2 of electricity that comes in, t [..., P]."""
        rows = slice(len(ELECTRICITY))
        return np.asarray((self.tco2_in[..., rows] - self.tco2_out[..., rows]).sum(axis=-1))

    @property
    def goods_tco2_in(self) -> Floats:
        """CO2 of goods that come in, t [..., P, X]."""
        return self.tco2_in[..., len(ELECTRICITY) :]

    @property
    def goods_net_tco2(self) -> Floats:
        """Net CO2 of goods that come in, t [..., P, X]."""
        return self.goods_tco2_in - self.tco2_out[..., len(ELECTRICITY) :]

    @property
    def official_net_tco2(self) -> Floats:
        """Net CO2 of electricity that comes in, as officials count it, t [..., P].

        Source: method of the yearly review of provinces' CO2 per GRDP (docs/model/border.md).
        """
        return np.asarray((self.official_tco2_in - self.official_tco2_out).sum(axis=-1))


class GoodsTraded(NamedTuple):
    """Goods that leave the country, and products for users here that are made elsewhere; X products, then vehicles."""

    quantity_in: Floats  # [P, X] t; of vehicles nobody knows
    quantity_out: Floats  # [P, X] t of products, then vehicles
    tco2_per_unit: Floats  # [X] of the usual process, which makes them elsewhere


def list_border_goods(trade_goods: tuple[str, ...], export_share: Floats) -> tuple[BorderGood, ...]:
    """List the goods of the record: electricity by way, then the goods of trade.

    Args:
        trade_goods: names, as the pack has them.
        export_share: of output, [P, X].
    """
    is_sent = export_share.any(axis=0)
    goods = (
        BorderGood(
            name,
            "vehicles" if name == VEHICLES else "t",
            "C",
            is_counted_in=name != VEHICLES,
            is_counted_out=sent,
        )
        for name, sent in zip(trade_goods, is_sent.tolist(), strict=True)
    )
    return (*ELECTRICITY, *goods)


def measure_freed_allowances(carbon: CarbonOutcome) -> FreedAllowances:
    """Measure what the region leaves of the nation's allowances; nothing before the market opens."""
    nation, region, classes = carbon.national, carbon.region, carbon.classes
    if nation is None:
        none = np.zeros(classes.output.size)
        return FreedAllowances(none, np.zeros(()), none)
    of_cap = region.share * (nation.allowances_tco2 + nation.auctioned_tco2)
    part = np.where(nation.is_capped, of_cap, classes.free_tco2 + classes.sold_tco2)
    return FreedAllowances(
        left_tco2=np.where(nation.is_covered, part - classes.emissions_tco2, 0.0),
        beyond_tco2=np.array(region.beyond),
        used_elsewhere_tco2=np.where(nation.is_covered, nation.emissions_tco2 - classes.emissions_tco2, 0.0),
    )


def measure_border(
    grid: GridYear,
    trade: BorderTrade,
    export_mwh: Floats,
    corridors: PowerCorridors,
    goods: GoodsTraded,
    allowances: FreedAllowances,
) -> BorderRecord:
    """Measure what crosses the border (docs/model/border.md).

    Args:
        grid: imports of electricity and the provinces' factors.
        trade: with neighbours.
        export_mwh: that leaves the region, net [P].
        corridors: of the pack.
        goods: other than electricity.
        allowances: that the region leaves to others.
    """
    imported, factor = grid.imported, grid.factor_tco2_per_mwh
    received_mwh, outside_mwh = imported.received_mwh, imported.outside_mwh(corridors)
    shape = len(factor), len(ELECTRICITY) + goods.tco2_per_unit.size
    crossing = len(BorderRecord._fields) - 1
    record = BorderRecord._make([*np.zeros((crossing, *shape)), allowances])
    record.quantity_in[:, CONTRACTED] = outside_mwh - trade.bought_mwh
    record.quantity_in[:, PRICED] = trade.bought_mwh
    record.quantity_in[:, BETWEEN] = received_mwh.sum(axis=1)
    # The difference is what contracts take, and rounding where there is none.
    record.quantity_out[:, CONTRACTED] = np.maximum(export_mwh + outside_mwh - trade.sold_mwh, 0.0)
    record.quantity_out[:, PRICED] = trade.sold_mwh
    record.quantity_out[:, BETWEEN] = received_mwh.sum(axis=0)
    record.quantity_in[:, len(ELECTRICITY) :] = goods.quantity_in
    record.quantity_out[:, len(ELECTRICITY) :] = goods.quantity_out
    record.tco2_in[:, CONTRACTED] = trade.contract_tco2
    record.tco2_in[:, PRICED] = trade.bought_tco2
    record.tco2_out[:, CONTRACTED] = trade.contract_avoided_tco2
    record.tco2_out[:, PRICED] = trade.sold_avoided_tco2
    record.tco2_in[:, len(ELECTRICITY) :] = goods.quantity_in * goods.tco2_per_unit
    record.tco2_out[:, len(ELECTRICITY) :] = goods.quantity_out * goods.tco2_per_unit
    record.official_tco2_in[:, CONTRACTED] = imported.outside_tco2 - trade.bought_official_tco2
    record.official_tco2_in[:, PRICED] = trade.bought_official_tco2
    between_in, between_out = (received_mwh * factor).sum(axis=1), record.quantity_out[:, BETWEEN] * factor
    record.tco2_in[:, BETWEEN] = record.official_tco2_in[:, BETWEEN] = between_in
    record.tco2_out[:, BETWEEN] = between_out
    record.official_tco2_out[:, : len(ELECTRICITY)] = (
        record.quantity_out[:, : len(ELECTRICITY)] * factor[:, None]
    )
    return record

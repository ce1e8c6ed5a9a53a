"""Exchange with the rest of the country and between the provinces, as arrays."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import MONTHS, SEASONS, Axes
from tanlu.core.units import MWH_PER_GWH
from tanlu.region.balance import corridor_gwh, residual_gwh
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.tables import DATA_YEARS, Tables, codes, interpolate, numbers, texts, year_index


class ContractedImports(NamedTuple):
    """Lines that bring power from other regions by contract; axis I."""

    mw: Floats  # [year, I, month] delivered
    names: tuple[str, ...]
    zone: Integers  # [I] province where the line ends
    tco2_per_mwh: Floats  # [year, I] official factor of the sender's grid
    neighbour: Integers  # [I] that sends


class BorderLines(NamedTuple):
    """Lines by which the region trades with neighbours by price, in one direction; axis X."""

    zone: Integers  # [X] province where it ends in the region
    neighbour: Integers  # [X] at its other end
    room_mw: Floats  # [year, X, month] usable, less what a contract takes of the same line
    loss_share: Floats  # [X] of what is sent
    charge_cny_per_mwh: Floats  # [X] of the line and the grid before it
    tco2_per_mwh: (
        Floats  # [year, X] official factor of the grid where it begins; 0 where that is the region's
    )


class PowerCorridors(NamedTuple):
    """Exchange with the rest of the country and between the provinces."""

    contract_mw: Floats  # [year, P, month] net contracted export out of the region, negative = import
    residual_mw: Floats  # [year, P, month] the part of it that no line carries: it closes observed balances
    export_mw: Floats  # [year, L, month] the part of it that each line of exports carries
    export_loss_share: Floats  # [L] on the way, borne by who receives
    export_firm_share: Floats  # [L] of it, sent at any price outside observed years
    export_names: tuple[str, ...]  # [L]
    export_zone: Integers  # [L] province where the line begins
    export_neighbour: Integers  # [L] that receives
    imports: ContractedImports
    season: Integers  # [month] position in SEASONS
    line_zones: Integers  # [line, 2] provinces that lines join, in their order; a pair is one line
    internal_mw: Floats  # [year, line, month] contracted flow from the first end to the second
    line_mw: Floats  # [year, line, month] usable either way
    line_loss_share: Floats  # [year, line] of what flows
    purchases: BorderLines  # from neighbours
    sales: BorderLines  # to neighbours

    def internal_sent_mw(self, t: int, province: int) -> Floats:
        """Sum what a province sends by contract to others, MW [month]; negative where it comes in."""
        sign = np.subtract(*(self.line_zones == province).T, dtype=float)
        sent_mw: Floats = (sign[:, None] * self.internal_mw[t]).sum(axis=0)
        return sent_mw


def read_corridors(tables: Tables, settings: Mapping[str, Any], axes: Axes) -> PowerCorridors:
    """Assemble the corridors of a pack: lines, past and expected energy."""
    table = tables["corridors"]
    internal, bought, sold, import_rows = (
        table[table["kind"] == kind]
        for kind in ("internal", "price_responsive_import", "price_responsive_export", "contract_import")
    )
    months = np.zeros(MONTHS)
    months[[m - 1 for m in settings["wet_months"]]] = 1.0
    export_rows = table[table["kind"] == "contract_export"].set_index("corridor_id", drop=False)
    export_rows = export_rows.loc[list(axes.export_lines)]
    lines = _read_lines(tables, internal, axes.provinces)
    export, export_zone = (
        _contracts_mw(tables, export_rows),
        codes(export_rows["from_region"], axes.provinces),
    )
    imports = _imports(tables, import_rows, axes.provinces)
    residual, provinces = _residual_mw(tables, axes.provinces), len(axes.provinces)
    return PowerCorridors(
        contract_mw=_sum_by_zone(export, export_zone, provinces)
        - _sum_by_zone(imports.mw, imports.zone, provinces)
        + residual,
        residual_mw=residual,
        export_mw=export,
        export_loss_share=numbers(export_rows, "loss_share"),
        export_firm_share=_firm_share(export_rows),
        export_names=texts(export_rows, "name_en"),
        export_zone=export_zone,
        export_neighbour=_read_neighbour(tables, export_rows),
        imports=imports,
        season=np.where(months > 0.0, SEASONS.index("wet"), SEASONS.index("dry")),
        line_zones=lines.zones,
        internal_mw=np.clip(lines.contract_mw, -lines.usable_mw, lines.usable_mw),
        line_mw=lines.usable_mw,
        line_loss_share=lines.loss_share,
        purchases=_read_border(
            tables,
            bought,
            codes(bought["to_region"], axes.provinces),
            np.ones(MONTHS),
            _sender_tco2_per_mwh(tables, bought),
        ),
        sales=_read_border(
            tables,
            sold,
            codes(sold["from_region"], axes.provinces),
            months,
            np.zeros((DATA_YEARS.size, len(sold))),
        ),
    )


class _Lines(NamedTuple):
    """Pairs of provinces that corridors join."""

    zones: Integers  # [line, 2]
    contract_mw: Floats  # [year, line, month] from the first end to the second
    usable_mw: Floats  # [year, line, month]
    loss_share: Floats  # [year, line]


def _read_lines(tables: Tables, rows: pd.DataFrame, provinces: Sequence[str]) -> _Lines:
    """Join the corridors between the same two provinces to a line, in the order of the table."""
    ends = np.stack([codes(rows["from_region"], provinces), codes(rows["to_region"], provinces)], axis=1)
    pairs = list(dict.fromkeys(map(tuple, np.sort(ends, axis=1).tolist())))
    contracts_mw = _contracts_mw(tables, rows) * np.where(ends[:, 0] < ends[:, 1], 1.0, -1.0)[:, None]
    shape = (DATA_YEARS.size, len(pairs))
    contract_mw, usable_mw, loss_share = (
        np.zeros((*shape, MONTHS)),
        np.zeros((*shape, MONTHS)),
        np.zeros(shape),
    )
    for line, pair in enumerate(pairs):
        is_of_pair = (np.sort(ends, axis=1) == pair).all(axis=1)
        contract_mw[:, line] = contracts_mw[:, is_of_pair].sum(axis=1)
        usable_mw[:, line] = available_mw(rows[is_of_pair]).sum(axis=1)[:, None]
        loss_share[:, line] = _mean_loss_share(rows[is_of_pair])
    return _Lines(np.array(pairs, np.int64).reshape(-1, 2), contract_mw, usable_mw, loss_share)


def _mean_loss_share(rows: pd.DataFrame) -> Floats:
    """Average what corridors lose, by their usable MW [year]; 0 without any."""
    line_mw = available_mw(rows)
    lost_mw, total_mw = (line_mw * numbers(rows, "loss_share")).sum(axis=1), line_mw.sum(axis=1)
    return np.divide(lost_mw, total_mw, out=np.zeros(total_mw.size), where=total_mw > 0.0)


def _imports(tables: Tables, rows: pd.DataFrame, provinces: Sequence[str]) -> ContractedImports:
    return ContractedImports(
        mw=_contracts_mw(tables, rows),
        names=texts(rows, "name_en"),
        zone=codes(rows["to_region"], provinces),
        tco2_per_mwh=_sender_tco2_per_mwh(tables, rows),
        neighbour=_read_neighbour(tables, rows),
    )


def _read_neighbour(tables: Tables, rows: pd.DataFrame) -> Integers:
    """Find the neighbour at the other end of each corridor [row]."""
    return codes(rows["neighbour"], tuple(dict.fromkeys(tables["neighbours"]["neighbour"])))


def _read_border(
    tables: Tables, rows: pd.DataFrame, zone: Integers, months: Floats, tco2_per_mwh: Floats
) -> BorderLines:
    """Assemble the lines of trade by price in one direction.

    Args:
        tables: of the pack.
        rows: of its corridors.
        zone: province where each ends.
        months: 1 in months in which there is trade, else 0 [month].
        tco2_per_mwh: of the grid where it begins [year, row].
    """
    table, contract_mw = tables["corridors"], np.zeros((DATA_YEARS.size, len(rows), MONTHS))
    for i, name in enumerate(texts(rows, "shares_line_with")):
        if name:
            contract_mw[:, i] = _contracts_mw(tables, table[table["corridor_id"] == name]).sum(axis=1)
    return BorderLines(
        zone=zone,
        neighbour=_read_neighbour(tables, rows),
        room_mw=np.maximum(available_mw(rows)[:, :, None] - contract_mw, 0.0) * months,
        loss_share=numbers(rows, "loss_share"),
        charge_cny_per_mwh=numbers(rows, "charge_cny_per_mwh"),
        tco2_per_mwh=tco2_per_mwh,
    )


def _sender_tco2_per_mwh(tables: Tables, rows: pd.DataFrame) -> Floats:
    """Interpolate the grid factor at each corridor's start [year, row].

    Linear between its years, flat outside.
    """
    table, factors = tables["grid_factors"], np.zeros((DATA_YEARS.size, len(rows)))
    for i, sender in enumerate(rows["from_region"]):
        sender_rows = table[table["region"] == sender].sort_values("year")
        factors[:, i] = np.interp(
            DATA_YEARS, numbers(sender_rows, "year"), numbers(sender_rows, "factor_tco2_per_mwh")
        )
    return factors


def available_mw(rows: pd.DataFrame) -> Floats:
    """Compute the usable MW of each corridor [year, row]."""
    years, first = DATA_YEARS[:, None], numbers(rows, "from_year")
    last = numbers(rows, "until_year", np.inf)
    return np.where((years >= first) & (years <= last), numbers(rows, "usable_mw"), 0.0)


def _firm_share(export_rows: pd.DataFrame) -> Floats:
    """Read the share of exports sent at any price [L]."""
    share = numbers(export_rows, "firm_share", np.nan)
    if not ((share >= 0.0) & (share <= 1.0)).all():
        raise ValueError("corridors: every contract_export needs a firm_share from 0 to 1")
    return share


def _sum_by_zone(line_mw: Floats, zone: Integers, provinces: int) -> Floats:
    """Sum lines [year, L, month] by province [year, P, month]."""
    total = np.zeros((line_mw.shape[0], provinces, MONTHS))
    for line, p in enumerate(zone):
        total[:, p] += line_mw[:, line]
    return total


def _contracts_mw(tables: Tables, rows: pd.DataFrame) -> Floats:
    """Compute flows of corridors, MW [year, row, month].

    The book's years first, then the energy that is expected.
    """
    book, expected = tables["power_balance"], tables["corridor_energy"]
    carried_gwh, is_open = corridor_gwh(book), available_mw(rows) > 0.0
    mw = np.zeros((DATA_YEARS.size, len(rows), MONTHS))
    for i, (corridor, group) in enumerate(zip(rows["corridor_id"], rows["group"], strict=True)):
        gwh = {year: value for (name, year), value in carried_gwh.items() if name == corridor}
        corridor_rows = expected[expected["corridor_id"] == corridor]
        gwh |= dict(
            zip(corridor_rows["year"].astype(int), corridor_rows["energy_gwh"].astype(float), strict=True)
        )
        years = sorted(gwh)
        energy = interpolate(np.array(years, dtype=float), np.array([gwh[year] for year in years]))
        mw[:, i] = (
            (energy * is_open[:, i])[:, None] * MWH_PER_GWH * _shares(tables, str(group)) / HOURS_IN_MONTH
        )
    return mw


def _shares(tables: Tables, group: str) -> Floats:
    """Compute monthly shares of a group's yearly energy [year, month].

    Observed where the pack has them; even over the hours where it has no shapes.
    """
    if tables["corridor_shape"].empty:
        return np.tile(HOURS_IN_MONTH / HOURS_IN_MONTH.sum(), (DATA_YEARS.size, 1))
    usual, observed = (
        _select_group(tables[name], group) for name in ("corridor_shape", "corridor_shape_observed")
    )
    shares = np.tile(usual["share_of_year"][np.argsort(usual["month"])], (DATA_YEARS.size, 1))
    for year in np.unique(observed["year"]):
        in_year = observed["year"] == year
        shares[year_index(int(year))] = observed["share_of_year"][in_year][
            np.argsort(observed["month"][in_year])
        ]
    return shares


def _select_group(table: pd.DataFrame, group: str) -> dict[str, Floats]:
    """Select the figures of a group's rows by column."""
    in_group = table["group"].to_numpy(object) == group
    columns = (name for name in ("year", "month", "share_of_year") if name in table)
    return {name: table[name].to_numpy(float)[in_group] for name in columns}


def _residual_mw(tables: Tables, provinces: Sequence[str]) -> Floats:
    """Spread residuals of observed balances, MW [year, P, month].

    Over the months as the province's first contract, evenly over the hours without one.
    """
    table, gwh = tables["corridors"], residual_gwh(tables["power_balance"], provinces)
    mw = np.zeros((*gwh.shape, MONTHS))
    for p, province in enumerate(provinces):
        if gwh[:, p].any():
            contracts = table[table["group"].notna()]
            ends = (contracts["from_region"] == province) | (contracts["to_region"] == province)
            groups = contracts.loc[ends, "group"]
            even = HOURS_IN_MONTH / HOURS_IN_MONTH.sum()
            shares = even if groups.empty else _shares(tables, str(groups.iloc[0]))
            mw[:, p] = gwh[:, p, None] * MWH_PER_GWH * shares / HOURS_IN_MONTH
    return mw

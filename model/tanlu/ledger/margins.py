"""What power units earn and pay a kilowatt, term by term: in a year, and in the year they expect when they decide."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.units import KW_PER_MW
from tanlu.investment.population import Roster
from tanlu.kernels.power.units import PlantAccounts
from tanlu.ledger.columns import Column, Part, Text, constant_text, joined

# Costs are negative; all add up to the margin by which a unit decides on closing.
MARGIN_TERMS = (
    "energy",
    "feed_in",
    "own_use",
    "waste_fee",
    "heat",
    "premium",
    "capacity_payment",
    "captured_co2",
    "utilisation_cap",
    "fuel",
    "carbon",
    "capture",
    "operation",
    "fixed_operation",
)
BASES = ("year", "expected")  # what a unit lived through, and the expected year that it decides by
UNIT = "cny_per_kw_year"
NET_MW = "net_mw"  # in operation, by which means of years are weighed


class MarginEntry(NamedTuple):
    """Accounts of units, from which their margins are worked out when somebody asks; N all units, n those of rows."""

    year: int  # lived through, or of the decision
    basis: str  # of `BASES`
    roster: Roster  # of the whole population
    rows: Integers  # [n]
    accounts: PlantAccounts  # [N]
    net_mw: Floats  # [N] in operation
    fixed_cny: Floats  # [N] fixed operation, part of the accounts' operation
    captured_co2_cny: Floats  # [N] subsidy for and trade in captured CO2, outside the accounts


def margin_terms(entry: MarginEntry) -> Floats:
    """Compute the terms of each unit's margin [n, terms].

    In CNY per kW of net capacity and year.
    What emergency reserve is paid is no part of it: a unit that asks to close does not count on it.
    """
    a, rows = entry.accounts, entry.rows
    by_term = {
        "energy": a.revenue_cny + a.limit_payment_cny,
        "feed_in": a.feed_in_cny,
        "own_use": a.own_use_cny,
        "waste_fee": a.waste_fee_cny,
        "heat": a.heat_cny,
        "premium": a.premium_cny,
        "capacity_payment": a.capacity_payment_cny,
        "captured_co2": entry.captured_co2_cny,
        "utilisation_cap": -a.limit_payment_cny,
        "fuel": -a.fuel_cost_cny,
        "carbon": -a.carbon_cost_cny,
        "capture": -a.capture_cost_cny,
        "operation": -(a.operation_cost_cny - entry.fixed_cny),
        "fixed_operation": -entry.fixed_cny,
    }
    return np.stack([by_term[name][rows] for name in MARGIN_TERMS], axis=1) / _kw(entry)[:, None]


def margin_table(entries: Sequence[MarginEntry]) -> dict[str, Column]:
    """Return one row per thermal unit, year and basis as columns."""
    return joined([_NOTHING, *(_rows(entry) for entry in entries)])


def _rows(entry: MarginEntry) -> dict[str, Part]:
    terms = margin_terms(entry)
    reserve = entry.accounts.reserve_cny[entry.rows] / _kw(entry)
    deciders = Text(entry.roster.ids, entry.roster.positions[entry.rows])
    basis, net_mw = constant_text(entry.basis, entry.rows.size), entry.net_mw[entry.rows]
    return _columns(entry.year, deciders, basis, terms, reserve, net_mw)


def _columns(
    year: int, deciders: Text, basis: Text, terms: Floats, reserve: Floats, net_mw: Floats
) -> dict[str, Part]:
    return {
        "year": np.full(reserve.size, year),
        "decider": deciders,
        "basis": basis,
        **{f"{name}_{UNIT}": terms[:, k] for k, name in enumerate(MARGIN_TERMS)},
        f"margin_{UNIT}": terms.sum(axis=1),
        f"reserve_{UNIT}": reserve,
        NET_MW: net_mw,
    }


def _kw(entry: MarginEntry) -> Floats:
    """Return net capacity in operation, kW [n]."""
    kw: Floats = entry.net_mw[entry.rows] * KW_PER_MW
    return kw


_NOTHING = _columns(
    0, constant_text("", 0), constant_text("", 0), np.zeros((0, len(MARGIN_TERMS))), np.zeros(0), np.zeros(0)
)

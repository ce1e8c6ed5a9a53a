"""Offers of added agents to the electricity market: what they may say, and the same as arrays."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import CARRIERS, CUSTOMERS, DAY_TYPES, HOURS, MONTHS, SECTOR
from tanlu.core.signals import Signals
from tanlu.core.words.messages import MessagePart, build_message
from tanlu.inputs.diagnostics import nearest, printable, suggest
from tanlu.power.tariffs import grid_charge_cny_per_mwh
from tanlu.power.trades import AddedSupplies, FirmLoads, Load, LoadBids, Supply, TradeOffers
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.state.added import refuse
from tanlu.state.state import State

ELECTRICITY = SECTOR["electricity"]
FIRM, BY_MONTH = (MONTHS, DAY_TYPES, HOURS), (MONTHS,)


class OffersYear(NamedTuple):
    """What added agents offer this year, and in the year that everybody who decides expects."""

    current: TradeOffers
    expected: TradeOffers


class OfferTerms(NamedTuple):
    """What an offer is read with; axes P provinces, K classes of customers."""

    provinces: Sequence[str]
    grid_charge_cny_per_mwh: Floats  # [P, K]
    carbon_cny_per_tco2: Floats  # [P] of electricity
    price_cap_cny_per_mwh: float


class OfferAnswer(NamedTuple):
    """What an added agent answers, and the name of the method in a year for messages."""

    label: MessagePart
    offers: object


class _Row(NamedTuple):
    """An offer as numbers, which sort in one order however the agent listed them."""

    kind: int
    zone: int
    price_cny_per_mwh: float
    grid_charge_cny_per_mwh: float
    tco2_per_mwh: float
    carrier: int
    mw: tuple[float, ...]


def read_terms(region: Region, signals: Signals, state: State) -> OfferTerms:
    """Read what offers of a year are read with."""
    row, factor = year_index(signals.year), state.tariffs.regulation.grid_factor
    return OfferTerms(
        region.axes.provinces,
        grid_charge_cny_per_mwh(region.tariffs, row, factor),
        signals.carbon.carbon_cost_cny_per_tco2[:, ELECTRICITY],
        signals.prices.price_cap_cny_per_mwh,
    )


def read_offers(answers: Mapping[str, OfferAnswer], terms: OfferTerms) -> TradeOffers:
    """Read the answers of kinds as offers to the market.

    The order of kinds and of what each lists decides nothing. What has no megawatt is no offer; who offers nothing has
    a trade of nothing.

    Args:
        answers: by kind.
        terms: of the year.

    Raises:
        ExtensionError: if an answer is not what it should be.
    """
    kinds = tuple(sorted(answers))
    firm: list[_Row] = []
    bids: list[_Row] = []
    supplies: list[_Row] = []
    for kind, name in enumerate(kinds):
        label, offers = answers[name]
        if not isinstance(offers, list | tuple) or isinstance(offers, Load | Supply):
            raise refuse(label, build_message("offers_no_list", given=type(offers).__name__))
        for offer in offers:
            if isinstance(offer, Load):
                row = _read_load(label, kind, offer, terms)
                rows = bids if math.isfinite(row.price_cny_per_mwh) else firm
            elif isinstance(offer, Supply):
                row, rows = _read_supply(label, kind, offer, terms), supplies
            else:
                raise refuse(label, build_message("offers_no_list", given=type(offer).__name__))
            if any(row.mw):
                rows.append(row)
    return TradeOffers(
        kinds, _stack_firm(sorted(firm)), _stack_bids(sorted(bids)), _stack_supplies(sorted(supplies), terms)
    )


def _read_load(label: MessagePart, kind: int, load: Load, terms: OfferTerms) -> _Row:
    bid = load.bid_cny_per_mwh
    is_firm = isinstance(bid, float) and bid == math.inf
    if not is_firm:
        bid = read_number(label, load, "bid_cny_per_mwh")
        if bid > terms.price_cap_cny_per_mwh:
            values = {"given": f"{bid:g}", "cap": f"{terms.price_cap_cny_per_mwh:g}"}
            raise refuse(label, build_message("bid_beyond_cap", **values))
    zone = find_place(label, load, "province", terms.provinces)
    place = find_place(label, load, "customer_class", CUSTOMERS)
    charge = 0.0 if load.direct_connection else float(terms.grid_charge_cny_per_mwh[zone, place])
    megawatts = _read_mw(label, load, FIRM if is_firm else BY_MONTH)
    return _Row(kind, zone, bid, charge, 0.0, 0, megawatts)


def _read_supply(label: MessagePart, kind: int, supply: Supply, terms: OfferTerms) -> _Row:
    zone = find_place(label, supply, "province", terms.provinces)
    cost = read_number(label, supply, "cost_cny_per_mwh")
    tco2 = read_number(label, supply, "co2_t_per_mwh")
    carrier = find_place(label, supply, "carrier", CARRIERS)
    return _Row(kind, zone, cost, 0.0, tco2, carrier, _read_mw(label, supply, BY_MONTH))


def find_place(label: MessagePart, offer: NamedTuple, name: str, allowed: Sequence[str]) -> int:
    """Find the place of a name that an offer holds among those allowed."""
    offered_value = getattr(offer, name)
    if offered_value not in allowed:
        advice = suggest(
            nearest(str(offered_value), allowed), build_message("there_are", names=list(allowed))
        )
        values = {"field": name, "given": printable(str(offered_value)), "offer": type(offer).__name__}
        raise refuse(label, build_message("offer_no_name", **values, advice=advice))
    return allowed.index(offered_value)


def read_number(label: MessagePart, offer: NamedTuple, name: str) -> float:
    """Read a number that an offer holds; it is finite and not negative."""
    offered_value = getattr(offer, name)
    if (
        isinstance(offered_value, int | float | np.number)
        and math.isfinite(offered_value)
        and offered_value >= 0.0
    ):
        return float(offered_value)
    values = {"field": name, "given": printable(str(offered_value)), "offer": type(offer).__name__}
    raise refuse(label, build_message("offer_no_number", **values))


def _read_mw(label: MessagePart, offer: Load | Supply, shape: tuple[int, ...]) -> tuple[float, ...]:
    """Read the megawatts of an offer, which have one shape."""
    try:
        megawatts = np.asarray(offer.mw, dtype=float)
    except (TypeError, ValueError):
        megawatts = np.array(np.nan)
    values = {"offer": type(offer).__name__, "province": printable(str(offer.province))}
    if megawatts.shape != shape:
        text = {"shape": str(list(megawatts.shape)), "allowed": str(list(shape))}
        raise refuse(label, build_message("offer_shape", **values, **text))
    is_wrong = ~(np.isfinite(megawatts) & (megawatts >= 0.0))
    if is_wrong.any():
        offered_value = f"{megawatts[is_wrong].flat[0]:g}"
        raise refuse(
            label, build_message("offer_no_number", field="mw", given=offered_value, offer=values["offer"])
        )
    return tuple(megawatts.ravel().tolist())


def _column(rows: Sequence[_Row], name: str) -> Floats:
    return np.array([getattr(row, name) for row in rows], float)


def _stack_firm(rows: Sequence[_Row]) -> FirmLoads:
    return FirmLoads(
        _column(rows, "kind").astype(np.int64),
        _column(rows, "zone").astype(np.int64),
        _column(rows, "mw").reshape(len(rows), *FIRM),
        _column(rows, "grid_charge_cny_per_mwh"),
    )


def _stack_bids(rows: Sequence[_Row]) -> LoadBids:
    return LoadBids(
        _column(rows, "kind").astype(np.int64),
        _column(rows, "zone").astype(np.int64),
        _column(rows, "mw").reshape(len(rows), *BY_MONTH),
        _column(rows, "price_cny_per_mwh"),
        _column(rows, "grid_charge_cny_per_mwh"),
    )


def _stack_supplies(rows: Sequence[_Row], terms: OfferTerms) -> AddedSupplies:
    zone, tco2 = _column(rows, "zone").astype(np.int64), _column(rows, "tco2_per_mwh")
    carbon = terms.carbon_cny_per_tco2[zone] * tco2
    return AddedSupplies(
        _column(rows, "kind").astype(np.int64),
        zone,
        _column(rows, "mw").reshape(len(rows), *BY_MONTH),
        _column(rows, "price_cny_per_mwh") + carbon,
        carbon,
        tco2,
        _column(rows, "carrier").astype(np.int64),
    )

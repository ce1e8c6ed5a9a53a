"""What added agents burn, and the CO2 that they buy: what they may say, and the same as arrays."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.co2.market import CO2Bids, CO2Buyer
from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import SECTORS, S
from tanlu.core.signals import Signals
from tanlu.core.words.messages import MessagePart, build_message
from tanlu.industry.facilities import Industry
from tanlu.inputs.diagnostics import printable
from tanlu.kernels.industry.facilities import ProductionOutcome
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.state.added import refuse
from tanlu.state.offers import OfferAnswer, find_place, read_number

E = len(ENERGY)


class FuelUse(NamedTuple):
    """Fuel that an agent burns in a year, in the name of a sector of a province."""

    province: str
    sector: str  # of `tanlu.core.axes.SECTORS`
    carrier: str  # `coal`, `oil`, `gas` or `biomass`
    gj: float  # below zero: of what facilities and small emitters of the sector would burn, taken out


class FuelBurnt(NamedTuple):
    """What a kind of added agents burns, less what it takes out."""

    gj: Floats  # [P, S, ENERGY]
    tco2: Floats  # [P, S, ENERGY]
    fuel_cost_cny: Floats  # [P] at what industry pays
    fixed_price_cny: Floats  # [P] for its CO2
    other_carbon_cny: (
        Floats  # [P] for its CO2: allowances where the carbon market covers the sector, and borders
    )


def read_fuel_uses(
    answers: Mapping[str, OfferAnswer], region: Region, signals: Signals, removable_gj: Floats
) -> dict[str, FuelBurnt]:
    """Read what kinds burn, in alphabetical order; all together take out at most what there is.

    Args:
        answers: by kind.
        region: the pack.
        signals: of the year.
        removable_gj: what can be taken out [P, S, ENERGY].

    Raises:
        ExtensionError: if an answer is not what it should be.
    """
    burnt: dict[str, FuelBurnt] = {}
    provinces, taken_out = region.axes.provinces, np.zeros_like(removable_gj)
    factor = region.power.carrier_co2_t_per_gj[:E]
    for kind in sorted(answers):
        label, gj = answers[kind].label, np.zeros_like(removable_gj)
        for use in _read_list(answers[kind], FuelUse):
            place = (
                find_place(label, use, "province", provinces),
                find_place(label, use, "sector", SECTORS),
                find_place(label, use, "carrier", ENERGY),
            )
            amount_gj = _read_finite(label, use.gj)
            gj[place] += amount_gj
            taken_out[place] += max(-amount_gj, 0.0)
            _check_removal(label, use, taken_out[place], removable_gj[place])
        tco2 = gj * factor
        carbon, fixed = signals.carbon.carbon_cost_cny_per_tco2, signals.policy.carbon.price_cny_per_tco2
        burnt[kind] = FuelBurnt(
            gj,
            tco2,
            (gj.sum(axis=1) * signals.prices.energy_price_cny_per_gj).sum(axis=1),
            (tco2.sum(axis=2) * fixed).sum(axis=1),
            (tco2.sum(axis=2) * (carbon - fixed)).sum(axis=1),
        )
    return burnt


def removable_fuel_gj(industry: Industry, production: ProductionOutcome, region: Region) -> Floats:
    """Sum up the fuel that facilities and small emitters burn, GJ [P, S, ENERGY].

    Of fuel whose CO2 is captured only what is emitted counts: taking it out must leave no sector below zero.
    """
    cells = len(region.axes.provinces) * S * E
    place = ((industry.province * S + industry.sector)[:, None] * E + np.arange(E)).reshape(-1)
    factor = region.power.carrier_co2_t_per_gj[:E]
    energy_gj = sum_by_group(place, production.energy_gj.reshape(-1), cells).reshape(-1, S, E)
    emitted = sum_by_group(place, production.emitted_tco2[:, :E].reshape(-1), cells).reshape(-1, S, E)
    emitting_gj = np.divide(emitted, factor, out=energy_gj.copy(), where=factor > 0.0)
    return np.minimum(energy_gj, emitting_gj)


def read_co2_buyers(answers: Mapping[str, OfferAnswer], region: Region) -> CO2Bids:
    """Read what kinds bid for CO2, sorted: the order of kinds and lists decides nothing.

    Raises:
        ExtensionError: if an answer is not what it should be.
    """
    kinds = tuple(sorted(answers))
    rows: list[tuple[float, ...]] = []
    for number, kind in enumerate(kinds):
        label = answers[kind].label
        for buyer in _read_list(answers[kind], CO2Buyer):
            province = find_place(label, buyer, "province", region.axes.provinces)
            tonnes, price, share = (
                read_number(label, buyer, name) for name in ("tco2", "price_cny_per_tco2", "permanent_share")
            )
            if share > 1.0:
                raise refuse(label, build_message("bound_beyond_all", given=f"{share:g}"))
            if tonnes > 0.0 and price > 0.0:
                rows.append((number, province, tonnes, price, share))
    columns = np.array(sorted(rows)).reshape(len(rows), 5).T
    return CO2Bids(kinds, columns[0].astype(np.int64), columns[1].astype(np.int64), *columns[2:])


def _read_list[Use](answer: OfferAnswer, allowed: type[Use]) -> list[Use]:
    """Read an answer as a list of what is allowed in it."""
    label, uses = answer
    if not isinstance(uses, list | tuple) or isinstance(uses, allowed):
        raise refuse(
            label, build_message("uses_no_list", given=type(uses).__name__, allowed=allowed.__name__)
        )
    for use in uses:
        if not isinstance(use, allowed):
            raise refuse(
                label, build_message("uses_no_list", given=type(use).__name__, allowed=allowed.__name__)
            )
    return list(uses)


def _read_finite(label: MessagePart, gj: object) -> float:
    if isinstance(gj, int | float | np.number) and math.isfinite(gj):
        return float(gj)
    raise refuse(label, build_message("fuel_no_number", given=printable(str(gj))))


def _check_removal(label: MessagePart, use: FuelUse, taken_out_gj: float, removable_gj: float) -> None:
    if taken_out_gj > removable_gj * (1.0 + 1e-9):
        values = {
            "taken": f"{taken_out_gj:,.0f}",
            "burnt": f"{removable_gj:,.0f}",
            "carrier": use.carrier,
            "sector": use.sector,
            "province": use.province,
        }
        raise refuse(label, build_message("fuel_beyond", **values))

"""A stand-in for the electricity market, which clears each province alone: so any number of provinces can run."""

from types import SimpleNamespace

import numpy as np
import pytest

import tanlu.decisions.views
import tanlu.markets.electricity
import tanlu.simulation.model
from tanlu.core.arrays import Floats
from tanlu.core.outcomes import HydroSales, MeritUnits, PowerHours, PowerOutcome, Purchases
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.empty_zones import BY_ZONE
from tanlu.power.supply import PowerYear
from tanlu.power.system import clear_power_year
from tanlu.region.power import PowerData

UNIT_FIELDS = PowerOffer._fields[: PowerOffer._fields.index("must_run_mw")]


def replace_market(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs take any number of provinces, each with a market of its own."""
    monkeypatch.setattr(tanlu.simulation.model, "require_zones", lambda region: None)
    monkeypatch.setattr(tanlu.markets.electricity, "clear_power_year", clear_alone)
    monkeypatch.setattr(tanlu.decisions.views, "clear_power_year", clear_alone)
    monkeypatch.setattr(tanlu.markets.electricity, "clear_hours", clear_hours_alone)


def clear_hours_alone(data: PowerData, offer: PowerOffer, year: PowerYear, start: Floats) -> SimpleNamespace:
    """What plans read of a cleared year."""
    prices = clear_alone(data, offer, year, start).prices
    market = SimpleNamespace(price_cny_per_mwh=prices.price_cny_per_mwh, gap_cny=0.0, cost_cny=1.0)
    return SimpleNamespace(market=market, shadow_price_cny_per_mwh=prices.shadow_price_cny_per_mwh)


def clear_alone(data: PowerData, offer: PowerOffer, year: PowerYear, start: Floats) -> PowerOutcome:
    """Clear every province as a region of its own, and join what comes of it."""
    provinces = range(year.load_mwh.size)
    alone = [clear_power_year(*only_province(p, data, offer, year), start[p : p + 1]) for p in provinces]
    return _join(data, offer, alone)


def only_province(
    p: int, data: PowerData, offer: PowerOffer, year: PowerYear
) -> tuple[PowerData, PowerOffer, PowerYear]:
    """The pack, the offer and the year of one province, without a line to others."""
    here, lines, water, rows = slice(p, p + 1), data.corridors, data.hydrology, offer.zone == p
    neighbours, surplus = lines.neighbour_zone == p, lines.surplus_zone == p
    corridors = lines._replace(
        neighbour_zone=np.zeros(neighbours.sum(), np.int64),
        neighbour_price_cny_per_mwh=lines.neighbour_price_cny_per_mwh[neighbours],
        surplus_zone=np.zeros(surplus.sum(), np.int64),
        surplus_price_cny_per_mwh=lines.surplus_price_cny_per_mwh[surplus],
    )
    by_province = ("run_of_river_share", "reservoir_minimum_share", "reservoir_maximum_share")
    by_province = (*by_province, "small_hydro_mw", "contract_price_cap_cny_per_mwh")
    hydrology = water._replace(
        normal=_water_of(water.normal, here),
        used_in_years_of_normal=water.used_in_years_of_normal[:, here].copy(),
        **{name: getattr(water, name)[here].copy() for name in by_province},
    )
    narrow_data = data._replace(
        corridors=corridors,
        hydrology=hydrology,
        small_hydro_full_mw=data.small_hydro_full_mw[here],
        renewable_profile=data.renewable_profile[here],
    )
    narrow_offer = offer._replace(
        **{name: getattr(offer, name)[rows] for name in UNIT_FIELDS},
        must_run_mw=offer.must_run_mw[here],
        capacity_by_fuel_mw=offer.capacity_by_fuel_mw[here],
    )
    narrow_year = year._replace(
        **{name: getattr(year, name)[here] for name in ("load_mwh", "load_shape", "weather")},
        **{name: getattr(year, name)[here] for name in ("contract_mw", "recallable_mw")},
        water=year.water._replace(
            water=_water_of(year.water.water, here), store_mwh=year.water.store_mwh[here]
        ),
        internal_mw=np.zeros_like(year.internal_mw),
        line_mw=np.zeros_like(year.line_mw),
        neighbour_mw=year.neighbour_mw[neighbours],
        surplus_mw=year.surplus_mw[surplus],
        shortage=year.shortage._replace(industrial_share=year.shortage.industrial_share[here]),
    )
    return narrow_data, narrow_offer._replace(zone=np.zeros(rows.sum(), np.int64)), narrow_year


def _water_of(water, here: slice):
    names = ("available_factor", "storing_factor", "spell_share")
    return water._replace(**{name: getattr(water, name)[here].copy() for name in names})


def _join(data: PowerData, offer: PowerOffer, alone: list[PowerOutcome]) -> PowerOutcome:
    def joined(read, axis: int = 0):
        return np.concatenate([read(outcome) for outcome in alone], axis=axis)

    def of_units(read):
        values = [read(outcome) for outcome in alone]
        whole = np.zeros((offer.zone.size, *values[0].shape[1:]))
        for p, value in enumerate(values):
            whole[offer.zone == p] = value
        return whole

    first = alone[0]
    unit_fields = {name: of_units(lambda o, n=name: getattr(o.units, n)) for name in first.units._fields[:-1]}
    not_by_zone = ("day_weight", "floor_mw", "natural_mw", "units")
    hours = first.hours._replace(
        **{
            name: joined(lambda o, n=name: getattr(o.hours, n))
            for name in PowerHours._fields
            if name not in not_by_zone
        },
        natural_mw=joined(lambda o: o.hours.natural_mw, axis=1),
        floor_mw=of_units(lambda o: o.hours.floor_mw),
        units=_join_merit_order(data, offer, [outcome.hours.units for outcome in alone]),
    )
    price_fields = [name for name in first.prices._fields if name != "gap_share"]
    return first._replace(
        **{name: joined(lambda o, n=name: getattr(o, n)) for name in BY_ZONE},
        offer=offer,
        units=first.units._replace(**unit_fields, uplift_cny=joined(lambda o: o.units.uplift_cny)),
        hydro_sales=HydroSales(*(joined(lambda o, i=i: o.hydro_sales[i]) for i in range(3))),
        purchases=Purchases(*(joined(lambda o, i=i: o.purchases[i]) for i in range(2))),
        prices=first.prices._replace(
            **{name: joined(lambda o, n=name: getattr(o.prices, n)) for name in price_fields}
        ),
        hours=hours,
    )


def _join_merit_order(data: PowerData, offer: PowerOffer, alone: list[MeritUnits]) -> MeritUnits:
    """Thermal units, neighbours, exports and shedding, each province by province."""
    starts = [
        (m.rows.size, m.rows.size + m.neighbours, m.rows.size + m.neighbours + m.exports) for m in alone
    ]
    parts = [
        (p, merit, slice(*ends))
        for kind in range(4)
        for p, (merit, (units, near, out)) in enumerate(zip(alone, starts, strict=True))
        for ends in [((0, units), (units, near), (near, out), (out, None))[kind]]
    ]
    return MeritUnits(
        zone=np.concatenate([np.full(m.zone[part].size, p) for p, m, part in parts]),
        capacity_mw=np.concatenate([m.capacity_mw[part] for _, m, part in parts]),
        cost_cny_per_mwh=np.concatenate([m.cost_cny_per_mwh[part] for _, m, part in parts]),
        availability=np.concatenate([m.availability[part] for _, m, part in parts]),
        rows=np.concatenate([m.rows for m in alone]),
        neighbours=sum(m.neighbours for m in alone),
        exports=sum(m.exports for m in alone),
    )

"""The pass over power units against a twin that treats one unit at a time in plain Python."""

import numpy as np
import pytest

from tanlu.kernels.co2.retrofits import CaptureTechnology, Retrofits, Units, retrofit_capture
from tanlu.kernels.power.units import close_accounts, offer_capacity

PROVINCES, FUELS, CLASSES = 2, 5, 4
YEAR = 2035


def random_case(seed: int, units: int = 60) -> tuple[dict, dict, dict]:
    """Return units, what both kernels know of a year, and what the market made of it.

    Years are drawn from few, so that units start, capture and close in the very year.
    """
    random = np.random.default_rng(seed)
    years = np.arange(YEAR - 2, YEAR + 3)
    fleet = {
        "province": random.integers(0, PROVINCES, units),
        "fuel": random.integers(0, FUELS, units),
        "capacity_mw": random.uniform(0.0, 900.0, units) * (random.random(units) < 0.9),
        "commissioned_year": random.choice(years, units),
        "retired_year": random.choice(years, units) + 1,
        "net_heat_rate_gj_per_mwh": random.uniform(0.0, 12.0, units),
        "must_run_share": random.uniform(0.0, 1.0, units),
        "availability": random.uniform(0.5, 1.0, units),
        "capture_rate": random.uniform(0.0, 0.95, units),
        "capture_year": random.choice(years, units),
        "benchmark_class": random.integers(0, CLASSES, units),
        "cofiring_year": random.choice(years, units),
    }
    terms = {
        "thermal": np.arange(FUELS) < 3,
        "whole_first_year": np.arange(FUELS) == 4,
        "tie_in_outage_share": 0.1,
        "utilisation_cap": random.uniform(0.3, 1.0, (PROVINCES, FUELS)),
        "capture_energy_penalty": random.uniform(0.0, 0.3, FUELS),
        "fuel_price_cny_per_gj": random.uniform(0.0, 40.0, (PROVINCES, FUELS)),
        "co2_t_per_gj": random.uniform(0.0, 0.1, FUELS),
        "burnt_share": random.choice([0.0, 0.1, 0.5], (PROVINCES, FUELS)),
        "biomass_price_cny_per_gj": random.uniform(20.0, 60.0, PROVINCES),
        "variable_om_cny_per_mwh": random.uniform(0.0, 30.0, FUELS),
        "capture_cost_cny_per_tco2": random.uniform(-400.0, 200.0, (PROVINCES, FUELS)),
        "carbon_cost_cny_per_tco2": random.uniform(0.0, 300.0, PROVINCES),
    }
    market = {
        "benchmark": random.uniform(0.0, 1.0, (PROVINCES, CLASSES)),
        "fixed_om_cny_per_kw_year": random.uniform(0.0, 200.0, FUELS),
        "market_covered": np.array([1.0, 0.0]),
        "market_price_cny_per_tco2": 80.0,
        "capacity_payment_cny_per_kw_year": random.uniform(0.0, 200.0, (PROVINCES, FUELS)),
        "premium_cny_per_mwh": random.uniform(0.0, 50.0, (PROVINCES, FUELS)),
        "generation_mwh": random.uniform(0.0, 1e6, (PROVINCES, FUELS)),
        "revenue_cny_per_mw": random.uniform(0.0, 1e6, (PROVINCES, FUELS)),
        "must_run_price_cny_per_mwh": random.uniform(100.0, 500.0, PROVINCES),
    }
    return fleet, terms, market


class Unit:
    """One unit in one year."""

    def __init__(self, fleet: dict, terms: dict, i: int) -> None:
        for name, column in fleet.items():
            setattr(self, name, column[i])
        self.terms = terms
        self.captures = self.capture_year <= YEAR
        self.penalty = self.of("capture_energy_penalty") if self.captures else 0.0
        self.rate = self.capture_rate if self.captures else 0.0
        self.biomass_share = self.of("burnt_share") if self.cofiring_year <= YEAR else 0.0
        self.mean = self.availability
        if self.capture_year == YEAR:
            self.mean *= 1.0 - terms["tie_in_outage_share"]

    def of(self, name: str) -> float:
        values = self.terms[name]
        return values[self.fuel] if values.ndim == 1 else values[self.province, self.fuel]

    @property
    def net_mw(self) -> float:
        if not self.commissioned_year <= YEAR < self.retired_year:
            return 0.0
        new = self.commissioned_year == YEAR and not self.of("whole_first_year")
        return self.capacity_mw * (1.0 - self.penalty) * (0.5 if new else 1.0)

    @property
    def must_run_mw(self) -> float:
        return min(self.must_run_share, self.of("utilisation_cap")) * self.mean * self.net_mw

    @property
    def price(self) -> float:
        """What a GJ burnt costs."""
        biomass = self.terms["biomass_price_cny_per_gj"][self.province]
        own = self.of("fuel_price_cny_per_gj")
        return own + self.biomass_share * (biomass - own)

    @property
    def co2(self) -> float:
        """Fossil t CO2 of a GJ burnt."""
        return self.of("co2_t_per_gj") * (1.0 - self.biomass_share)

    @property
    def heat_rate(self) -> float:
        return self.net_heat_rate_gj_per_mwh / (1.0 - self.penalty)

    def marginal_cost(self, benchmark_value: np.ndarray) -> float:
        gross = self.heat_rate * self.co2
        fuel = self.heat_rate * self.price + self.of("variable_om_cny_per_mwh")
        carbon = self.terms["carbon_cost_cny_per_tco2"][self.province] * gross * (1.0 - self.rate)
        capture = gross * self.rate * self.of("capture_cost_cny_per_tco2")
        return max(fuel + carbon + capture - benchmark_value[self.province, self.benchmark_class], 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_units_offer_what_one_unit_alone_would(seed: int) -> None:
    fleet, terms, market = random_case(seed)
    value = market["benchmark"] * 40.0
    random = np.random.default_rng(seed)
    least = random.uniform(0.2, 0.6, fleet["fuel"].size) * (random.random(fleet["fuel"].size) < 0.7)
    ordinary, forced = random.uniform(0.3, 0.6, FUELS), random.uniform(0.0, 0.2, FUELS)
    density = random.uniform(0.0, 3.0, (PROVINCES, 12))
    offers = offer_capacity(
        year=YEAR,
        **fleet,
        **terms,
        benchmark_value_cny_per_mwh=value,
        minimum_load_share=least,
        ordinary_load_share=ordinary,
        forced_outage_share=forced,
        maintenance_density=density,
    )
    units = [Unit(fleet, terms, i) for i in range(fleet["fuel"].size)]
    running = [i for i, unit in enumerate(units) if unit.of("thermal") and unit.net_mw > 0.0]
    assert offers.rows.tolist() == running
    assert offers.zone.tolist() == [units[i].province for i in running]
    np.testing.assert_allclose(offers.cost_cny_per_mwh, [units[i].marginal_cost(value) for i in running])
    room = [
        max(u.net_mw * u.mean * u.of("utilisation_cap") - u.must_run_mw, 0.0)
        for u in (units[i] for i in running)
    ]
    np.testing.assert_allclose(offers.capacity_mw, room, atol=1e-9)
    for u, i in enumerate(running):
        out, f, mean = (
            min(forced[units[i].fuel], 1.0 - units[i].availability),
            units[i].fuel,
            units[i].availability,
        )
        by_month = 1.0 - out - (1.0 - out - mean) * density[units[i].province]
        np.testing.assert_allclose(offers.availability[u] * mean, by_month, atol=1e-12)
        assert offers.minimum_load_share[u] == least[i]
        assert offers.compensated_load_share[u] == (ordinary[f] if least[i] > 0.0 else 0.0)
    must, by_fuel = np.zeros(PROVINCES), np.zeros((PROVINCES, FUELS))
    for unit in units:
        by_fuel[unit.province, unit.fuel] += unit.net_mw
        must[unit.province] += unit.must_run_mw if unit.of("thermal") else 0.0
    np.testing.assert_allclose(offers.must_run_mw, must)
    np.testing.assert_allclose(offers.capacity_by_fuel_mw, by_fuel)


@pytest.mark.parametrize("seed", range(5))
def test_accounts_are_those_of_one_unit_alone(seed: int) -> None:
    fleet, terms, market = random_case(seed)
    units = [Unit(fleet, terms, i) for i in range(fleet["fuel"].size)]
    by_fuel = np.zeros((PROVINCES, FUELS))
    for unit in units:
        by_fuel[unit.province, unit.fuel] += unit.net_mw
    running = [i for i, unit in enumerate(units) if unit.of("thermal") and unit.net_mw > 0.0]
    random = np.random.default_rng(seed)
    output, idle, revenue = random.uniform(0.0, 1e6, (3, len(running)))
    share = random.uniform(0.0, 0.2, FUELS)
    book = close_accounts(
        year=YEAR,
        **fleet,
        **terms,
        **market,
        capacity_by_fuel_mw=by_fuel,
        unit_output_mwh=output,
        unit_idle_mwh=idle,
        unit_revenue_cny=revenue,
        no_load_fuel_share=share,
    )
    for i, unit in enumerate(units):
        u = running.index(i) if i in running else None
        sold = (0.0, 0.0, 0.0) if u is None else (output[u], revenue[u], idle[u] * share[unit.fuel])
        np.testing.assert_allclose(book[:, i], naive_accounts(unit, market, by_fuel, *sold), rtol=1e-9)


def naive_accounts(
    unit: Unit, market: dict, by_fuel: np.ndarray, output: float, revenue: float, hot: float
) -> list:
    p, f, kw = unit.province, unit.fuel, unit.net_mw * 1e3
    if unit.net_mw == 0.0:
        return [0.0] * 14
    if unit.of("thermal"):
        output += unit.must_run_mw * 8760.0
        revenue += unit.must_run_mw * 8760.0 * market["must_run_price_cny_per_mwh"][p]
    else:
        output = market["generation_mwh"][p, f] * unit.net_mw / by_fuel[p, f]
        revenue = market["revenue_cny_per_mw"][p, f] * unit.net_mw
    gross = (output + hot) * unit.heat_rate * unit.co2
    emitted = gross * (1.0 - unit.rate)
    allocated = output * market["benchmark"][p, unit.benchmark_class] * market["market_covered"][p]
    fuel = (output + hot) * unit.heat_rate * unit.price
    operation = kw * market["fixed_om_cny_per_kw_year"][f] + output * unit.of("variable_om_cny_per_mwh")
    capture = gross * unit.rate * unit.of("capture_cost_cny_per_tco2")
    carbon = unit.terms["carbon_cost_cny_per_tco2"][p] * emitted
    carbon -= market["market_price_cny_per_tco2"] * allocated
    payment = kw * market["capacity_payment_cny_per_kw_year"][p, f]
    premium = output * market["premium_cny_per_mwh"][p, f]
    profit = revenue + payment + premium - fuel - operation - capture - carbon
    return [
        *(output, gross, gross - emitted, emitted, allocated, revenue),
        *(fuel, operation, capture, carbon, payment, premium, payment + premium, profit),
    ]


def retrofit_alone(
    unit: dict, technology: CaptureTechnology, year: dict, rate: float, belief: float
) -> list[float]:
    """Return what capture at one unit would take and change, in the order of `Retrofits`."""
    f, path = unit["fuel"], year["path"]
    penalty, own_use = technology.energy_penalty[f], 0.0
    if unit["capture_year"] <= YEAR:
        own_use = penalty
    tco2_per_mwh = unit["net_heat_rate_gj_per_mwh"] / (1.0 - own_use) * technology.co2_t_per_gj[f]
    tco2_per_mwh *= technology.rate[f]
    lead = technology.lead_time_years[f]
    life = min(max(unit["retired_year"] - YEAR - lead, 0), technology.life_years)
    price = worth = 0.0
    if life > 0:
        ahead = range(lead + 1, lead + life + 1)
        announced = sum(path[min(t, len(path)) - 1] * (1.0 + rate) ** -t for t in ahead)
        announced /= sum((1.0 + rate) ** -t for t in ahead)
        price = (1.0 - belief) * year["price"] + belief * announced
        worth = sum((1.0 + rate) ** -t for t in range(1, life + 1))
    full = unit["capacity_mw"] * unit["availability"] * 8760.0 * tco2_per_mwh
    captured, lost = unit["output_mwh"] * tco2_per_mwh, penalty * unit["output_mwh"]
    free = year["benchmark"][unit["province"], unit["benchmark_class"]]
    standstill = technology.tie_in_outage_share_of_year * max(unit["profit_cny"], 0.0)
    return [
        lead,
        life,
        technology.capex_cny_per_tco2_year[f] * full,
        captured,
        full,
        captured * technology.om_cny_per_tco2[f],
        penalty * unit["revenue_cny"],
        lost,
        lost * free * price,
        standstill / max(worth, 1e-9),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_capture_at_units_changes_what_it_does_at_one_alone(seed: int) -> None:
    random, n = np.random.default_rng(seed), 60
    columns = {
        "province": random.integers(0, PROVINCES, n),
        "fuel": random.integers(0, FUELS, n),
        "capacity_mw": random.uniform(50.0, 900.0, n),
        "availability": random.uniform(0.5, 1.0, n),
        "net_heat_rate_gj_per_mwh": random.uniform(6.0, 12.0, n),
        "capture_year": random.choice([YEAR - 1, YEAR, YEAR + 1], n),
        "retired_year": random.integers(YEAR, YEAR + 60, n),
        "benchmark_class": random.integers(0, CLASSES, n),
    }
    books = {name: random.normal(2e6, 2e6, n) for name in ("output_mwh", "revenue_cny", "profit_cny")}
    technology = CaptureTechnology(
        *(random.uniform(0.1, 0.9, FUELS) for _ in range(2)),
        co2_t_per_gj=random.uniform(0.0, 0.1, FUELS),
        lead_time_years=random.integers(0, 5, FUELS),
        capex_cny_per_tco2_year=random.uniform(0.0, 2000.0, FUELS),
        om_cny_per_tco2=random.uniform(0.0, 80.0, FUELS),
        life_years=25,
        tie_in_outage_share_of_year=0.08,
    )
    benchmark, path = random.uniform(0.0, 1.0, (PROVINCES, CLASSES)), random.uniform(20.0, 500.0, 20)
    year = {"benchmark": benchmark, "price": 80.0, "path": path}
    rows = np.flatnonzero(random.random(n) < 0.7)
    rate, belief = random.uniform(0.0, 0.15, rows.size), random.uniform(0.0, 1.0, rows.size)
    retrofits = retrofit_capture(
        rows, rate, belief, YEAR, Units(**columns), technology, *books.values(), benchmark, 80.0, path
    )
    each = columns | books
    alone = [
        retrofit_alone({name: column[row] for name, column in each.items()}, technology, year, *terms)
        for row, *terms in zip(rows, rate, belief, strict=True)
    ]
    for name, column, plain in zip(Retrofits._fields, retrofits, np.array(alone).T, strict=True):
        np.testing.assert_allclose(column, plain, rtol=1e-12, err_msg=name)

"""The pass over power units against a twin that treats one unit at a time in plain Python."""

from typing import NamedTuple

import numpy as np
import pytest

from tanlu.kernels.co2.retrofits import (
    AllowanceWorth,
    CaptureDeciders,
    CaptureTechnology,
    CaptureUnits,
    ClearedUnits,
    Retrofits,
    retrofit_capture,
)
from tanlu.kernels.power.units import (
    UNIT_FUEL,
    PlantAccounts,
    PowerOffer,
    UnitColumns,
    UnitSales,
    UnitTerms,
    captured_per_mwh,
    offer_capacity,
    settle_year,
)

PROVINCES, FUELS, CLASSES = 2, 5, 4
YEAR = 2035
UNIT_FIELDS = PowerOffer._fields[: PowerOffer._fields.index("must_run_mw")]


class Case(NamedTuple):
    """Units, what holds for them in a year, and what the market made of their offer."""

    fleet: dict  # columns
    fuels: dict  # [F]
    terms: dict
    market: dict
    payments: dict  # [P, F]

    def packed(self) -> dict:
        """Return what both passes over units take."""
        fuels = np.zeros(FUELS, UNIT_FUEL)
        for name, values in self.fuels.items():
            fuels[name] = values
        return {"units": UnitColumns(**self.fleet), "fuels": fuels, "terms": UnitTerms(**self.terms)}


def random_case(seed: int, units: int = 60) -> Case:
    """Return any case.

    Years are drawn from few, so that units start, capture and close in the very year.
    """
    random = np.random.default_rng(seed)
    years, has_contract = (
        np.arange(YEAR - 2, YEAR + 3),
        np.random.default_rng(seed + 900).random(units) < 0.14,
    )
    fleet = {
        "province": random.integers(0, PROVINCES, units),
        "fuel": random.integers(0, FUELS, units),
        "capacity_mw": random.uniform(0.0, 900.0, units) * (random.random(units) < 0.9),
        "commissioned_year": random.choice(years, units),
        "retired_year": random.choice(years, units) + 1,
        "net_heat_rate_gj_per_mwh": random.uniform(0.0, 12.0, units),
        "must_run_share": random.uniform(0.0, 1.0, units) * ~has_contract,
        "sells_heat": np.random.default_rng(seed + 300).choice([0.0, 1.0], units),
        "contract_share": np.where(has_contract, 0.2, 0.0),
        "minimum_load_share": random.uniform(0.2, 0.6, units) * (random.random(units) < 0.7),
        "availability": random.uniform(0.5, 1.0, units),
        "hours_share": np.random.default_rng(seed + 100).uniform(0.5, 1.0, units),
        "capture_rate": random.uniform(0.0, 0.95, units),
        "capture_year": random.choice(years, units),
        "capture_law": random.integers(0, 2, units),
        "benchmark_class": random.integers(0, CLASSES, units),
        "base_period_mwh": np.random.default_rng(seed + 1000).uniform(0.0, 4e6, units),
        "cofiring_year": random.choice(years, units),
    }
    fuels = {
        "thermal": np.arange(FUELS) < 3,
        "hydro": np.arange(FUELS) == 4,
        "co2_t_per_gj": random.uniform(0.0, 0.1, FUELS),
        "variable_om_cny_per_mwh": random.uniform(0.0, 30.0, FUELS),
        "fixed_om_cny_per_kw_year": random.uniform(0.0, 200.0, FUELS),
        "minimum_load_share": random.uniform(0.3, 0.6, FUELS),
        "no_load_fuel_share": random.uniform(0.0, 0.2, FUELS),
        "forced_outage_share": random.uniform(0.0, 0.2, FUELS),
        "capture_rate": random.uniform(0.1, 0.9, FUELS),
        "capture_energy_penalty": random.uniform(0.0, 0.3, FUELS),
    }
    terms = {
        "last_year_of_known_water": int(random.integers(YEAR - 1, YEAR + 1)),
        "tie_in_outage_share": 0.1,
        "utilisation_cap": np.minimum(random.uniform(0.2, 1.4, (PROVINCES, FUELS)), 1.0),
        "fuel_price_cny_per_gj": random.uniform(0.0, 40.0, (PROVINCES, FUELS)),
        "burnt_share": random.choice([0.0, 0.1, 0.5], (PROVINCES, FUELS)),
        "biomass_price_cny_per_gj": random.uniform(20.0, 60.0, PROVINCES),
        "heat_density": np.random.default_rng(seed + 500).uniform(0.5, 1.5, (PROVINCES, 12)),
        "contract_density": np.random.default_rng(seed + 600).uniform(0.0, 2.0, (PROVINCES, 12)),
        "contract_value_share": 0.3,
        "capture_cost_cny_per_tco2": random.uniform(0.0, 400.0, (PROVINCES, FUELS)),
        "capture_support_cny_per_tco2": random.uniform(0.0, 500.0, (2, PROVINCES)),
        "carbon_cost_cny_per_tco2": random.uniform(0.0, 300.0, PROVINCES),
        "captured_allowance_cny_per_tco2": random.uniform(0.0, 150.0, PROVINCES),
        "captured_needs_share": float(seed % 3) / 2.0,
        "benchmark": random.uniform(0.0, 1.0, (PROVINCES, CLASSES)),
        "base_benchmark": np.random.default_rng(seed + 2000).choice([0.0, 0.6], (PROVINCES, CLASSES)),
        "least_free_share": np.random.default_rng(seed + 200).choice([0.0, 0.8, 1.0], (PROVINCES, CLASSES)),
        "market_covered": np.array([1.0, 0.0]),
        "market_price_cny_per_tco2": 80.0,
    }
    market = {
        "generation_mwh": random.uniform(0.0, 1e6, (PROVINCES, FUELS)),
        "revenue_cny_per_mw": random.uniform(0.0, 1e6, (PROVINCES, FUELS)),
        "shadow_price_cny_per_mwh": random.choice([0.0, 90.0], PROVINCES),
        "must_run_price_cny_per_mwh": random.uniform(100.0, 500.0, PROVINCES),
        "heat_led_price_cny_per_mwh": np.random.default_rng(seed + 700).uniform(100.0, 500.0, PROVINCES),
    }
    payments = {
        "capacity_payment_cny_per_kw_year": random.uniform(0.0, 200.0, (PROVINCES, FUELS)),
        "premium_cny_per_mwh": random.uniform(0.0, 50.0, (PROVINCES, FUELS)),
    }
    return Case(fleet, fuels, terms, market, payments)


class Unit:
    """One unit in one year."""

    def __init__(self, case: Case, i: int) -> None:
        for name, column in case.fleet.items():
            setattr(self, name, column[i])
        self.terms, self.fuels = case.terms, case.fuels
        self.captures = self.capture_year <= YEAR
        self.penalty = self.of("capture_energy_penalty") if self.captures else 0.0
        self.rate = self.capture_rate if self.captures else 0.0
        self.biomass_share = self.of("burnt_share") if self.cofiring_year <= YEAR else 0.0
        self.mean, self.kept = self.availability, 1.0  # of its must-run output, after a cap
        if self.capture_year == YEAR:
            self.mean *= 1.0 - case.terms["tie_in_outage_share"]

    def of(self, name: str) -> float:
        if name in self.fuels:
            return self.fuels[name][self.fuel]
        return self.terms[name][self.province, self.fuel]

    @property
    def net_mw(self) -> float:
        if not self.commissioned_year <= YEAR < self.retired_year:
            return 0.0
        whole = self.of("hydro") and self.terms["last_year_of_known_water"] >= YEAR
        new = self.commissioned_year == YEAR and not whole
        return self.capacity_mw * (1.0 - self.penalty) * (0.5 if new else 1.0)

    @property
    def must_run_mw(self) -> float:
        return self.must_run_share * self.mean * self.net_mw * self.kept

    @property
    def contract_mw(self) -> float:
        return self.contract_share * self.net_mw

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

    def no_load_cost(self) -> float:
        """What a MW online without output burns in an hour."""
        p, terms, gross = self.province, self.terms, self.heat_rate * self.co2
        support = terms["capture_support_cny_per_tco2"][self.capture_law, p]
        handling = self.of("capture_cost_cny_per_tco2") + terms["captured_allowance_cny_per_tco2"][p]
        captured = gross * self.rate * (handling - support)
        carbon = terms["carbon_cost_cny_per_tco2"][p] * gross * (1.0 - self.rate)
        burnt = self.heat_rate * self.price + carbon + captured
        if self.at_least() > terms["benchmark"][p, self.benchmark_class]:
            burnt -= self.at_least() * terms["market_covered"][p] * terms["market_price_cny_per_tco2"]
        return self.of("no_load_fuel_share") * max(burnt, 0.0)

    def at_least(self) -> float:
        """Free allowances of a MWh that follow from what it emits at full load."""
        gross = self.heat_rate * self.co2
        needed = gross - gross * self.rate * (1.0 - self.terms["captured_needs_share"])
        return self.terms["least_free_share"][self.province, self.benchmark_class] * needed

    def marginal_cost(self, *, contracted: bool = False) -> float:
        """What it asks at full load; of contracted gas it asks what that would bring unburnt."""
        p, terms = self.province, self.terms
        gross = self.heat_rate * self.co2
        lost_share = terms["contract_value_share"] if contracted else 1.0
        fuel = self.heat_rate * self.price * lost_share + self.of("variable_om_cny_per_mwh")
        carbon = terms["carbon_cost_cny_per_tco2"][p] * gross * (1.0 - self.rate)
        handling = (
            self.of("capture_cost_cny_per_tco2")
            + terms["captured_allowance_cny_per_tco2"][p]
            - terms["capture_support_cny_per_tco2"][self.capture_law, p]
        )
        free = max(terms["benchmark"][p, self.benchmark_class], self.at_least()) * terms["market_covered"][p]
        cost = fuel + carbon + gross * self.rate * handling - free * terms["market_price_cny_per_tco2"]
        return max(cost, 0.0)


def share_caps(units: list[Unit]) -> None:
    """Let a cap take from must-run output what that alone is above it, from units of a province and fuel alike."""
    for unit in units:
        alike = [x for x in units if (x.province, x.fuel) == (unit.province, unit.fuel)]
        must_run = sum(x.must_run_share * x.mean * x.net_mw for x in alike)
        most = sum(x.of("utilisation_cap") * x.net_mw for x in alike)
        unit.cut = min(most / must_run, 1.0) if must_run > 0.0 else 1.0
    for unit in units:
        unit.kept = unit.cut


def test_caps_take_from_must_run_in_some_cases_and_not_in_others() -> None:
    kept = set()
    for seed in range(5):
        case = random_case(seed)
        units = [Unit(case, i) for i in range(case.fleet["fuel"].size)]
        share_caps(units)
        kept |= {unit.kept < 1.0 for unit in units if unit.of("thermal") and unit.net_mw > 0.0}
    assert kept == {True, False}


@pytest.mark.parametrize("seed", range(5))
def test_units_offer_what_one_unit_alone_would(seed: int) -> None:
    case = random_case(seed)
    density = np.random.default_rng(seed).uniform(0.0, 3.0, (PROVINCES, 12))
    offers = offer_capacity(year=YEAR, **case.packed(), maintenance_density=density)
    units = [Unit(case, i) for i in range(case.fleet["fuel"].size)]
    share_caps(units)
    running = [i for i, unit in enumerate(units) if unit.of("thermal") and unit.net_mw > 0.0]
    whole = check_contracts(offers, units, running, case.terms["contract_density"])
    offers = offers._replace(
        **{name: getattr(offers, name)[whole] for name in UNIT_FIELDS if name != "availability"}
    )
    assert offers.rows.tolist() == running
    assert offers.zone.tolist() == [units[i].province for i in running]
    np.testing.assert_allclose(offers.cost_cny_per_mwh, [units[i].marginal_cost() for i in running])
    room = [u.net_mw * u.mean - u.must_run_mw - u.contract_mw for u in (units[i] for i in running)]
    np.testing.assert_allclose(offers.capacity_mw, room, atol=1e-9)
    caps = [(units[i].of("utilisation_cap"), units[i]) for i in running]
    assert {cap < 1.0 for cap, _ in caps} == {True, False}
    limit = [(cap * u.net_mw - u.must_run_mw) * 8760.0 if cap < 1.0 else np.inf for cap, u in caps]
    np.testing.assert_allclose(offers.yearly_limit_mwh, limit, atol=1e-6)
    for u, i in enumerate(running):
        least, mean = case.fleet["minimum_load_share"][i], units[i].availability
        out = min(units[i].of("forced_outage_share"), 1.0 - mean)
        planned, uneven = 1.0 - out - mean, density[units[i].province]
        if planned * uneven.max() > 1.0 - out:  # less uneven, so that the worst month is out altogether
            uneven = 1.0 + ((1.0 - out) / planned - 1.0) / (uneven.max() - 1.0) * (uneven - 1.0)
        by_month = 1.0 - out - planned * uneven
        assert by_month.min() > -1e-12
        left = by_month / mean
        if units[i].contract_mw > 0.0:
            called_mw = units[i].contract_mw * case.terms["contract_density"][units[i].province]
            left = np.maximum((room[u] + units[i].contract_mw) * left - called_mw, 0.0) / room[u]
        np.testing.assert_allclose(offers.availability[whole[u]], left, atol=1e-9)
        assert offers.minimum_load_share[u] == least
        assert offers.no_load_cny_per_mwh[u] == pytest.approx(units[i].no_load_cost() if least > 0.0 else 0.0)
        assert offers.compensated_load_share[u] == (units[i].of("minimum_load_share") if least > 0.0 else 0.0)
    (must_run_mw, contract_mw), by_fuel = np.zeros((2, PROVINCES, 12)), np.zeros((PROVINCES, FUELS))
    for unit in units:
        by_fuel[unit.province, unit.fuel] += unit.net_mw * unit.hours_share
        if unit.of("thermal"):
            contract_mw[unit.province] += unit.contract_mw * case.terms["contract_density"][unit.province]
        led = case.terms["heat_density"][unit.province] if unit.sells_heat else 1.0
        must_run_mw[unit.province] += unit.must_run_mw * led if unit.of("thermal") else 0.0
    np.testing.assert_allclose(offers.must_run_mw, must_run_mw)
    np.testing.assert_allclose(offers.contract_mw, contract_mw)
    np.testing.assert_allclose(offers.capacity_by_fuel_mw, by_fuel)


def check_contracts(
    offers: PowerOffer, units: list[Unit], running: list[int], density: np.ndarray
) -> list[int]:
    """Check what is offered of contracted gas; return where the rest of each unit stands."""
    whole, at = [], 0
    for i in running:
        unit = units[i]
        if unit.contract_mw > 0.0:
            assert offers.rows[at] == i and offers.capacity_mw[at] == pytest.approx(unit.contract_mw)
            np.testing.assert_allclose(offers.availability[at], density[unit.province])
            assert offers.cost_cny_per_mwh[at] == pytest.approx(unit.marginal_cost(contracted=True))
            assert offers.minimum_load_share[at] == offers.compensated_load_share[at] == 0.0
            assert offers.yearly_limit_mwh[at] == (0.0 if unit.of("utilisation_cap") < 1.0 else np.inf)
            at += 1
        whole.append(at)
        at += 1
    assert at == offers.rows.size > len(running)
    return whole


@pytest.mark.parametrize("seed", range(5))
def test_accounts_are_those_of_one_unit_alone(seed: int) -> None:
    case = random_case(seed)
    units = [Unit(case, i) for i in range(case.fleet["fuel"].size)]
    share_caps(units)
    by_fuel = np.zeros((PROVINCES, FUELS))
    for unit in units:
        by_fuel[unit.province, unit.fuel] += unit.net_mw * unit.hours_share
    running = [i for i, unit in enumerate(units) if unit.of("thermal") and unit.net_mw > 0.0]
    entries = [i for i in running for _ in range(2 if units[i].contract_mw > 0.0 else 1)]
    output, idle, revenue = np.random.default_rng(seed).uniform(0.0, 1e6, (3, len(entries)))
    first = {i: entries.index(i) for i in running}
    sales = UnitSales(
        **case.market,
        capacity_by_fuel_mw=by_fuel,
        unit_output_mwh=output,
        unit_idle_mwh=idle,
        unit_revenue_cny=revenue,
    )
    accounts = np.stack(settle_year(year=YEAR, **case.packed(), sales=sales, **case.payments))
    for i, unit in enumerate(units):
        sold, unburnt = (0.0, 0.0, 0.0), 0.0
        if i in running:
            u, last = first[i], first[i] + entries.count(i) - 1
            share = unit.of("no_load_fuel_share")
            sold = (output[u : last + 1].sum(), revenue[u : last + 1].sum(), idle[last] * share)
            unburnt = max(unit.contract_mw * 8760.0 - output[u], 0.0)
        alone = naive_accounts(unit, case, by_fuel, *sold, unburnt)
        assert tuple(alone) == PlantAccounts._fields
        np.testing.assert_allclose(accounts[:, i], list(alone.values()), rtol=1e-9)


def naive_accounts(
    unit: Unit, case: Case, by_fuel: np.ndarray, output: float, revenue: float, hot: float, unburnt: float
) -> dict:
    p, f, kw = unit.province, unit.fuel, unit.net_mw * 1e3
    if unit.net_mw == 0.0:
        return dict.fromkeys(PlantAccounts._fields, 0.0)
    terms, market, payments = case.terms, case.market, case.payments
    if unit.of("thermal"):
        output += unit.must_run_mw * 8760.0
        kind = "heat_led" if unit.sells_heat else "must_run"
        revenue += unit.must_run_mw * 8760.0 * market[f"{kind}_price_cny_per_mwh"][p]
    else:
        output = market["generation_mwh"][p, f] * unit.net_mw * unit.hours_share / by_fuel[p, f]
        revenue = market["revenue_cny_per_mw"][p, f] * unit.net_mw * unit.hours_share
    scarce = unit.of("thermal") and unit.of("utilisation_cap") < 1.0
    limited = output * market["shadow_price_cny_per_mwh"][p] * scarce
    gross = (output + hot) * unit.heat_rate * unit.co2
    emitted = gross * (1.0 - unit.rate)
    by_output = output * terms["benchmark"][p, unit.benchmark_class]
    by_base = terms["base_benchmark"][p, unit.benchmark_class] * unit.base_period_mwh
    allocated = (max(by_output, unit.at_least() * (output + hot)) + by_base) * terms["market_covered"][p]
    paid_mwh = output + hot + (1.0 - terms["contract_value_share"]) * unburnt
    fuel = paid_mwh * unit.heat_rate * unit.price
    operation = kw * unit.of("fixed_om_cny_per_kw_year") + output * unit.of("variable_om_cny_per_mwh")
    capture = gross * unit.rate * unit.of("capture_cost_cny_per_tco2")
    carbon = terms["carbon_cost_cny_per_tco2"][p] * emitted
    carbon += terms["captured_allowance_cny_per_tco2"][p] * gross * unit.rate
    carbon -= terms["market_price_cny_per_tco2"] * allocated
    payment = kw * payments["capacity_payment_cny_per_kw_year"][p, f]
    premium = output * payments["premium_cny_per_mwh"][p, f]
    return {
        "output_mwh": output,
        "gross_tco2": gross,
        "captured_tco2": gross - emitted,
        "emitted_tco2": emitted,
        "allocated_tco2": allocated,
        "revenue_cny": revenue - limited,
        "limit_payment_cny": limited,
        "fuel_cost_cny": fuel,
        "operation_cost_cny": operation,
        "capture_cost_cny": capture,
        "carbon_cost_cny": carbon,
        "capacity_payment_cny": payment,
        "premium_cny": premium,
        "feed_in_cny": 0.0,
        "difference_cny": 0.0,
        "own_use_cny": 0.0,
        "waste_fee_cny": 0.0,
        "reserve_cny": 0.0,
        "heat_cny": 0.0,
        "support_cny": payment + premium,
        "profit_cny": revenue - limited + payment + premium - fuel - operation - capture - carbon,
    }


def retrofit_alone(
    unit: Unit,
    accounts: dict,
    technology: CaptureTechnology,
    path: np.ndarray,
    rate: float,
    belief: float,
    cost_factor: float,
) -> list[float]:
    """Return what capture at one unit would take and change, in the order of `Retrofits`."""
    f, terms = unit.fuel, unit.terms
    tco2_per_mwh = unit.heat_rate * unit.of("co2_t_per_gj") * unit.fuels["capture_rate"][f]
    lead = technology.lead_time_years[f]
    life = min(max(unit.retired_year - YEAR - lead, 0), technology.life_years)
    price = worth = 0.0
    if life > 0:
        ahead = range(lead + 1, lead + life + 1)
        announced = sum(path[min(t, len(path)) - 1] * (1.0 + rate) ** -t for t in ahead)
        announced /= sum((1.0 + rate) ** -t for t in ahead)
        price = (1.0 - belief) * terms["market_price_cny_per_tco2"] + belief * announced
        worth = sum((1.0 + rate) ** -t for t in range(1, life + 1))
    size = unit.capacity_mw * technology.design_hours[f] * tco2_per_mwh
    penalty, output = unit.of("capture_energy_penalty"), accounts["output_mwh"]
    standstill = technology.tie_in_outage_share_of_year * max(accounts["profit_cny"], 0.0)

    def allowances(captures: float) -> float:
        counted = captures * output * tco2_per_mwh * (1.0 - terms["captured_needs_share"])
        at = unit.province, unit.benchmark_class
        by_output = output * (1.0 - captures * penalty) * terms["benchmark"][at]
        return max(by_output, terms["least_free_share"][at] * (accounts["gross_tco2"] - counted))

    return [
        lead,
        life,
        technology.capex_cny_per_tco2_year[f] * size * cost_factor,
        output * tco2_per_mwh,
        size,
        output * tco2_per_mwh * technology.om_cny_per_tco2[f],
        penalty * accounts["revenue_cny"],
        penalty * output,
        (allowances(0.0) - allowances(1.0)) * price,
        standstill / max(worth, 1e-9),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_capture_at_units_changes_what_it_does_at_one_alone(seed: int) -> None:
    random, n, case = np.random.default_rng(seed), 60, random_case(seed)
    case.fleet["retired_year"] = random.integers(YEAR, YEAR + 60, n)
    cleared = {name: random.normal(2e6, 2e6, n) for name in ClearedUnits._fields}
    technology = CaptureTechnology(
        energy_penalty=case.fuels["capture_energy_penalty"],
        lead_time_years=random.integers(0, 5, FUELS),
        design_hours=random.uniform(3000.0, 8000.0, FUELS),
        capex_cny_per_tco2_year=random.uniform(0.0, 2000.0, FUELS),
        om_cny_per_tco2=random.uniform(0.0, 80.0, FUELS),
        life_years=25,
        tie_in_outage_share_of_year=0.08,
    )
    path, packed = random.uniform(20.0, 500.0, (CLASSES, 20)), case.packed()
    rows = np.flatnonzero(random.random(n) < 0.7)
    rate, belief = random.uniform(0.0, 0.15, rows.size), random.uniform(0.0, 1.0, rows.size)
    cost_factor = random.uniform(0.5, 2.0, rows.size)
    retrofits = retrofit_capture(
        year=YEAR,
        deciders=CaptureDeciders(
            rows, rate, belief, cost_factor, captured_per_mwh(YEAR, rows, packed["units"], packed["fuels"])
        ),
        units=CaptureUnits(*(case.fleet[name] for name in CaptureUnits._fields)),
        technology=technology,
        allowances=AllowanceWorth(
            *(case.terms[name] for name in AllowanceWorth._fields if name != "path_cny_per_tco2"), path
        ),
        cleared=ClearedUnits(**cleared),
    )
    alone = [
        retrofit_alone(
            Unit(case, row),
            {name: values[row] for name, values in cleared.items()},
            technology,
            path[case.fleet["benchmark_class"][row]],
            *terms,
        )
        for row, *terms in zip(rows, rate, belief, cost_factor, strict=True)
    ]
    for name, column, plain in zip(Retrofits._fields, retrofits, np.array(alone).T, strict=True):
        np.testing.assert_allclose(column, plain, rtol=1e-12, err_msg=name)

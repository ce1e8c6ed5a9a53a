"""A stand-in for the model: closed formulas in place of a run, so that results are tested on their own."""

from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace

import numpy as np

from tanlu.core.axes import VEHICLE_TECHNOLOGIES
from tanlu.experiments import jobs, results, worker
from tanlu.experiments.attribution import runs as attribution_runs
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.indicators.main import RunMeasures
from tanlu.investment.capture_terms import TERMS
from tanlu.ledger.adoption_shares import MEASURES, AdoptionEntry, adoption_rows
from tanlu.ledger.margins import MARGIN_TERMS
from tanlu.output.replications import CLEARINGS
from tanlu.records.balances import BalancesRecord

SHARE = np.array([0.64, 0.36, 1.0])[:, None]  # Sichuan, Chongqing, Chengyu
SECTORS = {
    "Emissions|CO2|Energy|Supply|Electricity": 110.0,
    "Emissions|CO2|Energy|Supply|Heat": 12.0,
    "Emissions|CO2|Industry|Steel": 60.0,
    "Emissions|CO2|Industry|Cement": 85.0,
    "Emissions|CO2|Industry|Aluminium": 3.0,
    "Emissions|CO2|Industry|Chemicals": 30.0,
    "Emissions|CO2|Industry|Refining": 6.0,
    "Emissions|CO2|Industry|Gas Processing": 12.0,
    "Emissions|CO2|Industry|Other": 45.0,
    "Emissions|CO2|Energy|Demand|Transportation": 57.0,
    "Emissions|CO2|Energy|Demand|Buildings": 36.0,
    "Emissions|CO2|Energy|Demand|Agriculture": 7.0,
    "Emissions|CO2|Released after Capture": 0.2,
}
UNIT = "coal_luohuang_phase_ii_unit_3"
MT, BN = "Mt CO2/yr", "bn CNY2020/yr"


@dataclass(frozen=True)
class FakeRun:
    """What results read of a finished replication."""

    years: np.ndarray
    replication: int
    price: float  # of all carbon prices and capture subsidies together, CNY per t CO2
    with_dispatch: bool
    seconds = MappingProxyType({"announce": 0.0})
    tables = SimpleNamespace(own_tables={})

    @property
    def record(self):
        nothing = np.zeros(self.years.size)
        return SimpleNamespace(
            prices=SimpleNamespace(gap_share=np.zeros((self.years.size, len(CLEARINGS)))),
            balances=BalancesRecord(*[nothing] * len(BalancesRecord._fields)),
        )

    def plants(self):
        n = self.years.size
        names = np.array(["Luohuang 3", "Panzhihua steel"], dtype=object)
        return {
            "year": np.repeat(self.years, 2),
            "decider": np.tile(np.array([UNIT, "F001"], dtype=object), n),
            "kind": np.tile(np.array(["PowerPlants", "Industry"], dtype=object), n),
            "name": np.tile(names, n),
            "name_zh": np.tile(np.array(["珞璜3号机组", "攀钢"], dtype=object), n),
            "province": np.tile(np.array(["Chongqing", "Sichuan"], dtype=object), n),
            "capacity": np.tile([600.0, np.nan], n),
            "capacity_unit": np.tile(np.array(["MW", ""], dtype=object), n),
            "process": np.tile(np.array(["", "steel_bf_bof"], dtype=object), n),
            "output": np.tile([3e6, 5e6], n),
            "output_unit": np.tile(np.array(["MWh/yr", "t/yr"], dtype=object), n),
            "emissions_mtco2": np.linspace(3.0, 1.0 / 3.0, 2 * n) + self.replication,
            "captured_mtco2": np.zeros(2 * n),
        }

    def decisions(self):
        return {
            "year": np.array([2028, 2028]),
            "decider": np.array([UNIT, UNIT], dtype=object),
            "kind": np.array(["PowerPlants"] * 2, dtype=object),
            "province": np.array(["Chongqing"] * 2, dtype=object),
            "option": np.array(["keep", "capture_retrofit"], dtype=object),
            "npv_mcny": np.array([0.0, -312.7 + self.price]),
            "capex_mcny": np.array([0.0, 2000.0]),
            "hurdle": np.array([0.05, 0.05]),
            "chosen": np.array([True, False]),
            "started": np.array([True, False]),
            "binding_constraint": np.array(["none", "npv"], dtype=object),
            "switching_carbon_price_cny_per_tco2": np.array([np.nan, 431.0]),
        }

    def closed_options(self):
        return {
            "from_year": np.array([2028, 2029]),
            "to_year": np.array([2028, 2032]),
            "decider": np.array([UNIT, UNIT], dtype=object),
            "kind": np.array(["PowerPlants"] * 2, dtype=object),
            "province": np.array(["Chongqing"] * 2, dtype=object),
            "option": np.array(["retire_early", "capture_retrofit"], dtype=object),
            "closed_by": np.array(["not_losing", "no_window"], dtype=object),
            "reason_value": np.array([51.25, np.nan]),
            "reason_limit": np.array([0.0, 2033.0]),
        }

    def capture_costs(self):
        yearly = np.zeros((len(TERMS), 1))
        yearly[TERMS.index("capital")] = -500e6
        yearly[TERMS.index("carbon_cost_saved")] = 500e6 + (-312.7 + self.price) * 1e6 / 10.0
        return {
            "year": np.array([2028]),
            "decider": np.array([UNIT], dtype=object),
            "kind": np.array(["PowerPlants"], dtype=object),
            "option": np.array(["capture_retrofit"], dtype=object),
            "outlet": np.array(["storage"], dtype=object),
            "captured_tco2_per_year": np.array([3e6]),
            "avoided_at_source_tco2_per_year": np.array([2.25e6]),
            "worth_years": np.array([10.0]),
            **{f"{name}_cny_per_year": column for name, column in zip(TERMS, yearly, strict=True)},
        }

    def unit_margins(self):
        terms = np.zeros((len(MARGIN_TERMS), 3))
        for name, values in (("energy", 900.0), ("fuel", -1000.0), ("fixed_operation", -80.0)):
            terms[MARGIN_TERMS.index(name)] = values
        terms[MARGIN_TERMS.index("carbon")] = [-20.0, -40.0, -60.0]
        return {
            "year": np.array([2027, 2028, 2028]),
            "decider": np.array([UNIT] * 3, dtype=object),
            "basis": np.array(["year", "year", "expected"], dtype=object),
            **{f"{name}_cny_per_kw_year": row for name, row in zip(MARGIN_TERMS, terms, strict=True)},
            "margin_cny_per_kw_year": terms.sum(axis=0),
            "reserve_cny_per_kw_year": np.array([0.0, 220.0, 0.0]),
            "net_mw": np.full(3, 570.0),
        }

    def adoption_shares(self):
        terms, options = len(MEASURES["Vehicles"].terms), len(VEHICLE_TECHNOLOGIES)
        entry = AdoptionEntry(
            year=2030,
            kind="Vehicles",
            ids=["car_sichuan"],
            names_en=["Sichuan: car"],
            names_zh=["四川: 乘用车"],
            province=np.zeros(1, np.int64),
            options=VEHICLE_TECHNOLOGIES,
            worth_cny=-1000.0 * np.arange(1.0, terms * options + 1).reshape(1, options, terms),
            offered=np.ones((1, options), bool),
            scale_cny=np.full(1, 1e5),
            worth_of_subsidy=np.full(1, 0.2),
            share=np.array([[0.5, 0.3, 0.2]]),
            pieces=np.full(1, 1e6),
        )
        return adoption_rows(entry, ("Sichuan", "Chongqing"))

    def flows(self):
        return {
            "year": self.years,
            **{
                name: np.repeat(np.array([name], dtype=object), self.years.size)
                for name in ("payer", "payee", "item")
            },
            "value_cny": np.full(self.years.size, 1e9),
        }

    def companies(self):
        return {
            "year": self.years,
            "decider": np.repeat(np.array(["huaneng"], dtype=object), self.years.size),
            "name": np.repeat(np.array(["Huaneng"], dtype=object), self.years.size),
            "name_zh": np.repeat(np.array(["华能"], dtype=object), self.years.size),
            "debt_cny": np.full(self.years.size, 5e9),
        }

    def lenders(self):
        return {"year": self.years, "capital_cny": np.full(self.years.size, 4e10)}

    def loans(self):
        return {"loan": np.array([0]), "year": np.array([2028]), "principal_cny": np.array([1e9])}

    def refusals(self):
        return {"year": np.array([2028]), "requests": np.array([2])}

    def reviews(self):
        return None

    def auctions(self):
        return None

    def book(self):
        return {"year": self.years, "change_mtco2": np.full(self.years.size, -1.5)}

    def electricity_months(self):
        return {"month": np.arange(1, 13), "load_gwh": np.linspace(20e3, 31e3, 12)}

    def dispatch(self):
        if not self.with_dispatch:
            return None
        hours = np.arange(24)
        return {"hour": hours, "price_cny_per_mwh": 300.0 + np.sin(hours / 7.0) * 100.0}


def fake_measures(run: FakeRun) -> RunMeasures:
    """Return plausible indicators; more price means less CO2, more capture and more public money."""
    years = run.years.astype(float)
    growth = np.minimum(years - 2020, 8) * 0.01
    fall = np.maximum(years - 2028, 0) * (0.012 + run.price / 50_000)
    noise = 1.0 + 0.01 * np.sin(years * (run.replication + 1)) * (run.replication > 0)
    shape = (1.0 + growth) * np.maximum(1.0 - fall, 0.02) * noise
    ramp = np.clip((years - 2025) / 10, 0, 1)
    table = {name: (MT, level * shape) for name, level in SECTORS.items()}
    total = np.sum([values for _, values in table.values()], axis=0)
    captured = run.price / 20 * ramp
    table = {"Emissions|CO2": (MT, total), **table}
    table |= {
        "Carbon Capture": (MT, captured),
        "Emissions Avoided at Source|Carbon Capture": (MT, 0.6 * captured),
        "Carbon Capture|By Destination|Storage": (MT, 0.8 * captured),
        "Carbon Capture|By Destination|Usage|Permanent": (MT, 0.05 * captured),
        "Carbon Capture|By Destination|Usage|Released": (MT, 0.05 * captured),
        "Carbon Capture|By Destination|Vented": (MT, 0.1 * captured),
        "Emissions|CO2|Net Imports": (MT, -15.0 + 0.03 * run.price * ramp),
        "Emissions|CO2|Net Imports|Electricity": (MT, -12.0 + 0.03 * run.price * ramp),
        "Trade|Electricity|Net Exports": ("TWh/yr", 100.0 - 0.05 * run.price * ramp),
        "Allowances|Other Regions|Left": (MT, 0.02 * run.price * ramp),
        "Allowances|Other Regions|Used": (MT, 5000.0 + 0.015 * run.price * ramp),
        "Price|Carbon|Market": ("CNY2020/t CO2", 90.0 + 0.0 * years),
        "Price|Carbon|Effective|Coal": ("CNY2020/t CO2", 9.0 + 0.0 * years),
        "Price|Carbon|Output|Coal": ("CNY2020/t CO2", 80.0 + 0.0 * years),
        "Secondary Energy|Electricity|Coal": ("TWh/yr", 100.0 * shape),
        "Capacity|Electricity|By Group|Wind and Solar": ("GW", 10.0 + 3.0 * (years - 2020)),
        "Shortage|Electricity": ("TWh/yr", np.select([years == 2022, years == 2031], [18.0, 4.0])),
        "Unserved Energy|Electricity": ("TWh/yr", np.select([years == 2022, years == 2031], [9.0, 1.5])),
        "Rationing|Electricity|Industry": (
            "TWh/yr",
            np.select([years == 2022, years == 2031], [9.0, 2.5]),
        ),
        "Price|Carbon": ("CNY2020/t CO2", 90.0 + run.price * ramp),
        "Price|Electricity|Wholesale": ("CNY2020/MWh", 380.0 + 0.1 * run.price * ramp),
        "Price|Final Energy|Residential|Electricity": ("CNY2020/MWh", 500.0 + 0.2 * run.price * ramp),
        "Price|Final Energy|Industry|Electricity": (
            "CNY2020/MWh",
            600.0 + 0.3 * run.price * ramp * (years != 2050),
        ),
        "Expected Shortage|Hours": ("h/yr", np.select([years == 2022, years == 2031], [300.0, 6.0])),
        "Nameplate Margin|Electricity": ("%", 30.0 - (years - 2020)),
        "Public Budget|Climate Support": (BN, captured * run.price / 1000),
        "Public Budget|Climate Revenue": (BN, captured * 0.0 + run.price / 10),
        "Public Budget|Carbon Revenue Given Back": (BN, 0.5 * captured),
        "Public Budget|Climate Support|Net": (BN, captured * (run.price / 1000 + 0.5) - run.price / 10),
        "System Cost|Electricity": (BN, 90.0 + captured * 0.2),
        "System Cost|Industry": (BN, 40.0 + captured * 0.05),
        "Public Budget|Capture Grant": (BN, captured * 0.02),
        "Public Budget|CO2 Hub Support": (BN, 0.0 * years),
        "Public Budget|Capture Contract": (BN, 0.0 * captured),
        "Public Budget|Capture Subsidy": (BN, captured * (run.price / 1000 - 0.02)),
        "Secondary Energy|Electricity|Hydro": ("TWh/yr", 400.0 + 0.0 * years),
        "Finance|Green Loans|Granted": (BN, 10.0 * noise + captured * 0.02),
        "Finance|Green Bonds|New Money": (BN, 5.0 * noise + captured * 0.03),
        "Finance|Green Bonds|Refinancing": (BN, 2.0 * noise - captured * 0.01),
        "Finance|Green|Claimed Avoidance|Outstanding": ("Mt CO2/yr", 3.0 + noise + captured * 0.5),
        "Public Budget|Interest Subsidy": (BN, captured * 0.003),
        "Public Budget|Guarantees": (BN, captured * 0.001),
        "Investment|Electricity": (BN, 30.0 + 0.0 * years),
        "Investment|Industry": (BN, 2.0 + 0.0 * years),
        "Investment|Carbon Capture": (BN, captured * 0.1),
    }
    values = np.stack([SHARE * series for _, series in table.values()])
    share = np.broadcast_to(np.linspace(38.0, 60.0, years.size), (1, 3, years.size))
    names = (*table, "Primary Energy|Non-Fossil Share")
    units = (*(unit for unit, _ in table.values()), "%")
    return RunMeasures(names, units, run.years, np.concatenate([values, share]))


def fake_replicate(scenario, region, replication, progress, extended):
    """Take the place of `tanlu.experiments.results.replicate`."""
    years = scenario.years.array()
    for done in range(1, years.size + 1):
        if progress:
            progress(done, years.size)
    rates = [getattr(p, "rate_cny_per_tco2", None) for p in scenario.active_policies]
    price = sum(rate.value_in(2040) for rate in rates if rate is not None)
    run = FakeRun(years, replication, float(price), scenario.outputs.dispatch)
    return run, _with_names(fake_measures(run), [*scenario.policies])


def _with_names(measures: RunMeasures, policies: list[str]) -> RunMeasures:
    """Return indicators with net public money in equal parts under the name of each policy."""
    if not policies:
        return measures
    net = measures.values[measures.variables.index("Public Budget|Climate Support|Net")] / len(policies)
    return RunMeasures(
        (*measures.variables, *(f"{BY_POLICY}|{name}" for name in policies)),
        (*measures.units, *[BN] * len(policies)),
        measures.years,
        np.concatenate([measures.values, np.repeat(net[None], len(policies), axis=0)]),
    )


def install(monkeypatch):
    monkeypatch.setattr(results, "replicate", fake_replicate)
    monkeypatch.setattr(jobs, "can_start_processes", lambda: False)  # which would run the model itself
    monkeypatch.setattr(worker, "replicate", fake_replicate)
    monkeypatch.setattr(attribution_runs, "indicators", fake_indicators)


def fake_indicators(region) -> list[SimpleNamespace]:
    known = fake_measures(FakeRun(np.array([2030]), 0, 0.0, with_dispatch=False)).variables
    return [SimpleNamespace(variable=name) for name in known]

"""What is measured: one function per indicator, from a run's stacked record to values by year and province."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import CARRIERS, FUEL, PARTS, SECTOR, P
from tanlu.indicators.base import Indicator, percent
from tanlu.indicators.buildings import building_indicators
from tanlu.indicators.capture import capture_indicators, returned_tco2
from tanlu.indicators.corridors import corridor_indicators
from tanlu.indicators.hubs import hub_indicators, transport_price
from tanlu.indicators.power import power_indicators
from tanlu.indicators.road import road_indicators
from tanlu.indicators.trade import trade_indicators
from tanlu.power.tariffs import COMPONENTS
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.simulation.record import YearRecord

GCE_PER_KWH = 305.5  # national mean heat rate of 2020, the office's factor for primary electricity
TCE_GJ = 29.3076


class Measures(NamedTuple):
    """Every indicator of a run."""

    variables: tuple[str, ...]
    units: tuple[str, ...]
    years: np.ndarray  # [Y]
    values: Floats  # [V, P + 1, Y] the provinces, then the region


def measure(record: YearRecord, years: np.ndarray, region: Region) -> Measures:
    """Return every indicator of a run."""
    table = indicators(region)
    values = np.empty((len(table), P + 1, years.size))
    for i, indicator in enumerate(table):
        values[i] = _regions(indicator, record)
    return Measures(tuple(x.variable for x in table), tuple(x.unit for x in table), years, values)


def _regions(indicator: Indicator, record: YearRecord) -> Floats:
    value = indicator.measure(record)
    if value.ndim == 1:
        return np.broadcast_to(value, (P + 1, value.size))
    if indicator.combine == "sum":
        whole = value.sum(axis=1)
    else:
        weigh = WEIGHTS[indicator.combine] if isinstance(indicator.combine, str) else indicator.combine
        weight = weigh(record)
        total = weight.sum(axis=1)
        mean = np.divide((value * weight).sum(axis=1), total, out=value.mean(axis=1), where=total > 0.0)
        whole = mean
    return np.concatenate([value.T, whole[None]])


def emissions(record: YearRecord) -> Floats:
    """Return CO2 emitted, Mt [Y, P]; captured CO2 that was vented, or that products let go again, is in it."""
    return (record.emitted_tco2.sum(axis=2) + returned_tco2(record)) / 1e6


def primary_energy_mtce(record: YearRecord, imported_share: float) -> Floats:
    """Return energy consumption, Mtce [Y, P]: fuels burnt, non-fossil and imported electricity at the mean heat rate.

    Source: the office's coal-equivalent accounting of primary electricity.
    """
    fossil = record.gross_energy_gj[:, :, :3].sum(axis=2) / TCE_GJ / 1e6
    taken = np.maximum(-record.export_mwh, 0.0) * (1.0 - imported_share)
    return fossil + taken * GCE_PER_KWH / 1e9 + non_fossil_mtce(record, imported_share)


def non_fossil_mtce(record: YearRecord, imported_share: float) -> Floats:
    """Return non-fossil energy, Mtce [Y, P].

    What leaves the region and what flows between the provinces is hydropower by contract; of what comes in,
    `imported_share` is non-fossil.
    """
    sign = np.array([1.0, -1.0])
    sent = np.maximum(record.export_mwh, 0.0) + record.flow_mwh[:, None] * sign
    taken = np.maximum(-record.export_mwh, 0.0) * imported_share
    clean = record.generation_mwh[:, :, NON_FOSSIL].sum(axis=2) - sent + taken
    biomass = record.gross_energy_gj[:, :, ENERGY.index("biomass")] / TCE_GJ / 1e6
    return np.maximum(clean, 0.0) * GCE_PER_KWH / 1e9 + biomass


def net_export_mwh(record: YearRecord) -> Floats:
    """Return electricity sent out less taken in, flow between the provinces included, MWh [Y, P]."""
    sign = np.array([1.0, -1.0])
    return record.export_mwh + record.flow_mwh[:, None] * sign


NON_FOSSIL = [
    FUEL[f]
    for f in (
        *("hydro_reservoir", "hydro_run_of_river", "small_hydro"),
        *("wind", "solar_utility", "solar_distributed", "biomass", "waste"),
    )
]
WEIGHTS: dict[str, Callable[[YearRecord], Floats]] = {
    "load": lambda r: r.load_mwh,
    "emissions": emissions,
    "captured": lambda r: r.captured_tco2.sum(axis=2),
    "used": lambda r: r.used_tco2,
    "stored": lambda r: r.stored_tco2,
}
SECTOR_VARIABLES = {
    "electricity": "Emissions|CO2|Energy|Supply|Electricity",
    "heat": "Emissions|CO2|Energy|Supply|Heat",
    "steel": "Emissions|CO2|Industry|Steel",
    "cement": "Emissions|CO2|Industry|Cement",
    "aluminium": "Emissions|CO2|Industry|Aluminium",
    "chemicals": "Emissions|CO2|Industry|Chemicals",
    "refining": "Emissions|CO2|Industry|Refining",
    "gas_processing": "Emissions|CO2|Industry|Gas Processing",
    "other_industry": "Emissions|CO2|Industry|Other",
    "transport": "Emissions|CO2|Energy|Demand|Transportation",
    "buildings": "Emissions|CO2|Energy|Demand|Buildings",
    "agriculture": "Emissions|CO2|Energy|Demand|Agriculture",
}
CUSTOMER_VARIABLES = ("Residential", "Industry", "Commercial", "Agriculture")  # in the order of CUSTOMERS
FUEL_VARIABLES: dict[str, tuple[str, ...]] = {
    "Coal": ("coal",),
    "Gas": ("gas", "byproduct_gas"),
    "Biomass": ("biomass", "waste"),
    "Hydro": ("hydro_reservoir", "hydro_run_of_river", "small_hydro"),
    "Wind": ("wind",),
    "Solar|Utility": ("solar_utility",),
    "Solar|Rooftop": ("solar_distributed",),
    "Solar": ("solar_utility", "solar_distributed"),
    "Storage": ("pumped_storage", "battery"),
}


def indicators(region: Region) -> tuple[Indicator, ...]:
    """Return every indicator of the model, in the order of the result tables."""
    return (
        *_carbon(),
        *capture_indicators(region),
        *_energy(region),
        *_electricity(),
        *power_indicators(),
        *_users(region),
        *_goods(region),
        *road_indicators(),
        *building_indicators(),
        *trade_indicators(region.industry.products),
        *_prices(),
        *_money(),
        *corridor_indicators(region),
        *hub_indicators(region),
        *_checks(),
    )


def _carbon() -> list[Indicator]:
    mt = "Mt CO2/yr"
    rows = [Indicator("Emissions|CO2", mt, emissions)]
    for sector, name in SECTOR_VARIABLES.items():
        rows.append(Indicator(name, mt, _pick("emitted_tco2", SECTOR[sector], 1e6)))
    for i, carrier in enumerate(CARRIERS):
        if carrier != "biomass":
            name = "Industrial Processes" if carrier == "process" else f"Energy|{carrier.title()}"
            rows.append(Indicator(f"Emissions|CO2|{name}", mt, _pick("emitted_by_carrier_tco2", i, 1e6)))
    return rows


def _energy(region: Region) -> list[Indicator]:
    share = region.parameters["imported_electricity_non_fossil_share"]

    def total(record: YearRecord) -> Floats:
        return primary_energy_mtce(record, share)

    def clean(record: YearRecord) -> Floats:
        return non_fossil_mtce(record, share)

    return [
        Indicator("Primary Energy", "Mtce/yr", total),
        Indicator("Primary Energy|Non-Fossil", "Mtce/yr", clean),
        Indicator("Primary Energy|Non-Fossil Share", "%", lambda r: percent(clean(r), total(r)), total),
    ]


def _electricity() -> list[Indicator]:
    rows = [
        Indicator("Secondary Energy|Electricity", "TWh/yr", lambda r: r.generation_mwh.sum(axis=2) / 1e6),
        Indicator("Capacity|Electricity", "GW", lambda r: r.capacity_mw.sum(axis=2) / 1e3),
    ]
    for name, fuels in FUEL_VARIABLES.items():
        rows.append(
            Indicator(f"Secondary Energy|Electricity|{name}", "TWh/yr", _fuels("generation_mwh", fuels, 1e6))
        )
        rows.append(Indicator(f"Capacity|Electricity|{name}", "GW", _fuels("capacity_mw", fuels, 1e3)))
    wind_solar = ("wind", "solar_utility", "solar_distributed")
    thermal = ("coal", "gas", "byproduct_gas", "biomass", "waste")
    rows += [
        Indicator("Capacity|Electricity|Wind and Solar", "GW", _fuels("capacity_mw", wind_solar, 1e3)),
        Indicator(
            "Capacity|Electricity|Hydro, Wind and Solar",
            "GW",
            _fuels("capacity_mw", (*FUEL_VARIABLES["Hydro"], *wind_solar), 1e3),
        ),
        Indicator("Secondary Energy|Electricity|Thermal", "TWh/yr", _fuels("generation_mwh", thermal, 1e6)),
        Indicator(
            "Utilisation Hours|Electricity|Coal",
            "h/yr",
            _hours("coal"),
            _fuels("capacity_mw", ("coal",), 1.0),
        ),
        Indicator(
            "Utilisation Hours|Electricity|Gas", "h/yr", _hours("gas"), _fuels("capacity_mw", ("gas",), 1.0)
        ),
        Indicator("Final Energy|Electricity", "TWh/yr", lambda r: r.load_mwh / 1e6),
        Indicator("Curtailment|Electricity", "TWh/yr", lambda r: r.curtailed_mwh.sum(axis=2) / 1e6),
        Indicator("Reserve Margin|Electricity", "%", lambda r: 100.0 * r.reserve_margin, "load"),
        Indicator("Trade|Electricity|Net Exports", "TWh/yr", lambda r: net_export_mwh(r) / 1e6),
    ]
    return rows


def _users(region: Region) -> list[Indicator]:
    """Return electricity by user; the users named `Final Energy|Electricity|…` add up to all of it."""
    home = region.parameters["residential_share_of_cooling_and_heating"]

    def use(*parts: str, climate: float = 0.0) -> Callable[[YearRecord], Floats]:
        weight = np.array([float(part in parts) for part in PARTS])
        weight[[PARTS.index("cooling"), PARTS.index("heating")]] += climate
        return lambda r: (r.demand_mwh * weight).sum(axis=2) / 1e6

    users = {
        "Final Energy|Electricity|Industry": use("facilities", "other_industry"),
        "Final Energy|Electricity|Agriculture": use("agriculture"),
        "Final Energy|Electricity|Commercial": use("services", climate=1.0 - home),
        "Final Energy|Electricity|Data Centres": use("data_centres"),
        "Final Energy|Electricity|Residential": use("households", climate=home),
        "Final Energy|Electricity|Transportation": use("vehicles"),
        "Final Energy|Residential and Commercial|Cooling|Electricity": use("cooling"),
        "Final Energy|Residential and Commercial|Heating|Electricity": use("heating"),
    }
    return [Indicator(name, "TWh/yr", measured) for name, measured in users.items()]


def _goods(region: Region) -> list[Indicator]:
    return [
        Indicator(f"Production|{name}", "Mt/yr", _pick("production_t", i, 1e6))
        for i, name in enumerate(region.industry.products.labels_en)
    ] + [
        Indicator(f"Material Demand|{name} Scrap|Works", "kt/yr", _pick("scrap_t", SECTOR[sector], 1e3))
        for sector, name in (("steel", "Steel"), ("aluminium", "Aluminium"))
    ]


def _prices() -> list[Indicator]:
    per_t, per_mwh = "CNY2020/t CO2", "CNY2020/MWh"
    return [
        Indicator("Price|Carbon|Market", per_t, lambda r: r.carbon_price_cny_per_tco2),
        Indicator(
            "Price|Carbon",
            per_t,
            lambda r: _weighted(r.effective_carbon_price_cny_per_tco2, r.emitted_tco2),
            "emissions",
        ),
        Indicator("Price|Electricity|Wholesale", per_mwh, lambda r: r.electricity_price_cny_per_mwh, "load"),
        *_tariffs(per_mwh),
        Indicator("Price|CO2 Products", per_t, _product_price, "used"),
        Indicator("Price|CO2 Transport and Storage", per_t, lambda r: r.co2_tariff_cny_per_tco2, "stored"),
        Indicator("Price|CO2 Transport", per_t, transport_price, "stored"),
    ]


def _tariffs(unit: str) -> list[Indicator]:
    """Return the tariff of each class of customers, and under it the components that add up to it."""
    rows = []
    for k, customer in enumerate(CUSTOMER_VARIABLES):
        name = f"Price|Final Energy|{customer}|Electricity"
        rows.append(Indicator(name, unit, _tariff(k, slice(None)), _sold(k)))
        for x, part in enumerate(COMPONENTS):
            words = part.replace("_", " ").title()
            rows.append(Indicator(f"{name}|{words}", unit, _tariff(k, slice(x, x + 1)), _sold(k)))
    return rows


def _tariff(customer: int, parts: slice) -> Callable[[YearRecord], Floats]:
    return lambda r: r.tariff_cny_per_mwh[:, :, customer, parts].sum(axis=2)


def _sold(customer: int) -> Callable[[YearRecord], Floats]:
    return lambda r: r.sold_mwh[:, :, customer]


def _money() -> list[Indicator]:
    bn = "bn CNY2020/yr"
    rows = [
        Indicator(f"Investment|Electricity|{name}", bn, _pick("power_investment_cny", k, 1e9))
        for k, name in enumerate(BUILDABLE)
    ]
    single = {
        "Investment|Carbon Capture": "capture_investment_cny",
        "Investment|Industry": "industry_investment_cny",
        "Public Budget|Capture Subsidy": "capture_subsidy_cny",
        "Public Budget|Capture Grant": "capture_grant_cny",
        "Investment|CO2 Transport": "hub_investment_cny",
        "Public Budget|CO2 Hub Support": "hub_support_cny",
        "Public Budget|Interest Subsidy": "interest_subsidy_cny",
        "Public Budget|Guarantees": "guarantee_cny",
        "Public Budget|Vehicle Subsidy": "vehicle_subsidy_cny",
        "Public Budget|Building Subsidy": "building_subsidy_cny",
        "Public Budget|Public Chargers": "charger_investment_cny",
        "Public Budget|Rail Transit": "rail_support_cny",
        "Public Budget|Fuel Licences": "fuel_licence_cny",
        "Public Budget|Carbon Revenue": "carbon_revenue_cny",
        "Public Budget|Scrap Subsidy": "scrap_subsidy_cny",
        "Public Budget|Efficiency Penalties": "efficiency_penalty_cny",
        "Public Budget|Allowance Sales": "auction_revenue_cny",
        "Carbon Payments|Border Adjustment": "border_payment_cny",
        "Consumer Levy|Capacity Payment": "capacity_payment_cny",
        "Consumer Levy|Renewable Premium": "renewable_premium_cny",
        "Stranded Assets|Financed by Lenders": "stranded_lent_cny",
        "System Cost|Electricity": "power_system_cost_cny",
        "System Cost|Industry": "industry_system_cost_cny",
        "System Cost|New Buildings": "building_system_cost_cny",
        "System Cost|Road Vehicles": "vehicle_system_cost_cny",
        "System Cost|Rail Transit": "rail_system_cost_cny",
    }
    rows += [Indicator(name, bn, _field(field, 1e9)) for name, field in single.items()]
    rows.append(Indicator("Stranded Assets", bn, lambda r: r.stranded_cny.sum(axis=2) / 1e9))
    for sector in ("electricity", "steel", "cement", "aluminium", "chemicals"):
        name = f"Stranded Assets|{sector.title()}"
        rows.append(Indicator(name, bn, _pick("stranded_cny", SECTOR[sector], 1e9)))
    rows.append(Indicator("Public Budget|Climate Support", bn, _support))
    rows.append(Indicator("Investment|Electricity", bn, lambda r: r.power_investment_cny.sum(axis=2) / 1e9))
    region = {"Finance|Green Loans": "green_loans_cny", "Finance|Lender Losses": "lender_loss_cny"}
    rows += [Indicator(name, bn, _field(field, 1e9)) for name, field in region.items()]
    return [
        *rows,
        Indicator("Finance|Loans Outstanding", "bn CNY2020", _field("loans_outstanding_cny", 1e9)),
        Indicator("Finance|Cost of Debt|Ordinary", "%", lambda r: r.cost_of_debt_ordinary * 100.0),
        Indicator("Finance|Cost of Debt|Green", "%", lambda r: r.cost_of_debt_green * 100.0),
        Indicator("Finance|Defaults", "companies/yr", lambda r: r.defaults),
    ]


def _checks() -> list[Indicator]:
    return [
        Indicator("Balance Error|Electricity", "1", lambda r: r.energy_balance_error),
        Indicator("Balance Error|Carbon", "1", lambda r: r.carbon_balance_error),
        Indicator("Balance Error|Money", "1", lambda r: r.money_balance_error),
    ]


def _product_price(record: YearRecord) -> Floats:
    """Return what products paid on average, CNY/t CO2 [Y, P]; 0 where nothing was sold."""
    return np.divide(
        record.product_revenue_cny,
        record.used_tco2,
        out=np.zeros_like(record.used_tco2),
        where=record.used_tco2 > 0.0,
    )


def _support(record: YearRecord) -> Floats:
    paid = record.capture_subsidy_cny + record.capture_grant_cny + record.interest_subsidy_cny
    paid = paid + record.guarantee_cny
    paid = paid + record.vehicle_subsidy_cny + record.building_subsidy_cny + record.scrap_subsidy_cny
    paid = paid + record.charger_investment_cny + record.rail_support_cny
    return (paid + record.hub_support_cny) / 1e9


def _pick(field: str, column: int, scale: float) -> Callable[[YearRecord], Floats]:
    return lambda r: getattr(r, field)[:, :, column] / scale


def _field(field: str, scale: float) -> Callable[[YearRecord], Floats]:
    return lambda r: getattr(r, field) / scale


def _fuels(field: str, fuels: tuple[str, ...], scale: float) -> Callable[[YearRecord], Floats]:
    columns = [FUEL[f] for f in fuels]
    return lambda r: getattr(r, field)[:, :, columns].sum(axis=2) / scale


def _hours(fuel: str) -> Callable[[YearRecord], Floats]:
    f = FUEL[fuel]

    def hours(record: YearRecord) -> Floats:
        capacity = record.capacity_mw[:, :, f]
        return np.divide(
            record.generation_mwh[:, :, f], capacity, out=np.zeros_like(capacity), where=capacity > 0.0
        )

    return hours


def _weighted(value: Floats, weight: Floats) -> Floats:
    """Return the mean of `value` over its last axis, weighted [Y, P]."""
    total = np.maximum(weight.sum(axis=2), 1e-9)
    return np.asarray((value * weight).sum(axis=2) / total)

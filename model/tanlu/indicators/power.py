"""Indicators of electricity: plants, water's contracts, customers and tariffs, and lines between regions."""

from collections.abc import Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import (
    BIOMASS_FUELS,
    FUEL,
    GAS_FUELS,
    HYDRO_FUELS,
    PARTS,
    RATIONING_TIERS,
    RENEWABLE_FUELS,
    SOLAR_FUELS,
    STORAGE_FUELS,
    THERMAL_FUELS,
)
from tanlu.core.units import GJ_PER_PJ, MW_PER_GW, MWH_PER_GWH, MWH_PER_TWH
from tanlu.indicators.base import Indicator, Reader, column, percent, sum_by_province
from tanlu.power.tariffs import COMPONENTS
from tanlu.records.coal import COAL_CLASSES
from tanlu.records.gas import GAS_REASONS
from tanlu.records.prices import PRICE_QUANTILES
from tanlu.records.year import YearRecord
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE

CUSTOMER_VARIABLES = ("Residential", "Industry", "Commercial", "Agriculture")  # in the order of CUSTOMERS
FUEL_VARIABLES: dict[str, tuple[str, ...]] = {
    "Coal": ("coal",),
    "Gas": GAS_FUELS,
    "Biomass": BIOMASS_FUELS,
    "Hydro": HYDRO_FUELS,
    "Wind": ("wind",),
    "Solar|Utility": ("solar_utility",),
    "Solar|Rooftop": ("solar_distributed",),
    "Solar": SOLAR_FUELS,
    "Storage": STORAGE_FUELS,
}
GAS_REASON_VARIABLES = tuple(name.replace("_", " ").title() for name in GAS_REASONS)
COAL_CLASS_VARIABLES = tuple(name.replace("_", " ").title() for name in COAL_CLASSES)
# By `CREDITED`.
CREDITED_VARIABLES = (
    "Wind",
    "Utility Solar",
    "Distributed Solar",
    "Coal",
    "Gas",
    "2-Hour Storage",
    "4-Hour Storage",
)
PER_MWH = "CNY2020/MWh"
# What grows by an S-curve, with its column.
LIMITED = {
    name: BUILDABLE.index(technology)
    for name, technology in (
        ("Wind", "wind"),
        ("Solar|Utility", "solar_utility"),
        ("Solar|Rooftop", "solar_distributed"),
        ("Batteries", "battery"),
    )
}
SITED = {name: k for name, k in LIMITED.items() if BUILDABLE[k] in RENEWABLE_FUELS}


def electricity_indicators() -> list[Indicator]:
    """List generation, capacity, hours, load and net exports."""
    rows = [
        Indicator(
            "Secondary Energy|Electricity", "TWh/yr", lambda r: r.power.output_mwh.sum(axis=2) / MWH_PER_TWH
        ),
        Indicator("Capacity|Electricity", "GW", lambda r: r.power.capacity_mw.sum(axis=2) / MW_PER_GW),
    ]
    for name, fuels in FUEL_VARIABLES.items():
        rows.append(Indicator(f"Secondary Energy|Electricity|{name}", "TWh/yr", _output_twh(fuels)))
        rows.append(Indicator(f"Capacity|Electricity|{name}", "GW", _capacity_gw(fuels)))
    clean = (*HYDRO_FUELS, *RENEWABLE_FUELS)
    return [
        *rows,
        Indicator("Capacity|Electricity|By Group|Wind and Solar", "GW", _capacity_gw(RENEWABLE_FUELS)),
        Indicator("Capacity|Electricity|By Group|Hydro, Wind and Solar", "GW", _capacity_gw(clean)),
        Indicator("Secondary Energy|Electricity|By Group|Thermal", "TWh/yr", _output_twh(THERMAL_FUELS)),
        Indicator(
            "Secondary Energy|Electricity|By Group|Contracts for Difference",
            "TWh/yr",
            lambda r: r.power.contracted_mwh.sum(axis=2) / MWH_PER_TWH,
        ),
        Indicator("Utilisation Hours|Electricity|Coal", "h/yr", _hours("coal"), _capacity_mw("coal")),
        *(
            Indicator(f"Utilisation Hours|Electricity|Coal|{name}", "h/yr", *_class_hours(k))
            for k, name in enumerate(COAL_CLASS_VARIABLES)
        ),
        Indicator("Utilisation Hours|Electricity|Gas", "h/yr", _hours("gas"), _capacity_mw("gas")),
        *(
            Indicator(f"Utilisation Hours|Electricity|Gas|{name}", "h/yr", _gas_hours(k), _capacity_mw("gas"))
            for k, name in enumerate(GAS_REASON_VARIABLES)
        ),
        Indicator("Contracted Gas|Electricity|Unburnt", "PJ/yr", lambda r: r.gas.unburnt_gj / GJ_PER_PJ),
        Indicator("Final Energy|Electricity", "TWh/yr", lambda r: r.demand.load_mwh / MWH_PER_TWH),
        Indicator("Spared Use|Electricity", "TWh/yr", lambda r: r.demand.spared_by_use_mwh / MWH_PER_TWH),
        Indicator("Expected Load|Electricity", "TWh/yr", lambda r: r.demand.expected_load_mwh / MWH_PER_TWH),
        Indicator(
            "Curtailment|Electricity", "TWh/yr", lambda r: r.power.curtailed_mwh.sum(axis=2) / MWH_PER_TWH
        ),
        Indicator("Nameplate Margin|Electricity", "%", lambda r: 100.0 * r.power.nameplate_margin, load_mwh),
        Indicator("Expected Shortage|Hours", "h/yr", lambda r: r.security.expected_shortage_hours, load_mwh),
        Indicator(
            "Expected Shortage|Energy", "GWh/yr", lambda r: r.security.expected_shortage_mwh / MWH_PER_GWH
        ),
        Indicator("Missing Capacity|Electricity", "GW", lambda r: r.security.missing_mw / MW_PER_GW),
        *(
            Indicator(f"Capacity Credit|Electricity|{name}", "%", _capacity_credit(k), load_mwh)
            for k, name in enumerate(CREDITED_VARIABLES)
        ),
        Indicator("Trade|Electricity|Net Exports", "TWh/yr", lambda r: net_export_mwh(r) / MWH_PER_TWH),
    ]


def security_indicators(region: Region) -> list[Indicator]:
    """List contract prices of water, coal units' abilities, and peak load."""
    return [
        *(
            Indicator(
                f"Price|Electricity|Hydro Contracts|{season.title()} Months",
                PER_MWH,
                _contract_price(months),
                _hydro_sales_mwh(months),
            )
            for season, months in region.seasons.items()
        ),
        *_water_indicators(),
        *_site_indicators(),
        Indicator(
            "Capacity|Electricity|By Group|Flexible Coal",
            "GW",
            lambda r: r.coal.flexible_mw / MW_PER_GW,
        ),
        Indicator("Primary Energy|Biomass|Coal Units", "PJ/yr", lambda r: r.coal.cofired_gj / GJ_PER_PJ),
        Indicator("Peak Load|Electricity", "GW", lambda r: r.demand.peak_load_mw / MW_PER_GW),
    ]


def _water_indicators() -> list[Indicator]:
    """List what seasonal stores hold and what it is worth; value of provinces by what they hold."""

    def value(record: YearRecord) -> Floats:
        return record.security.water_value_cny_per_mwh

    def stored_mwh(record: YearRecord) -> Floats:
        return record.security.stored_water_mwh

    return [
        Indicator("Water Value|Electricity", PER_MWH, value, stored_mwh),
        Indicator("Stored Water|Electricity", "GWh", lambda r: stored_mwh(r) / MWH_PER_GWH),
    ]


def shortage_indicators() -> list[Indicator]:
    """List shortage: all together, unserved load, rationed industry, days."""
    return [
        Indicator(
            "Shortage|Electricity",
            "TWh/yr",
            lambda r: (r.demand.unserved_mwh + r.demand.shed_mwh) / MWH_PER_TWH,
        ),
        Indicator("Unserved Energy|Electricity", "TWh/yr", lambda r: r.demand.unserved_mwh / MWH_PER_TWH),
        Indicator("Rationing|Electricity|Industry", "TWh/yr", lambda r: r.demand.shed_mwh / MWH_PER_TWH),
        *(
            Indicator(
                f"Rationing|Electricity|Industry|{name.removesuffix('_industry').title()}",
                "TWh/yr",
                column(lambda r: r.demand.shed_by_tier_mwh, tier, MWH_PER_TWH),
            )
            for tier, name in enumerate(RATIONING_TIERS)
        ),
        Indicator("Rationing|Electricity|Days", "d/yr", lambda r: r.demand.days_with_cuts, _industry_cut),
        Indicator("Rationing|Electricity|Worst Day", "GWh", lambda r: r.demand.worst_day_mwh / MWH_PER_GWH),
    ]


def _industry_cut(r: YearRecord) -> Floats:
    """Weigh the provinces' days with cuts [Y, P].

    A watt-hour where nobody is cut.
    """
    return np.asarray(r.demand.shed_mwh + 1e-6)


def _site_indicators() -> list[Indicator]:
    """List growth limits of wind, sun and batteries, and their next sites."""
    return [
        *(
            Indicator(
                f"Growth Limit|Electricity|{name}",
                "GW/yr",
                column(lambda r: r.new_power.room_mw, k, MW_PER_GW),
            )
            for name, k in LIMITED.items()
        ),
        *(
            Indicator(
                f"Growth Limit|Electricity|{name}|Used",
                "%",
                _used_share(k),
                column(lambda r: r.new_power.room_mw, k, 1.0),
            )
            for name, k in LIMITED.items()
        ),
        *(
            Indicator(
                f"Next Sites|Electricity|{name}|Hours",
                "%",
                column(lambda r: r.new_power.hours_share, k, 0.01),
                column(lambda r: r.new_power.room_mw, k, 1.0),
            )
            for name, k in SITED.items()
        ),
        *(
            Indicator(
                f"Next Sites|Electricity|{name}|Connection",
                "CNY2020/kW",
                column(lambda r: r.new_power.connection_cny_per_kw, k, 1.0),
                column(lambda r: r.new_power.room_mw, k, 1.0),
            )
            for name, k in SITED.items()
        ),
    ]


def _used_share(k: int) -> Reader:
    """Build a reader of the used share of a growth limit, %."""
    return lambda r: percent(r.new_power.started_mw[:, :, k], r.new_power.room_mw[:, :, k])


def customer_indicators(region: Region) -> list[Indicator]:
    """List electricity by user.

    The users named `Final Energy|Electricity|…` add up to all of it.
    """
    home = region.parameters["residential_share_of_cooling_and_heating"]

    def use(*parts: str, climate: float = 0.0) -> Reader:
        weight = np.array([float(part in parts) for part in PARTS])
        weight[[PARTS.index("cooling"), PARTS.index("heating")]] += climate
        return lambda r: (r.demand.by_use_mwh * weight).sum(axis=2) / MWH_PER_TWH

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


def electricity_price_indicators() -> list[Indicator]:
    """List the market's price, and tariffs with their components.

    Components add up to the tariff of a class of customers.
    """
    wholesale = Indicator(
        "Price|Electricity|Wholesale", PER_MWH, lambda r: r.power.price_cny_per_mwh, load_mwh
    )
    cap = Indicator(
        "Price|Electricity|Coal Utilisation Cap",
        PER_MWH,
        lambda r: r.prices.limit_price_cny_per_mwh,
        load_mwh,
    )
    rows = [wholesale, *_price_spread_indicators(), cap]
    for k, customer in enumerate(CUSTOMER_VARIABLES):
        name = f"Price|Final Energy|{customer}|Electricity"
        rows.append(Indicator(name, PER_MWH, _tariff(k, slice(None)), _sales_mwh(k)))
        for x, part in enumerate(COMPONENTS):
            words = part.replace("_", " ").title()
            rows.append(Indicator(f"{name}|{words}", PER_MWH, _tariff(k, slice(x, x + 1)), _sales_mwh(k)))
    return rows


def _price_spread_indicators() -> list[Indicator]:
    """List the spread of hourly wholesale prices."""

    def quantile(q: int) -> Reader:
        return lambda r: r.prices.quantiles_cny_per_mwh[:, :, q]

    names = (f"Price|Electricity|Wholesale|P{100 * share:.0f}" for share in PRICE_QUANTILES)
    rows = [Indicator(name, PER_MWH, quantile(q), load_mwh) for q, name in enumerate(names)]
    spread = "Price|Electricity|Wholesale|Daily Spread"
    return [*rows, Indicator(spread, PER_MWH, lambda r: r.prices.daily_spread_cny_per_mwh, load_mwh)]


def line_indicators(region: Region) -> list[Indicator]:
    """List line losses by province, and sales to each export line."""
    lines = region.power.corridors

    def at_home(value: Floats) -> Floats:
        """Sum lines [Y, L] by the province where they begin [Y, P]."""
        return sum_by_province(value, lines.export_zone, region.axes)

    def losses_twh(record: YearRecord) -> Floats:
        return at_home(record.power.export_by_line_mwh * lines.export_loss_share) / MWH_PER_TWH

    def sent_twh(line: int | None) -> Reader:
        """Build a reader of sales to one line, or to all."""
        is_line = (np.arange(lines.export_zone.size) == line) | (line is None)
        return lambda record: at_home(record.power.export_by_line_mwh * is_line) / MWH_PER_TWH

    return [
        Indicator(
            "Losses|Electricity", "TWh/yr", lambda r: r.power.line_loss_mwh / MWH_PER_TWH + losses_twh(r)
        ),
        Indicator(
            "Losses|Electricity|Between Provinces", "TWh/yr", lambda r: r.power.line_loss_mwh / MWH_PER_TWH
        ),
        Indicator("Losses|Electricity|Export Lines", "TWh/yr", losses_twh),
        Indicator("Trade|Electricity|Contracts", "TWh/yr", sent_twh(None)),
        *(
            Indicator(f"Trade|Electricity|Contracts|{name}", "TWh/yr", sent_twh(line))
            for line, name in enumerate(lines.export_names)
        ),
    ]


def load_mwh(record: YearRecord) -> Floats:
    """Return the load, MWh [Y, P]."""
    return record.demand.load_mwh


def net_export_mwh(record: YearRecord) -> Floats:
    """Compute net exports of electricity, MWh [Y, P].

    Flow between the provinces is in them.
    """
    return record.power.export_mwh + record.power.flow_mwh


def _output_twh(fuels: Sequence[str]) -> Reader:
    columns = [FUEL[f] for f in fuels]
    return lambda r: r.power.output_mwh[:, :, columns].sum(axis=2) / MWH_PER_TWH


def _capacity_gw(fuels: Sequence[str]) -> Reader:
    columns = [FUEL[f] for f in fuels]
    return lambda r: r.power.capacity_mw[:, :, columns].sum(axis=2) / MW_PER_GW


def _capacity_mw(fuel: str) -> Reader:
    return lambda r: r.power.capacity_mw[:, :, FUEL[fuel]]


def _capacity_credit(k: int) -> Reader:
    return lambda r: 100.0 * r.security.capacity_credit[:, :, k]


def _hours(fuel: str) -> Reader:
    def hours(record: YearRecord) -> Floats:
        capacity, output = record.power.capacity_mw[:, :, FUEL[fuel]], record.power.output_mwh
        return np.divide(
            output[:, :, FUEL[fuel]], capacity, out=np.zeros_like(capacity), where=capacity > 0.0
        )

    return hours


def _gas_hours(k: int) -> Reader:
    """Build a reader of the hours for which gas units run for one reason."""

    def hours(record: YearRecord) -> Floats:
        capacity, output = record.power.capacity_mw[:, :, FUEL["gas"]], record.gas.output_mwh[:, :, k]
        return np.divide(output, capacity, out=np.zeros_like(capacity), where=capacity > 0.0)

    return hours


def _class_hours(k: int) -> tuple[Reader, Reader]:
    """Build readers of the hours of a class of coal units and their weight.

    0 where none stands.
    """

    def hours(r: YearRecord) -> Floats:
        mw = r.coal.class_mw[:, :, k]
        return np.divide(r.coal.class_mwh[:, :, k], mw, out=np.zeros_like(mw), where=mw > 0.0)

    return hours, lambda r: r.coal.class_mw[:, :, k]


def _hydro_sales_mwh(months: Sequence[int]) -> Reader:
    """Build a reader of hydropower sales in some months, MWh [Y, P]."""
    rows = [month - 1 for month in months]
    return lambda record: np.asarray(record.prices.hydro_sold_mwh[:, :, rows].sum(axis=2))


def _contract_price(months: Sequence[int]) -> Reader:
    """Build a reader of hydropower's price in some months, CNY/MWh [Y, P].

    0 where it sells nothing.
    """
    rows, sales = [month - 1 for month in months], _hydro_sales_mwh(months)
    return lambda record: np.asarray(
        record.prices.hydro_paid_cny[:, :, rows].sum(axis=2) / np.maximum(sales(record), 1e-9)
    )


def _tariff(customer: int, parts: slice) -> Reader:
    return lambda r: r.demand.tariff_cny_per_mwh[:, :, customer, parts].sum(axis=2)


def _sales_mwh(customer: int) -> Reader:
    return lambda r: r.demand.sold_mwh[:, :, customer]

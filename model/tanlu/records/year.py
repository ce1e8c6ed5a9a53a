"""A year's record: its parts by subject, and the years of a run stacked into arrays with a year axis."""

from collections.abc import Mapping, Sequence
from inspect import getattr_static
from typing import Any, NamedTuple, cast

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.payments import YearPayments
from tanlu.decisions.bookings import committed_tco2
from tanlu.markets.trade import exported_tco2_per_unit, exports
from tanlu.power.state import thermal_intensity
from tanlu.records.balances import BalancesRecord, measure_balances
from tanlu.records.bills import measure_bills
from tanlu.records.book import BookRecord, measure_book
from tanlu.records.border import BorderRecord, GoodsTraded, measure_border, measure_freed_allowances
from tanlu.records.buildings import BuildingsRecord, measure_buildings
from tanlu.records.carbon_tables.tables import YEARLY_TABLES
from tanlu.records.co2 import CO2Record, HubsRecord, measure_co2, measure_hubs
from tanlu.records.coal import CoalRecord, measure_coal
from tanlu.records.earnings import EarningsRecord, measure_earnings
from tanlu.records.emissions import EmissionsRecord, measure_emissions
from tanlu.records.end_use import EndUseRecord, measure_end_use
from tanlu.records.finance import (
    CarbonMarketRecord,
    FinanceRecord,
    measure_carbon_market,
    measure_finance,
)
from tanlu.records.gas import GasRecord, measure_gas
from tanlu.records.grid import GridRecord, measure_grid
from tanlu.records.happened import YearOutcome
from tanlu.records.industry import (
    IndustryRecord,
    TradeRecord,
    measure_goods,
    measure_industry,
    measure_trade,
)
from tanlu.records.new_power import NewPowerRecord, measure_new_power
from tanlu.records.power import (
    DemandRecord,
    PowerRecord,
    SecurityRecord,
    measure_demand,
    measure_power,
    measure_security,
)
from tanlu.records.prices import PricesRecord, measure_prices
from tanlu.records.public import PublicRecord, measure_public
from tanlu.records.transport import RailRecord, RoadRecord, measure_rail, measure_road
from tanlu.records.yearly import measure_table
from tanlu.region.industry import ENERGY
from tanlu.state.actors import Actors
from tanlu.state.drivers import Drivers
from tanlu.state.state import State

OIL = ENERGY.index("oil")


class YearRecord(NamedTuple):
    """The outcome of one year by subject. Stacked over a run every field of a part gains a leading year axis."""

    emissions: EmissionsRecord
    book: BookRecord
    co2: CO2Record
    hubs: HubsRecord
    power: PowerRecord
    coal: CoalRecord
    gas: GasRecord
    security: SecurityRecord
    prices: PricesRecord
    new_power: NewPowerRecord
    grid: GridRecord
    border: BorderRecord
    earnings: EarningsRecord
    demand: DemandRecord
    industry: IndustryRecord
    trade: TradeRecord
    road: RoadRecord
    rail: RailRecord
    buildings: BuildingsRecord
    end_use: EndUseRecord
    carbon_market: CarbonMarketRecord
    finance: FinanceRecord
    balances: BalancesRecord
    public: PublicRecord
    tables: Mapping[str, Floats]  # [rows, measures] by name of the declared tables
    extensions: Mapping[str, Floats]  # [P] quantities and payments (`<kind>_cny`) of agents of extensions


def measure_year(
    year: YearOutcome,
    actors: Actors,
    state: State,
    drivers: Drivers,
    table: YearPayments,
    last: YearRecord | None,
) -> YearRecord:
    """Measure a year (docs/model/overview.md).

    Args:
        year: what happened.
        actors: everybody, at the end of the year.
        state: at the end of the year.
        drivers: of the run.
        table: payments of the year.
        last: the record of the year before, None in the first year.
    """
    plants, industry, vehicles = actors.plants, actors.industry, actors.vehicles
    power = measure_power(year, plants, drivers.export_by_line_mwh[year.signals.row])
    coal = measure_coal(year, plants)
    thermal_tco2_per_mwh, bills = thermal_intensity(plants, year.plants), measure_bills(table.payments)
    trade = measure_trade(year, industry, exports(drivers, year.signals))
    oil_tco2_per_gj = float(plants.region.power.carrier_co2_t_per_gj[OIL])
    return YearRecord(
        emissions=measure_emissions(year, plants, industry, vehicles, coal.cofired_gj),
        book=measure_book(
            year, actors, drivers, power.output_mwh, coal.cofired_gj, None if last is None else last.book
        ),
        co2=measure_co2(year, plants, industry, state.co2.tariff_cny_per_tco2, thermal_tco2_per_mwh),
        hubs=measure_hubs(year, actors.hubs, committed_tco2(actors), state.co2.stores.held_tco2),
        power=power,
        coal=coal,
        gas=measure_gas(year, plants),
        security=measure_security(year.power),
        prices=measure_prices(year),
        new_power=measure_new_power(year),
        grid=measure_grid(year.grid),
        border=measure_border(
            year.grid,
            year.power.border,
            year.power.export_mwh,
            plants.region.power.corridors,
            GoodsTraded(*measure_goods(year, trade.exports), exported_tco2_per_unit(drivers, year.signals)),
            measure_freed_allowances(year.carbon),
        ),
        earnings=measure_earnings(year, plants, bills.rent_cny),
        demand=measure_demand(
            year,
            plants,
            industry,
            state.expectations.expected_load_mwh,
            bills.household_electricity_cny,
        ),
        industry=measure_industry(year, industry, bills),
        trade=trade,
        road=measure_road(year, vehicles),
        rail=measure_rail(year, oil_tco2_per_gj, thermal_tco2_per_mwh),
        buildings=measure_buildings(year),
        end_use=measure_end_use(year, actors.adopters),
        carbon_market=measure_carbon_market(year, plants, industry),
        finance=measure_finance(year, actors.lenders, state.finance.books, plants.region),
        balances=measure_balances(year, actors, power.output_mwh, table),
        public=measure_public(year, table, len(plants.region.axes.provinces)),
        tables={declared.name: measure_table(declared, year, plants.region) for declared in YEARLY_TABLES},
        extensions=year.extensions.quantities,
    )


def stack(records: Sequence[YearRecord]) -> YearRecord:
    """Stack records into one with a leading year axis."""
    return YearRecord._make(_stacked(years) for years in zip(*records, strict=True))


def stack_when_read(records: Sequence[YearRecord]) -> YearRecord:
    """Stack only those fields of records that are read, each at its first reading."""
    return cast(YearRecord, PartOfYears(records))


class PartOfYears:
    """A record of several years, or a part of it, of which each field is stacked when it is first read."""

    def __init__(self, years: Sequence[Any]) -> None:
        self._years = years

    def __getattr__(self, name: str) -> Any:
        form = type(self._years[0])
        if name not in form._fields:
            return getattr_static(form, name).__get__(self, form)  # a method or property of the record
        values = [getattr(year, name) for year in self._years]
        stacked = PartOfYears(values) if isinstance(values[0], tuple) else _stacked(values)
        setattr(self, name, stacked)
        return stacked


def _stacked(years: Sequence[Any]) -> Any:
    """Stack a field, or a part with its fields, over all years.

    A quantity by name [Y, P] is zero in years in which nobody gave one.
    """
    if isinstance(years[0], tuple):
        return years[0]._make(_stacked(values) for values in zip(*years, strict=True))  # type: ignore[attr-defined]
    if not isinstance(years[0], Mapping):
        return np.array(years, dtype=float)
    nothing = {name: np.zeros(np.shape(value)) for year in years for name, value in year.items()}
    return {name: np.array([year.get(name, zero) for year in years]) for name, zero in nothing.items()}

"""Vehicles and urban rail of a region pack as arrays: fleets, what vehicles cost and need, and what buyers mind."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import SEGMENTS, VEHICLE_TECHNOLOGIES, Axes
from tanlu.core.economics import capital_recovery_factor, exponential
from tanlu.core.units import KG_PER_T, KWH_PER_MWH, PER_THOUSAND
from tanlu.region.survival import share_that_stays, survival_by_age
from tanlu.region.tables import DATA_YEARS, LongTable, Tables, year_index, yearly_by_province

AGES = 31  # of a vehicle at the end of a year, in years; older ones are scrapped
FIRST_STOCK_YEAR = 2005
STOCK_YEARS = np.arange(FIRST_STOCK_YEAR, DATA_YEARS[-1] + 1)
# Cohorts are older than the other data of a pack.
COHORT_YEARS = np.arange(FIRST_STOCK_YEAR - AGES, DATA_YEARS[-1] + 1)
KM = 100.0  # of which use of fuel and electricity is stated


class RailData(NamedTuple):
    """Urban rail; axes P provinces, G vehicle segments."""

    cost_cny_per_km: float
    debt_share: float  # of that cost, for which rail transit would borrow
    lead_time_years: int
    trips_per_km_year: Floats  # [P]
    trip_km: float
    share_of_trips: Floats  # [G] of the trips, made by that segment before
    persons_per_vehicle: Floats  # [G] of the segments from which trips come, over all kilometres driven
    electricity_mwh_per_trip: float
    operation_cny_per_trip: float  # without electricity
    fare_cny_per_trip: float


class BuyerTastes(NamedTuple):
    """How buyers weigh what a vehicle costs, and what they mind; axes year, G segments, V technologies."""

    annuity_per_year: Floats  # [G] what buyers spread over a year of what they paid
    missing_range_cny_per_year: Floats  # [year, G] what a battery vehicle's shorter range is minded
    charging_inconvenience_cny_per_year: Floats  # [G] without any public charger
    reluctance_cny_per_year: Floats  # [year, G, V]
    peer_value_cny_per_year: Floats  # [G] if all new vehicles of the segment are new-energy ones
    choice_scale_cny_per_year: Floats  # [G]


class PublicChargers(NamedTuple):
    """Public chargers: how many stand, what they cost, and from when on they suffice."""

    per_new_energy_vehicle: Floats  # [year]
    density_scale: float  # public chargers per vehicle
    cost_cny: float
    life_years: float


class VehicleData(NamedTuple):
    """Fleets, costs and needs; axes P provinces, G segments, V technologies.

    `year` is an axis over `DATA_YEARS`, `cohort` over `COHORT_YEARS`, `stock year` over the years since
    `FIRST_STOCK_YEAR`.
    """

    stock_vehicles: (
        Floats  # [stock year, P] in use at the end of a year: observed, then by the ownership curve
    )
    last_observed_year: int  # of the stock
    segment_share: Floats  # [stock year, G]
    survival: Floats  # [G, AGES] share of a cohort in use at an age
    kept_share: Floats  # [P x G, AGES - 1] of those in use at an age, who are so a year later
    offered: Booleans  # [G, V] technologies that are sold
    distance_km: Floats  # [year, G] a year
    distance_elasticity: Floats  # [G] per cent less driven where a kilometre costs 1 % more
    fuel_gj_per_km: Floats  # [cohort, G, V]
    electricity_mwh_per_km: Floats  # [cohort, G, V]
    price_cny_per_vehicle: Floats  # [year, G, V]
    purchase_tax_rate: Floats  # [year, V]
    national_subsidy_cny_per_vehicle: Floats  # [year, V]
    maintenance_cny_per_year: Floats  # [G, V]
    charging_margin_cny_per_mwh: Floats  # [G]
    share_of_sales_before: Floats  # [cohort, V] before buyers choose in the model
    buyers: BuyerTastes
    chargers: PublicChargers
    aluminium_t_per_vehicle: Floats  # [year, V] of a car
    rail: RailData  # urban rail that carries people instead

    def stock(self, year: int) -> Floats:
        """Compute vehicles in use at the end of `year` [P, G]."""
        row = year - FIRST_STOCK_YEAR
        return self.stock_vehicles[row][:, None] * self.segment_share[row]


def read_vehicles(tables: Tables, axes: Axes) -> VehicleData:
    """Assemble the vehicle tables of a pack.

    Raises:
        ValueError: if a table lacks a required row.
    """
    t = _Vehicles(tables)
    stock, last = _stock(tables, axes, t)
    fuel, electricity = _needs(t)
    survival = survival_by_age(t.by_segment("life_scale_years"), t.by_segment("life_shape"), AGES)
    price = t.by_segment_and_technology("price_cny_per_vehicle", DATA_YEARS)
    return VehicleData(
        stock_vehicles=stock,
        last_observed_year=last,
        segment_share=np.stack(
            [t.interpolate("share_of_vehicles", STOCK_YEARS, g) for g in SEGMENTS], axis=1
        ),
        survival=survival,
        kept_share=np.tile(share_that_stays(survival), (len(axes.provinces), 1)),
        offered=np.asarray(price[0] > 0.0),
        distance_km=t.yearly_by_segment("distance_km_per_year"),
        distance_elasticity=t.by_segment("distance_elasticity"),
        fuel_gj_per_km=fuel,
        electricity_mwh_per_km=electricity,
        price_cny_per_vehicle=price,
        purchase_tax_rate=t.by_technology("purchase_tax_rate", DATA_YEARS),
        national_subsidy_cny_per_vehicle=t.by_technology("national_subsidy_cny_per_vehicle", DATA_YEARS),
        maintenance_cny_per_year=t.by_segment_and_technology("maintenance_cny_per_year", DATA_YEARS[:1])[0],
        charging_margin_cny_per_mwh=t.by_segment("charging_margin_cny_per_mwh"),
        share_of_sales_before=t.by_technology("share_of_sales_before", COHORT_YEARS),
        buyers=_buyers(t),
        chargers=_chargers(t),
        aluminium_t_per_vehicle=_aluminium_t(t),
        rail=read_rail(t, axes),
    )


class _Vehicles(LongTable):
    """`vehicles.csv` on the axes of the model."""

    def __init__(self, tables: Tables) -> None:
        columns = ("segment", "technology", "province")
        super().__init__("vehicles.csv", tables["vehicles"], columns, absent_value=1.0)

    def by_segment(self, name: str) -> Floats:
        return np.array([self.single(name, g) for g in SEGMENTS])

    def yearly_by_segment(self, name: str) -> Floats:
        return np.stack([self.interpolate(name, DATA_YEARS, g) for g in SEGMENTS], axis=1)

    def by_technology(self, name: str, years: Integers, segment: str = "") -> Floats:
        """Read [years, V], 0 for a technology without a row."""
        return np.stack(
            [self.interpolate_or_zero(name, years, segment, v) for v in VEHICLE_TECHNOLOGIES], axis=1
        )

    def by_segment_and_technology(self, name: str, years: Integers) -> Floats:
        """Read [years, G, V], 0 where a segment has no such technology."""
        return np.stack([self.by_technology(name, years, g) for g in SEGMENTS], axis=1)


def _buyers(t: _Vehicles) -> BuyerTastes:
    missing = np.maximum(t.by_segment("range_wanted_km") - t.yearly_by_segment("range_km"), 0.0)
    return BuyerTastes(
        annuity_per_year=capital_recovery_factor(
            t.by_segment("discount_rate"), t.by_segment("holding_years")
        ),
        missing_range_cny_per_year=missing * t.by_segment("range_value_cny_per_km_year"),
        charging_inconvenience_cny_per_year=t.by_segment("charging_inconvenience_cny_per_year"),
        reluctance_cny_per_year=t.by_segment_and_technology("reluctance_cny_per_year", DATA_YEARS),
        peer_value_cny_per_year=t.by_segment("peer_value_cny_per_year"),
        choice_scale_cny_per_year=t.by_segment("choice_scale_cny_per_year"),
    )


def _chargers(t: _Vehicles) -> PublicChargers:
    return PublicChargers(
        per_new_energy_vehicle=t.interpolate("public_chargers_per_new_energy_vehicle", DATA_YEARS),
        density_scale=t.single("charger_density_scale_per_thousand") / PER_THOUSAND,
        cost_cny=t.single("charger_cost_cny"),
        life_years=t.single("charger_life_years"),
    )


def _aluminium_t(t: _Vehicles) -> Floats:
    """Read the aluminium in a car, t [year, V]."""
    kg = [t.interpolate("aluminium_kg_per_vehicle", DATA_YEARS, "car", v) for v in VEHICLE_TECHNOLOGIES]
    return np.stack(kg, axis=1) / KG_PER_T


def _needs(t: _Vehicles) -> tuple[Floats, Floats]:
    """Compute fuel, GJ/km, and electricity, MWh/km, of cohorts [cohort, G, V].

    A plug-in hybrid drives a share of its distance on electricity.
    """
    fuel = (
        t.by_segment_and_technology("fuel_l_per_100_km", COHORT_YEARS)
        / KM
        * t.by_segment("fuel_gj_per_l")[:, None]
    )
    electricity = t.by_segment_and_technology("electricity_kwh_per_100_km", COHORT_YEARS) / KM / KWH_PER_MWH
    hybrid = VEHICLE_TECHNOLOGIES.index("plug_in_hybrid")
    share = t.by_segment_and_technology("electric_share_of_distance", COHORT_YEARS)[:, :, hybrid]
    fuel[:, :, hybrid] *= 1.0 - share
    electricity[:, :, hybrid] *= share
    return fuel, electricity


def _stock(tables: Tables, axes: Axes, t: _Vehicles) -> tuple[Floats, int]:
    """Compute civil vehicles [stock year, P] and the last observed year.

    Statistics give private vehicles of every year and all civil vehicles of one; their ratio is kept. There are none
    in a pack without the table.
    """
    if t.is_absent:
        return np.zeros((STOCK_YEARS.size, len(axes.provinces))), axes.last_observed_year
    private, last = _private_thousand(tables, axes)
    private[last - FIRST_STOCK_YEAR :] = _project_vehicles(
        tables, axes, t, private[last - FIRST_STOCK_YEAR], last
    )
    return private * _civil_per_private(tables, axes, private) * PER_THOUSAND, last


def _private_thousand(tables: Tables, axes: Axes) -> tuple[Floats, int]:
    """Read private vehicles [stock year, P] and the last year of statistics.

    Flat after that year.
    """
    rows = [_observed_rows(tables, p, "private_vehicles_thousand") for p in axes.provinces]
    last = int(min(province_rows["year"].max() for province_rows in rows))
    return np.stack(
        [np.interp(STOCK_YEARS, province_rows["year"], province_rows["value"]) for province_rows in rows],
        axis=1,
    ), last


def _civil_per_private(tables: Tables, axes: Axes, private_thousand: Floats) -> Floats:
    """Compute civil vehicles per private one, last year of both [P]."""
    civil = [_observed_rows(tables, p, "civil_vehicles_thousand").iloc[-1] for p in axes.provinces]
    private = [private_thousand[int(row["year"]) - FIRST_STOCK_YEAR, p] for p, row in enumerate(civil)]
    return np.array([float(row["value"]) for row in civil]) / private


def _observed_rows(tables: Tables, province: str, variable: str) -> pd.DataFrame:
    statistics = tables["vehicle_statistics"]
    rows = statistics[(statistics["province"] == province) & (statistics["variable"] == variable)]
    if rows.empty:
        raise ValueError(f"vehicle_statistics.csv: no row {variable} of {province}")
    return rows.sort_values("year")


def _project_vehicles(
    tables: Tables, axes: Axes, t: _Vehicles, private_thousand: Floats, from_year: int
) -> Floats:
    """Project private vehicles from `from_year` on, thousand [year, P].

    Each year vehicles per head make up a part of what they lack to the curve.

    Source: partial adjustment of Dargay, Gately and Sommer 2007, as `_ownership_curve`.
    """
    people, curve = people_million(tables, axes), _ownership_curve(tables, axes, t)
    part = np.array([t.single("ownership_adjustment_share_per_year", "", "", p) for p in axes.provinces])
    row = year_index(from_year)
    per_head = np.empty((DATA_YEARS.size - row, len(axes.provinces)))
    per_head[0] = private_thousand / people[row]
    for step in range(1, per_head.shape[0]):
        per_head[step] = per_head[step - 1] + part * (curve[row + step] - per_head[step - 1])
    return per_head * people[row:]


def people_million(tables: Tables, axes: Axes) -> Floats:
    """Read population by province, million [year, P]."""
    drivers = tables["drivers"]
    return yearly_by_province(drivers[drivers["driver"] == "population_million"], axes.provinces)


def _ownership_curve(tables: Tables, axes: Axes, t: _Vehicles) -> Floats:
    """Compute long-run private vehicles per thousand persons [year, P].

    They go with a year's income.

    Source: Gompertz curve of Dargay, Gately and Sommer 2007, The Energy Journal 28(4), equation 1:
    vehicles per head = ceiling x exp(-displacement x exp(-steepness x GRDP per head)). Base year: GRDP per head = 1.
    """
    drivers = tables["drivers"]
    product = yearly_by_province(drivers[drivers["driver"] == "grdp_index"], axes.provinces)
    income = product / people_million(tables, axes)
    income = income / income[year_index(axes.base_year)]
    displacement, steepness = (
        np.array([t.single(name, "", "", p) for p in axes.provinces])
        for name in ("ownership_displacement", "ownership_steepness")
    )
    ceiling = t.single("ownership_ceiling_vehicles_per_thousand")
    return ceiling * exponential(-displacement * exponential(-steepness * income))


def stock_hindcast(
    tables: Tables, axes: Axes, data: VehicleData, from_year: int, years: Sequence[int]
) -> Floats:
    """Project the stock of `from_year` by the ownership curve alone.

    In `years` [len(years), P].
    The run starts from statistics as long as there are any; this is how far off it would be without them.
    """
    row = from_year - FIRST_STOCK_YEAR
    private = _private_thousand(tables, axes)[0][row]
    projected = _project_vehicles(tables, axes, _Vehicles(tables), private, from_year)
    return projected[[year - from_year for year in years]] * (data.stock_vehicles[row] / private)


def read_rail(t: LongTable, axes: Axes) -> RailData:
    """Assemble the rows of urban rail in `vehicles.csv`.

    Raises:
        ValueError: if the table lacks a required row.
    """
    nowhere = np.zeros(1, dtype=np.int64)
    share = np.array([t.interpolate_or_zero("rail_share_of_trips", nowhere, g)[0] for g in SEGMENTS])
    persons = [
        t.single("persons_per_vehicle", g) if s > 0.0 else 1.0 for g, s in zip(SEGMENTS, share, strict=True)
    ]
    return RailData(
        cost_cny_per_km=np.inf if t.is_absent else t.single("rail_cost_cny_per_km"),
        debt_share=t.single("rail_debt_share"),
        lead_time_years=int(t.single("rail_lead_time_years")),
        trips_per_km_year=np.array([t.single("rail_trips_per_km_year", "", "", p) for p in axes.provinces]),
        trip_km=t.single("rail_trip_km"),
        share_of_trips=share,
        persons_per_vehicle=np.array(persons),
        electricity_mwh_per_trip=t.single("rail_electricity_kwh_per_trip") / KWH_PER_MWH,
        operation_cny_per_trip=t.single("rail_operation_cny_per_trip"),
        fare_cny_per_trip=t.single("rail_fare_cny_per_trip"),
    )

"""Hold the power tables of the region pack to the official totals and to each other."""

from calendar import monthrange
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from tanlu.evaluation.region_check import statistics
from tanlu.region.balance import monthly_gwh, not_served_gwh
from tanlu.region.columns import RULES, SOURCE_LIST
from tanlu.region.pack import load_region
from tanlu.region.tables import read_frame

PACK = Path(__file__).parents[1] / "model" / "tanlu" / "regions" / "chengyu"
TABLES = (
    "owners",
    "taxes",
    "power_units",
    "power_units_past",
    "project_completions",
    "power_statistics",
    "power_balance",
    "grid_factors",
    "hydro",
    "hydro_cascades",
    "hydro_filling",
    "hydro_parameters",
    "hydro_dry_spells",
    "hydro_rules",
    "hydro_spill",
    "load_outlook",
    "load_shape",
    "renewable_profiles",
    "corridors",
    "neighbours",
    "neighbour_months",
    "corridor_energy",
    "corridor_shape",
    "corridor_shape_observed",
    "fuel_prices",
    "fuel_factors",
    "technologies",
    "thermal_maintenance",
    "site_limits",
    "currency",
)
FUELS_OF_GROUP = {
    "thermal": ("coal", "gas", "byproduct_gas", "biomass", "waste"),
    "hydro": ("hydro_reservoir", "hydro_run_of_river", "pumped_storage", "small_hydro"),
    "wind": ("wind",),
    "solar_utility": ("solar_utility",),
    "solar_distributed": ("solar_distributed",),
}
PROVINCES = ("Sichuan", "Chongqing")
DAYS = [monthrange(2021, month)[1] for month in range(1, 13)]


@cache
def read(table: str) -> pd.DataFrame:
    """Return one table of the pack."""
    return read_frame(PACK, table)


def statistic(province: str, year: int, variable: str) -> float | None:
    """Return one official figure, or None where the table has none."""
    return statistics(load_region("chengyu")).get((province, variable, year))


def active_mw(province: str, fuels: tuple[str, ...], year: int) -> float:
    """Return the capacity in MW that is active at the end of a year."""
    units = read("power_units")
    running = (units.commissioned_year <= year) & (units.retired_year.isna() | (units.retired_year > year))
    past = read("power_units_past")
    then = past[past.year == year].set_index("unit_id").capacity_mw
    known = units.unit_id.isin(then.index)
    capacity = units.capacity_mw.where(running, 0.0).where(~known, units.unit_id.map(then))
    return float(capacity[(units.province == province) & units.fuel.isin(fuels)].sum())


def corridor_gwh(group: str, year: int) -> float:
    """Return the energy of a corridor group in GWh, without what only passes through."""
    corridors, book, expected = read("corridors"), read("power_balance"), read("corridor_energy")
    total = 0.0
    for line in corridors[corridors.group == group].itertuples():
        rows = book[(book.item == line.corridor_id) & (book.year == year)].set_index("scope").energy_gwh
        later = expected[(expected.corridor_id == line.corridor_id) & (expected.year <= year)]
        if year > int(book.year.max()):
            total += float(later.sort_values("year").energy_gwh.iloc[-1])
        elif len(rows):
            total += float(rows["gross"] - rows.get("transit", 0.0))
    return total


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("group", FUELS_OF_GROUP)
def test_units_meet_official_capacity(province: str, group: str) -> None:
    """Active capacity equals the official year-end total within 0.1 % in every year that has one."""
    last_year = 2024 if group == "thermal" else 2026
    compared = 0
    for year in range(2015, last_year + 1):
        official = statistic(province, year, f"{group}_capacity_mw")
        if official is None:
            continue
        compared += 1
        assert active_mw(province, FUELS_OF_GROUP[group], year) == pytest.approx(official, rel=1e-3), year
    assert compared >= 9


@pytest.mark.parametrize("province", PROVINCES)
def test_batteries_stand_when_the_first_free_year_begins(province: str) -> None:
    """The source says of mid 2025 that each province had less than 2 GW."""
    first_free_year = load_region("chengyu").last_observed_year + 1
    assert 500.0 <= active_mw(province, ("battery",), first_free_year - 1) < 2000.0
    assert 500.0 <= active_mw(province, ("battery",), first_free_year) < 2000.0


def test_official_anchors_are_not_edited_away() -> None:
    """The totals that all else is fitted to keep their published values."""
    assert statistic("Sichuan", 2024, "hydro_capacity_mw") == 97700.3
    assert statistic("Chongqing", 2020, "thermal_capacity_mw") == 15320
    assert statistic("Sichuan", 2026, "solar_utility_capacity_mw") == 16122
    assert statistic("Sichuan", 2020, "consumption_gwh") == 286500


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("year", range(2014, 2025))
def test_hydro_factors_reproduce_official_generation(province: str, year: int) -> None:
    """Monthly factors times year-end capacity give the official yearly hydro generation within 1 %."""
    table = read("hydro")
    rows = table[(table.province == province) & (table.year == year)].sort_values("month")
    assert list(rows.month) == list(range(1, 13))
    hours = [monthrange(year, month)[1] * 24 for month in rows.month]
    capacity = statistic(province, year, "hydro_conventional_6_mw_and_up_capacity_mw")
    official = statistic(province, year, "hydro_generation_gwh")
    assert capacity is not None and official is not None
    assert (rows.capacity_factor * hours).sum() * capacity / 1000 == pytest.approx(official, rel=0.01)


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("year", range(2014, 2025))
def test_hydro_base_capacity_is_that_of_the_units(province: str, year: int) -> None:
    """The capacity behind the hydro factors is the sum of reservoir and run-of-river units."""
    expected = statistic(province, year, "hydro_conventional_6_mw_and_up_capacity_mw")
    found = active_mw(province, ("hydro_reservoir", "hydro_run_of_river"), year)
    assert found == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("province", "peak"), [("Sichuan", 1.52), ("Chongqing", 1.60)])
def test_load_shape_averages_to_one(province: str, peak: float) -> None:
    """Typical and peak days weighted by their number average to one; the highest hour is the peak ratio."""
    peak_days = yaml.safe_load((PACK / "region.yaml").read_text())["peak_days_per_month"]
    table = read("load_shape")
    rows = table[table.province == province]
    assert len(rows) == 2 * 12 * 24
    weight = {"peak": [peak_days] * 12, "typical": [days - peak_days for days in DAYS]}
    total = sum(
        weight[row.day_type][row.month - 1] * row.per_unit_of_annual_mean for row in rows.itertuples()
    )
    assert total / 8760 == pytest.approx(1, abs=1e-9)
    assert rows.per_unit_of_annual_mean.max() == pytest.approx(peak, abs=1e-6)


@pytest.mark.parametrize(
    ("table", "keys"), [("corridor_shape", ["group"]), ("corridor_shape_observed", ["group", "year"])]
)
def test_corridor_shapes_sum_to_one(table: str, keys: list[str]) -> None:
    """Monthly shares of every corridor group are complete, not negative and sum to one."""
    for key, rows in read(table).groupby(keys):
        assert sorted(rows.month) == list(range(1, 13)), key
        assert rows.share_of_year.min() >= 0, key
        assert rows.share_of_year.sum() == pytest.approx(1, abs=1e-6), key


@pytest.mark.parametrize("province", PROVINCES)
def test_months_add_up_to_the_year(province: str) -> None:
    """Monthly consumption and thermal generation are those of the yearly statistic within 1 %."""
    book = read("power_balance")
    monthly = book[(book.province == province) & (book.month != "annual")]
    for (item, year), rows in monthly[monthly.scope != "context"].groupby(["item", "year"]):
        assert sorted(rows.month.astype(int)) == list(range(1, 13)), (item, year)
        assert rows.energy_gwh.sum() == pytest.approx(statistic(province, year, f"{item}_gwh"), rel=0.01)
    assert set(monthly[monthly.item == "consumption"].year) == set(range(2015, 2025))


def test_a_year_s_load_shape_has_its_months_and_the_usual_hours() -> None:
    """The region's arrays: mean one, the months of the statistic, hours in proportion to the usual ones."""
    power = load_region("chengyu").power
    monthly = monthly_gwh(read("power_balance"), "consumption", PROVINCES)
    cut = not_served_gwh(read("power_balance"), PROVINCES)
    assert list(cut) == [2022] and cut[2022].sum() == cut[2022][0, 7] == 2300.0
    for year, shape in power.observed_load_shape.items():
        days = power.day_weight[None, :, :, None]
        assert (shape * days).sum(axis=(1, 2, 3)) / 8760 == pytest.approx(1.0, abs=1e-9)
        ratio = shape / power.load_shape
        assert ratio == pytest.approx(np.broadcast_to(ratio[:, :, :1, :1], ratio.shape))
        for p in range(2):
            gwh = monthly[year][p] + cut.get(year, np.zeros((2, 12)))[p]
            share = (shape * days).sum(axis=(2, 3))[p] / 8760
            assert share == pytest.approx(gwh / gwh.sum(), abs=1e-9)


def test_units_retired_before_the_base_year_are_in_the_past_only() -> None:
    """The run knows no unit retired before its base year; a region that starts earlier does."""
    region = load_region("chengyu")
    gone = "coal_neijiang_baima_unit_21"
    assert gone not in region.power.units.ids
    assert gone in region.with_base_year(2015).power.units.ids


def test_internal_flow_fits_the_lines() -> None:
    """The monthly mean flow from Sichuan to Chongqing never exceeds the usable capacity of the lines."""
    lines = read("corridors")
    lines = lines[lines.group == "sichuan_chongqing"]
    shape = read("corridor_shape")
    shape = shape[shape.group == "sichuan_chongqing"].sort_values("month").share_of_year.to_numpy()
    for year in range(2020, 2061):
        usable = lines[lines.from_year <= year].usable_mw.sum()
        highest = max(share / (days * 24) for share, days in zip(shape, DAYS, strict=True))
        assert corridor_gwh("sichuan_chongqing", year) * 1000 * highest <= usable, year


@pytest.mark.parametrize("table", TABLES)
def test_rows_have_source_and_grade(table: str) -> None:
    """Every row has a grade and known sources; an assumption says so in its note."""
    rows = read(table)
    known = set(read("sources").source_key) | set(read("industry_sources").source_key)
    assert rows.grade.isin(list("ABCD")).all()
    used = {key for cell in rows.source for key in cell.split(";")}
    assert used <= known, used - known
    assumed = rows[rows.grade == "D"]
    assert assumed.note.fillna("").str.contains("assum").all()


def test_sources_are_all_used() -> None:
    """The lists of sources of the pack and its layer hold no key twice and none that no table uses."""
    keys = [key for table in ("sources", "industry_sources") for key in read(table).source_key]
    tables = [read(name) for name, rule in RULES.items() if rule is not SOURCE_LIST]
    assert sorted(keys) == sorted(
        {key for table in tables for cell in table.source for key in cell.split(";")}
    )


def test_units_are_consistent() -> None:
    """Unit ids are unique, years run forward, owners exist and shares lie between nought and one."""
    units = read("power_units")
    assert units.unit_id.is_unique
    gone = units.dropna(subset=["retired_year"])
    assert (gone.retired_year > gone.commissioned_year).all()
    assert (gone.retired_year >= 2016).all()
    assert set(units.owner_id) <= set(read("owners").owner_id)
    assert units.must_run_share.between(0, 1).all()
    assert units.availability.between(0.5, 1).all()
    assert (units.capacity_mw > 0).all()
    assert units.latitude_deg.between(25.5, 34.5).all()
    assert units.longitude_deg.between(97, 111).all()


def test_heat_rates_are_net_and_near_the_national_mean() -> None:
    """Coal units of 2020 average within 3 % of the national 305.5 gce/kWh; only thermal units have a rate."""
    units = read("power_units")
    thermal = units.fuel.isin(FUELS_OF_GROUP["thermal"])
    assert (units[thermal].net_heat_rate_gj_per_mwh > 5).all()
    assert (units[~thermal].net_heat_rate_gj_per_mwh == 0).all()
    running = (units.commissioned_year <= 2020) & (units.retired_year.isna() | (units.retired_year > 2020))
    coal = units[(units.fuel == "coal") & running]
    mean = (coal.capacity_mw * coal.net_heat_rate_gj_per_mwh).sum() / coal.capacity_mw.sum()
    assert mean / 0.0293076 == pytest.approx(305.5, rel=0.03)


@pytest.mark.parametrize(
    ("province", "technology", "low", "high"),
    [
        ("Sichuan", "wind", 2200, 2650),
        ("Chongqing", "wind", 1900, 2300),
        ("Sichuan", "solar_utility", 1400, 1600),
        ("Sichuan", "solar_distributed", 900, 1100),
        ("Chongqing", "solar_utility", 700, 970),
    ],
)
def test_renewable_profiles_keep_official_hours(
    province: str, technology: str, low: float, high: float
) -> None:
    """Profiles sum to the level of the official utilisation hours."""
    table = read("renewable_profiles")
    rows = table[(table.province == province) & (table.technology == technology)]
    assert len(rows) == 12 * 24
    hours = sum(row.capacity_factor * DAYS[row.month - 1] for row in rows.itertuples())
    assert low <= hours <= high
    assert rows.capacity_factor.between(0, 1).all()


def test_the_maintenance_of_the_months_makes_a_year_and_leaves_the_peaks_alone() -> None:
    table = read("thermal_maintenance")
    np.testing.assert_allclose(table.groupby("province").share_of_year.sum(), 1.0)
    assert not table[table.month.isin([1, 8, 12])].share_of_year.any()

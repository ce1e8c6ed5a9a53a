"""What is measured: parts add up to wholes, provinces to the region, and captured CO2 that is let go is emitted CO2."""

import numpy as np
import pytest

from tanlu.core.units import GJ_PER_TCE
from tanlu.indicators.co2 import extra_tco2, returned_tco2
from tanlu.indicators.emissions import SECTOR_VARIABLES
from tanlu.indicators.main import indicators, measure
from tanlu.indicators.power import FUEL_VARIABLES
from tanlu.region.industry import ENERGY
from tests import model_runs
from tests.model_runs import REGION, shipped

SCENARIO = shipped("dual_carbon")
WHOLE = 2
DESTINATION = "Carbon Capture|By Destination"


@pytest.fixture(scope="module")
def found():
    """Return a scenario's measures, as if a tenth of what it stores had been vented."""
    record = model_runs.record(SCENARIO)
    co2 = record.co2
    vented = 0.1 * co2.stored_tco2
    less = co2._replace(vented_tco2=co2.vented_tco2 + vented, stored_tco2=co2.stored_tco2 - vented)
    changed = record._replace(co2=less)
    return measure(changed, SCENARIO.years.array(), indicators(REGION))


def path(found, variable: str, region: int = WHOLE) -> np.ndarray:
    return found.values[found.variables.index(variable), region]


@pytest.mark.parametrize("region", range(3))
def test_sectors_and_what_was_vented_or_let_go_by_products_make_the_emissions(found, region: int) -> None:
    sectors = sum(path(found, name, region) for name in SECTOR_VARIABLES.values())
    vented, let_go = (path(found, f"{DESTINATION}|{x}", region) for x in ("Vented", "Usage|Released"))
    total = path(found, "Emissions|CO2", region)
    np.testing.assert_allclose(total, sectors + vented + let_go, rtol=1e-12)
    assert vented.max() > 0.0 and let_go.max() > 0.0
    np.testing.assert_allclose(path(found, "Emissions|CO2|Released after Capture", region), vented + let_go)


@pytest.mark.parametrize("region", range(3))
def test_what_is_used_goes_to_one_product_or_another_and_stays_or_not(found, region: int) -> None:
    used = path(found, f"{DESTINATION}|Usage", region)
    products = [name for name in found.variables if name.startswith(f"{DESTINATION}|Usage|By Product|")]
    assert len(products) == len(REGION.co2.products.names)
    np.testing.assert_allclose(sum(path(found, name, region) for name in products), used, atol=1e-12)
    fates = sum(path(found, f"{DESTINATION}|Usage|{x}", region) for x in ("Permanent", "Released"))
    np.testing.assert_allclose(fates, used, atol=1e-12)
    sales = path(found, "Revenue|CO2 Products", region) * 1e3
    np.testing.assert_allclose(sales, path(found, "Price|CO2 Products", region) * used, rtol=1e-9)


@pytest.mark.parametrize("region", range(3))
def test_carriers_make_what_sectors_emit(found, region: int) -> None:
    carriers = [name for name in found.variables if name.startswith("Emissions|CO2|By Fuel|")]
    sectors = sum(path(found, name, region) for name in SECTOR_VARIABLES.values())
    by_carrier = sum(path(found, name, region) for name in carriers)
    np.testing.assert_allclose(by_carrier, sectors, rtol=1e-9)


@pytest.mark.parametrize("region", range(3))
def test_co2_of_oil_is_that_of_the_oil_burnt_most_of_it_on_the_road(found, region: int) -> None:
    """Each GJ emits what it holds while nobody captures it; refineries do later."""
    oil, on_road = (path(found, name, region) for name in ("Primary Energy|Oil", "Final Energy|Oil|Road"))
    held = REGION.power.carrier_co2_t_per_gj[ENERGY.index("oil")] * GJ_PER_TCE
    emitted, early = path(found, "Emissions|CO2|By Fuel|Oil", region), SCENARIO.years.array() < 2026
    np.testing.assert_allclose(emitted[early], (oil * held)[early], rtol=1e-9)
    assert (emitted <= oil * held * (1.0 + 1e-12)).all()
    assert (on_road > 0.0).all() and (on_road <= oil * (1.0 + 1e-12)).all()


@pytest.mark.parametrize("region", range(3))
def test_fuels_are_all_of_primary_energy_that_is_not_electricity(found, region: int) -> None:
    fossil = sum(path(found, f"Primary Energy|{fuel}", region) for fuel in ("Coal", "Oil", "Gas"))
    whole = path(found, "Primary Energy", region) - path(found, "Primary Energy|Non-Fossil", region)
    assert (fossil > 0.0).all() and (fossil <= whole * (1.0 + 1e-12)).all()


@pytest.mark.parametrize("region", range(3))
def test_captured_is_stored_used_and_vented_and_by_electricity_and_industry(found, region: int) -> None:
    captured = path(found, "Carbon Capture", region)
    where = sum(path(found, f"{DESTINATION}|{x}", region) for x in ("Storage", "Usage", "Vented"))
    who = sum(path(found, f"Carbon Capture|{x}", region) for x in ("Electricity", "Industry"))
    np.testing.assert_allclose(where, captured, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(who, captured, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["dual_carbon", "ccus_push", "baseline"])
def test_avoided_is_never_more_than_captured(name: str) -> None:
    """What comes back to the air, and what heat and electricity for capture emit, is captured but not avoided."""
    record = model_runs.record(shipped(name))
    assert np.all(record.co2.avoided_tco2 <= record.co2.captured_tco2 + 1e-6)
    kept = record.co2.stored_tco2 + record.co2.permanently_bound_tco2
    extra = extra_tco2(record)
    assert np.all(extra >= -1e-6) and np.all(extra[kept > 0.0] > 0.0)
    np.testing.assert_allclose(
        record.co2.captured_tco2.sum(axis=2) - returned_tco2(record) - extra,
        record.co2.avoided_tco2.sum(axis=2),
        atol=1.0,
    )


def test_what_capture_takes_is_charged_at_the_site_and_at_the_thermal_units_of_the_province() -> None:
    """By hand, in one year: a unit with penalty p that sells Q would have sold p/(1-p) Q more."""
    model = model_runs.watch(shipped("dual_carbon"))
    year = model.lived[-1].year
    n, units = year.plants.output_mwh.size, REGION.power.technologies
    replaced = np.zeros(2)
    for p in range(2):
        mine = model.plants.thermal[
            (model.plants.province[model.plants.thermal] == p) & (model.plants.thermal < n)
        ]
        replaced[p] = year.plants.emitted_tco2[mine].sum() / year.plants.output_mwh[mine].sum()
    expected = year.co2.sequestered_tco2.sum()
    for i in np.flatnonzero(year.plants.captured_tco2):
        p, penalty = model.plants.province[i], units.capture.energy_penalty[model.plants.fuel[i]]
        expected -= year.plants.output_mwh[i] * penalty / (1.0 - penalty) * replaced[p]
    goods, gas = model.industry, REGION.power.carrier_co2_t_per_gj[2]
    for i in np.flatnonzero(year.production.captured_tco2):
        extra = goods.capture_heat_gj[i] * gas + goods.capture_mwh[i] * replaced[goods.province[i]]
        expected -= year.production.captured_tco2[i] * extra
    assert model_runs.record(shipped("dual_carbon")).co2.avoided_tco2[-1].sum() == pytest.approx(
        expected, rel=1e-9
    )


@pytest.mark.parametrize("quantity", ["Secondary Energy|Electricity", "Capacity|Electricity"])
def test_fuels_make_electricity(found, quantity: str) -> None:
    parts = [name for name in FUEL_VARIABLES if "|" not in name]
    whole = path(found, quantity)
    np.testing.assert_allclose(sum(path(found, f"{quantity}|{name}") for name in parts), whole, rtol=1e-9)
    sun = [path(found, f"{quantity}|Solar|{kind}") for kind in ("Utility", "Rooftop")]
    np.testing.assert_allclose(sum(sun), path(found, f"{quantity}|Solar"), rtol=1e-9)


def test_the_region_is_the_sum_of_its_provinces_or_lies_between_them(found) -> None:
    record = model_runs.record(SCENARIO)
    for row, indicator in enumerate(indicators(REGION)):
        a, b, whole = found.values[row]
        if indicator.measure(record).ndim == 1:
            assert a.tolist() == b.tolist() == whole.tolist(), (
                "what the region has in one, such as the carbon market"
            )
        elif indicator.weight is None:
            np.testing.assert_allclose(whole, a + b, rtol=1e-9, atol=1e-9 * np.abs(whole).max() + 1e-12)
        else:
            assert np.all(whole >= np.minimum(a, b) - 1e-9), indicator.variable
            assert np.all(whole <= np.maximum(a, b) + 1e-9), indicator.variable


def test_hours_of_use_are_output_over_capacity_in_the_region_too(found) -> None:
    hours = path(found, "Secondary Energy|Electricity|Coal") * 1e3 / path(found, "Capacity|Electricity|Coal")
    np.testing.assert_allclose(path(found, "Utilisation Hours|Electricity|Coal"), hours, rtol=1e-9)


def test_shares_are_per_cent_of_something(found) -> None:
    share = found.values[found.variables.index("Primary Energy|Non-Fossil Share")]
    assert share.min() > 0.0 and share.max() < 100.0
    hours = found.values[found.variables.index("Utilisation Hours|Electricity|Coal")]
    assert hours.min() >= 0.0 and hours.max() <= 8760.0


def test_electricity_used_and_sent_is_what_was_made(found) -> None:
    """Over the year and the region: generation and what was not served make load, exports and what stores lose."""
    made = path(found, "Secondary Energy|Electricity") + path(found, "Unserved Energy|Electricity")
    made = made + path(found, "Rationing|Electricity|Industry")
    used = path(found, "Final Energy|Electricity") + path(found, "Trade|Electricity|Net Exports")
    used = used + path(found, "Losses|Electricity|Between Provinces")
    discharged = path(found, "Secondary Energy|Electricity|Storage")
    left = made - used - discharged  # what went into the stores
    assert np.all(left >= -1e-6), "stores lose, they do not make"
    assert np.all(left <= 0.5 * discharged + 1e-6)


def test_contracts_of_water_are_dearer_in_dry_months_of_a_year_to_come() -> None:
    """Mean of the province's months by what is sold in them, by hand from the record."""
    one = model_runs.record(shipped("baseline"))
    names = {indicator.variable: indicator for indicator in indicators(REGION)}
    prices = {
        season: names[f"Price|Electricity|Hydro Contracts|{season} Months"].measure(one)
        for season in ("Dry", "Wet")
    }
    sold, paid = one.prices.hydro_sold_mwh[10, 0], one.prices.hydro_paid_cny[10, 0]
    assert prices["Wet"][10, 0] == pytest.approx(paid[5:10].sum() / sold[5:10].sum())
    assert prices["Dry"][10, 0] == pytest.approx(paid[[11, 0, 1, 2, 3]].sum() / sold[[11, 0, 1, 2, 3]].sum())
    assert np.all(prices["Wet"][5:15, 0] < prices["Dry"][5:15, 0])


def test_the_record_is_in_small_parts_that_measure_every_year() -> None:
    record = model_runs.record(SCENARIO)
    assert all(len(part) < 20 for part in record), "split a subject before it grows larger"
    lengths = {name: values.shape[0] for name, values in model_runs.quantities(record).items()}
    assert set(lengths.values()) == {SCENARIO.years.array().size}

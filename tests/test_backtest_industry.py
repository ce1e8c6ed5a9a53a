"""Output times factors against the inventory of past years: which rows there are, and what they are made of."""

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation.industry import fuel_mtco2, industry_rows, process_mtco2
from tanlu.evaluation.past_facts import past_facts
from tanlu.region.tables import year_index
from tests.chengyu import PROVINCES
from tests.model_runs import REGION

LAST = REGION.industry.inventory_year
ROWS = tuple(industry_rows(REGION))


def published(province: str, sector: str, year: int) -> float:
    table = REGION.tables["inventory"]
    rows = table[(table["province"] == province) & (table["sector"] == sector) & (table["year"] == year)]
    return float(rows.loc[rows["source"].str.startswith("S01"), "co2_mt"].sum())


def test_every_sector_province_and_year_before_the_latest_inventory_has_a_row() -> None:
    wanted = {
        (f"CO2 of {sector}", province, year)
        for sector, first in past_facts(REGION).inventory_first_years.items()
        for province in PROVINCES
        for year in range(first, LAST)
    }
    wanted |= {("process CO2 of cement", p, year) for p in PROVINCES for year in range(2015, LAST + 1)}
    assert {(row.quantity, row.province, row.year) for row in ROWS} == wanted and len(ROWS) == len(wanted)
    for row in ROWS:
        assert row.bound_percent == 10.0 and row.model > 0.0
        if row.quantity.startswith("process"):
            continue
        assert row.statistic == pytest.approx(
            published(row.province, row.quantity.removeprefix("CO2 of "), row.year)
        )


def test_process_co2_of_cement_is_what_clinker_gives_off() -> None:
    """Within 2.5 % of the inventory in every year but Sichuan's 2019, whose process CO2 a tonne of cement jumps."""
    clinker = REGION.industry.products.names.index("clinker")
    rows = {(r.province, r.year): r for r in ROWS if r.quantity.startswith("process")}
    for (province, year), row in rows.items():
        kt = REGION.industry.demand_kt[year_index(year), PROVINCES.index(province), clinker]
        assert row.model == pytest.approx(0.525 * kt / 1e3)
        if (province, year) != ("Sichuan", 2019):
            assert abs(row.deviation_percent) < 2.5
    assert rows["Sichuan", 2019].verdict == "miss"


def test_steel_of_2018_is_output_times_the_factor_and_the_rest_moves_with_it() -> None:
    """By hand: both products of steel at their coal and gas, the rest of 2019 times the output of converters."""
    output, goods = REGION.industry.demand_kt, REGION.industry.products.names
    kt = output[year_index(2018), 1]
    converter, electric = goods.index("primary_steel"), goods.index("secondary_steel")
    factors = REGION.power.carrier_co2_t_per_gj
    per_t = [18.5 * factors[0] + 0.234 * factors[2], 0.5 * factors[0] + 0.15 * factors[2]]
    made = {
        year: (output[year_index(year), 1, [converter, electric]] * per_t).sum() / 1e3
        for year in (2018, LAST)
    }
    rest = (published("Chongqing", "steel", LAST) - made[LAST]) * kt[converter]
    expected = made[2018] + rest / output[year_index(LAST), 1, converter]
    (row,) = (r for r in ROWS if (r.quantity, r.province) == ("CO2 of steel", "Chongqing"))
    assert row.year == 2018 and row.model == pytest.approx(expected)


def test_transport_moves_with_grdp_and_the_nations_co2_per_gdp() -> None:
    """Chongqing in 2016 by hand: 914.5 Mt of the nation over a GDP of 1.068, 973.1 over 1.2914 in 2019."""
    (row,) = (r for r in ROWS if (r.quantity, r.province, r.year) == ("CO2 of transport", "Chongqing", 2016))
    intensity = (914.5 / 1.068) / (973.1 / 1.2914)
    expected = published("Chongqing", "transport", LAST) * 0.7837 / 0.9625 * intensity
    assert row.model == pytest.approx(expected, rel=1e-3)
    misses = [(r.province, r.year) for r in ROWS if "transport" in r.quantity and r.verdict == "miss"]
    assert misses == [("Sichuan", 2015)], "where the inventory moved oil between sectors"


def test_process_co2_counts_for_cement_alone() -> None:
    clinker = REGION.industry.products.names.index("clinker")
    given_off = 0.525 * REGION.industry.demand_kt[year_index(LAST), :, clinker] / 1e3
    np.testing.assert_allclose(process_mtco2(REGION, "cement")[year_index(LAST)], given_off)
    ammonia = REGION.industry.products.names.index("ammonia")
    assert REGION.industry.products.usual_process_tco2_per_t[ammonia] > 0.0
    burnt = REGION.industry.products.usual_energy_gj_per_t @ REGION.power.carrier_co2_t_per_gj[:4]
    makes = REGION.industry.products.sector == REGION.industry.products.sector[ammonia]
    by_hand = (REGION.industry.demand_kt[year_index(LAST)] * burnt * makes).sum(axis=1) / 1e3
    np.testing.assert_allclose(fuel_mtco2(REGION, "chemicals")[year_index(LAST)], by_hand)
    assert not process_mtco2(REGION, "chemicals").any()


def test_what_process_co2_misses_in_the_latest_year_is_not_moved_back() -> None:
    """Sichuan's cement: in every year the row is clinker's process CO2 and fuel that follows output."""
    rows = {r.year: r for r in ROWS if (r.quantity, r.province) == ("CO2 of cement", "Sichuan")}
    clinker = REGION.industry.products.names.index("clinker")
    output = REGION.industry.demand_kt[:, 0, clinker]
    fuel = published("Sichuan", "cement", LAST) - 45.76  # process CO2 of the inventory
    for year, row in rows.items():
        expected = (
            0.525 * output[year_index(year)] / 1e3
            + fuel * output[year_index(year)] / output[year_index(LAST)]
        )
        assert row.model == pytest.approx(expected, rel=0.02), (
            "but for flat glass, which has an output of its own"
        )


def test_the_command_shows_every_row_and_counts_the_misses(tmp_path) -> None:
    written = tmp_path / "rows.csv"
    shown = CliRunner().invoke(app, ["backtest", "industry", "--csv", str(written)])
    assert shown.exit_code == 0, shown.output
    misses = sum(row.verdict == "miss" for row in ROWS)
    assert f"{len(ROWS) - misses} of {len(ROWS)} bounded figures pass, {misses} miss" in shown.output
    assert len(written.read_text().splitlines()) == len(ROWS) + 1
    strict = CliRunner().invoke(app, ["backtest", "industry", "--strict"])
    assert strict.exit_code == (1 if misses else 0)

"""Water: what was there, what is stored, and what a year without statistics has."""

import numpy as np
import pytest

from model.region_hydro import HOURS_IN_MONTH
from model.regioncheck import statistics
from model.signals import FUELS, PROVINCES
from tests import model_runs
from tests.model_runs import REGION

HYDROLOGY = REGION.power.hydrology
CAPACITY = "hydro_conventional_6_mw_and_up_capacity_mw"
HYDRO = [FUELS.index("hydro_reservoir"), FUELS.index("hydro_run_of_river")]
SICHUAN = PROVINCES.index("Sichuan")


def spilled_gwh(province: str, year: int) -> float:
    table = REGION.tables["hydro_spill"]
    return float(table[(table["province"] == province) & (table["year"] == year)]["spilled_gwh"].iloc[0])


@pytest.mark.parametrize("province", PROVINCES)
@pytest.mark.parametrize("year", [2015, 2016, 2020, 2022, 2024])
def test_available_water_is_generation_and_what_was_spilled(province: str, year: int) -> None:
    official, p = statistics(REGION), PROVINCES.index(province)
    gwh = official[province, CAPACITY, year] * (HYDROLOGY.observed[year][p] @ HOURS_IN_MONTH) / 1e3
    whole = official[province, "hydro_generation_gwh", year] + spilled_gwh(province, year)
    assert gwh == pytest.approx(whole, rel=0.002)


def test_water_is_spilled_in_the_wet_months_only() -> None:
    for lost in HYDROLOGY.spilled.values():
        assert not lost[:, [0, 1, 2, 3, 10, 11]].any() and np.all(lost >= 0.0)
    assert np.all(HYDROLOGY.spilled[2020][SICHUAN, 5:10] > 0.0)
    assert not HYDROLOGY.spilled[2022][SICHUAN, 7:9].any(), "August and September 2022 were dry"


def test_the_normal_year_has_the_mean_spill_of_the_observed_years() -> None:
    years = range(2015, 2025)
    official = statistics(REGION)
    share = [spilled_gwh("Sichuan", y) / official["Sichuan", CAPACITY, y] for y in years]
    table = REGION.tables["hydro"]
    rows = table[(table["province"] == "Sichuan") & (table["year"].astype(str) == "normal")]
    generated = rows.sort_values("month")["capacity_factor"].to_numpy(float)
    extra = (HYDROLOGY.normal[SICHUAN] - generated) @ HOURS_IN_MONTH / 1e3
    assert extra == pytest.approx(np.mean(share), rel=1e-9)


def test_a_wet_year_spills_again_and_a_dry_one_does_not() -> None:
    record = model_runs.record(model_runs.shipped("baseline"))
    spilled = record.curtailed_mwh[:, SICHUAN, HYDRO].sum(axis=1) / 1e6
    assert spilled[2020 - model_runs.FIRST] > 5.0 > spilled[2022 - model_runs.FIRST]
    available = spilled + record.generation_mwh[:, SICHUAN, HYDRO].sum(axis=1) / 1e6
    for year in (2020, 2021, 2022):
        official = statistics(REGION)["Sichuan", "hydro_generation_gwh", year]
        assert available[year - model_runs.FIRST] == pytest.approx(
            (official + spilled_gwh("Sichuan", year)) / 1e3, rel=0.01
        )

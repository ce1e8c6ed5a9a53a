"""What is fitted of electricity: one command fits it again, to all years and to those known at a date."""

import dataclasses

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.evaluation.fits import BOUND_PERCENT, Fit, backtest_fits, fit_all
from tanlu.evaluation.forecast import free_region
from tanlu.evaluation.frozen import ALWAYS_ONLINE, frozen_region
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.pack import Region
from tests.chengyu import PROVINCES
from tests.model_runs import REGION

DATE = 2020


def keyed(fits: tuple[Fit, ...]) -> dict[tuple[str, str], Fit]:
    return {one.key: one for one in fits}


FULL, DATED = keyed(fit_all(REGION, None)), keyed(fit_all(REGION, DATE))


def changed_after(year: int) -> Region:
    """Return the pack with other figures of all later years."""
    tables = {name: table.copy() for name, table in REGION.tables.items()}
    tables["power_balance"].loc[tables["power_balance"]["year"] > year, "energy_gwh"] *= 1.5
    shape, hydro = tables["corridor_shape_observed"], tables["hydro"]
    shape.loc[shape["year"] > year, "share_of_year"] *= 1.0 + 0.2 * np.cos(shape["month"])
    hydro.loc[hydro["year"].astype(str) > str(year), "capacity_factor"] *= 0.8
    statistics = tables["power_statistics"]
    capacity = statistics["variable"].str.endswith("_capacity_mw") & statistics["variable"].str.match(
        "wind|solar"
    )
    statistics.loc[capacity & (statistics["year"] > year), "value"] *= 1.7
    return dataclasses.replace(REGION, tables=tables)


def test_the_pack_has_what_the_command_fits_to_all_years() -> None:
    held = [one for one in FULL.values() if one.in_pack is not None]
    assert len(held) == 10
    for one in held:
        assert one.value is not None and one.in_pack is not None
        # Since gas has no typed share 0.42 of coal units would fit, one step of the fit above the pack's 0.4.
        bound = 0.05 if one.key[0] == ALWAYS_ONLINE else BOUND_PERCENT / 100.0
        assert one.value == pytest.approx(one.in_pack, rel=bound), one.key


def test_the_command_prints_both_fits_next_to_the_pack() -> None:
    backtest = backtest_fits("chengyu", DATE)
    assert (
        backtest.report.lines[-1].endswith("10 of 11 bounded figures pass, 1 miss")
        and len(backtest.rows) == 11
    )
    (table,) = (part for part in backtest.report.sections)
    assert table.headings[3:] == ("In the pack", "All years", "Fitted to", "Known of 2020", "Fitted to")
    lines = {(row[0], row[1]): row[3:] for row in table.rows}
    # The share of coal that is always online has the least error of 2015 to 2017, whatever the date.
    assert lines[ALWAYS_ONLINE, "Sichuan"] == ("0.4", "0.42", "2015-2017", "0.42", "2015-2017")
    assert lines["growth of wind", "Chengyu"] == ("0.34", "0.341", "2016-2025", "0.474", "2016-2020")


def test_a_fit_of_a_date_knows_no_later_row() -> None:
    again = keyed(fit_all(changed_after(DATE), DATE))
    assert set(again) == set(DATED)
    for key, one in DATED.items():
        same = None if one.value is None else pytest.approx(one.value, rel=1e-12)
        assert again[key].value == same and again[key].years == one.years, key
    later = keyed(fit_all(changed_after(DATE), None))
    moved = [
        key
        for key, one in FULL.items()
        if abs(float(later[key].value or 0.0) - float(one.value or 0.0)) > 1e-6
    ]
    assert {what for what, _ in moved} >= {
        *("growth of wind", "growth of sun", "growth of demand", "contracts, June to October"),
        "water of a normal year",
    }, "a full fit does know them"


def test_no_list_of_projects_was_known_in_2020() -> None:
    mine = [one for (what, _), one in DATED.items() if what.startswith("completion")]
    assert [(one.value, one.years) for one in mine] == [(None, "no list known")] * 2


def test_frozen_packs_use_the_fit_of_their_date() -> None:
    frozen, fitted = frozen_region(REGION, DATE)
    words = {one.subject: one.value for one in fitted}
    for name in ("wind", "sun"):
        rate = DATED[f"growth of {name}", "Chengyu"].value
        assert words[f"growth of {name}"].startswith(f"{rate:.2f} a year")
    shape = frozen.tables["corridor_shape"]
    wet = shape[(shape["group"] == "sichuan_exports") & shape["month"].between(6, 10)]["share_of_year"].sum()
    assert 100.0 * wet == pytest.approx(DATED["contracts, June to October", "sichuan exports"].value)
    free, _ = free_region(REGION, DATE)
    demand, water = (
        free.power.demand_twh[6] / free.power.demand_twh[5],
        free.power.hydrology.observed[2021].available_factor,
    )
    for p, province in enumerate(PROVINCES):
        assert demand[p] - 1.0 == pytest.approx(DATED["growth of demand", province].value)
        assert water[p] @ HOURS_IN_MONTH == pytest.approx(
            DATED["water of a normal year", province].value, rel=1e-3
        )


def test_a_date_without_a_fit_is_refused() -> None:
    refused = CliRunner().invoke(app, ["backtest", "fits", "--frozen", "2023"])
    assert refused.exit_code == 2 and "allowed: 2018, 2019, 2020, 2021, 2022" in refused.output

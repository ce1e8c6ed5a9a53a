"""Contracts out of the region: what each line carries, and what it means to keep a part at home."""

import numpy as np
import pytest

from tanlu.core.axes import MONTHS, SEASONS
from tanlu.markets.electricity import export_contracts
from tanlu.power.hours import IMPORT, merit_sources_mw
from tanlu.region.corridors import read_corridors
from tanlu.region.hydro import HOURS_IN_MONTH
from tanlu.region.tables import year_index
from tests import model_runs
from tests.chengyu import EXPORT_LINES, SICHUAN
from tests.model_runs import FIRST, REGION, P, scenario, shipped, watch
from tests.power_years import around, clear, offer

LINES = REGION.power.corridors
ALL = np.ones((P, len(EXPORT_LINES), len(SEASONS)))


def test_lines_add_up_to_the_contracts_and_carry_none_before_they_stand() -> None:
    for year in (2020, 2022, 2026):
        t = year_index(year)
        lines = LINES.export_mw[t].sum(axis=0) + LINES.residual_mw[t, SICHUAN]
        inward = LINES.imports.mw[t][LINES.imports.zone == SICHUAN].sum(axis=0)
        np.testing.assert_allclose(lines - inward, LINES.contract_mw[t, SICHUAN], rtol=1e-9)
    before = LINES.export_mw[year_index(2021), EXPORT_LINES.index("jiansu")]
    assert not before.any() and LINES.export_mw[year_index(2023), EXPORT_LINES.index("jiansu")].all()


def test_the_whole_contract_is_sent_unless_policy_says_otherwise() -> None:
    for year in (2020, 2030, 2060):
        sent = export_contracts(REGION, year, ALL).sent_mw
        assert sent.tobytes() == LINES.contract_mw[year_index(year)].tobytes()


def test_a_share_of_one_line_in_one_season_stays() -> None:
    kept = ALL.copy()
    line, wet = EXPORT_LINES.index("binjin"), SEASONS.index("wet")
    kept[:, line, wet] = 0.6
    home = export_contracts(REGION, 2030, ALL).sent_mw - export_contracts(REGION, 2030, kept).sent_mw
    expected = 0.4 * LINES.export_mw[year_index(2030), line] * (LINES.season == wet)
    np.testing.assert_allclose(home[SICHUAN], expected, atol=1e-9)
    assert not home[1 - SICHUAN].any() and expected.max() > 100.0


def test_what_is_not_firm_follows_price_and_what_is_firm_does_not() -> None:
    """Two systems with the same contract: one has coal to spare below the price of neighbours, one is short."""
    contract, recallable = np.zeros((P, MONTHS)), np.zeros((P, MONTHS))
    contract[SICHUAN], recallable[SICHUAN] = 4e3, 1e3
    hours = float(HOURS_IN_MONTH.sum())
    year = around(contract_mw=contract, recallable_mw=recallable)
    ample, scarce = (clear(offer(coal=coal), year) for coal in ((30e3, 14e3), (4e3, 14e3)))
    assert (
        ample.prices.price_cny_per_mwh[SICHUAN].max() < 400.0 < scarce.prices.price_cny_per_mwh[SICHUAN].min()
    )
    assert ample.export_mwh[SICHUAN] == pytest.approx(4e3 * hours, rel=1e-9)
    assert scarce.shed_mwh[SICHUAN] > 0.0, "the firm part is sent even while load is cut"
    assert scarce.export_mwh[SICHUAN] == pytest.approx(3e3 * hours, rel=1e-9)


def test_each_line_has_its_own_firm_share_of_what_policy_leaves() -> None:
    kept = ALL.copy()
    kept[:, EXPORT_LINES.index("binjin")] = 0.6
    given = (
        kept[SICHUAN, :, :1] * (1.0 - LINES.export_firm_share[:, None]) * LINES.export_mw[year_index(2030)]
    )
    np.testing.assert_allclose(export_contracts(REGION, 2030, kept).recallable_mw[SICHUAN], given.sum(axis=0))
    assert given.sum() > 0.0


def test_observed_years_sent_what_they_sent_and_later_ones_may_send_less() -> None:
    lived = model_runs.watch(model_runs.shipped("baseline")).lived
    recallable = [one.clearing.around.recallable_mw for one in lived]
    assert not np.any(recallable[:5])
    assert all(mw[SICHUAN].all() for mw in recallable[6:])


@pytest.mark.parametrize("share", [np.nan, -0.1, 1.1])
def test_a_line_of_exports_without_a_firm_share_is_refused(share: float) -> None:
    corridors = REGION.tables["corridors"].copy()
    corridors.loc[corridors["corridor_id"] == "binjin", "firm_share"] = share
    with pytest.raises(ValueError, match="firm_share"):
        read_corridors({**REGION.tables, "corridors": corridors}, {"wet_months": [6]}, REGION.axes)


def test_energy_kept_at_home_replaces_thermal_power_and_lowers_the_price() -> None:
    runs = []
    for share in (1.0, 0.8, 0.5):
        block = {"kind": "export_contract", "from_year": 2026, "kept_share": share}
        runs.append(model_runs.record(scenario({"contracts": block}, years=(2025, 2027))))
    exports = [one.power.export_mwh[-1].sum() for one in runs]
    # Of the first year: later plants are not built or close, which takes a part of the price's fall back.
    prices = [one.power.price_cny_per_mwh[1, SICHUAN] for one in runs]
    emitted = [one.emissions.by_sector_tco2[-1].sum() for one in runs]
    for values in (exports, prices, emitted):
        assert values[0] > values[1] > values[2], values
    # It is announced, so investment answers a year before; power does not.
    for one in runs[1:]:
        assert one.power.output_mwh[0].tobytes() == runs[0].power.output_mwh[0].tobytes()
    assert runs[2].new_power.investment_cny[0].sum() < runs[0].new_power.investment_cny[0].sum()


def test_a_share_of_one_equals_no_policy_bit_for_bit() -> None:
    block = {"kind": "export_contract", "from_year": 2026, "kept_share": 1}
    one, none = (
        model_runs.record(scenario(blocks, years=(2025, 2032))) for blocks in ({"contracts": block}, None)
    )
    for name, values in model_runs.quantities(one).items():
        assert values.tobytes() == model_runs.quantities(none)[name].tobytes(), name


def test_neighbours_sell_less_in_a_month_with_a_dry_spell() -> None:
    """Debao carries nothing out there either while power is dear: it can bring as much as its neighbour has left."""
    share = REGION.parameters["neighbour_share_in_dry_spell"]
    dry, usual = (watch(shipped(name)).lived[2028 - FIRST].clearing for name in ("drought_2028", "baseline"))
    bought, usually = (one.around.border.purchases for one in (dry, usual))
    can_sell, usual_mw = (blocks.mw[blocks.zone == SICHUAN, 7].sum() for blocks in (bought, usually))
    assert 0.0 < share < 1.0 and 0.0 < can_sell <= share * usual_mw
    lines = REGION.power.corridors
    debao = lines.export_names.index("Deyang-Baoji HVDC (Debao), wet season")
    assert lines.export_firm_share[debao] == 0.0 and lines.export_mw[year_index(2028), debao, 7] > 0.0
    merit = merit_sources_mw(
        dry.outcome.hours.units, dry.outcome.hours.merit_order_mw, np.zeros(10_000, np.int64)
    )
    august = merit[SICHUAN, :, 7]
    assert 0.0 < august[IMPORT].max() <= can_sell
    stays = dry.around.recallable_mw[SICHUAN, 7]
    assert stays >= lines.export_mw[year_index(2028), debao, 7]

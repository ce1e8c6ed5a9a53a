"""Contracts out of the region: what each line carries, and what it means to keep a part at home."""

import numpy as np

from tanlu.core.axes import SEASONS, P
from tanlu.region.tables import year_index
from tanlu.simulation.steps.electricity import sent_by_contract
from tests import model_runs
from tests.chengyu import EXPORT_LINES, SICHUAN
from tests.model_runs import REGION, scenario

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
        sent = sent_by_contract(REGION, year, ALL)
        assert sent.tobytes() == LINES.contract_mw[year_index(year)].tobytes()


def test_a_share_of_one_line_in_one_season_stays() -> None:
    kept = ALL.copy()
    line, wet = EXPORT_LINES.index("binjin"), SEASONS.index("wet")
    kept[:, line, wet] = 0.6
    home = sent_by_contract(REGION, 2030, ALL) - sent_by_contract(REGION, 2030, kept)
    expected = 0.4 * LINES.export_mw[year_index(2030), line] * (LINES.season == wet)
    np.testing.assert_allclose(home[SICHUAN], expected, atol=1e-9)
    assert not home[1 - SICHUAN].any() and expected.max() > 100.0


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
    assert runs[2].power.investment_cny[0].sum() < runs[0].power.investment_cny[0].sum()


def test_a_share_of_one_equals_no_policy_bit_for_bit() -> None:
    block = {"kind": "export_contract", "from_year": 2026, "kept_share": 1}
    one, none = (
        model_runs.record(scenario(blocks, years=(2025, 2032))) for blocks in ({"contracts": block}, None)
    )
    for name, values in model_runs.quantities(one).items():
        assert values.tobytes() == model_runs.quantities(none)[name].tobytes(), name

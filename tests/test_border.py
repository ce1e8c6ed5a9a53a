"""The border: what crosses it, that trade between provinces cancels, and how much of a saving is moved elsewhere."""

import math

import numpy as np
import pytest

from tanlu.core.outcomes import BorderTrade
from tanlu.core.words import LANGUAGES, text
from tanlu.experiments.results import simulate
from tanlu.output.differences import half_width
from tanlu.output.figures.avoidance import Avoided, compute_avoided
from tanlu.output.figures.effects import effects
from tanlu.output.figures.paths import paths_of
from tanlu.output.figures.quantities import emission
from tanlu.pages.border import border_table, read_goods
from tanlu.pages.levers import Levers
from tanlu.pages.service import PACK
from tanlu.power.grid_factor import GridYear
from tanlu.records.border import (
    CONTRACTED,
    ELECTRICITY,
    PRICED,
    BorderRecord,
    FreedAllowances,
    GoodsTraded,
    list_border_goods,
    measure_border,
)
from tests import model_runs
from tests.fake_result import view_of
from tests.model_runs import REGION, scenario
from tests.test_grid_factor import CORRIDORS, NONE

PRICE = {"p": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 200}}


def small_border(received_mwh: np.ndarray, trade: BorderTrade | None = None) -> BorderRecord:
    """Chongqing takes 50 MWh by contract at 0.8; Sichuan sends 30 MWh out and 2 t of a good of 3 t CO2."""
    line = int(np.flatnonzero(CORRIDORS.imports.zone == 1)[0])
    taken = NONE._replace(
        contracted_mwh=np.eye(CORRIDORS.imports.zone.size)[line] * 50.0,
        received_mwh=received_mwh,
        outside_tco2=np.array([0.0, 40.0]),
    )
    grid = GridYear(taken, np.array([200.0, 250.0]), np.array([0.1, 0.44]))
    none = BorderTrade(*np.zeros((len(BorderTrade._fields), 2)))
    contracts = none._replace(
        contract_tco2=np.array([0.0, 45.0]), contract_avoided_tco2=np.array([21.0, 0.0])
    )
    goods = GoodsTraded(np.zeros((2, 1)), np.array([[2.0], [0.0]]), np.array([3.0]))
    allowances = FreedAllowances(*np.zeros((3, 7)))
    return measure_border(grid, trade or contracts, np.array([30.0, -50.0]), CORRIDORS, goods, allowances)


def test_electricity_that_goes_out_takes_its_co2_along() -> None:
    """Chongqing takes 100 MWh more at Sichuan's 0.1."""
    record = small_border(np.array([[0.0, 0.0], [100.0, 0.0]]))
    assert record.official_net_tco2 == pytest.approx([-0.1 * (100.0 + 30.0), 0.1 * 100.0 + 40.0])
    assert record.electricity_net_tco2 == pytest.approx([-0.1 * 100.0 - 21.0, 0.1 * 100.0 + 45.0])
    assert record.net_tco2 == pytest.approx(record.electricity_net_tco2 - [6.0, 0.0])
    assert record.quantity_out[0].tolist() == pytest.approx([30.0, 0.0, 100.0, 2.0])
    assert record.quantity_in[1].tolist() == pytest.approx([50.0, 0.0, 100.0, 0.0])


def test_trade_between_the_provinces_cancels() -> None:
    """In the sum over provinces, whatever flows between them."""
    apart = small_border(np.zeros((2, 2)))
    for flow in ([[0.0, 0.0], [100.0, 0.0]], [[0.0, 60.0], [100.0, 0.0]]):
        record = small_border(np.array(flow))
        assert record.net_tco2.sum() == pytest.approx(apart.net_tco2.sum(), abs=1e-12)
        assert record.official_net_tco2.sum() == pytest.approx(apart.official_net_tco2.sum(), abs=1e-12)
        assert record.net_tco2 != pytest.approx(apart.net_tco2)


def test_goods_without_a_figure_are_not_counted() -> None:
    goods = list_border_goods(REGION.trade.goods, REGION.trade.export_share)
    counted = {good.name for good in goods[len(ELECTRICITY) :] if good.is_counted_out}
    assert counted == {"primary_steel", "secondary_steel", "primary_aluminium", "vehicles"}
    assert [good.name for good in goods if not good.is_counted_in] == ["vehicles"]
    assert {good.unit for good in goods} == {"MWh", "t", "vehicles"}


def test_a_run_balances_at_the_border() -> None:
    """Neighbours sell where CO2 is dear here."""
    record = model_runs.record(scenario(PRICE, years=(2024, 2028)))
    border, grid, power = record.border, record.grid, record.power
    sent = border.quantity_out[..., [CONTRACTED, PRICED]].sum(axis=2)
    taken = border.quantity_in[..., [CONTRACTED, PRICED]].sum(axis=2)
    np.testing.assert_allclose(sent - taken, power.export_mwh, rtol=1e-9, atol=1.0)
    np.testing.assert_allclose(border.quantity_in[..., PRICED], grid.bought_mwh)
    assert np.all(border.quantity_out[..., len(ELECTRICITY) :] >= record.trade.exports)
    assert np.all(border.quantity_in[..., -1] == 0.0), "vehicles"
    np.testing.assert_allclose(
        border.official_tco2_in[..., [CONTRACTED, PRICED]].sum(axis=2), grid.imported_tco2, rtol=1e-9
    )
    carbon = border.tco2_in[..., PRICED] / np.maximum(border.quantity_in[..., PRICED], 1.0)
    assert 0.0 < carbon.max() < 1.2, "t/MWh of what neighbours sell"


def test_a_saving_is_told_with_and_without_imports() -> None:
    """Headline, record and indicator agree; the part moved elsewhere has the interval of a ratio of means."""
    window = {"years": (2024, 2029), "replications": 3}
    base, priced = (simulate(scenario(policies, **window)) for policies in ({}, PRICE))
    avoided = compute_avoided(paths_of(priced), paths_of(base))
    years = np.isin(base.years, np.arange(avoided.first_year, avoided.last_year + 1))

    def change(variable: str) -> np.ndarray:
        return np.asarray((priced.draws(variable) - base.draws(variable))[:, years].sum(axis=1))

    less, more = -change("Emissions|CO2"), change("Emissions|CO2|Net Imports")
    assert avoided.mtco2.mean == pytest.approx(less.mean(), rel=1e-9)
    assert avoided.elsewhere_mtco2.mean == pytest.approx(more.mean(), rel=1e-9)
    with_imports = -change("Emissions|CO2|With Net Imports")
    assert avoided.with_imports_mtco2.mean == pytest.approx(with_imports.mean(), rel=1e-9)
    assert avoided.mtco2.mean - avoided.elsewhere_mtco2.mean == pytest.approx(
        avoided.with_imports_mtco2.mean, rel=1e-9
    )
    ratio = more.mean() / less.mean()
    assert avoided.elsewhere_percent.mean == pytest.approx(100.0 * ratio) and ratio > 0.0
    assert avoided.elsewhere_percent.half_width == pytest.approx(
        100.0 * half_width(more - ratio * less) / less.mean()
    )
    parts = change("Emissions|CO2|Net Imports|Electricity") + change("Emissions|CO2|Net Imports|Goods")
    np.testing.assert_allclose(parts, more, rtol=1e-9)
    freed, used = change("Allowances|Other Regions|Left"), change("Allowances|Other Regions|Used")
    assert avoided.freed_mtco2.mean == pytest.approx(freed.mean(), rel=1e-9)
    assert avoided.used_by_others_mtco2.mean == pytest.approx(used.mean(), rel=1e-9)
    same = compute_avoided(paths_of(base), paths_of(base))
    assert math.isnan(same.elsewhere_percent.mean), "nothing is avoided"
    view = view_of("0" * 12, Levers(), priced, REGION.axes)
    for language in LANGUAGES:
        table = border_table(view, read_goods(PACK, REGION.axes), avoided.first_year, language)
        uncounted, above = (text(language, f"border.{key}") for key in ("not_counted", "counted_above"))
        (_, came, went), (_, imported, exported), (kept_goods, *kept), (_, *others) = table["rows"]
        assert uncounted not in (came, went, imported, exported)
        assert kept == [above, uncounted] and others == [uncounted, uncounted]
        assert {"en": "Clinker", "zh": "熟料"}[language] in kept_goods
        net, came_in = (
            priced.draws(f"Emissions|CO2|{name}")[:, years].sum(axis=1).mean()
            for name in ("Net Imports|Goods", "Imported Goods")
        )
        assert imported == str(emission(came_in, language)) and came_in > 0.0
        assert exported == str(emission(came_in - net, language)) and came_in > net
    figure = effects(paths_of(priced), paths_of(base))["avoided_with_imports"]
    assert figure.value == pytest.approx(avoided.with_imports_mtco2.mean)


def test_rebound_is_what_other_emissions_take_back_of_what_is_stored_more() -> None:
    """Of 100 Mt stored more 60 are saved here and 50 with imports; more saved than stored is no rebound."""
    base = paths_of(simulate(scenario({}, years=(2024, 2026), replications=3)))
    spread = np.array([[0.9], [1.0], [1.1]]) * base.is_counted / base.is_counted.sum()

    def against_base(saved_mtco2: float) -> Avoided:
        answer = base._replace(
            emissions_mtco2=base.emissions_mtco2 - saved_mtco2 * spread,
            elsewhere_mtco2=base.elsewhere_mtco2 + 10.0 * spread,
            sequestered_mtco2=base.sequestered_mtco2 + 100.0 * spread,
        )
        return compute_avoided(answer, base)

    avoided = against_base(60.0)
    assert avoided.sequestered_mtco2.mean == pytest.approx(100.0)
    assert avoided.rebound_percent.mean == pytest.approx(40.0)
    assert avoided.rebound_percent.half_width == pytest.approx(0.0, abs=1e-9), "each pair has the same part"
    assert avoided.rebound_with_imports_percent.mean == pytest.approx(50.0)
    assert math.isnan(against_base(130.0).rebound_percent.mean), "other things save too"
    assert math.isnan(compute_avoided(base, base).rebound_percent.mean), "nothing is stored"

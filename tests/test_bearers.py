"""Who bears what: the laws of the room of who is affected, on the engine's answer."""

import numpy as np
import pytest

from tanlu.core.words import LANGUAGES
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import paths_of
from tanlu.output.measured import Measured
from tanlu.output.result import simulate
from tanlu.pages.levers import Levers
from tanlu.pages.money.bearers import axes_of, borne_rows, borne_values
from tests.chengyu import AXES
from tests.fake_result import view_of
from tests.model_runs import shipped

TARIFFS = ("Residential", "Industry", "Commercial", "Agriculture")


@pytest.fixture(scope="module")
def answer():
    result = simulate(shipped("high_carbon_price"), years=(2020, 2030))
    return result, view_of("0" * 12, Levers(), result, AXES)


def test_transfers_sum_to_nothing(answer):
    """To 1e-9 of turnover, over all parties in every year: what one pays another gets."""
    result, view = answer
    paid = view.payments.paid
    net = (paid.sum(axis=-2) - paid.sum(axis=-1)).sum(axis=-1)
    assert paid.sum() > 100.0 and np.all(np.abs(net) <= 1e-9 * paid.sum(axis=(-2, -1)))
    flows = result.flows
    parties = set(flows["payer"]) | set(flows["payee"])
    kept = sum(
        flows.loc[flows["payee"] == one, "value_cny"].sum()
        - flows.loc[flows["payer"] == one, "value_cny"].sum()
        for one in parties
    )
    assert abs(kept) <= 1e-9 * flows["value_cny"].sum()


def test_the_net_of_the_budget_is_that_of_the_card_and_provinces_add_up(answer):
    result, view = answer
    paths = paths_of(Measured(result.scenario, result.measures))
    values = borne_values(view, view, paths.counted_from)
    rows = [row.indicator for row in borne_rows(view.measures.variables)]
    at = rows.index("Public Budget|Climate Support|Net")
    *provinces, whole = values["now"]["sums"][at]
    card = levels(paths)["net_public_money_cumulative"].value
    assert whole == pytest.approx(card, rel=1e-9) and abs(card) > 1.0
    assert sum(provinces) == pytest.approx(whole, rel=1e-9)
    assert values["now"] == values["before"]


def test_the_parts_of_retail_prices_add_up_to_the_price(answer):
    result, _ = answer
    for name in TARIFFS:
        price = f"Price|Final Energy|{name}|Electricity"
        parts = [one for one in result.measures.variables if one.startswith(f"{price}|")]
        assert len(parts) == 6
        for region in result.measures.regions:
            total = sum(result.draws(one, region) for one in parts)
            assert total == pytest.approx(result.draws(price, region), rel=1e-9), (name, region)


def test_every_bearer_has_rows_and_every_row_a_unit(answer):
    _, view = answer
    rows = list(borne_rows(view.measures.variables))
    assert {row.bearer for row in rows} == {
        *("households", "industry", "commerce", "farms", "carbon", "budget", "lenders", "owners")
    }
    assert len({(row.bearer, row.indicator) for row in rows}) == len(rows)
    assert not [row for row in rows if "By Policy" in row.indicator]
    values = borne_values(view, view, 2025)
    for language in LANGUAGES:
        assert len(list(axes_of(view, values, language))) == len(rows)
    price = [row.indicator for row in rows].index("Price|Final Energy|Residential|Electricity")
    assert values["now"]["sums"][price] is None, "prices do not add up over years"

"""What is kept of the laws of the real region is that of the table, and holds; the page and the package show it."""

from itertools import chain

import numpy as np
import pytest
from scipy import stats

from tanlu.core.words import LANGUAGES
from tanlu.policies import KINDS
from tanlu.policies.texts import laws
from tanlu.policies.texts.documentation import explain
from tests.laws import page
from tests.laws.economics import MOST_PAIRS, effect, reference
from tests.laws.harness import case
from tests.laws.rows_economics import PAIRS
from tests.laws.table import ECONOMICS, ROWS

PUBLIC_ROWS = laws.law_rows()
MEASURED = [law for law in PUBLIC_ROWS if law.pairs > 1]


def test_the_file_of_the_package_is_the_table() -> None:
    assert [*map(repr, PUBLIC_ROWS)] == [*map(repr, page.public_table())], (
        "write it: python -m tests.laws pages"
    )


def test_the_page_is_up_to_date() -> None:
    written = page.PAGE.read_text(encoding="utf-8")
    assert written == page.page(), "write it: uv run python -m tests.laws pages"


@pytest.mark.parametrize("law", MEASURED, ids=lambda law: law.lever)
def test_a_measured_law_holds_beyond_noise(law: laws.LawRow) -> None:
    assert PAIRS <= law.pairs <= MOST_PAIRS
    assert law.change * {"+": 1.0, "-": -1.0}[law.sign] > law.half_width >= 0.0
    assert law.date and law.commit


def test_thirty_questions_are_answered_among_them_one_of_each_instrument() -> None:
    assert len(ECONOMICS) == len(MEASURED) >= 30
    asked = {law.lever.split(".")[1] for law in ECONOMICS if law.lever.startswith("policies.")}
    assert asked == set(KINDS)


def test_the_interval_is_that_of_student() -> None:
    low, high = np.random.default_rng(1).normal(size=(2, 8))
    measured, pairs = effect(list(low), list(high)), stats.ttest_rel(high, low)
    ends = pairs.confidence_interval(0.95)
    np.testing.assert_allclose(measured.change + measured.half_width * np.array([-1.0, 1.0]), ends)
    assert measured.before == low.mean()
    assert effect([1.0, 2.0], [2.0, 2.5]).sign == "" and effect([1.0, 2.0], [0.0, 1.0]).sign == "-"


def test_laws_share_the_run_without_their_lever() -> None:
    without = {reference(case(law, law.low)) for law in ECONOMICS if law.low == 0 and not law.world}
    assert len(without) == 1
    assert without.isdisjoint(reference(case(law, law.high)) for law in ECONOMICS if law.low == 0)


def test_explain_says_of_every_key_with_a_row_which_way_it_works() -> None:
    for lever in dict.fromkeys(law.lever for law in PUBLIC_ROWS if law.lever.startswith("policies.")):
        _, kind, name = lever.split(".")
        sentences = [laws.law_sentences(kind, name, language) for language in LANGUAGES]
        assert sentences[0] and len(sentences[0]) == len(sentences[1])
        assert all(sentence in explain(kind) for sentence in chain(*sentences)), lever


def test_explain_tells_the_measured_change_in_both_languages() -> None:
    text = explain("carbon_price")
    assert "CO2 emissions: lower at 200 than at 0. In the real region the change is −" in text
    assert "二氧化碳排放：取 200 时低于取 0 时。 真实区域中 8 对抽样的平均变化为 −" in text


def test_every_row_is_on_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert all(f"`{row.lever}`" in text and row.why in text for row in ROWS)

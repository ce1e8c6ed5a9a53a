"""Research on capture: what is known against a slow twin, its luck, and that failure costs only money."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.core.schedules import ResearchSchedule
from tanlu.indicators.main import indicators, measure
from tanlu.investment.learning import research_cost_factor
from tanlu.region.pack import load_region
from tanlu.settlement.research import advance_research
from tanlu.state.state import CaptureResearch
from tests.model_runs import REGION, P, in_small_pack

FIRST, LAST = 2024, 2060
LAG, WORN = 3, 0.95
YEARS = np.arange(FIRST, LAST + 1)
spending = st.lists(st.floats(0.0, 5e9), min_size=YEARS.size * P, max_size=YEARS.size * P).map(
    lambda values: np.reshape(values, (YEARS.size, P))
)
chances = st.floats(0.0, 1.0)


def stocks(spent_cny: np.ndarray, chance: float, replication: int = 0) -> list[float]:
    """What is known at the end of each year."""
    state, known = CaptureResearch.nothing(LAG), []
    for year, money in zip(YEARS, spent_cny, strict=True):
        law = ResearchSchedule(money, money * chance)
        state = advance_research(state, law, REGION, int(year), seed=42, replication=replication)
        known.append(state.stock_cny)
    return known


def succeeds(chance: float, replication: int) -> np.ndarray:
    """Which years' money of the first province succeeds, one CNY a year [Y]."""
    alone = np.zeros((YEARS.size, P))
    alone[:, 0] = 1.0
    known = np.array([0.0, *stocks(alone, chance, replication)])
    return np.round(known[1:] - WORN * known[:-1])[LAG:]


@settings(max_examples=25, deadline=None)
@given(spending)
def test_what_is_known_is_the_sum_of_what_is_not_yet_forgotten(spent_cny: np.ndarray) -> None:
    """With a chance of 1: money of a year counts from the fourth year on, and a twentieth is lost in each."""
    for end, known in zip(YEARS, stocks(spent_cny, 1.0), strict=True):
        old = [
            spent_cny[y].sum() * WORN ** (end - year - LAG)
            for y, year in enumerate(YEARS)
            if year + LAG <= end
        ]
        assert known == pytest.approx(sum(old), rel=1e-9, abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(spending, chances, st.integers(0, 7))
def test_twice_the_budget_never_makes_capture_dearer(
    spent_cny: np.ndarray, chance: float, replication: int
) -> None:
    usual, twice = (stocks(money, chance, replication) for money in (spent_cny, 2.0 * spent_cny))
    for less, more in zip(usual, twice, strict=True):
        assert research_cost_factor(REGION, more) <= research_cost_factor(REGION, less) <= 1.0


def test_a_plan_succeeds_or_fails_as_a_whole_and_as_often_as_the_chance_says() -> None:
    plans = (YEARS[: YEARS.size - LAG] - 2021) // 5
    by_plan = []
    for replication in range(60):
        likely, unlikely = (succeeds(chance, replication) for chance in (0.6, 0.3))
        assert (unlikely <= likely).all(), "a larger chance turns no success into a failure"
        for plan in np.unique(plans):
            assert np.unique(likely[plans == plan]).size == 1
            by_plan.append(likely[plans == plan][0])
    mean, error = np.mean(by_plan), np.std(by_plan) / np.sqrt(len(by_plan))
    assert abs(mean - 0.6) < 3.0 * error and len(by_plan) == 480


def test_knowledge_as_large_as_the_worlds_makes_capture_cheaper_by_the_elasticity() -> None:
    world_cny = REGION.parameters["capture_research_world_stock_bn_cny"] * 1e9
    assert research_cost_factor(REGION, world_cny) == pytest.approx(2.0**-0.1, rel=1e-12)
    assert research_cost_factor(REGION, 0.0) == 1.0


def test_a_centre_that_fails_costs_its_money_and_changes_nothing_else() -> None:
    """To the last bit of every indicator, in two provinces with capture; one that succeeds changes capture."""
    capture = {"kind": "ccus_subsidy", "from_year": 2024, "rate_cny_per_tco2": 500}
    centre = {"kind": "ccus_innovation_centre", "from_year": 2024, "budget_bn_cny_per_year": 2}
    table = indicators(load_region("two_provinces"))

    def values(**policies: dict[str, object]) -> dict[str, np.ndarray]:
        lived = in_small_pack({"capture": capture, **policies})
        measured = measure(lived.record, lived.years, table).values
        return {one.variable: np.asarray(value) for one, value in zip(table, measured, strict=True)}

    none, fails, succeeds_always = (
        values(),
        values(centre=centre | {"success_share": 0}),
        values(centre=centre | {"success_share": 1}),
    )
    moved = {name for name, value in fails.items() if not np.array_equal(value, none[name], equal_nan=True)}
    support = "Public Budget|Climate Support"
    assert moved == {"Public Budget|Capture Research", support, f"{support}|Net"}
    paid = fails["Public Budget|Capture Research"]  # [P + 1, Y], years from 2022 on
    assert paid.tolist() == [[0.0] * 2 + [2.0] * 8] * 2 + [[0.0] * 2 + [4.0] * 8]
    assert succeeds_always["Capture Research|Cost Reduction"].max() > 1.0
    spent = "Investment|Carbon Capture"
    assert not np.array_equal(succeeds_always[spent], none[spent])

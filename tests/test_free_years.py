"""No break where statistics end: the first free years against the last observed one, and what moves coal power."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest

from tanlu.core.axes import FUEL
from tanlu.core.units import MWH_PER_TWH
from tanlu.evaluation.free_years import free_year_steps, free_years_section
from tanlu.evaluation.tables import past_run
from tanlu.experiments.results import simulate
from tanlu.indicators.free_years import CAUSES, CO2_BAR_PERCENT, COAL_BAR_PERCENT, YearStep, step_in_words
from tanlu.output.free_years import free_years_in_words, named_steps, steps_of
from tanlu.output.result import Result
from tanlu.region.demand import INDEXED_PARTS
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.simulation.run import Run
from tests import electricity_indices as indices
from tests.model_runs import REGION, scenario


@pytest.fixture(scope="module")
def steps() -> tuple[YearStep, ...]:
    return free_year_steps(REGION)


def unexplained_twh(step: YearStep) -> np.ndarray:
    """Return what the causes leave open of the change of coal power [P]."""
    change = step.coal_twh[1] - step.coal_twh[0]
    return np.asarray(change - np.sum(list(step.causes_twh.values()), axis=0))


def test_the_first_free_years_do_not_break(steps: tuple[YearStep, ...]) -> None:
    """2025 with its known water, then 2026 with normal water; coal power of 2026 depends on which projects come.

    In 2025 a line opens and neighbours begin to sell and buy by price: the record has their trade as it was delivered.
    """
    assert [step.year for step in steps] == [2025, 2026]
    assert (COAL_BAR_PERCENT, CO2_BAR_PERCENT) == (5.0, 3.0)
    for step in steps:
        assert step.coal_twh.sum(axis=1).min() > 100.0, "coal power is there to change"
        assert abs(step.co2_change_percent) < 3.0, step_in_words(step, "en")
    assert steps[0].causes_twh["net_exports"].sum() < -10.0, "imports take the place of coal power"
    assert abs(steps[0].coal_change_percent) < 7.5, step_in_words(steps[0], "en")
    assert abs(steps[1].coal_change_percent) < 10.0, "within it in most draws, and named in the others"


EARLIER = (2020, 2021, 2022, 2023)


@pytest.fixture(scope="module")
def earlier() -> Mapping[int, tuple[YearStep, ...]]:
    """Return the steps with an earlier last year of statistics."""
    return {last: free_year_steps(ending_in(last)) for last in EARLIER}


@pytest.fixture(scope="module")
def observed() -> Run:
    return past_run(REGION)


def ending_in(last: int) -> Region:
    """Return the pack with another last year of statistics."""
    settings = MappingProxyType({**REGION.settings, "last_observed_year": last})
    return dataclasses.replace(REGION, settings=settings)


@pytest.mark.parametrize("last", EARLIER)
def test_with_an_earlier_last_observed_year_the_run_names_what_moves_coal_power(
    last: int, earlier: Mapping[int, tuple[YearStep, ...]]
) -> None:
    region = ending_in(last)
    assert region.power.hydrology.years_of_normal == REGION.power.hydrology.years_of_normal
    for step in earlier[last]:
        assert tuple(step.causes_twh) == CAUSES
        assert max(np.abs(one).max() for one in step.causes_twh.values()) > 5.0
        np.testing.assert_allclose(unexplained_twh(step), 0.0, atol=1e-6)
        if step.is_beyond:
            section = free_years_section(region, (step,))
            assert section.notes[-1] == step_in_words(step, "en")


@pytest.mark.parametrize("last", EARLIER)
def test_a_first_free_year_is_like_the_same_year_observed(
    last: int, earlier: Mapping[int, tuple[YearStep, ...]], observed: Run
) -> None:
    """Statistics of that year give water and trade; demand and who runs are the model's."""
    step, at = earlier[last][0], last + 1 - REGION.base_year
    coal = observed.record.power.output_mwh[at, :, FUEL["coal"]].sum() / MWH_PER_TWH
    assert step.coal_twh[1].sum() == pytest.approx(coal, rel=COAL_BAR_PERCENT / 100.0)
    tonnes = observed.record.emissions.by_sector_tco2.sum(axis=(1, 2))
    change = 100.0 * (tonnes[at] / tonnes[at - 1] - 1.0)
    assert step.co2_change_percent == pytest.approx(change, abs=CO2_BAR_PERCENT)


@pytest.mark.parametrize("last", EARLIER)
def test_demand_of_earlier_free_years_grows_as_it_did(
    last: int, earlier: Mapping[int, tuple[YearStep, ...]]
) -> None:
    grown = np.diff(REGION.power.demand_twh, axis=0).sum(
        axis=1
    )  # the first is of the pack's second data year
    for step in earlier[last]:
        if step.year <= REGION.last_observed_year:
            more = grown[year_index(step.year) - 1]
            assert more > 10.0
            assert step.causes_twh["load"].sum() == pytest.approx(more, abs=2.0)


def test_past_indices_of_demand_are_what_the_statistics_give() -> None:
    """`python -m tests.electricity_indices` writes the rows."""
    table = REGION.tables["drivers"].set_index(["province", "driver", "year"])["value"]
    wanted = {(row[0], row[1], int(row[2])): float(row[3]) for row in indices.rows(REGION)}
    assert len(wanted) == 2 * len(INDEXED_PARTS) * 9
    for key, value in wanted.items():
        assert table[key] == pytest.approx(value, rel=2e-3), key


def test_causes_add_up_in_each_province(steps: tuple[YearStep, ...]) -> None:
    for step in steps:
        np.testing.assert_allclose(unexplained_twh(step), 0.0, atol=1e-6)
        flow = step.causes_twh["flow"]
        assert flow.sum() == pytest.approx(0.0, abs=1e-9) and np.abs(flow).max() > 0.1


def test_a_step_beyond_its_bar_is_named_with_its_largest_cause_first() -> None:
    causes = {cause: np.zeros(2) for cause in CAUSES} | {
        "water": np.array([-9.0, 0.5]),
        "load": np.array([2.0, 0]),
    }
    step = YearStep(2026, np.array([[60.0, 40.0], [53.0, 40.5]]), causes, co2_change_percent=-2.0)
    assert step.is_beyond and step.coal_change_percent == pytest.approx(-6.5)
    said = "2025 to 2026: coal power −6.5 TWh (−6.5 %), CO2 −2.0 %. What moved coal power, TWh: water −8.5, load +2.0."
    assert step_in_words(step, "en") == said
    assert free_years_section(REGION, (step,)).notes[-1] == said
    calm = step._replace(coal_twh=np.array([[60.0, 40.0], [58.0, 40.5]]))
    assert not calm.is_beyond and said not in free_years_section(REGION, (calm,)).notes
    assert calm._replace(co2_change_percent=3.1).is_beyond


# --- in a run ----------------------------------------------------------------------------------------------------


def steps_in(result: Result) -> tuple[YearStep, ...]:
    last = REGION.last_observed_year
    years = result.years.tolist()
    return steps_of(lambda v, g: result.path(v, g).to_numpy(), result.measures.regions, years, last)


def test_a_run_finds_the_causes_that_the_backtest_finds(steps: tuple[YearStep, ...]) -> None:
    """The run has its indicators alone: what they leave of the change is what lines and stores lose, nearly nothing."""
    found = steps_in(simulate(scenario(years=(2024, 2026))))
    assert [step.year for step in found] == [step.year for step in steps]
    for run, cleared in zip(found, steps, strict=True):
        assert run.coal_change_percent == pytest.approx(cleared.coal_change_percent, abs=0.15)
        assert run.co2_change_percent == pytest.approx(cleared.co2_change_percent, abs=0.05)
        assert abs(run.causes_twh["losses"].sum()) < 0.2, "nothing else is left over"
        for cause in ("load", "net_exports", "wind_and_sun", "losses", "load_cut"):
            assert run.causes_twh[cause].sum() == pytest.approx(cleared.causes_twh[cause].sum(), abs=0.05)
        # With capacity at the end of the year in place of its mean.
        for cause in ("water", "new_hydropower"):
            assert run.causes_twh[cause].sum() == pytest.approx(cleared.causes_twh[cause].sum(), abs=2.0)


def test_a_run_names_the_causes_of_a_year_beyond_its_bar_and_of_no_other() -> None:
    dry = simulate(scenario(years=(2024, 2026), world={"drought": {2026: 2023}}))
    first, step = (one for one in steps_in(dry) if one.is_beyond)
    assert (first.year, step.year) == (2025, 2026) and step.coal_change_percent > COAL_BAR_PERCENT
    _, said = free_years_in_words(dry, "en")
    assert said.startswith("2025 to 2026: coal power +") and "load +27" in said
    _, said = free_years_in_words(dry, "zh")
    assert said.startswith("2025至2026年：煤电+") and "用电负荷+27" in said
    assert not free_years_in_words(simulate(scenario(years=(2026, 2027))), "en"), "no year to compare with"


def test_an_answer_without_the_indicators_says_nothing() -> None:
    def never(variable: str, region: str) -> np.ndarray:
        raise AssertionError((variable, region))

    assert named_steps(never, {"Emissions|CO2"}, REGION.axes.regions, [2024, 2025, 2026], 2024) == ()

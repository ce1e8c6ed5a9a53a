"""No break where statistics end: the first free years against the last observed one, and what moves coal power."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest

from tanlu.core.axes import FUEL
from tanlu.core.units import MWH_PER_TWH
from tanlu.evaluation.free_years import (
    CAUSES,
    CO2_BAR_PERCENT,
    COAL_BAR_PERCENT,
    YearStep,
    free_year_steps,
    free_years_section,
    named_causes,
)
from tanlu.evaluation.tables import past_run
from tanlu.region.pack import Region
from tanlu.region.tables import year_index
from tanlu.simulation.run import Run
from tests import electricity_indices as indices
from tests.model_runs import REGION


@pytest.fixture(scope="module")
def steps() -> tuple[YearStep, ...]:
    return free_year_steps(REGION)


def unexplained_twh(step: YearStep) -> np.ndarray:
    """Return what the causes leave open of the change of coal power [P]."""
    change = step.coal_twh[1] - step.coal_twh[0]
    return np.asarray(change - np.sum(list(step.causes_twh.values()), axis=0))


def test_the_first_free_years_do_not_break(steps: tuple[YearStep, ...]) -> None:
    """2025 with its known water, then 2026 with normal water; coal power of 2026 depends on which projects come."""
    assert [step.year for step in steps] == [2025, 2026]
    assert (COAL_BAR_PERCENT, CO2_BAR_PERCENT) == (5.0, 3.0)
    for step in steps:
        assert step.coal_twh.sum(axis=1).min() > 100.0, "coal power is there to change"
        assert abs(step.co2_change_percent) < 3.0, named_causes(step)
    assert not steps[0].is_beyond, named_causes(steps[0])
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
            assert section.notes[-1] == named_causes(step)


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
    assert len(wanted) == 2 * 7 * 9
    for key, value in wanted.items():
        assert table[key] == pytest.approx(value, rel=2e-3), key


def test_causes_add_up_in_each_province(steps: tuple[YearStep, ...]) -> None:
    for step in steps:
        np.testing.assert_allclose(unexplained_twh(step), 0.0, atol=1e-6)
        flow = step.causes_twh["flow between the provinces"]
        assert flow.sum() == pytest.approx(0.0, abs=1e-9) and np.abs(flow).max() > 0.1


def test_a_step_beyond_its_bar_is_named_with_its_largest_cause_first() -> None:
    causes = {cause: np.zeros(2) for cause in CAUSES} | {
        "water": np.array([-9.0, 0.5]),
        "load": np.array([2.0, 0]),
    }
    step = YearStep(2026, np.array([[60.0, 40.0], [53.0, 40.5]]), causes, co2_change_percent=-2.0)
    assert step.is_beyond and step.coal_change_percent == pytest.approx(-6.5)
    said = "2025 to 2026: coal power -6.5 TWh (-6.5 %): water -8.5, load +2.0."
    assert named_causes(step) == said
    assert free_years_section(REGION, (step,)).notes[-1] == said
    calm = step._replace(coal_twh=np.array([[60.0, 40.0], [58.0, 40.5]]))
    assert not calm.is_beyond and said not in free_years_section(REGION, (calm,)).notes
    assert calm._replace(co2_change_percent=3.1).is_beyond

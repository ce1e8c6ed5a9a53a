"""No break where statistics end: the first free years against the last observed one, and what moves coal power."""

import dataclasses
from types import MappingProxyType

import numpy as np
import pytest

from tanlu.evaluation.free_years import (
    CAUSES,
    CO2_BAR_PERCENT,
    COAL_BAR_PERCENT,
    YearStep,
    free_year_steps,
    free_years_section,
    named_causes,
)
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


@pytest.mark.parametrize("last", [2020, 2021, 2022, 2023])
def test_with_an_earlier_last_observed_year_the_run_names_what_moves_coal_power(last: int) -> None:
    """Indices of electricity demand begin in 2024, so load of earlier free years falls far short of the statistic."""
    settings = MappingProxyType({**REGION.settings, "last_observed_year": last})
    region = dataclasses.replace(REGION, settings=settings)
    assert region.power.hydrology.years_of_normal == REGION.power.hydrology.years_of_normal
    for step in free_year_steps(region):
        assert tuple(step.causes_twh) == CAUSES
        assert max(np.abs(one).max() for one in step.causes_twh.values()) > 5.0
        np.testing.assert_allclose(unexplained_twh(step), 0.0, atol=1e-6)
        if step.is_beyond:
            section = free_years_section(region, (step,))
            assert section.notes[-1] == named_causes(step)


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

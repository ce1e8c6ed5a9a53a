"""The object model that speed is measured against is the same model, or the ratio means nothing."""

import pytest

from benchmarks.mesa_objects import check
from tanlu.region.pack import load_region
from tanlu.scenario.loading import with_settings
from tests.model_runs import shipped


@pytest.mark.slow
@pytest.mark.parametrize("name", ["baseline", "ccus_push"])
def test_the_object_model_agrees_with_the_array_model(name):
    """To 2032, so that capture is decided on, subsidised, running, sold, and shipped through CO2 hubs."""
    scenario = with_settings(shipped(name), years=(2020, 2032))
    check(scenario, load_region(scenario.region))

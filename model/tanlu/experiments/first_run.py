"""A first short run, so that copies of this process find the model, its kernels and the region pack in memory."""

from functools import cache

from tanlu.output.extension import gather
from tanlu.output.replications import replicate
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load, with_settings

YEARS = (2020, 2026)  # in which every kernel is called


@cache
def run_once() -> None:
    """Run a few years of the baseline; a second call does nothing.

    Raises:
        RunError: if it fails.
    """
    scenario = with_settings(load("tanlu:baseline"), replications=1, years=YEARS)
    replicate(scenario, load_region(scenario.region, scenario.pack), 0, None, gather(()))

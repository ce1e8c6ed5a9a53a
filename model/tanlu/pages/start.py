"""The pages on the model: Solara serves what it finds here as `routes`."""

from functools import partial

from tanlu.core.places import shipped_scenarios
from tanlu.output.result import simulate
from tanlu.pages.application import pages

routes = pages(partial(simulate, replications=1), shipped_scenarios())

"""What a site makes of the cost of capture: room, water, the state of the works and who builds."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.economics import exponential
from tanlu.core.randomness import Purpose, uniform
from tanlu.region.pack import Region

UNIFORMS = 12  # whose sum less a half of them is near to a normal draw: variance 1, from + alone


def draw_site_factors(region: Region, number: Integers, *, seed: int, replication: int) -> Floats:
    """Draw the cost of capture at sites over the usual one [n].

    Lognormal with mean 1 and spread `capture_site_sigma`, keyed by the plant: the same in all scenarios of a draw.

    Args:
        region: the pack.
        number: stable numbers of the plants [n].
        seed: of the experiment.
        replication: of it.
    """
    draws = uniform(
        seed=seed,
        replication=replication,
        decider_ids=number[:, None],
        year=0,
        purpose=Purpose.CAPTURE_SITE,
        n=np.arange(UNIFORMS),
    )
    normal, sigma = np.full(number.size, -0.5 * UNIFORMS), region.parameters["capture_site_sigma"]
    for column in draws.T:
        normal = normal + column
    return np.asarray(exponential(sigma * normal - 0.5 * sigma**2))

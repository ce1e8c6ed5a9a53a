"""An extension: buyers of vehicles take what spreads from last year's sales, in place of the logit of all on offer.

tanlu compare tanlu:baseline --extend examples/share_dynamics.py
"""

import math

import numpy as np

import tanlu
from tanlu.core.arrays import Floats
from tanlu.transport.choice import VehicleAppraisal
from tanlu.transport.fleet import NEW
from tanlu.transport.vehicles import Vehicles

# How often a year buyers compare two technologies, and the least share that each has to be met at all: assumptions.
TURNOVER, LEAST_SHARE = 1.0, 1e-3


class SpreadingVehicles(Vehicles):
    """A rule: sales spread by share dynamics (Mercure 2012)."""

    def divide(self, appraisal: VehicleAppraisal) -> Floats:
        """Divide sales as they spread in a year, then as the mandate asks.

        Costs differ among buyers as in the logit, whose errors have a standard deviation of pi / sqrt(6) scales.
        """
        worth, scale = appraisal.worth_cny_per_year, appraisal.scale_cny_per_year[:, None]
        last = np.maximum(self.fleet_vehicles[..., NEW], 0.0) * appraisal.feasible
        share = np.maximum(last / np.maximum(last.sum(axis=1, keepdims=True), 1e-300), LEAST_SHARE)
        share = share * appraisal.feasible
        spread = np.broadcast_to(scale * math.pi / math.sqrt(6.0), worth.shape)
        shares = tanlu.advance_shares(
            share / share.sum(axis=1, keepdims=True),
            cost=np.where(appraisal.feasible, -worth, 0.0),
            spread=spread,
            turnover=TURNOVER,
            years=1.0,
        )
        # The logit of these logarithms gives the shares back, so that the model's own mandate acts on them.
        score = scale * np.log(np.maximum(shares, 1e-300))
        return super().divide(appraisal._replace(terms_cny_per_year=score[..., None]))


extension = tanlu.Extension(name="share_dynamics", populations={"vehicles": SpreadingVehicles})

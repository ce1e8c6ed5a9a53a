"""An extension: facilities that wait for their trigger price instead of investing as soon as it pays.

tanlu run ccus_push --extend examples/waiting.py
"""

import tanlu
from tanlu.core.arrays import Integers
from tanlu.industry.facilities import Industry

# What a project is worth, per CNY invested, drifts and swings by this much a year: assumptions.
MULTIPLE = tanlu.waiting_multiple(rate=0.08, drift=0.0, volatility=0.15)


class WaitingIndustry(Industry):
    """A rule: begin only what is worth `MULTIPLE` times its investment (Dixit and Pindyck 1994)."""

    def choose(self, appraisal: tanlu.Appraisal) -> Integers:
        """Choose as the model does, once what waiting is worth is taken off: V > m I where NPV > (m - 1) I."""
        waiting = (MULTIPLE - 1.0) * appraisal.capex_cny
        return super().choose(appraisal._replace(npv_cny=appraisal.npv_cny - waiting))


extension = tanlu.Extension(name="waiting", populations={"industry": WaitingIndustry})

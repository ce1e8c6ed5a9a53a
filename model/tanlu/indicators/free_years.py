"""Where statistics end: what moves coal power from one year to the next, and the sentence that names it."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.core.words.numbers import PER_BILLION, change

COAL_BAR_PERCENT, CO2_BAR_PERCENT = 5.0, 3.0
# Each moves coal power by as much as it takes from it or asks of it; they add up to its change.
CAUSES = (
    *("load", "net_exports", "flow", "losses", "water", "new_hydropower"),
    *("wind_and_sun", "gas", "other_thermal", "small_hydropower", "load_cut"),
)
WORTH_NAMING_TWH = 1.0


class YearStep(NamedTuple):
    """A year against the one before; axis G provinces, or the whole region alone."""

    year: int  # the later one
    coal_twh: Floats  # [2, G] of both years
    causes_twh: Mapping[str, Floats]  # by CAUSES, effect on coal power [G]
    co2_change_percent: float  # of the region

    @property
    def coal_change_percent(self) -> float:
        """Change of coal power of the region."""
        before, after = self.coal_twh.sum(axis=1)
        return float(100.0 * (after / before - 1.0))

    @property
    def is_beyond(self) -> bool:
        """Whether the step is so large that its cause has to be named."""
        coal, co2 = abs(self.coal_change_percent), abs(self.co2_change_percent)
        return coal > COAL_BAR_PERCENT or co2 > CO2_BAR_PERCENT


def cause_name(cause: str, language: str) -> str:
    """Return the name of a cause."""
    return text(language, f"cause.{cause}")


def hydropower_causes(output_twh: Floats, capacity: Floats) -> tuple[Floats, Floats]:
    """Compute effects of hydropower on coal power, TWh [G].

    They are those of other hours of the same plants, and of other capacity at the same hours.

    Args:
        output_twh: of both years, [2, G].
        capacity: of both years in any unit, [2, G].
    """
    hours = output_twh / np.maximum(capacity, 1e-9)
    water = -(hours[1] - hours[0]) * capacity.mean(axis=0)
    return np.asarray(water), np.asarray(-(capacity[1] - capacity[0]) * hours.mean(axis=0))


def step_in_words(step: YearStep, language: str) -> str:
    """Describe the causes that moved the region's coal power.

    The largest comes first; others that are small are left out.
    """
    region_twh = {cause: float(twh.sum()) for cause, twh in step.causes_twh.items()}
    by_size = sorted(region_twh, key=lambda cause: -abs(region_twh[cause]))
    large = by_size[:1] + [cause for cause in by_size[1:] if abs(region_twh[cause]) >= WORTH_NAMING_TWH]
    values = {
        "before": step.year - 1,
        "year": step.year,
        "twh": change(PER_BILLION[language] * float((step.coal_twh[1] - step.coal_twh[0]).sum())),
        "percent": change(step.coal_change_percent),
        "co2": change(step.co2_change_percent),
        "causes": text(language, "cause.between").join(
            text(
                language,
                "cause.amount",
                {
                    "cause": cause_name(cause, language),
                    "twh": change(PER_BILLION[language] * region_twh[cause]),
                },
            )
            for cause in large
        ),
    }
    return text(language, "sentence.free_year", values)

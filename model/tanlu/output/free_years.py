"""The first years after the statistics in the indicators of a run, and what moved their coal power if it moved much."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.indicators.free_years import CAUSES, YearStep, hydropower_causes, step_in_words
from tanlu.region.pack import load_region

if TYPE_CHECKING:
    from tanlu.output.result import Result

FREE_YEARS = 2  # of which the first still has known water in most packs
GENERATION = "Secondary Energy|Electricity"
COAL, CO2 = f"{GENERATION}|Coal", "Emissions|CO2"
HYDRO, HYDRO_GW = f"{GENERATION}|Hydro", "Capacity|Electricity|Hydro"
# What each cause is measured by, with the sign of its effect on coal power.
MEASURES_OF_CAUSES = {
    "load": (("Final Energy|Electricity", 1.0),),
    "net_exports": (("Trade|Electricity|Net Exports", 1.0),),
    "wind_and_sun": ((f"{GENERATION}|Wind", -1.0), (f"{GENERATION}|Solar", -1.0)),
    "gas": ((f"{GENERATION}|Gas", -1.0),),
    "other_thermal": ((f"{GENERATION}|Biomass", -1.0),),
    "load_cut": (("Shortage|Electricity", -1.0),),
}
NEEDED_VARIABLES = {
    CO2,
    COAL,
    HYDRO,
    HYDRO_GW,
    *(name for parts in MEASURES_OF_CAUSES.values() for name, _ in parts),
}

type Reader = Callable[[str, str], Floats]  # variable and region -> its values by year


def steps_of(read: Reader, regions: Sequence[str], years: Sequence[int], last: int) -> tuple[YearStep, ...]:
    """Compute the steps from the last observed year to the first free ones.

    A step whose years are not in `years` is left out.
    The whole region stands for all; what lines and stores lose is what other causes leave.

    Args:
        read: the indicators of an answer.
        regions: the provinces, then the region.
        years: of the answer.
        last: last year of statistics.
    """
    steps, (*provinces, whole) = [], regions
    for year in range(last + 1, last + 1 + FREE_YEARS):
        if year - 1 in years and year in years:
            positions = [list(years).index(year - 1), list(years).index(year)]
            coal = read(COAL, whole)[positions]
            output, capacity = (
                np.stack([read(name, province)[positions] for province in provinces], axis=1)
                for name in (HYDRO, HYDRO_GW)
            )
            causes = dict.fromkeys(CAUSES, 0.0)
            for cause, parts in MEASURES_OF_CAUSES.items():
                causes[cause] = sum(
                    sign * float(np.diff(read(name, whole)[positions])[0]) for name, sign in parts
                )
            water, new = hydropower_causes(output, capacity)
            causes["water"], causes["new_hydropower"] = float(water.sum()), float(new.sum())
            causes["losses"] = float(coal[1] - coal[0]) - sum(causes.values())
            tonnes = read(CO2, whole)[positions]
            change = float(100.0 * (tonnes[1] / tonnes[0] - 1.0))
            causes_twh = {cause: np.array([twh]) for cause, twh in causes.items()}
            steps.append(YearStep(year, coal[:, None], causes_twh, change))
    return tuple(steps)


def named_steps(
    read: Reader, variables: Collection[str], regions: Sequence[str], years: Sequence[int], last: int
) -> tuple[YearStep, ...]:
    """Select the steps of `steps_of` that are beyond a bar.

    There are none where an answer lacks an indicator.
    """
    if not set(variables) >= NEEDED_VARIABLES:
        return ()
    return tuple(step for step in steps_of(read, regions, years, last) if step.is_beyond)


def free_years_in_words(result: "Result", language: str) -> tuple[str, ...]:
    """Explain in sentences what moved coal power after the statistics."""
    steps = named_steps(
        lambda variable, region: result.path(variable, region).to_numpy(),
        result.measures.variables,
        result.measures.regions,
        result.years.tolist(),
        load_region(result.scenario.region).last_observed_year,
    )
    return tuple(step_in_words(step, language) for step in steps)

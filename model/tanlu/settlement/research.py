"""Public research on capture: a year's programmes succeed or fail, and knowledge grows and wears off."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.five_year_plans import find_plan_start
from tanlu.core.randomness import Purpose, decider_id, uniform
from tanlu.core.schedules import ResearchSchedule
from tanlu.region.pack import Region
from tanlu.state.state import CaptureResearch


def advance_research(
    state: CaptureResearch, law: ResearchSchedule, region: Region, year: int, *, seed: int, replication: int
) -> CaptureResearch:
    """Add the year's research to what is known; knowledge of before wears off.

    R[t+1] = (1 - d) R[t] + what succeeded of the money of t - lag. A province's programme of a five-year plan succeeds
    or fails as a whole, by a draw of its own: a larger chance never turns a success into a failure, and scenarios of
    one seed share the luck.

    Args:
        state: at the beginning of the year.
        law: the year's row of the schedule.
        region: the pack.
        year: of the spending.
        seed: of the scenario.
        replication: number of the run.
    """
    money = law.capture_research_cny
    if not (money.any() or state.stock_cny or state.under_way_cny.any()):
        return state
    chance = np.divide(law.expected_success_cny, money, out=np.zeros_like(money), where=money > 0.0)
    draws = _draw_programmes(region.axes.provinces, year, seed, replication)
    pipeline = np.append(state.under_way_cny, float(money @ (draws < chance)))
    retention = 1.0 - region.parameters["capture_research_depreciation_rate"]
    return CaptureResearch(retention * state.stock_cny + float(pipeline[0]), pipeline[1:])


def _draw_programmes(provinces: tuple[str, ...], year: int, seed: int, replication: int) -> Floats:
    """Draw a number for each province and the plan of the year [P]."""
    programmes: Integers = np.array([decider_id("capture research", name) for name in provinces])
    return uniform(
        seed=seed,
        replication=replication,
        decider_ids=programmes,
        year=find_plan_start(year),
        purpose=Purpose.RESEARCH_SUCCESS,
    )

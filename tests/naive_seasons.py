"""Seasonal levelling without any theory: move water between two months while that levels them, until nothing moves."""

from collections.abc import Sequence


def level(
    need: Sequence[float],
    hours: Sequence[float],
    inflow: Sequence[float],
    least: Sequence[float],
    most: Sequence[float],
    store: float,
) -> list[float]:
    """Return each month's release; months in the order of the hydrological year, the store empty at both ends.

    Water moves between months i < j through the store: earlier as far as it is not empty, later as far as it is not
    full in between. Pairwise moves reach the optimum, since the limits are those of a base polytope.
    """
    months, release = len(need), list(inflow)
    held = [0.0] * (months + 1)  # in the store at the end of months
    scale, moved = 1.0 + sum(inflow), 1.0
    while moved > 1e-13 * scale:
        moved = 0.0
        for i in range(months):
            for j in range(i + 1, months):
                gap = (need[i] - release[i]) / hours[i] - (need[j] - release[j]) / hours[j]
                wanted = gap / (1.0 / hours[i] + 1.0 / hours[j])  # from j to i
                room = min(most[i] - release[i], release[j] - least[j], *held[i + 1 : j + 1])
                back = min(
                    release[i] - least[i], most[j] - release[j], *(store - h for h in held[i + 1 : j + 1])
                )
                step = min(max(wanted, -back), room)
                release[i], release[j] = release[i] + step, release[j] - step
                held[i + 1 : j + 1] = [h - step for h in held[i + 1 : j + 1]]
                moved = max(moved, abs(step))
    return release

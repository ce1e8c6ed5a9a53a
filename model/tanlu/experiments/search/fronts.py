"""Which points no other point beats, how much they reach together, and which of them lie far apart."""

import numpy as np

from tanlu.core.arrays import Booleans, Floats


def beaten_points(goals: Floats) -> Booleans:
    """Mark the points [N] that another point beats: as good in every goal [N, G], better in at least one.

    More of a goal is better.
    """
    beaten = np.zeros(len(goals), bool)
    front: list[int] = []
    for point in np.lexsort(-goals.T[::-1]):  # whoever beats a point comes before it
        rivals = goals[front]
        beaten[point] = ((rivals >= goals[point]).all(axis=1) & (rivals > goals[point]).any(axis=1)).any()
        if not beaten[point]:
            front.append(int(point))
    return beaten


def reached_volume(goals: Floats, worst: Floats) -> float:
    """Compute the volume between points [N, G] and the worst that counts [G] (hypervolume).

    More of a goal is better; what is worse than the worst adds nothing.
    """
    reach = np.maximum(goals - worst, 0.0)
    reach = reach[(reach > 0.0).all(axis=1)]
    return _volume(reach) if len(reach) else 0.0


def _volume(reach: Floats) -> float:
    """Sum slabs of the last goal, each as large as what its points reach in the others."""
    if reach.shape[1] == 1:
        return float(reach.max())
    order = np.argsort(-reach[:, -1], kind="stable")
    ends = np.append(reach[order, -1], 0.0)
    heights = ends[:-1] - ends[1:]
    slabs = (_volume(reach[order[: i + 1], :-1]) * height for i, height in enumerate(heights) if height > 0.0)
    return float(sum(slabs))


def spread_points(places: Floats, number: int, first: int = 0) -> list[int]:
    """Choose points [N, D] that lie far apart: the first, then always the one farthest from those chosen.

    The width of each column counts alike. Equal distances go to the lower number.
    """
    width = np.ptp(places, axis=0)
    scaled = places / np.where(width > 0.0, width, 1.0)
    chosen_points = [first]
    distance = np.linalg.norm(scaled - scaled[first], axis=1)
    while len(chosen_points) < min(number, len(places)):
        distance[chosen_points] = -1.0
        farthest = int(np.argmax(distance))
        chosen_points.append(farthest)
        distance = np.minimum(distance, np.linalg.norm(scaled - scaled[farthest], axis=1))
    return chosen_points

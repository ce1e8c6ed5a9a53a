"""How often something happens in draws, and what that says of its probability."""

import math
from typing import NamedTuple

NINETY_PERCENT = 1.6448536269514722  # normal deviate that leaves 5 % on each side


class Chance(NamedTuple):
    """In how many draws an aim is met, with the 90 % interval of Wilson (1927) for the probability."""

    met_count: int
    draw_count: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return both ends of the interval."""
        n, z = self.draw_count, NINETY_PERCENT
        share = self.met_count / n
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return max(middle - half, 0.0), min(middle + half, 1.0)

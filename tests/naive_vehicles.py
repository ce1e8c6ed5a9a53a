"""A fleet in plain Python: each cohort on its own, year after year."""

import math


def survival(age: int, scale_years: float, shape: float) -> float:
    """Return the share of a cohort in use at an age."""
    return math.exp(-((age / scale_years) ** shape))


def left_of(sold: dict[int, float], year: int, scale_years: float, shape: float, oldest: int) -> float:
    """Return what is in use at the end of `year` of vehicles sold before it, by year of sale."""
    return sum(
        number * survival(year - bought, scale_years, shape)
        for bought, number in sold.items()
        if year - bought <= oldest
    )


def shares(cost: list[float], scale: float) -> list[float]:
    """Return logit shares of the options of finite cost."""
    weights = [math.exp(-c / scale) if math.isfinite(c) else 0.0 for c in cost]
    return [w / sum(weights) for w in weights]

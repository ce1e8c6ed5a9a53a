"""Five-year plans of China: the 15th is that of 2026 to 2030."""

PLAN_YEARS = 5
FIFTEENTH, FIFTEENTH_START = 15, 2026
REGULATOR = "provinces_review"  # scenario that decides next to a player, if no other is given


def find_plan_start(year: int) -> int:
    """Find the first year of the plan in which a year lies."""
    return year - (year - FIFTEENTH_START) % PLAN_YEARS

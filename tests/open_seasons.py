"""Open seasons from flat cases, as tests draw and change them."""

from typing import Any

from tanlu.kernels.co2.open_season import Season, SeasonGround, clear_open_seasons


def season_of(**case: Any) -> Season:
    """Return the season of a case that holds the fields of `SeasonGround` among the kernel's other arguments."""
    ground = SeasonGround(*(case.pop(name) for name in SeasonGround._fields))
    return clear_open_seasons(**case, ground=ground)

"""Added kinds that invest: what they see when they decide."""

from collections.abc import Sequence

from tanlu.decisions.views import Views
from tanlu.investment.borrowers import Borrowers, BorrowersView
from tanlu.investment.population import Appraisal
from tanlu.region.pack import Region
from tanlu.state.added import make_read_only


def appraise_added(kinds: Sequence[Borrowers], region: Region, views: Views) -> tuple[Appraisal, ...]:
    """Appraise the options of added kinds."""
    if not kinds:
        return ()
    parts = views.signals, views.expected, views.hurdle, views.belief
    signals, expected, hurdle, belief = (make_read_only(part) for part in parts)
    view = BorrowersView(signals.year, region, signals, expected, hurdle, belief)
    return tuple(kind.appraise(view) for kind in kinds)

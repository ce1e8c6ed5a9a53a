"""An extension: a regulator that takes the same step at each review for as long as it misses an aim.

tanlu run FILE --extend examples/stepwise.py
"""

import tanlu

STEP = 50.0  # in the unit of the instrument: an assumption


class Stepwise:
    """A rule: one step towards more while the mean of the last three years misses the path, else none."""

    def review(self, view: tanlu.ReviewView) -> tanlu.Decision:
        """Decide how instruments move; bounds and guards of the scenario hold for this rule too."""
        moves = {}
        for name, instrument in view.instruments.items():
            is_missed = any(view.aims[aim].gap > 0.0 for aim in instrument.aims)
            direction = 1.0 if instrument.scale > 0.0 else -1.0
            moves[name] = tanlu.Move(direction * STEP * is_missed)
        return tanlu.Decision(moves)


extension = tanlu.Extension(name="stepwise", regulators={"Sichuan": Stepwise})

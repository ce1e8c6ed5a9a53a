"""An extension: a regulator that decides by a rule of its own.

It decides in a scenario that has `regulators:` (docs/model/regulators.md), as `provinces_review` does:
tanlu run provinces_review --extend FILE
"""

import tanlu

PROVINCE = "PLACE"
STEP = 20.0  # an assumption, in the unit of the instrument


class StepByStep:
    """A rule: one step at each review for as long as an aim is missed. Bounds and guards hold for it too."""

    def review(self, view: tanlu.ReviewView) -> tanlu.Decision:
        """Decide how instruments move; `tanlu explain view ReviewView` lists what a rule sees."""
        moves = {}
        for name, instrument in view.instruments.items():
            is_missed = any(view.aims[aim].gap > 0.0 for aim in instrument.aims)
            direction = 1.0 if instrument.scale > 0.0 else -1.0
            moves[name] = tanlu.Move(direction * STEP if is_missed else 0.0)
        return tanlu.Decision(moves)


extension = tanlu.Extension(name="NAME", regulators={PROVINCE: StepByStep})

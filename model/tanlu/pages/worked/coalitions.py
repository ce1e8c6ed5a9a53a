"""The game of a visitor's policies against the baseline: who plays, and the question of each coalition."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.experiments.attribution.players import (
    changed_by_events,
    coalition_policies,
    named_as_sums,
)
from tanlu.experiments.attribution.runs import quantities
from tanlu.experiments.attribution.shapley import Coalition
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.output.charts import Layer
from tanlu.output.figures.paths import system_cost_variables
from tanlu.pages.workers.orders import Draw, Order
from tanlu.scenario.reference import different_policies
from tanlu.scenario.schema import Scenario, plain_scenario

type Identity = Callable[[Mapping[str, object]], str]


class PolicyGame:
    """A scenario, its reference, and the policies that are not the same in force in both."""

    def __init__(self, scenario: Scenario, reference: Scenario, identity: Identity) -> None:
        """Take `identity`, which tells questions apart."""
        self.scenario, self.reference, self._identity = scenario, reference, identity
        self.players = different_policies(scenario, reference)
        self.in_events = changed_by_events(scenario, self.players)
        self.named_as_sums = named_as_sums(self.players)
        self._known: dict[Coalition, tuple[str, dict[str, Any]]] = {}

    @property
    def is_against_reference(self) -> bool:
        """Whether nothing but policies differs, so that the coalition of nobody is the reference itself."""
        nobody = self.order(frozenset(), 0).scenario
        return nobody == self._identity(plain_scenario(self.reference))

    @property
    def draws(self) -> int:
        """How many draws the scenario asks for."""
        return self.scenario.replications

    @cached_property
    def _plain(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return plain_scenario(self.scenario), plain_scenario(self.reference)["policies"]

    @property
    def everybody(self) -> Coalition:
        """The coalition of all players."""
        return frozenset(range(len(self.players)))

    @cached_property
    def key(self) -> str:
        """What tells the scenario apart from others."""
        return self.order(self.everybody, 0).scenario

    def order(self, some: Coalition, draw: int) -> Order:
        """Return the order of a coalition in a draw; the same scenario asked by a visitor is the same order."""
        if some not in self._known:
            question, reference = self._plain
            policies = coalition_policies(question["policies"], reference, self.players, some)
            asked = {**question, "policies": policies}
            self._known[some] = self._identity(asked), asked
        return Order(*self._known[some], draw)


class CoalitionDraw(NamedTuple):
    """What is kept of one draw of a coalition; G regions, Y years."""

    regions: tuple[str, ...]  # [G] provinces, then all of them together
    brought: Floats  # [G, QUANTITIES + L, Y] what is shared out, then less emissions of each layer
    named_bn_cny: Mapping[str, Floats]  # net public money under the name of each policy [G, Y]

    @property
    def nbytes(self) -> int:
        """Return how many bytes it takes."""
        return self.brought.nbytes + sum(money.nbytes for money in self.named_bn_cny.values())


def reduced(draw: Draw, layers: Iterable[Layer]) -> CoalitionDraw:
    """Return what is kept of a draw; `layers` are sectors and provinces."""
    at = {name: n for n, name in enumerate(draw.variables)}
    costs, kept_layers = system_cost_variables(draw.variables), tuple(layers)

    def brought_in(g: int) -> Floats:
        own = quantities(lambda name: draw.values[at[name], g], costs)
        return np.array([*own, *(-emitted_in(draw, layer, g, at) for layer in kept_layers)])

    start = f"{BY_POLICY}|"
    named = {name: draw.values[n].copy() for name, n in at.items() if name.startswith(start)}
    return CoalitionDraw(
        draw.regions,
        np.array([brought_in(g) for g in range(len(draw.regions))]),
        {name.removeprefix(start): values for name, values in named.items()},
    )


def emitted_in(draw: Draw, layer: Layer, g: int, at: Mapping[str, int]) -> Floats:
    """Return what a layer emits in a region [Y]: a province emits nothing in another."""
    home = draw.regions.index(layer.province) if layer.province else g
    is_inside = g in (home, len(draw.regions) - 1)
    emitted = draw.values[[at[name] for name in layer.variables], home].sum(axis=0)
    return np.asarray(emitted * is_inside)

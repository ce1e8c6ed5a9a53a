"""The hub as a game of coordination in the whole region: the same plants begin a hub under an anchor, or none does."""

import functools
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans
from tanlu.inputs.types import Schedule
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.simulation.records.year import YearRecord
from tests import hub_game
from tests.hub_game import ANCHORS, RATES, anchored_only
from tests.model_runs import FIRST, REGION, shipped


@functools.cache
def outcomes() -> dict[tuple[int, int], hub_game.Outcome]:
    return hub_game.outcomes()


def test_at_some_subsidy_a_hub_begins_only_under_an_anchor_that_then_costs_nothing() -> None:
    """Two equilibria: without an anchor nobody commits to that hub; with one more is committed than it stands for."""
    pairs = [(rate, anchor) for rate in RATES for anchor in ANCHORS[1:]]
    assert any(anchored_only(outcomes(), *pair).size for pair in pairs)


def test_an_anchor_in_one_hub_helps_others() -> None:
    """Lines are shared: at some subsidy a hub without an anchor gathers more when another has one, or begins at all."""
    more = [pair for at_rate in hub_game.neighbours().values() for pair in at_rate.values()]
    assert len(more) > 2 and any(before == 0.0 for before, _ in more)


def test_where_nobody_or_everybody_pays_alone_an_anchor_decides_little() -> None:
    hubs = [(outcomes()[RATES[0], a].facilities > 0).sum() for a in ANCHORS]
    assert hubs[0] == 0 and hubs[-1] <= 2
    dear = outcomes()[RATES[-1], 0].mt.sum(), outcomes()[RATES[-1], ANCHORS[-1]].mt.sum()
    assert dear[1] < 1.3 * dear[0]


EARLY = slice(2029 - FIRST, 2034 - FIRST)  # from the first lines to the second ones


class Pair(NamedTuple):
    """The two scenarios of cement hubs lived through at one subsidy, without and with the anchor."""

    alone: YearRecord
    together: YearRecord
    begun: Booleans  # [H] hubs that nobody begins without an anchor, in forty years, and somebody with one

    @property
    def ends_in_two_outcomes(self) -> bool:
        # What tells the outcomes apart is the hub that begins, not how much the others store as well.
        stored = self.together.co2.stored_tco2[EARLY].sum() > 1.1 * self.alone.co2.stored_tco2[EARLY].sum()
        return bool(stored and self.together.hubs.committed_tco2[2040 - FIRST, self.begun].sum() > 0.0)


def pair_at(rate_cny_per_tco2: int) -> Pair:
    subsidy = shipped("cement_hubs").policies["cement_subsidy"]
    rate = Schedule(float(rate_cny_per_tco2))
    update = {"cement_subsidy": subsidy.model_copy(update={"rate_cny_per_tco2": rate})}
    models = [
        RegionModel(Inputs(of.model_copy(update={"policies": {**of.policies, **update}}), REGION))
        for of in (shipped("cement_hubs"), shipped("cement_hubs_anchored"))
    ]
    alone, together = (model.run().record for model in models)
    begun = [bool(b.lines) and not a.lines for a, b in zip(*(model.hubs for model in models), strict=True)]
    return Pair(alone, together, np.array(begun))


def test_near_the_subsidy_of_the_two_scenarios_they_end_in_two_outcomes() -> None:
    """Which subsidy exactly moves with what cement plants cost; the scenarios' own is tried first.

    Since captured CO2 needs allowances it is 60 CNY/t more than the scenarios' own.
    """
    own = int(shipped("cement_hubs").policies["cement_subsidy"].rate_cny_per_tco2.at(2026))
    found = (pair_at(rate) for rate in (own, own - 10, own + 10, own + 60, own - 60))
    pair = next((pair for pair in found if pair.ends_in_two_outcomes), None)
    assert pair is not None, "the same plants end in one outcome at every subsidy near the scenarios' own"
    support = pair.together.hubs.support_cny
    assert 0.0 < support.sum() < 1e9 and pair.alone.hubs.support_cny.sum() == 0.0
    next_lines = int(REGION.co2.transport["hub_open_season_interval_years"]) + 2029 - FIRST
    assert np.all(support[next_lines + 1 :] == 0.0), "the anchor ended with the next season"


def test_the_table_of_the_model_description_has_the_subsidies_of_the_script() -> None:
    text = hub_game.VALIDATION.read_text(encoding="utf-8")
    rows = text.split(hub_game.BEGIN)[1].split(hub_game.END)[0].strip().splitlines()[2:]
    assert [int(row.split("|")[1]) for row in rows] == list(RATES)

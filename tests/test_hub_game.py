"""The hub as a game of coordination in the whole region: the same works begin a hub under an anchor, or nobody does."""

import functools

import numpy as np

from tests import hub_game, model_runs
from tests.hub_game import ANCHORS, RATES, anchored_only
from tests.model_runs import FIRST, REGION, shipped


@functools.cache
def outcomes() -> dict[tuple[int, int], hub_game.Outcome]:
    return hub_game.outcomes()


def test_at_some_subsidy_a_hub_begins_only_under_an_anchor_that_then_costs_nothing() -> None:
    """Two equilibria: without an anchor nobody commits to that hub; with one more is committed than it stands for."""
    pairs = [(rate, anchor) for rate in RATES for anchor in ANCHORS[1:]]
    assert any(anchored_only(outcomes(), *pair).size for pair in pairs)


def test_where_nobody_or_everybody_pays_alone_an_anchor_decides_little() -> None:
    hubs = [(outcomes()[RATES[0], a].works > 0).sum() for a in ANCHORS]
    assert hubs[0] == 0 and hubs[-1] <= 2
    dear = outcomes()[RATES[-1], 0].mt.sum(), outcomes()[RATES[-1], ANCHORS[-1]].mt.sum()
    assert dear[1] < 1.3 * dear[0]


def test_the_two_scenarios_end_in_two_outcomes() -> None:
    without, beside = (model_runs.watch(shipped(name)) for name in ("cement_hubs", "cement_hubs_anchored"))
    record = model_runs.record(shipped("cement_hubs_anchored"))
    alone = model_runs.record(shipped("cement_hubs"))
    begun = [bool(a.lines) and not b.lines for a, b in zip(beside.hubs, without.hubs, strict=True)]
    assert any(begun), "a hub that nobody begins without an anchor, in forty years"
    assert record.hub_committed_tco2[2040 - FIRST, begun].sum() > 0.0, "it lives on after the anchor's end"
    early = slice(2029 - FIRST, 2034 - FIRST)
    assert record.stored_tco2[early].sum() > 1.05 * alone.stored_tco2[early].sum()
    assert 0.0 < record.hub_support_cny.sum() < 1e9 and alone.hub_support_cny.sum() == 0.0
    next_lines = int(REGION.co2.transport["hub_open_season_interval_years"]) + 2029 - FIRST
    assert np.all(record.hub_support_cny[next_lines + 1 :] == 0.0), "the anchor ended with the next season"


def test_the_table_of_the_model_description_has_the_subsidies_of_the_script() -> None:
    text = hub_game.MODEL.read_text(encoding="utf-8")
    rows = text.split(hub_game.BEGIN)[1].split(hub_game.END)[0].strip().splitlines()[2:]
    assert [int(row.split("|")[1]) for row in rows] == list(RATES)

"""The hub as a game of coordination in the whole region: the same plants begin a hub under an anchor, or none does."""

import functools

import numpy as np
import pytest

from tanlu import simulate
from tanlu.core.arrays import Floats
from tanlu.core.axes import SECTOR
from tests import hub_game
from tests.hub_game import ANCHORS, RATES, anchored_only
from tests.model_runs import FIRST, REGION, shipped, watch


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


STORED = "Carbon Capture|By Destination|Storage"


def stored_by_the_anchor(pairs: int) -> Floats:
    """Return what the anchor adds to storage until 2035, in pairs of runs of the two scenarios."""
    alone, together = (
        simulate(shipped(name), replications=pairs, years=(FIRST, 2035))
        for name in ("cement_hubs", "cement_hubs_anchored")
    )
    change = together.draws(STORED, "Chengyu") - alone.draws(STORED, "Chengyu")
    return np.asarray(change.sum(axis=1))


def test_cement_works_share_the_hubs_that_the_scenario_is_named_for() -> None:
    industry = watch(shipped("cement_hubs")).industry
    signed = np.flatnonzero(industry.contract_tco2 > 0.0)
    assert set(industry.sector[signed].tolist()) == {SECTOR["cement"]}
    works = np.bincount(industry.sites(signed).hub)
    assert (works > 0).sum() >= 3 and works.max() >= 3, (
        "at 640 CNY/t other measures pay first, and no hub begins"
    )


@pytest.mark.slow
def test_over_the_years_an_anchor_changes_less_than_it_stands_for_in_one() -> None:
    """What can be built in a year, not who begins, holds capture back: the page says so."""
    change, stands_for = stored_by_the_anchor(pairs=8), 3.0
    assert np.any(change != 0.0) and abs(change.mean()) < stands_for, change


def test_an_anchor_ends_with_the_next_season() -> None:
    """What hubs that fail cost the province is no support by the anchor."""

    def promised(name: str) -> Floats:
        return np.array([lived.year.finance.hubs.support_cny for lived in watch(shipped(name)).lived])

    support = promised("cement_hubs_anchored")
    assert 0.0 < support.sum() < 1e9
    next_lines = int(REGION.co2.transport["hub_open_season_interval_years"]) + 2029 - FIRST
    assert np.all(support[next_lines + 1 :] == 0.0)
    assert not promised("cement_hubs").any()


def test_the_table_of_the_model_description_has_the_subsidies_of_the_script() -> None:
    text = hub_game.VALIDATION.read_text(encoding="utf-8")
    rows = text.split(hub_game.BEGIN)[1].split(hub_game.END)[0].strip().splitlines()[2:]
    assert [int(row.split("|")[1]) for row in rows] == list(RATES)

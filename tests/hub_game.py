"""Which hubs cement plants begin by themselves, and which only under an anchor: one open season at many subsidies.

Writes the table of docs/validation.md: `uv run python -m tests.hub_game`.
"""

import functools
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR
from tanlu.core.schedules import CAPTURE_SUBSIDY
from tanlu.decisions import open_season as hubs
from tanlu.decisions import outlook
from tanlu.decisions.capture import TurnedAway
from tanlu.kernels.co2.open_season import clear_open_seasons
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, ROOT, scenario

VALIDATION = ROOT / "docs" / "validation.md"
BEGIN, END = "<!-- hub game: begin -->\n", "<!-- hub game: end -->"
YEAR = int(REGION.co2.transport["hub_first_open_season_year"])
DIVERSITY = REGION.co2.transport["hub_diversity_share"]
RATES = tuple(range(400, 701, 20))  # CNY/t
ANCHORS = (0, 1, 2, 3, 5)  # Mt a year in every hub


class Outcome(NamedTuple):
    """What cement plants commit in one season; axis H hubs."""

    facilities: Integers
    mt: Floats  # a year
    tariff: Floats  # CNY/t


@functools.cache
def seasons() -> dict[int, dict[str, Any]]:
    """Return what the region's first season is given at today's policies, by subsidy, unanchored."""
    found: dict[int, dict[str, Any]] = {}

    def look(actors, stores, signals, expected_accounts, made, owners, *rest):  # type: ignore[no-untyped-def]
        for rate in RATES if signals.year == YEAR else ():
            support = np.zeros_like(signals.subsidies[CAPTURE_SUBSIDY])
            support[:, SECTOR["cement"]] = rate
            years = signals.co2.capture_support_path_cny_per_tco2.shape[2]
            path = np.ascontiguousarray(np.repeat(support[:, :, None], years, axis=2))
            at = signals._replace(
                subsidies={**signals.subsidies, CAPTURE_SUBSIDY: support},
                co2=signals.co2._replace(capture_support_path_cny_per_tco2=path),
            )
            with patch.object(hubs, "clear_open_seasons", lambda **given: found.setdefault(rate, given)):  # noqa: B023
                flow = hubs.expected_flow(actors, at, expected_accounts, made)
                needed = hubs.needed_tco2(actors, at, flow)
                rows, bids, _ = hubs._bids(actors, at, expected_accounts, made, flow, needed, *owners)
                carried = np.maximum(DIVERSITY * bids.booked_tco2, bids.tonnes_tco2)
                for_lines, kept = (
                    bids._replace(booked_tco2=carried),
                    hubs.sum_commitments(actors, flow, needed),
                )
                hubs._hold(actors, stores, at, rows, for_lines, kept)
        return signals, None, TurnedAway.nobody(len(actors.plants) + len(actors.industry))

    with patch.object(outlook, "open_season", look):
        RegionModel(Inputs(scenario({}, years=(2020, YEAR)), REGION)).run()
    return found


def outcome(given: dict[str, Any], anchor_mt: Floats) -> Outcome:
    """Return the season under anchors of some Mt a year [H]."""
    season = clear_open_seasons(**given | {"anchor_tco2": 1e6 * anchor_mt})
    hub, tonnes = given["hub"][season.accepted], given["bids"][season.accepted, 0]
    n = anchor_mt.size
    return Outcome(
        np.bincount(hub, minlength=n), np.bincount(hub, tonnes, n) / 1e6, season.tariff_cny_per_tco2
    )


def outcomes() -> dict[tuple[int, int], Outcome]:
    """Return the first season of the region by subsidy and by the anchor that every hub has."""
    everywhere = np.ones(len(REGION.co2.hubs.ids))
    return {
        (rate, anchor): outcome(given, anchor * everywhere)
        for rate, given in seasons().items()
        for anchor in ANCHORS
    }


def neighbours() -> dict[int, dict[tuple[int, int], tuple[float, float]]]:
    """Return what a hub without an anchor gathers, Mt a year, alone and when another has one, where that is more.

    By subsidy, and by the hub with the largest anchor and the other hub.
    """
    found: dict[int, dict[tuple[int, int], tuple[float, float]]] = {}
    for rate, given in seasons().items():
        alone = outcome(given, np.zeros(len(REGION.co2.hubs.ids))).mt
        found[rate] = {}
        for h, one in enumerate(np.eye(alone.size)):
            together = outcome(given, ANCHORS[-1] * one).mt
            for other in np.flatnonzero((together > alone + 0.05) & (one == 0.0)).tolist():
                found[rate][h, other] = float(alone[other]), float(together[other])
    return found


def anchored_only(found: dict[tuple[int, int], Outcome], rate: int, anchor: int) -> Integers:
    """Return the hubs that nobody begins without the anchor, and that with it need it no more: they commit as much."""
    without, together = found[rate, 0], found[rate, anchor]
    return np.flatnonzero((without.facilities == 0) & (together.facilities > 0) & (together.mt >= anchor))


def table() -> str:
    """Return the table of docs/validation.md."""
    found, together, names = outcomes(), neighbours(), REGION.co2.hubs.names_en
    heads = ["no anchor", *(f"{anchor} Mt" for anchor in ANCHORS[1:])]
    lines = [
        "| subsidy, CNY/t | "
        + " | ".join(heads)
        + " | only under an anchor, which then costs nothing | next to one hub with 5 Mt |",
        "| ---: | " + " | ".join("---:" for _ in heads) + " | --- | --- |",
    ]
    for rate in RATES:
        cells = [f"{found[rate, a].mt.sum():.1f} ({(found[rate, a].facilities > 0).sum()})" for a in ANCHORS]
        pairs = {
            f"{names[h]} ({anchor} Mt: {found[rate, anchor].mt[h]:.1f} Mt at {found[rate, anchor].tariff[h]:.0f} CNY/t)"
            for anchor in reversed(ANCHORS[1:])
            for h in anchored_only(found, rate, anchor)
        }
        helped = [
            f"{names[other]} (next to {names[h]}: {before:.1f} → {after:.1f} Mt)"
            for (h, other), (before, after) in together[rate].items()
        ]
        lines.append(f"| {rate} | {' | '.join(cells)} | {'; '.join(sorted(pairs))} | {'; '.join(helped)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = VALIDATION.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    VALIDATION.write_text(head + BEGIN + table() + END + rest.split(END)[1], encoding="utf-8")

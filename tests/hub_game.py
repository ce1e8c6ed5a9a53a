"""Which hubs cement works begin by themselves, and which only under an anchor: one open season at many subsidies.

Writes the table of MODEL.md: `uv run python -m tests.hub_game`.
"""

from typing import NamedTuple
from unittest.mock import patch

import numpy as np

from model.signals import SECTOR, Floats, Integers
from model.simulation import Inputs, RegionModel
from model.steps import hubs, invest
from tests.model_runs import REGION, ROOT, scenario

MODEL = ROOT / "MODEL.md"
BEGIN, END = "<!-- hub game: begin -->\n", "<!-- hub game: end -->"
YEAR = int(REGION.co2.transport["hub_first_open_season_year"])
RATES = tuple(range(540, 741, 20))  # CNY/t
ANCHORS = (0, 1, 2, 3, 5)  # Mt a year in every hub


class Outcome(NamedTuple):
    """What cement works commit in one season; axis H hubs."""

    works: Integers
    mt: Floats  # a year
    tariff: Floats  # CNY/t


def outcomes() -> dict[tuple[int, int], Outcome]:
    """Return the first season of the region at today's policies, by subsidy and anchor."""
    found: dict[tuple[int, int], Outcome] = {}

    def look(model, signals, forward, made, hurdle, belief):  # type: ignore[no-untyped-def]
        for rate in RATES if model.year == YEAR else ():
            support = np.zeros_like(signals.capture_support_cny_per_tco2)
            support[:, SECTOR["cement"]] = rate
            years = signals.capture_support_path_cny_per_tco2.shape[2]
            path = np.ascontiguousarray(np.repeat(support[:, :, None], years, axis=2))
            at = signals._replace(
                capture_support_cny_per_tco2=support, capture_support_path_cny_per_tco2=path
            )
            rows, bids = hubs._bids(model, at, forward, made, hurdle, belief)
            for anchor in ANCHORS:
                found[rate, anchor] = _season(model, at, rows, bids, hubs._kept(model, forward, made), anchor)
        return signals, None

    with patch.object(invest, "open_season", look):
        RegionModel(Inputs(scenario({}, years=(2020, YEAR)), REGION)).run()
    return found


def _season(model, signals, rows, bids, kept, anchor: int) -> Outcome:  # type: ignore[no-untyped-def]
    paths = model.paths
    model.paths = paths._replace(
        hub_anchor_tco2_per_year=np.full_like(paths.hub_anchor_tco2_per_year, 1e6 * anchor)
    )
    season = hubs._hold(model, signals, rows, bids, kept)
    model.paths = paths
    hub, n = hubs.emitter_sites(model).hub[rows][season.accepted], len(model.hubs)
    tonnes = bids.tonnes_tco2[season.accepted]
    return Outcome(
        np.bincount(hub, minlength=n), np.bincount(hub, tonnes, n) / 1e6, season.tariff_cny_per_tco2
    )


def anchored_only(found: dict[tuple[int, int], Outcome], rate: int, anchor: int) -> Integers:
    """Return the hubs that nobody begins without the anchor, and that with it need it no more: they commit as much."""
    without, beside = found[rate, 0], found[rate, anchor]
    return np.flatnonzero((without.works == 0) & (beside.works > 0) & (beside.mt >= anchor))


def table() -> str:
    """Return the table of MODEL.md."""
    found, names = outcomes(), REGION.co2.hubs.names_en
    heads = ["no anchor", *(f"{anchor} Mt" for anchor in ANCHORS[1:])]
    lines = [
        "| subsidy, CNY/t | " + " | ".join(heads) + " | only under an anchor, which then costs nothing |",
        "| ---: | " + " | ".join("---:" for _ in heads) + " | --- |",
    ]
    for rate in RATES:
        cells = [f"{found[rate, a].mt.sum():.1f} ({(found[rate, a].works > 0).sum()})" for a in ANCHORS]
        pairs = {
            f"{names[h]} ({anchor} Mt: {found[rate, anchor].mt[h]:.1f} Mt at {found[rate, anchor].tariff[h]:.0f} CNY/t)"
            for anchor in reversed(ANCHORS[1:])
            for h in anchored_only(found, rate, anchor)
        }
        lines.append(f"| {rate} | {' | '.join(cells)} | {'; '.join(sorted(pairs))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = MODEL.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    MODEL.write_text(head + BEGIN + table() + END + rest.split(END)[1], encoding="utf-8")

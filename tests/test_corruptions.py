"""A check of a pack finds what was spoiled in it on purpose; `benchmarks/corruptions.py` tries a thousand."""

import pytest

from benchmarks import corruptions
from benchmarks.corruptions import (
    BAR_PERCENT,
    CHECK,
    FAILS,
    KINDS,
    MUST_BE_ALL,
    RUNS,
    Caught,
    Corruption,
    copied,
    started,
    tried,
)
from tanlu.core.places import PACKS
from tanlu.region.catalogue import region_axes, region_settings
from tanlu.region.checks.problems import pack_problems
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs


@pytest.fixture(scope="module")
def every() -> list[Caught]:
    return tried("two_provinces", 3 * len(KINDS), seed=1)


@pytest.mark.parametrize("pack", ["chengyu", "two_provinces"])
def test_nothing_of_a_shipped_pack_is_told(pack: str) -> None:
    assert not pack_problems(PACKS / pack, region_settings(pack), region_axes(pack))


@pytest.mark.parametrize("kind", MUST_BE_ALL)
def test_what_is_no_number_or_no_key_is_found_at_its_cell(every: list[Caught], kind: str) -> None:
    mine = [one for one in every if one.corruption.kind == kind]
    assert len(mine) == 3
    assert all(one.in_place for one in mine), mine


def test_a_seal_finds_every_one(every: list[Caught]) -> None:
    assert all(one.by_seal for one in every)


def test_nine_of_ten_are_found_at_their_cell(every: list[Caught]) -> None:
    missed = [one.corruption for one in every if not one.in_place]
    assert len(missed) <= (1.0 - BAR_PERCENT / 100.0) * len(every), missed


def test_a_pack_is_run_if_the_check_lets_it_pass_and_mended_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a run that breaks where a price of steel is ten times as high: only that one is a refusal of a run."""

    class Model:
        def __init__(self, inputs: Inputs) -> None:
            self.prices = inputs.region.tables["products"]["price_cny_per_t"]

        def run(self) -> None:
            if self.prices[0] != clean[0]:
                raise ValueError("too dear")

    monkeypatch.setattr(corruptions, "RegionModel", Model)
    clean = load_region("two_provinces").tables["products"]["price_cny_per_t"]
    cases = {
        Corruption("text", "products", 0, "price_cny_per_t", "abc"): (CHECK, ""),
        Corruption("times 10", "products", 0, "price_cny_per_t", f"{10 * clean[0]:g}"): (
            FAILS,
            "ValueError: too dear",
        ),
        Corruption("zero", "products", 0, "price_cny_per_t", "0"): (CHECK, ""),
        # A part that cannot be read: a better rating that pays more.
        Corruption("times 10", "rating_spreads", 1, "spread_bp", "9000"): (CHECK, ""),
        Corruption("times 1.05", "products", 1, "price_cny_per_t", f"{1.05 * clean[1]:g}"): (RUNS, ""),
    }
    scenario = load({"name": "spoiled", "region": "two_provinces"})
    with copied("two_provinces") as folder:
        before = (folder / "products.csv").read_bytes()
        for corruption, expected in cases.items():
            start = started(folder, corruption, scenario)
            assert (start.end, start.reason) == expected
            assert (folder / "products.csv").read_bytes() == before

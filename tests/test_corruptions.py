"""A check of a pack finds what was spoiled in it on purpose; `benchmarks/corruptions.py` tries a thousand."""

import pytest

from benchmarks.corruptions import BAR_PERCENT, KINDS, MUST_BE_ALL, Caught, tried
from tanlu.core.places import PACKS
from tanlu.region.catalogue import region_axes, region_settings
from tanlu.region.checks.problems import pack_problems


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

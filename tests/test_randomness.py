"""Keyed draws: known answers, independence from who else draws, and the shape of their distribution."""

import math
import re
from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tanlu
from tanlu.core import randomness
from tanlu.core.randomness import (
    Purpose,
    decider_id,
    uniform,
)

KEY = dict(seed=7, replication=3, year=2031, purpose=Purpose.HURDLE_RATE)

# Random123, kat_vectors, philox4x32 with 10 rounds: counter, key, answer.
KNOWN_ANSWERS = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


@numba.njit
def compiled_philox(c0, c1, c2, c3, k0, k1):
    """Call the helper, which only compiled functions can."""
    return randomness._philox(c0, c1, c2, c3, k0, k1)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_gives_the_known_answers(counter, key, answer):
    words = compiled_philox(*(np.uint64(w) for w in counter + key))
    assert [int(w) for w in words] == answer


def philox(counter, key):
    """Return the words by the definition of Salmon et al. (2011), in Python integers."""
    c, (k0, k1) = list(counter), key
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k0, b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k1, a & 0xFFFFFFFF]
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return c


@given(
    decider=st.integers(0, 2**63 - 1),
    year=st.integers(0, 2**16 - 1),
    n=st.integers(0, 2**32 - 1),
    seed=st.integers(0, 2**32 - 1),
    replication=st.integers(0, 2**32 - 1),
    purpose=st.sampled_from(Purpose),
)
@settings(max_examples=200, deadline=None)
def test_every_part_of_the_key_reaches_its_word(decider, year, n, seed, replication, purpose):
    words = philox([decider % 2**32, decider >> 32, year * 2**16 + purpose, n], [seed, replication])
    expected = ((words[0] >> 6) * 2**26 + (words[1] >> 6) + 0.5) / 2**52
    draw = uniform(seed=seed, replication=replication, decider_ids=decider, year=year, purpose=purpose, n=n)
    assert float(draw) == expected and 0.0 < expected < 1.0


@given(data=st.data(), ids=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=30, unique=True))
@settings(max_examples=30, deadline=None)
def test_order_subset_and_company_never_shift_a_draw(data, ids):
    drawn = dict(zip(ids, uniform(decider_ids=np.array(ids), **KEY), strict=True))
    others = data.draw(st.lists(st.integers(0, 2**63 - 1), max_size=10))
    mixed = data.draw(st.permutations(ids + others))
    for decider, value in zip(mixed, uniform(decider_ids=np.array(mixed), **KEY), strict=True):
        assert decider not in drawn or drawn[decider] == value
    some = ids[: len(ids) // 2 + 1]
    assert uniform(decider_ids=np.array(some), **KEY).tolist() == [drawn[i] for i in some]


def test_months_and_provinces_broadcast_to_the_single_draws():
    months, provinces = np.arange(12), np.array([[4], [9]])
    table = uniform(decider_ids=provinces, n=months, **KEY)
    assert table.shape == (2, 12)
    assert table[1, 5] == float(uniform(decider_ids=9, n=5, **KEY))


@pytest.mark.parametrize("changed", ["seed", "replication", "year", "purpose", "n", "decider_ids"])
def test_every_part_of_the_key_matters(changed):
    ids = np.arange(1000)
    base = uniform(decider_ids=ids, n=0, **KEY)
    if changed == "decider_ids":
        other = uniform(decider_ids=ids + 1000, n=0, **KEY)
    else:
        new = Purpose.HYDROLOGY if changed == "purpose" else 5
        other = uniform(**{"decider_ids": ids, "n": 0, **KEY, changed: new})
    assert not np.any(base == other)
    assert abs(np.corrcoef(base, other)[0, 1]) < 0.12


def test_moments():
    ids = np.arange(200_000)
    u = uniform(decider_ids=ids, **KEY)
    error = 4.0 / math.sqrt(ids.size)
    assert abs(u.mean() - 0.5) < error / math.sqrt(12.0) and abs(u.var() - 1.0 / 12.0) < error * 0.08
    counts = np.bincount((u * 100).astype(int), minlength=100)
    assert np.sum((counts - 2000.0) ** 2 / 2000.0) < 149.4  # chi square, 99 degrees of freedom, 0.1 %


def test_purposes_are_unique_and_their_numbers_stay():
    assert len({p.value for p in Purpose}) == len(Purpose.__members__)
    assert all(0 < p.value < 2**16 for p in Purpose)
    numbers = {"HURDLE_RATE": 1, "HYDROLOGY": 5, "DROUGHT": 6}
    numbers |= {"FACILITY_HURDLE_RATE": 10, "RELINE": 11, "DROUGHT_SEVERITY": 12}
    assert {name: Purpose[name].value for name in numbers} == numbers


def test_each_purpose_is_drawn_at_one_place():
    places: dict[str, list[str]] = {}
    for file in Path(tanlu.__file__).parent.rglob("*.py"):
        for name in re.findall(r"\bPurpose\.([A-Z_]+)", file.read_text(encoding="utf-8")):
            places.setdefault(name, []).append(file.name)
    assert set(places) == set(Purpose.__members__), "a purpose that nothing draws"
    shared = {name: files for name, files in places.items() if len(files) > 1}
    assert not shared, f"two call sites draw the same numbers: take a new Purpose for one of {shared}"


def test_decider_ids_are_stable_and_tell_names_apart():
    assert decider_id("huaneng", "wind", 2031) == 1768687985211936140
    assert decider_id("ab", "c") != decider_id("a", "bc")
    ids = {decider_id("plant", k) for k in range(10_000)}
    assert len(ids) == 10_000 and all(0 <= i < 2**63 for i in ids)
    with pytest.raises(ValueError, match="name"):
        decider_id()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"seed": -1}, ValueError, "seed"),
        ({"seed": 2**32}, ValueError, "seed"),
        ({"replication": -1}, ValueError, "replication"),
        ({"year": 70_000}, ValueError, "year"),
        ({"decider_ids": [-1]}, ValueError, "decider_ids"),
        ({"decider_ids": [0.5]}, TypeError, "decider_ids"),
        ({"n": -1}, ValueError, "n must"),
    ],
)
def test_keys_out_of_range_are_refused(change, error, message):
    with pytest.raises(error, match=message):
        uniform(**{"decider_ids": [1], **KEY, **change})


def test_no_decider_no_draw():
    assert uniform(decider_ids=[], **KEY).shape == (0,)

"""What is stored of a pack comes back with its bits; a damaged, stale or missing file costs time and nothing else."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from tanlu.core import value_cache
from tanlu.region import pack
from tanlu.region.new_pack import make_pack

PARTS = {
    *("parameters", "power", "demand", "tariffs", "industry", "trade"),
    *("finance", "co2", "vehicles", "buildings"),
}
ARRAYS = {"a": np.arange(6.0).reshape(2, 3).T, "b": (np.array([np.nan, -0.0]), "text")}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A user's cache folder of its own, and packs that are read again."""
    monkeypatch.setattr(pack, "user_cache", lambda: tmp_path / "cache")
    pack._load_checked.cache_clear()
    yield tmp_path / "cache"
    pack._load_checked.cache_clear()


def same(one: object, other: object) -> bool:
    """Whether two values have the same bits, whatever they are made of."""
    if isinstance(one, np.ndarray):
        layout = one.dtype == other.dtype and one.strides == other.strides and one.flags == other.flags
        return layout and one.tobytes() == other.tobytes()
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, pd.DataFrame):
        return one.equals(other)
    return vars(one) == vars(other) if hasattr(one, "__dict__") else one == other


DAMAGES = {
    "truncated": lambda raw: raw[: len(raw) // 2],
    "emptied": lambda raw: b"",
    "flipped": lambda raw: raw[:5000] + bytes([raw[5000] ^ 1]) + raw[5001:],
    "its digest flipped": lambda raw: bytes([raw[0] ^ 1]) + raw[1:],
    "something else": lambda raw: b"<html>not found</html>",
}


def test_a_pack_comes_back_from_the_cache_with_its_bits_whatever_happened_to_the_file(cache):
    first = pack.load_region("two_provinces")
    (file,) = cache.iterdir()
    sound = file.read_bytes()
    made = {name: vars(first)[name] for name in PARTS}
    for damage in (lambda raw: raw, *DAMAGES.values()):
        file.write_bytes(damage(sound))
        pack._load_checked.cache_clear()
        again = pack.load_region("two_provinces")
        assert again is not first and set(vars(again)) >= PARTS
        assert all(same(made[name], vars(again)[name]) for name in PARTS)
        assert file.read_bytes() == sound, "a damaged file is written again"
    assert [one.name for one in cache.iterdir()] == [file.name], "no draft stays behind"


def test_a_sound_file_is_read_and_no_table_is_parsed(cache, monkeypatch):
    pack.load_region("two_provinces")
    pack._load_checked.cache_clear()
    monkeypatch.setattr(pack, "_read_table", lambda name, raw: pytest.fail(f"{name} is parsed"))
    assert pack.load_region("two_provinces").power.units.ids


def test_another_pack_or_other_code_is_another_file(cache, tmp_path, monkeypatch):
    folder = tmp_path / "two_provinces"
    make_pack(folder)
    pack.load_region("two_provinces")
    text = (folder / "parameters.csv").read_text(encoding="utf-8")
    (folder / "parameters.csv").write_text(text.replace(",D,", ",C,", 1), encoding="utf-8")
    pack.load_region(str(folder))
    assert len(list(cache.iterdir())) == 2
    monkeypatch.setattr(pack, "_digest_code", lambda: "edited")
    pack._load_checked.cache_clear()
    pack.load_region("two_provinces")
    assert len(list(cache.iterdir())) == 3


def test_a_folder_that_cannot_be_written_costs_no_run(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert value_cache.load_stored(tmp_path / "file" / "cache", "pack", "0", lambda: 3) == 3


def test_the_oldest_files_of_a_name_go_and_others_stay(tmp_path):
    value_cache.load_stored(tmp_path, "other", "0", lambda: 0)
    for n in range(value_cache.MAXIMUM_FILES + 3):
        value_cache.load_stored(tmp_path, "pack-[x]", str(n), lambda n=n: n)
    left = sorted(file.name for file in tmp_path.iterdir())
    assert (
        "other-0" in left
        and f"pack-[x]-{value_cache.MAXIMUM_FILES + 2}" in left
        and len(left) == value_cache.MAXIMUM_FILES + 1
    )


def test_what_was_just_made_has_the_layout_of_what_was_stored():
    strided = np.arange(12.0)[::2]
    strided.flags.writeable = False
    back = value_cache.copy_as_stored({"x": strided})["x"]
    assert back.flags.c_contiguous and back.flags.writeable and np.array_equal(back, strided)
    assert same(
        value_cache.copy_as_stored(ARRAYS), value_cache.copy_as_stored(value_cache.copy_as_stored(ARRAYS))
    )

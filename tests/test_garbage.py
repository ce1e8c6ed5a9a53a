"""What stands before a run is kept out of Python's search for garbage, and put back after it."""

import gc

import pytest

from tanlu.core.garbage import set_apart


def test_what_stands_is_set_apart_and_put_back_whatever_happens() -> None:
    assert gc.get_freeze_count() == 0
    with pytest.raises(KeyError), set_apart():
        assert gc.get_freeze_count() > 1000
        raise KeyError
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_set_apart_stays_so() -> None:
    gc.freeze()
    try:
        with set_apart():
            pass
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()

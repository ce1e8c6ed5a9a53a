"""What stands before many runs is kept out of Python's search for garbage, and what each run leaves is not."""

import gc

import pytest

from tanlu.core.garbage import freeze_objects
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, scenario


def test_what_stands_is_set_apart_and_put_back_whatever_happens() -> None:
    assert gc.get_freeze_count() == 0
    with pytest.raises(KeyError), freeze_objects():
        assert gc.get_freeze_count() > 1000
        raise KeyError
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_set_apart_stays_so() -> None:
    gc.freeze()
    try:
        with freeze_objects():
            pass
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_a_run_sets_nothing_apart() -> None:
    """What the run before has left is garbage by then, and would be kept for good: 40 MiB a run."""
    seen: list[int] = []
    model = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION))
    model.run(lambda *_: seen.append(gc.get_freeze_count()))
    assert seen and set(seen) == {0}

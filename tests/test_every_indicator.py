"""Every indicator of a real answer: its parts add up, and the room of comparisons draws, shows and files it."""

import pyam
import pytest

from tanlu.indicators.catalogue import describe
from tanlu.output.result import simulate
from tests.model_runs import REGION

SUMS = ("Emissions|CO2", "Capacity|Electricity", "Carbon Capture", "Public Budget|Climate Support|Net")


@pytest.fixture(scope="module")
def result():
    return simulate("tanlu:dual_carbon", replications=1)


@pytest.fixture(scope="module")
def known(result):
    return describe(result.measures.variables, REGION)


def test_the_sums_of_every_parent_pass_pyam(result, known):
    frame = pyam.IamDataFrame(result.to_iamc())
    sums = {name: one.parts for name, one in known.items() if one.parts}
    assert len(sums) >= 25 and set(SUMS) < set(sums)
    below = {name: {one for one in known if one.rpartition("|")[0] == name} for name in known}
    for name, parts in sums.items():
        components = None if below[name] == set(parts) else [*parts]
        wrong = frame.check_aggregate(name, components, rtol=1e-9, atol=1e-9)
        assert wrong is None, f"{name}: {wrong}"


def test_what_stands_below_an_indicator_adds_up_to_it_or_the_catalogue_says_that_it_does_not(known):
    for name, one in known.items():
        below = {other for other in known if other.rpartition("|")[0] == name}
        assert one.apart == (bool(below) and below != set(one.parts)), name
        assert not one.parent or (one.parent in known and name.startswith(f"{one.parent}|")), name
    assert known["Emissions|CO2|By Fuel|Coal"].parent == "Emissions|CO2"

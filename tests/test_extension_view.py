"""The reference of what extensions see: every value has type, axes and unit, and a run agrees with them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from typer.testing import CliRunner

import tanlu
from tanlu.cli.main import app
from tanlu.core.axes import FUELS, PARTS, SECTORS
from tanlu.output.extension_view import AXES, Value, find_paths, find_values, list_records
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel

RECORDS = list_records()
SMALL = load(Path(__file__).parent / "two_provinces.yaml")
REGION = load_region(SMALL.region)
LENGTHS = {"P": len(REGION.axes.provinces), "S": len(SECTORS), "F": len(FUELS), "Q": len(PARTS), "month": 12}


def is_number(value: Value) -> bool:
    return bool(re.search("Floats|Integers|float|int64|int\\b", value.type))


def is_array(value: Value) -> bool:
    return bool(re.search("Floats|Integers|Booleans|ndarray|NDArray", value.type))


def test_every_value_has_type_axes_unit_and_meaning() -> None:
    assert len(RECORDS) > 200 and sum(len(record.values) for record in RECORDS) > 1500
    for record in RECORDS:
        for value in record.values:
            at = f"{record.path}.{value.name} ({record.name})"
            assert value.type and value.meaning, at
            assert value.axes or not is_array(value), (
                f"{at}: its comment must say its axes, as `# [P, S] ...`"
            )
            assert value.unit or not is_number(value), f"{at}: add its unit to output/units_of_values.yaml"


def test_every_letter_of_an_axis_is_explained() -> None:
    for record in RECORDS:
        for value in record.values:
            for letter in re.findall(r"(?<![\w`])[A-Za-z](?![\w`])", value.axes.replace(" x ", ", ")):
                said = letter in AXES or re.search(rf"\b{letter}\b", record.summary)
                assert said, f"{record.path}.{value.name}: `{letter}` of {value.axes} is explained nowhere"


def test_no_unit_is_listed_for_a_value_that_is_gone() -> None:
    from tanlu.output.extension_view import _units_of_names

    names = {record.name for record in RECORDS} | {v.name for record in RECORDS for v in record.values}
    names |= {f"{record.name}.{v.name}" for record in RECORDS for v in record.values}
    assert set(_units_of_names()) <= names


# --- a run has what the reference says ------------------------------------------------------------------------------


def arrays(thing: object) -> Iterator[np.ndarray]:
    """Yield the arrays in a value, in tuples and mappings too."""
    if isinstance(thing, np.ndarray):
        yield thing
    elif isinstance(thing, Mapping):
        for part in thing.values():
            yield from arrays(part)
    elif isinstance(thing, tuple) and not hasattr(thing, "_fields"):
        for part in thing:
            yield from arrays(part)


def records_of(thing: object) -> Iterator[Any]:
    """Yield a record and all those in it."""
    if type(thing) in find_paths():
        yield thing
        by_class = next(record for record in RECORDS if record.path == find_paths()[type(thing)])
        names = [value.name for value in by_class.values]
        parts = [part for name in names if (part := getattr(thing, name, None)) is not None]
    elif isinstance(thing, Mapping):
        parts = list(thing.values())
    elif isinstance(thing, tuple):
        parts = list(thing)
    else:
        return
    for part in parts:
        yield from records_of(part)


def test_arrays_of_a_run_have_the_axes_that_are_said() -> None:
    views: list[tanlu.YearView] = []
    watcher = type("Watcher", (mesa.Agent,), {"after_age": lambda self, view, year: views.append(view)})
    lived = RegionModel(Inputs(SMALL, REGION), agents=(watcher,))
    while lived.year < 2026:
        lived.step()
    seen: set[str] = set()
    for thing in (views[-1], lived.last_record):
        for record in records_of(thing):
            path = find_paths()[type(record)]
            if path in seen:
                continue
            seen.add(path)
            described = next(one for one in RECORDS if one.path == path)
            own_letters = set(re.findall(r"\b[A-Z]\b", described.summary))
            for value in described.values:
                lengths = {letter: n for letter, n in LENGTHS.items() if letter not in own_letters}
                check(f"{path}.{value.name}", value, getattr(record, value.name), lengths)
    assert len(seen) > 120


def check(at: str, value: Value, thing: object, lengths: Mapping[str, int]) -> None:
    """Hold arrays against the axes that the reference says; a kind of subsidy or levy has axes of its own."""
    if not is_array(value) or value.axes in ("[`SUBSIDY_AXES`]", "[`LEVY_BASES`]"):
        return
    said = [axes.strip("[] ").split(", ") if axes != "[]" else [] for axes in value.axes.split(" or ")]
    for array in arrays(thing):
        if "..." in value.axes:  # the year goes before, where there is one
            continue
        fits = [axes for axes in said if len(axes) == array.ndim]
        assert fits, f"{at} is said to be {value.axes}, and has the shape {array.shape}"
        for letter, length in zip(fits[0], array.shape, strict=True):
            assert lengths.get(letter, length) == length, f"{at} is said to be {value.axes}: {array.shape}"


# --- the command ----------------------------------------------------------------------------------------------------


def said(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["explain", "view", *arguments])
    return answer.exit_code, answer.output


def test_the_command_prints_what_a_name_stands_for() -> None:
    code, every = said()
    assert code == 0 and len(every.splitlines()) == len(RECORDS)
    for name in ("Trade", "view.outcomes.electricity.trades[name]", "taken_mwh"):
        code, output = said(name)
        assert code == 0 and re.search(r"taken_mwh +Floats +\[P\] +MWh +Electricity taken", output), name
        assert "名称" in output
    for name, values in (("Trade", 10), ("taken_mwh", 2)):
        assert sum(len(part) for _, part in find_values(name)) >= values


def test_a_wrong_name_is_told_the_nearest() -> None:
    for name, advice in (
        ("taken_mhw", "did you mean `taken_mwh`?"),
        ("TradeTerm", "did you mean `TradeTerms`?"),
    ):
        code, output = said(name)
        assert code == 2 and advice in output and output.count("\n") == 1
    assert "lists all records" in said("zzzzzz")[1]

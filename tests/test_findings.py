"""Findings: one type from files, tables and runs to whoever reads them."""

import json

import pytest

from tanlu.core.words.messages import BilingualText, build_message
from tanlu.inputs.diagnostics import Finding, Place, Severity, build_table_finding, render
from tanlu.scenario.schema import scenario_from_text

PLACES = {
    "a.yaml:3:5": Place("a.yaml", 3, 5, "world.demand_factor"),
    "power_units.csv:12": Place("power_units.csv", 12),
    "power_units.csv:12:capacity_mw": Place("power_units.csv", 12, 0, "capacity_mw"),
    "baseline: replication 0, 2035, carbon_market": Place(
        "baseline", path="replication 0, 2035, carbon_market"
    ),
    "facilities.csv": Place("facilities.csv"),
}


@pytest.mark.parametrize("text", PLACES)
def test_a_place_is_told_by_what_it_has(text: str) -> None:
    assert str(PLACES[text]) == text


def test_a_finding_travels_as_plain_data() -> None:
    """A manifest or a receipt holds it, without the line of the file."""
    for place in PLACES.values():
        several = ("a", build_message("none"), BilingualText("one", "一"))
        values = (("key", "a"), ("value", several))
        one = Finding(Severity.warning, "odd", "odd", place, "mend it", "odd.one", values)
        assert Finding.from_data(json.loads(json.dumps(one.as_data()))) == one
    with pytest.raises(Exception) as caught:
        scenario_from_text("name: a\nseed: -1\n")
    (fault,) = caught.value.findings
    again = Finding.from_data(fault.as_data())
    assert again == fault._replace(place=fault.place._replace(excerpt=None)) and fault.place.excerpt


def test_all_are_shown_alike() -> None:
    table = build_table_finding("blank", "owners", 3, "name_en")
    assert str(table) == "owners.csv:3:name_en: the cell is blank; a value in every row"
    assert render(table).splitlines() == [
        "error[pack-blank]: the cell is blank",
        "  --> owners.csv:3:name_en",
        "  help: a value in every row",
    ]
    assert render(table._replace(severity=Severity.note), language="zh").startswith(
        "提示[pack-blank]: 单元格为空"
    )
    assert render(table, color=True).startswith("\x1b[1;31merror")

"""The walk of docs/model/policies.md, from the rate of a subsidy to stored CO2, is what a run calls in this order."""

import re
import sys
from pathlib import Path
from types import CodeType

from tanlu.experiments.results import simulate
from tanlu.indicators.catalogue import describe
from tanlu.region.pack import load_region

ROOT = Path(__file__).parents[1]
STORED = "Carbon Capture|By Destination|Storage"
SUBSIDY = {"kind": "ccus_subsidy", "from_year": 2022, "rate_cny_per_tco2": 900}
SCENARIO = {"name": "walk", "region": "two_provinces", "years": "2022-2036", "replications": 1}
APPLY, ANNOUNCE, START, MEASURE, INDICATORS = 0, 1, 6, 8, 9  # places


def places() -> list[tuple[str, str]]:
    """Return file and function of each place, as the page has them."""
    text = (ROOT / "docs" / "model" / "policies.md").read_text(encoding="utf-8")
    return re.findall(r"^\| \d+ \| `([\w/]+\.py)` `(\w+)` \|", text, re.MULTILINE)


def calls(scenario: dict[str, object], walk: list[tuple[str, str]]) -> tuple[list[int], object]:
    """Run a scenario and return which places it called in which order, with its result."""
    numbers = {(str(ROOT / "model" / "tanlu" / file), name): n for n, (file, name) in enumerate(walk)}
    order: list[int] = []

    def started(code: CodeType, _: int) -> object:
        number = numbers.get((code.co_filename, code.co_name))
        if number is None:
            return sys.monitoring.DISABLE
        order.append(number)
        return None

    tool = sys.monitoring.PROFILER_ID
    sys.monitoring.use_tool_id(tool, "walk")
    try:
        sys.monitoring.register_callback(tool, sys.monitoring.events.PY_START, started)
        sys.monitoring.set_events(tool, sys.monitoring.events.PY_START)
        result = simulate(scenario)
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
    return order, result


def is_walked(order: list[int], walk: range) -> bool:
    """Tell whether places are called in the order of a walk, whatever is called between them."""
    following = iter(order)
    return all(place in following for place in walk)


def test_a_run_calls_the_places_of_the_walk_in_their_order() -> None:
    walk = places()
    assert len(walk) == 10
    order, result = calls({**SCENARIO, "policies": {"subsidy": SUBSIDY}}, walk)
    assert result.path(STORED).iloc[-1] > 1.0, "or nothing walks"
    assert order.index(APPLY) < order.index(ANNOUNCE)
    begins = [n for n, place in enumerate(order) if place == ANNOUNCE]
    years = [order[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]
    assert len(years) == 15
    assert any(is_walked(year, range(ANNOUNCE, START + 1)) for year in years), "within one year"
    assert is_walked(order, range(APPLY, INDICATORS)), "CO2 is captured and placed in a later one"
    assert all(MEASURE in year for year in years)
    assert INDICATORS in order, "it says of which record an indicator is"


def test_the_walk_begins_at_a_key_and_ends_at_an_indicator() -> None:
    text = (ROOT / "docs" / "model" / "policies.md").read_text(encoding="utf-8")
    section = text.partition("## A walk")[2].partition("## ")[0].replace("\\|", "|")
    assert section.count(f"`{STORED}`") == 2, "in the sentence and in the last row"
    assert describe([STORED], load_region("two_provinces"))[STORED].label["en"]
    assert "`rate_cny_per_tco2` of a `ccus_subsidy`" in section

"""Units of indicators: what tables and charts call them in either language, and that the number fits the name."""

import math
import re

import pytest

from tanlu.core.words.numbers import unit_name
from tanlu.indicators.main import indicators
from tanlu.output.figures.axes import CHINESE, axis_of
from tanlu.output.figures.quantities import MONEY_AXIS, PERCENT_AXIS, PRICE_AXIS, TARIFF_AXIS
from tests.model_runs import REGION

IN_A_YEAR = {one.unit for one in indicators(REGION)}
UNITS = sorted(IN_A_YEAR | {unit.removesuffix("/yr") for unit in IN_A_YEAR} | {"CNY2020/person/yr"})
LARGEST = (0.001, 5.0, 5e4)  # of a chart
ENGLISH_SIZES = {"bn": 1e9, "million": 1e6, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
CHINESE_SIZES = {
    "十亿": 1e9,
    "亿": 1e8,
    "百万": 1e6,
    "万": 1e4,
    "千": 1e3,
    "兆": 1e6,
    "吉": 1e9,
    "拍": 1e15,
    "公": 1e3,
}


def size(unit: str) -> float:
    """Return how many of its plainest unit a unit is: a GW and a 百万千瓦 are a billion watts."""

    def of(part: str) -> float:
        found = re.findall("bn|million|[kMGTP](?=[tWJm])|十亿|百万|[亿万千兆吉拍公]", part)
        return math.prod((ENGLISH_SIZES | CHINESE_SIZES)[one] for one in found)

    above, *below = unit.split("/")
    return of(above) / math.prod(map(of, below))


def test_every_unit_of_an_indicator_has_a_chinese_name():
    assert len(IN_A_YEAR) > 25
    for unit in UNITS:
        named = [unit_name(unit, "zh"), *(axis_of(unit, most, "zh")["unit"] for most in LARGEST)]
        assert not [one for one in named if re.search("[A-Za-z]", one.replace("CO2", ""))], unit
        assert named[0] != unit or unit == "%", unit
        assert unit_name(unit, "en") == unit, "tables in English say it as files do"


@pytest.mark.parametrize("unit", UNITS)
def test_a_name_is_of_the_size_of_its_unit_and_a_chart_of_another_size_changes_the_number(unit):
    assert size(unit_name(unit, "zh")) == pytest.approx(size(unit))
    for most in LARGEST if unit_name(unit, "zh") != "无量纲" else ():
        axis = axis_of(unit, most, "zh")
        assert axis["factor"] == pytest.approx(size(unit) / size(axis["unit"]))
        if axis["factor"] == 1.0:
            assert axis["unit"] == unit_name(unit, "zh"), "one name for one unit"


def test_units_of_charts_that_are_drawn_for_themselves_are_those_of_indicators():
    for axis, unit in (
        (TARIFF_AXIS, "CNY2020/t CO2"),
        (PRICE_AXIS, "CNY2020/MWh"),
        (MONEY_AXIS, "bn CNY2020"),
    ):
        assert axis["zh"]["unit"] == axis_of(unit, 5.0, "zh")["unit"]
    assert PERCENT_AXIS["zh"]["unit"] == unit_name("%", "zh")


def test_a_unit_that_nobody_named_stays_as_it_is():
    assert unit_name("no such unit", "zh") == axis_of("no such unit", 3.0, "zh")["unit"] == "no such unit"
    assert axis_of("Mt CO2/yr", 345.0, "zh")["unit"] == "亿吨/年" != axis_of("Mt CO2/yr", 3.0, "zh")["unit"]
    assert "Mt CO2" in CHINESE and "Mt CO2/yr" not in CHINESE, "by the unit of the amount"

"""The catalogue of indicators: nothing is without a meaning."""

import re

import pytest

from tanlu.indicators.by_policy import NO_POLICY
from tanlu.indicators.catalogue import AIM_HEADS, BY_POLICY, INSTRUMENT_HEADS, describe
from tanlu.indicators.main import indicators
from tanlu.region.pack import load_region

UNITS = re.compile(r"CO2|MWh|kWh|CNY|%")


@pytest.mark.parametrize("name", ["chengyu", "two_provinces"])
def test_every_indicator_is_described_in_both_languages(name: str) -> None:
    region = load_region(name)
    variables = [x.variable for x in indicators(region)] + [f"{BY_POLICY}|tax", NO_POLICY]
    variables += [f"{head}|Emissions|CO2" for head in AIM_HEADS] + [
        f"{head}|tax.rate" for head in INSTRUMENT_HEADS
    ]
    found = describe(variables, region)
    assert len(variables) > 300 and sorted(found) == sorted(variables)
    for one in found.values():
        assert one.theme["en"] != "Extensions" and all(one.text.values()), one.variable
        assert set(one.tables) <= set(region.tables), one.variable
        assert not re.search("[{}]", "".join((*one.label.values(), *one.text.values()))), one.variable
        chinese = UNITS.sub("", one.label["zh"] + one.text["zh"])
        assert not re.search("[A-Za-z]{4}", chinese) or "|tax" in one.variable, chinese
    for language in ("en", "zh"):
        labels = [one.label[language] for one in found.values()]
        assert len(set(labels)) == len(labels)


def test_an_indicator_of_an_extension_goes_by_its_name() -> None:
    found = describe(["Emissions|CO2", "Trees|Planted"], load_region("two_provinces"))
    assert [*found] == ["Emissions|CO2", "Trees|Planted"]
    assert found["Trees|Planted"].label == {"en": "Trees|Planted", "zh": "Trees|Planted"}

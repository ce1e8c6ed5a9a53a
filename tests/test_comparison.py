"""Comparison: inputs that differ, outputs that differ, and sums that are right."""

import math
import re

import numpy as np
import pytest

from tanlu.cli.console import Language
from tanlu.cli.result_tables import comparison_tables
from tanlu.core.intervals import BAND_COLUMNS
from tanlu.core.words.errors import ResultError
from tanlu.experiments.results import simulate
from tanlu.output.claims import claims_in_words
from tanlu.output.comparison import compare
from tanlu.output.comparison_tables.table import COMPARED_VARIABLES, SideBySide
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import paths_of
from tanlu.output.headline import headline
from tanlu.output.lending import bonds_in_words, lending_in_words
from tanlu.output.measures import Measured
from tests import fake_run
from tests.model_runs import ONE_DRAW, REGION, shipped
from tests.model_runs import scenario as model_scenario

CAPTURE = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 200}
PRICE = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 50}


@pytest.fixture(autouse=True)
def _fake_model(monkeypatch):
    fake_run.install(monkeypatch)


def scenario(name, policies=None, **settings):
    return simulate({"name": name, **ONE_DRAW, "policies": policies or {}, **settings})


def test_inputs_show_what_differs_and_nothing_else():
    base = scenario("base", {"capture": CAPTURE, "price": PRICE})
    more = scenario(
        "more", {"capture": CAPTURE | {"rate_cny_per_tco2": {2026: 150, 2035: 300}}, "price": PRICE}
    )
    inputs = compare(base, more).inputs
    assert inputs.to_dict("index") == {
        "policies.capture.rate_cny_per_tco2": {"base": "200", "more": "{2026: 150, 2035: 300}"}
    }


def test_a_policy_that_one_lacks_is_one_row():
    inputs = compare(scenario("base"), scenario("more", {"capture": CAPTURE}, seed=3)).inputs
    assert inputs.loc["policies.capture"].to_dict() == {
        "base": "–",
        "more": "ccus_subsidy: from_year 2026, rate_cny_per_tco2 200",
    }
    assert inputs.loc["seed"].to_dict() == {"base": "1", "more": "3"}
    assert len(inputs) == 2


CUT = {"decided_in": 2032, "from_year": 2033, "set": {"capture": {"rate_cny_per_tco2": {2033: 150, 2040: 0}}}}


def test_an_event_that_one_lacks_is_one_row():
    more = scenario(
        "more",
        {"capture": CAPTURE},
        events={"cut": CUT | {"introduce": {"tax": PRICE | {"from_year": 2034}}}},
    )
    inputs = compare(scenario("base", {"capture": CAPTURE}), more).inputs
    assert inputs.to_dict("index") == {
        "events.cut": {
            "base": "–",
            "more": "decided_in 2032, from_year 2033, set {capture: {rate_cny_per_tco2: {2033: 150, 2040: 0}}}, "
            "introduce {tax: {kind: carbon_price, from_year: 2034, price_cny_per_tco2: 50}}",
        }
    }


def test_an_event_that_all_have_is_compared_field_by_field():
    later = CUT | {"decided_in": 2033, "end": ["price"]}
    both = {"capture": CAPTURE, "price": PRICE}
    inputs = compare(
        scenario("base", both, events={"cut": CUT}), scenario("more", both, events={"cut": later})
    ).inputs
    assert inputs.to_dict("index") == {
        "events.cut.decided_in": {"base": "2032", "more": "2033"},
        "events.cut.end": {"base": "[]", "more": "[price]"},
    }


def test_policies_of_one_name_and_two_kinds_are_not_mixed_up():
    inputs = compare(scenario("a", {"x": CAPTURE}), scenario("b", {"x": PRICE})).inputs
    assert list(inputs.index) == ["policies.x"]
    assert inputs.loc["policies.x", "b"].startswith("carbon_price: ")


def test_equal_scenarios_differ_in_nothing():
    comparison = compare(scenario("base"), scenario("base"))
    assert comparison.names == ("base (1)", "base (2)")
    assert comparison.inputs.empty
    assert (comparison.variables()["change"] == 0.0).all()
    assert (comparison.headline["change base (2)"].dropna() == 0.0).all()


def test_changes_are_differences_to_the_baseline_with_their_sign():
    base, more = scenario("base"), scenario("more", {"capture": CAPTURE})
    comparison = compare(more, base, baseline="base")
    assert comparison.names == ("base", "more")
    table = comparison.variables(["Emissions|CO2", "Carbon Capture"], [2030, 2045])
    row = table[
        (table["variable"] == "Emissions|CO2") & (table["year"] == 2045) & (table["scenario"] == "more")
    ]
    expected = more.path("Emissions|CO2")[2045] - base.path("Emissions|CO2")[2045]
    assert expected < 0
    assert row["change"].item() == pytest.approx(expected)
    assert (table.loc[table["scenario"] == "base", "change"] == 0.0).all()
    headline = comparison.headline.set_index(["key", "region"])
    assert headline.loc[("captured_2060", "Chengyu"), "change more"] == pytest.approx(10.0)


def test_cost_is_the_ratio_of_sums_over_common_years():
    base = scenario("base", years="2020-2050")
    more = scenario("more", {"capture": CAPTURE})
    cost = compare(base, more).cost.iloc[0]
    years = range(2025, 2051)

    def extra(variable):
        return math.fsum(more.path(variable)[y] - base.path(variable)[y] for y in years)

    assert (cost["first_year"], cost["last_year"]) == (2025, 2050)
    assert cost["avoided_mtco2"] == pytest.approx(-extra("Emissions|CO2"))
    paid = extra("Public Budget|Climate Support") + extra("Public Budget|Carbon Revenue Given Back")
    assert cost["public_money_bn_cny"] == pytest.approx(paid)
    assert cost["net_public_money_bn_cny"] == pytest.approx(extra("Public Budget|Climate Support|Net"))
    rising = "System Cost|Electricity", "System Cost|Industry", "Investment|Carbon Capture"
    system = sum(extra(v) for v in (*rising, "Public Budget|Capture Grant"))
    assert cost["system_cost_bn_cny"] == pytest.approx(system)
    assert cost["system_cost_cny_per_tco2"] == pytest.approx(system / cost["avoided_mtco2"] * 1000)


def test_no_cost_per_tonne_where_nothing_is_avoided():
    cost = compare(scenario("more", {"capture": CAPTURE}), scenario("base")).cost.iloc[0]
    assert cost["avoided_mtco2"] < 0
    assert math.isnan(cost["public_money_cny_per_tco2"])


def test_the_spread_of_a_change_pairs_replications():
    base = scenario("base", replications=4)
    more = scenario("more", {"capture": CAPTURE}, replications=4)
    row = compare(base, more).variables(["Emissions|CO2"], [2050]).iloc[1]
    change = (more.draws("Emissions|CO2") - base.draws("Emissions|CO2"))[:, 30]
    assert row["change"] == pytest.approx(change.mean()) and row["pairs"] == 4
    # Student's t of 3 degrees of freedom leaves 2.5 % above 3.182 (any table).
    assert row["half_width"] == pytest.approx(3.182446 * change.std(ddof=1) / 2.0, rel=1e-6)
    assert row["half_width"] < np.ptp(more.draws("Emissions|CO2")[:, 30])
    assert row["band_low"] < row["value"] < row["band_high"]


def test_additional_lending_pairs_replications_and_tells_what_it_cost():
    base = scenario("base", replications=4)
    more = scenario("more", {"capture": CAPTURE}, replications=4, years="2020-2050")
    one = compare(base, more).lending["more"]
    years = slice(0, 31)
    granted = more.draws("Finance|Green Loans|Granted").sum(axis=1)
    before = base.draws("Finance|Green Loans|Granted")[:, years].sum(axis=1)
    captured = more.path("Carbon Capture").sum() - base.path("Carbon Capture")[:31].sum()
    assert one.additional.mean == pytest.approx(0.02 * captured) and captured > 10.0
    assert one.additional.half_width < 1e-9, "the noise cancels in pairs"
    assert np.ptp(before) > 0.01
    assert one.support.mean == pytest.approx(0.004 * captured)
    assert one.anyway_share == pytest.approx(before.mean() / granted.mean())
    assert (one.first_year, one.last_year, one.additional.draws) == (2020, 2050, 4)
    said = lending_in_words("more", one, "en")
    assert (
        f"they rise by {one.additional.mean:,.1f} ±" in said
        and f"{100.0 * one.anyway_share:.0f} % would have come anyway" in said
    )
    single = compare(scenario("base"), more).lending["more"]
    assert "one draw, no interval" in lending_in_words("more", single, "en") and single.additional.draws == 1
    assert "单次模拟" in lending_in_words("more", single, "zh")
    assert not compare(more, base).lending, "nothing more was paid for loans"


def test_new_money_of_bonds_is_told_apart_from_refinancing():
    base = scenario("base", replications=4)
    more = scenario("more", {"capture": CAPTURE}, replications=4)
    bonds = compare(base, more).bonds["more"]
    captured = more.path("Carbon Capture").sum() - base.path("Carbon Capture").sum()
    assert bonds.additional.mean == pytest.approx(0.03 * captured) and bonds.additional.half_width < 1e-9
    assert bonds.refinancing.mean == pytest.approx(-0.01 * captured) and captured > 10.0
    assert f"they rise by {0.03 * captured:,.1f} ±" in bonds_in_words("more", bonds, "en")
    assert f"增加{0.03 * captured:,.1f} ±" in bonds_in_words("more", bonds, "zh")
    assert not compare(base, scenario("same", replications=4)).bonds, "the same bonds need no sentence"


def test_claims_of_labelled_debt_stand_beside_what_is_avoided():
    base = scenario("base", replications=4)
    more = scenario("more", {"capture": CAPTURE}, replications=4, years="2020-2050")
    one = compare(base, more).claims["more"]
    claimed = more.draws("Finance|Green|Claimed Avoidance|Outstanding").sum(axis=1)
    before = base.draws("Finance|Green|Claimed Avoidance|Outstanding")[:, :31].sum(axis=1)
    avoided = base.draws("Emissions|CO2")[:, :31].sum(axis=1) - more.draws("Emissions|CO2").sum(axis=1)
    assert one.claimed_mtco2 == pytest.approx(claimed.mean()) and claimed.mean() > before.mean() > 0.0
    assert one.baseline_mtco2 == pytest.approx(before.mean())
    assert one.emission_change.mean == pytest.approx(-avoided.mean()) and avoided.mean() > 1.0
    assert one.emission_change.low <= one.emission_change.mean <= one.emission_change.high
    said = claims_in_words("more", one, "en")
    assert "over 4 pairs" in said and f"Emissions of the model fall by {avoided.mean():,.1f} ±" in said
    back = compare(more, base).claims["base"]
    assert f"rise by {avoided.mean():,.1f} ±" in claims_in_words("base", back, "en")
    assert f"模型排放增加{avoided.mean():,.1f} ±" in claims_in_words("base", back, "zh")
    single = compare(scenario("base"), more).claims["more"]
    assert "one draw, no interval" in claims_in_words("more", single, "en") and "单次模拟" in claims_in_words(
        "more", single, "zh"
    )


def test_years_that_one_lacks_are_left_out():
    table = compare(scenario("base", years="2020-2035"), scenario("more")).variables()
    assert set(table["year"]) == {2030}
    assert set(table["variable"]) == set(COMPARED_VARIABLES)


def test_what_cannot_be_compared_is_refused():
    base = scenario("base")
    with pytest.raises(ResultError, match="two results or more"):
        compare(base)
    with pytest.raises(ResultError, match="no result is named `best`"):
        compare(base, scenario("more"), baseline="best")
    with pytest.raises(ResultError, match="no year in common"):
        compare(scenario("early", years="2020-2025"), scenario("late", years="2030-2040"))


def test_a_peak_is_of_one_year_in_level_change_and_label():
    found = []
    for name, peaks in (("base", [(2030, 1.0)] * 3), ("more", [(2040, 9.0), (2045, 6.0), (2045, 6.0)])):
        result = scenario(name, replications=3)
        values, capture = result.measures.values.copy(), result.measures.variables.index("Carbon Capture")
        values[:, capture, -1] = 0.0
        for draw, (year, mt) in enumerate(peaks):
            values[draw, capture, -1, year - 2020] = mt
        found.append(Measured(result.scenario, result.measures._replace(values=values)))
    table = SideBySide(tuple(found), ("base", "more")).headline.set_index("key")
    peak = table.loc["captured_peak"]
    assert (peak["base"], peak["more"]) == (1.0, 4.0), "in 2045, where the mean is highest"
    assert peak["change more"] == pytest.approx(3.0), "not of the years in which each draw is highest"
    assert peak["label_en"] == "CO2 captured in the peak year (2030 / 2045)"
    for key in levels(paths_of(found[1])).keys() & set(table.index):
        row = table.loc[key]
        assert row["change more"] == pytest.approx(row["more"] - row["base"], abs=1e-9), key


def test_the_peak_of_emissions_is_that_of_the_mean_path():
    found = []
    for name, peaks in (
        ("base", [(2030, 900.0)] * 3),
        ("more", [(2040, 990.0), (2045, 960.0), (2045, 960.0)]),
    ):
        result = scenario(name, replications=3)
        values, emitted = result.measures.values.copy(), result.measures.variables.index("Emissions|CO2")
        values[:, emitted, -1] = [[400.0], [500.0], [600.0]]
        for draw, (year, mt) in enumerate(peaks):
            values[draw, emitted, -1, year - 2020] = mt
        found.append(Measured(result.scenario, result.measures._replace(values=values)))
    table = SideBySide(tuple(found), ("base", "more")).headline.set_index(["key", "region"])
    year, level = (table.loc[(key, "Chengyu")] for key in ("peak_year", "peak_level"))
    assert (year["base"], year["more"], year["change more"]) == (2030, 2045, 15), "of the mean path"
    assert math.isnan(year["half_width more"]) and not year["noise more"]
    mean = (400.0 + 960.0 + 960.0) / 3.0
    assert level["more"] == pytest.approx(mean) and level["change more"] == pytest.approx(mean - 900.0)
    own = headline(found[1], REGION.targets).set_index(["key", "region"]).loc[("peak_level", "Chengyu")]
    assert tuple(own[[*BAND_COLUMNS]]) == pytest.approx((400.0, 960.0, 50.0)), "of the three draws in 2045"


COMPARED = {
    "drought": lambda: shipped("drought_2028"),
    "package": lambda: shipped("dual_carbon"),
    "hubs": lambda: shipped("cement_hubs"),
    "stress": lambda: shipped("stress/stress_contagion"),
    "zero": lambda: model_scenario(
        {"capture": CAPTURE | {"rate_cny_per_tco2": 0}},
        seed=3,
        years=(2020, 2050),
        events={"cut": CUT},
        pack={"parameters.hurdle_half_width": {"factor": 2}},
    ),
}
RAW = re.compile(
    r"[A-Za-z0-9]+_[A-Za-z0-9_]+|[A-Za-z]\|[A-Za-z]", re.ASCII
)  # a key, or the name of a variable

UNIT = re.compile(r"\b(Mt|bn|TWh|GW|CNY|MWh)|/yr")


@pytest.mark.parametrize("name", COMPARED)
@pytest.mark.parametrize("language", Language)
def test_every_row_of_the_command_line_is_in_words_with_keys_in_backquotes(name, language):
    both = compare(simulate(shipped("baseline"), replications=1), simulate(COMPARED[name](), replications=1))
    parts = [*comparison_tables(both, language)]
    rows = [cell for part in parts if not isinstance(part, str) for cell in cells_of(part)]
    texts = [*rows, *(part for part in parts if isinstance(part, str))]
    assert len(rows) > 100
    bare = [re.sub(r"`[^`]*`", "", one) for one in texts]
    for one in both.names:
        bare = [text.replace(one, "") for text in bare]
    raw = [text for text in bare if RAW.search(text)]
    assert not [text for text in raw if "docs/studies" not in text], raw
    english = [text for text in bare if UNIT.search(text)]
    assert bool(english) == (language == Language.en), english
    keys = [f"`{key}`" for key in both.inputs.index if "." in key]
    assert keys and all(any(key in text for text in rows) for key in keys), "what a command takes is told too"


def cells_of(table):
    return [str(text) for column in table.columns for text in (column.header, *column._cells)]

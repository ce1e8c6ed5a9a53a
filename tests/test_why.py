"""What capture costs, term by term: the terms are the NPV, and a reader gets them by name and year."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.words import LANGUAGES, text
from tanlu.core.words.errors import ResultError
from tanlu.experiments.results import simulate
from tanlu.explanation.effects.reasons import STARTED, find_reasons
from tanlu.explanation.explain import as_data, explain_decision, explain_year
from tanlu.explanation.records import read_records
from tanlu.explanation.rendering import render_explanation as in_parts
from tanlu.investment.capture_terms import TERMS
from tanlu.output.extension import TABLES
from tanlu.output.result import Result, load_result
from tanlu.output.result_tables import FrameTables
from tests import fake_run, model_runs
from tests.model_runs import ONE_DRAW, REGION, scenario

RATE = 260.0
# A subsidy that is the same in every year, a tax that rises, and facilities that capture and sell.
RICH = scenario(
    {
        "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 40, 2045: 700}},
        "capture": {
            "kind": "ccus_subsidy",
            "from_year": 2020,
            "rate_cny_per_tco2": RATE,
            "capex_grant_share": 0.3,
        },
    },
    years=(2020, 2042),
)
COLUMNS = [f"{name}_cny_per_year" for name in TERMS]


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(RICH)


@pytest.fixture(scope="module")
def both(result: Result) -> pd.DataFrame:
    """Return the terms with the ledger's figures."""
    assert result.capture_costs is not None and result.decisions is not None
    keys = ["kind", "year", "decider", "option"]
    return result.capture_costs.merge(result.decisions, on=keys, suffixes=("", "_ledger"))


def test_the_terms_of_every_project_add_up_to_its_value(both: pd.DataFrame) -> None:
    value = both[COLUMNS].sum(axis=1) * both["worth_years"] / 1e6
    gross = both[COLUMNS].abs().sum(axis=1) * both["worth_years"] / 1e6
    assert len(both) > 200 and both["started"].sum() > 10
    assert (np.abs(value - both["npv_mcny"]) <= 1e-9 * gross).all()


def test_every_capture_option_in_the_ledger_has_its_terms(result: Result, both: pd.DataFrame) -> None:
    ledger = result.decisions
    assert ledger is not None
    options = REGION.industry.options
    captures = {options.ids[i] for i in np.flatnonzero(options.effect.capture_rate)}
    considered = ledger["option"].isin(captures | {"capture_retrofit"})
    assert len(both) == considered.sum()


def test_each_term_is_what_it_says(both: pd.DataFrame) -> None:
    stored = both[both["outlet"] == "storage"]
    captured = stored["captured_tco2_per_year"]
    assert stored["subsidy_cny_per_year"].to_numpy() == pytest.approx(RATE * captured)
    assert (stored["product_sales_cny_per_year"] == 0.0).all()
    per_tonne = -stored["storage_cny_per_year"] / captured
    cost = REGION.co2.stores.cost_cny_per_tco2
    runs = captured > 0.0  # a unit that is only kept ready has nothing to capture
    assert runs.sum() > 0.8 * len(runs)
    assert (per_tonne[runs].between(cost.min() - 1e-9, cost.max() + 1e-9)).all()
    assert (stored.loc[~runs, "storage_cny_per_year"] == 0.0).all()
    assert (stored.loc[runs, "transport_cny_per_year"] < 0.0).all()
    sold = both[both["outlet"] == "products"]
    assert len(sold) > 10 and (sold["product_sales_cny_per_year"] >= 0.0).all()
    assert (sold[["transport_cny_per_year", "storage_cny_per_year"]] == 0.0).all().all()
    assert both["grant_cny_per_year"].to_numpy() == pytest.approx(-0.3 * both["capital_cny_per_year"])
    units = both["kind"] == "PowerPlants"
    assert (both.loc[units, "downtime_cny_per_year"] <= 0.0).all() and (
        both["downtime_cny_per_year"] < 0.0
    ).any()
    runs = both["captured_tco2_per_year"] > 0.0
    assert (both.loc[units & runs, "lost_output_cny_per_year"] < 0.0).all()
    assert (both.loc[units, ["heat_cny_per_year", "electricity_cny_per_year"]] == 0.0).all().all()
    assert (both.loc[~units, "lost_output_cny_per_year"] == 0.0).all()


def test_capital_is_the_investment_levelled(both: pd.DataFrame) -> None:
    """Power units, by hand: I (1 + 1/(1+h)) / 2 for a lead time of two years."""
    unit = both[both["kind"] == "PowerPlants"].iloc[0]
    lead = REGION.power.technologies.capture.lead_time_years[0]
    outlay = sum((1.0 + unit["hurdle"]) ** -t for t in range(lead)) / lead
    after_grant = unit["capital_cny_per_year"] + unit["grant_cny_per_year"]
    assert -after_grant * unit["worth_years"] == pytest.approx(unit["capex_mcny"] * 1e6 * outlay, rel=1e-9)


def test_avoided_is_less_than_captured(both: pd.DataFrame) -> None:
    runs = both["captured_tco2_per_year"] > 0.0
    assert (both["avoided_at_source_tco2_per_year"] < both["captured_tco2_per_year"])[runs].all()
    assert (both.loc[~runs, "avoided_at_source_tco2_per_year"] == 0.0).all()


def test_the_answer_for_one_decider(result: Result, both: pd.DataFrame) -> None:
    started = both[both["started"] & (both["kind"] == "PowerPlants")].iloc[0]
    answer = explain_decision(result, started["decider"])
    assert answer.year == started["year"] and answer.capture is not None and answer.capture.started
    assert answer.capture.npv_cny == pytest.approx(started["npv_mcny"] * 1e6, rel=1e-9)
    assert (
        explain_decision(result, answer.name_zh).decider
        == explain_decision(result, answer.name_en).decider
        == started["decider"]
    )
    data = json.loads(json.dumps(as_data(answer), allow_nan=False))
    *terms, total = data["capture"]["terms"]
    for unit in ("cny_per_year", "cny_per_tco2_captured"):
        assert sum(term[unit] for term in terms) == pytest.approx(total[unit])
    assert total["cny_per_year"] * answer.capture.worth_years == pytest.approx(answer.capture.npv_cny)
    assert total["cny_per_tco2_captured"] > 0.0


def test_a_rejected_project_says_at_which_carbon_price_it_would_pay(
    result: Result, both: pd.DataFrame
) -> None:
    price = both["switching_carbon_price_cny_per_tco2"]
    rejected = both[(both["npv_mcny"] < 0.0) & ~both["chosen"] & (price > 0.0)].iloc[0]
    answer = explain_decision(result, rejected["decider"], int(rejected["year"]))
    assert answer.capture is not None and not answer.capture.started
    found = answer.capture.switching_carbon_price_cny_per_tco2
    assert found == rejected["switching_carbon_price_cny_per_tco2"] > 0.0


def test_an_outlet_that_pays_nothing_is_called_none(result: Result, both: pd.DataFrame) -> None:
    only = both[both.groupby(["decider", "year"])["option"].transform("size") == 1]
    sold = only[only["outlet"] == "products"]
    for rows, outlet in (
        (sold[sold["product_sales_cny_per_year"] > 0.0], "products"),
        (sold[sold["product_sales_cny_per_year"] == 0.0], "none"),
    ):
        answer = explain_decision(result, rows.iloc[0]["decider"], int(rows.iloc[0]["year"]))
        assert answer.capture is not None and answer.capture.outlet == outlet


def test_who_or_what_year_is_unknown_is_said_with_help(result: Result, both: pd.DataFrame) -> None:
    known = both["decider"].iloc[0]
    with pytest.raises(ResultError, match=f"did you mean `{known}`"):
        explain_decision(result, known[:-1])
    with pytest.raises(ResultError, match=r"decided nothing in 1999; it decided in 20\d\d"):
        explain_decision(result, known, 1999)


def test_the_command_prints_tables_words_and_json(monkeypatch, tmp_path) -> None:
    fake_run.install(monkeypatch)
    folder = str(simulate({"name": "x", **ONE_DRAW}).save(tmp_path))

    def tanlu(*rest: str) -> str:
        done = CliRunner().invoke(app, ["why", folder, fake_run.UNIT, *rest])
        assert done.exit_code == 0, done.output
        return done.stdout

    shown = tanlu()
    assert "Luohuang 3 considered in 2028" in shown and "does not pay" in shown
    assert "It pays from a carbon price of 431.0 CNY/t on." in shown
    assert "carbon cost saved" in shown and "captured" in shown
    assert "碳价达到431.0元/吨起方可盈利" in tanlu("--lang", "zh")
    flat = " ".join(shown.replace("│", " ").replace("\N{MINUS SIGN}", "-").split())
    assert "What Luohuang 3 earns and pays, CNY per kW and year" in shown and "mean 2027–2028" in shown
    assert "electricity 900.0 900.0" in flat and "carbon price -30.0 -60.0" in flat
    assert "margin -210.0 -240.0" in flat and "paid as emergency reserve" in shown
    assert "It did not ask the regulator to close." in flat
    assert "未向监管机构申请关停" in tanlu("--lang", "zh")
    assert "it has not lost money: 51.2 million CNY a year on average" in " ".join(shown.split())
    told_zh = " ".join(tanlu("--lang", "zh").replace("│", " ").split())
    for part in in_parts(
        explain_decision(load_result(folder), fake_run.UNIT), "chengyu", "zh"
    ):  # what the page shows too
        cells = (
            [part] if isinstance(part, str) else [*part.heads, *(cell for row in part.rows for cell in row)]
        )
        assert all(cell in told_zh for cell in cells if len(cell) < 8), part
    between = tanlu("--year", "2030")
    assert "closed to Luohuang 3 in 2030" in between and "2033" in between and "NPV" not in between
    told = json.loads(tanlu("--json"))["margin"]
    assert told["regulator"] == "not_asked" and told["margins"][1]["terms"]["fuel"] == -1000.0
    assert json.loads(tanlu("--json"))["capture"]["captured_tco2_per_year"] == 3e6
    for wrong, message in ((["nobody"], "nobody called"), ([fake_run.UNIT, "--year", "2020"], "in 2028")):
        done = CliRunner().invoke(app, ["why", folder, *wrong])
        assert done.exit_code != 0 and message in done.stderr and "Traceback" not in done.output


# --- what a power unit loses apart from its output ---------------------------------------------------------------


def test_output_sold_no_more_brings_no_allowances() -> None:
    """Before the cap; from its year on more output brings none, and less takes none away."""
    result = simulate(scenario({}, years=(2020, 2032)))
    costs = result.capture_costs
    assert costs is not None
    units = costs[(costs["kind"] == "PowerPlants") & (costs["captured_tco2_per_year"] > 0.0)]
    per_mwh = -units["allowances_cny_per_year"] / units["captured_tco2_per_year"]
    early, late = (per_mwh[years] for years in (units["year"] < 2028, units["year"] >= 2030))
    assert (early > 0.0).all() and early.size > 10, "the market gives free allowances by output"
    assert (late == 0.0).all() and late.size > 10


def test_a_unit_stands_still_while_capture_is_tied_in() -> None:
    model = model_runs.watch(RICH)
    plants, share = model.ever, REGION.parameters["capture_tie_in_outage_share_of_year"]
    unit = int(np.flatnonzero((plants.capture_year < 2040) & (plants.must_run_share == 0.0))[0])
    year = int(plants.capture_year[unit])
    lived = [model.lived[y - model_runs.FIRST] for y in (year, year + 1)]
    offered = [(one.clearing.offer, one.plants.ids.index(plants.ids[unit])) for one in lived]
    then, after = (float(o.capacity_mw[o.rows == row][0]) for o, row in offered)
    assert then == pytest.approx((1.0 - share) * after)


def test_where_capture_is_no_option_its_reason_is_told(result: Result, both: pd.DataFrame) -> None:
    """At a window or between two; where the data have no capture for the decider, that."""
    closed = result.closed_options
    assert closed is not None and result.decisions is not None
    capture = closed[closed["option"] == "capture_retrofit"]
    for code, says in (("too_small", " MW, and at least 250 MW"), ("no_window", "its next window is in 20")):
        row = capture[capture["closed_by"] == code].iloc[0]
        answer = explain_decision(result, row["decider"], int(row["from_year"]))
        assert answer.capture is None
        reasons = dict(zip(answer.closed_options["option"], answer.closed_options["why_en"], strict=True))
        assert says in reasons["capture_retrofit"]
    kinds = closed[closed["kind"] == "PowerPlants"]
    never = set(kinds["decider"]) - set(capture["decider"]) - set(both["decider"])
    answer = explain_decision(result, min(never))
    assert answer.closed_options.iloc[-1]["closed_by"] == "not_offered"
    json.dumps(as_data(answer), allow_nan=False)


def test_between_windows_there_is_no_option_but_reasons(result: Result, both: pd.DataFrame) -> None:
    assert result.decisions is not None
    windows = set(zip(result.decisions["decider"], result.decisions["year"], strict=True))
    units = both[both["kind"] == "PowerPlants"]
    does_rest = [(row.decider, row.year + 1) not in windows for row in units.itertuples()]
    unit = units[does_rest].iloc[0]
    after = int(unit["year"]) + 1
    answer = explain_decision(result, unit["decider"], after)
    assert answer.year == after and answer.options.empty and answer.capture is None
    assert int(unit["year"]) in answer.other_years
    assert {"retire_early", "capture_retrofit"} <= {*answer.closed_options["option"]}


def test_a_result_without_reasons_says_what_to_do(result: Result) -> None:
    without = replace(result, tables=FrameTables({name: None for name in TABLES}))
    with pytest.raises(ResultError, match="run the scenario again"):
        explain_decision(without, "anybody")


RAW_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")  # as in a file: `build_wind`


def cells_of(answer: object, language: str) -> list[str]:
    parts = [part for part in in_parts(answer, "chengyu", language) if not isinstance(part, str)]
    return [cell for part in parts for row in part.rows for cell in row]


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_of_companies_and_what_loans_are_for_have_names(result: Result, language: str) -> None:
    decisions, loans = result.decisions, result.loans
    assert decisions is not None and loans is not None
    sites = decisions[(decisions["kind"] == "Companies") & decisions["chosen"]]
    stays = sites[sites["option"] == "keep"].groupby(["decider", "year"], observed=True).size()
    renewed = loans[(loans["decider"] == "") & (loans["loan_kind"] == "bond")].iloc[0]
    lent = loans[loans["option"].str.startswith("steel_") | loans["option"].str.startswith("clinker_")].iloc[
        0
    ]
    builds = sites[sites["option"] != "keep"].groupby(["decider", "year"], observed=True).size()
    asked = [builds.idxmax(), *((row["borrower"], row["year"]) for row in (renewed, lent))]
    if len(stays):
        asked.append(stays.idxmax())
    for decider, year in asked:
        answer = explain_decision(result, decider, int(year))
        cells = cells_of(answer, language)
        named = [cell.partition(": ")[2] or cell for cell in cells]  # behind the identifier of who asked
        assert not [cell for cell in named if RAW_NAME.search(cell) or cell.startswith(":")], (decider, year)
        assert sum(text(language, "option.keep") == cell for cell in cells) <= 1, (decider, year)
    assert any(
        text(language, "credit.renewed_bonds") in cell
        for cell in cells_of(explain_decision(result, *asked[1]), language)
    )
    built = cells_of(explain_decision(result, *asked[0]), language)
    assert sum(text(language, "option.keep") == cell for cell in built) == 1
    if language == "zh":
        assert not [cell for cell in built if "Sichuan" in cell or "Chongqing" in cell]


def test_no_more_than_nothing_is_left_of_a_limit(result: Result) -> None:
    records = read_records(result)
    closed = records.closed_options.copy()
    row = closed[closed["closed_by"] == "no_window"].index[0]
    closed.loc[row, ["closed_by", "reason_value", "reason_limit"]] = ["reserve_needed", 300.0, -12139.0]
    asked = closed.loc[row]
    named = (str(asked["decider"]),) * 3
    answer = explain_year(records._replace(closed_options=closed), named, int(asked["from_year"]))
    assert "300 MW firm, and 0 MW of reliable capacity can be spared" in " ".join(
        answer.closed_options["why_en"]
    )


def test_reasons_of_all_plants_are_those_of_each_plant_and_add_up(result: Result) -> None:
    """Tonnes by reason add up to those of all deciders, terms to the NPV, and twenty plants say what `why` says."""
    reasons = find_reasons(read_records(result), result.plants)
    rows = reasons.deciders
    assert rows["decider"].is_unique and len(rows) > 200
    total = rows["tco2_per_year"].sum()
    assert total > 1e8 and reasons.by_reason()["tco2_per_year"].sum() == pytest.approx(total, rel=1e-9)
    weighed = rows[rows["worth_years"].notna()]
    value_mcny = weighed[COLUMNS].sum(axis=1) * weighed["worth_years"] / 1e6
    gross_mcny = weighed[COLUMNS].abs().sum(axis=1) * weighed["worth_years"] / 1e6
    assert (np.abs(value_mcny - weighed["npv_mcny"]) <= 1e-9 * gross_mcny).all()
    lacking = reasons.lacking
    lacks_cny = lacking[COLUMNS].sum(axis=1).sum() / lacking["captured_tco2_per_year"].sum()
    assert sum(reasons.terms_cny_per_tco2().values()) == pytest.approx(lacks_cny, rel=1e-9)
    one_a_reason = rows.drop_duplicates("reason")
    others = rows.drop(one_a_reason.index).sample(20 - len(one_a_reason), random_state=1)
    for row in pd.concat([one_a_reason, others]).to_dict("records"):
        answer = explain_decision(result, row["decider"], row["year"])
        if row["worth_years"] != row["worth_years"]:
            closed = answer.closed_options.set_index("option")["closed_by"]
            assert closed[row["option"]] == row["reason"]
            continue
        assert answer.capture is not None and answer.capture.option == row["option"]
        assert answer.capture.started == (row["reason"] == STARTED)
        assert list(answer.capture.terms_cny_per_year.values()) == [row[name] for name in COLUMNS]


def test_the_best_year_is_that_of_the_start_or_of_the_least_lack(result: Result, both: pd.DataFrame) -> None:
    rows = find_reasons(read_records(result), result.plants).deciders.set_index("decider")
    started = both[both["started"]]
    assert set(rows.index[rows["reason"] == STARTED]) == set(started["decider"]) and len(started) > 10
    per_tonne = both[COLUMNS].sum(axis=1) / both["captured_tco2_per_year"]
    chosen_first = both.assign(per_tonne=per_tonne).sort_values(["chosen", "npv_mcny"], ascending=False)
    best = (
        chosen_first.drop_duplicates(["decider", "year"]).groupby("decider", observed=True)["per_tonne"].max()
    )
    lacking = find_reasons(read_records(result), result.plants).lacking.set_index("decider")
    own = lacking[COLUMNS].sum(axis=1) / lacking["captured_tco2_per_year"]
    assert len(own) > 20 and own.to_numpy() == pytest.approx(best[own.index].to_numpy(), rel=1e-9)

"""A run that fails is named and the others go on; one whose balances are open is void; what was not felt is told."""

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.words.errors import ResultError
from tanlu.experiments import jobs, results
from tanlu.experiments.executors import HereExecutor
from tanlu.experiments.results import simulate
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.inputs.diagnostics import Finding, Severity
from tanlu.output.comparison import compare
from tanlu.output.findings.effects import FROM_A_BUDGET, MARKET_PRICE, PAYMENTS, without_effect
from tanlu.output.findings.run_error import RunError
from tanlu.output.findings.validity import open_balances
from tanlu.output.measures import Measured, Measures
from tanlu.output.result import Result, load_result
from tanlu.policies import KINDS
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.simulation import model
from tests import fake_run

SMALL = with_settings(
    load(Path(__file__).with_name("two_provinces.yaml")), replications=1, years=(2022, 2023)
)
YEARS = np.arange(2020, 2061)


def fails(*_: object) -> None:
    raise ZeroDivisionError("division by zero")


# --- runs that stop ---------------------------------------------------------------------------------------------


def test_a_run_that_stops_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "settle_vehicles", fails)
    with pytest.raises(RunError) as caught:
        simulate(SMALL)
    error = caught.value
    assert (error.scenario, error.replication, error.year, error.step) == (SMALL.name, 0, 2022, "finance")
    assert error.cause.startswith("ZeroDivisionError in ") and error.cause.endswith(": division by zero")
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert f"--> {SMALL.name}: replication 0, 2022, finance" in error.render()
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert "第 0 次重复，2022 年，金融阶段" in error.render(language="zh")


def test_a_run_that_does_not_begin_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "water_years", fails)
    with pytest.raises(RunError, match="replication 0, preparation"):
        simulate(SMALL)


def test_want_of_memory_is_no_fault_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(model, "water_years", full)
    with pytest.raises(MemoryError):
        simulate(SMALL)


def fake_but_for_bad(scenario: Any, *rest: Any) -> Any:
    if scenario.name == "bad":
        raise RunError("bad", 0, 2031, "invest", "ValueError in a.py, line 3: no")
    return fake_run.fake_replicate(scenario, *rest)


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Make three scenarios, of which the second fails."""
    monkeypatch.setattr(results, "replicate", fake_but_for_bad)
    monkeypatch.setattr(jobs, "can_start_processes", lambda: False)  # which would run the model itself
    monkeypatch.chdir(tmp_path)
    for name in ("good", "bad", "better"):
        (tmp_path / f"{name}.yaml").write_text(f"name: {name}\nreplications: 1\n", encoding="utf-8")
    return ["good.yaml", "bad.yaml", "better.yaml"]


def test_a_list_goes_on_past_a_failure(three: list[str]) -> None:
    done = CliRunner().invoke(app, ["run", *three, "--quiet"])
    assert done.exit_code == 1 and len(done.stdout.split()) == 2
    assert "error[run-failed]: the run stopped: ValueError in a.py, line 3: no" in done.stderr
    assert "--> bad: replication 0, 2031, invest" in done.stderr
    assert done.stderr.strip().endswith("failed: bad")
    assert {path.name.partition("-")[0] for path in Path("results").iterdir()} == {"good", "better"}
    compared = CliRunner().invoke(app, ["compare", *three])
    assert (compared.exit_code, compared.stdout) == (1, "") and "run-failed" in compared.stderr


def test_so_does_a_list_in_several_processes(three: list[str]) -> None:
    ended = list(results.simulate_all([load(file) for file in three], executor=HereExecutor()))
    assert [type(one) for one in ended] == [Result, RunError, Result]


# --- balances that act ------------------------------------------------------------------------------------------


def test_a_balance_is_open_beyond_rounding() -> None:
    """The bound is 1e-9 of the gross flow; a residual that is no number is none that closes."""

    def told(size: float) -> list[Finding]:
        errors = {"money_error": np.zeros(41), "carbon_error": np.zeros(41)}
        errors["carbon_error"][30] = size
        return list(open_balances("a", YEARS, [{key: np.zeros(41) for key in errors}, errors]))

    assert not told(1e-9) and not told(-1e-9)
    for size in (1.01e-9, -1.0, np.nan, np.inf):
        (one,) = told(size)
        assert one.severity == Severity.error and one.place.path == "replication 1, 2050"
        assert "the balance of carbon does not close" in one.message
        assert "碳平衡不闭合" in one.in_language("zh").message


def test_an_invalid_run_is_kept_told_and_not_compared(
    three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def leaking(scenario: Any, *rest: Any) -> Any:
        run, measures = fake_run.fake_replicate(scenario, *rest)
        record = run.record
        leak = record.balances._replace(money_error=np.full(run.years.size, 1e-6 * (scenario.name == "bad")))
        monkeypatch.setattr(type(run), "record", SimpleNamespace(prices=record.prices, balances=leak))
        return run, measures

    monkeypatch.setattr(results, "replicate", leaking)
    done = CliRunner().invoke(app, ["run", *three[:2]])
    assert done.exit_code == 1 and done.stderr.strip().endswith("failed: bad")
    assert "error[open-balance]: the balance of money does not close: 1e-06" in done.stderr
    good, bad = (load_result(next(Path("results").glob(f"{name}-*"))) for name in ("good", "bad"))
    assert (good.valid, bad.valid, bad.manifest["valid"]) == (True, False, False)
    with pytest.raises(ResultError, match="invalid and not compared: bad; `tanlu show` says why"):
        compare(good, bad)
    (folder,) = Path("results").glob("bad-*")
    checked, listed = (
        CliRunner().invoke(app, [*of]) for of in (["verify", str(folder)], ["list", "results"])
    )
    assert checked.exit_code == 0 and "intact, but the run is invalid" in checked.output
    assert listed.output.count("invalid: tanlu show") == 1, listed.output
    del bad.manifest["findings"]
    assert bad.valid, "results of before there were findings say nothing against themselves"


# --- what was not felt ------------------------------------------------------------------------------------------


PAID = f"{BY_POLICY}|p"
AID = {"subsidy_cny_per_t": 600}


def measured(block: dict[str, object], values: dict[str, float]) -> Measured:
    """Return a scenario with a policy, and indicators that are constant but for two draws."""
    scenario = load({"name": "a", "policies": {"p": {"from_year": 2030, **block}}})
    variables = tuple(values)
    level = np.array([values[name] for name in variables])[None, :, None, None]
    draws = np.array([1.0, 1.1])[:, None, None, None]
    shape = (2, len(variables), 3, YEARS.size)
    units = ("",) * len(variables)
    regions = load_region("chengyu").axes.regions
    return Measured(
        scenario, Measures(variables, units, regions, YEARS, np.broadcast_to(level * draws, shape))
    )


@pytest.mark.parametrize(
    ("block", "values", "code"),
    [
        ({"kind": "relending", "principal_share": 0.6}, {"Central Bank|Relending": 0.0}, "nothing-paid"),
        ({"kind": "relending", "principal_share": 0.6}, {"Central Bank|Relending": 1e-9}, ""),
        ({"kind": "relending", "principal_share": 0.6}, {"Other": 0.0}, ""),
        ({"kind": "recycled_aluminium", **AID}, {PAID: 0.0}, "nothing-paid"),
        ({"kind": "recycled_aluminium", **AID}, {PAID: 0.2}, ""),
        (
            {"kind": "recycled_aluminium", **AID, "budget_bn_cny_per_year": 0.21},
            {PAID: 0.2},
            "budget-used-up",
        ),
        ({"kind": "recycled_aluminium", **AID, "budget_bn_cny_per_year": 0.23}, {PAID: 0.2}, ""),
        ({"kind": "carbon_price", "floor_cny_per_tco2": 50}, {MARKET_PRICE: 60.0}, "floor-never-reached"),
        ({"kind": "carbon_price", "floor_cny_per_tco2": {2030: 50, 2060: 61}}, {MARKET_PRICE: 60.0}, ""),
        ({"kind": "carbon_price", "floor_cny_per_tco2": 60}, {MARKET_PRICE: 60.0}, ""),
        ({"kind": "carbon_price", "ceiling_cny_per_tco2": 90}, {MARKET_PRICE: 60.0}, "ceiling-never-reached"),
        ({"kind": "carbon_price", "ceiling_cny_per_tco2": 66}, {MARKET_PRICE: 60.0}, ""),
        (
            {"kind": "carbon_price", "floor_cny_per_tco2": 50, "price_cny_per_tco2": 1},
            {MARKET_PRICE: 60.0},
            "",
        ),
    ],
)
def test_what_was_not_felt_is_told(block: dict[str, object], values: dict[str, float], code: str) -> None:
    assert [one.code for one in without_effect(measured(block, values))] == ([code] if code else [])


def test_a_contract_that_pays_nothing_is_a_note() -> None:
    """It insures: its owner built because of it, and prices rose."""
    values = {PAID: 0.0}
    for key, severity in (("strike_price_cny_per_tco2", "note"), ("rate_cny_per_tco2", "warning")):
        (one,) = without_effect(measured({"kind": "ccus_subsidy", key: 300}, values))
        assert (one.code, one.severity) == ("nothing-paid", severity)


def test_payments_are_of_known_kinds_and_indicators() -> None:
    known = set(simulate(SMALL).measures.variables)
    assert set(PAYMENTS) | set(FROM_A_BUDGET) <= set(KINDS)
    assert {*PAYMENTS.values(), MARKET_PRICE} <= known

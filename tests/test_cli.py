"""The command line: every example runs, every mistake gets a message and an exit code, nothing is half written."""

import glob
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner

from tanlu.cli import main as cli
from tanlu.cli import serve
from tanlu.cli.main import EXAMPLES, app
from tanlu.core import places
from tanlu.output import result as results
from tanlu.output.folder import read_manifest
from tests import fake_run

BASELINE = "name: baseline\nlabel: {en: Current policies, zh: 现行政策}\nreplications: 1\n"
CCUS = """extends: baseline.yaml
name: ccus_push
label: {en: CCUS push, zh: 大力发展碳捕集}
policies:
  capture:
    kind: ccus_subsidy
    from_year: 2026
    rate_cny_per_tco2: 200
"""
AMENDED = """name: amended
policies:
  subsidy: {kind: ccus_subsidy, from_year: 2026, rate_cny_per_tco2: 200}
  price: {kind: carbon_price, from_year: 2026, price_cny_per_tco2: 50, enabled: false}
events:
  a_stop: {decided_in: 2035, end: [subsidy], enabled: false}
  cut:
    decided_in: 2032
    from_year: 2033
    set: {subsidy: {rate_cny_per_tco2: {2033: 150, 2040: 0}}}
    introduce: {tax: {kind: carbon_price, from_year: 2034, price_cny_per_tco2: 100}}
"""
STUDY = """experiment: study
base: scenarios/baseline.yaml
arms: {none: {}, push: scenarios/ccus_push.yaml}
factors: {gas: {path: world.gas_price_factor, range: [0.5, 2]}}
design: {method: latin_hypercube, n: 3}
replications: 1
outcomes: {emitted: {variable: Emissions|CO2, year: 2060, better: less}}
keep: {indicators: [Emissions|CO2]}
"""
SEARCH = """experiment: search
base: {extends: scenarios/baseline.yaml, years: 2020-2022}
arms:
  none: {}
  priced: {policies: {tax: {kind: carbon_price, from_year: 2021, price_cny_per_tco2: 50}}}
levers: {price: {path: policies.tax.price_cny_per_tco2, arm: priced, range: [0, 200]}}
outcomes: {saved: {variable: Emissions|CO2, year: 2021, against: none, sign: -1, better: more}}
seek: {best: [saved], in_draws: 2 of 2, screen_draws: 1, runs: 19}
"""
PLANS = """\
name: my_plans
extends: tanlu:baseline
replications: 1
events:
  tax_begins: {decided_in: 2026, introduce: {tax: {kind: carbon_price, from_year: 2026, price_cny_per_tco2: 100}}}
"""
WRONG = (
    BASELINE.replace("baseline", "wrong").replace("replications: 1\n", "") + "yeras: 2020-2030\nseed: -1\n"
)


def tanlu(*arguments):
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def _working_folder(monkeypatch, tmp_path):
    fake_run.install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    for key in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(key, raising=False)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "baseline.yaml").write_text(BASELINE, encoding="utf-8")
    (tmp_path / "scenarios" / "ccus_push.yaml").write_text(CCUS, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "search.yaml").write_text(SEARCH, encoding="utf-8")
    (tmp_path / "my_plans.yaml").write_text(PLANS, encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")


def stub_region_reports(monkeypatch, ok):
    for module, function, verb in (
        ("region_check", "check_region", "checked"),
        ("tables", "backtest_co2", "scored the CO2 of"),
        ("industry", "backtest_industry", "scored industry and transport of"),
        ("vehicles", "backtest_vehicles", "scored vehicles of"),
        ("finance", "backtest_finance", "scored finance of"),
        ("power", "backtest_power", "scored the electricity of"),
        ("hindcast", "backtest_frozen", "forecast the electricity of"),
        ("growth", "backtest_growth", "fitted the growth of"),
        ("fits", "backtest_fits", "fitted the electricity of"),
        ("carbon", "backtest_carbon", "found the carbon price of"),
    ):
        stub = ModuleType(f"tanlu.evaluation.{module}")
        report = lambda name, *_, v=verb: SimpleNamespace(ok=ok, parts=lambda: [f"{v} {name}"])  # noqa: E731
        whole = (
            report
            if module == "region_check"
            else lambda name, *_, r=report: SimpleNamespace(rows=(), report=r(name))
        )
        setattr(stub, function, whole)
        stub.write_csv = lambda rows, path: path.write_text("")
        monkeypatch.setitem(sys.modules, stub.__name__, stub)


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_every_example_runs(line, monkeypatch):
    stub_region_reports(monkeypatch, ok=True)
    monkeypatch.setattr(serve, "_serve_pages", lambda listener: listener.close())
    monkeypatch.setattr(serve, "_listen", lambda host, port: socket.socket())
    monkeypatch.setattr(serve.webbrowser, "open", lambda address: None)
    if "results/" in line:
        tanlu("run", "baseline", "--quiet")
    if "region seal" in line:
        tanlu("region", "new", "my_region")
    words = shlex.split(line)
    if "--check" in words and "prepare" in words:
        tanlu(
            *(word for word in words[1:] if word != "--check"), "--jobs", "1"
        )  # here, on the stand-in model
    if line.startswith("tanlu experiment") and words[2] not in (
        "check",
        "new",
    ):  # what reads a store needs one
        tanlu("experiment", "run", "study.yaml", "--quiet", "--jobs", "1")
    assert words[0] == "tanlu"
    arguments = [name for word in words[1:] for name in (sorted(glob.glob(word)) or [word])]
    done = tanlu(*arguments)
    assert done.exit_code == 0, done.output
    assert done.output


@pytest.mark.parametrize("command", EXAMPLES)
def test_help_shows_the_examples(command):
    shown = tanlu(*command.split(), "--help")
    assert shown.exit_code == 0
    for line in EXAMPLES[command]:
        assert line in shown.output


def test_run_prints_the_headline_and_says_where_it_wrote():
    done = tanlu("run", "scenarios/ccus_push.yaml")
    (folder,) = [path for path in os.listdir("results") if not path.startswith(".")]
    assert "Year of peak emissions" in done.stdout and "Official target" in done.stdout
    assert "CO2 peaks in 2028" in done.stdout
    assert f"Written to results/{folder}" in done.stdout
    assert read_manifest(cli.Path("results") / folder)["scenario"] == "ccus_push"
    again = tanlu("run", "ccus_push")
    assert f"Already in results/{folder}" in again.stdout


def test_a_name_is_a_file_then_one_of_the_folder_then_one_of_tanlu(monkeypatch, tmp_path):
    def seed(*arguments):
        return read_manifest(cli.Path(tanlu("run", *arguments, "--quiet").stdout.strip()))

    installed = tmp_path / "installed"
    installed.mkdir()
    for name, number in (("baseline", 11), ("only_tanlu", 12)):
        (installed / f"{name}.yaml").write_text(f"name: {name}\nseed: {number}\n")
    monkeypatch.setattr(places, "SCENARIOS", installed)
    (tmp_path / "plain").write_text("name: plain\nseed: 13\n")
    (tmp_path / "only_tanlu").mkdir()  # a folder is no scenario and hides none
    assert (seed("plain")["seed"], seed("baseline")["seed"]) == (13, 1)
    manifest = seed("only_tanlu")
    assert (manifest["seed"], manifest["scenario_files"][0]["file"]) == (12, "tanlu:only_tanlu")
    manifest = seed("tanlu:baseline")
    assert (manifest["seed"], manifest["scenario_files"][0]["file"]) == (11, "tanlu:baseline")
    assert str(installed) not in json.dumps(manifest)
    assert "seed" in tanlu("compare", "baseline", "tanlu:only_tanlu").stdout
    monkeypatch.setenv("COLUMNS", "200")
    listing = tanlu("list", "scenarios").stdout
    assert "scenarios/baseline.yaml" in listing and "tanlu:only_tanlu" in listing
    assert "tanlu:baseline" not in listing and str(installed) not in listing


def test_labels_follow_the_language(monkeypatch):
    assert "碳达峰年份" in tanlu("run", "baseline", "--lang", "zh").stdout
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "官方目标" in tanlu("run", "baseline").stdout
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert "官方目标" not in tanlu("run", "baseline").stdout


def test_options_replace_the_settings_of_the_file():
    done = tanlu("run", "baseline", "--quiet", "--years", "2021-2030", "--seed", "5", "--replications", "2")
    manifest = read_manifest(cli.Path(done.stdout.strip()))
    assert (manifest["years"], manifest["seed"], manifest["replications"]) == ("2021-2030", 5, 2)


def test_quiet_prints_the_folders_only():
    done = tanlu("run", "baseline", "ccus_push", "--quiet", "--out", "elsewhere")
    folders = done.stdout.split()
    assert [os.path.dirname(folder) for folder in folders] == ["elsewhere", "elsewhere"]
    assert all(os.path.isdir(folder) for folder in folders)
    assert done.stderr == ""


def test_every_fault_is_told_with_its_line_and_nothing_is_written():
    done = tanlu("run", "baseline", "wrong.yaml")
    assert done.exit_code == 2
    assert "wrong.yaml:3:1" in done.stderr and "did you mean `years`" in done.stderr
    assert "wrong.yaml:4:7" in done.stderr
    assert "Traceback" not in done.output and not os.path.exists("results")
    assert tanlu("validate", "baseline", "wrong.yaml").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "missing.yaml"], 2, "missing.yaml"),
        (["run", "basline"], 2, "did you mean `baseline`"),
        (["run", "tanlu:basline"], 2, "did you mean `tanlu:baseline`?"),
        (["validate", "tanlu:xyz"], 2, "there are: `tanlu:baseline`, `tanlu:border_"),
        (["run", "elsewhere/hot_dry.yaml"], 2, "there is no folder `elsewhere` either"),
        (["compare", "elsewhere/baseline.yaml", "baseline"], 2, "comes with Tanlu is `tanlu:baseline`"),
        (["run", "scenarios"], 2, "folder"),
        (["run", "baseline", "--years", "2040-2020"], 2, "before it starts"),
        (["run", "baseline", "--years", "soon"], 2, "span of years"),
        (["run", "baseline", "--seed", "-1"], 2, "--seed"),
        (["run", "baseline", "--out", "wrong.yaml"], 1, "cannot write wrong.yaml"),
        (["rnu", "baseline"], 2, "Did you mean 'run'"),
        (["run"], 2, "Missing argument"),
        (["compare", "baseline"], 2, "two scenarios"),
        (["compare", "baseline", "results/nothing"], 2, "results/nothing"),
        (["compare", "baseline", "ccus_push", "--baseline", "best"], 1, "no result is named `best`"),
        (["explain", "ccus_subsidies"], 2, "did you mean `ccus_subsidy`"),
        (["list", "policy"], 2, "there are: scenarios, policies, regions, results, reasons"),
        (["verify", "scenarios"], 1, "not a result folder"),
        (["schema", "--out", "nowhere/schema.json"], 1, "cannot write nowhere/schema.json"),
    ],
)
def test_mistakes_get_a_message_and_an_exit_code(arguments, code, message):
    done = tanlu(*arguments)
    assert done.exit_code == code, done.output
    assert message in re.sub(r"\s+", " ", done.stderr)
    assert "Traceback" not in done.output and not os.path.exists("results")


def test_an_interrupt_ends_with_130_and_nothing_half_written(monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(results.result_folder, "write_table", interrupt)
    done = tanlu("run", "baseline")
    assert done.exit_code == 130
    assert "nothing is half written" in done.stderr
    assert os.listdir("results") == []


def test_compare_takes_result_folders_and_prints_the_differences():
    base, ccus = tanlu("run", "baseline", "ccus_push", "--quiet").stdout.split()
    done = tanlu("compare", base, ccus)
    assert done.exit_code == 0
    assert "policies.capture" in done.stdout and "in brackets: change to baseline" in done.stdout
    (peak,) = (line for line in done.stdout.splitlines() if "Emissions in 2060" in line)
    assert re.search(r"308\.2 .* 244\.1 \(-64\.0\)", peak)
    assert "What a tonne avoided costs, 2025-2060, CNY of 2020" in done.stdout
    assert "│ Public money, CNY/t " in done.stdout  # in one line, however many figures there are
    assert tanlu("compare", "baseline", "ccus_push").stdout == done.stdout


def test_verify_finds_damage_and_a_run_that_differs(monkeypatch):
    folder = tanlu("run", "baseline", "--quiet").stdout.strip()
    assert "intact, a new run gives the same bits" in tanlu("verify", folder, "--rerun").stdout
    install = fake_run.fake_measures
    monkeypatch.setattr(
        fake_run, "fake_measures", lambda run: install(run)._replace(values=install(run).values * 2)
    )
    differs = tanlu("verify", folder, "--rerun")
    assert differs.exit_code == 1 and "a new run differs" in differs.stdout
    with open(f"{folder}/plants.parquet", "ab") as file:
        file.write(b"x")
    damaged = tanlu("verify", folder)
    assert damaged.exit_code == 1 and "damaged: plants.parquet" in damaged.stdout


def test_a_failed_region_check_fails(monkeypatch):
    stub_region_reports(monkeypatch, ok=False)
    done = tanlu("region", "check", "chengyu")
    assert done.exit_code == 1 and "checked chengyu" in done.stdout


def test_list_marks_a_scenario_with_errors():
    os.replace("wrong.yaml", "scenarios/wrong.yaml")
    tanlu("run", "baseline", "--quiet")
    shown = tanlu("list").stdout
    assert (
        "has 2 errors" in shown
        and "CCUS push" in shown
        and "ccus_subsidy" in shown
        and "results/base" in shown
    )


def test_a_check_names_policies_and_events_by_year():
    """What a scenario switches off is told too: a name in the list would look like a law in force."""
    with open("amended.yaml", "w") as file:
        file.write(AMENDED)
    said = tanlu("validate", "amended.yaml").stdout.strip()
    assert said.endswith(
        "; policies: price (carbon_price, switched off), subsidy (ccus_subsidy); "
        "events: cut (2032: set subsidy, introduce tax), a_stop (2035: end subsidy, switched off)"
    )
    assert "events" not in tanlu("validate", "ccus_push").stdout


def test_the_installed_command_reports_errors_without_a_traceback(tmp_path):
    command = [os.path.join(os.path.dirname(sys.executable), "tanlu"), "validate", "wrong.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 2
    assert "wrong.yaml:3:1" in done.stderr and "Traceback" not in done.stderr


# What each command may do without: libraries that take time or memory to import.
SPARED = {
    "--help": {"numpy", "pandas", "numba", "mesa", "pyarrow", "pydantic", "solara", "yaml"},
    "validate scenarios/baseline.yaml": {"pandas", "numba", "mesa", "pyarrow", "solara", "rich"},
    "run scenarios/baseline.yaml --years 2020-2021 --quiet --out there": {
        *("solara", "starlette", "matplotlib", "networkx", "rich"),
    },
}


@pytest.mark.parametrize("line", SPARED)
def test_a_command_imports_only_what_it_needs(line, tmp_path):
    code = (
        "import sys\nfrom tanlu.cli.main import app\n"
        f"app({line.split()}, standalone_mode=False)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    imported = set(done.stdout.splitlines()[-1].split())
    assert {"tanlu", "typer"} <= imported and not SPARED[line] & imported


def test_no_module_imports_what_comes_with_mesa_and_is_not_needed():
    asked_for = places.PACKAGE / "evaluation"  # papers and backtests, which no other command imports
    modules = [file for file in places.PACKAGE.rglob("*.py") if not file.is_relative_to(asked_for)]
    files = [file.read_text(encoding="utf-8") for file in modules]
    # Of several draws and of searches, imported when they are asked for.
    for later in ("    from scipy.special import stdtrit", "    from scipy.stats.qmc import Sobol"):
        files = [text.replace(later, "") for text in files]
    assert any("from tanlu.core.mesa_classes import" in text for text in files)
    assert not [
        text
        for text in files
        if re.search(r"^\s*(import|from) (scipy|networkx|mesa\b(?!\.(agent|model)))", text, re.M)
    ]


def test_whoever_imports_mesa_gets_it_whole_after_tanlu_has_imported_parts(tmp_path):
    code = (
        "import sys, types, tanlu\nfrom tanlu.simulation.model import RegionModel\n"
        "import mesa\nassert type(mesa) is types.ModuleType and 'networkx' in sys.modules, 'at once'\n"
        "assert mesa.agent.Agent is mesa.Agent and mesa.model.Model is mesa.Model in RegionModel.__mro__\n"
        "loaded = [name for name in sys.modules if name.startswith('mesa.')]\n"
        "assert len(loaded) > 20\n"
        "for name in loaded:\n"
        "    package, _, own = name.rpartition('.')\n"
        "    assert getattr(sys.modules[package], own) is sys.modules[name], name\n"
        "import inspect\nassert 'batch_run' in inspect.getsource(mesa)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_mesa_that_was_imported_before_tanlu_is_the_same(tmp_path):
    code = (
        "import sys, mesa\nbefore = mesa.Model, mesa.experimental, list(sys.meta_path)\n"
        "from tanlu.simulation.model import RegionModel\n"
        "assert sys.modules['mesa'] is mesa and issubclass(RegionModel, before[0])\n"
        "assert sys.modules['mesa.experimental'] is before[1] and sys.meta_path == before[2]\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_mesa_is_whole_as_soon_as_more_of_it_is_asked_for(tmp_path):
    code = (
        "import sys\nfrom tanlu.simulation.model import RegionModel\n"
        "rest = {'networkx', 'scipy.spatial', 'mesa.space', 'mesa.discrete_space', 'mesa.batchrunner'}\n"
        "rest |= {'mesa', 'mesa.experimental'}\n"
        "assert not rest & set(sys.modules), rest & set(sys.modules)\n"
        "import mesa.experimental\nfrom mesa.space import MultiGrid\n"
        "assert mesa.experimental.devs.ABMSimulator and mesa.space.MultiGrid is MultiGrid\n"
        "assert not hasattr(mesa, 'nothing') and rest <= set(sys.modules)\n"
        "from mesa import Model, batch_run\nassert issubclass(RegionModel, Model) and mesa.__version__\n"
        "from importlib.metadata import version\nassert mesa.__version__ == version('mesa')\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)

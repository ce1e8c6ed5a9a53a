"""Extensions: what one outside file adds is a full citizen of results, comparisons, checks and batches."""

import json
import pickle
import re
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import tanlu
from tanlu.cli.main import app
from tanlu.core.words.errors import ResultError
from tanlu.explanation.explain import explain_decision
from tanlu.inputs.diagnostics import ExtensionError, ScenarioError
from tanlu.inputs.types import json_schema
from tanlu.output.extension import gather
from tanlu.scenario.forms import PolicyAsData, build_form
from tests.model_runs import ONE_DRAW

FOLDER = Path(__file__).parent / "extensions"
NAMES = {
    "rule": "patient",
    "policy": "fuel_tax",
    "indicator": "per_load",
    "table": "standing",
    "kind": "heat_fund",
    "investor": "heat_networks",
}
TAX = {"kind": "fuel_tax", "from_year": 2026, "rate_cny_per_tco2": {2026: 300, 2030: 600}}
PLAIN = {
    "name": "short",
    **ONE_DRAW,
    "years": {"start": 2020, "end": 2029},
    "policies": {"price": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300}},
}


def data(which: str, **changes: object) -> dict[str, object]:
    """Return a scenario for an extension; only that of the policy holds its policy."""
    policies = {**PLAIN["policies"], "tax": TAX} if which == "policy" else PLAIN["policies"]
    return {**PLAIN, "policies": policies, "needs": [NAMES[which]], **changes}


def file(which: str) -> Path:
    return FOLDER / f"{which}.py"


def run(which: str, seed: int = 1) -> tanlu.Result:
    """Run an extension; a batch calls this in other processes."""
    return tanlu.simulate(data(which, seed=seed), extensions=[file(which)])


@pytest.fixture(scope="module")
def plain() -> tanlu.Result:
    return tanlu.simulate(PLAIN)


@pytest.fixture(scope="module")
def results() -> dict[str, tanlu.Result]:
    return {which: run(which) for which in NAMES}


@pytest.fixture(scope="module")
def batch() -> dict[tuple[str, int], tanlu.Result]:
    jobs = [*((which, 1) for which in NAMES), ("rule", 2)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return dict(zip(jobs, pool.map(run, *zip(*jobs, strict=True)), strict=True))


@pytest.fixture(scope="module")
def folders(results, tmp_path_factory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("results")
    return {which: result.save(out) for which, result in results.items()}


LOAD = """import sys, pickle, tanlu
def read(folder):
    r = tanlu.load_result(folder)
    names = [n for n in (*tanlu.output.extension.TABLES, *r.tables.extra_tables) if r.table(n) is not None]
    return r.measures, {n: r.table(n) for n in names}, r.scenario
told = {folder: read(folder) for folder in sys.argv[1:]}
assert not any(name.startswith('tanlu_extension') for name in sys.modules)
sys.stdout.buffer.write(pickle.dumps(told))
"""


@pytest.fixture(scope="module")
def loaded(folders) -> dict[str, tuple]:
    """Load every result in another process, which has no extension."""
    command = [sys.executable, "-c", LOAD, *map(str, folders.values())]
    told = pickle.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return {which: told[str(folder)] for which, folder in folders.items()}


# --- what each one adds -------------------------------------------------------------------------------------------


def test_the_rule_takes_the_place_of_the_models_own(plain, results) -> None:
    closing = [
        r.decisions.query("chosen and option == 'retire_early'").size for r in (plain, results["rule"])
    ]
    assert closing[0] > 0 and closing[1] == 0


def test_the_policy_acts_and_is_data_of_the_scenario(plain, results) -> None:
    revenue = [r.path("Public Budget|Carbon Revenue")[2029] for r in (plain, results["policy"])]
    assert revenue[1] > revenue[0] > 0.0
    assert results["policy"].scenario.policies["tax"].rate_cny_per_tco2.value_in(2028) == 450.0
    assert "fuel_tax" in results["policy"].manifest["policies"]


def test_the_indicator_is_measured_with_the_models_own(plain, results) -> None:
    of = results["indicator"]
    load = (
        plain.path("Final Energy|Electricity")
        if "Final Energy|Electricity" in plain.measures.variables
        else None
    )
    assert (of.unit("Emissions|CO2|Per Load") == "t CO2/MWh" and load is None) or len(load) == 10
    assert (of.path("Emissions|CO2|Per Load") > 0.0).all()
    np.testing.assert_array_equal(of.measures.values[:, :-1], plain.measures.values)


def test_the_table_stands_with_the_others(results) -> None:
    table = results["table"].table("standing_plants")
    assert list(table) == ["scenario", "replication", "decider", "owner", "capacity_mw"]
    assert table["decider"].is_unique and (table["capacity_mw"] > 0.0).all()
    with pytest.raises(ResultError, match="did you mean `standing_plants`"):
        results["table"].table("standing_plant")


def test_the_kind_pays_and_has_its_own_table(plain, results) -> None:
    of = results["kind"]
    table = of.table("heat_fund").query("year == 2020")
    assert table["decider"].tolist() == ["heat_fund_sichuan", "heat_fund_chongqing"]
    assert table["cash_cny"].tolist() == [1.1e9, 1.1e9]
    assert of.path("Heat Fund|Paid")[2020] == pytest.approx(0.2)
    support = [r.path("Public Budget|Climate Support") for r in (of, plain)]
    np.testing.assert_allclose(support[0] - support[1], 0.4)
    assert (of.path("Balance Error|Money") < 1e-9).all()


def test_the_investor_borrows_builds_and_earns_in_the_accounts_of_its_owners(plain, results) -> None:
    of = results["investor"]
    assert of.path("Investment|Heat")[2025] == pytest.approx(1.0) and of.path("Investment|Heat").sum() == 1.0
    decided = of.decisions.query("decider == 'heat_network_Sichuan' and option == 'build_heat_network'")
    assert (
        decided["year"].tolist() == [2025] and decided["started"].all() and (decided["loan_rate"] > 0.0).all()
    )
    loans = [r.path("Finance|Loans Outstanding")[2025] for r in (plain, of)]
    assert 0.3 < loans[1] - loans[0] < 1.0  # what was not its owners' own money
    assert (of.path("Balance Error|Money") < 1e-9).all()


def test_why_tells_what_the_investor_chose(folders) -> None:
    told = explain_decision(tanlu.load_result(folders["investor"]), "heat_network_Sichuan", 2025)
    assert told.name_en == "heat_network_Sichuan" and told.options["option"].tolist() == [
        "keep",
        "build_heat_network",
    ]
    assert told.closed_options.empty


def test_what_the_investor_owes_and_earns_is_its_owners() -> None:
    (kind,) = tanlu.load_extension(file("investor")).agents
    region = tanlu.load_region("chengyu")
    inputs = tanlu.Inputs(tanlu.load({**PLAIN, "years": {"start": 2020, "end": 2026}}), region)
    plain, model = tanlu.RegionModel(inputs), tanlu.RegionModel(inputs, agents=(kind,))
    mine = np.arange(len(model.companies)) < 2
    for one in (plain, model):
        while one.year < 2025:
            one.step()
    more = model.companies.assets_cny - plain.companies.assets_cny
    np.testing.assert_allclose(more, np.where(mine, 5e8, 0.0), rtol=1e-6)
    lent = sum(
        a.outstanding_cny - b.outstanding_cny for a, b in zip(model.lenders, plain.lenders, strict=True)
    )
    owed = model.companies.debt_cny - plain.companies.debt_cny
    assert (owed[mine] > 0.0).all() and not owed[~mine].any()
    assert (
        owed.sum()
        == pytest.approx(lent)
        == pytest.approx(region.finance.parameters["project_debt_share"] * 1e9)
    )
    plain.step()
    model.step()
    earned = model.companies.operating_cny - plain.companies.operating_cny
    np.testing.assert_allclose(earned, np.where(mine, 6e7, 0.0), rtol=1e-6, atol=1.0)
    assert model.records[-1].extensions["heat_networks_earned_cny"].tolist() == [6e7, 6e7]


# --- full citizens ------------------------------------------------------------------------------------------------


def test_the_hash_of_a_plain_run_stays_and_each_extension_has_its_own(plain, results) -> None:
    pack = "0" * 64  # a made-up digest, so that new figures of the pack do not change what is compared
    assert tanlu.output.provenance.inputs_hash(tanlu.load("tanlu:baseline"), pack) == "438dfa97887d"
    hashes = [r.manifest["inputs_hash"] for r in (plain, *results.values())]
    assert len(set(hashes)) == len(hashes)
    assert plain.manifest["extensions"] == []


@pytest.mark.parametrize("which", NAMES)
def test_it_is_saved_with_its_source_and_loaded_without_it(which, results, folders, loaded) -> None:
    result, folder = results[which], folders[which]
    (told,) = json.loads((folder / "manifest.json").read_text())["extensions"]
    assert told["name"] == NAMES[which] and list(told["files"]) == [f"{which}.py"]
    copy = folder / "extensions" / NAMES[which] / f"{which}.py"
    assert copy.read_bytes() == file(which).read_bytes()
    assert tanlu.output.provenance.file_digest(copy) == told["files"][f"{which}.py"]
    measures, tables, scenario = loaded[which]
    np.testing.assert_array_equal(measures.values, result.measures.values)
    assert scenario == result.scenario
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, result.table(name), check_categorical=False)
    again = tanlu.load_result(folder)
    assert again.save(folder.parent / "copy").name == folder.name
    assert (folder.parent / "copy" / folder.name / "extensions").is_dir()


@pytest.mark.parametrize("which", NAMES)
def test_a_new_run_gives_the_same_bits_with_the_same_file_only(which, folders, tmp_path) -> None:
    folder, cli = str(folders[which]), CliRunner()
    without = cli.invoke(app, ["verify", folder, "--rerun"])
    assert without.exit_code == 2 and f"was made with the extension `{NAMES[which]}`" in without.output
    same = cli.invoke(app, ["verify", folder, "--rerun", "--extend", str(file(which))])
    assert same.exit_code == 0 and "the same bits" in same.output, same.output
    edited = tmp_path / f"{which}.py"
    edited.write_text(file(which).read_text() + "\n# another\n")
    other = cli.invoke(app, ["verify", folder, "--rerun", "--extend", str(edited)])
    assert other.exit_code == 2 and f"{which}.py differs" in other.output
    assert cli.invoke(app, ["verify", folder]).exit_code == 0


@pytest.mark.parametrize("which", NAMES)
def test_it_is_compared_and_told_apart(which, plain, folders) -> None:
    inputs = tanlu.compare(plain, tanlu.load_result(folders[which])).inputs
    assert f"extension {NAMES[which]}" in inputs.index
    assert ("policies.tax" in inputs.index) == (which == "policy")


@pytest.mark.parametrize("which", NAMES)
def test_a_batch_of_two_processes_gives_the_same_bits(which, results, batch) -> None:
    one, other = batch[which, 1], batch["rule", 2]
    assert one.manifest["values_sha256"] == results[which].manifest["values_sha256"]
    assert one.manifest["inputs_hash"] == results[which].manifest["inputs_hash"]
    assert other.manifest["inputs_hash"] != one.manifest["inputs_hash"]
    assert (
        one.scenario == results[which].scenario
        and one.tables.extra_tables == results[which].tables.extra_tables
    )
    assert one.code == results[which].code


def test_a_scenario_from_another_process_runs_again_with_the_extension(results) -> None:
    sent = pickle.loads(pickle.dumps(results["policy"].scenario))
    assert isinstance(sent.policies["tax"], PolicyAsData)
    again = tanlu.simulate(sent, extensions=[file("policy")])
    assert again.manifest["values_sha256"] == results["policy"].manifest["values_sha256"]
    with pytest.raises(ExtensionError, match="needs the extension `fuel_tax`"):
        tanlu.simulate(sent)
    with pytest.raises(ExtensionError, match="the policy `tax` is of kind `fuel_tax`"):
        tanlu.RegionModel(tanlu.Inputs(sent, tanlu.load_region(sent.region)))
    assert "no policy of kind 'fuel_tax'" in refused(data("policy", needs=[]))


def test_extensions_go_together(plain) -> None:
    both = tanlu.simulate(data("policy"), extensions=[file("policy"), file("indicator")])
    assert [one["name"] for one in both.manifest["extensions"]] == ["fuel_tax", "per_load"]


def test_an_object_brings_the_file_it_was_written_in() -> None:
    extension = tanlu.load_extension(file("rule"))
    assert gather([extension]).digests() == gather([file("rule")]).digests()


# --- scenario files -----------------------------------------------------------------------------------------------


def refused(scenario: object, *extensions: object) -> str:
    with pytest.raises(ScenarioError) as error:
        tanlu.load(scenario, [tanlu.load_extension(one) for one in extensions])
    return str(error.value)


def test_a_scenario_that_needs_an_extension_is_refused_without_it(tmp_path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nextends: tanlu:baseline\nneeds: [patient]\n")
    assert "mine.yaml:3:" in refused(path) and "the extension `patient` is not given" in refused(path)
    assert tanlu.load(path, [tanlu.load_extension(file("rule"))]).needs == ("patient",)
    assert "'Patient' is not a name" in refused({**PLAIN, "needs": ["Patient"]})


def test_faults_of_its_policy_are_told_like_those_of_the_models_own() -> None:
    wrong = {**TAX, "rate_cny_per_t": 3.0}
    del wrong["rate_cny_per_tco2"]
    said = refused(data("policy", policies={"tax": wrong}), file("policy"))
    assert "policies.tax" in said and "rate_cny_per_tco2" in said
    said = refused(data("policy", policies={"tax": {**TAX, "kind": "fuel_taxes"}}), file("policy"))
    assert "did you mean `fuel_tax`" in said


def test_an_event_may_change_or_introduce_its_policy() -> None:
    given = [tanlu.load_extension(file("policy"))]
    events = {
        "more": {"decided_in": 2027, "set": {"tax": {"rate_cny_per_tco2": 900}}},
        "later": {"decided_in": 2028, "introduce": {"second": {**TAX, "from_year": 2028}}},
    }
    scenario = tanlu.load(data("policy", events=events), given)
    sent = pickle.loads(pickle.dumps(scenario))
    assert sent == scenario and isinstance(sent.events["later"].introduce["second"], PolicyAsData)
    before, after = (tanlu.simulate(s, extensions=given) for s in (data("policy"), sent))
    assert before.path("Emissions|CO2")[2026] == after.path("Emissions|CO2")[2026]
    assert before.path("Emissions|CO2")[2029] != after.path("Emissions|CO2")[2029]


def test_the_schema_has_its_policy() -> None:
    form = build_form([tanlu.load_extension(file("policy"))])
    assert "FuelTax" in json_schema(form)["$defs"]
    assert json_schema(form)["properties"]["policies"]["description"]


# --- messages -----------------------------------------------------------------------------------------------------

RULE = "import tanlu\nfrom tanlu.power.plants import PowerPlants\nclass Mine(PowerPlants): pass\n"


def kind(method: str, body: str) -> str:
    return (
        f"import mesa, tanlu\nclass Mine(mesa.Agent):\n    def {method}(self, view, year): {body}\n"
        + made("agents=(Mine,)")
    )


def investor(body: str) -> str:
    return f"import tanlu\nclass Mine(tanlu.Borrowers):\n    {body}\n" + made("agents=(Mine,)")


def bank(base: str, columns: str, made_in_init: str = "") -> str:
    """Return an added agent with columns, of which `made_in_init` sets some."""
    own_init = (
        f"    def __init__(self, model): super().__init__(model); {made_in_init}\n" if made_in_init else ""
    )
    init = f"super().__init__(model, ['a', 'b'], ['a', 'b'], ['a', 'b']); {made_in_init or 'pass'}"
    return (
        "import mesa, tanlu\nfrom tanlu.investment.population import Population\n"
        f"class ClimateBank({base}):\n    columns = {columns}\n"
        + (f"    def __init__(self, model): {init}\n" if base == "Population" else own_init)
        + "    def after_age(self, view, year): raise AssertionError('a year has begun')\n"
        + made("agents=(ClimateBank,)")
    )


def policy(kind: str, texts: str = "") -> str:
    return (
        f"import tanlu\nfrom typing import *\nclass Mine(tanlu.Policy):\n    kind: Literal['{kind}']\n{texts}"
        f"    def apply(self, schedule, name): return schedule\n" + made("policies=(Mine,)")
    )


def indicator(name: str) -> str:
    return "import tanlu\n" + made(f"indicators=(tanlu.Indicator('{name}', 't', lambda r: 0),)")


def made(parts: str) -> str:
    return f"extension = tanlu.Extension(name='mine', {parts})\n"


TEXTS = "    title: ClassVar = dict(en='', zh='')\n    summary: ClassVar = dict(en='', zh='')\n"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1 +\n", "line 1: invalid syntax"),
        ("x = 1\nraise RuntimeError('no luck')\n", "line 2: RuntimeError: no luck"),
        ("import tanlu\n", "must hold one tanlu.Extension"),
        ("import tanlu\ntanlu.Extension(name='A b')\n", "line 2: 'A b' is no name of an extension"),
        (
            RULE + made("populations={'power_plant': Mine}"),
            "line 4: there is no population `power_plant`; did",
        ),
        (kind("after_ages", "..."), "did you mean `after_age`?"),
        (kind("after_age", "1 / 0"), "mine.py, line 3: ZeroDivisionError: division by zero"),
        (bank("mesa.Agent", "('cash_cny',)"), "ClimateBank has `columns`, as the table of a population"),
        (
            bank("mesa.Agent", "()", "self.columns = ('cash_cny',)"),
            "ClimateBank has `columns`, as the table of a population",
        ),
        (
            bank("Population", "('cash_cny',)"),
            "`columns` names `cash_cny`, which must have one value for each",
        ),
        (
            bank("Population", "'cash_cny'"),
            "`columns` names `c`, which must have one value for each decider (2",
        ),
        (
            bank("Population", "('cash_cny',)", "self.cash_cny = [1.0]"),
            "ClimateBank: `columns` names `cash_cny`, which must",
        ),
        (investor("appraise = start = None"), "Mine borrows, but lacks `earn`"),
        (investor("appraise = start = earn = None"), "Mine borrows, but lacks `kind`"),
        (policy("carbon_price", TEXTS), "kind of policy `carbon_price` already"),
        (policy("mine"), "Mine lacks its title"),
        ("import tanlu\ndef plants(run): ...\n" + made("tables=(plants,)"), "a table `plants` already"),
        (indicator("Emissions|CO2"), "indicator `Emissions|CO2` already"),
        (indicator("A"), "`A` must have one value a year"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(code, says, tmp_path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(code)
    with pytest.raises(ExtensionError, match=re.escape(says)) as caught:
        tanlu.simulate(PLAIN, years=(2020, 2020), extensions=[path])
    assert re.search("[\u4e00-\u9fff]", caught.value.in_language("zh"))


def test_what_is_not_there_or_given_twice_is_refused(tmp_path) -> None:
    twin = shutil.copy(file("rule"), tmp_path / "twin.py")
    for sources, says in (
        ([tmp_path / "none.py"], "cannot be read"),
        (["patient"], "neither a file nor an installed extension `patient`"),
        ([file("rule"), twin], "the extension `patient` is given twice"),
        ("rule.py", "given as a list"),
    ):
        with pytest.raises(ExtensionError, match=re.escape(says)):
            tanlu.simulate(PLAIN, extensions=sources)


def test_an_installed_package_offers_one_that_is_used_when_named(tmp_path, monkeypatch) -> None:
    package = tmp_path / "patient_rules"
    package.mkdir()
    shutil.copy(file("rule"), package / "rules.py")
    (package / "__init__.py").write_text("from patient_rules.rules import extension\n")
    told = tmp_path / "patient_rules-1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: patient-rules\nVersion: 1\n")
    (told / "entry_points.txt").write_text("[tanlu.extensions]\npatient = patient_rules:extension\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (digest,) = gather(["patient"]).digests()
    assert list(digest["files"]) == ["patient_rules/__init__.py", "patient_rules/rules.py"]


def test_another_file_of_its_folder_that_it_uses_counts_too(tmp_path, monkeypatch) -> None:
    (tmp_path / "fund_terms.py").write_text("RATE = 2.0\ndef rate(): return RATE\n")
    (tmp_path / "mine.py").write_text("from fund_terms import rate\n" + kind("after_age", "rate()"))
    monkeypatch.syspath_prepend(str(tmp_path))
    (digest,) = gather([tmp_path / "mine.py"]).digests()
    assert list(digest["files"]) == ["fund_terms.py", "mine.py"]


def test_what_was_typed_in_has_no_source_to_keep() -> None:
    space = {"__name__": "typed"}
    exec(RULE, space)
    sys.modules["typed"] = type(sys)("typed")
    try:
        extension = tanlu.Extension(name="mine", populations={"power_plants": space["Mine"]})
        with pytest.raises(ExtensionError, match="no source file"):
            gather([extension])
    finally:
        del sys.modules["typed"]


# --- the example --------------------------------------------------------------------------------------------------


def test_the_example_is_short_and_the_page_runs(monkeypatch) -> None:
    root = Path(__file__).parents[1]
    assert len((root / "examples" / "heat_fund.py").read_text().splitlines()) <= 80
    monkeypatch.chdir(root)
    (code,) = re.findall(r"^```python\n(.*?)^```", (root / "docs" / "extensions.md").read_text(), re.M | re.S)
    space: dict[str, object] = {}
    exec(compile(code, "docs/extensions.md", "exec"), space)
    assert space["result"].manifest["extensions"][0]["name"] == "heat_fund"
    assert next(iter(space["result"].manifest["seconds_by_phase"])) == "announce"


def test_the_fund_of_the_example_pays_what_it_took_the_year_before() -> None:
    root = Path(__file__).parents[1]
    policies = {"tax": {**TAX, "from_year": 2026}}
    result = tanlu.simulate({**PLAIN, "policies": policies}, extensions=[root / "examples" / "heat_fund.py"])
    paid, revenue = result.path("Heat Fund|Paid"), result.path("Public Budget|Carbon Revenue")
    np.testing.assert_allclose(paid[1:], 0.2 * revenue[:-1], rtol=1e-9)
    assert paid[2029] > 0.0

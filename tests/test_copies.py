"""A model that travels: a copy, here or in another process, lives on to the bits of the whole run."""

import pickle
import re
import subprocess
import sys
import threading

import mesa
import numpy as np
import pytest

import tanlu
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.policies.statutes import Statutes
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.schema import scenario_from_text
from tanlu.simulation.copying import dump_state
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import ROOT, digest

LAST = 2031
SCENARIO = {"name": "copied", "region": "two_provinces", "years": f"2022-{LAST}", "replications": 1}
TAX = {"tax": {"kind": "carbon_price", "from_year": 2024, "price_cny_per_tco2": 200}}
LIVE_ON = """
import pickle, sys
from tests.model_runs import digest
print(*(digest(model.run()) for model in pickle.load(sys.stdin.buffer)))
"""


class Reader(mesa.Agent):
    """Holds whatever a test gives it, and does nothing."""

    held: object = None

    def after_finance(self, view, year):
        return None


class Copier(Reader):
    """Copies its model in the middle of a year."""

    def after_finance(self, view, year):
        self.model.copy()


def build(agents: tuple[type, ...] = (), **keys: object) -> RegionModel:
    return RegionModel(Inputs(load(SCENARIO | keys), load_region("two_provinces")), agents=agents)


def live(model: RegionModel, year: int) -> RegionModel:
    while model.year < year:
        model.step()
    return model


@pytest.fixture(scope="module")
def whole() -> str:
    """The digest of the whole run."""
    return digest(build().run())


@pytest.fixture(scope="module")
def model() -> RegionModel:
    """A model in the middle of its run, of which tests only take copies."""
    return live(build(), 2026)


def test_models_sent_to_another_process_go_on_to_the_digest_of_the_whole_run(whole: str) -> None:
    sent = live(build(), 2024)
    models = pickle.dumps([sent, live(sent.copy(), 2028)])
    command = [sys.executable, "-c", LIVE_ON]
    answer = subprocess.run(command, input=models, capture_output=True, check=True, cwd=ROOT)
    assert answer.stdout.decode().split() == [whole, whole]


def test_a_copy_and_its_original_do_not_see_each_other(model: RegionModel, whole: str) -> None:
    original = model.copy()
    first, second = original.copy(), original.copy()
    kept = pickle.dumps(second)
    assert digest(first.run()) == digest(original.run()) == whole
    assert pickle.dumps(second) == kept, "what the others lived through is not in it"
    second.companies.cash_cny[:] = 0.0
    assert digest(second.run()) != whole


def test_two_models_in_one_process_do_not_see_each_other(whole: str) -> None:
    models = build(), build(policies=TAX)
    while models[0].year < LAST:
        for model in models:
            model.step()
    assert digest(models[0].run()) == whole
    assert digest(models[1].run()) == digest(build(policies=TAX).run()) != whole


def test_the_parts_that_mesa_has_go_along(model: RegionModel) -> None:
    original, copied = model.copy(), model.copy()
    assert [type(a) for a in copied.agents] == [type(a) for a in original.agents]
    assert all(agent.model is copied for agent in copied.agents) and copied.steps == original.steps
    assert set(copied.agents) == {a for agents in copied.agents_by_type.values() for a in agents}
    assert copied.companies is copied.actors.companies and copied.companies in copied.agents
    assert copied.random.random() == original.random.random() and copied.rng.random() == original.rng.random()
    assert Reader(copied).unique_id == Reader(original).unique_id == model.agent_id_counter
    copied.run_for(1)
    assert (copied.year, original.year) == (2027, 2026)


def test_arrays_keep_layout_and_what_they_share(model: RegionModel) -> None:
    held = model.copy()
    block = np.zeros(6, np.dtype([("cash_cny", "f8"), ("failed", "?")], align=True))
    turned = np.moveaxis(np.arange(24.0).reshape(2, 3, 4), 0, 2).copy("K")
    arrays = {
        "block": block,
        "cash": block["cash_cny"][:4],
        "backwards": block["cash_cny"][::-1],
        "turned": turned,
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "repeated": np.broadcast_to(np.arange(3.0), (5, 3)),
        "empty": np.zeros((0, 4)),
        "names": np.array(["a", None], dtype=object),
    }
    frozen = block.view()
    frozen.flags.writeable = False
    held.companies.held = arrays | {"frozen": frozen}
    for copied in (held.copy(), held.copy().copy()):
        found = copied.companies.held
        for name, array in held.companies.held.items():
            assert found[name].strides == array.strides or not array.size, name
            assert (found[name].shape, found[name].dtype) == (array.shape, array.dtype), name
            assert found[name].flags.writeable == array.flags.writeable, name
            np.testing.assert_array_equal(found[name], array)
        found["block"]["cash_cny"][1] = 7.0
        assert found["cash"][1] == found["backwards"][-2] == found["frozen"]["cash_cny"][1] == 7.0
        assert block["cash_cny"][1] == 0.0
    large = np.zeros(100_000)
    held.companies.held = [large[row:] for row in range(50)]
    assert len(dump_state(held)) < len(dump_state(model)) + 2 * large.nbytes, "a block is copied once"


# --- what cannot be copied ----------------------------------------------------------------------------------------


def test_an_attribute_of_an_extension_that_cannot_be_copied_is_named() -> None:
    model = build((Reader,))
    reader = model.agents_by_kind["reader"]
    for held in (threading.Lock(), [{"of": lambda year: year}], (row for row in ()), LocalRule()):
        reader.held = held
        with pytest.raises(ExtensionError) as caught:
            model.copy()
        name = "LocalRule.rule" if isinstance(held, LocalRule) else "Reader.held"
        assert f"`{name}` of an extension holds a `" in str(caught.value)
        told = caught.value.in_language("zh")
        assert name in told and not re.search("cannot|extension", told)
    reader.held = None
    assert live(model.copy(), 2022).year == 2022


class LocalRule:
    """An object of an extension with a function inside that no other process finds."""

    def __init__(self) -> None:
        self.figures, self.rule = [1.0], lambda year: year


def test_an_attribute_of_the_model_that_cannot_be_copied_is_named(model: RegionModel) -> None:
    held = model.copy()
    held.companies.reader = lambda: 0.0
    with pytest.raises(TypeError, match=r"Companies\.reader cannot be copied: <function"):
        held.copy()
    del held.companies.reader
    held.ledger.reader = lambda: 0.0
    with pytest.raises(TypeError, match=r"Ledger\.reader cannot be copied: <function"):
        pickle.dumps(held)


def test_a_model_is_not_copied_within_a_year() -> None:
    model = build((Copier,))
    with pytest.raises(ExtensionError, match=r"between years, not within 2022: copy it after `step`"):
        live(model, 2022)


def test_an_extension_of_a_file_goes_where_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    fund = tanlu.load_extension(str(ROOT / "examples" / "heat_fund.py"))
    sent = live(build(fund.agents, policies=TAX), 2025)
    arrived = pickle.loads(pickle.dumps(sent))
    assert arrived.agents_by_kind["heat_fund"].cash_cny == sent.agents_by_kind["heat_fund"].cash_cny > 0.0
    assert digest(arrived.run()) == digest(sent.run())
    content = pickle.dumps(sent)
    monkeypatch.delitem(sys.modules, fund.agents[0].__module__)
    with pytest.raises(ExtensionError, match=r"has not loaded .* call `tanlu\.load_extension`"):
        pickle.loads(content)


def examples(language: str) -> list[str]:
    page = (ROOT / "docs" / "copies.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def test_the_example_of_the_page_runs() -> None:
    (example,) = examples("python")
    exec(example, {})


def test_both_files_of_the_page_have_the_same_law_once_it_is_decided() -> None:
    axes = load_region("chengyu").axes
    known, surprise = (scenario_from_text(text, folder=ROOT / "scenarios") for text in examples("yaml"))
    first, second = (Statutes(x.policies, x.events, axes, 2020, x.years.end) for x in (known, surprise))
    for year, same in ((2034, False), (2035, True)):
        prices = [law.schedule_in(year).carbon.price_cny_per_tco2 for law in (first, second)]
        assert np.array_equal(*prices) == same, year


@pytest.mark.slow
def test_a_model_whose_regulators_review_goes_on_to_the_digest_of_the_whole_run() -> None:
    """Their aims are read from functions without a name, which a copy makes itself."""
    what = with_settings(load("tanlu:provinces_review"), replications=1, years=(2020, 2032))
    model = live(RegionModel(Inputs(what, load_region("chengyu"))), 2028)
    copied = model.copy()
    assert digest(copied.run()) == digest(model.run())

"""What must not matter: process, processor, compiler, order of a file, length of a run, and what says nothing."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml

from tanlu.core.arrays import Integers
from tanlu.core.axes import APPRAISAL_YEARS
from tanlu.core.schedules import GREEN_LOAN, OTHER_LOAN
from tanlu.experiments.results import simulate
from tanlu.finance.companies import Companies
from tanlu.industry.facilities import Industry
from tanlu.inputs.tree import plain_data
from tanlu.inputs.types import Schedule
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.policies import KINDS
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import load_region
from tanlu.scenario.schema import Years
from tanlu.scenario.world import World
from tanlu.simulation.run import Run
from tests import model_runs
from tests.model_runs import ONE_DRAW, ROOT, TODAY, in_small_pack, run, scenario
from tests.monotone import first_quick
from tests.policy_trials import TRIALS

# Everything at once, so that every verb has something to do.
BUSY = {
    "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 50, 2045: 300}},
    "capture": {
        "kind": "ccus_subsidy",
        "from_year": 2026,
        "rate_cny_per_tco2": 250,
        "capex_grant_share": 0.3,
        "budget_bn_cny_per_year": 8,
    },
    "green": {"kind": "green_bond_incentive", "from_year": 2026, "interest_subsidy_percentage_points": 1},
    "premium": {"kind": "renewable_support", "from_year": 2026, "premium_cny_per_mwh": 30},
    "coal": {"kind": "coal_phase_out", "from_year": 2026, "utilisation_cap_share": {2030: 0.6, 2050: 0.3}},
}
LONG = scenario(BUSY)
SHORT = scenario(BUSY, years=(2020, 2030))
# NumPy without the newer vector instructions, the C library without them, and a linear-algebra library for an
# old processor: what another machine of the same family may do to the last bit.
OTHER_PROCESSOR = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
    "OPENBLAS_CORETYPE": "Prescott",
}
DIGEST = "from tests import model_runs as r, test_invariances as t; print(r.digest(t.{}()))"


@cache
def long() -> Run:
    """Return the long run, which several tests compare another with."""
    return run(LONG)


@cache
def short() -> Run:
    """Return the short one."""
    return run(SHORT)


def digest_elsewhere(name: str, **environment: str) -> str:
    """Return the digest of a run of this module as another process finds it."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", DIGEST.format(name)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.strip()


# --- bits --------------------------------------------------------------------------------------------------------


def test_two_runs_in_one_process_are_the_same_to_the_bit() -> None:
    assert not model_runs.differing(short(), run(SHORT))


def test_watching_a_run_changes_nothing() -> None:
    """The other tests of this suite look at runs that are watched; what they see is what users get."""
    watched = model_runs.watch(SHORT)
    unwatched = short()
    for name, values in model_runs.quantities(unwatched.record).items():
        seen = np.stack([np.asarray(model_runs.quantities(year)[name], float) for year in watched.records])
        assert seen.tobytes() == values.tobytes(), name


def test_another_process_on_an_older_processor_finds_the_same_bits() -> None:
    """Results hold + - * / and square roots only: no library exponential, no linear algebra, no fused sums."""
    assert digest_elsewhere("short", **OTHER_PROCESSOR) == model_runs.digest(short())


@first_quick("name", "tiny", "short")
def test_the_compiler_changes_no_bit(name: str) -> None:
    """Kernels use neither fast maths nor parallel sums, so Python itself finds the same, only slower."""
    assert digest_elsewhere(name, NUMBA_DISABLE_JIT="1") == model_runs.digest(globals()[name]())


# --- files -------------------------------------------------------------------------------------------------------


def test_the_order_of_policies_in_a_file_changes_nothing() -> None:
    names = [*TODAY, *BUSY]
    whole = {**TODAY, **BUSY}
    backwards = {name: whole[name] for name in reversed(names)}
    turned = model_runs.load(
        {"name": "test", **ONE_DRAW, "years": {"start": 2020, "end": 2030}, "policies": backwards}
    )
    assert list(turned.policies) == names[::-1]
    assert not model_runs.differing(run(turned), short())


def test_a_name_or_a_label_changes_no_number() -> None:
    renamed = SHORT.model_copy(
        update={"name": "another", "label": SHORT.label.model_copy(update={"en": "x"})}
    )
    assert not model_runs.differing(run(renamed), short())


def test_policies_beyond_what_anybody_looks_at_change_nothing() -> None:
    """Announcements count `APPRAISAL_YEARS` ahead, so that a run's end is not the end of the world.

    All kinds at once; if one of them changes something, each is tried alone, to name it.
    """
    begin = 2030 + APPRAISAL_YEARS + 1
    late = {f"late_{kind}": {"kind": kind, "from_year": begin, **TRIALS[kind].active} for kind in KINDS}
    late["late_carbon_market"]["sectors"] = {"transport": begin}

    def changed(more: Mapping[str, object]) -> list[str]:
        return model_runs.differing(run(scenario({**BUSY, **more}, years=(2020, 2030))), short())

    assert not changed(late), [name for name, block in late.items() if changed({name: block})]


def test_an_announced_price_acts_before_it_is_paid() -> None:
    soon = {"kind": "carbon_price", "from_year": 2031, "price_cny_per_tco2": 600}
    announced = scenario({**BUSY, "soon": soon}, years=(2020, 2030))
    assert "decisions.npv_mcny" in model_runs.differing(run(announced), short())


# --- nothing -----------------------------------------------------------------------------------------------------

EVERY_INSTRUMENT = plain_data(read_yaml((ROOT / "tests" / "two_provinces.yaml").read_bytes(), "small").tree)[
    "policies"
]
FACTORS = [name for name, field in World.model_fields.items() if field.default == Schedule(1.0)]
SMALL = load_region("two_provinces")


@cache
def small() -> Run:
    """Run every instrument and nothing else, with which several tests compare another run."""
    return in_small_pack(EVERY_INSTRUMENT)


@cache
def tiny() -> Run:
    """Run every instrument in the years in which each of them begins."""
    return in_small_pack(EVERY_INSTRUMENT, years="2022-2025")


def test_policies_at_zero_equal_their_absence_in_every_table() -> None:
    """All kinds at once; if one of them changes something, each is tried alone, to name it."""
    zero = {f"no_{kind}": {"kind": kind, "from_year": 2024, **TRIALS[kind].zero} for kind in KINDS}

    def changed(more: Mapping[str, object]) -> list[str]:
        return model_runs.differing(in_small_pack({**EVERY_INSTRUMENT, **more}), small())

    assert not changed(zero), [name for name, block in zero.items() if changed({name: block})]


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_no_factor_rewrites_the_years_of_statistics(factor: float) -> None:
    """Bit for bit, with all factors at once; from an earlier year on they make another past."""
    assert len(FACTORS) > 10
    all_factors, counted = dict.fromkeys(FACTORS, factor), SMALL.last_observed_year - SMALL.base_year + 1
    changed = model_runs.quantities(in_small_pack(EVERY_INSTRUMENT, world=all_factors).record)
    for name, values in model_runs.quantities(small().record).items():
        assert values[:counted].tobytes() == changed[name][:counted].tobytes(), name
    tonnes = [of["emissions.by_sector_tco2"] for of in (model_runs.quantities(small().record), changed)]
    assert not np.array_equal(tonnes[0][counted], tonnes[1][counted])
    past = in_small_pack(
        EVERY_INSTRUMENT, world={**all_factors, "from_year": 2023}
    ).record.emissions.by_sector_tco2
    assert np.array_equal(past[0], tonnes[0][0]) and not np.array_equal(past[1], tonnes[0][1])


def test_nobody_foresees_a_drought() -> None:
    replayed = in_small_pack(EVERY_INSTRUMENT, world={"drought": {2027: 2022}})
    dry, usual = (model_runs.quantities(one.record) for one in (replayed, small()))
    year = 2027 - SMALL.base_year
    for name, values in dry.items():
        assert values[:year].tobytes() == usual[name][:year].tobytes(), name
    assert not np.array_equal(dry["power.output_mwh"][year], usual["power.output_mwh"][year])


def unlabelled(loan_class: Callable[..., Integers]) -> Callable[..., Integers]:
    """Let lenders see no loan as green."""

    def without_green(*arguments: object) -> Integers:
        classes = loan_class(*arguments)
        return np.where(classes == GREEN_LOAN, OTHER_LOAN, classes)

    return without_green


def test_a_label_without_money_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lenders price labelled projects like others: who pays for the label is the market's or the public's affair.

    What bonds change is a matter of test_bonds.py; here none is large enough.
    """
    tax, no_bonds = {"tax": EVERY_INSTRUMENT["tax"]}, {"finance[parameter=smallest_bond_cny].value": 1e15}
    with_label = in_small_pack(tax, pack=no_bonds).record
    assert with_label.finance.green.loans_cny.sum() > 0.0 == with_label.finance.green.company_bonds_cny.sum()
    for kind in (Companies, Industry, PowerPlants):
        monkeypatch.setattr(kind, "loan_class", unlabelled(kind.loan_class))
    without = in_small_pack(tax, pack=no_bonds).record
    assert without.emissions.by_sector_tco2.tobytes() == with_label.emissions.by_sector_tco2.tobytes()
    assert without.finance.green.loans_cny.sum() == 0.0


# --- length and replications -------------------------------------------------------------------------------------


def test_a_run_to_2030_is_the_beginning_of_the_run_to_2060() -> None:
    whole, part = long(), short()
    for name, values in model_runs.quantities(part.record).items():
        assert values.tobytes() == model_runs.quantities(whole.record)[name][: values.shape[0]].tobytes(), (
            name
        )
    mine, theirs = part.decisions(), whole.decisions()
    size = mine["year"].size
    for name, values in mine.items():
        assert model_runs._bytes(values) == model_runs._bytes(theirs[name][:size]), name
    assert theirs["year"][size] == 2031


def test_a_run_from_2027_on_is_the_end_of_the_run_from_2020_on() -> None:
    """Years before the first are lived through and not kept, whatever is decided and carried over in them."""
    late = SHORT.model_copy(update={"years": Years(start=2027, end=SHORT.years.end)})
    whole, part = short(), run(late)
    for name, values in model_runs.quantities(part.record).items():
        assert values.tobytes() == model_runs.quantities(whole.record)[name][-values.shape[0] :].tobytes(), (
            name
        )
    assert part.years.tolist() == [2027, 2028, 2029, 2030]
    for mine, theirs in ((part.decisions(), whole.decisions()), (part.plants(), whole.plants())):
        kept = theirs["year"] >= 2027
        for name, values in mine.items():
            assert model_runs._bytes(values) == model_runs._bytes(theirs[name][kept]), name


def test_more_replications_extend_and_never_change_the_earlier_ones() -> None:
    """The prefix property: replication 0 of three is the single run."""
    single = simulate(SHORT, replications=1)
    three = simulate(SHORT, replications=3)
    assert three.measures.values[0].tobytes() == single.measures.values[0].tobytes()
    assert three.measures.values[1].tobytes() != three.measures.values[0].tobytes()
    assert three.measures.values[2].tobytes() != three.measures.values[1].tobytes()
    first = three.decisions[three.decisions["replication"] == 0]
    assert first["npv_mcny"].to_numpy().tobytes() == single.decisions["npv_mcny"].to_numpy().tobytes()


def test_chance_differs_between_seeds_and_not_between_scenarios() -> None:
    """Common random numbers: the hurdle of a plant is its own, whatever the scenario is."""
    calm, busy = model_runs.watch(scenario(years=(2020, 2030))), model_runs.watch(SHORT)
    n = len(model_runs.REGION.power.units.ids)
    assert calm.ever.own_premium[:n].tobytes() == busy.ever.own_premium[:n].tobytes()
    assert calm.industry.reline_years.tobytes() == busy.industry.reline_years.tobytes()
    other = run(scenario(BUSY, years=(2020, 2030), seed=2))
    assert "decisions.npv_mcny" in model_runs.differing(other, short())


# --- doors -------------------------------------------------------------------------------------------------------


def test_command_line_and_python_give_the_same_values(tmp_path: Path) -> None:
    file = tmp_path / "busy.yaml"
    policies = {name: dict(block) for name, block in {**TODAY, **BUSY}.items()}
    file.write_text(yaml.safe_dump({"name": "busy", **ONE_DRAW, "years": "2020-2030", "policies": policies}))
    command = [str(Path(sys.executable).parent / "tanlu"), "run", str(file), "--out", str(tmp_path / "out")]
    subprocess.run([*command, "--quiet"], check=True, capture_output=True, timeout=120, cwd=ROOT)
    (manifest,) = (tmp_path / "out").glob("*/manifest.json")
    written = json.loads(manifest.read_text())
    by_python = simulate(file)
    assert written["values_sha256"] == by_python.manifest["values_sha256"]
    assert written["inputs_hash"] == by_python.manifest["inputs_hash"]
    by_data = simulate(
        {"name": "busy", **ONE_DRAW, "years": {"start": 2020, "end": 2030}, "policies": policies}
    )
    assert by_data.measures.values.tobytes() == by_python.measures.values.tobytes()

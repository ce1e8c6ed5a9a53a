"""Hostile and mangled scenario files: none escapes as a traceback, none takes much time or memory."""

import gc
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tanlu.inputs.diagnostics import ScenarioError
from tanlu.inputs.yaml_reader import MAXIMUM_BYTES
from tanlu.scenario.schema import load_scenario, scenario_from_text

PLANTS = ("luohuang_1", "luohuang_2", "guangan_1")

VALID = """\
# a valid scenario with most of the forms a file may have
name: valid
label: {en: Push for capture, zh: 大力发展碳捕集}
region: chengyu
years: 2020-2060
seed: 7
replications: 20
world:
  hydrology: observed
  drought: {2028: 2022, 2035: 2022}
  coal_price_factor: 1.2
  gas_price_factor: {2025: 1, 2035: 1.3}
  plant_retirement:
    luohuang_1: 2032
policies:
  capture_subsidy:
    kind: ccus_subsidy
    regions: [Sichuan, Chongqing]
    from_year: 2026
    until_year: 2045
    rate_cny_per_tco2: {2026: 150, 2035: 3.0e2}
    budget_bn_cny_per_year: 5
  phase_out:
    kind: coal_phase_out
    from_year: 2030
    utilisation_cap_share: 0.5
    enabled: false
outputs: {dispatch: false, plants: true}
"""


@pytest.fixture(autouse=True)
def _one_region(monkeypatch):
    """Let messages about regions not depend on which packs are installed."""
    monkeypatch.setattr("tanlu.scenario.schema.region_names", lambda: ("chengyu",))


def _mutant(rng, text):
    """Return the text with one to four random changes of bytes, pieces or lines."""
    pieces = (
        b":",
        b"\t",
        b"- ",
        b"{",
        b"]",
        b"*a",
        b"&a",
        b"!!str ",
        b"~",
        b".nan",
        b"1e9",
        b"'",
        b"\n",
        b"%",
    )
    for _ in range(rng.randint(1, 4)):
        at, lines = rng.randrange(len(text) + 1), text.splitlines(keepends=True)
        change = rng.randrange(6)
        if change == 0:
            text = text[:at] + bytes([rng.randrange(256)]) + text[at:]
        elif change == 1:
            text = text[:at] + rng.choice(pieces) + text[at:]
        elif change == 2:
            text = text[:at] + text[at + rng.randint(1, 12) :]
        elif change == 3:
            rng.shuffle(lines)
            text = b"".join(lines)
        elif change == 4:
            text += b"".join(rng.choices(lines, k=2)) if lines else b""
        else:
            text = text[:at] + text[rng.randrange(len(text) + 1) :][:40] + text[at:]
    return text


def mangle(count, seed, folder):
    """Read `count` mutants of the valid file; return how many were refused and the slowest, in seconds.

    The clock is that of this thread, and the collector rests: what other tests left behind in this process,
    garbage and threads that still compute, is not the reader's time.
    """
    rng, refused, slowest = random.Random(seed), 0, 0.0
    for _ in range(count):
        raw = _mutant(rng, VALID.encode())
        gc.disable()
        start = time.thread_time()
        try:
            scenario_from_text(raw, "mutant.yaml", folder, known_plants=PLANTS)
        except ScenarioError as error:
            refused += 1
            last = raw.count(b"\n") + raw.count(b"\r") + 1
            assert error.findings and error.render()
            assert all(1 <= d.place.line <= last and d.place.column >= 1 for d in error.findings), raw
        finally:
            slowest = max(slowest, time.thread_time() - start)
            gc.enable()
    return refused, slowest


def test_mangled_files_never_escape_and_every_fault_has_a_place(tmp_path):
    assert scenario_from_text(VALID, known_plants=PLANTS).name == "valid"
    refused, slowest = mangle(2500, 20201212, tmp_path)
    assert refused > 2000, "the mutations hardly break anything"
    assert slowest < 2.0  # a blow-up takes minutes


@pytest.mark.slow
def test_twenty_thousand_more_mangled_files(tmp_path):
    refused, slowest = mangle(20_000, 7, tmp_path)
    assert refused > 16_000 and slowest < 2.0


def attacks(size):
    """Return files of about `size` bytes that cost a careless reader much time or memory."""
    bomb = b"name: a\nworld: &a0 {x: y}\n" + b"".join(
        b"k%d: &a%d [%s]\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 30)
    )
    points = b", ".join(b"%d: x" % i for i in range(size // 21))
    return {
        "bomb": bomb,
        "brackets": b"name: [" + b"[" * size,
        "braces": b"name: " + b"{a: " * (size // 4),
        "list": b"name: [" + b"1," * (size // 2) + b"1]",
        "list below the limit": b"name: [" + b"1," * (size * 9 // 100) + b"1]",
        "long text": b"name: " + b"a" * size,
        "long key": b"? " + b"a" * size + b"\n: 1\n",
        "long line of faults": b"{name: a, " + b", ".join(b"k%d: 1" % i for i in range(size // 25)) + b"}",
        "unknown keys": b"name: a\n" + b"".join(b"key_%d: 1\n" % i for i in range(size // 23)),
        "duplicates": b"name: a\n" * (size // 21),
        "schedule": b"name: a\nworld:\n  demand_factor: {" + points + b"}",
        "policies": b"name: a\npolicies:\n" + b"".join(b"  p%d: {kind: x}\n" % i for i in range(size // 66)),
        "digits": b"name: a\nseed: " + b"9" * size,
        "indentation": b"".join(b" " * i + b"a:\n" for i in range(int((2 * size) ** 0.5) - 5)),
        "documents": b"---\n" * (size // 4),
        "tabs": b"\t\n" * (size // 3) + b"\ta: 1",
        "percent": b"%" * size,
        "quotes": b'name: "' + b"\\u4e00" * (size // 6) + b'"',
        "comments": b"# x\n" * (size // 4),
        "colons": "：\n".encode() * (size // 4),
        "tags": b"name: !" + b"a" * size,
        "anchors": b"name: a\nx: [" + b"&a 1," * (size // 12) + b"]",
    }


def read_attack(folder, name, raw):
    """Read one attack from a file; return the seconds and bytes of message it took."""
    path = folder / "attack.yaml"
    path.write_bytes(raw)
    start = time.thread_time()
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    text = caught.value.render()
    seconds = time.thread_time() - start
    assert 1 <= len(caught.value.findings) <= 210, name
    assert all(d.place.line >= 1 and d.place.column >= 1 for d in caught.value.findings), name
    assert len(text) < 60_000, name
    return seconds


@pytest.mark.parametrize("name", attacks(0))
def test_attack(tmp_path, name):
    assert read_attack(tmp_path, name, attacks(MAXIMUM_BYTES // 10)[name]) < 15.0  # a blow-up takes minutes


def test_a_file_beyond_the_limit_is_not_parsed(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.write(b"name: huge\n")
        file.truncate(1 << 33)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    (fault,) = caught.value.findings
    assert (fault.code, fault.place.line, fault.place.column) == ("too-large", 1, 1)
    assert "larger than 1024 KiB" in fault.message


def read_all_attacks(folder):
    """Read every attack at full size; print the slowest and the memory that all took."""
    assert scenario_from_text("name: a\nseed: 7\n").seed == 7
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, raw in attacks(MAXIMUM_BYTES - 100).items():
        print(name, read_attack(folder, name, raw), sep="\t")
    print("memory", (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, sep="\t")


@pytest.mark.slow
def test_attacks_of_full_size_in_a_process_of_their_own(tmp_path):
    code = "import sys, pathlib; sys.path.insert(0, sys.argv[2]); import test_scenario_attacks as attacks; "
    code += "attacks.read_all_attacks(pathlib.Path(sys.argv[1]))"
    tests = Path(__file__).parent
    command = [sys.executable, "-c", code, str(tmp_path), str(tests)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tests.parent)
    assert run.returncode == 0, run.stderr[-2000:]
    figures = {name: float(figure) for name, figure in (row.split("\t") for row in run.stdout.splitlines())}
    assert figures.pop("memory") < 100, "megabytes"
    assert len(figures) == len(attacks(0)) and max(figures.values()) < 5.0, figures

"""What is said of faults stands in the catalogue, in English and in Chinese, and nowhere else."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tanlu.core.words import words
from tanlu.inputs.diagnostics import Finding, ScenarioError
from tanlu.records.balances import BalancesRecord
from tanlu.scenario.schema import load_scenario
from tanlu.simulation import model
from tanlu.state.phases import PHASES

PACKAGE = Path(__file__).parents[1] / "model" / "tanlu"
BAD = Path(__file__).with_name("bad_scenarios")
PLANTS = ("luohuang_1", "luohuang_2", "guangan_1")
# Functions that look a text up: which of their arguments names it, and under what.
STARTS = {"build_message": "said.", "build_table_finding": "found.pack-"}  # of the others `found.`
CALLS = {
    **dict.fromkeys(
        ("refuse", "refusal", "PathError", "Oddity", "Explanation", "build_message", "build_table_finding"), 0
    ),
    **dict.fromkeys(("build_finding", "diagnose", "_RefusedError", "_report", "_stop"), 1),
}
# Units, names of formats, encodings and programs, and what stands for a name of the reader's own.
NAMES = {"YAML", "UTF", "GBK", "KiB", "NaN", "Windows", "NAME", "CO", "GWh", "Mt", "kt"}
NAMES |= {"Python", "Dask", "SALib", "PRIM", "CART", "Sobol"}


def asked(tree: ast.AST) -> Iterator[str]:
    """Yield the keys that are looked up in a module; of composed ones the start, with a star."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = CALLS.get(name, len(node.args))
            for key in map(_keys, node.args[place : place + 1]):
                yield from (f"{STARTS.get(name, 'found.')}{one}" for one in key)


def _keys(argument: ast.expr) -> tuple[str, ...]:
    if isinstance(argument, ast.JoinedStr):
        first = argument.values[0]
        return (f"{first.value}*",) if isinstance(first, ast.Constant) else ()
    if isinstance(argument, ast.IfExp):
        return (*_keys(argument.body), *_keys(argument.orelse))
    is_text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    return (argument.value,) if is_text else ()


def test_every_text_that_is_looked_up_is_there_and_every_text_is_looked_up() -> None:
    there, sources = words("en"), [path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))]
    keys = {key for source in sources for key in asked(ast.parse(source))}
    starts = tuple(key[:-1] for key in keys if key.endswith("*"))
    assert len(keys) > 150 and starts
    assert not [key for key in keys if key not in there and not key.endswith("*")]
    assert not [start for start in starts if not any(key.startswith(start) for key in there)]
    every = "".join(sources)
    for key in there:
        group, _, name = key.partition(".")
        if group in ("found", "said") and not key.startswith(starts):
            name = re.sub("_(help|place)$", "", name.removeprefix("word_").removeprefix("pack-"))
            assert f'"{name}"' in every, key


def test_every_phase_and_every_balance_has_its_word() -> None:
    there = words("zh")
    assert model.RegionModel and len(PHASES) > 9
    assert {f"said.step_{name}" for name in ("preparation", *PHASES)} <= set(there)
    balances = [name.removesuffix("_error") for name in BalancesRecord._fields if name.endswith("_error")]
    assert len(balances) > 4 and {f"said.balance_of_{name}" for name in balances} <= set(there)


def english(text: str) -> set[str]:
    """Return the English words of a Chinese text; keys in backquotes, places and names do not count."""
    bare = re.sub(r"`[^`]*`|\{[^{}]*\}", " ", text.replace("{{", "").replace("}}", ""))
    return set(re.findall("[A-Za-z]{2,}", bare)) - NAMES


def test_no_chinese_text_of_a_fault_holds_english() -> None:
    chinese = {key: text for key, text in words("zh").items() if key.startswith(("found.", "said."))}
    assert len(chinese) > 300
    assert not {key: english(text) for key, text in chinese.items() if english(text)}
    assert english("请写 value") == {"value"}


def faults_of(path: Path) -> tuple[Finding, ...]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, known_plants=PLANTS)
    return caught.value.findings


def test_every_fault_of_a_file_is_told_in_chinese_with_the_same_code_and_place() -> None:
    for path in sorted(BAD.glob("*.yaml")):
        for one in faults_of(path):
            chinese = one.in_language("zh")
            assert (chinese.code, chinese.place, chinese.in_language("en")) == (one.code, one.place, one)
            for text in filter(None, (chinese.message, chinese.help)):
                assert re.search("[\u4e00-\u9fff]", text), (path.name, text)


SAID: Mapping[str, tuple[str, str]] = {
    "unknown_region": (
        "`region`：没有地区数据包 'chengdu'",
        "是否指 `chengyu`？（也可以写含有 `region.yaml` 的文件夹，路径相对于本文件）",
    ),
    "percent": ("`capex_grant_share` 应为数字，现为：文本“30%”", "请写成小数：0.3"),
    "misplaced_key": ("未知的键 `years`", "`years` 应写在别处（文件的顶层）：请检查缩进"),
    "gbk": ("该文件不是 UTF-8 文本（字节 0xb1）", "请另存为 UTF-8；中文 Windows 程序常用 GBK 编码"),
}


@pytest.mark.parametrize("name", SAID)
def test_parts_of_a_text_are_in_its_language_too(name: str) -> None:
    one = faults_of(BAD / f"{name}.yaml")[0].in_language("zh")
    assert (one.message, one.help) == SAID[name]

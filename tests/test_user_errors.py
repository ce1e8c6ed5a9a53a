"""What stops a command is told in English and in Chinese, whoever raised it and in whatever process."""

import errno
import pickle
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.places import PACKS
from tanlu.core.words import FOLDER
from tanlu.core.words.errors import ResultError, UserError, explain_error
from tanlu.core.words.messages import BilingualText, Message, build_message
from tanlu.experiments.executors import BatchError
from tanlu.experiments.parts import DamagedPartError
from tanlu.experiments.results import simulate
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.output.folder import FolderTakenError
from tanlu.region.catalogue import SEAL, RegionError, region_settings
from tests import fake_run

TEXTS = {
    key: texts
    for file in ("errors.yaml", "extensions.yaml", "refusals.yaml")
    for key, texts in yaml.safe_load((FOLDER / file).read_text(encoding="utf-8")).items()
}
DATA = {"name": "told", "years": "2025-2030", "replications": 1, "policies": {}}
STUDY = """\
experiment: price
base: tanlu:baseline
outcomes:
  co2: {variable: Emissions|CO2, year: 2030, at_most: 900}
factors:
  gas: {path: world.gas_price_factor, range: [0.9, 1.1]}
design: {method: latin_hypercube, n: 4, seed: 1}
replications: {at_least: 1, at_most: 1}
"""


KINDS = (RegionError, ResultError, FolderTakenError, BatchError, DamagedPartError, ExtensionError)


def no_sentence(text: str) -> bool:
    """Return whether a text holds no four English words one after the other, commands and paths aside."""
    return not re.search(r"(?:\b[A-Za-z]{2,}[ ,;:]+){3}[A-Za-z]{2,}", re.sub(r"`[^`]*`|\S*/\S*", "·", text))


PLACE = re.compile(r"\{(\w+)(?::[^/}]+/([^}]+))?\}")  # a count has the word for one and for several


def _shown(place: re.Match[str]) -> str:
    return f"<{place[1]}>" + (f" {place[2]}" if place[2] else "")


def test_every_message_is_told_in_both_languages_and_travels() -> None:
    assert len(TEXTS) > 100
    for key, texts in TEXTS.items():
        names = re.findall(r"\{(\w+)[:}]", texts["en"])
        one = RegionError(Message(key, tuple((name, f"<{name}>") for name in names)))
        again = pickle.loads(pickle.dumps(one))
        assert str(again) == str(one) == PLACE.sub(_shown, texts["en"]), key
        assert not again.in_language("zh").isascii() and all(
            f"<{name}>" in again.in_language("zh") for name in names
        ), key


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_a_message_travels_too(kind: type[UserError]) -> None:
    inner = build_message("unreadable", file="a.csv", reason=BilingualText("one", "一"))
    one = kind(
        build_message(
            "of_pack",
            pack="own",
            what=build_message("with_comma", one=inner, other=("a", build_message("none"))),
        )
    )
    again = pickle.loads(pickle.dumps(one))
    assert type(again) is kind and again.message == one.message
    assert again.in_language("zh") == "地区数据包 own：无法读取 a.csv：一，a、无"
    assert again.render(language="zh") == f"错误: {again.in_language('zh')}"
    assert again.render() == f"error: {again}" == "error: region pack own: a.csv cannot be read: one, a, none"


def of_yaml() -> Exception:
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.safe_load("a: b\n  c: [d\n")
    return caught.value


REASONS: tuple[tuple[Exception, str, str], ...] = (
    (PermissionError(errno.EACCES, "Permission denied", "a.csv"), "Permission denied", "没有权限"),
    (OSError(errno.ENOSPC, "full"), "No space left on device", "磁盘空间不足"),
    (OSError("Unexpected end of stream"), "Unexpected end of stream", "Unexpected end of stream"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "it is not UTF-8 text", "不是 UTF-8 文本"),
    (KeyError("notes"), "`notes` is missing", "缺少 `notes`"),
    (
        ResultError(build_message("two_results")),
        "a comparison needs two results or more",
        "比较至少需要两个结果",
    ),
    (ValueError("bad\nvalue"), "ValueError: bad value", "ValueError: bad value"),
    (StopIteration(), "StopIteration", "StopIteration"),
    (of_yaml(), "line 2, column 4: mapping values are not allowed here", "第 2 行第 4 列：mapping"),
)


@pytest.mark.parametrize(("error", "english", "chinese"), REASONS, ids=lambda one: type(one).__name__)
def test_a_usual_reason_is_told_in_plain_words(error: Exception, english: str, chinese: str) -> None:
    reason = build_message("result_unreadable", reason=explain_error(error))
    assert reason.in_language("en") == f"cannot be read: {english}"
    assert reason.in_language("zh").startswith(f"无法读取：{chinese}")


# --- commands -------------------------------------------------------------------------------------------------------


def damaged_result() -> str:
    folder = simulate(DATA).save("results")
    with (folder / "indicators.parquet").open("ab") as file:
        file.write(b"x")
    return str(folder)


def of_two_regions() -> tuple[str, ...]:
    return tuple(
        str(simulate(DATA | {"region": one}).save("results")) for one in ("chengyu", "two_provinces")
    )


def pack(old: str, new: str) -> str:
    shutil.copytree(PACKS / "two_provinces", "own", ignore=shutil.ignore_patterns(SEAL))
    settings = Path("own/region.yaml")
    text = settings.read_text(encoding="utf-8")
    assert old in text
    settings.write_text(text.replace(old, new, 1), encoding="utf-8")
    return "own"


def study() -> str:
    Path("study.yaml").write_text(STUDY, encoding="utf-8")
    return "study.yaml"


# What is asked for, the exit code, and what is said.
STOPPED: dict[str, tuple[Callable[[], tuple[str, ...]], int, str]] = {
    "no_result": (lambda: ("show", "no_such"), 1, "没有这个结果文件夹：no_such"),
    "damaged": (lambda: ("show", damaged_result()), 1, "indicators.parquet 缺失或已损坏；请重新运行该情景"),
    "verify": (lambda: ("verify", damaged_result()), 1, ": 已损坏：indicators.parquet"),
    "regions": (lambda: ("compare", *of_two_regions()), 1, "不同地区的结果不能比较：chengyu、two_provinces"),
    "key": (
        lambda: ("region", "check", pack("base_year:", "first_year:")),
        2,
        "错误: 地区数据包 own：region.yaml：缺少 base_year",
    ),
    "value": (
        lambda: ("region", "check", pack("[North, South]", "[North, North]")),
        2,
        "名称的列表，各不相同",
    ),
    "no_pack": (lambda: ("region", "check", "nowhere"), 2, "没有地区数据包 `nowhere`；现有：chengyu、"),
    "no_extension": (
        lambda: ("validate", "tanlu:baseline", "--extend", "none.py"),
        2,
        "错误: 无法读取扩展 none.py：没有该文件或文件夹",
    ),
    "no_installed": (
        lambda: ("run", "tanlu:baseline", "--extend", "patient"),
        2,
        "错误: 既没有文件 `patient`，也没有安装同名的扩展；已安装：无",
    ),
    "no_scenario": (lambda: ("run", "baselin"), 2, "没有名为 `baselin` 的文件或情景；是否指 `baseline`？"),
    "two_needed": (lambda: ("compare", "tanlu:baseline"), 2, "错误: 比较需要两个情景或结果文件夹"),
    "run_already": (
        lambda: ("compare", str(simulate(DATA).save("results")), "tanlu:baseline", "--seed", "2"),
        2,
        "错误: --seed 会改变所运行的内容，而",
    ),
    "no_list": (lambda: ("list", "plant"), 2, "没有名为 'plant' 的清单；现有：scenarios、"),
    "no_paper": (lambda: ("reproduce", "P99"), 2, "没有论文 `P99`；"),
    "not_written": (
        lambda: ("brief", str(simulate(DATA).save("results")), "--out", "none/a.html"),
        1,
        "错误: 无法写入 none/a.html：没有该文件或文件夹",
    ),
    "nothing_stored": (lambda: ("experiment", "analyse", study()), 1, "错误: 该实验尚无存储的结果"),
    "no_method": (
        lambda: ("experiment", "analyse", study(), "--method", "sobl"),
        1,
        "没有方法 `sobl`；是否指 `sobol`？",
    ),
}


@pytest.mark.parametrize("what", STOPPED)
def test_what_stops_a_command_is_told_in_chinese(what: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    fake_run.install(monkeypatch)
    words, code, message = STOPPED[what]
    done = CliRunner().invoke(app, [*words(), "--lang", "zh"])
    assert done.exit_code == code and message in done.output, done.output
    assert no_sentence(done.output), done.output


def test_the_search_for_english_finds_a_sentence() -> None:
    assert not no_sentence("错误: no such result folder: a") and no_sentence("`a b c d e` 不是 YAML")


def test_a_setting_that_cannot_be_says_what_may_stand_there(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegionError) as caught:
        region_settings(pack("base_year: 2022", "base_year: soon"))
    assert caught.value.in_language("zh") == (
        "地区数据包 own：region.yaml：base_year 现为 'soon'；应为：不晚于 2140 的年份"
    )

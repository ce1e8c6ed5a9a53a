"""What is found reaches who reads: the terminal, the manifest, a result that is shown again, the page."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tanlu.cli.console import Language
from tanlu.cli.findings import FindingOptions, print_findings
from tanlu.cli.main import app
from tanlu.inputs.diagnostics import Finding, Place, Severity, build_finding
from tanlu.output.result import load_result
from tests import fake_run

ODD = "name: odd\npolicies:\n  p: {kind: ccus_subsidy, from_year: 2026, rate_cny_per_tco2: 0.3}\nreplications: 1\n"


def tanlu(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture(autouse=True)
def _working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_run.install(monkeypatch)
    monkeypatch.chdir(tmp_path)
    for key in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(key, raising=False)
    (tmp_path / "odd.yaml").write_text(ODD, encoding="utf-8")


def test_a_warning_goes_to_standard_error_and_stops_nothing_unless_asked() -> None:
    done = tanlu("validate", "odd.yaml")
    assert (done.exit_code, done.stdout[:7]) == (0, "ok: odd")
    assert "warning[unit-slip]: `rate_cny_per_tco2`: 0.3 looks like CNY/kg" in done.stderr
    assert "--> odd.yaml:3:63" in done.stderr and "warning" not in done.stdout
    assert "警告[unit-slip]" in tanlu("validate", "odd.yaml", "--lang", "zh").stderr
    assert tanlu("validate", "tanlu:baseline").stderr == ""
    for command in ("validate", "run"):
        strict = tanlu(command, "odd.yaml", "--strict")
        assert (strict.exit_code, strict.stdout) == (2, "") and "unit-slip" in strict.stderr
    assert not Path("results").exists()


@pytest.mark.parametrize("how", [("--lang", "zh"), ()])
def test_what_stops_a_command_is_told_in_its_language(
    how: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of `--lang`, else that of the environment."""
    Path("wrong.yaml").write_text("name: wrong\nseeds: 3\n", encoding="utf-8")
    if not how:
        monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    done = tanlu("validate", "wrong.yaml", *how)
    assert done.exit_code == 2 and "错误[unknown-key]: 未知的键 `seeds`" in done.stderr
    assert "建议: 是否指 `seed`？" in done.stderr
    monkeypatch.delenv("LANG", raising=False)
    assert "error[unknown-key]: unknown key `seeds`" in tanlu("validate", "wrong.yaml").stderr


def test_a_run_tells_keeps_and_shows_its_findings() -> None:
    done = tanlu("run", "odd.yaml")
    assert done.exit_code == 0 and "unit-slip" in done.stderr
    (folder,) = Path("results").iterdir()
    (one,) = load_result(folder).findings
    assert (one.code, one.place.line) == ("unit-slip", 3)
    shown = tanlu("show", str(folder))
    assert "Year of peak emissions" in shown.stdout and "odd.yaml:3:63" in shown.stderr
    compared = tanlu("compare", "tanlu:baseline", str(folder))
    assert compared.exit_code == 0 and compared.stderr.count("unit-slip") == 1
    strict = tanlu("compare", "tanlu:baseline", str(folder), "--strict")
    assert (strict.exit_code, strict.stdout) == (1, "")
    quiet = tanlu("run", "odd.yaml", "--quiet", "--years", "2020-2030")
    assert quiet.exit_code == 0 and quiet.stderr == ""


def test_what_the_command_line_changed_stands_in_no_line() -> None:
    changed = ("--set", "policies.p.rate_cny_per_tco2=9000", "--set", "world.demand_factor=0.1")
    told = tanlu("validate", "odd.yaml", *changed).stderr
    assert "--> odd: policies.p.rate_cny_per_tco2" in told and "--> odd: world.demand_factor" in told
    assert "odd.yaml" not in told


def test_notes_are_counted_unless_they_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    notes = [Finding(Severity.note, "small", "a small thing", Place("baseline"))] * 2
    print_findings(notes, Language.en, FindingOptions())
    assert capsys.readouterr().err == "2 notes; --notes shows them\n"
    print_findings(notes, Language.en, FindingOptions(notes=True))
    assert capsys.readouterr().err.count("note[small]: a small thing") == 2


def test_words_are_filled_in_when_a_finding_is_made() -> None:
    one = build_finding(Severity.warning, "beyond-the-data", Place("a", path="years"), last=2100, data=2060)
    assert "ends in 2100" in one.message and "end in 2060" in one.help
    assert "到 2100 年" in one.in_language("zh").message

"""The documents say what is: their commands, examples, names, sections, tables and links are checked.

Run as a program, this file writes the tables of MODEL.md anew that follow the region pack and the model.
"""

import ast
import csv
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from tanlu.cli.main import app
from tanlu.evaluation import power as backtest_power
from tanlu.evaluation.seasons import QUANTITIES as SEASONAL
from tanlu.evaluation.tables import deviation
from tanlu.output import result as results
from tanlu.policies import KINDS
from tanlu.scenario import loading
from tanlu.scenario.schema import scenario_from_text
from tests.test_layers import LEVEL

ROOT = Path(__file__).parents[1]
PACK = ROOT / "model" / "tanlu" / "regions" / "chengyu"
READMES = ("README.md", "README.zh.md")
DOCUMENTS = (*READMES, "ARCHITECTURE.md", "MODEL.md", "CHANGELOG.md", "CONTRIBUTING.md")
PARAMETERS = re.compile(r"(<!-- parameters: begin -->\n).*?(<!-- parameters: end -->)", re.DOTALL)
PUBLISHED = re.compile(r"(<!-- published: begin -->\n).*?(<!-- published: end -->)", re.DOTALL)
PUBLISHED_YEARS = range(2020, 2024)
DECIDING = (2024, 2025)  # the last year of statistics and the first in which deciders decide
TOOLS = {"ruff", "mypy", "pytest", "solara"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """Return the fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", read(name), re.DOTALL | re.MULTILINE)


def prose(name: str) -> str:
    """Return a document without its fenced code blocks."""
    return re.sub(r"^```.*?^```", "", read(name), flags=re.DOTALL | re.MULTILINE)


def headings(name: str) -> list[tuple[int, str]]:
    """Return level and text of every heading."""
    found = re.findall(r"^(#+) (.+)$", prose(name), re.MULTILINE)
    return [(len(marks), text.strip()) for marks, text in found]


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def commands(name: str) -> list[list[str]]:
    """Return the words of every `uv run` line of a document."""
    lines = [line for block in blocks(name, "sh") for line in block.splitlines()]
    return [shlex.split(line)[2:] for line in lines if line.startswith("uv run ")]


def parameter_table() -> str:
    """Return `parameters.csv` as the table of MODEL.md."""
    with (PACK / "parameters.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    lines = ["| parameter | value | unit | grade | why |", "| --- | ---: | --- | --- | --- |"]
    for row in rows:
        cells = (f"`{row['parameter']}`", row["value"], row["unit"], row["grade"], row["note"])
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def published_table() -> str:
    """Return prices, spill and thermal hours of past years beside published ones as the table of MODEL.md."""
    cells: dict[tuple[str, str, str], dict[int, str]] = {}
    for row in backtest_power.backtest_power("chengyu").rows:
        if row.quantity in (*SEASONAL, "thermal hours") and row.year in PUBLISHED_YEARS and not row.month:
            digits = 1 if row.unit in ("TWh", "%") else 0
            text = f"{row.model:,.{digits}f}"
            if row.statistic:
                text += f" / {row.statistic:,.{digits}f} ({deviation(row.deviation_percent, 0)} %)"
            line = row.quantity, row.province, row.unit
            cells.setdefault(line, {})[row.year] = text
    lines = [
        "| model / published (deviation) | province | unit | " + " | ".join(map(str, PUBLISHED_YEARS)) + " |",
        "| --- | --- | --- |" + " ---: |" * len(PUBLISHED_YEARS),
    ]
    for line, years in cells.items():
        lines.append("| " + " | ".join((*line, *(years.get(year, "") for year in PUBLISHED_YEARS))) + " |")
    return "\n".join(lines) + "\n"


# --- the READMEs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", READMES)
def test_the_readme_opens_with_the_two_commands(name: str) -> None:
    first, second = blocks(name, "sh")[:2]
    assert first.splitlines() == [
        "command -v uv >/dev/null || python3 -m pip install uv",
        "uv run tanlu run scenarios/baseline.yaml",
    ]
    assert second.splitlines() == [
        "command -v chromium >/dev/null || sudo apt-get install -y chromium",
        "uv run pytest",
    ]


@pytest.mark.parametrize("name", (*READMES, "MODEL.md", "CONTRIBUTING.md"))
def test_commands_exist(name: str) -> None:
    """Each `tanlu` line is parsed by the command line itself, with its options and arguments."""
    for words in commands(name):
        if words[0] == "tanlu":
            parse(words[1:])
        elif words[0] == "python":
            file = f"{words[2].replace('.', '/')}.py" if words[1] == "-m" else words[1]
            assert (ROOT / file).is_file(), words
        else:
            assert words[0] in TOOLS, words
            assert all((ROOT / w).is_file() for w in words if w.endswith(".py")), words


def parse(words: list[str]) -> None:
    """Let the command line take the words apart, with commands that do nothing; raises where a word is wrong."""
    command = typer.main.get_command(app)
    silence(command)
    command.main(args=list(words), standalone_mode=False)


def silence(command: typer.core.TyperCommand | typer.core.TyperGroup) -> None:
    command.callback = lambda **_: None
    for inner in getattr(command, "commands", {}).values():
        silence(inner)


def test_a_wrong_command_is_found() -> None:
    for wrong in ("rum baseline", "run", "run baseline --year 2020-2030", "region chek chengyu"):
        with pytest.raises(Exception, match=r"No such|Missing"):
            parse(wrong.split())


def test_inline_commands_exist() -> None:
    for name in DOCUMENTS:
        for line in re.findall(r"`(tanlu [^`]+)`", prose(name).replace("\n", " ")):
            parse([*shlex.split(line)[1:], "--help"])


@pytest.mark.parametrize("name", READMES)
def test_the_scenario_is_valid_and_short(name: str) -> None:
    (text,) = blocks(name, "yaml")
    assert len(text.splitlines()) <= 12
    scenario = scenario_from_text(text, folder=ROOT / "scenarios")
    assert {p.kind for p in scenario.active_policies} == {"carbon_market", "carbon_price"}


@pytest.mark.parametrize("name", READMES)
def test_python_examples_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run as they stand, over two years only: of these the second is one in which deciders decide."""
    simulate, load = results.simulate, loading.load

    def shorter(scenario: object, **settings: object) -> object:
        return simulate(scenario, years=DECIDING, **settings)

    monkeypatch.setattr(results, "simulate", shorter)
    monkeypatch.setattr(loading, "load", lambda source: loading.with_settings(load(source), years=DECIDING))
    monkeypatch.chdir(ROOT)
    examples = blocks(name, "python")
    assert len(examples) == 2
    spaces: list[dict[str, object]] = [{}, {}]
    for example, space in zip(examples, spaces, strict=True):
        exec(compile(example, name, "exec"), space)
    assert set(spaces[0]["table"]["scenario"]) == {"ccus_push"}
    assert type(spaces[1]["run"].power_plants).__name__ == "PatientPlants"
    assert spaces[1]["run"].decisions()["year"].size > 0


def test_the_chinese_readme_is_the_twin_of_the_english_one() -> None:
    english, chinese = (headings(name) for name in READMES)
    assert [level for level, _ in english] == [level for level, _ in chinese]
    for language in ("sh", "yaml"):
        assert [b.replace(" --lang zh", "") for b in blocks("README.zh.md", language)] == blocks(
            "README.md", language
        )
    code = [[ast.dump(without_texts(ast.parse(b))) for b in blocks(name, "python")] for name in READMES]
    assert code[0] == code[1]


def without_texts(tree: ast.Module) -> ast.Module:
    """Return code without its docstrings, which are written in the language of the document."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return tree


def test_files_of_a_result_are_those_named(tmp_path: Path) -> None:
    case = {"name": "everything", "years": {"start": 2020, "end": 2020}, "outputs": {"dispatch": True}}
    folder = results.simulate(case).save(tmp_path)
    named = set(
        re.findall(r"`([\w.]+\.(?:parquet|yaml|json|svg))`", read("README.md").split("Other commands")[0])
    )
    assert named == {path.name for path in folder.iterdir()}


# --- ARCHITECTURE.md ------------------------------------------------------------------------------------


def test_architecture_says_what_every_package_is_for() -> None:
    text = read("ARCHITECTURE.md")
    assert not [package for package in LEVEL if f"`{package}/`" not in text]


def test_architecture_names_no_file_that_is_not_there() -> None:
    there = {
        f"/{path.relative_to(ROOT)}"
        for folder in ("model", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    for name in re.findall(r"`([\w/]+\.py)`", read("ARCHITECTURE.md")):
        assert any(file.endswith(f"/{name}") for file in there | {"/app.py"}), name


# --- MODEL.md -------------------------------------------------------------------------------------------


def sections() -> set[str]:
    return {text for level, text in headings("MODEL.md") if level == 4}


def test_every_verb_of_a_year_has_its_section_in_order() -> None:
    tree = ast.parse(read("model/tanlu/simulation/model.py"))
    model = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "RegionModel")
    methods = {n.name: n for n in model.body if isinstance(n, ast.FunctionDef)}
    calls = [n for n in ast.walk(methods["step"]) if isinstance(n, ast.Call)]
    verbs = {c.func.attr: c.lineno for c in calls if ast.unparse(c.func).startswith("self.")}
    written = [text for level, text in headings("MODEL.md") if level == 4]
    expected = [verb.replace("_", " ") for verb in sorted(verbs, key=lambda verb: verbs[verb])]
    assert len(expected) == 11
    assert [text.lower().split(" and ")[0] for text in written] == expected
    assert {
        ast.get_docstring(methods[verb]).removeprefix("MODEL.md, ").rstrip(".") for verb in verbs
    } <= sections()


def test_references_of_docstrings_resolve() -> None:
    found = 0
    for path in (ROOT / "model" / "tanlu").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for section in re.findall(r"\(MODEL\.md, ([\w ]+)\)", text):
            assert section in sections(), f"{path.name} refers to MODEL.md, {section}"
            found += 1
    assert found


def test_the_parameter_table_is_that_of_the_region_pack() -> None:
    (_, table, _) = re.split(r"<!-- parameters: (?:begin|end) -->\n?", read("MODEL.md"))
    assert table == parameter_table(), "write it anew: uv run python -m tests.test_documentation"


@pytest.mark.slow  # any change of the electricity market moves it: write it anew with that change or soon after
def test_the_table_of_published_figures_is_what_the_model_gives() -> None:
    (_, table, _) = re.split(r"<!-- published: (?:begin|end) -->\n?", read("MODEL.md"))
    assert table == published_table(), "write it anew: uv run python -m tests.test_documentation"


def test_parameters_in_the_text_exist() -> None:
    """Every name in code type that looks like a parameter is one, or a name of the code or the pack."""
    known = {row for table in PACK.glob("*.csv") for row in re.findall(r"[a-z]\w+", table.read_text("utf-8"))}
    for path in [
        *(ROOT / "model" / "tanlu").rglob("*.py"),
        PACK / "region.yaml",
        ROOT / "tests" / "test_documentation.py",
    ]:
        known |= set(re.findall(r"[A-Za-z_]\w+", path.read_text(encoding="utf-8")))
    for name in ("MODEL.md", "ARCHITECTURE.md"):
        named = re.findall(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`", prose(name))
        equations = re.findall(r"^```\n(.*?)^```", read(name), re.DOTALL | re.MULTILINE)
        named += re.findall(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b", "".join(equations))
        assert not {n for n in named if n not in known}, name


def test_every_instrument_is_described() -> None:
    for kind in KINDS:
        assert f"| `{kind}` |" in read("MODEL.md")
        assert f"`{kind}`" in read("CHANGELOG.md")


# --- the region pack, citation, links -------------------------------------------------------------------


def test_every_table_of_the_pack_is_in_its_readme() -> None:
    text = (PACK / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.(?:csv|yaml))`", text))
    assert named == {path.name for path in PACK.iterdir() if path.suffix in (".csv", ".yaml")}


def test_the_citation_parses_and_credits_the_data() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    credited = yaml.dump(citation["references"])
    for owner in ("Global Energy Monitor", "Spatial Finance Initiative", "CEADs"):
        assert owner in credited
        assert owner in read("README.md")
    assert all({"type", "title", "authors"} <= reference.keys() for reference in citation["references"])


@pytest.mark.parametrize("name", (*DOCUMENTS, "model/tanlu/regions/chengyu/README.md"))
def test_links_resolve(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(name)):
        if "://" in target:
            continue
        file, _, place = target.partition("#")
        path = (ROOT / name).parent / file if file else ROOT / name
        assert path.exists(), f"{name} links to {target}"
        if place:
            anchors = {anchor(text) for _, text in headings(str(path.relative_to(ROOT)))}
            assert place in anchors, f"{name} links to {target}"


def test_documents_named_in_the_code_exist() -> None:
    for path in [*(ROOT / "model" / "tanlu").rglob("*.py"), *(ROOT / "tests").glob("*.py")]:
        for name in re.findall(r"\b[\w.]+\.md\b", path.read_text(encoding="utf-8")):
            assert (ROOT / name).is_file() or (PACK / name).is_file(), f"{path.name} names {name}"


def test_the_changelog_explains_its_tag() -> None:
    text = read("CHANGELOG.md")
    assert "## Upcoming" in text
    assert "**numbers change**" in text.split("## Upcoming")[0]


if __name__ == "__main__":
    document = read("MODEL.md")
    document = PARAMETERS.sub(lambda m: m[1] + parameter_table() + m[2], document)
    document = PUBLISHED.sub(lambda m: m[1] + published_table() + m[2], document)
    (ROOT / "MODEL.md").write_text(document, encoding="utf-8")

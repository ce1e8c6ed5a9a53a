"""The documents say what is: their commands, examples, names, sections, tables and links are checked.

Run as a program, this file writes the table of published figures in docs/validation.md.
"""

import ast
import re
import shlex
import statistics
import subprocess
import tomllib
from pathlib import Path

import pytest
import typer
import yaml

from tanlu.cli.main import app
from tanlu.evaluation import power as backtest_power
from tanlu.evaluation.seasons import QUANTITIES as SEASONAL
from tanlu.evaluation.tables import deviation
from tanlu.experiments import results
from tanlu.scenario import loading
from tanlu.scenario.schema import scenario_from_text
from tests.test_layers import LEVEL

ROOT = Path(__file__).parents[1]
PACK = ROOT / "model" / "tanlu" / "regions" / "chengyu"
LAYER = PACK.parent / "china"
READMES = ("README.md", "README.zh.md")
SUBJECTS = tuple(f"docs/model/{path.name}" for path in sorted((ROOT / "docs" / "model").glob("*.md")))
PAGES = (
    *SUBJECTS,
    "docs/analyses.md",
    "docs/attribution.md",
    "docs/cluster.md",
    "docs/copies.md",
    "docs/draws.md",
    "docs/factors.md",
    "docs/seek.md",
    "docs/explain_effect.md",
    "docs/otherwise.md",
    "docs/validation.md",
    "docs/papers.md",
    "docs/support.md",
    "docs/laws.md",
    "docs/glossary.md",
)
DOCUMENTS = (
    *READMES,
    "ARCHITECTURE.md",
    "MODEL.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/adding.md",
    "docs/migration.md",
    "docs/experiments.md",
    "docs/studies/assumptions.md",
    "docs/studies/ccus_push_fails.md",
    "docs/studies/least_regret.md",
    "docs/studies/what_decides_2035.md",
    *PAGES,
)
MOST_LINES, LONGEST_LINE = 120, 130  # of a page in docs/model: one screen or two
# Words that readers of simple English would have to look up.
HARD_WORDS = ("beside", "lest", "anew", "whom", "purse", "purses", "decider", "deciders")
PUBLISHED = re.compile(r"(<!-- published: begin -->\n).*?(<!-- published: end -->)", re.DOTALL)
PUBLISHED_YEARS = range(2020, 2024)
DECIDING = (2024, 2025)  # the last year of statistics and the first in which deciders decide
# Debian's own pip refuses to install (PEP 668): uv goes into an environment of its own.
GET_UV = (
    "command -v uv >/dev/null || "
    "{ python3 -m venv .uv && .uv/bin/pip install uv && PATH=$PWD/.uv/bin:$PATH; }"
)
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


def published_table() -> str:
    """Return prices, spill and hours of past years next to published ones, as a table of docs/validation.md."""
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
    assert first.splitlines() == [GET_UV, "uv run tanlu run baseline"]
    assert second.splitlines() == [
        GET_UV,
        "command -v chromium >/dev/null || sudo apt-get install -y chromium",
        "uv run pytest",
    ]


@pytest.mark.parametrize("number", [1, 2])
def test_the_two_commands_are_run_as_they_stand(number: int) -> None:
    """`.ci/run` runs what `.ci/readme` prints."""
    command = [ROOT / ".ci" / "readme", str(number)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == blocks("README.md", "sh")[number - 1]
    assert f'"$(.ci/readme {number})"' in read(".ci/run")
    before_release = read("CONTRIBUTING.md").partition("## Checks before a release")[2]
    assert "uv run pytest -m slow" in before_release, "what the second command leaves out"


@pytest.mark.parametrize("name", (*READMES, "MODEL.md", "CONTRIBUTING.md", "docs/experiments.md", *PAGES))
def test_commands_exist(name: str) -> None:
    """Each `tanlu` line is parsed by the command line itself, with its options and arguments."""
    for words in commands(name):
        if words[0] == "tanlu":
            parse(words[1:])
        elif words[0] == "python":
            module = words[2].replace(".", "/") if words[1] == "-m" else ""
            files = (f"{module}.py", f"{module}/__main__.py") if module else words[1:2]
            assert any((ROOT / file).is_file() for file in files), words
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
    assert {p.kind for p in scenario.active_policies} == {"carbon_market", "carbon_price", "capacity_payment"}


@pytest.mark.parametrize("name", READMES)
def test_python_examples_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They run as they stand, over two years only: of these the second is one in which deciders decide."""
    simulate, load = results.simulate, loading.load

    def shorter(scenario: object, **settings: object) -> object:
        return simulate(scenario, replications=1, years=DECIDING, **settings)

    monkeypatch.setattr(results, "simulate", shorter)
    monkeypatch.setattr(
        loading, "load", lambda source: loading.with_settings(load(source), replications=1, years=DECIDING)
    )
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
    case = {
        "name": "everything",
        "replications": 1,
        "years": {"start": 2020, "end": 2020},
        "outputs": {"dispatch": True},
    }
    folder = results.simulate(case).save(tmp_path)
    named = set(
        re.findall(r"`([\w.]+\.(?:parquet|yaml|json|svg))`", read("README.md").split("Other commands")[0])
    )
    assert named == {path.name for path in folder.iterdir()}


# --- ARCHITECTURE.md ------------------------------------------------------------------------------------


def test_architecture_says_what_every_package_is_for() -> None:
    text = read("ARCHITECTURE.md")
    assert not [package for package in LEVEL if f"`{package}/`" not in text]


def test_architecture_is_one_page() -> None:
    assert len(read("ARCHITECTURE.md").split()) <= 1000


def test_architecture_names_no_file_that_is_not_there() -> None:
    there = {
        f"/{path.relative_to(ROOT)}"
        for folder in ("model", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    for name in re.findall(r"`([\w/]+\.py)`", read("ARCHITECTURE.md")):
        assert any(file.endswith(f"/{name}") for file in there | {"/app.py"}), name


# --- the model ------------------------------------------------------------------------------------------


def test_every_step_of_a_year_has_its_row_in_order() -> None:
    tree = ast.parse(read("model/tanlu/simulation/model.py"))
    model = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "RegionModel")
    methods = {n.name: n for n in model.body if isinstance(n, ast.FunctionDef)}
    calls = [n for n in ast.walk(methods["step"]) if isinstance(n, ast.Call)]
    steps = {c.func.attr: c.lineno for c in calls if ast.unparse(c.func).rpartition(".")[0] == "self"}
    table = read("docs/model/overview.md").split("| step |")[1].split("\n\n")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines()[2:]]
    expected = [step.replace("_", " ") for step in sorted(steps, key=lambda step: steps[step])]
    assert len(expected) == 12
    assert [row.lower() for row in rows] == expected


@pytest.mark.parametrize("name", SUBJECTS)
def test_a_subject_is_one_page(name: str) -> None:
    lines = read(name).splitlines()
    assert len(lines) <= MOST_LINES
    code = "\n".join(re.findall(r"^```.*?^```", read(name), re.DOTALL | re.MULTILINE)).splitlines()
    long = [
        line for line in lines if len(line) > LONGEST_LINE and not line.startswith("|") and line not in code
    ]
    assert not long
    headed = [text for level, text in headings(name) if level == 2]
    assert headed[0] == "What decides"
    assert headed[-1] == "What it leaves out"


@pytest.mark.parametrize(
    "name", ("MODEL.md", *SUBJECTS, "docs/validation.md", "docs/papers.md", "docs/support.md")
)
def test_pages_are_in_plain_words(name: str) -> None:
    assert not [word for word in HARD_WORDS if re.search(rf"\b{word}\b", prose(name), re.IGNORECASE)]


def terms() -> list[str]:
    """Return the terms of the glossary, as written."""
    return re.findall(r"^\| (?!term \||---)([^|]+?) \|", read("docs/glossary.md"), re.MULTILINE)


@pytest.mark.parametrize("name", SUBJECTS)
def test_marked_terms_are_in_the_glossary(name: str) -> None:
    marked = {
        " ".join(term.lower().split())
        for term in re.findall(r"(?<![*\w])\*([^*\s][^*]*)\*(?![*\w])", prose(name))
    }
    known = {term.lower() for term in terms()}
    assert not {term for term in marked if term not in known and term.removesuffix("s") not in known}


def test_the_glossary_is_sorted_and_bilingual() -> None:
    assert terms() == sorted(set(terms()), key=lambda term: re.sub(r"\W", "", term.lower()))
    rows = [line.split("|") for line in read("docs/glossary.md").splitlines() if line.startswith("| ")][2:]
    assert len(rows) == len(terms())
    assert all(re.search(r"[\u4e00-\u9fff]", row[2]) and row[3].strip() for row in rows)


def test_other_names_in_the_glossary_are_in_the_code() -> None:
    """A name that the code no longer has leaves the last column."""
    code = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "model" / "tanlu").rglob("*.py"))
    rows = [line.split("|") for line in read("docs/glossary.md").splitlines() if line.startswith("| ")]
    for name in (name for row in rows for name in re.findall(r"`(\w+)`", row[4])):
        assert re.search(rf"(?<![a-z]){name}(?![a-z])", code), f"nothing is named {name} any longer"


def test_every_subject_is_in_the_checklist() -> None:
    text = read("MODEL.md")
    assert not [name for name in PAGES if f"]({name})" not in text]


def test_the_table_of_published_figures_is_what_the_model_gives() -> None:
    (_, table, _) = re.split(r"<!-- published: (?:begin|end) -->\n?", read("docs/validation.md"))
    assert table == published_table(), "write it anew: uv run python -m tests.test_documentation"


def test_parameters_in_the_text_exist() -> None:
    """Every name in code type that looks like a parameter is one, or a name of the code or the pack."""
    known = {
        row
        for pack in (PACK, LAYER)
        for table in pack.glob("*.csv")
        for row in re.findall(r"[a-z]\w+", table.read_text("utf-8"))
    }
    for path in [
        *(ROOT / "model" / "tanlu").rglob("*.py"),
        PACK / "region.yaml",
        ROOT / "tests" / "test_documentation.py",
    ]:
        known |= set(re.findall(r"[A-Za-z_]\w+", path.read_text(encoding="utf-8")))
    for name in ("MODEL.md", "ARCHITECTURE.md", *SUBJECTS, "docs/validation.md"):
        named = re.findall(r"`([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`", prose(name))
        equations = re.findall(r"^```\n(.*?)^```", read(name), re.DOTALL | re.MULTILINE)
        named += re.findall(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b", "".join(equations))
        assert not {n for n in named if n not in known}, name


def defined(path: Path) -> set[str]:
    """Return the functions of a file, those of its classes included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_walk_leads_through_the_code_without_return() -> None:
    """From the rate of a subsidy to stored CO2: at most nine hops, and each place is there."""
    places = re.findall(r"^\| \d+ \| `([\w/]+\.py)` `(\w+)` \|", read("docs/model/policies.md"), re.MULTILINE)
    assert 1 < len(places) <= 10
    assert len({file for file, _ in places}) == len(places)
    for file, function in places:
        assert function in defined(ROOT / "model" / "tanlu" / file), f"{file} has no {function}"


FILE_OF_EXERCISE = re.compile(r"`((?:[\w/]+/)?[\w]+\.(?:py|yaml|md)|[\w/]+/\w+\.csv)`")
COUNTED_EXERCISES = {
    "A rule of the carbon market": "rule of the carbon market",
    "A view in the browser app": "view in the browser app",
    "A table of the region pack": "table of the region pack",
}
MADE_BY_EXERCISES = {
    *("policies/fuel_tax.py", "power/heat_rate.py"),
    *("simulation/climate_fund.py", "tests/test_climate_fund.py"),
    *("buildings/heat_networks.py", "tests/test_heat_networks.py"),
    *("pages/carbon_prices.py", "core/words/carbon.yaml", "tests/test_app_carbon.py"),
    *("regions/chengyu/site_costs.csv", "regions/two_provinces/site_costs.csv"),
}


def test_files_named_in_how_to_add_exist() -> None:
    """All but those that the exercises make."""
    named = set(FILE_OF_EXERCISE.findall(read("docs/adding.md")))
    assert named > MADE_BY_EXERCISES
    for name in named - MADE_BY_EXERCISES:
        assert (ROOT / name).exists() or (ROOT / "model" / "tanlu" / name).exists(), name


def files_of_exercises() -> dict[str, int]:
    """Return how many files each exercise touched, as the table has them."""
    table = read("docs/adding.md").split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| (\d+) \|$", table, re.MULTILINE)
    return {name: int(number) for name, number in rows}


@pytest.mark.parametrize("heading", COUNTED_EXERCISES)
def test_the_table_of_exercises_counts_the_files_that_each_lists(heading: str) -> None:
    section = read("docs/adding.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    files = re.findall(rf"^\d+\. {FILE_OF_EXERCISE.pattern}", section, re.MULTILINE)
    assert len(set(files)) == len(files) == files_of_exercises()[COUNTED_EXERCISES[heading]]


def test_the_median_of_exercises_is_that_of_their_table() -> None:
    files = files_of_exercises().values()
    row = f"| the exercises above | {min(files)} to {max(files)} | {statistics.median(files):g} |"
    assert row in read("docs/adding.md")


UPCOMING_LINES, UPCOMING_CHARACTERS = (
    110,
    400,
)  # most of the section of what is to come: lines, and length of one
RELEASE_WORDS = 400  # most of the section of a release
RELEASE_HEADINGS = [
    *("What it is", "What it can do", "What it rests on"),
    *("Known limits", "Migration", "Sources"),
]


def sections_of_changelog() -> dict[str, str]:
    """Return the text of each section, by its heading."""
    _, *sections = re.split(r"^## ", read("CHANGELOG.md"), flags=re.MULTILINE)
    return {heading: text for heading, _, text in (section.partition("\n") for section in sections)}


def test_the_changelog_is_short() -> None:
    upcoming, *releases = sections_of_changelog().items()
    assert upcoming[0] == "Upcoming" and releases
    lines = upcoming[1].strip().splitlines()
    assert len(lines) <= UPCOMING_LINES
    assert not [line for line in lines if len(line) > UPCOMING_CHARACTERS]
    for heading, text in releases:
        assert re.fullmatch(r"\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", heading)
        assert len(f"## {heading}\n{text}".split()) <= RELEASE_WORDS, heading
        assert re.findall(r"^### (.+)$", text, re.MULTILINE) == RELEASE_HEADINGS


def test_one_version_and_date_stand_in_package_citation_changelog_and_lock() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    locked = tomllib.loads(read("uv.lock"))["package"]
    _, newest, *_ = sections_of_changelog()
    assert newest == f"{version} ({citation['date-released']})"
    assert citation["version"] == version
    assert [package["version"] for package in locked if package["name"] == "tanlu"] == [version]


def test_the_changelog_leads_to_what_users_must_change() -> None:
    assert "(docs/migration.md)" in read("CHANGELOG.md")


# --- the region pack, citation, links -------------------------------------------------------------------


def test_every_table_of_the_pack_and_its_layer_is_in_its_readme() -> None:
    text = (PACK / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+\.(?:csv|yaml))`", text))
    files = [path for folder in (PACK, LAYER) for path in folder.iterdir()]
    assert named == {path.name for path in files if path.suffix in (".csv", ".yaml")}


def test_the_citation_parses_and_credits_the_data() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= citation.keys()
    assert citation["license"] == project["license"]
    assert citation["authors"] == [{"name": "The Tanlu authors"}]
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
    there = {path for folder in (ROOT, ROOT / "docs", PACK) for path in folder.glob("*.md")}
    there |= set((ROOT / "docs").rglob("*.md"))
    known = {path.name for path in there} | {str(path.relative_to(ROOT)) for path in there}
    for path in [*(ROOT / "model" / "tanlu").rglob("*.py"), *(ROOT / "tests").glob("*.py")]:
        for name in re.findall(r"(?<![\w/}])[\w./]+\.md\b", path.read_text(encoding="utf-8")):
            assert name.strip("/") in known, f"{path.name} names {name}"


def test_the_changelog_explains_its_tag() -> None:
    assert "**numbers change**" in read("CHANGELOG.md").split("## Upcoming")[0]


def test_upcoming_changes_stand_by_subject() -> None:
    """No line stands before the first subject, and none has a tag that nobody explained."""
    upcoming = read("CHANGELOG.md").split("## Upcoming")[1]
    assert not re.findall(r"^- ", upcoming.split("### ")[0], re.MULTILINE)
    assert set(re.findall(r"\*\*[^*]+\*\*", upcoming)) <= {"**numbers change**"}


if __name__ == "__main__":
    place = ROOT / "docs" / "validation.md"
    text = PUBLISHED.sub(lambda m: m[1] + published_table() + m[2], place.read_text(encoding="utf-8"))
    place.write_text(text, encoding="utf-8")

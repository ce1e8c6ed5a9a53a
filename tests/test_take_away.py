"""What is taken away: the archive is the folder of a run, and its scenario gives its values."""

import io
import zipfile
from xml.etree import ElementTree

import pytest
import yaml

from tanlu.core.places import shipped_scenarios
from tanlu.experiments.results import simulate
from tanlu.output.checking import problems_of
from tanlu.output.folder import read_manifest
from tanlu.output.result import load_result
from tanlu.pages.builder.scenarios import Scenarios
from tanlu.pages.export import indicators_csv
from tanlu.pages.service import read_presets
from tanlu.pages.take_away.archive import archive
from tanlu.pages.workers.answering import answer
from tanlu.pages.workers.orders import Order

SHORT = {"years": {"start": 2020, "end": 2021}, "replications": 2}
PRICE = {"policies": {"tax": {"kind": "carbon_price", "from_year": 2021, "price_cny_per_tco2": 80}}}


@pytest.fixture(scope="module")
def scenarios():
    return Scenarios({name: preset.content for name, preset in read_presets(shipped_scenarios()).items()})


def test_s18_s31_an_archive_is_verified_and_its_scenario_gives_its_values(scenarios, tmp_path):
    """Download, upload, the same id; a run of either file of the archive has its digest."""
    levers = scenarios.with_changes("baseline", {**PRICE, **SHORT})
    written = scenarios.to_text(levers)
    assert scenarios.from_text(written).id == levers.id
    draw = answer(Order("a", scenarios.question(levers), 0, "folder"), lambda done, todo: None)
    name = f"tanlu-{levers.name}"
    files = {**draw.files, "difference.yaml": written.encode()}
    packed = archive(name, files)
    assert packed == archive(name, files)
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        opened.extractall(tmp_path)
    folder = tmp_path / name
    assert problems_of(folder) == []
    manifest = read_manifest(folder)
    assert manifest["command"] == "tanlu app" and "/" not in manifest["command"]
    for file in ("scenario.yaml", "difference.yaml"):
        assert simulate(folder / file).manifest["values_sha256"] == manifest["values_sha256"], file
    (folder / "indicators.parquet").write_bytes(b"other")
    assert problems_of(folder) != []


def test_s31_indicators_are_read_by_pyam_and_a_formula_is_text(scenarios, tmp_path):
    import pyam  # here, as every process of the suite reads this file, and it takes seconds

    levers = scenarios.with_changes("baseline", SHORT)
    draw = answer(Order("a", scenarios.question(levers), 0, "folder"), lambda done, todo: None)
    for name, content in draw.files.items():
        (tmp_path / name).write_bytes(content)
    result = load_result(tmp_path)
    text = indicators_csv(result.measures, "=1+1")
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}Model,Scenario,Region,Variable,Unit,2020,2021\r\n")
    assert "\r\nTanlu,'=1+1,Sichuan," in text
    (tmp_path / "indicators.csv").write_text(text, encoding="utf-8", newline="")
    frame = pyam.IamDataFrame(tmp_path / "indicators.csv")
    assert set(frame.variable) == set(result.measures.variables)
    shown = frame.filter(variable="Emissions|CO2", region=result.region, year=2021).data["value"].iloc[0]
    assert shown == pytest.approx(result.draws("Emissions|CO2").mean(axis=0)[1], rel=1e-9)


@pytest.mark.browser
def test_the_archive_of_the_page_holds_brief_files_and_pictures(visit, tmp_path):
    page = visit("/worked?lang=en&s=carbon_price-300")
    with page.expect_download(timeout=60_000) as told:
        page.click("[data-action=archive]")
    told.value.save_as(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as opened:
        assert opened.testzip() is None
        names = opened.namelist()
        (root,) = {name.split("/")[0] for name in names}
        assert told.value.suggested_filename == f"{root}.zip" and root.startswith("tanlu-scenario_")
        own = {name.removeprefix(f"{root}/") for name in names}
        assert {"manifest.json", "difference.yaml", "indicators.csv", "brief_en.html"} <= own
        pictures = {name for name in own if name.startswith("charts/")}
        assert len([name for name in pictures if name.endswith(".png")]) == 4
        for name in pictures:
            content = opened.read(f"{root}/{name}")
            if name.endswith(".png"):
                assert int.from_bytes(content[16:20], "big") >= 1600
            else:
                drawn = ElementTree.fromstring(content)
                assert drawn.tag.endswith("svg") and drawn[0].tag.endswith("title") and drawn[0].text
                words = [element.text or "" for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
                assert len(words) >= 5 and words[0] and drawn[0].text.startswith(words[0])
                (subject,) = (line for line in words if line.startswith("Scenario scenario_"))
                assert "Carbon price (added)" in subject and "draw" in subject
                assert any(line.startswith("Made by Tanlu ") for line in words), name
                assert any("Baseline" in line or "Before" in line for line in words), "a legend"
        difference = yaml.safe_load(opened.read(f"{root}/difference.yaml"))
        assert difference["extends"] == "tanlu:baseline"
        brief = opened.read(f"{root}/brief_en.html").decode()
    for key in ("avoided", "climate_revenue_cumulative", "captured_cumulative"):
        shown = page.locator(f"[data-figure={key}]").first.inner_text()
        assert shown.split("\n")[0].strip() in brief, key
    with page.expect_download() as told:
        page.click("[data-action=brief]")
    assert told.value.suggested_filename == f"{root}.html"

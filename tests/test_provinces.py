"""A pack may have any number of provinces, each a zone of the electricity market."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.schedules import SUBSIDY_AXES
from tanlu.evaluation.region_check import check_region
from tanlu.experiments.results import simulate
from tanlu.markets.electricity import export_contracts, power_year
from tanlu.power.system import clear_hours, clear_power_year
from tanlu.region.catalogue import RegionError
from tanlu.region.new_pack import NewProvince, make_pack, template_provinces
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tests.lone_markets import only_province

EVERY_INSTRUMENT = Path(__file__).parent / "two_provinces.yaml"
PROVINCES = {
    1: template_provinces()[:1],
    3: (*template_provinces(), NewProvince("West", "西省")),
    4: tuple(map(NewProvince.from_text, ("Shandong=山东", "North China=华北", "South", "North=北"))),
}


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("packs")
    for number, names in PROVINCES.items():
        make_pack(folder / f"pack_of_{number}", names)
    return {number: folder / f"pack_of_{number}" for number in PROVINCES}


def scenario_of(pack: Path, **changes: object) -> Mapping[str, Any]:
    """Every instrument, in a pack."""
    return yaml.safe_load(EVERY_INSTRUMENT.read_text(encoding="utf-8")) | {"region": str(pack)} | changes


def model_of(pack: Path, **changes: object) -> RegionModel:
    scenario = load(scenario_of(pack, **changes))
    return RegionModel(Inputs(scenario, load_region(scenario.region, scenario.pack)))


def arrays(part: object, name: str = "") -> dict[str, np.ndarray]:
    """Every array of nested records, by its path."""
    if isinstance(part, np.ndarray):
        return {name: part}
    fields = part._asdict() if hasattr(part, "_asdict") else part if isinstance(part, Mapping) else {}
    return {path: a for key, value in fields.items() for path, a in arrays(value, f"{name}.{key}").items()}


@pytest.mark.parametrize("provinces", PROVINCES)
def test_a_pack_of_any_number_of_provinces_is_read_and_checked(
    packs: dict[int, Path], provinces: int
) -> None:
    assert check_region(str(packs[provinces])).usable, "no more than a line without contracts is odd"
    axes = load_region(str(packs[provinces])).axes
    assert axes.provinces == tuple(province.name for province in PROVINCES[provinces])
    assert [axes.labels[province.name]["zh"] for province in PROVINCES[provinces]] == [
        province.name_zh for province in PROVINCES[provinces]
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--province shandong", "`shandong` is no name for a province"),
        ("--province Both", "but not All, Both"),
        ("--province Hebei --province Hebei=河北", "two provinces are named Hebei"),
    ],
)
def test_a_province_has_a_name_of_its_own(tmp_path: Path, words: str, sentence: str) -> None:
    done = CliRunner().invoke(app, ["region", "new", str(tmp_path / "mine"), *words.split()])
    assert done.exit_code == 2 and sentence in done.output and not (tmp_path / "mine").exists()


# --- one province --------------------------------------------------------------------------------------------------


def test_one_province_runs_ten_years_as_a_valid_result(packs: dict[int, Path]) -> None:
    result = simulate(scenario_of(packs[1]), replications=1)
    values = result.indicators
    assert result.valid and set(values["region"]) == {"North", "All"}
    assert sorted(set(values["year"])) == list(range(2022, 2032)) and np.isfinite(values["value"]).all()


def test_the_second_zone_is_empty(packs: dict[int, Path]) -> None:
    model = model_of(packs[1])
    region, offer, around = first_year(model)
    cleared = clear_hours(region.power, offer, around, np.zeros(1))
    empty = cleared.market
    for name in ("units_mw", "surplus_mw", "unserved_mw", "reservoir_mw", "charge_mw", "discharge_mw"):
        assert not getattr(empty, name)[1].any(), name
    assert not empty.flow_mw.any() and np.isfinite(empty.price_cny_per_mwh).all()


def test_a_province_alone_has_the_prices_of_one_whose_line_is_closed() -> None:
    model = RegionModel(Inputs(load(EVERY_INSTRUMENT), load_region("two_provinces")))
    region, offer, around = first_year(model)
    closed = around._replace(internal_mw=0.0 * around.internal_mw, line_mw=0.0 * around.line_mw)
    both = clear_power_year(region.power, offer, closed, np.zeros(2))
    for p in range(2):
        alone = clear_power_year(*only_province(p, region.power, offer, closed), np.zeros(1))
        prices = alone.prices.price_cny_per_mwh[0], both.prices.price_cny_per_mwh[p]
        # A dry spell of either province parts the days of its month in both.
        np.testing.assert_array_equal(*(price[closed.water.water.spell_days == 0.0] for price in prices))
        assert alone.generation_mwh.shape == (1, both.generation_mwh.shape[1])
        np.testing.assert_allclose(alone.generation_mwh[0], both.generation_mwh[p], rtol=1e-14)


def first_year(model: RegionModel) -> tuple[Region, Any, Any]:
    """Pack, offer and surroundings of the first year of a run, before it clears."""
    region, model.year = model.inputs.region, model.inputs.region.base_year
    signals = model.announce()
    demand = model.demand(signals).electricity
    contracts = export_contracts(region, model.year, signals.policy.power.export_kept_share)
    served = model.year, demand.load_mwh, demand.load_shape, model.water[model.year]
    around = power_year(region, *served, contracts, signals.prices.price_cap_cny_per_mwh, signals.neighbours)
    return region, model.plants.offer(signals, model.year), around


# --- three provinces -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        ("West,Suoth", "corridors.csv:8:to_region: `Suoth` is unknown (nearest: South)"),
        ("West,West", "corridors.csv:8:to_region: both ends of a line are West"),
        ("North,South", "corridors.csv:8:to_region: no line joins West to North"),
    ],
)
def test_a_line_to_nowhere_or_a_province_without_a_line_is_refused_in_a_sentence(
    tmp_path: Path, ends: str, sentence: str
) -> None:
    pack = tmp_path / "three_provinces"
    make_pack(pack, PROVINCES[3])
    table = pack / "corridors.csv"
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace("West,South,internal", f"{ends},internal"), encoding="utf-8")
    with pytest.raises(RegionError) as refused:
        load_region(str(pack))
    assert sentence in str(refused.value)


def test_what_is_announced_and_demanded_has_a_row_for_each_province(packs: dict[int, Path]) -> None:
    model = model_of(packs[3])
    model.year = 2022
    signals = model.announce()
    schedule = model.drivers.schedule
    for kind, names in SUBSIDY_AXES.items():
        assert signals.subsidies[kind].shape == schedule.axes.shape(*names)
        assert signals.subsidies[kind].shape[0] == 3
    assert schedule.carbon.covered.shape[1] == 3
    demand = model.demand(signals).electricity
    assert demand.load_mwh.shape == (3,) and (demand.load_mwh > 0.0).all()
    assert demand.load_mwh[2] == demand.load_mwh[0], "West is a copy of North"


def test_a_run_of_three_provinces_has_three_rows_and_balances(packs: dict[int, Path]) -> None:
    """North and West each have a line to South."""
    two = RegionModel(Inputs(load(EVERY_INSTRUMENT), load_region("two_provinces")))
    two.step()
    result = simulate(scenario_of(packs[3], years="2022-2027"), replications=1)
    assert result.valid, result.findings
    assert result.manifest["electricity_market"]["worst_gap_share"] <= 1e-5
    assert set(result.indicators["region"]) == {"North", "South", "West", "All"}
    months, flows = result.electricity_months, result.flows
    assert months is not None and set(months["province"]) == {"North", "South", "West"}
    assert flows is not None and {"North", "South", "West"} <= {*flows["payer"], *flows["payee"]}
    record, few = arrays(result.tables.run.record), arrays(two.records[0])
    by_product = {".co2.purchase_limit_tco2"}  # the pack has two products as well
    by_province = [path for path, array in few.items() if 2 in array.shape[:2] and path not in by_product]
    assert len(by_province) > 80 and set(by_province) <= set(record)
    assert not [path for path in by_province if 3 not in record[path].shape[1:]]

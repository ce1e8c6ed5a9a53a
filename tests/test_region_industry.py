"""The industry tables of the reference region: sourced, complete, and consistent with the inventory."""

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tanlu.region.catalogue import read_layered_table

PACK = Path(__file__).parents[1] / "model" / "tanlu" / "regions" / "chengyu"
PROVINCES = ("Sichuan", "Chongqing")
INDUSTRY = ("steel", "cement", "aluminium", "chemicals", "refining", "gas_processing", "other_industry")
SECTORS = ("electricity", "heat", *INDUSTRY, "transport", "buildings", "agriculture")
KINDS = {"efficiency", "fuel_switch", "electrify", "clinker", "capture", "process_change"}
EMITTING = ["coal_gj_per_t", "oil_gj_per_t", "gas_gj_per_t", "process_tco2_per_t"]
CARRIERS = ("coal", "oil", "gas", "process")
INVENTORY_YEAR = 2019
COLUMNS = {
    "facilities": "facility_id name_en name_zh province prefecture latitude_deg longitude_deg sector process "
    "product capacity_kt_per_year start_year end_year last_reline_year owner_id",
    "processes": "process sector product coal_gj_per_t oil_gj_per_t gas_gj_per_t biomass_gj_per_t "
    "electricity_mwh_per_t process_tco2_per_t scrap_t_per_t metal_t_per_t other_cost_cny_per_t "
    "fixed_cost_cny_per_t_year replacement_cost_cny_per_t_year capturable_share co2_share_of_flue_gas",
    "production": "province product year output_kt",
    "exports": "province good parameter year value unit",
    "scrap": "sector parameter year value unit",
    "products": "product label_en label_zh price_cny_per_t",
    "abatement_options": "option_id label_en label_zh from_process to_process kind available_from_year "
    "window coal_factor oil_factor gas_factor process_factor added_gas_gj_per_t added_biomass_gj_per_t "
    "added_electricity_mwh_per_t added_scrap_t_per_t capex_cny_per_t_year fixed_om_cny_per_t_year "
    "variable_cost_cny_per_t capture_rate capture_heat_gj_per_tco2 capture_electricity_mwh_per_tco2 "
    "capture_capex_cny_per_tco2_year capture_om_cny_per_tco2 reference_mtco2_per_year scale_exponent "
    "lead_time_years lifetime_years",
    "inventory": "province year sector carrier co2_mt",
    "drivers": "province driver year value unit",
    "targets": "region indicator variable target_year base_year value unit binding document",
    "storage_sites": "site_id name_en name_zh province latitude_deg longitude_deg reservoir capacity_mtco2 "
    "injection_limit_mtco2_per_year cost_cny_per_tco2",
    "co2_products": "product label_en label_zh market_kt_per_year co2_use_tco2_per_t price_cny_per_tco2 "
    "demand_elasticity maximum_share_of_market permanent_share material_from material_t_per_t "
    "material_kt_per_year stoichiometric_tco2_per_t",
    "co2_transport": "parameter value unit",
    "co2_hubs": "hub_id name_en name_zh province latitude_deg longitude_deg",
    "lenders": "lender_id name_en name_zh kind province_scope spread_bp minimum_interest_coverage "
    "maximum_debt_to_assets capital_bn_cny bonds_only",
    "finance": "parameter year value unit",
    "bond_issuers": "issuer_id name_en name_zh kind province rating_spread_bp",
    "green_needs": "issuer_id year green_need_bn_cny",
    "finance_statistics": "province variable year month value unit",
    "carbon_market": "variable class year value unit",
    "currency_industry": "from_unit factor_to_cny2020",
    "vehicles": "province segment technology parameter year value unit",
    "vehicle_statistics": "province variable year value unit",
    "buildings": "province method parameter year value unit",
}
# CEADs provincial totals, Mt CO2, 2005 to 2019.
PUBLISHED = {
    "Sichuan": "170.0758 189.7751 208.4841 230.1422 263.1148 304.4609 308.6469 338.2872 351.7691 351.4799 "
    "332.3774 319.0975 318.8408 296.3125 315.1634",
    "Chongqing": "81.6441 90.0308 99.1661 126.2532 133.0821 145.4157 166.6057 171.6458 149.1216 162.8968 "
    "164.1967 156.5820 160.5498 160.6043 156.2547",
}


FACTORS_T_PER_GJ = {"coal": 0.0946, "oil": 0.0733, "gas": 0.0561}


def table(name: str) -> pd.DataFrame:
    content = read_layered_table(PACK, name).content
    return pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])


def source_keys() -> set[str]:
    return {key for name in ("industry_sources", "sources") for key in table(name)["source_key"]}


def pack_factors() -> dict[str, float]:
    rows = table("fuel_factors").set_index("carrier")["co2_kg_per_gj"] / 1e3
    return {carrier: float(rows[carrier]) for carrier in FACTORS_T_PER_GJ}


def modelled_mt(factors: dict[str, float]) -> dict[tuple[str, str, str], float]:
    """CO2 of the facilities at observed output of the inventory year, by province, sector and carrier."""
    by_product = table("processes").drop_duplicates("product").set_index("product")
    output = table("production").query("year == @INVENTORY_YEAR")
    result: dict[tuple[str, str, str], float] = {}
    for row in output.itertuples():
        process = by_product.loc[row.product]
        mt = float(row.output_kt) / 1e3
        per_tonne = {c: float(process[f"{c}_gj_per_t"]) * f for c, f in factors.items()}
        per_tonne["process"] = float(process["process_tco2_per_t"])
        for carrier, tonnes in per_tonne.items():
            key = (str(row.province), str(process["sector"]), carrier)
            result[key] = result.get(key, 0.0) + mt * tonnes
    return result


def inventory_mt() -> dict[tuple[str, str, str], float]:
    rows = table("inventory").query("year == @INVENTORY_YEAR and sector != 'TOTAL'")
    sums = rows.groupby(["province", "sector", "carrier"])["co2_mt"].sum()
    return {(str(p), str(s), str(c)): float(v) for (p, s, c), v in sums.items()}


def driver_series() -> Iterator[tuple[str, pd.DataFrame]]:
    for (name, province), rows in table("drivers").groupby(["driver", "province"]):
        yield f"{name} of {province}", rows


@pytest.mark.parametrize("name", COLUMNS)
def test_table_has_the_agreed_columns_and_no_gap_in_provenance(name: str) -> None:
    rows = table(name)
    wanted = [*COLUMNS[name].split(), "source", "grade", "note"]
    assert [c for c in rows.columns if c in wanted] == wanted
    assert set(rows["grade"]) <= set("ABCD")
    cited = {key for cell in rows["source"] for key in cell.split(";")}
    assert cited <= source_keys()


@pytest.mark.parametrize("name", COLUMNS)
def test_an_unsourced_figure_says_so(name: str) -> None:
    weak = table(name).query("grade == 'D'")
    said = weak["note"].fillna("").str.contains("assum|from memory|stand-in|placed", regex=True)
    assert weak[~said].empty, weak[~said].iloc[:, 0].tolist()


def test_sources_are_listed_once_and_only_if_cited() -> None:
    keys = pd.read_csv(PACK / "industry_sources.csv", dtype=str)["source_key"]
    tables = (*COLUMNS, "national_market")
    cited = {key for name in tables for cell in table(name)["source"] for key in cell.split(";")}
    assert keys.is_unique
    assert set(keys) <= cited


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("facilities", ["facility_id"]),
        ("processes", ["process"]),
        ("production", ["province", "product", "year"]),
        ("abatement_options", ["option_id"]),
        ("drivers", ["province", "driver", "year"]),
        ("storage_sites", ["site_id"]),
        ("co2_products", ["product"]),
        ("co2_transport", ["parameter"]),
        ("co2_hubs", ["hub_id"]),
        ("lenders", ["lender_id"]),
        ("finance", ["parameter", "year"]),
        ("bond_issuers", ["issuer_id"]),
        ("green_needs", ["issuer_id", "year"]),
        ("finance_statistics", ["province", "variable", "year", "month"]),
        ("carbon_market", ["variable", "class", "year"]),
    ],
)
def test_identifiers_are_unique(name: str, key: list[str]) -> None:
    rows = table(name)
    assert rows[rows.duplicated(key)].empty


def test_sectors_add_up_to_the_published_totals_of_every_year() -> None:
    rows = table("inventory")
    inside = rows[rows["source"].str.startswith("S01") & (rows["sector"] != "TOTAL")]
    sums = inside.groupby(["province", "year"])["co2_mt"].sum()
    for province, text in PUBLISHED.items():
        for year, total in zip(range(2005, 2020), text.split(), strict=True):
            assert sums[province, year] == pytest.approx(float(total), abs=1e-3), (province, year)


def test_inventory_uses_known_sectors_and_carriers() -> None:
    rows = table("inventory").query("sector != 'TOTAL'")
    assert set(rows["sector"]) == set(SECTORS)
    assert set(rows["carrier"]) <= set(CARRIERS)
    assert (rows["co2_mt"] >= 0.0).all()
    assert not rows[["province", "year", "sector", "carrier", "source"]].duplicated().any()


@pytest.mark.parametrize("factors", [FACTORS_T_PER_GJ, pack_factors()], ids=["IPCC", "pack"])
def test_facilities_never_emit_more_than_the_inventory_holds(factors: dict[str, float]) -> None:
    inventory = inventory_mt()
    gap = {key: inventory.get(key, 0.0) - mt for key, mt in modelled_mt(factors).items()}
    assert {key: mt for key, mt in gap.items() if mt < 0.0} == {}


@pytest.mark.parametrize("province", PROVINCES)
def test_steel_and_clinker_explain_nearly_all_of_their_inventory(province: str) -> None:
    model, inventory = modelled_mt(FACTORS_T_PER_GJ), inventory_mt()
    steel = sum(model[province, "steel", c] for c in CARRIERS)
    inventory_steel = sum(inventory.get((province, "steel", c), 0.0) for c in CARRIERS)
    assert 0.90 <= steel / inventory_steel <= 1.0
    assert 0.89 <= model[province, "cement", "process"] / inventory[province, "cement", "process"] <= 1.0
    assert 0.80 <= model[province, "cement", "coal"] / inventory[province, "cement", "coal"] <= 1.0


def test_capacity_of_the_base_year_can_make_what_was_made() -> None:
    plants = table("facilities")
    running = plants[(plants["start_year"] <= 2020) & (plants["end_year"].fillna(9999) > 2020)]
    capacity = running.groupby(["province", "product"])["capacity_kt_per_year"].sum()
    output = table("production").query("year in (2019, 2020)")
    made = output.groupby(["province", "product"])["output_kt"].max()
    assert set(made.index) <= set(capacity.index)
    assert (made / capacity.loc[made.index] <= 1.0).all()


def test_facilities_refer_to_processes_owners_and_places_that_exist() -> None:
    plants, processes = table("facilities"), table("processes").set_index("process")
    assert set(plants["owner_id"]) <= set(table("owners")["owner_id"])
    assert set(plants["province"]) <= set(PROVINCES)
    known = processes.loc[plants["process"], ["sector", "product"]].to_numpy()
    assert (plants[["sector", "product"]].to_numpy() == known).all()
    assert plants["latitude_deg"].between(26.0, 34.4).all()
    assert plants["longitude_deg"].between(97.3, 110.3).all()
    assert (plants["end_year"].fillna(9999) > plants["start_year"]).all()
    assert (plants["last_reline_year"] >= plants["start_year"]).all()
    assert (plants["capacity_kt_per_year"] > 0.0).all()


def test_every_product_and_every_output_has_a_maker() -> None:
    plants = table("facilities")
    made = set(zip(plants["province"], plants["product"], strict=True))
    assert set(zip(*(table("production")[c] for c in ("province", "product")), strict=True)) == made


def test_options_start_and_end_at_known_processes() -> None:
    options, processes = table("abatement_options"), set(table("processes")["process"])
    blocks = {f"block_{sector}" for sector in SECTORS}
    assert set(options["from_process"]) <= processes | blocks
    switched = options.query("kind == 'process_change'")
    assert set(switched["to_process"]) <= processes
    assert options.query("kind != 'process_change'")["to_process"].isna().all()
    assert set(options["window"]) == {"any", "reline"}
    assert set(options["kind"]) == KINDS


def test_only_capture_options_capture() -> None:
    options = table("abatement_options")
    columns = ["capture_rate", "capture_capex_cny_per_tco2_year", "capture_electricity_mwh_per_tco2"]
    captures = options["kind"] == "capture"
    assert (options.loc[captures, [*columns, "reference_mtco2_per_year", "scale_exponent"]] > 0.0).all().all()
    assert (options.loc[~captures, columns] == 0.0).all().all()
    assert options["capture_rate"].between(0.0, 1.0).all()
    factors = options[["coal_factor", "oil_factor", "gas_factor", "process_factor"]]
    assert ((factors >= 0.0) & (factors <= 1.0)).all().all()


def test_every_process_that_emits_has_a_way_out() -> None:
    processes, options = table("processes"), table("abatement_options")
    used = processes[processes["process"].isin(table("facilities")["process"])]
    emits = used[(used[EMITTING] > 0.0).any(axis=1)]
    assert set(emits["process"]) <= set(options["from_process"])


def test_drivers_are_one_in_their_first_year_and_their_years_rise() -> None:
    for name, rows in driver_series():
        assert rows["year"].is_monotonic_increasing, name
        year, _, one = str(rows["unit"].iloc[0]).partition("=")
        base = rows[rows["year"] == int(year)] if one else rows[rows["year"] <= 2020].tail(1)
        assert len(base) == 1, name
        if one:
            assert base["value"].iloc[0] == float(one), name
            assert rows["year"].iloc[-1] >= 2060, name
        assert (rows["value"] > 0.0).all(), name


def test_every_driver_covers_both_provinces() -> None:
    assert (table("drivers").groupby("driver")["province"].nunique() == len(PROVINCES)).all()


def test_demand_drivers_follow_observed_output() -> None:
    drivers = table("drivers").set_index(["driver", "province", "year"])["value"]
    output = table("production").set_index(["product", "province", "year"])["output_kt"]
    for driver, product in (("cement_demand", "clinker"), ("primary_steel_demand", "primary_steel")):
        for province in PROVINCES:
            ratio = output[product, province, 2024] / output[product, province, 2020]
            assert drivers[driver, province, 2024] == pytest.approx(ratio, rel=1e-3)


def test_storage_adds_up_to_the_sourced_capacities() -> None:
    sites = table("storage_sites")
    saline = sites[sites["reservoir"].str.contains("saline")].groupby("province")["capacity_mtco2"].sum()
    gas = sites[sites["reservoir"] == "depleted gas field"]["capacity_mtco2"].sum()
    assert gas == pytest.approx(5373.0, abs=0.5)
    assert saline["Sichuan"] == pytest.approx(3902.0, abs=0.5)
    assert saline["Chongqing"] == pytest.approx(1634.0, abs=0.5)


def test_carbon_market_rows_keep_the_published_basis_apart() -> None:
    market = table("carbon_market")
    net = market.query("variable == 'benchmark'").set_index(["class", "year"])
    official = market.query("variable == 'benchmark_official'").set_index(["class", "year"])
    for power_class in ("coal_large", "coal_small", "coal_unconventional", "gas"):
        assert official.loc[(power_class, 2022), "unit"] == "tCO2/MWh net"
        assert official.loc[(power_class, 2023), "unit"] == "tCO2/MWh gross"
        assert net.loc[(power_class, 2024), "value"] > official.loc[(power_class, 2024), "value"]
        for years in ([2021, 2022], [2023, 2024, 2025, 2026]):
            assert official.loc[power_class, "value"].loc[years].is_monotonic_decreasing


def test_observed_price_is_the_mean_of_the_year_in_money_of_2020() -> None:
    rows = table("carbon_market").query("variable == 'observed_price'")
    price = rows.astype({"year": int}).set_index("year")["value"]
    money = table("currency").set_index("from_unit")["factor_to_cny2020"]
    assert price[2024] == pytest.approx(95.96 * money["CNY2024"], abs=0.01)
    assert price.index.max() == 2026 and price[2020] == 0.0


def test_lenders_span_the_kinds_and_own_capital() -> None:
    lenders = table("lenders")
    kinds = {"policy_bank", "state_bank", "joint_stock_bank", "local_bank", "green_bond_investors"}
    assert set(lenders["kind"]) == kinds
    assert (lenders["capital_bn_cny"] > 0.0).all()
    assert lenders.query("bonds_only == 1")["kind"].tolist() == ["green_bond_investors"]


def test_targets_are_numbers_with_a_unit_and_a_document() -> None:
    targets = table("targets")
    assert targets[["variable", "value", "unit", "document"]].notna().all().all()
    peaks = targets[targets["variable"] == "Emissions|CO2|Peak Year"]
    assert set(peaks["region"]) == set(PROVINCES)

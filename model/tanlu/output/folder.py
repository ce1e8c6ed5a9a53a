"""The result folder on disk: whole or absent, each table with units, each file with its digest."""

import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tanlu.core.units import unit_of
from tanlu.output.provenance import FORMAT, content_hash, file_digest

MANIFEST = "manifest.json"
SCENARIO = "scenario.yaml"
CHART = "emissions.svg"
ABANDONED_AFTER_SECONDS = 3600  # a draft is written in seconds

# Unit and description of each column, written into the Parquet field metadata.
COLUMNS: dict[str, tuple[str, str]] = {
    "scenario": ("", "name of the scenario"),
    "replication": ("1", "number of the replication, from 0; its draws do not depend on the scenario"),
    "region": ("", "province, or the name of the pack for both provinces together"),
    "variable": ("", "what is measured, IAMC style"),
    "unit": ("", "unit of `value` in this row"),
    "year": ("a", "calendar year"),
    "value": ("see `unit`", "measured value"),
    "decider": ("", "identifier of the plant, facility, company or block that decides"),
    "kind": ("", "kind of agent"),
    "name": ("", "name of the agent"),
    "province": ("", "province of the agent"),
    "sector_or_fuel": ("", "industrial sector, or fuel of a power unit"),
    "process": ("", "process or technology in use"),
    "capacity": ("see `capacity_unit`", "capacity at the end of the year"),
    "capacity_unit": ("", "unit of `capacity`"),
    "output": ("see `output_unit`", "output over the year"),
    "output_unit": ("", "unit of `output`"),
    "name_zh": ("", "Chinese name of the agent"),
    "owner": ("", "company that owns it"),
    "profit_mcny": ("million CNY2020/yr", "profit before financing"),
    "closes_in": ("a", "year in which it is due to close, as decided so far"),
    "emissions_mtco2": ("Mt CO2/yr", "CO2 emitted over the year, after capture"),
    "captured_mtco2": ("Mt CO2/yr", "CO2 captured over the year"),
    "status": ("", "operating, mothballed, under construction or retired"),
    "option": ("", "what the agent considered"),
    "npv_mcny": ("million CNY2020", "net present value of the option at the agent's hurdle rate"),
    "capex_mcny": ("million CNY2020", "investment after grants"),
    "hurdle": ("1/yr", "real hurdle rate of the agent for the option"),
    "loan_rate": ("1/yr", "rate the lender asks; empty where no loan was asked for"),
    "credit": ("", "answer of the lenders"),
    "binding_constraint": ("", "what stopped the option"),
    "chosen": ("", "whether the agent preferred this option"),
    "started": ("", "whether the option was funded and started"),
    "switching_carbon_price_cny_per_tco2": (
        "CNY2020/t CO2",
        "constant carbon price at which the answer would have changed",
    ),
    "market_price_earned_share": (
        "",
        "share of the carbon market's price that a tonne avoided earns, after the free allowances that go with it",
    ),
    "from_year": ("a", "first year in which the reason held"),
    "to_year": ("a", "last year of these in a row"),
    "closed_by": ("", "what closed the option; `tanlu list reasons` has them in words"),
    "reason_value": (
        "see `tanlu list reasons`",
        "figure of the agent in the reason; empty where it has none",
    ),
    "reason_limit": ("of `reason_value`", "figure that it is held against, or the year of the reason"),
    "payer": ("", "who pays; docs/model/who_pays.md has all parties"),
    "payee": ("", "who is paid"),
    "item": ("", "what is paid for"),
    "value_cny": ("CNY2020/yr", "what is paid in the year"),
    "cash_cny": ("CNY2020", "cash at the end of the year"),
    "debt_cny": ("CNY2020", "debt at the end of the year, by the register of loans"),
    "assets_cny": ("CNY2020", "book value of its assets in the region"),
    "operating_cny": ("CNY2020/yr", "operating profit, before interest and tax"),
    "interest_cny": (
        "CNY2020/yr",
        "interest of the year: what a company pays, what a lender gets with subsidies",
    ),
    "cost_of_debt": ("1/yr", "mean nominal rate on what it owes, less interest subsidies"),
    "repayment_cny": ("CNY2020/yr", "repaid of loans"),
    "tax_cny": ("CNY2020/yr", "income tax"),
    "dividend_cny": ("CNY2020/yr", "dividends to its parent"),
    "rolled_over_cny": ("CNY2020/yr", "missing cash that lenders lent for another year"),
    "rescued_cny": ("CNY2020/yr", "paid in by its owner, parent or province, for missing cash"),
    "injected_cny": ("CNY2020/yr", "paid in by its parent for projects"),
    "bought_cny": ("CNY2020/yr", "price of units and facilities bought of failed companies"),
    "unpaid_cny": ("CNY2020/yr", "bills that it left unpaid when it failed"),
    "exits": ("", "owners that failed in the year: the company, or some of those that a row stands for"),
    "defaults": ("", "of them, who owed lenders something"),
    "failed": ("", "whether it has failed, in this year or before"),
    "sold_cny": ("CNY2020/yr", "price of its units and facilities that others bought after it failed"),
    "left_cny": ("CNY2020/yr", "book value of what found no buyer in the year in which it failed"),
    "repaid_from_sales_cny": ("CNY2020/yr", "repaid to lenders when it failed"),
    "recovered_cny": ("CNY2020/yr", "of what had been written off, paid or got back in a later year"),
    "kept_running_cny": ("CNY2020/yr", "paid by customers for what it left, loses money and may not close"),
    "stranded_cny": (
        "CNY2020/yr",
        "book value left at what closes; of a lender, the part that it has financed",
    ),
    "stranded_lent_cny": ("CNY2020/yr", "part of it that lenders have financed, by debt over assets"),
    "needed_cny": ("CNY2020/yr", "what it needed to go on and no lender lent"),
    "worth_cny": ("CNY2020", "in such a year: what all it owns is worth to it if it goes on"),
    "loss_if_sold_cny": ("CNY2020", "in such a year: what lenders would lose if it failed"),
    "owner_gain_cny": ("CNY2020", "in such a year: what its going on is worth to its owner"),
    "closing_cost_cny": ("CNY2020", "in such a year: cost of closing where there is no bid, with pay"),
    "interest_coverage": ("1", "operating profit over interest; empty where it pays none"),
    "rating_step": (
        "1",
        "rating by interest coverage, a row of `rating_spreads.csv` counted from 0, the worst",
    ),
    "lender": ("", "identifier of the lender"),
    "lent_cny": ("CNY2020/yr", "lent in the year"),
    "outstanding_cny": ("CNY2020", "what it is owed at the end of the year"),
    "loss_cny": ("CNY2020/yr", "written off and not paid by a guarantor"),
    "uncovered_cny": ("CNY2020/yr", "what of its loss was more than its own funds"),
    "capital_cny": ("CNY2020", "own funds behind its loans in the region"),
    "room_cny": ("CNY2020", "what it could lend besides by its capital"),
    "available_cny": ("CNY2020", "what it could still have lent in the year, by capital and growth"),
    "loan": ("", "number of the loan in the register; one row a lender that holds a part of it"),
    "borrower": ("", "company, or issuer of `bond_issuers.csv`, that owes it"),
    "loan_kind": ("", "loan for a project, roll-over of missing cash, or opening debt"),
    "green": ("", "whether it has the green label"),
    "principal_cny": (
        "CNY2020",
        "the lender's part of the loan, at prices of the year it was granted, deflated",
    ),
    "balance_cny": ("CNY2020", "what is left of it at the end of the run, deflated"),
    "coupon": ("1/yr", "nominal rate that lenders get, fixed when granted"),
    "interest_subsidy": ("1/yr", "part of the coupon that the province pays"),
    "guarantee_share": ("1", "part of a loss that the province pays"),
    "relending_share": ("1", "part of what is left of the whole loan that the central bank refinances"),
    "relending_rate": ("1/yr", "rate that it asks of the lenders for it"),
    "relending_until_year": ("a", "last year in which it does, 0 where it does not"),
    "first_repayment_year": ("a", "first year of repayment"),
    "last_repayment_year": ("a", "last year of repayment"),
    "loss_share": ("1", "part of the principal that was written off"),
    "loan_status": ("", "at the end of the run: running, repaid, or written off in part or whole"),
    "share": ("1", "share of the option in what was bought or built"),
    "wanted_share": ("1", "share it would have had without mandate and limits of production"),
    "month": ("1", "month, 1 to 12"),
    "day_type": ("", "typical or peak day"),
    "hour": ("1", "hour of the day in Beijing time, 0 to 23"),
    "outlet": ("", "what would become of the captured CO2: storage or products"),
    "captured_tco2_per_year": ("t CO2/yr", "CO2 that the project would capture"),
    "avoided_tco2_per_year": (
        "t CO2/yr",
        "CO2 kept from the air, less what heat and electricity for capture emit",
    ),
    "worth_years": ("a", "present value of one CNY in each year of operation"),
    "capital_cny_per_year": ("CNY2020/yr", "investment before grant; all terms of capture add up to the NPV"),
    "grant_cny_per_year": ("CNY2020/yr", "public grant towards the investment"),
    "fixed_operation_cny_per_year": ("CNY2020/yr", "fixed operation of the capture plant"),
    "operation_cny_per_year": ("CNY2020/yr", "variable operation of the capture plant, materials included"),
    "heat_cny_per_year": ("CNY2020/yr", "fuel for capture heat"),
    "electricity_cny_per_year": ("CNY2020/yr", "electricity: bought for capture, or for a vehicle's charge"),
    "lost_output_cny_per_year": ("CNY2020/yr", "electricity that a power unit no longer sells"),
    "allowances_cny_per_year": ("CNY2020/yr", "free allowances of output that is no longer sold"),
    "downtime_cny_per_year": ("CNY2020/yr", "profit lost while the capture plant is connected"),
    "transport_cny_per_year": ("CNY2020/yr", "transport of CO2 to the store"),
    "storage_cny_per_year": ("CNY2020/yr", "storage of CO2"),
    "product_sales_cny_per_year": ("CNY2020/yr", "CO2 sold to products"),
    "carbon_cost_saved_cny_per_year": ("CNY2020/yr", "carbon cost that is saved, free allowances taken off"),
    "subsidy_cny_per_year": ("CNY2020/yr", "subsidy: by the tonne for capture, or for a vehicle"),
    "basis": ("", "year: as it was; expected: the expected year by which the unit decides"),
    "energy_cny_per_kw_year": (
        "CNY2020/kW/yr",
        "electricity sold, make-whole payments included; all terms add up to the margin",
    ),
    "feed_in_cny_per_kw_year": ("CNY2020/kW/yr", "what feed-in prices add to the market's price"),
    "own_use_cny_per_kw_year": (
        "CNY2020/kW/yr",
        "grid charge and losses that own use spares the unit's works",
    ),
    "heat_cny_per_kw_year": ("CNY2020/kW/yr", "heat sold, less the fuel for it"),
    "premium_cny_per_kw_year": ("CNY2020/kW/yr", "premium for renewable electricity"),
    "capacity_payment_cny_per_kw_year": ("CNY2020/kW/yr", "payment for capacity that stands ready"),
    "captured_co2_cny_per_kw_year": (
        "CNY2020/kW/yr",
        "subsidy for captured CO2, and what its sale brings or its way to others costs",
    ),
    "utilisation_cap_cny_per_kw_year": ("CNY2020/kW/yr", "paid to customers where a yearly cap limits hours"),
    "fuel_cny_per_kw_year": ("CNY2020/kW/yr", "fuel, no-load fuel included"),
    "carbon_cny_per_kw_year": ("CNY2020/kW/yr", "carbon price, free allowances taken off"),
    "capture_cny_per_kw_year": ("CNY2020/kW/yr", "operation of the capture plant, transport and storage"),
    "operation_cny_per_kw_year": ("CNY2020/kW/yr", "variable operation"),
    "fixed_operation_cny_per_kw_year": ("CNY2020/kW/yr", "fixed operation"),
    "margin_cny_per_kw_year": (
        "CNY2020/kW/yr",
        "what is left before financing, and by which the unit decides on closing",
    ),
    "reserve_cny_per_kw_year": ("CNY2020/kW/yr", "paid beside the margin to who stays as emergency reserve"),
    "sales_vehicles": ("vehicles", "vehicles sold"),
    "floor_area_m2": ("m2", "new floor area"),
    "switching_subsidy_cny_per_vehicle": (
        "CNY2020/vehicle",
        "further subsidy at which the option is worth as much as the best",
    ),
    "switching_subsidy_cny_per_m2": (
        "CNY2020/m2",
        "further subsidy at which the option is worth as much as the best",
    ),
    "price_cny_per_year": ("CNY2020/yr", "price of the vehicle, as a yearly cost"),
    "purchase_tax_cny_per_year": ("CNY2020/yr", "purchase tax, as a yearly cost"),
    "national_subsidy_cny_per_year": ("CNY2020/yr", "subsidy that the region pack holds, as a yearly amount"),
    "licence_cny_per_year": ("CNY2020/yr", "licence fee, as a yearly cost"),
    "fuel_cny_per_year": ("CNY2020/yr", "fuel without its carbon cost"),
    "carbon_cny_per_year": ("CNY2020/yr", "carbon cost of the fuel"),
    "maintenance_cny_per_year": ("CNY2020/yr", "maintenance"),
    "range_cny_per_year": ("CNY2020/yr", "what buyers mind about a range shorter than they want"),
    "chargers_cny_per_year": ("CNY2020/yr", "what buyers mind about few public chargers"),
    "reluctance_cny_per_year": ("CNY2020/yr", "what else buyers mind, fitted to past shares"),
    "peers_cny_per_year": ("CNY2020/yr", "what the choice of others last year adds"),
    "sales_cny_per_m2": ("CNY2020/m2", "sale of the floor area, discounted"),
    "construction_cny_per_m2": ("CNY2020/m2", "construction, discounted"),
    "bonus_area_cny_per_m2": ("CNY2020/m2", "floor area allowed in addition"),
    "subsidy_cny_per_m2": ("CNY2020/m2", "subsidy for the floor area"),
    "reluctance_cny_per_m2": ("CNY2020/m2", "what else builders mind, fitted to past shares"),
    "peers_cny_per_m2": ("CNY2020/m2", "what the choice of others last year adds"),
    "days": ("d", "days of the year that the row stands for"),
    "price_cny_per_mwh": ("CNY2020/MWh", "wholesale price of the hour"),
    "load_mw": ("MW", "load, served or not"),
    "coal_mw": ("MW", "output of coal units, must-run included"),
    "gas_mw": ("MW", "output of gas units, must-run included"),
    "byproduct_gas_mw": ("MW", "output of units on by-product gas, must-run included"),
    "biomass_mw": ("MW", "output of biomass units, must-run included"),
    "waste_mw": ("MW", "output of waste units, must-run included"),
    "run_of_river_mw": ("MW", "run-of-river hydropower before curtailment"),
    "small_hydro_mw": ("MW", "small hydropower before curtailment"),
    "wind_mw": ("MW", "wind power before curtailment"),
    "solar_utility_mw": ("MW", "utility-scale solar power before curtailment"),
    "solar_distributed_mw": ("MW", "distributed solar power before curtailment"),
    "reservoir_mw": ("MW", "output of reservoirs"),
    "discharge_mw": ("MW", "discharge of storage"),
    "import_mw": ("MW", "imports at the neighbours' prices"),
    "shed_mw": ("MW", "industrial load that is shed at its price"),
    "unserved_mw": ("MW", "firm load that is not served"),
    "charge_mw": ("MW", "charge of storage"),
    "export_mw": ("MW", "contracted exports less those that are curtailed; negative: imports by contract"),
    "flow_mw": ("MW", "flow to the other province as it leaves; negative: as it arrives from there"),
    "curtailed_mw": ("MW", "hydro, wind and solar output that is curtailed"),
    "load_gwh": ("GWh", "load, served or not"),
    "coal_gwh": ("GWh", "generation of coal units"),
    "gas_gwh": ("GWh", "generation of gas units"),
    "byproduct_gas_gwh": ("GWh", "generation of units on by-product gas"),
    "biomass_gwh": ("GWh", "generation of biomass units"),
    "waste_gwh": ("GWh", "generation of waste units"),
    "run_of_river_gwh": ("GWh", "generation of run-of-river hydropower"),
    "small_hydro_gwh": ("GWh", "generation of small hydropower"),
    "wind_gwh": ("GWh", "generation of wind power"),
    "solar_utility_gwh": ("GWh", "generation of utility-scale solar power"),
    "solar_distributed_gwh": ("GWh", "generation of distributed solar power"),
    "reservoir_gwh": ("GWh", "generation of reservoirs"),
    "discharge_gwh": ("GWh", "discharge of storage"),
    "import_gwh": ("GWh", "imports at the neighbours' prices"),
    "shed_gwh": ("GWh", "industrial load that is shed at its price"),
    "unserved_gwh": ("GWh", "firm load that is not served"),
    "charge_gwh": ("GWh", "charge of storage"),
    "export_gwh": ("GWh", "contracted exports less those that are curtailed; negative: imports by contract"),
    "flow_gwh": ("GWh", "flow to the other province as it leaves; negative: as it arrives from there"),
    "curtailed_gwh": ("GWh", "water, wind and sun that are curtailed"),
    "surplus_gwh": ("GWh", "output that must run and finds no use"),
}


class ResultError(Exception):
    """A result cannot be written or read; the message says which, why and what to do."""


class FolderTakenError(ResultError):
    """The folder came into being while this one was being written."""


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write one table as Parquet with zstd, page checksums and a unit per column."""
    table = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)  # threads take longer than the work
    fields = [field.with_metadata(_field_metadata(field.name)) for field in table.schema]
    table = table.cast(pa.schema(fields, metadata=table.schema.metadata))
    pq.write_table(
        table,
        path,
        compression="zstd",
        # Measured values hardly ever occur twice: a dictionary of them takes time and room, and helps nobody.
        use_dictionary=[field.name for field in fields if not pa.types.is_floating(field.type)],
        write_statistics=False,  # tables are read whole
        write_page_checksum=True,
    )


def _field_metadata(column: str) -> dict[str, str]:
    if column in COLUMNS:
        unit, description = COLUMNS[column]
        return {"unit": unit, "description": description}
    named = unit_of(column)
    return {"unit": named.display if named else "", "description": column.replace("_", " ")}


def read_table(path: Path) -> pd.DataFrame:
    """Read one table, checking every page.

    Raises:
        ResultError: if the file is damaged.

    """
    try:
        table = pq.read_table(path, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise ResultError(f"{path} cannot be read: {error}") from error
    frame: pd.DataFrame = table.to_pandas()
    return frame


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Yield a hidden folder next to `target` that becomes `target` at the end of the block; gone if it fails.

    Everything is on the disk before the one rename, so `target` is whole or absent, whenever the power goes.

    Raises:
        ResultError: if the disk is full or cannot be written; nothing is left behind then.
        FolderTakenError: if `target` exists by now; it is left as it is.

    """
    draft = target.parent / f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}"
    try:
        _sweep(target)
        draft.mkdir(parents=True)
        yield draft
        for path in (*draft.rglob("*"), draft):
            _sync(path)
        draft.rename(target)
        _sync(target.parent)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            raise FolderTakenError(f"{target} exists already") from error
        raise ResultError(
            f"cannot write {target}: {error.strerror or error}; nothing was left there"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove the drafts of `target` that a killed process or a power cut left behind."""
    for draft in target.parent.glob(f".{target.name}.*-*"):
        with suppress(FileNotFoundError):  # the process at work on it has just finished
            if draft.stat().st_mtime < time.time() - ABANDONED_AFTER_SECONDS:
                shutil.rmtree(draft, ignore_errors=True)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder; its rename is journalled
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write `manifest.json` with the digest of every file in `folder`, and of itself."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): file_digest(path) for path in paths}
    complete = dict(manifest) | {"files_sha256": files}
    complete["manifest_sha256"] = content_hash(complete)
    text = json.dumps(complete, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check `manifest.json`.

    Raises:
        ResultError: if `folder` is no result folder, is damaged, or was written by a newer Tanlu.

    """
    path = folder / MANIFEST
    if not folder.is_dir():
        raise ResultError(f"no such result folder: {folder}")
    if not path.is_file():
        raise ResultError(f"{folder} is not a result folder: it has no {MANIFEST}")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        stated = manifest.pop("manifest_sha256")
        intact = stated == content_hash(manifest)
    except (ValueError, KeyError, AttributeError) as error:
        raise ResultError(f"{path} is damaged; run the scenario again") from error
    if not intact:
        raise ResultError(f"{path} is damaged: its digest does not fit; run the scenario again")
    if manifest["format"] > FORMAT:
        raise ResultError(
            f"{folder} was written by a newer Tanlu (format {manifest['format']}); update Tanlu"
        )
    return manifest


def damaged_files(folder: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return the names of the files that are missing or whose bytes are not those that were written."""
    files: Mapping[str, str] = manifest["files_sha256"]
    return [
        name
        for name, digest in files.items()
        if not (folder / name).is_file() or file_digest(folder / name) != digest
    ]

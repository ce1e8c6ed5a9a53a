"""The table of other greenhouse gases: of each plant whose process has a factor, from least to most."""

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from tanlu.core.units import KG_PER_T, T_PER_KT, T_PER_MT
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message

FACTORS = Path(__file__).with_name("factors.csv")
TOTAL = "Emissions|Kyoto Gases|Other than CO2"
ENDS = ("low", "high")
# Tonnes of CO2 that warm as much in a hundred years. Source: IPCC 2021, sixth report, working group I, table 7.SM.7;
# figures of CF4 and C2F6 seen in an excerpt, the others from memory.
CO2_EQUIVALENT = {"CH4": 29.8, "N2O": 273.0, "CF4": 7380.0, "C2F6": 12400.0}
PLANT_COLUMNS = ["replication", "year", "province", "decider", "name", "name_zh", "process"]
OUTPUT_COLUMNS = ["output", "output_unit"]


class GasFactor(NamedTuple):
    """What a process emits of a gas per tonne of its output, from least to most."""

    process: str
    gas: str
    formed_kg_per_t: tuple[float, float]
    destroyed_share: tuple[float, float]
    source: str
    grade: str
    note: str

    @property
    def emitted_kg_per_t(self) -> tuple[float, float]:
        """Compute what is formed and not destroyed, from least to most."""
        formed_low, formed_high = self.formed_kg_per_t
        destroyed_least, destroyed_most = self.destroyed_share
        return formed_low * (1.0 - destroyed_most), formed_high * (1.0 - destroyed_least)


@cache
def gas_factors() -> tuple[GasFactor, ...]:
    """Read the factors of all processes that have one."""
    with FACTORS.open(encoding="utf-8", newline="") as stream:
        return tuple(
            GasFactor(
                row["process"],
                row["gas"],
                (float(row["formed_low_kg_per_t"]), float(row["formed_high_kg_per_t"])),
                (float(row["destroyed_low_share"]), float(row["destroyed_high_share"])),
                row["source"],
                row["grade"],
                row["note"],
            )
            for row in csv.DictReader(stream)
        )


def greenhouse_gases(plants: pd.DataFrame | None) -> pd.DataFrame:
    """Compute the other gases of each plant from the table of plants.

    Args:
        plants: `plants` of a result.

    Returns:
        One row a draw, year, plant and gas: output [t], the gas [t] and its CO2 equivalent [Mt] at both ends, grade.

    Raises:
        ResultError: if the result was made without the table of plants, or its table lacks a column.
    """
    if plants is None or not {*PLANT_COLUMNS, *OUTPUT_COLUMNS} <= {*plants.columns}:
        raise ResultError(build_message("gases_need_plants"))
    parts = []
    for factor in gas_factors():
        makers = plants[(plants["process"] == factor.process) & (plants["output_unit"] == "t/yr")]
        part = makers[PLANT_COLUMNS].astype({name: str for name in PLANT_COLUMNS[2:]})
        part = part.assign(gas=factor.gas, output_t=makers["output"])
        for end, release_kg_per_t in zip(ENDS, factor.emitted_kg_per_t, strict=True):
            part[f"{end}_t"] = makers["output"] * (release_kg_per_t / KG_PER_T)
            part[f"{end}_mtco2e"] = part[f"{end}_t"] * (CO2_EQUIVALENT[factor.gas] / T_PER_MT)
        parts.append(part.assign(grade=factor.grade))
    order = ["replication", "year", "decider", "gas"]
    return pd.concat(parts).sort_values(order, ignore_index=True)


def gas_totals(table: pd.DataFrame, years: Sequence[int], regions: Sequence[str]) -> pd.DataFrame:
    """Sum the gases of plants by year and region as indicators, mean over draws.

    Args:
        table: what `greenhouse_gases` gives.
        years: of the run.
        regions: provinces, and the whole region last.

    Returns:
        One row a region, variable, end and year, with its unit; the last variable is `TOTAL`.
    """
    draws = max(table["replication"].nunique(), 1)
    rows = []
    for region in regions:
        in_region = table if region == regions[-1] else table[table["province"] == region]
        for gas in (*CO2_EQUIVALENT, ""):
            of_gas = in_region if not gas else in_region[in_region["gas"] == gas]
            for end in ENDS:
                column = f"{end}_t" if gas else f"{end}_mtco2e"
                values = of_gas.groupby("year")[column].sum().reindex(list(years), fill_value=0.0) / draws
                rows.append(
                    pd.DataFrame(
                        {
                            "region": region,
                            "variable": f"Emissions|{gas}" if gas else TOTAL,
                            "end": end,
                            "unit": f"kt {gas}/yr" if gas else "Mt CO2-equiv/yr",
                            "year": values.index,
                            "value": values.to_numpy() / (T_PER_KT if gas else 1.0),
                        }
                    )
                )
    return pd.concat(rows, ignore_index=True)

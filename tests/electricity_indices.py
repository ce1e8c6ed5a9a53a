"""What each part of electricity demand used in past years: rows of drivers.csv before the last statistic.

Run as a program, this file writes these rows into the pack `chengyu`.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import PARTS
from tanlu.core.places import PACKS
from tanlu.core.units import MWH_PER_TWH
from tanlu.evaluation.tables import past_run
from tanlu.markets import demand
from tanlu.markets.demand import split_statistic
from tanlu.region.demand import INDEXED_PARTS
from tanlu.region.pack import Region, load_region
from tanlu.region.tables import year_index
from tests.model_runs import calls_of

FACILITIES, VEHICLES = PARTS.index("facilities"), PARTS.index("vehicles")
DECIMALS = 4
SHARE_NOTE = (
    "assumed share of the statistic (demand_shares.csv) in a year of usual seasons, without charging, cohorts"
)
REST_NOTE = "what the other parts and cohorts leave of the statistic"
BEFORE_NOTE = "; facilities move with output, vehicles use as much as in 2020, cohorts their share of it"


def parts_mwh(region: Region) -> Mapping[int, Floats]:
    """Return what each part used without its cohorts in every year of statistics, seasons as usual, MWh [Q, P].

    What facilities, vehicles and cohorts use is that of the baseline. Before the base year facilities use what they
    make times the electricity of their usual processes, on the level of the base year; vehicles use as much as in that
    year, and cohorts take the share of their part that they took in it.
    """
    with calls_of(demand, "electricity_demand") as calls:
        run = past_run(region)
    cohorts = {named["year"]: named["cohorts_mwh"] for _, named, _ in calls}
    goods = region.industry.products
    use = np.swapaxes(run.record.demand.by_use_mwh, 1, 2)  # [year, Q, P]
    made = region.industry.demand_kt @ goods.usual_electricity_mwh_per_t  # [year, P], up to a factor
    found = {}
    for year in range(region.first_observed_year, region.last_observed_year + 1):
        own = use[max(year - region.base_year, 0)]
        moved = made[year_index(min(year, region.base_year))] / made[year_index(region.base_year)]
        load = region.power.demand_twh[year_index(year)] * MWH_PER_TWH
        seasons = region.demand.usual_seasonal_share
        found[year] = split_statistic(region, year, load, own[FACILITIES] * moved, own[VEHICLES], seasons)
    first = cohorts[region.base_year] / found[region.base_year]
    return {year: np.maximum(mwh - cohorts.get(year, first * mwh), 0.0) for year, mwh in found.items()}


def rows(region: Region) -> Iterator[tuple[str, ...]]:
    """Yield the rows of drivers.csv before the last statistic, whose index is 1."""
    parts, last = parts_mwh(region), region.last_observed_year
    for p, province in enumerate(region.axes.provinces):
        for part in sorted(INDEXED_PARTS):
            for year in range(region.first_observed_year, last):
                q, rest = PARTS.index(part), part == "other_industry"
                value = parts[year][q, p] / parts[last][q, p]
                source, grade = ("CREA_CN;CALC", "C") if rest else ("CREA_CN;MEM;CALC", "D")
                note = (REST_NOTE if rest else SHARE_NOTE) + (BEFORE_NOTE if year < region.base_year else "")
                cells = (f"{round(value, DECIMALS):g}", f"{last}=1", source, grade, note)
                yield (province, f"{part}_electricity_index", str(year), *cells)


def write(region: Region, file: Path) -> None:
    """Put the rows into the table in place of those it has of these years."""
    with file.open(encoding="utf-8", newline="") as stream:
        heading, *table = list(csv.reader(stream))
    mine = list(rows(region))
    written = {row[:3] for row in mine}
    kept = [row for row in table if tuple(row[:3]) not in written]
    order = list(dict.fromkeys((row[0], row[1]) for row in kept))
    every = sorted([*kept, *map(list, mine)], key=lambda row: (order.index((row[0], row[1])), int(row[2])))
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([heading, *every])


if __name__ == "__main__":
    write(load_region("chengyu"), PACKS / "chengyu" / "drivers.csv")

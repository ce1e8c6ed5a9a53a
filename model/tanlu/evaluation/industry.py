"""Output times process factors against the CO2 inventory of past years, for industry and transport."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import COUNTRY, SECTOR
from tanlu.core.units import KT_PER_MT
from tanlu.evaluation.past_facts import past_facts
from tanlu.evaluation.tables import PUBLISHED_INVENTORY, Backtest, ComparisonRow, build_report, build_section
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region, load_region
from tanlu.region.tables import DATA_YEARS, year_index, yearly

BOUND_PERCENT = 10.0
NOTES = (
    "Model: observed output times the factors of the usual process, and the rest of the sector's fuel in the latest "
    "inventory moved back with output of its first product (steel, cement), real GRDP (chemicals), or real GRDP and "
    "the nation's CO2 of transport per GDP (transport).",
    "Process CO2 of cement: clinker times its factor, nothing moved; the latest year counts too.",
    "The latest year is met by construction and left out.",
)


def backtest_industry(name: str) -> Backtest:
    """Compare CO2 of sectors with the inventory of past years.

    The pack `name` names the sectors.

    Raises:
        RegionError: if there is no such pack.
    """
    region = load_region(name)
    rows = tuple(industry_rows(region))
    section = build_section(
        "Backtest: CO2 of industry and transport, Mt", rows, past_facts(region).notes_of("industry", *NOTES)
    )
    return Backtest(rows, build_report(f"{region.name}, industry and transport", rows, (section,)))


def industry_rows(region: Region) -> Iterator[ComparisonRow]:
    """Yield each sector's CO2 with the inventory's, Mt."""
    last = region.industry.inventory_year
    for sector, first in past_facts(region).inventory_first_years.items():
        fuel, process, mover = (
            fuel_mtco2(region, sector),
            process_mtco2(region, sector),
            _mover(region, sector),
        )
        total = fuel + process
        for p, province in enumerate(region.axes.provinces):
            # The rest is of fuel: process CO2 has rows of its own, and what it misses in one year is no other year's.
            published = _published_mtco2(region, province, sector, last)
            published -= _published_mtco2(region, province, sector, last, "process")
            rest = published - fuel[year_index(last), p]
            for year in range(max(first, int(DATA_YEARS[0])), last):
                t = year_index(year)
                model = total[t, p] + rest * mover[t, p] / mover[year_index(last), p]
                statistic = _published_mtco2(region, province, sector, year)
                yield ComparisonRow(
                    f"CO2 of {sector}", province, "Mt", year, float(model), statistic, BOUND_PERCENT
                )
    yield from process_rows(region)


def process_rows(region: Region) -> Iterator[ComparisonRow]:
    """Yield process CO2 of cement with the inventory's, Mt.

    It is clinker times its factor.
    """
    process, last = process_mtco2(region, "cement"), region.industry.inventory_year
    first = past_facts(region).inventory_first_years.get("cement", last + 1)
    for p, province in enumerate(region.axes.provinces):
        for year in range(first, last + 1):
            model = float(process[year_index(year), p])
            statistic = _published_mtco2(region, province, "cement", year, "process")
            yield ComparisonRow(
                "process CO2 of cement", province, "Mt", year, model, statistic, BOUND_PERCENT
            )


def fuel_mtco2(region: Region, sector: str) -> Floats:
    """Compute fuel CO2 of the sector's observed output, Mt [year, P].

    By the usual processes of its products.
    """
    goods, factors = region.industry.products, region.power.carrier_co2_t_per_gj[: len(ENERGY)]
    return _of_output(region, sector, goods.usual_energy_gj_per_t @ factors)


def process_mtco2(region: Region, sector: str) -> Floats:
    """Compute process CO2 of the sector's observed output, Mt [year, P].

    It counts for cement alone, as in the inventory.
    """
    per_tonne = region.industry.products.usual_process_tco2_per_t
    return _of_output(region, sector, per_tonne if sector == "cement" else 0.0 * per_tonne)


def _of_output(region: Region, sector: str, tco2_per_t: Floats) -> Floats:
    """Multiply the sector's observed output by a factor, Mt [year, P].

    `tco2_per_t` is by product.
    """
    in_sector = region.industry.products.sector == SECTOR[sector]
    return np.asarray((region.industry.demand_kt * (tco2_per_t * in_sector)).sum(axis=2)) / KT_PER_MT


def _mover(region: Region, sector: str) -> Floats:
    """Compute the index that moves unexplained CO2 [year, P].

    No product of the pack explains it.
    """
    products = np.flatnonzero(region.industry.products.sector == SECTOR[sector])
    if sector in ("steel", "cement"):
        return np.asarray(region.industry.demand_kt[:, :, products[0]])
    if sector == "transport":
        return region.industry.grdp_index * _national_intensity(region)[:, None]
    return region.industry.grdp_index


def _national_intensity(region: Region) -> Floats:
    """Compute the nation's CO2 of transport per real GDP [year].

    Vehicles drive less each, and burn less.
    """
    table = region.tables["vehicle_statistics"]
    nation = table[table["province"] == COUNTRY]
    emissions, product = (yearly(nation[nation["variable"] == v]) for v in ("transport_co2_mt", "gdp_index"))
    return emissions / product


def _published_mtco2(
    region: Region, province: str, sector: str, year: int, carrier: str | None = None
) -> float:
    table = region.tables["inventory"]
    rows = table[(table["province"] == province) & (table["year"] == year) & (table["sector"] == sector)]
    if carrier is not None:
        rows = rows[rows["carrier"] == carrier]
    return float(rows.loc[rows["source"].str.startswith(PUBLISHED_INVENTORY), "co2_mt"].sum())

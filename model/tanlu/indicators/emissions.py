"""Indicators of emissions, of the energy behind them, of both per product, and of their price."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import BIOMASS_FUELS, CARRIERS, FUEL, HYDRO_FUELS, RENEWABLE_FUELS, SECTOR
from tanlu.core.units import CNY_PER_BN_CNY, CNY_PER_MCNY, GJ_PER_TCE, KG_PER_MT, T_PER_MT
from tanlu.indicators.base import Indicator, Reader, column, percent, scaled
from tanlu.indicators.co2 import returned_tco2
from tanlu.records.year import YearRecord
from tanlu.region.industry import ENERGY
from tanlu.region.pack import Region

GCE_PER_KWH = 305.5  # national mean heat rate of 2020, the office's factor for primary electricity
NON_FOSSIL = [FUEL[f] for f in (*HYDRO_FUELS, *RENEWABLE_FUELS, *BIOMASS_FUELS)]
FOSSIL = [ENERGY.index(carrier) for carrier in ("coal", "oil", "gas")]
FUEL_CARRIERS = [CARRIERS.index(carrier) for carrier in ("coal", "oil", "gas")]  # of CO2, without processes
SECTOR_VARIABLES = {
    "electricity": "Emissions|CO2|Energy|Supply|Electricity",
    "heat": "Emissions|CO2|Energy|Supply|Heat",
    "steel": "Emissions|CO2|Industry|Steel",
    "cement": "Emissions|CO2|Industry|Cement",
    "aluminium": "Emissions|CO2|Industry|Aluminium",
    "chemicals": "Emissions|CO2|Industry|Chemicals",
    "refining": "Emissions|CO2|Industry|Refining",
    "gas_processing": "Emissions|CO2|Industry|Gas Processing",
    "other_industry": "Emissions|CO2|Industry|Other",
    "transport": "Emissions|CO2|Energy|Demand|Transportation",
    "buildings": "Emissions|CO2|Energy|Demand|Buildings",
    "agriculture": "Emissions|CO2|Energy|Demand|Agriculture",
}
SECTOR_SUMS = (
    "Emissions|CO2|Energy",
    "Emissions|CO2|Energy|Supply",
    "Emissions|CO2|Energy|Demand",
    "Emissions|CO2|Industry",
)


def emission_indicators() -> list[Indicator]:
    """List indicators of CO2: total, by sector, and by carrier.

    Sectors have sums; carriers are outside these.
    """
    mt = "Mt CO2/yr"
    rows = [Indicator("Emissions|CO2", mt, emissions)]
    rows += [Indicator(name, mt, _emissions_below(name)) for name in SECTOR_SUMS]
    for sector, name in SECTOR_VARIABLES.items():
        rows.append(
            Indicator(name, mt, column(lambda r: r.emissions.by_sector_tco2, SECTOR[sector], T_PER_MT))
        )
    for i, carrier in enumerate(CARRIERS):
        if carrier != "biomass":
            name = "Industrial Processes" if carrier == "process" else carrier.title()
            read = column(lambda r: r.emissions.by_carrier_tco2, i, T_PER_MT)
            rows.append(Indicator(f"Emissions|CO2|By Fuel|{name}", mt, read))
    return rows


def energy_indicators(region: Region) -> list[Indicator]:
    """List indicators of primary and of non-fossil energy."""
    share = region.parameters["imported_electricity_non_fossil_share"]

    def total(record: YearRecord) -> Floats:
        return primary_energy_mtce(record, share)

    def clean(record: YearRecord) -> Floats:
        return non_fossil_mtce(record, share)

    return [
        Indicator("Primary Energy", "Mtce/yr", total),
        *(
            Indicator(
                f"Primary Energy|{ENERGY[i].title()}",
                "Mtce/yr",
                column(lambda r: r.emissions.fuel_gj, i, GJ_PER_TCE * T_PER_MT),
            )
            for i in FOSSIL
        ),
        Indicator("Primary Energy|Non-Fossil", "Mtce/yr", clean),
        Indicator("Primary Energy|Non-Fossil Share", "%", lambda r: percent(clean(r), total(r)), total),
        *(
            Indicator(f"Primary Energy|{ENERGY[i].title()} Share", "%", _share_of_energy(i, total), total)
            for i in FOSSIL
        ),
        Indicator("Primary Energy|Per GRDP", "tce/million CNY2020", _per_grdp(total), grdp_cny),
    ]


def product_indicators() -> list[Indicator]:
    """List the regional product and what CO2 there is for a unit of it, by two accounts."""
    scope, unit = "Emissions|CO2|Official Scope", "t CO2/million CNY2020"
    return [
        Indicator("GRDP", "bn CNY2020/yr", scaled(grdp_cny, CNY_PER_BN_CNY)),
        Indicator("Emissions|CO2|Per GRDP", unit, _per_grdp(emissions), grdp_cny),
        Indicator(scope, "Mt CO2/yr", officially_counted_mtco2),
        Indicator(f"{scope}|Per GRDP", unit, _per_grdp(officially_counted_mtco2), grdp_cny),
    ]


def carbon_price_indicators() -> list[Indicator]:
    """List the mean price of all emissions; those of the market are in the declared tables."""
    return [Indicator("Price|Carbon", "CNY2020/t CO2", _mean_price, emissions)]


def emissions(record: YearRecord) -> Floats:
    """Compute CO2 emissions, Mt [Y, P].

    Captured CO2 that was vented, or that products let go again, is in them.
    """
    return (record.emissions.by_sector_tco2.sum(axis=2) + returned_tco2(record)) / T_PER_MT


def officially_counted_mtco2(record: YearRecord) -> Floats:
    """Compute CO2 as provinces are judged by it, Mt [Y, P].

    Fuels burnt, without processes, and the electricity that comes in less that which goes out.
    Source: method of the yearly review of provinces, docs/model/electricity_market.md.
    """
    fuels_tco2 = record.emissions.by_carrier_tco2[:, :, FUEL_CARRIERS].sum(axis=2)
    return np.asarray((fuels_tco2 + record.border.official_net_tco2) / T_PER_MT)


def grdp_cny(record: YearRecord) -> Floats:
    """Read the gross regional product, CNY of 2020 [Y, P]."""
    return record.emissions.grdp_cny


def _per_grdp(read_mt: Reader) -> Reader:
    """Build a reader of tonnes per million CNY, from one of Mt."""
    return lambda r: read_mt(r) * T_PER_MT / (grdp_cny(r) / CNY_PER_MCNY)


def _share_of_energy(carrier: int, total: Reader) -> Reader:
    """Build a reader of the share of a fuel in primary energy, percent."""
    burnt = column(lambda r: r.emissions.fuel_gj, carrier, GJ_PER_TCE * T_PER_MT)
    return lambda r: percent(burnt(r), total(r))


def _emissions_below(name: str) -> Reader:
    """Build a reader that sums sectors below a name, Mt [Y, P]."""
    columns = [
        SECTOR[sector] for sector, variable in SECTOR_VARIABLES.items() if variable.startswith(f"{name}|")
    ]
    return lambda r: r.emissions.by_sector_tco2[:, :, columns].sum(axis=2) / T_PER_MT


def primary_energy_mtce(record: YearRecord, imported_share: float) -> Floats:
    """Compute primary energy consumption, Mtce [Y, P].

    It is fuels burnt, and non-fossil and imported electricity at the mean heat rate.

    Source: the office's coal-equivalent accounting of primary electricity.
    """
    fossil = record.emissions.fuel_gj[:, :, FOSSIL].sum(axis=2) / GJ_PER_TCE / T_PER_MT
    fossil_imports_mwh = np.maximum(-record.power.export_mwh, 0.0) * (1.0 - imported_share)
    return fossil + fossil_imports_mwh * GCE_PER_KWH / KG_PER_MT + non_fossil_mtce(record, imported_share)


def non_fossil_mtce(record: YearRecord, imported_share: float) -> Floats:
    """Compute non-fossil energy, Mtce [Y, P].

    What leaves the region and what flows between the provinces is hydropower by contract; of what comes in,
    `imported_share` is non-fossil.
    """
    power = record.power
    sent_mwh = np.maximum(power.export_mwh, 0.0) + power.flow_mwh
    clean_imports_mwh = np.maximum(-power.export_mwh, 0.0) * imported_share
    clean_mwh = power.output_mwh[:, :, NON_FOSSIL].sum(axis=2) - sent_mwh + clean_imports_mwh
    biomass = record.emissions.fuel_gj[:, :, ENERGY.index("biomass")] / GJ_PER_TCE / T_PER_MT
    return np.maximum(clean_mwh, 0.0) * GCE_PER_KWH / KG_PER_MT + biomass


def _mean_price(record: YearRecord) -> Floats:
    """Compute the mean carbon price, CNY/t CO2 [Y, P].

    Sectors are weighted by their emissions.
    """
    price, emissions_tco2 = record.carbon_market.effective_price_cny_per_tco2, record.emissions.by_sector_tco2
    total = np.maximum(emissions_tco2.sum(axis=2), 1e-9)
    return np.asarray((price * emissions_tco2).sum(axis=2) / total)

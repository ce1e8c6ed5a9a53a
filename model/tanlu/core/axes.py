"""The axes of the model's arrays: names, positions and lengths; those of a region come with its pack."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Axes(NamedTuple):
    """What a region pack says about its axes."""

    provinces: tuple[str, ...]  # [P]
    region: str  # the provinces together
    export_lines: tuple[str, ...]  # [L] lines of contracted exports
    base_year: int  # runs start in it or later, and costs and stocks of "today" are those of this year
    last_observed_year: int  # of the statistics
    labels: Mapping[str, Mapping[str, str]]  # of provinces and region: name -> language -> words
    absent_tables: tuple[str, ...] = ()  # that the pack may lack, and does

    @property
    def regions(self) -> tuple[str, ...]:
        """List the provinces, then the region [P + 1]."""
        return (*self.provinces, self.region)

    def shape(self, *names: str) -> tuple[int, ...]:
        """Find the lengths of the axes `names`: those of the pack, or of `LENGTHS`."""
        lengths = {**LENGTHS, "province": len(self.provinces), "export_line": len(self.export_lines)}
        return tuple(lengths[name] for name in names)


COUNTRY = "China"  # region of rows of tables that are about the whole country
SECTORS = (
    "electricity",
    "heat",
    "steel",
    "cement",
    "aluminium",
    "chemicals",
    "refining",
    "gas_processing",
    "other_industry",
    "transport",
    "buildings",
    "agriculture",
)
CARRIERS = ("coal", "oil", "gas", "biomass", "process")
FUELS = (
    "coal",
    "gas",
    "byproduct_gas",
    "biomass",
    "waste",
    "hydro_reservoir",
    "hydro_run_of_river",
    "pumped_storage",
    "battery",
    "wind",
    "solar_utility",
    "solar_distributed",
    "small_hydro",
)
GAS_FUELS = ("gas", "byproduct_gas")
BIOMASS_FUELS = ("biomass", "waste")
THERMAL_FUELS = ("coal", *GAS_FUELS, *BIOMASS_FUELS)
# The inventory counts by-product gases with coal. Coal comes last: it makes what the others leave.
INVENTORY_CARRIERS = {
    "waste": CARRIERS.index("biomass"),
    "biomass": CARRIERS.index("biomass"),
    "byproduct_gas": CARRIERS.index("coal"),
    "gas": CARRIERS.index("gas"),
    "coal": CARRIERS.index("coal"),
}
LARGE_HYDRO_FUELS = ("hydro_reservoir", "hydro_run_of_river")  # plants above 6 MW
HYDRO_FUELS = (*LARGE_HYDRO_FUELS, "small_hydro")
STORAGE_FUELS = ("pumped_storage", "battery")
SOLAR_FUELS = ("solar_utility", "solar_distributed")
SEASONS = ("wet", "dry")
RENEWABLE_FUELS = ("wind", *SOLAR_FUELS)  # what weather moves; water is apart
CREDITED = (
    *RENEWABLE_FUELS,
    "coal",
    "gas",
    "store_2_hours",
    "store_4_hours",
)  # of which capacity is credited
PARTS = (  # of electricity demand
    "facilities",
    "other_industry",
    "agriculture",
    "services",
    "data_centres",
    "households",
    "cooling",
    "heating",
    "vehicles",
)
# Of industry, in the order in which load is cut; the last holds what is used outside of listed facilities too.
RATIONING_TIERS = ("heavy_industry", "process_industry", "other_industry")
CUSTOMERS = ("residential", "industrial", "commercial", "agricultural")  # classes of the electricity tariff

SEGMENTS = ("car", "taxi", "bus", "light_truck", "heavy_truck")
VEHICLE_TECHNOLOGIES = ("fuel", "battery", "plug_in_hybrid")
# Who issues green bonds but is no company, and all who do.
ISSUER_KINDS = ("rail_transit", "city_infrastructure", "grid_company", "local_government")
ISSUERS = ("companies", *ISSUER_KINDS)
BUILDING_METHODS = ("cast_in_place", "prefabricated", "modular")
# Whose blocks nothing but cohorts of adopters and road vehicles is in; the rest of other sectors is facilities.
COHORT_SECTORS = ("heat", "other_industry", "transport", "buildings", "agriculture")
END_USE_TECHNOLOGIES = ("coal", "oil", "gas", "biomass", "electric", "heat_pump")  # by what they run on

S, C, F = len(SECTORS), len(CARRIERS), len(FUELS)
G, V, M = len(SEGMENTS), len(VEHICLE_TECHNOLOGIES), len(BUILDING_METHODS)
# Of the axes that are the same in every region, by name; those of a region are in `Axes.shape`.
LENGTHS: Mapping[str, int] = MappingProxyType(
    {
        "sector": S,
        "carrier": C,
        "fuel": F,
        "segment": G,
        "vehicle_technology": V,
        "building_method": M,
        "season": len(SEASONS),
        "end_use_technology": len(END_USE_TECHNOLOGIES),
    }
)
SECTOR = {name: i for i, name in enumerate(SECTORS)}
CARRIER = {name: i for i, name in enumerate(CARRIERS)}
FUEL = {name: i for i, name in enumerate(FUELS)}

MONTHS, DAY_TYPES, HOURS = 12, 2, 24
APPRAISAL_YEARS = 30  # how far an appraisal looks ahead before values are taken as flat
# Years that the arrays of a region pack cover: past statistics, runs, and how far appraisals look ahead of them.
FIRST_DATA_YEAR, LAST_DATA_YEAR = 2015, 2140

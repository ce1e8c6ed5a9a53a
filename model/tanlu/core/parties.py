"""The parties of payments: their names, and the number of each in tables."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from tanlu.core.axes import FUELS, SECTORS

HOUSEHOLDS, SERVICES, AGRICULTURE = "households", "services", "agriculture"
SMALL_INDUSTRY = "small_industry"  # industry and heat plants that are no listed facility
BUILDERS, RAIL, CITIES = "builders", "rail", "cities"
GENERATORS = tuple(f"power_{fuel}" for fuel in FUELS)
FACILITIES = tuple(f"industry_{sector}" for sector in SECTORS)
BUSINESSES = (*GENERATORS, *FACILITIES)  # what companies own; their cash is the companies'
COMPANIES, PARENTS, LENDERS, HUBS = "companies", "parents", "lenders", "hubs"
GRID = "grid"  # passes on what customers pay, and keeps nothing
GRID_COMPANY = "grid_company"  # bears the cost of lines, and has what is left of tariffs
SURCHARGE_FUND = "surcharge_fund"
GREEN_FUND = "green_fund"  # of each province, fed by carbon revenue
CENTRE, CENTRAL_BANK = "national", "central_bank"
REST = "rest_of_country"  # suppliers, buyers of products, staff, other provinces, abroad

# Customers, businesses, those who finance them, networks and the rest; provinces follow the centre.
_CUSTOMERS = (HOUSEHOLDS, SERVICES, AGRICULTURE, SMALL_INDUSTRY, BUILDERS, RAIL, CITIES)
_NETWORKS = (GRID, GRID_COMPANY, SURCHARGE_FUND, HUBS)
_NATIONWIDE = (
    *(*_CUSTOMERS, *BUSINESSES, COMPANIES, PARENTS, LENDERS, *_NETWORKS),
    *(GREEN_FUND, CENTRAL_BANK, REST, CENTRE),
)
PARTY: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(_NATIONWIDE)})
FIRST_BUSINESS = PARTY[BUSINESSES[0]]
FIRST_GOVERNMENT = PARTY[CENTRE]
FIRST_PROVINCE = len(_NATIONWIDE)


@cache
def list_parties(provinces: tuple[str, ...]) -> tuple[str, ...]:
    """List all parties of payments by number."""
    return (*_NATIONWIDE, *provinces)

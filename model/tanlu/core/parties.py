"""The parties of payments: their names, and the number of each in tables."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUELS, SECTOR, SECTORS, S

HOUSEHOLDS, SERVICES, AGRICULTURE = "households", "services", "agriculture"
SMALL_INDUSTRY = "small_industry"  # industry and heat plants that are no listed facility
BLOCK_PAYERS = (HOUSEHOLDS, SERVICES, AGRICULTURE, SMALL_INDUSTRY)
BLOCK_PAYER = {"transport": SERVICES, "agriculture": AGRICULTURE}  # others but buildings: small industry
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


@cache
def block_payer_shares(home: float) -> Floats:
    """Compute who pays which share for the block of a sector [BLOCK_PAYERS, S], homes `home` of buildings'."""
    shares = np.zeros((len(BLOCK_PAYERS), S))
    for s, sector in enumerate(SECTORS):
        shares[BLOCK_PAYERS.index(BLOCK_PAYER.get(sector, SMALL_INDUSTRY)), s] = 1.0
    shares[:, SECTOR["buildings"]] = 0.0
    shares[BLOCK_PAYERS.index(HOUSEHOLDS), SECTOR["buildings"]] = home
    shares[BLOCK_PAYERS.index(SERVICES), SECTOR["buildings"]] = 1.0 - home
    return shares

"""The list of all yearly tables that are declared (`records/yearly.py`)."""

from tanlu.records.carbon_tables.classes import CLASS_TABLE
from tanlu.records.carbon_tables.companies import CARBON_POSITIONS
from tanlu.records.carbon_tables.nation import NATIONAL_ACCOUNT
from tanlu.records.carbon_tables.price import PRICE_TABLE
from tanlu.records.issuers import ISSUER_TABLE

YEARLY_TABLES = (PRICE_TABLE, NATIONAL_ACCOUNT, CLASS_TABLE, CARBON_POSITIONS, ISSUER_TABLE)

"""What payments are for, by number: public items first, then what others pay each other for."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from tanlu.core.payments import PUBLIC_ITEMS, Block, PaymentLines, draw_lines, draw_lines_by_province
from tanlu.power.tariffs import COMPONENTS

TARIFF_ITEMS = tuple(f"electricity_{component}" for component in COMPONENTS)
ITEMS = (
    *PUBLIC_ITEMS,
    # of electricity
    *TARIFF_ITEMS,
    *("electricity", "industry_pays_last_years_tariff", "electricity_sold", "utilisation_cap"),
    *(
        "capacity_payment",
        "renewable_premium",
        "contract_for_difference",
        "emergency_reserve",
        "feed_in_price",
    ),
    *("grid_charge_spared_by_own_use", "electricity_exports", "electricity_imports", "surcharges"),
    *("transmission_distribution", "line_losses", "line_between_provinces", "billed_but_not_served"),
    *("imports_below_price", "mean_of_clearings", "waste_treatment"),
    # of businesses
    *("products", "fuel", "heat_above_its_fuel", "materials_and_operation", "border_charge"),
    *("allowances_at_price", "capture_operation", "co2_sold", "co2_transport_and_storage"),
    # of consumers
    *("vehicles_and_oil", "construction", "fares", "lines_and_operation"),
    # of companies, lenders and hubs
    *("interest", "repayment", "loans_for_projects", "loans_for_missing_cash", "dividends", "injection"),
    *("bills_left_unpaid", "kept_running", "loans_for_what_failed", "recovered", "investment"),
    *("allowances_and_offsets", "green_fund_grant", "green_bonds", "works_from_green_bonds"),
    *("relending", "relending_repaid", "relending_interest", "interest_passed_on", "deposits"),
    *("co2_lines", "co2_stores_and_trucks"),
    "joint_effort",  # of provinces among themselves
)
ITEM: Mapping[str, int] = MappingProxyType({name: number for number, name in enumerate(ITEMS)})


def lines(*rows: tuple[str, str, str]) -> PaymentLines:
    """Draw lines from payer, payee and item of each."""
    return draw_lines(ITEM, rows)


@cache
def lines_by_province(provinces: int, *rows: tuple[str | None, str | None, str]) -> PaymentLines:
    """Draw a line of each province for each row [rows x provinces]; a party that is None is the province."""
    return draw_lines_by_province(ITEM, rows, provinces)


class Form:
    """A form of payments, one a line: payer, payee and item, to be filled in every year."""

    def __init__(self, *rows: tuple[str, str, str]) -> None:
        self.items = tuple(purpose for _, _, purpose in rows)
        self.lines = lines(*rows)

    def fill(self, amounts_cny: Mapping[str, float]) -> Block:
        """Fill in the amount of each item, CNY."""
        return Block(self.lines, np.array([amounts_cny[purpose] for purpose in self.items], dtype=float))

"""Payments for electricity: bills, what the grid passes on, and what it keeps."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import CUSTOMERS, PARTS
from tanlu.core.outcomes import PowerOutcome, sum_trades
from tanlu.core.parties import (
    AGRICULTURE,
    BLOCK_PAYERS,
    BUSINESSES,
    CITIES,
    GENERATORS,
    GRID,
    GRID_COMPANY,
    HOUSEHOLDS,
    REST,
    SERVICES,
    SMALL_INDUSTRY,
    SURCHARGE_FUND,
)
from tanlu.core.payments import Block
from tanlu.industry.facilities import Industry
from tanlu.power.hours import CURTAILED_EXPORT, IMPORT, SHED, merit_sources_mw
from tanlu.power.plants import PowerPlants
from tanlu.power.tariffs import COMPONENTS, INDUSTRIAL
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.businesses import Businesses, split_blocks
from tanlu.records.payments.items import TARIFF_ITEMS, Form, lines

FACILITIES = PARTS.index("facilities")
CUSTOMER = {"residential": HOUSEHOLDS, "commercial": SERVICES, "agricultural": AGRICULTURE}
ROUNDING = 1e-12  # of what the load pays
BILL_LINES = lines(
    *(
        (CUSTOMER.get(customer, SMALL_INDUSTRY), GRID, purpose)
        for customer in CUSTOMERS
        for purpose in TARIFF_ITEMS
    )
)
INDUSTRY_LINES = lines(*((payer, GRID, "electricity") for payer in (*BUSINESSES, *BLOCK_PAYERS)))
# What plants get, and who pays it.
PLANT_ITEMS = (
    ("electricity_sold", GRID),
    ("capacity_payment", GRID),
    ("renewable_premium", GRID),
    ("contract_for_difference", GRID),
    ("emergency_reserve", GRID),
    ("feed_in_price", SURCHARGE_FUND),
    ("grid_charge_spared_by_own_use", GRID_COMPANY),
    ("waste_treatment", CITIES),
)
PLANT_LINES = lines(
    *((payer, generator, purpose) for purpose, payer in PLANT_ITEMS for generator in GENERATORS),
    *((generator, GRID, "utilisation_cap") for generator in GENERATORS),
)
GRID_FORM = Form(
    (REST, GRID, "electricity_exports"),
    (GRID, REST, "electricity_imports"),
    (GRID, SURCHARGE_FUND, "surcharges"),
    *(
        (GRID, GRID_COMPANY, purpose)
        for purpose in (
            *("transmission_distribution", "line_losses", "line_between_provinces", "billed_but_not_served"),
            *("imports_below_price", "mean_of_clearings", "industry_pays_last_years_tariff"),
        )
    ),
)


def electricity_payments(
    year: YearOutcome, plants: PowerPlants, industry: Industry, businesses: Businesses
) -> Iterator[Block]:
    """Yield all payments for electricity.

    Customers pay the grid, which pays plants and others, and its company keeps the rest.
    """
    bill = year.tariffs.components_cny_per_mwh * year.tariffs.sold_mwh[:, :, None]  # [P, K, COMPONENTS]
    price = year.signals.prices.electricity_price_cny_per_mwh[industry.province]
    industry_bill_cny = year.production.electricity_mwh * price
    listed_share = _listed_share(year)
    planned_cny = float((bill[:, INDUSTRIAL].sum(axis=1) * listed_share).sum())
    yield _to_plants(year, businesses)
    yield _to_others(year, plants, bill.sum(axis=(0, 1)), float(industry_bill_cny.sum()) - planned_cny)
    bill[:, INDUSTRIAL] *= (1.0 - listed_share)[:, None]
    yield Block(BILL_LINES, bill.sum(axis=0).ravel())
    yield _industry_bills(industry, businesses, industry_bill_cny)


def _listed_share(year: YearOutcome) -> Floats:
    """Compute the share of listed facilities and blocks in industry's purchases [P].

    It is that of what they planned.
    """
    sales_mwh = year.tariffs.sold_mwh[:, INDUSTRIAL]
    return np.asarray(year.demand.parts_mwh[FACILITIES] / np.maximum(sales_mwh, 1e-9))


def _industry_bills(industry: Industry, businesses: Businesses, bill_cny: Floats) -> Block:
    """Write the bills of facilities and blocks.

    They pay for what they used, at the tariff of last year. The grid's company has what this is beyond the tariff of
    this year for what they planned.
    """
    facilities = businesses.by_party(
        np.concatenate([np.zeros(businesses.units), bill_cny * ~industry.is_block])
    )
    of_blocks = split_blocks(industry, bill_cny).sum(axis=1)
    return Block(INDUSTRY_LINES, np.concatenate([facilities, of_blocks]))


def _to_plants(year: YearOutcome, businesses: Businesses) -> Block:
    """Write payments to plants, and those of limited plants back.

    Plants are paid for electricity and for standing ready.
    """
    accounts, fuel = year.plants, businesses.party[: businesses.units]
    values = {
        "electricity_sold": accounts.revenue_cny + accounts.limit_payment_cny,
        "capacity_payment": accounts.capacity_payment_cny,
        "renewable_premium": accounts.premium_cny,
        "contract_for_difference": accounts.difference_cny,
        "emergency_reserve": accounts.reserve_cny,
        "feed_in_price": accounts.feed_in_cny,
        "grid_charge_spared_by_own_use": accounts.own_use_cny,
        "waste_treatment": accounts.waste_fee_cny,
        "utilisation_cap": accounts.limit_payment_cny,
    }
    purposes = (*(purpose for purpose, _ in PLANT_ITEMS), "utilisation_cap")
    by_fuel = [sum_by_group(fuel, values[purpose], len(GENERATORS)) for purpose in purposes]
    return Block(PLANT_LINES, np.concatenate(by_fuel))


def _to_others(year: YearOutcome, plants: PowerPlants, bill: Floats, beyond_tariff_cny: float) -> Block:
    """Write trade, surcharges, and what the grid's company keeps, by name.

    Args:
        year: what happened.
        plants: the power plants.
        bill: of all customers by component, CNY [COMPONENTS].
        beyond_tariff_cny: what industry pays beyond this year's tariff for what it planned.
    """
    power, worth = year.power, _worth_at_hours_prices(year.power, plants)
    imports_cny = float(power.border.bought_cny.sum())
    has_cap = power.prices.shadow_price_cny_per_mwh.any()
    return GRID_FORM.fill(
        {
            **dict(zip(COMPONENTS, bill.tolist(), strict=True)),
            "electricity_exports": worth["exports"],
            "electricity_imports": imports_cny - float(power.border.charge_cny.sum()),
            "line_between_provinces": worth["line"],
            "billed_but_not_served": worth["not_served"],
            "imports_below_price": worth["imports"] - imports_cny,
            "mean_of_clearings": _open_cny(year, plants, worth) if has_cap else 0.0,
            "industry_pays_last_years_tariff": beyond_tariff_cny,
        }
    )


def _worth_at_hours_prices(power: PowerOutcome, plants: PowerPlants) -> dict[str, float]:
    """Value trade, the line and unserved load at the hours' prices, CNY.

    The line is worth what it takes to the dearer province less what that cost in the cheaper one.
    """
    hours = power.hours
    weighted = power.prices.price_cny_per_mwh * hours.day_weight[:, :, None]
    merit = merit_sources_mw(hours.units, hours.merit_order_mw, plants.fuel)

    def worth(mw: Floats) -> float:
        return float((weighted * mw).sum())

    return {
        "exports": worth(hours.export_mw - merit[:, CURTAILED_EXPORT]),
        "imports": worth(merit[:, IMPORT]),
        "line": -worth(hours.flow_mw),
        "not_served": worth(merit[:, SHED] + hours.days_off_mw + hours.unserved_mw),
    }


def _open_cny(year: YearOutcome, plants: PowerPlants, worth: dict[str, float]) -> float:
    """Compute the load's payments beyond the receipts of all others, CNY.

    All are at the hours' prices. 0 but where a yearly cap binds: such a year is the mean of several clearings, whose
    prices and quantities go together otherwise than their means do.
    """
    power, accounts = year.power, year.plants
    sales = sum(plants.in_place(cny).sum() for cny in (accounts.revenue_cny, accounts.limit_payment_cny))
    sales = sales - power.units.uplift_cny.sum() + power.hydro_sales.rebate_cny.sum()
    load = (power.prices.mean_price_cny_per_mwh * power.load_mwh).sum()
    if power.trades:
        traded = sum_trades(power.trades)
        load = load + (traded.bid_cny - traded.earned_cny).sum()
    trade = worth["imports"] + worth["line"] + worth["not_served"] - worth["exports"]
    rest = float(load - sales - trade)
    return rest if abs(rest) > ROUNDING * load else 0.0

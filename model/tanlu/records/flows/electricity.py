"""Payments for electricity: bills, what the grid passes on, and what it keeps."""

from collections.abc import Iterator

import numpy as np

from tanlu.core.arrays import Floats, sum_by_group
from tanlu.core.axes import CUSTOMERS, PARTS
from tanlu.core.outcomes import PowerOutcome
from tanlu.finance.flows import (
    AGRICULTURE,
    BUSINESSES,
    GENERATORS,
    GRID,
    GRID_COMPANY,
    HOUSEHOLDS,
    REST,
    SERVICES,
    SMALL_INDUSTRY,
    SURCHARGE_FUND,
    Flow,
    paid_by,
    paid_to,
)
from tanlu.industry.facilities import Industry
from tanlu.power.hours import CURTAILED_EXPORT, IMPORT, SHED, merit_sources_mw
from tanlu.power.plants import PowerPlants
from tanlu.power.tariffs import COMPONENTS, INDUSTRIAL
from tanlu.records.flows.businesses import Businesses, block_payers
from tanlu.records.happened import YearOutcome

FACILITIES = PARTS.index("facilities")
CUSTOMER = {"residential": HOUSEHOLDS, "commercial": SERVICES, "agricultural": AGRICULTURE}
ROUNDING = 1e-12  # of what the load pays
GRID_COMPONENTS = (
    "transmission_distribution",
    "line_losses",
)  # parts of the tariff that pay for the grid itself


def electricity_flows(
    year: YearOutcome, plants: PowerPlants, industry: Industry, businesses: Businesses
) -> Iterator[Flow]:
    """Yield all payments for electricity.

    Customers pay the grid, which pays plants and others, and its company keeps the rest.
    """
    yield from _bills(year)
    yield from _industry_bills(year, industry, businesses)
    yield from _to_plants(year, businesses)
    yield from _to_others(year, plants)


def _bill_cny(year: YearOutcome) -> Floats:
    """Compute the bills of classes by tariff component, CNY [P, K, COMPONENTS]."""
    return np.asarray(year.tariffs.components_cny_per_mwh * year.tariffs.sold_mwh[:, :, None])


def _listed_share(year: YearOutcome) -> Floats:
    """Compute the share of listed facilities and blocks in industry's purchases [P].

    It is that of what they planned.
    """
    sales_mwh = year.tariffs.sold_mwh[:, INDUSTRIAL]
    return np.asarray(year.demand.parts_mwh[FACILITIES] / np.maximum(sales_mwh, 1e-9))


def _bills(year: YearOutcome) -> Iterator[Flow]:
    """Yield the bills of customers but facilities and blocks, by tariff component."""
    bill = _bill_cny(year)
    bill[:, INDUSTRIAL] *= (1.0 - _listed_share(year))[:, None]
    for k, customer in enumerate(CUSTOMERS):
        payer = CUSTOMER.get(customer, SMALL_INDUSTRY)
        for component, value in zip(COMPONENTS, bill[:, k].sum(axis=0).tolist(), strict=True):
            yield Flow(payer, GRID, f"electricity_{component}", value)


def _industry_bills(year: YearOutcome, industry: Industry, businesses: Businesses) -> Iterator[Flow]:
    """Yield the bills of facilities and blocks.

    They pay for what they used, at the tariff of last year. The grid's company has what this is beyond the tariff of
    this year for what they planned.
    """
    price = year.signals.prices.electricity_price_cny_per_mwh[industry.province]
    bill_cny = year.production.electricity_mwh * price
    facilities = np.concatenate([np.zeros(businesses.units), bill_cny * ~industry.is_block])
    yield from paid_by(BUSINESSES, GRID, "electricity", businesses.by_party(facilities))
    for payer, value in block_payers(industry, bill_cny).items():
        yield Flow(payer, GRID, "electricity", value)
    planned_cny = (_bill_cny(year)[:, INDUSTRIAL].sum(axis=1) * _listed_share(year)).sum()
    yield Flow(GRID, GRID_COMPANY, "industry_pays_last_years_tariff", float(bill_cny.sum() - planned_cny))


def _to_plants(year: YearOutcome, businesses: Businesses) -> Iterator[Flow]:
    """Yield payments to plants, and those of limited plants back.

    Plants are paid for electricity and for standing ready.
    """
    accounts = year.plants

    def by_fuel(value: Floats) -> Floats:
        return sum_by_group(businesses.party[: businesses.units], value, len(GENERATORS))

    sales = by_fuel(accounts.revenue_cny + accounts.limit_payment_cny)
    yield from paid_to(GRID, GENERATORS, "electricity_sold", sales)
    yield from paid_by(GENERATORS, GRID, "utilisation_cap", by_fuel(accounts.limit_payment_cny))
    for payer, item, value in (
        (GRID, "capacity_payment", accounts.capacity_payment_cny),
        (GRID, "renewable_premium", accounts.premium_cny),
        (GRID, "emergency_reserve", accounts.reserve_cny),
        (SURCHARGE_FUND, "feed_in_price", accounts.feed_in_cny),
        (GRID_COMPANY, "grid_charge_spared_by_own_use", accounts.own_use_cny),
    ):
        yield from paid_to(payer, GENERATORS, item, by_fuel(value))


def _to_others(year: YearOutcome, plants: PowerPlants) -> Iterator[Flow]:
    """Yield trade, surcharges, and what the grid's company keeps, by name."""
    power, bill = year.power, _bill_cny(year).sum(axis=(0, 1))
    worth = _worth_at_hours_prices(power, plants)
    paid_for_imports = float(power.purchases.cny.sum())
    yield Flow(REST, GRID, "electricity_exports", worth["exports"])
    yield Flow(GRID, REST, "electricity_imports", paid_for_imports)
    yield Flow(GRID, SURCHARGE_FUND, "surcharges", float(bill[COMPONENTS.index("surcharges")]))
    for component in GRID_COMPONENTS:
        yield Flow(GRID, GRID_COMPANY, component, float(bill[COMPONENTS.index(component)]))
    yield Flow(GRID, GRID_COMPANY, "line_between_provinces", worth["line"])
    yield Flow(GRID, GRID_COMPANY, "billed_but_not_served", worth["not_served"])
    yield Flow(GRID, GRID_COMPANY, "imports_below_price", worth["imports"] - paid_for_imports)
    if power.prices.shadow_price_cny_per_mwh.any():
        yield Flow(GRID, GRID_COMPANY, "mean_of_clearings", _open_cny(year, plants, worth))


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
    trade = worth["imports"] + worth["line"] + worth["not_served"] - worth["exports"]
    rest = float(load - sales - trade)
    return rest if abs(rest) > ROUNDING * load else 0.0

"""Payments of governments: subsidies to whom they are paid, support of networks and lenders, and allowances sold."""

from collections.abc import Iterator, Mapping

from tanlu.core.arrays import Floats
from tanlu.core.schedules import (
    BUILDING_SUBSIDY,
    CAPTURE_CONTRACT,
    CAPTURE_GRANT,
    CAPTURE_SUBSIDY,
    VEHICLE_SUBSIDY,
)
from tanlu.finance.flows import (
    BUILDERS,
    BUSINESSES,
    COMPANIES,
    GREEN_FUND,
    HOUSEHOLDS,
    HUBS,
    LENDERS,
    RAIL,
    REST,
    SURCHARGE_FUND,
    Flow,
    paid_by,
    paid_to,
)
from tanlu.finance.government import Regulator
from tanlu.records.flows.businesses import Businesses
from tanlu.records.flows.consumers import by_buyer
from tanlu.records.happened import Year
from tanlu.settlement.carbon_revenue import BY_OUTPUT, INTO_FUND, LOWER_SURCHARGES, PER_HEAD
from tanlu.state.actors import Actors


def public_flows(year: Year, actors: Actors, who: Businesses, provinces: tuple[str, ...]) -> Iterator[Flow]:
    """Yield what governments pay and get beside the carbon price and the efficiency penalty."""
    yield from _subsidies(year, actors, who)
    finance, hubs = year.finance, year.invested.hubs.grant_cny
    interest = finance.interest_subsidy_cny + year.invested.borrowed.first.subsidy_cny
    for payee, item, value in (
        (LENDERS, "interest_subsidy", interest),
        (LENDERS, "guarantee", finance.failures.guarantee_cny),
        (COMPANIES, "rescue", finance.rescue_cny),
        (HUBS, "co2_hub_support", finance.hubs.support_cny + hubs),
        (HUBS, "rescue", finance.hubs.rescue_cny),
        (RAIL, "rail_transit", year.rail_cny(actors.companies.region)),
        (REST, "public_chargers", year.road.charger_cny),
    ):
        yield from paid_by(provinces, payee, item, value)
    yield from _given_back(year, who, provinces)
    for p, province in enumerate(provinces):
        yield Flow(COMPANIES, province, "allowance_sales", float(year.carbon.auction_revenue_cny[p]))
    yield from _tax(float(finance.settlement.tax_cny.sum()), actors.regulators)
    yield from (Flow(*parties, amount) for parties, amount in year.added.payments_cny.items())


def _subsidies(year: Year, actors: Actors, who: Businesses) -> Iterator[Flow]:
    """Yield the subsidies of every kind from who pays them to who gets them."""
    paid = year.finance.subsidies
    payees: dict[str, Mapping[str, float]] = {
        CAPTURE_SUBSIDY: _businesses(who, paid.capture_cny),
        CAPTURE_CONTRACT: _businesses(who, paid.contract_cny),
        CAPTURE_GRANT: {COMPANIES: float(year.budgets.paid_by_kind_cny[CAPTURE_GRANT].sum())},
        VEHICLE_SUBSIDY: by_buyer(actors.vehicles, year.road.buyers.subsidy_cny),
        BUILDING_SUBSIDY: {BUILDERS: float(year.budgets.paid_by_kind_cny[BUILDING_SUBSIDY].sum())},
        **dict.fromkeys(paid.goods_kinds, _businesses(who, paid.goods_cny)),
    }
    for kind, got in payees.items():
        spent = {name: one.spent_cny for name, one in actors.regulators.items()}
        for payer, share in _shares(spent, kind):
            for payee, amount in got.items():
                yield Flow(payer, payee, kind, share * amount)


def _given_back(year: Year, who: Businesses, provinces: tuple[str, ...]) -> Iterator[Flow]:
    """Yield carbon revenue that provinces give back."""
    given = year.finance.given
    yield from paid_by(provinces, HOUSEHOLDS, PER_HEAD, given.returned.per_head_cny)
    yield from paid_by(provinces, SURCHARGE_FUND, LOWER_SURCHARGES, given.relief_cny)
    yield from paid_by(provinces, GREEN_FUND, INTO_FUND, given.returned.green_fund_cny)
    yield Flow(GREEN_FUND, COMPANIES, "green_fund_grant", float(year.invested.green_fund.paid_out_cny.sum()))
    for p, province in enumerate(provinces):
        refund = who.by_party_in(p, given.returned.output_cny)
        yield from paid_to(province, BUSINESSES, BY_OUTPUT, refund)


def _tax(paid_cny: float, regulators: Mapping[str, Regulator]) -> Iterator[Flow]:
    """Yield the tax of companies to the governments that share it."""
    for name, share in _shares({name: one.received_cny for name, one in regulators.items()}, "company_tax"):
        yield Flow(COMPANIES, name, "company_tax", share * paid_cny)


def _businesses(who: Businesses, value: Floats) -> dict[str, float]:
    return dict(zip(BUSINESSES, who.by_party(value).tolist(), strict=True))


def _shares(booked: Mapping[str, Mapping[str, float]], kind: str) -> Iterator[tuple[str, float]]:
    """Yield the share of each government in what all of them booked of a kind."""
    of_kind = {name: amounts.get(kind, 0.0) for name, amounts in booked.items()}
    total = sum(of_kind.values())
    yield from ((name, value / total) for name, value in of_kind.items() if value > 0.0)

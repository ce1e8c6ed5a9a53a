"""Payments of governments: subsidies by payee, support of networks and lenders, and allowances sold."""

from collections.abc import Iterator, Sequence

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.parties import (
    BUSINESSES,
    CENTRE,
    COMPANIES,
    FIRST_PROVINCE,
    GREEN_FUND,
    HOUSEHOLDS,
    HUBS,
    LENDERS,
    PARTY,
    RAIL,
    REST,
    SURCHARGE_FUND,
)
from tanlu.core.payments import BY_OUTPUT, INTO_FUND, LOWER_SURCHARGES, PER_HEAD, Block, PaymentLines
from tanlu.records.happened import YearOutcome
from tanlu.records.payments.businesses import Businesses
from tanlu.records.payments.items import ITEMS, Form, lines_by_province
from tanlu.region.pack import Region

# What provinces pay or get: payer and payee, None for the province.
BY_PROVINCE: tuple[tuple[str | None, str | None, str], ...] = (
    (None, LENDERS, "interest_subsidy"),
    (None, LENDERS, "guarantee"),
    (None, COMPANIES, "rescue"),
    (None, HUBS, "co2_hub_support"),
    (None, HUBS, "hub_rescue"),
    (None, RAIL, "rail_transit"),
    (None, REST, "public_chargers"),
    (None, REST, "bond_issue_cost"),
    (None, REST, "capture_research"),
    (None, HOUSEHOLDS, PER_HEAD),
    (None, SURCHARGE_FUND, LOWER_SURCHARGES),
    (None, GREEN_FUND, INTO_FUND),
    (COMPANIES, None, "allowance_sales"),
    (COMPANIES, None, "company_tax"),
    (COMPANIES, None, "guarantee_fee"),
)
FUND_FORM = Form((GREEN_FUND, COMPANIES, "green_fund_grant"))


def public_payments(year: YearOutcome, region: Region, businesses: Businesses) -> Iterator[Block]:
    """Yield the payments of governments.

    The carbon price and charges by the piece are not among them.
    """
    finance, invested, returned = year.finance, year.invested, year.finance.recycling.returned
    central_share = region.finance.parameters["central_share_of_income_tax"]
    by_province: dict[str, Floats] = {
        "interest_subsidy": finance.interest_subsidy_cny
        + invested.borrowed.first.subsidy_cny
        + invested.public.subsidy_cny,
        "guarantee": finance.failures.guarantee_cny,
        "rescue": finance.rescue_cny,
        "co2_hub_support": finance.hubs.support_cny + invested.hubs.grant_cny,
        "hub_rescue": finance.hubs.rescue_cny,
        "rail_transit": year.rail_cny(region),
        "public_chargers": year.road.charger_cny,
        "bond_issue_cost": finance.bond_issue_cny + invested.borrowed.first.issue_grant_cny,
        "capture_research": year.signals.policy.research.capture_research_cny,
        PER_HEAD: returned.per_head_cny,
        LOWER_SURCHARGES: finance.recycling.relief_cny,
        INTO_FUND: returned.green_fund_cny,
        "allowance_sales": year.carbon.auction_revenue_cny,
        "company_tax": (1.0 - central_share) * finance.company_tax_cny,
        "guarantee_fee": finance.guarantee_fee_cny + invested.borrowed.first.guarantee_fee_cny,
    }
    amounts = np.concatenate([by_province[purpose] for _, _, purpose in BY_PROVINCE])
    yield Block(lines_by_province(businesses.provinces, *BY_PROVINCE), amounts)
    to_centre = lines_by_province(businesses.provinces, (COMPANIES, CENTRE, "company_tax"))
    yield Block(to_centre, central_share * finance.company_tax_cny)
    yield FUND_FORM.fill({"green_fund_grant": invested.green_fund.paid_out_cny.sum()})
    if returned.output_cny.any():
        refunds = lines_by_province(
            businesses.provinces, *((None, business, BY_OUTPUT) for business in BUSINESSES)
        )
        yield Block(refunds, businesses.by_party_and_province(returned.output_cny))


def extension_payments(
    year: YearOutcome, provinces: Sequence[str]
) -> tuple[list[Block], tuple[str, ...], tuple[str, ...]]:
    """Write what agents of extensions pay, and added kinds earn.

    Returns:
        blocks, and names of parties and of items that nobody else uses.
    """
    number = {**PARTY, **{name: FIRST_PROVINCE + p for p, name in enumerate(provinces)}}
    payments: dict[tuple[str, str, str], Floats] = {
        **year.extensions.payments_cny,
        **{(REST, COMPANIES, f"{kind}_operation"): cny for kind, cny in year.finance.added_cny.items()},
    }
    purposes = tuple(dict.fromkeys(purpose for _, _, purpose in payments))
    blocks = []
    for (payer, payee, purpose), amount_cny in payments.items():
        for party in (payer, payee):
            number.setdefault(party, len(number))
        row = (number[payer], number[payee], len(ITEMS) + purposes.index(purpose))
        columns = [np.full(len(provinces), value) for value in row]
        lines = PaymentLines(columns[0], columns[1], columns[2], np.arange(len(provinces)))
        blocks.append(Block(lines, amount_cny))
    return blocks, tuple(number)[FIRST_PROVINCE + len(provinces) :], purposes

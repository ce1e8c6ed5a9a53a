"""Indicators of money: investment, public budgets, the cost of each system, loans and stranded assets."""

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import ISSUER_KINDS, SECTOR
from tanlu.core.payments import GIVEN_BACK, PUBLIC_ITEMS
from tanlu.core.schedules import LEVY_BASES, SUBSIDY_AXES
from tanlu.core.units import BP_PER_SHARE, CNY_PER_BN_CNY, T_PER_MT
from tanlu.indicators.base import Indicator, Reader, column, scaled
from tanlu.records.year import YearRecord
from tanlu.region.finance import OWNER_KINDS
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE

BN = "bn CNY2020/yr"
PROMISED, BROKEN, CREDIBILITY = "Promises|Announced", "Promises|Broken", "Credibility"
OWNER_TITLES = ("Central Companies", "Local Companies", "Private Companies")  # of `OWNER_KINDS`
# What governments pay, and what they get, by items of the table of payments.
SPENT: dict[str, tuple[str, ...]] = {
    **{kind.replace("_", " ").title(): (kind,) for kind in SUBSIDY_AXES},
    "CO2 Hub Support": ("co2_hub_support",),
    "CO2 Hub Rescue": ("hub_rescue",),
    "Interest Subsidy": ("interest_subsidy",),
    "Guarantees": ("guarantee",),
    "Rescue": ("rescue",),
    "Public Chargers": ("public_chargers",),
    "Bond Issue Cost": ("bond_issue_cost",),
    "Rail Transit": ("rail_transit",),
    "Capture Research": ("capture_research",),
    "Carbon Revenue Given Back": GIVEN_BACK,
}
RECEIVED: dict[str, tuple[str, ...]] = {
    **{base.title: (kind,) for kind, base in LEVY_BASES.items()},
    "Carbon Revenue": ("carbon_price",),
    "Allowance Sales": ("allowance_sales",),
    "Company Tax": ("company_tax",),
    "Guarantee Fees": ("guarantee_fee",),
}
# Rescues of companies are no climate policy, and what is given back is counted apart; nor is company tax.
CLIMATE_SUPPORT = tuple(purpose for purpose in PUBLIC_ITEMS if purpose not in ("rescue", *GIVEN_BACK))
CLIMATE_REVENUE = tuple(purpose for purpose in PUBLIC_ITEMS if purpose not in ("company_tax", "extensions"))
ISSUER_TITLES = ("Companies", *(kind.replace("_", " ").title() for kind in ISSUER_KINDS))
BOND_FLOWS: dict[str, Reader] = {
    "New Money": lambda r: r.finance.bonds.new_money_cny,
    "Refinancing": lambda r: r.finance.bonds.refinancing_cny,
    "Repaid": lambda r: r.finance.bonds.repaid_cny,
    "Written Off": lambda r: r.finance.bonds.written_off_cny,
}
PARTS_ISSUED = ("New Money", "Refinancing")  # which add up to what is issued, by issuer
STRANDED_SECTORS = ("electricity", "steel", "cement", "aluminium", "chemicals")
AMOUNTS: dict[str, Reader] = {
    "Investment|Carbon Capture": lambda r: r.co2.investment_cny,
    "Investment|Industry": lambda r: r.industry.investment_cny,
    "Investment|CO2 Transport": lambda r: r.hubs.investment_cny,
    "Public Budget|Green Fund|Paid In": lambda r: r.carbon_market.green_fund.paid_in_cny,
    "Public Budget|Green Fund|Paid Out": lambda r: r.carbon_market.green_fund.paid_out_cny,
    "Carbon Payments|Border Adjustment": lambda r: r.trade.border_payment_cny,
    "Consumer Levy|Capacity Payment": lambda r: r.power.capacity_payment_cny,
    "Consumer Levy|Renewable Premium": lambda r: r.power.renewable_premium_cny,
    "Consumer Levy|Contracts for Difference": lambda r: r.power.difference_cny,
    "Consumer Levy|Renewable Surcharge|Feed-in Prices": lambda r: r.power.feed_in_cny,
    "Consumer Levy|Grid Charge Spared by Own Use": lambda r: r.power.own_use_cny,
    "Consumer Levy|Emergency Reserve": lambda r: r.power.reserve_cny,
    "Waste|Treatment Fee": lambda r: r.power.waste_fee_cny,
    "Stranded Assets|By Financing|Lenders": lambda r: r.finance.stranded_lent_cny,
    "Central Bank|Relending": lambda r: r.finance.central_bank.relent_cny,
    "Central Bank|Forgone Interest": lambda r: r.finance.central_bank.forgone_interest_cny,
    "System Cost|Electricity": lambda r: r.power.system_cost_cny,
    "System Cost|Industry": lambda r: r.industry.system_cost_cny,
    "System Cost|New Buildings": lambda r: r.buildings.system_cost_cny,
    "System Cost|Road Vehicles": lambda r: r.road.system_cost_cny,
    "System Cost|Rail Transit": lambda r: r.rail.system_cost_cny,
    "System Cost|Equipment": lambda r: r.end_use.system_cost_cny,
    "System Cost|Traded Goods": lambda r: r.trade.net_purchases_cny,
    "System Cost|Forgone Use": lambda r: (
        r.demand.forgone_use_cny
        + r.road.forgone_use_cny
        + r.industry.forgone_use_cny
        + r.end_use.forgone_use_cny
    ),
    "Stranded Assets": lambda r: r.finance.stranded_cny.sum(axis=2),
}
# What becomes of companies that fail, and of what they own.
FAILED: dict[str, Reader] = {
    "Exits|Sold": lambda r: r.finance.failures.sold_cny,
    "Exits|Left": lambda r: r.finance.failures.left_cny,
    "Exits|Repaid": lambda r: r.finance.failures.repaid_cny,
    "Exits|Recovered": lambda r: r.finance.failures.recovered_cny,
    "Exits|Kept Running": lambda r: r.finance.failures.kept_running_cny,
}
# What debt with the green label says that it avoids.
CLAIMED: dict[str, Reader] = {
    "Issued": lambda r: r.finance.green.claimed.issued_tco2,
    "Outstanding": lambda r: r.finance.green.claimed.outstanding_tco2,
}


def money_indicators() -> list[Indicator]:
    """List investment, public budgets, levies, system cost and stranded assets."""
    return [
        *(
            Indicator(
                f"Investment|Electricity|{name}",
                BN,
                column(lambda r: r.new_power.investment_cny, k, CNY_PER_BN_CNY),
            )
            for k, name in enumerate(BUILDABLE)
        ),
        *(Indicator(name, BN, scaled(amount, CNY_PER_BN_CNY)) for name, amount in AMOUNTS.items()),
        *(
            Indicator(f"Stranded Assets|{sector.title()}", BN, _stranded(sector))
            for sector in STRANDED_SECTORS
        ),
        Indicator("Stranded Assets|Other", BN, _stranded_elsewhere),
        *(Indicator(f"Public Budget|{name}", BN, _spent(*purposes)) for name, purposes in SPENT.items()),
        *(
            Indicator(f"Public Budget|{name}", BN, _received(*purposes))
            for name, purposes in RECEIVED.items()
        ),
        Indicator(
            "Public Budget|Green Fund|Balance",
            "bn CNY2020",
            scaled(lambda r: r.carbon_market.green_fund.balance_cny, CNY_PER_BN_CNY),
        ),
        Indicator(
            "Public Budget|Guarantee Exposure",
            "bn CNY2020",
            scaled(lambda r: r.finance.guarantees.exposure_cny, CNY_PER_BN_CNY),
        ),
        Indicator(
            "Public Budget|Guarantee Expected Loss",
            "bn CNY2020",
            scaled(_expected_loss_cny, CNY_PER_BN_CNY),
        ),
        Indicator("Public Budget|Climate Support", BN, _spent(*CLIMATE_SUPPORT)),
        Indicator("Public Budget|Climate Revenue", BN, _received(*CLIMATE_REVENUE)),
        Indicator(
            "Public Budget|Climate Support|Net",
            BN,
            scaled(_net_cny, CNY_PER_BN_CNY),
        ),
        Indicator(
            "Investment|Electricity", BN, lambda r: r.new_power.investment_cny.sum(axis=2) / CNY_PER_BN_CNY
        ),
    ]


def _expected_loss_cny(record: YearRecord) -> Floats:
    """Compute what guarantors must expect to pay until all is repaid, CNY [Y, P].

    A year takes the share that lenders lost a year of the debt of companies, in all years of the run so far.
    """
    guarantees = record.finance.guarantees
    lost, owed = guarantees.lost_cny.cumsum(), (guarantees.owed_cny + guarantees.lost_cny).cumsum()
    share = np.divide(lost, owed, out=np.zeros(lost.size), where=owed > 0.0)
    return np.asarray(guarantees.exposure_in_years_to_come_cny * share[:, None])


def loan_indicators() -> list[Indicator]:
    """List loans, their cost and losses, for the whole region."""
    return [
        Indicator("Finance|Loans Granted", BN, lambda r: r.finance.loans_granted_cny / CNY_PER_BN_CNY),
        Indicator("Finance|Roll-Overs", BN, lambda r: r.finance.rolled_over_cny / CNY_PER_BN_CNY),
        *_green_debt_indicators(),
        Indicator("Finance|Lender Losses", BN, lambda r: r.finance.lender_loss_cny / CNY_PER_BN_CNY),
        Indicator(
            "Finance|Loans Outstanding",
            "bn CNY2020",
            lambda r: r.finance.loans_outstanding_cny / CNY_PER_BN_CNY,
        ),
        Indicator("Finance|Cost of Debt|Ordinary", "%", lambda r: r.finance.cost_of_debt_ordinary * 100.0),
        Indicator("Finance|Cost of Debt|Green", "%", lambda r: r.finance.cost_of_debt_green * 100.0),
        Indicator("Finance|Defaults", "companies/yr", lambda r: r.finance.failures.defaults),
        Indicator("Finance|Exits", "companies/yr", lambda r: r.finance.failures.exits),
        *(
            Indicator(f"Finance|{name}", BN, scaled(amount, CNY_PER_BN_CNY))
            for name, amount in FAILED.items()
        ),
        Indicator("Parents|Dividends", BN, lambda r: r.finance.dividend_cny / CNY_PER_BN_CNY),
        Indicator("Parents|Rescue", BN, lambda r: r.finance.rescue_cny / CNY_PER_BN_CNY),
        Indicator("Parents|Injection", BN, lambda r: r.finance.injection_cny / CNY_PER_BN_CNY),
    ]


def promise_indicators(region: Region) -> list[Indicator]:
    """List what governments announce and take back, and who believes them."""
    return [
        Indicator(PROMISED, "bn CNY2020", lambda r: r.finance.promises.promised_cny / CNY_PER_BN_CNY),
        Indicator(BROKEN, "bn CNY2020", lambda r: r.finance.promises.broken_cny / CNY_PER_BN_CNY),
        *(
            Indicator(f"{CREDIBILITY}|{title}", "%", _credibility(i))
            for i, (kind, title) in enumerate(zip(OWNER_KINDS, OWNER_TITLES, strict=True))
            if kind in region.finance.owners.kind
        ),
    ]


def _credibility(i: int) -> Reader:
    """Build a reader of the credibility of a kind of owners [Y], in percent."""
    return lambda r: r.finance.promises.credibility[:, i] * 100.0


def _green_debt_indicators() -> list[Indicator]:
    """List loans and bonds with the label."""
    amounts: dict[str, tuple[str, Reader]] = {
        "Green Loans|Granted": (BN, lambda r: r.finance.green.loans_cny),
        "Green Loans|Outstanding": ("bn CNY2020", lambda r: r.finance.green.loans_outstanding_cny),
        "Green Bonds|Issued": (BN, _bonds_cny),
        "Green Bonds|Issued|Companies": (BN, lambda r: r.finance.green.company_bonds_cny),
        "Green Bonds|Outstanding": ("bn CNY2020", lambda r: r.finance.green.bonds_outstanding_cny),
        "Public Issuers|New Debt": (BN, lambda r: r.finance.issuers.new_debt_cny),
        "Public Issuers|Beyond Limit": (BN, lambda r: r.finance.issuers.refused_cny),
        "Public Issuers|Green Loans": ("bn CNY2020", lambda r: r.finance.issuers.loans_outstanding_cny),
    }
    return [
        *(
            Indicator(f"Finance|{name}", unit, scaled(amount, CNY_PER_BN_CNY))
            for name, (unit, amount) in amounts.items()
        ),
        *(
            Indicator(f"Finance|Green Bonds|Issued|{title}", BN, _public_bonds(i))
            for i, title in enumerate(ISSUER_TITLES[1:])
        ),
        *(
            Indicator(f"Finance|Green Bonds|Outstanding|{title}", "bn CNY2020", _issuer(_outstanding_cny, i))
            for i, title in enumerate(ISSUER_TITLES)
        ),
        *(
            Indicator(f"Finance|Green Bonds|{name}", BN, _sum_issuers(flow))
            for name, flow in BOND_FLOWS.items()
        ),
        *(
            Indicator(f"Finance|Green Bonds|{name}|{title}", BN, _issuer(BOND_FLOWS[name], i))
            for name in PARTS_ISSUED
            for i, title in enumerate(ISSUER_TITLES)
        ),
        Indicator("Finance|Green Bonds|Coupon", "%", lambda r: r.finance.green.coupon * 100.0),
        Indicator("Finance|Green Bonds|Greenium", "bp", lambda r: r.finance.green.greenium * BP_PER_SHARE),
        *(
            Indicator(f"Finance|Green|Claimed Avoidance|{name}", "Mt CO2/yr", scaled(claimed, T_PER_MT))
            for name, claimed in CLAIMED.items()
        ),
    ]


def _outstanding_cny(record: YearRecord) -> Floats:
    """Read bonds outstanding by issuer, companies first."""
    return record.finance.green.outstanding_by_issuer_cny


def _sum_issuers(flow: Reader) -> Reader:
    return lambda r: flow(r).sum(axis=-1) / CNY_PER_BN_CNY


def _issuer(flow: Reader, i: int) -> Reader:
    return lambda r: flow(r)[:, i] / CNY_PER_BN_CNY


def _bonds_cny(record: YearRecord) -> Floats:
    green = record.finance.green
    return np.asarray(green.company_bonds_cny + green.public_bonds_cny.sum(axis=-1))


def _public_bonds(kind: int) -> Reader:
    return lambda r: r.finance.green.public_bonds_cny[:, kind] / CNY_PER_BN_CNY


def balance_indicators() -> list[Indicator]:
    """List the errors of the balances."""
    return [
        Indicator("Balance Error|Electricity", "1", lambda r: r.balances.electricity_error),
        Indicator("Balance Error|Carbon", "1", lambda r: r.balances.carbon_error),
        Indicator("Balance Error|Money", "1", lambda r: r.balances.money_error),
        Indicator("Balance Error|Flows", "1", lambda r: r.balances.flows_error),
        Indicator("Balance Error|Capacity", "1", lambda r: r.balances.capacity_error),
        Indicator("Balance Error|People", "1", lambda r: r.balances.people_error),
    ]


def _stranded(sector: str) -> Reader:
    return column(lambda r: r.finance.stranded_cny, SECTOR[sector], CNY_PER_BN_CNY)


def _stranded_elsewhere(record: YearRecord) -> Floats:
    """Sum stranded assets of all other sectors, bn CNY [Y, P].

    They have no variable of their own.
    """
    columns = [column for sector, column in SECTOR.items() if sector not in STRANDED_SECTORS]
    return np.asarray(record.finance.stranded_cny[:, :, columns].sum(axis=2) / CNY_PER_BN_CNY)


def _spent(*purposes: str) -> Reader:
    """Build a reader of what governments pay for items, bn CNY."""
    return lambda r: r.public.sum_spent(*purposes) / CNY_PER_BN_CNY


def _received(*purposes: str) -> Reader:
    """Build a reader of what governments get for items, bn CNY."""
    return lambda r: r.public.sum_received(*purposes) / CNY_PER_BN_CNY


def _net_cny(record: YearRecord) -> Floats:
    """Compute the net public cost of climate policy, CNY [Y, P].

    It is support, and revenue given back, less revenue.
    """
    public = record.public
    return (
        public.sum_spent(*CLIMATE_SUPPORT)
        + public.sum_spent(*GIVEN_BACK)
        - public.sum_received(*CLIMATE_REVENUE)
    )

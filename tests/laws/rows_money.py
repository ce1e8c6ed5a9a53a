"""Which way each field of the schedule works that is about loans, rescues, hubs, exports and carbon revenue."""

from math import inf

from tests.laws.form import Law, Open, Row
from tests.laws.worlds import LESS_MADE

LONG = "2022-2035"  # until captured CO2 is stored
GUARANTEED = {"schedule": {"finance.green_guarantee_share": 0.8}}
RELENT = {
    "schedule": {
        "finance.relending_share": 0.6,
        "finance.relending_rate": 0.0175,
        "finance.relending_years": 5.0,
    }
}
FEW_LOANS = {"world": {"lender_capital_factor": 0.1}}
CAPTURED = {"years": LONG, "schedule": {"subsidy.capture_subsidy": 900.0}}
COAL_IS_PAID = {"schedule": {"capacity.rate_cny_per_kw_year": {"coal": 300.0}}}
PRICED = {"schedule": {"carbon.price_cny_per_tco2": 200.0}}
FUNDED = {"schedule": {"carbon.price_cny_per_tco2": 200.0, "revenue.green_fund_share": 0.5}}


def poor(owner: str) -> dict[str, object]:
    """Return a world in which an owner has neither cash nor credit."""
    row = f"owners[owner_id={owner}]"
    return {
        "world": {"lender_capital_factor": 0.001},
        "pack": {f"{row}.initial_cash_bn_cny": 0.0, f"{row}.debt_to_assets": 0.95},
    }


# One bad year, after which the company earns again if its owner helps.
BAD_YEAR = {
    "kind": "efficiency_standard",
    "from_year": 2025,
    "until_year": 2025,
    "energy_ceiling_share": 0.5,
    "penalty_cny_per_gj": 200,
    "sectors": ["aluminium", "cement"],
    "regions": ["North"],
}
POOR_LOCAL = {**poor("north_owners"), "policies": {"bad_year": BAD_YEAR}}
POOR_CENTRAL = poor("national_group")

FINANCE: tuple[Row, ...] = (
    Law(
        "schedule.finance.green_interest_subsidy",
        0.0,
        {"North": 0.02},
        "Finance|Cost of Debt|Green",
        "-",
        why="the government pays that part of the interest",
    ),
    Law(
        "schedule.finance.green_interest_subsidy",
        0.0,
        {"North": 0.02},
        "flow:interest_subsidy[North>lenders]",
        "+",
        why="the province of a project pays its lenders",
    ),
    Law(
        "schedule.finance.green_interest_subsidy",
        0.0,
        {"North": 0.02},
        "Capacity|Electricity|By Group|Wind and Solar",
        "+",
        region="North",
        why="more projects pay at a lower rate",
    ),
    Law(
        "schedule.finance.green_interest_subsidy",
        0.0,
        {"North": 0.02},
        "flow:interest_subsidy[South>]",
        "0",
        why="the other province pays nothing",
    ),
    Open(
        "schedule.finance.green_interest_subsidy",
        "It makes loans and bonds cheaper alike, so that loans, which need no issue, take the place of green bonds.",
        issue="finance",
    ),
    Law(
        "schedule.finance.public_bond_subsidy",
        0.0,
        {"South": 0.02},
        "Finance|Green Bonds|New Money|City Infrastructure",
        "+",
        why="cities issue more in place of loans where a bond costs them less, and build more",
    ),
    *(
        Law(
            f"schedule.finance.bond_{part}_share",
            0.0,
            1.0,
            "Finance|Green Bonds|Issued|Companies",
            "+",
            why="a bond costs its issuer less",
        )
        for part in ("interest_exempt", "issue_cost", "label_cost")
    ),
    Law(
        "schedule.finance.bond_issue_grant_cap_cny",
        0.0,
        inf,
        "flow:bond_issue_cost[South>rest_of_country]",
        "+",
        {"schedule": {"finance.bond_issue_cost_share": 1.0}},
        why="it is the most that one issue gets",
    ),
    Law(
        "schedule.finance.green_guarantee_fee",
        0.0,
        {"South": 0.002},
        "flow:guarantee_fee[companies>South]",
        "+",
        {"schedule": {"finance.green_guarantee_share": 0.8}},
        why="who takes the guarantee of a province pays it",
    ),
    Law(
        "schedule.finance.green_guarantee_share",
        0.0,
        0.8,
        "Finance|Cost of Debt|Green",
        "-",
        why="a lender asks nothing for a risk that the guarantor carries",
    ),
    Open(
        "schedule.finance.green_guarantee_share",
        "It makes loans cheaper by more than bonds, so that fewer bonds are issued.",
        issue="finance",
    ),
    Law(
        "schedule.finance.green_guarantee_budget_cny",
        1e6,
        inf,
        "agents:loans.guarantee_share",
        "+",
        GUARANTEED,
        why="it is the most of a year's loans that is guaranteed",
    ),
    Law(
        "schedule.finance.relending_share",
        0.0,
        0.6,
        "Central Bank|Relending",
        "+",
        RELENT,
        why="it is the share of a green loan that the central bank lends the lender",
    ),
    Law(
        "schedule.finance.relending_rate",
        0.0,
        0.0175,
        "Finance|Cost of Debt|Green",
        "+",
        RELENT,
        why="lenders pass on what their money costs",
    ),
    Law(
        "schedule.finance.relending_years",
        1.0,
        5.0,
        "Central Bank|Relending",
        "+",
        RELENT,
        why="it lends for that many years of each loan",
    ),
    Law(
        "schedule.finance.relending_quota_cny",
        1e9,
        inf,
        "Central Bank|Relending",
        "+",
        RELENT,
        why="it lends for no more loans of a year than that",
    ),
    Law(
        "schedule.finance.coal_loans_stopped",
        0.0,
        1.0,
        "agents:lenders.refused_rule",
        "+",
        COAL_IS_PAID,
        why="who asks for a loan for coal is refused by the rule",
    ),
    Law(
        "schedule.finance.coal_loans_stopped",
        0.0,
        1.0,
        "Investment|Electricity|coal",
        "-",
        COAL_IS_PAID,
        why="what its owner cannot pay out of its cash is not built",
    ),
    Law(
        "schedule.finance.risk_weight",
        {"green": 1.0},
        {"green": 5.0},
        "Finance|Green Loans|Granted",
        "-",
        FEW_LOANS,
        why="a loan of weight five takes five times the capital, which is scarce",
    ),
    Law(
        "schedule.finance.provinces_rescue_budget_cny",
        0.0,
        inf,
        "flow:rescue[North>companies]",
        "+",
        POOR_LOCAL,
        why="the province pays in what its company lacks",
    ),
    Law(
        "schedule.finance.provinces_rescue_budget_cny",
        0.0,
        inf,
        "Finance|Exits",
        "-",
        POOR_LOCAL,
        why="who is rescued goes on",
    ),
    Law(
        "schedule.finance.parents_rescue_budget_cny",
        0.0,
        inf,
        "flow:rescue[parents>companies]",
        "+",
        POOR_CENTRAL,
        why="the parent of a central company pays in what it lacks",
    ),
    Law(
        "schedule.finance.parents_rescue_budget_cny",
        0.0,
        inf,
        "Finance|Exits",
        "-",
        POOR_CENTRAL,
        why="who is rescued goes on",
    ),
)

HUBS_AND_TRADE: tuple[Row, ...] = (
    Law(
        "schedule.hubs.anchor_tco2_per_year",
        0.0,
        1e7,
        "CO2 Transport|Capacity",
        "+",
        CAPTURED,
        why="lines are built for the volume that the public stands for too",
    ),
    Law(
        "schedule.hubs.anchor_tco2_per_year",
        0.0,
        1e7,
        "flow:co2_hub_support[North>hubs]",
        "+",
        CAPTURED,
        why="the province pays for the volume that does not come",
    ),
    Law(
        "schedule.hubs.guarantee_share",
        0.0,
        0.8,
        "flow:co2_hub_support[North>hubs]",
        "+",
        {**CAPTURED, **LESS_MADE},
        why="the province pays that share of what the hub loses",
    ),
    Law(
        "schedule.hubs.oversizing_share",
        0.0,
        0.5,
        "CO2 Transport|Capacity",
        "+",
        {"years": LONG, "schedule": {"subsidy.capture_subsidy": 1000.0}},
        why="a new line is built larger by it",
    ),
    Law(
        "schedule.hubs.oversizing_share",
        0.0,
        0.5,
        "flow:co2_hub_support[North>hubs]",
        "+",
        CAPTURED,
        why="what a line is larger is paid by the province",
    ),
    Law(
        "schedule.research.capture_research_cny",
        0.0,
        {"North": 1e9},
        "flow:capture_research[North>rest_of_country]",
        "+",
        why="the province pays for its research",
    ),
    Law(
        "schedule.research.capture_research_cny",
        0.0,
        {"North": 1e9},
        "record:co2.research_cost_factor",
        "0",
        why="money of which nothing succeeds teaches nobody anything",
    ),
    Law(
        "schedule.research.expected_success_cny",
        0.0,
        1e9,
        "record:co2.research_cost_factor",
        "-",
        {"schedule": {"research.capture_research_cny": 1e9}},
        why="research that succeeds makes capture cheaper",
    ),
    Law(
        "schedule.trade.border_price_cny_per_tco2",
        0.0,
        {"aluminium": 600.0},
        "Exports|Aluminium",
        "-",
        why="exported metal is dearer by it",
    ),
    Law(
        "schedule.trade.border_price_cny_per_tco2",
        0.0,
        {"aluminium": 600.0},
        "flow:border_charge[industry_aluminium>rest_of_country]",
        "+",
        why="exporters pay abroad what the metal emitted",
    ),
    Law(
        "schedule.trade.border_price_cny_per_tco2",
        0.0,
        {"aluminium": 600.0},
        "flow:border_charge[industry_steel>]",
        "0",
        why="a good that is not charged pays nothing",
    ),
    Law(
        "schedule.trade.border_price_on_vehicles_cny_per_tco2",
        0.0,
        2000.0,
        "Exports|Vehicles",
        "-",
        why="the metal in exported vehicles is charged",
    ),
)

REVENUE: tuple[Row, ...] = (
    Law(
        "schedule.revenue.per_head_share",
        0.25,
        0.5,
        "flow:carbon_dividend[North>households]",
        "x 2",
        PRICED,
        why="households get that share of what the price brings, which changes nothing that they do",
    ),
    Law(
        "schedule.revenue.surcharge_share",
        0.0,
        0.5,
        "Price|Final Energy|Industry|Electricity|Surcharges",
        "-",
        PRICED,
        why="the province pays a part of the surcharges",
    ),
    Law(
        "schedule.revenue.output_share",
        0.0,
        0.5,
        "flow:refund_by_output[North>industry_cement]",
        "+",
        PRICED,
        why="works get back a part of what they paid, by what they make",
    ),
    Law(
        "schedule.revenue.green_fund_share",
        0.0,
        0.5,
        "flow:paid_into_green_fund[North>green_fund]",
        "+",
        PRICED,
        why="the province pays that share into the fund",
    ),
    Law(
        "schedule.revenue.green_fund_share",
        0.0,
        0.5,
        "flow:green_fund_grant[green_fund>companies]",
        "+",
        PRICED,
        why="the fund grants out of what it has",
    ),
    Law(
        "schedule.revenue.green_fund_grant_share",
        0.05,
        inf,
        "Public Budget|Green Fund|Paid Out",
        "+",
        FUNDED,
        why="it is the most of an investment that the fund grants",
    ),
)

ROWS: tuple[Row, ...] = (*FINANCE, *HUBS_AND_TRADE, *REVENUE)

"""Which way support of green debt, rules for lenders and rescues work."""

from tests.laws.form import Law, Open, Row
from tests.laws.worlds import early

BONDS = "Finance|Green Bonds|Issued|Companies"
LITTLE_CAPITAL = {"lender_capital_factor": 0.05}
PAID_CAPACITY = {
    "kind": "capacity_payment",
    "from_year": 2024,
    "rate_cny_per_kw_year": 300,
    "technologies": ["coal", "gas"],
}
HALF_DEMAND = {
    "world": {"demand_factor": 0.5},
    "pack": {
        "pack.owners[owner_id=north_owners].debt_to_assets": 0.99,
        "pack.owners[owner_id=north_owners].initial_cash_bn_cny": 0,
    },
}
BUST = {
    "world": {"demand_factor": {2026: 1, 2027: 0.4}},
    "policies": {
        "rescues": {
            "kind": "rescue_rule",
            "from_year": 2024,
            "provinces_budget_bn_cny_per_year": 0,
            "parents_budget_bn_cny_per_year": 0,
        }
    },
}

GUARANTEED_BUST = {**BUST, "policies": {**BUST["policies"], "lever": {"papers": ["bonds", "loans"]}}}

ROWS: tuple[Row, ...] = (
    Law(
        "policies.green_bond_incentive.interest_subsidy_percentage_points",
        0.0,
        3.0,
        "Finance|Cost of Debt|Green",
        "-",
        early(),
        "the province pays a part of the interest",
    ),
    Law(
        "policies.green_bond_incentive.interest_subsidy_percentage_points",
        0.0,
        3.0,
        "flow:interest_subsidy[South>lenders]",
        "+",
        early(),
        "the province pays a part of the interest",
    ),
    Law(
        "policies.green_bond_incentive.interest_subsidy_percentage_points",
        0.0,
        3.0,
        BONDS,
        "+",
        why="a cheaper bond takes the place of loans",
    ),
    Law(
        "policies.green_bond_incentive.guarantee_share",
        0.0,
        0.8,
        BONDS,
        "+",
        why="buyers ask nothing for a risk that the guarantor carries",
    ),
    *(
        Law(
            f"policies.green_bond_incentive.{key}",
            0.0,
            1.0,
            BONDS,
            "+",
            why="a bond costs its issuer less, and takes the place of loans",
        )
        for key in ("issue_cost_share", "label_cost_share", "interest_tax_exempt_share")
    ),
    *(
        Law(f"policies.green_bond_incentive.{key}", 0.0, 1.0, f"flow:{item}", "+", why="the province pays it")
        for key, item in (
            ("issue_cost_share", "bond_issue_cost[South>rest_of_country]"),
            ("label_cost_share", "bond_issue_cost[South>rest_of_country]"),
            ("interest_tax_exempt_share", "interest_subsidy[South>lenders]"),
        )
    ),
    Law(
        "policies.green_bond_incentive.issue_cost_cap_bn_cny",
        0.0,
        0.01,
        "flow:bond_issue_cost[South>rest_of_country]",
        "+",
        {"policies": {"lever": {"issue_cost_share": 1}}},
        "it is the most that one issue gets",
    ),
    Law(
        "policies.green_bond_incentive.papers",
        ["bonds"],
        ["loans"],
        BONDS,
        "-",
        {"policies": {"lever": {"interest_subsidy_percentage_points": 2}}},
        "loans that are cheaper take the place of bonds",
    ),
    Law(
        "policies.green_bond_incentive.issuers",
        ["companies"],
        ["companies", "city_infrastructure"],
        "Finance|Green Bonds|New Money|City Infrastructure",
        "+",
        {"policies": {"lever": {"interest_subsidy_percentage_points": 2}}},
        "cities issue more in place of loans where a bond costs them less, and build more",
    ),
    Law(
        "policies.green_bond_incentive.renewals",
        False,
        True,
        "flow:interest_subsidy[South>lenders]",
        "+",
        {"policies": {"lever": {"interest_subsidy_percentage_points": 2}}},
        "what replaces a bond is paid for again",
    ),
    Law(
        "policies.green_bond_incentive.guarantee_fee_percentage_points",
        0.0,
        0.1,
        "flow:guarantee_fee[companies>South]",
        "+",
        {"policies": {"lever": {"guarantee_share": 0.8}}},
        "who takes the guarantee pays for it each year",
    ),
    Law(
        "policies.green_bond_incentive.guarantee_fee_percentage_points",
        0.1,
        10.0,
        "Public Budget|Guarantee Exposure",
        "-",
        {"policies": {"lever": {"guarantee_share": 0.8}}},
        "nobody takes a guarantee that costs more than it takes off",
    ),
    Law(
        "policies.green_bond_incentive.guarantee_share",
        0.0,
        0.8,
        "Finance|Cost of Debt|Green",
        "-",
        early(),
        "a lender that risks less asks a lower spread",
    ),
    Law(
        "policies.green_bond_incentive.guarantee_share",
        0.0,
        0.8,
        "flow:guarantee[South>lenders]",
        "+",
        GUARANTEED_BUST,
        "of loans whose owners fail the guarantor bears this share of the loss",
    ),
    Law(
        "policies.green_bond_incentive.guarantee_share",
        0.0,
        0.8,
        "Finance|Lender Losses",
        "-",
        GUARANTEED_BUST,
        "of loans whose owners fail the guarantor bears this share of the loss",
    ),
    *(
        Open(
            f"policies.{lever}",
            "more green investment asks for more bonds, but the support lowers rates of loans alone, so that companies "
            "issue fewer",
            "finance",
        )
        for lever in ("relending.principal_share",)
    ),
    Law(
        "policies.green_bond_incentive.guarantee_budget_bn_cny_per_year",
        0.0,
        1.0,
        "Finance|Cost of Debt|Green",
        "-",
        early(lever={"guarantee_share": 0.8, "papers": ["bonds", "loans"]}),
        "more of the year's loans are guaranteed",
    ),
    Law(
        "policies.relending.principal_share",
        0.0,
        0.6,
        "Finance|Cost of Debt|Green",
        "-",
        early(),
        "banks pass on what cheaper money spares them",
    ),
    Law(
        "policies.relending.principal_share",
        0.0,
        0.6,
        "flow:relending[central_bank>lenders]",
        "+",
        early(),
        "the central bank refinances this part of green loans",
    ),
    Law(
        "policies.relending.rate_percentage_points",
        0.5,
        2.4,
        "Finance|Cost of Debt|Green",
        "+",
        early(lever={"principal_share": 0.6}),
        "dearer money spares banks less",
    ),
    Law(
        "policies.relending.relending_years",
        1,
        10,
        "Central Bank|Relending",
        "+",
        early(lever={"principal_share": 0.6}),
        "each loan is refinanced for longer",
    ),
    Law(
        "policies.relending.quota_bn_cny_per_year",
        0.0,
        1.0,
        "Central Bank|Relending",
        "+",
        early(lever={"principal_share": 0.6}),
        "more of the year's loans are refinanced",
    ),
    Law(
        "policies.credit_rule.stops_coal_loans",
        False,
        True,
        "agents:loans.principal_cny[build_coal]",
        "-",
        early(capacity=PAID_CAPACITY),
        "lenders refuse new coal units",
    ),
    Law(
        "policies.credit_rule.stops_coal_loans",
        False,
        True,
        "Investment|Electricity|coal",
        "-",
        early(capacity=PAID_CAPACITY),
        "without a loan the whole of a unit asks the cost of equity",
    ),
    Law(
        "policies.credit_rule.coal_risk_weight",
        0.2,
        12.5,
        "agents:loans.principal_cny[build_coal]",
        "-",
        {**early(capacity=PAID_CAPACITY), "world": LITTLE_CAPITAL},
        "a loan for coal takes more of a lender's room",
    ),
    Law(
        "policies.credit_rule.gas_risk_weight",
        0.2,
        12.5,
        "agents:loans.principal_cny[build_gas]",
        "-",
        {**early(capacity=PAID_CAPACITY), "world": LITTLE_CAPITAL},
        "a loan for gas takes more of a lender's room",
    ),
    Law(
        "policies.credit_rule.green_risk_weight",
        0.2,
        5.0,
        "Finance|Green Loans|Granted",
        "-",
        {**early(), "world": LITTLE_CAPITAL},
        "a green loan takes more of a lender's room",
    ),
    *(
        Law(
            f"policies.credit_rule.{kind}_risk_weight",
            0.5,
            1.0,
            f"agents:loans.risk_weight[{option}]",
            "x 2",
            early(capacity=PAID_CAPACITY),
            "each loan of the kind has the weight, and where capital is ample nobody is refused for it",
        )
        for kind, option in (("coal", "build_coal"), ("gas", "build_gas"), ("green", "build_wind"))
    ),
    Law(
        "policies.rescue_rule.provinces_budget_bn_cny_per_year",
        0.0,
        5.0,
        "flow:rescue[North>companies]",
        "+",
        {**early(), **HALF_DEMAND},
        "the province may pay for local companies that lack cash",
    ),
    Law(
        "policies.rescue_rule.parents_budget_bn_cny_per_year",
        0.0,
        5.0,
        "flow:rescue[parents>companies]",
        "+",
        HALF_DEMAND,
        "parents elsewhere may pay for central companies that lack cash",
    ),
)

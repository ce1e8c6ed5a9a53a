"""The credit of a company in a year: its accounts, its new loans with lenders and terms, and what was refused."""

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from tanlu.explanation.records import Offered

if TYPE_CHECKING:
    from tanlu.output.result import Result

REFUSALS = (
    "lender_capital",
    "leverage",
    "interest_coverage",
    "debt_service",
    "credit_rule",
)  # among binding constraints
LOAN = [
    *("loan", "decider", "option", "label_en", "label_zh", "loan_kind", "green"),
    *("coupon", "interest_subsidy"),
]


class CreditExplanation(NamedTuple):
    """The credit of one company in one year, money of the base year."""

    accounts: dict[str, float]  # columns of the table of companies
    loans: pd.DataFrame  # granted in the year, one row a loan and lender
    refused: pd.DataFrame  # what it and its plants asked for in vain in the year: decider, option, why
    other_refusals: tuple[int, ...]  # other years in which it was refused
    answers: pd.DataFrame  # of lenders that refused something in the year: name, name_zh, refusal, requests

    @property
    def verdict(self) -> str:
        """Name the outcome of a year of need by its key.

        It is empty where the company could go on alone.
        """
        a = self.accounts
        if not a["needed_cny"]:
            return ""
        if a["exits"] and not a["failed"]:
            return "some_failed"
        if a["rescued_cny"]:
            return "was_rescued"
        return "let_fail_without_budget" if a["needed_cny"] < a["owner_gain_cny"] else "let_fail"


def explain_credit(result: "Result", company: str, year: int, offered: Offered) -> CreditExplanation | None:
    """Explain the credit of a company in a year.

    It is that of the first replication; None in results that lack the tables.
    """
    companies, loans, lenders = result.companies, result.loans, result.lenders
    if companies is None or loans is None or lenders is None:
        return None
    accounts = _first(companies)
    accounts_of_year = accounts[(accounts["decider"] == company) & (accounts["year"] == year)]
    if accounts_of_year.empty:
        return None
    granted_loans = _first(loans)
    granted_loans = granted_loans[(granted_loans["borrower"] == company) & (granted_loans["year"] == year)]
    lender_names = lenders.drop_duplicates("lender")[["lender", "name", "name_zh"]].astype(str)
    refused = _refused(result, company)
    is_this_year = refused["year"] == year
    other_refusal_years = sorted({int(refusal_year) for refusal_year in refused.loc[~is_this_year, "year"]})
    account_columns = accounts_of_year.drop(
        columns=["scenario", "replication", "decider", "year", "name", "name_zh"]
    )
    return CreditExplanation(
        {str(name): float(value) for name, value in account_columns.iloc[0].items()},
        offered.labelled(
            granted_loans.astype({"lender": str}).merge(lender_names, on="lender").reset_index(drop=True)
        ),
        offered.labelled(
            refused.loc[is_this_year, ["decider", "option", "binding_constraint"]].reset_index(drop=True)
        ),
        tuple(other_refusal_years),
        _answers(result, company, year, lender_names),
    )


def _answers(result: "Result", company: str, year: int, lender_names: pd.DataFrame) -> pd.DataFrame:
    """Count a company's refused requests of a year by lender and cause.

    The table is empty in results that lack refusals.
    """
    columns = ["name", "name_zh", "refusal", "requests"]
    if result.refusals is None:
        return pd.DataFrame(columns=columns)
    refusals = _first(result.refusals)
    refusals_of_company = refusals[(refusals["borrower"] == company) & (refusals["year"] == year)]
    refusals_of_company = refusals_of_company.astype({"lender": str, "refusal": str})
    return lender_names.merge(refusals_of_company, on="lender")[columns]


def loans_in_lines(credit: CreditExplanation, name: str) -> pd.DataFrame:
    """Build a table of one row a loan.

    It has purpose, amount, the rate that the borrower pays, claim, and the lenders by the column `name`.
    """
    rows = []
    for key, parts in credit.loans.groupby(LOAN, observed=True, sort=True):
        head: dict[str, Any] = dict(zip(LOAN, key, strict=True))
        amount = float(parts["principal_cny"].sum())
        by_size = parts.sort_values("principal_cny", ascending=False)
        shares = zip(by_size[name], by_size["principal_cny"], strict=True)
        lenders = "; ".join(f"{lender} {100.0 * part / amount:.0f} %" for lender, part in shares)
        fee = float(parts["guarantee_fee"].iloc[0]) if "guarantee_fee" in parts else 0.0
        rate = head["coupon"] - head["interest_subsidy"] + fee
        claimed = float(parts["claimed_tco2_per_year"].sum()) if "claimed_tco2_per_year" in parts else 0.0
        figures = {"amount_cny": amount, "rate": rate, "claimed_tco2_per_year": claimed}
        rows.append(head | figures | {"lenders": lenders})
    columns = ["amount_cny", "rate", "claimed_tco2_per_year", "lenders"]
    return pd.DataFrame(rows, columns=[*LOAN, *columns])


def credit_as_data(credit: CreditExplanation) -> dict[str, Any]:
    """Return the credit as plain data for JSON, NaN as None."""
    return {
        "accounts": {name: None if value != value else value for name, value in credit.accounts.items()},
        "loans": loans_in_lines(credit, "name").astype(object).to_dict("records"),
        "refused": credit.refused.astype(str).to_dict("records"),
        "other_refusals": list(credit.other_refusals),
        "answers": credit.answers.astype(object).to_dict("records"),
    }


def _refused(result: "Result", company: str) -> pd.DataFrame:
    """Select the requests of a company and its plants that lenders refused.

    The company could not pay them itself.
    """
    assert result.decisions is not None
    ledger = _first(result.decisions)
    refused_requests = ledger[
        ledger["chosen"] & ~ledger["started"] & ledger["binding_constraint"].isin(REFUSALS)
    ]
    deciders = {company}
    if result.plants is not None:
        plants = _first(result.plants)
        deciders |= {*plants.loc[plants["owner"] == company, "decider"].astype(str)}
    return refused_requests[refused_requests["decider"].astype(str).isin(deciders)]


def _first(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["replication"] == 0]

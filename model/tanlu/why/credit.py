"""The credit of a company in a year: its accounts, what it was lent by whom on which terms, and what was refused."""

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from tanlu.why.records import Offered

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


class CreditWhy(NamedTuple):
    """The credit of one company in one year, money of the base year."""

    accounts: dict[str, float]  # columns of the table of companies
    loans: pd.DataFrame  # granted in the year, one row a loan and lender
    refused: pd.DataFrame  # what it and its plants asked for in vain in the year: decider, option, why
    other_refusals: tuple[int, ...]  # other years in which it was refused
    answers: pd.DataFrame  # of lenders that refused something in the year: name, name_zh, refusal, requests

    @property
    def verdict(self) -> str:
        """What came of a year in which it could not go on alone, as the words name it; empty in others."""
        a = self.accounts
        if not a["needed_cny"]:
            return ""
        if a["exits"] and not a["failed"]:
            return "some_failed"
        if a["rescued_cny"]:
            return "was_rescued"
        return "let_fail_without_budget" if a["needed_cny"] < a["owner_gain_cny"] else "let_fail"


def credit_why(result: "Result", company: str, year: int, offered: Offered) -> CreditWhy | None:
    """Return the credit of a company in a year of the first replication; None in results that lack it."""
    companies, loans, lenders = result.companies, result.loans, result.lenders
    if companies is None or loans is None or lenders is None:
        return None
    accounts = _first(companies)
    mine = accounts[(accounts["decider"] == company) & (accounts["year"] == year)]
    if mine.empty:
        return None
    lent = _first(loans)
    lent = lent[(lent["borrower"] == company) & (lent["year"] == year)]
    named = lenders.drop_duplicates("lender")[["lender", "name", "name_zh"]].astype(str)
    refused = _refused(result, company)
    now = refused["year"] == year
    others = sorted({int(one) for one in refused.loc[~now, "year"]})
    kept = mine.drop(columns=["scenario", "replication", "decider", "year", "name", "name_zh"])
    return CreditWhy(
        {str(name): float(value) for name, value in kept.iloc[0].items()},
        offered.labelled(lent.astype({"lender": str}).merge(named, on="lender").reset_index(drop=True)),
        offered.labelled(
            refused.loc[now, ["decider", "option", "binding_constraint"]].reset_index(drop=True)
        ),
        tuple(others),
        _answers(result, company, year, named),
    )


def _answers(result: "Result", company: str, year: int, named: pd.DataFrame) -> pd.DataFrame:
    """Return why lenders refused requests of a company in a year; empty in results that lack the table."""
    columns = ["name", "name_zh", "refusal", "requests"]
    if result.refusals is None:
        return pd.DataFrame(columns=columns)
    every = _first(result.refusals)
    mine = every[(every["borrower"] == company) & (every["year"] == year)]
    mine = mine.astype({"lender": str, "refusal": str})
    return named.merge(mine, on="lender")[columns]


def loans_in_lines(credit: CreditWhy, name: str) -> pd.DataFrame:
    """Return one row a loan: purpose, amount, rate that the borrower pays, claim, and lenders by the column `name`."""
    rows = []
    for key, parts in credit.loans.groupby(LOAN, observed=True, sort=True):
        head: dict[str, Any] = dict(zip(LOAN, key, strict=True))
        amount = float(parts["principal_cny"].sum())
        by_size = parts.sort_values("principal_cny", ascending=False)
        shares = zip(by_size[name], by_size["principal_cny"], strict=True)
        lenders = "; ".join(f"{lender} {100.0 * part / amount:.0f} %" for lender, part in shares)
        rate = head["coupon"] - head["interest_subsidy"]
        claimed = float(parts["claimed_tco2_per_year"].sum()) if "claimed_tco2_per_year" in parts else 0.0
        figures = {"amount_cny": amount, "rate": rate, "claimed_tco2_per_year": claimed}
        rows.append(head | figures | {"lenders": lenders})
    columns = ["amount_cny", "rate", "claimed_tco2_per_year", "lenders"]
    return pd.DataFrame(rows, columns=[*LOAN, *columns])


def credit_as_data(credit: CreditWhy) -> dict[str, Any]:
    """Return it as plain data for JSON, NaN as None."""
    return {
        "accounts": {name: None if value != value else value for name, value in credit.accounts.items()},
        "loans": loans_in_lines(credit, "name").astype(object).to_dict("records"),
        "refused": credit.refused.astype(str).to_dict("records"),
        "other_refusals": list(credit.other_refusals),
        "answers": credit.answers.astype(object).to_dict("records"),
    }


def _refused(result: "Result", company: str) -> pd.DataFrame:
    """Return every request of a company and its plants that lenders refused and it could not pay itself."""
    assert result.decisions is not None
    ledger = _first(result.decisions)
    asked = ledger[ledger["chosen"] & ~ledger["started"] & ledger["binding_constraint"].isin(REFUSALS)]
    own = {company}
    if result.plants is not None:
        plants = _first(result.plants)
        own |= {*plants.loc[plants["owner"] == company, "decider"].astype(str)}
    return asked[asked["decider"].astype(str).isin(own)]


def _first(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["replication"] == 0]

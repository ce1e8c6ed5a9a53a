"""Companies, lenders and loans of a run as tables, kept as arrays until somebody asks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tanlu.co2.hubs import CO2Hub
from tanlu.core.arrays import Floats, Integers
from tanlu.core.economics import rating_step
from tanlu.finance.companies import Companies
from tanlu.finance.credit import price_level
from tanlu.finance.lenders import Lender
from tanlu.finance.register import KINDS, Register
from tanlu.kernels.lending import Answer
from tanlu.ledger.columns import Column, Part, Text, joined
from tanlu.records.happened import YearOutcome
from tanlu.region.pack import Region
from tanlu.state.actors import Actors

COMPANY_STATE = ("cash_cny", "debt_cny", "assets_cny", "operating_cny", "interest_cny", "cost_of_debt")
LENDER_STATE = (
    *("lent_cny", "outstanding_cny", "interest_cny", "loss_cny", "recovered_cny"),
    *("uncovered_cny", "capital_cny", "room_cny", "available_cny"),
)
REFUSALS = {
    "leverage": Answer.LEVERAGE,
    "interest_coverage": Answer.COVERAGE,
    "debt_service": Answer.DEBT_SERVICE,
    "room": Answer.ROOM,
    "quota": Answer.QUOTA,
    "rule": Answer.RULE,
}
STATUS = ("running", "repaid", "written_off")


class CreditYear(NamedTuple):
    """What companies and lenders have at the end of a year, and did in it; money of the base year."""

    year: int
    companies: dict[str, Floats]  # [W] by column
    rating_step: Integers  # [W]
    lenders: dict[str, Floats]  # [L] by column
    answered: Integers  # [L, W, Answer] requests
    hubs: dict[str, Floats]  # [H] the columns of companies


def credit_year(year: YearOutcome, actors: Actors) -> CreditYear:
    """Record the year's accounts of companies and lenders."""
    settled, failures, companies = year.finance.settlement, year.finance.failures, actors.companies
    state = {name: np.array(getattr(companies, name)) for name in COMPANY_STATE}
    flows = {
        "credibility": year.signals.promises.credibility,
        "repayment_cny": settled.principal_cny,
        "tax_cny": settled.tax_cny,
        "dividend_cny": settled.dividend_cny,
        "rolled_over_cny": settled.borrowed_cny,
        "rescued_cny": settled.rescued_cny,
        "injected_cny": year.invested.borrowed.injected_cny + failures.injected_cny,
        "bought_cny": failures.bought_cny,
        "unpaid_cny": failures.unpaid_cny,
        "exits": failures.exits,
        "defaults": failures.defaults,
        "failed": companies.failed.copy(),
        "sold_cny": failures.sold_cny,
        "left_cny": failures.left_cny,
        "repaid_from_sales_cny": failures.repaid_cny,
        "recovered_cny": failures.recovered_cny,
        "kept_running_cny": failures.kept_running_cny,
        "stranded_cny": year.stranded.by_owner_cny,
        "stranded_lent_cny": year.stranded.lent_by_owner_cny,
        "needed_cny": failures.trouble.needed_cny,
        "worth_cny": failures.trouble.worth_cny,
        "loss_if_sold_cny": failures.trouble.lender_loss_cny,
        "closing_cost_cny": failures.trouble.closing_cny,
        "owner_gain_cny": failures.trouble.gain_cny,
    }
    lenders = {name: np.array([getattr(lender, name) for lender in actors.lenders]) for name in LENDER_STATE}
    lenders["stranded_cny"] = year.stranded.by_lender_cny
    answered = np.stack([lender.answered for lender in actors.lenders])
    hubs = hub_accounts(year, actors, list(state | flows))
    return CreditYear(year.signals.year, state | flows, companies.rating_step(), lenders, answered, hubs)


def hub_accounts(year: YearOutcome, actors: Actors, columns: Sequence[str]) -> dict[str, Floats]:
    """Record the year's accounts of CO2 hubs in companies' columns [H].

    What hubs do not have is 0.
    """
    hubs, money, new, current_year = (
        actors.hubs,
        year.finance.hubs.money,
        year.invested.hubs.borrowed,
        year.signals.year,
    )
    return {name: np.zeros(len(hubs)) for name in columns} | {
        "cash_cny": np.array([hub.cash_cny for hub in hubs]),
        "debt_cny": np.array([hub.debt_cny for hub in hubs]),
        "assets_cny": np.array([hub.assets_cny(current_year) for hub in hubs]),
        "operating_cny": year.finance.hubs.profit_cny,
        "interest_cny": money.interest_cny + new.interest_cny,
        "repayment_cny": money.repayment_cny,
        "dividend_cny": money.dividend_cny,
        "rescued_cny": money.rescued_cny,
        "injected_cny": money.injected_cny + new.own_cny + new.interest_cny,
        "exits": money.failing.astype(np.float64),
        "defaults": (money.failing & (money.loss_cny > 0.0)).astype(np.float64),
        "failed": np.array([float(hub.failed) for hub in hubs]),
        "recovered_cny": money.recovered_cny,
        "kept_running_cny": money.kept_running_cny,
        "needed_cny": money.needed_cny,
        "worth_cny": money.worth_cny * (money.needed_cny > 0.0),
        "owner_gain_cny": money.worth_cny * (money.needed_cny > 0.0),
        "loss_if_sold_cny": money.loss_cny,
    }


def company_columns(
    companies: Companies, hubs: Sequence[CO2Hub], years: Sequence[CreditYear]
) -> dict[str, Column]:
    """Build one row a company and year, then one a CO2 hub."""
    steps = companies.region.finance.rating_steps
    owners = companies.ids, companies.names_en, companies.names_zh
    operators = [hub.hub_id for hub in hubs], [hub.name_en for hub in hubs], [hub.name_zh for hub in hubs]
    of_hubs = {name: np.concatenate([year.hubs[name] for year in years]) for name in years[0].hubs}
    rated = rating_step(ebit_cny=of_hubs["operating_cny"], interest_cny=of_hubs["interest_cny"], steps=steps)
    calendar = [year.year for year in years]
    of_companies = {
        name: np.concatenate([year.companies[name] for year in years]) for name in years[0].companies
    }
    ratings = np.concatenate([year.rating_step for year in years])
    return joined(
        [_borrowers(owners, calendar, of_companies, ratings), _borrowers(operators, calendar, of_hubs, rated)]
    )


def _borrowers(
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
    years: Sequence[int],
    stacked: dict[str, Floats],
    rating: Integers,
) -> dict[str, Part]:
    """Build one row a borrower and year.

    It has the identifier, names, accounts, and what lenders see.
    """
    n, interest = len(names[0]), stacked["interest_cny"]
    rows, blank = np.tile(np.arange(n), len(years)), np.full(interest.size, np.nan)
    return {
        "year": np.repeat(years, n),
        **{key: Text(texts, rows) for key, texts in zip(("decider", "name", "name_zh"), names, strict=True)},
        **stacked,
        "interest_coverage": np.divide(stacked["operating_cny"], interest, out=blank, where=interest > 0.0),
        "rating_step": rating,
    }


def lender_columns(lenders: Sequence[Lender], years: Sequence[CreditYear]) -> dict[str, Column]:
    """Build one row a lender and year."""
    rows = np.tile(np.arange(len(lenders)), len(years))
    answered = np.concatenate([year.answered.sum(axis=1) for year in years])
    refused = {f"refused_{name}": answered[:, answer] for name, answer in REFUSALS.items()}
    return joined(
        [
            {
                "year": np.repeat([year.year for year in years], len(lenders)),
                "lender": Text([lender.lender_id for lender in lenders], rows),
                "name": Text([lender.name_en for lender in lenders], rows),
                "name_zh": Text([lender.name_zh for lender in lenders], rows),
                **{name: np.concatenate([year.lenders[name] for year in years]) for name in years[0].lenders},
                "requests": answered.sum(axis=1) - answered[:, Answer.NOT_ASKED],
                "requests_granted": answered[:, Answer.GRANTED],
                **refused,
            }
        ]
    )


def refusal_columns(
    companies: Companies, lenders: Sequence[Lender], years: Sequence[CreditYear]
) -> dict[str, Column]:
    """Build one row a year, borrower, lender and reason of a refusal."""
    causes, answers = list(REFUSALS), [int(answer) for answer in REFUSALS.values()]
    counts = np.stack([year.answered[:, :, answers] for year in years])
    year, lender, borrower, cause = np.nonzero(counts)
    return joined(
        [
            {
                "year": np.array([accounts.year for accounts in years])[year],
                "borrower": Text(companies.ids, borrower),
                "lender": Text([holder.lender_id for holder in lenders], lender),
                "refusal": Text(causes, cause),
                "requests": counts[year, lender, borrower, cause],
            }
        ]
    )


def loan_columns(books: tuple[Register, ...], region: Region, last_year: int) -> dict[str, Column]:
    """Build one row a loan and lender that holds a part.

    Loans stand as at the end of the last year. Loans of companies come first, then the bonds of issuers that are none,
    then loans of CO2 hubs; all count by the year of their start, so that what comes later changes no number.
    """
    borrowers = region.finance.owners.ids, region.finance.issuers.ids, region.co2.hubs.ids
    started = np.concatenate([book.purpose.year for book in books])
    number = np.argsort(np.argsort(started, kind="stable"), kind="stable")
    numbers = np.split(number, np.cumsum([book.balance_cny.size for book in books])[:-1])
    tables = (
        _loans(*arguments, region, last_year) for arguments in zip(books, borrowers, numbers, strict=True)
    )
    return joined(list(tables))


def _loans(
    register: Register, borrowers: Sequence[str], number: Integers, region: Region, last_year: int
) -> dict[str, Part]:
    """Build the rows of one book, whose loans have these numbers [N]."""
    purpose, terms = register.purpose, register.terms
    loan, lender = np.nonzero(terms.holder_share > 0.0)
    share, lenders = terms.holder_share[loan, lender], region.finance.lenders
    balance, principal = register.balance_cny[loan], terms.principal_cny[loan]
    loss = register.loss_cny[loan]
    status = np.where(balance > 0.0, 0, np.where(loss > 0.0, 2, 1))
    return {
        "loan": number[loan],
        "year": purpose.year[loan],
        "borrower": Text(borrowers, purpose.borrower[loan]),
        "province": Text(region.axes.provinces, purpose.province[loan]),
        "decider": Text(purpose.decider.tolist(), loan),
        "option": Text(purpose.option.tolist(), loan),
        "loan_kind": Text(KINDS, purpose.kind[loan]),
        "lender": Text(lenders.ids, lender),
        "green": terms.green[loan],
        "claimed_tco2_per_year": share * terms.claimed_tco2_per_year[loan],
        "carried_tco2_per_year": share * terms.carried_tco2_per_year[loan],
        "principal_cny": share * principal / _level_when_granted(purpose.year, region)[loan],
        "balance_cny": share * balance / price_level(region, last_year),
        "coupon": terms.coupon[loan],
        "interest_subsidy": terms.subsidy[loan],
        "guarantee_share": terms.guarantee_share[loan],
        "guarantee_fee": terms.guarantee_fee[loan],
        "risk_weight": terms.risk_weight[loan],
        "relending_share": terms.relending_share[loan],
        "relending_rate": terms.relending_rate[loan],
        "relending_until_year": terms.relending_until_year[loan],
        "first_repayment_year": terms.first_repayment_year[loan],
        "last_repayment_year": terms.last_repayment_year[loan],
        "loss_share": loss / principal,
        "loan_status": Text(STATUS, status),
    }


def _level_when_granted(year: Integers, region: Region) -> Floats:
    """Compute the price level at which each loan was entered [N].

    Opening debt is money of the base year.
    """
    entered = np.maximum(year, region.base_year)
    years, position = np.unique(entered, return_inverse=True)
    return np.array([price_level(region, int(entry_year)) for entry_year in years])[position]

"""The payments of a whole year, held against what the parties' cash shows."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tanlu.finance.flows import (
    BUSINESSES,
    COMPANIES,
    GREEN_FUND,
    GRID,
    HUBS,
    LENDERS,
    CashAccount,
    Flow,
    added_up,
    cash_errors,
)
from tanlu.records.flows.businesses import business_flows, businesses
from tanlu.records.flows.consumers import consumer_flows
from tanlu.records.flows.electricity import electricity_flows
from tanlu.records.flows.finance import finance_flows
from tanlu.records.flows.public import public_flows
from tanlu.records.happened import Year
from tanlu.state.actors import Actors
from tanlu.state.opening import read_books


class YearFlows(NamedTuple):
    """Who paid whom in a year."""

    year: int
    flows: tuple[Flow, ...]
    accounts: tuple[CashAccount, ...]  # what the cash of every account that is kept did

    @property
    def errors(self) -> Mapping[str, float]:
        """By how much the flows of each account miss the change of its cash, relative to its turnover."""
        return cash_errors(self.flows, self.accounts)


def year_flows(year: Year, actors: Actors) -> YearFlows:
    """Return all payments of a year (docs/model/who_pays.md)."""
    flows = added_up(_all(year, actors))
    return YearFlows(year.signals.year, flows, tuple(_accounts(actors, year)))


def _all(year: Year, actors: Actors) -> Iterator[Flow]:
    plants, industry = actors.plants, actors.industry
    provinces, who = plants.region.axes.provinces, businesses(year, plants, industry)
    yield from electricity_flows(year, plants, industry, who)
    yield from business_flows(year, plants, industry, who, provinces)
    yield from consumer_flows(year, actors.vehicles, provinces)
    yield from public_flows(year, actors, who, provinces)
    yield from finance_flows(year, actors)


def _accounts(actors: Actors, year: Year) -> Iterator[CashAccount]:
    """Yield every account and what its cash did; the grid passes all on, lenders lend or pay back what they have."""
    opening, closing = year.opening, read_books(actors)
    owned, fund = (*BUSINESSES, COMPANIES), year.invested.green_fund
    yield CashAccount("companies", owned, closing.company_cash_cny - opening.company_cash_cny)
    yield CashAccount("hubs", (HUBS,), closing.hub_cash_cny - opening.hub_cash_cny)
    yield CashAccount("lenders", (LENDERS,), 0.0)
    yield CashAccount("grid", (GRID,), 0.0)
    yield CashAccount("green_fund", (GREEN_FUND,), float((fund.balance_cny - fund.opening_cny).sum()))
    for name, regulator in actors.regulators.items():
        left = sum(regulator.received_cny.values()) - sum(regulator.spent_cny.values())
        yield CashAccount(name, (name,), left)

"""Payments of a year: payer, payee and item, compared with the change of cash."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUELS, SECTORS

HOUSEHOLDS, SERVICES, AGRICULTURE = "households", "services", "agriculture"
SMALL_INDUSTRY = "small_industry"  # industry and heat plants that are no listed facility
BUILDERS, RAIL, CITIES = "builders", "rail", "cities"
GENERATORS = tuple(f"power_{fuel}" for fuel in FUELS)
FACILITIES = tuple(f"industry_{sector}" for sector in SECTORS)
BUSINESSES = (*GENERATORS, *FACILITIES)  # what companies own; their cash is the companies'
COMPANIES, PARENTS, LENDERS, HUBS = "companies", "parents", "lenders", "hubs"
GRID = "grid"  # passes on what customers pay, and keeps nothing
GRID_COMPANY = "grid_company"  # bears the cost of lines, and has what is left of tariffs
SURCHARGE_FUND = "surcharge_fund"
GREEN_FUND = "green_fund"  # of each province, fed by carbon revenue
CENTRE, CENTRAL_BANK = "national", "central_bank"
REST = "rest_of_country"  # suppliers, buyers of products, staff, other provinces, abroad


class Flow(NamedTuple):
    """A yearly payment of one party to another."""

    payer: str
    payee: str
    item: str
    value_cny: float  # above 0


class CashAccount(NamedTuple):
    """A party, or several with one account, and the change of its cash in a year."""

    name: str
    parties: tuple[str, ...]
    change_cny: float


def parties(provinces: Sequence[str]) -> tuple[str, ...]:
    """List all parties of payments.

    They are customers, businesses, those who finance them, networks, governments and the rest.
    """
    customers = (HOUSEHOLDS, SERVICES, AGRICULTURE, SMALL_INDUSTRY, BUILDERS, RAIL, CITIES)
    networks = (GRID, GRID_COMPANY, SURCHARGE_FUND, HUBS)
    public = (*provinces, CENTRE, GREEN_FUND, CENTRAL_BANK)
    return (*customers, *BUSINESSES, COMPANIES, PARENTS, LENDERS, *networks, *public, REST)


def paid_by(payers: Sequence[str], payee: str, item: str, values_cny: Floats) -> Iterator[Flow]:
    """Yield payments of several payers to one payee, CNY [payers]."""
    for payer, value in zip(payers, values_cny.tolist(), strict=True):
        if value != 0.0:
            yield Flow(payer, payee, item, value)


def paid_to(payer: str, payees: Sequence[str], item: str, values_cny: Floats) -> Iterator[Flow]:
    """Yield payments of one payer to several payees, CNY [payees]."""
    for payee, value in zip(payees, values_cny.tolist(), strict=True):
        if value != 0.0:
            yield Flow(payer, payee, item, value)


def add_up_flows(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Add up flows of the same payer, payee and item.

    A negative sum is paid the other way round.
    """
    total: dict[tuple[str, str, str], float] = {}
    for payer, payee, item, value in flows:
        key = (payer, payee, item) if value >= 0.0 else (payee, payer, item)
        total[key] = total.get(key, 0.0) + abs(value)
    return tuple(Flow(*key, value) for key, value in total.items() if value > 0.0)


def party_accounts(flows: Iterable[Flow]) -> dict[str, tuple[float, float]]:
    """Sum receipts and payments of each party, CNY."""
    receipts: dict[str, float] = {}
    payments: dict[str, float] = {}
    for payer, payee, _, value in flows:
        payments[payer] = payments.get(payer, 0.0) + value
        receipts[payee] = receipts.get(payee, 0.0) + value
    return {party: (receipts.get(party, 0.0), payments.get(party, 0.0)) for party in (receipts | payments)}


def net_income_cny(flows: Iterable[Flow], group: Iterable[str]) -> float:
    """Compute receipts less payments of a group of parties.

    What they pay each other cancels out.
    """
    accounts = party_accounts(flows)
    return sum(
        receipts - payments for receipts, payments in (accounts.get(party, (0.0, 0.0)) for party in group)
    )


def cash_errors(flows: Iterable[Flow], accounts: Iterable[CashAccount]) -> dict[str, float]:
    """Compute each account's error: its flows against its change of cash.

    It is relative to the account's turnover.
    """
    by_party = party_accounts(flows)
    errors = {}
    for account in accounts:
        totals = [by_party[party] for party in account.parties if party in by_party]
        net, turnover = (
            sum(receipts - payments for receipts, payments in totals),
            sum(receipts + payments for receipts, payments in totals),
        )
        errors[account.name] = abs(net - account.change_cny) / max(turnover, 1.0)
    return errors

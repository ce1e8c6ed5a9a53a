"""Payments of a year: who pays whom for what, and whether they are what the parties' cash shows."""

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
    """What one party pays another in a year."""

    payer: str
    payee: str
    item: str
    value_cny: float  # above 0


class CashAccount(NamedTuple):
    """A party, or several with one account, and what its cash did in a year."""

    name: str
    parties: tuple[str, ...]
    change_cny: float


def parties(provinces: Sequence[str]) -> tuple[str, ...]:
    """Return every party: customers, businesses, who finances them, networks, governments and the rest."""
    customers = (HOUSEHOLDS, SERVICES, AGRICULTURE, SMALL_INDUSTRY, BUILDERS, RAIL, CITIES)
    networks = (GRID, GRID_COMPANY, SURCHARGE_FUND, HUBS)
    public = (*provinces, CENTRE, GREEN_FUND, CENTRAL_BANK)
    return (*customers, *BUSINESSES, COMPANIES, PARENTS, LENDERS, *networks, *public, REST)


def paid_by(payers: Sequence[str], payee: str, item: str, values_cny: Floats) -> Iterator[Flow]:
    """Yield what each payer pays one payee, CNY [payers]."""
    for payer, value in zip(payers, values_cny.tolist(), strict=True):
        if value != 0.0:
            yield Flow(payer, payee, item, value)


def paid_to(payer: str, payees: Sequence[str], item: str, values_cny: Floats) -> Iterator[Flow]:
    """Yield what one payer pays each payee, CNY [payees]."""
    for payee, value in zip(payees, values_cny.tolist(), strict=True):
        if value != 0.0:
            yield Flow(payer, payee, item, value)


def added_up(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Return one flow for each payer, payee and item; less than nothing is paid the other way round."""
    total: dict[tuple[str, str, str], float] = {}
    for payer, payee, item, value in flows:
        key = (payer, payee, item) if value >= 0.0 else (payee, payer, item)
        total[key] = total.get(key, 0.0) + abs(value)
    return tuple(Flow(*key, value) for key, value in total.items() if value > 0.0)


def party_accounts(flows: Iterable[Flow]) -> dict[str, tuple[float, float]]:
    """Return what each party gets, and what it pays, CNY."""
    got: dict[str, float] = {}
    paid: dict[str, float] = {}
    for payer, payee, _, value in flows:
        paid[payer] = paid.get(payer, 0.0) + value
        got[payee] = got.get(payee, 0.0) + value
    return {party: (got.get(party, 0.0), paid.get(party, 0.0)) for party in (got | paid)}


def net_cny(flows: Iterable[Flow], of: Iterable[str]) -> float:
    """Return what parties together get less what they pay; what they pay each other cancels out."""
    by_party = party_accounts(flows)
    return sum(got - paid for got, paid in (by_party.get(party, (0.0, 0.0)) for party in of))


def cash_errors(flows: Iterable[Flow], accounts: Iterable[CashAccount]) -> dict[str, float]:
    """Return by how much the flows of each account miss the change of its cash, relative to its turnover."""
    by_party = party_accounts(flows)
    errors = {}
    for account in accounts:
        mine = [by_party[party] for party in account.parties if party in by_party]
        net, turnover = sum(got - paid for got, paid in mine), sum(got + paid for got, paid in mine)
        errors[account.name] = abs(net - account.change_cny) / max(turnover, 1.0)
    return errors

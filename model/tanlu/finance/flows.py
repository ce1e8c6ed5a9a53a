"""Payments of a year: who pays whom for what, and whether they are what the parties' cash shows."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUELS, SECTORS

HOUSEHOLDS, SERVICES, AGRICULTURE = "households", "services", "agriculture"
SMALL_INDUSTRY = "small_industry"  # industry and heat plants that are no listed facility
BUILDERS, RAIL = "builders", "rail"
GENERATORS = tuple(f"power_{fuel}" for fuel in FUELS)
FACILITIES = tuple(f"industry_{sector}" for sector in SECTORS)
BUSINESSES = (*GENERATORS, *FACILITIES)  # what companies own; their cash is the companies'
COMPANIES, PARENTS, LENDERS, HUBS = "companies", "parents", "lenders", "hubs"
GRID = "grid"  # passes on what customers pay, and keeps nothing
GRID_COMPANY = "grid_company"  # bears the cost of lines, and has what is left of tariffs
SURCHARGE_FUND = "surcharge_fund"
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
    customers = (HOUSEHOLDS, SERVICES, AGRICULTURE, SMALL_INDUSTRY, BUILDERS, RAIL)
    networks = (GRID, GRID_COMPANY, SURCHARGE_FUND, HUBS)
    public = (*provinces, CENTRE, CENTRAL_BANK)
    return (*customers, *BUSINESSES, COMPANIES, PARENTS, LENDERS, *networks, *public, REST)


def paid_by(payers: Sequence[str], payee: str, item: str, values_cny: Floats) -> Iterator[Flow]:
    """Yield what each payer pays one payee, CNY [payers]."""
    for payer, value in zip(payers, values_cny.tolist(), strict=True):
        yield Flow(payer, payee, item, value)


def paid_to(payer: str, payees: Sequence[str], item: str, values_cny: Floats) -> Iterator[Flow]:
    """Yield what one payer pays each payee, CNY [payees]."""
    for payee, value in zip(payees, values_cny.tolist(), strict=True):
        yield Flow(payer, payee, item, value)


def added_up(flows: Iterable[Flow]) -> tuple[Flow, ...]:
    """Return one flow for each payer, payee and item; less than nothing is paid the other way round."""
    total: dict[tuple[str, str, str], float] = {}
    for payer, payee, item, value in flows:
        key = (payer, payee, item) if value >= 0.0 else (payee, payer, item)
        total[key] = total.get(key, 0.0) + abs(value)
    return tuple(Flow(*key, value) for key, value in total.items() if value > 0.0)


def net_cny(flows: Iterable[Flow], of: Iterable[str]) -> float:
    """Return what parties together get less what they pay; what they pay each other cancels out."""
    mine = frozenset(of)
    return sum(value * ((payee in mine) - (payer in mine)) for payer, payee, _, value in flows)


def cost_cny(flows: Iterable[Flow], party: str, items: Iterable[str]) -> float:
    """Return what a party pays for items less what it gets for them."""
    these = frozenset(items)
    return sum(
        value * ((payer == party) - (payee == party)) for payer, payee, item, value in flows if item in these
    )


def turnover_cny(flows: Iterable[Flow], of: Iterable[str]) -> float:
    """Return all that parties get and pay."""
    mine = frozenset(of)
    return sum(value * ((payee in mine) + (payer in mine)) for payer, payee, _, value in flows)


def cash_errors(flows: Sequence[Flow], accounts: Iterable[CashAccount]) -> dict[str, float]:
    """Return by how much the flows of each account miss the change of its cash, relative to its turnover."""
    return {
        account.name: abs(net_cny(flows, account.parties) - account.change_cny)
        / max(turnover_cny(flows, account.parties), 1.0)
        for account in accounts
    }

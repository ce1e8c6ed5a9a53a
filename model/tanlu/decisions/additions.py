"""Additions: what the pack lists and cities have built borrows like other projects, but nobody can refuse it."""

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import FUELS
from tanlu.core.schedules import COAL_LOAN, GAS_LOAN, GREEN_LOAN, OTHER_LOAN
from tanlu.core.signals import Signals
from tanlu.decisions.funding import Borrowed, first_interest
from tanlu.finance import register
from tanlu.finance.bond_prices import BondSupport
from tanlu.finance.claims import Claims, claimed_by_units
from tanlu.finance.relending import offer_relending, relief, weight_factor
from tanlu.kernels.lending import Requests
from tanlu.region.pack import Region
from tanlu.settlement.credit.contract import BondPlan, LoanPlan, enter_green, find_bond_due_year
from tanlu.settlement.credit.price import remember_rates
from tanlu.settlement.credit.rationing import apply_support, ask, limit_support, read_limits, usual_terms
from tanlu.state.actors import Actors
from tanlu.state.state import FinanceState

FINANCED = np.array([{"coal": COAL_LOAN, "gas": GAS_LOAN}.get(name, GREEN_LOAN) for name in FUELS])


def finance_additions(
    state: FinanceState,
    actors: Actors,
    region: Region,
    signals: Signals,
    grid_tco2_per_mwh: Floats,
    waste_plants: Integers,
) -> tuple[FinanceState, Borrowed]:
    """Lend to owners of listed units and facilities, and of waste plants, that start this year.

    See docs/model/finance.md.

    Args:
        state: of finance.
        actors: who owns and lends.
        region: the pack.
        signals: of the year.
        grid_tco2_per_mwh: what electricity of each province emits in the year [P], for what issuers claim.
        waste_plants: rows of those that cities have had started this year.
    """
    plants, industry, companies, lenders = actors.plants, actors.industry, actors.companies, actors.lenders
    year = signals.year
    listed = np.flatnonzero(plants.commissioned_year[: plants.pack_size] == year)
    units = np.concatenate([listed, waste_plants])
    sites = np.flatnonzero((industry.start_year == year) & (industry.facility_value_cny > 0.0))
    owner = np.concatenate([plants.owner[units], industry.owner[sites]])
    capex = np.concatenate([plants.investment_cny[units], industry.facility_value_cny[sites]])
    n, provinces = owner.size, len(region.axes.provinces)
    if n == 0:
        return state, Borrowed.nothing(len(companies), len(lenders), provinces)
    financed = np.concatenate([FINANCED[plants.fuel[units]], np.full(sites.size, OTHER_LOAN)])
    province = np.concatenate([plants.province[units], industry.province[sites]])
    requests = _requests(region, signals, owner, province, capex, financed)
    requests = requests._replace(amount_cny=requests.amount_cny * ~companies.failed[owner])
    terms = usual_terms(region, lenders)
    unlimited = np.full(terms.spread.size, np.inf)
    terms = terms._replace(minimum_interest_coverage=-unlimited, maximum_debt_to_assets=unlimited)
    endless = read_limits(lenders, provinces)._replace(quota_cny=unlimited, room_cny=unlimited)
    limits = limit_support(endless, state.register, region, signals)
    answer = ask(requests, terms, limits, companies, companies.interest_cny, region, signals)
    requests = apply_support(requests, answer)
    deciders = [np.array(kind.ids, object)[rows] for kind, rows in ((plants, units), (industry, sites))]
    years = int(region.finance.parameters["loan_years"])
    names, repaid_from = np.concatenate(deciders), np.full(n, year + 1)
    listed_as = np.full(n, register.FROM_PACK, object)
    claims = _claims(actors, region, units, capex, grid_tco2_per_mwh)
    relent = offer_relending(region.finance, signals.policy.finance, year)
    bond = BondPlan(find_bond_due_year(region, year), BondSupport.nothing(provinces))
    plan = LoanPlan(register.LOAN, names, listed_as, repaid_from, years, relent, claims, bond)
    granted = remember_rates(state.granted, requests, answer, companies, signals)
    state, purpose, agreed = enter_green(state, requests, plan, answer, companies, lenders, region, year)
    first = first_interest(purpose, agreed, companies, lenders, region, year)
    injected = companies.pay_own_share(owner, capex - answer.granted_cny, capex, first.interest_cny)
    return state._replace(granted=granted), Borrowed(
        first, injected, float(capex.sum()), float(answer.granted_cny.sum())
    )


def _claims(
    actors: Actors, region: Region, units: Integers, capex_cny: Floats, grid_tco2_per_mwh: Floats
) -> Claims:
    """Compute claims by CNY of listed units and then facilities.

    Facilities bear no label and claim nothing.
    """
    plants, claimed = actors.plants, np.zeros(capex_cny.size)
    place = plants.province[units], plants.fuel[units]
    claimed[: units.size] = claimed_by_units(
        region.power, *place, plants.capacity_mw[units], grid_tco2_per_mwh
    )
    return Claims(claimed / np.maximum(capex_cny, 1.0), is_carried_on=False)


def _requests(
    region: Region, signals: Signals, owner: Integers, province: Integers, capex: Floats, financed: Integers
) -> Requests:
    """Build the loan requests for what the pack lists.

    Of support, only the central bank's money is for them.
    """
    n, cut = owner.size, relief(region.finance, signals.policy.finance)[province]
    return Requests(
        borrower=owner,
        province=province,
        amount_cny=region.finance.parameters["project_debt_share"] * capex,
        added_ebit_cny=region.parameters["initial_return_on_assets"] * capex,
        cash_cny=np.full(n, np.inf),
        green=financed == GREEN_LOAN,
        interest_subsidy=np.zeros(n),
        guarantee_share=np.zeros(n),
        guarantee_fee=np.zeros(n),
        bond_guarantee_share=np.zeros(n),
        relief=cut,
        relief_weight=weight_factor(region.finance, cut),
        risk_weight=signals.policy.finance.risk_weight[province, financed],
    )

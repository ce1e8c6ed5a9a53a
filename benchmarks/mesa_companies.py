"""Companies of the object model, what lenders grant them, and the carbon market they trade in."""

from typing import TYPE_CHECKING, NamedTuple

import mesa

from benchmarks.mesa_plants import Project, YearPrices
from benchmarks.mesa_value import annuity
from tanlu.finance.companies import GREEN
from tanlu.finance.lenders import Lender
from tanlu.region.tables import year_index

if TYPE_CHECKING:
    from benchmarks.mesa_model import ObjectModel

PRICE_STEP = 0.01  # CNY/t, of the carbon exchange
SEARCH_STEPS = 100


class Slot(NamedTuple):
    """What a technology is worth in a province this year, and how much of it can be started."""

    province: int
    technology: int
    value_cny_per_mw: float  # a year, before fixed operation
    running_cost_cny_per_mw: float
    capex_cny_per_mw: float
    room_mw: float
    lead_years: int
    life_years: int


class Site(NamedTuple):
    """What a company would build."""

    slot: Slot
    capacity_mw: float
    npv_cny: float
    rate: float


class Company(mesa.Agent):
    """One owner group."""

    model: "ObjectModel"

    def __init__(self, model: "ObjectModel", row: int, assets_cny: float, share: list[float]) -> None:
        super().__init__(model)
        owners = model.region.finance.owners
        self.row, self.id, self.is_state = row, owners.ids[row], owners.kind[row] != "private"
        self.cost_of_equity, self.premium = (
            float(owners.cost_of_equity[row]),
            float(owners.hurdle_premium[row]),
        )
        active = owners.active_in[row]
        self.where = (active / max(active.sum(), 1.0)).tolist()
        self.assets_cny, self.share = assets_cny, share
        self.debt_cny = float(owners.debt_to_assets[row]) * assets_cny
        self.cash_cny = float(owners.initial_cash_cny[row])
        self.operating_cny = assets_cny * model.parameters["initial_return_on_assets"]
        self.cost_of_debt = float(model.region.finance.loan_prime_rate[year_index(model.region.base_year)])
        self.interest_cny = self.debt_cny * self.cost_of_debt
        self.depreciation_cny = self.written_off_cny = self.borrowed_cny = self.loss_cny = 0.0
        self.bank_tco2 = self.emitted_tco2 = self.allocated_tco2 = 0.0

    def rating_spread(self) -> float:
        finance = self.model.region.finance
        step = sum(self.operating_cny >= x * self.interest_cny for x in self.model.rating_steps)
        return float(finance.rating_spreads[step])

    @property
    def interest_coverage(self) -> float:
        return self.operating_cny / max(self.interest_cny, 1.0)

    def hurdle(self, prices: YearPrices, lender_spread: float, greenium: float) -> tuple[float, float]:
        """Return the real discount rate of ordinary and of green projects."""
        f, rating = self.model.finance, self.rating_spread()
        base = prices.prime_rate + lender_spread
        guaranteed = 1.0 - sum(a * b for a, b in zip(self.where, prices.guarantee, strict=True))
        subsidy = sum(a * b for a, b in zip(self.where, prices.interest_subsidy, strict=True))
        green = max(base + rating * guaranteed - greenium - subsidy, 0.0)
        equity = (1.0 - f["project_debt_share"]) * (self.cost_of_equity - f["inflation"])
        debt = f["project_debt_share"] * (1.0 - f["income_tax_rate"])
        return tuple(equity + debt * (r - f["inflation"]) + self.premium for r in (base + rating, green))

    def settle(self, operating_cny: float) -> None:
        """Pay interest, tax, principal and dividends; borrow short, be rescued or default where cash runs out."""
        f = self.model.finance
        self.operating_cny = operating_cny
        self.interest_cny = self.debt_cny * self.cost_of_debt
        tax = f["income_tax_rate"] * max(operating_cny - self.depreciation_cny - self.interest_cny, 0.0)
        principal = self.debt_cny / f["loan_years"]
        income = operating_cny - self.interest_cny - tax
        self.cash_cny += income - principal - f["payout_share"] * max(income - principal, 0.0)
        idle = max(self.cash_cny - f["cash_share_of_assets"] * self.assets_cny, 0.0)
        self.cash_cny -= f["idle_cash_payout_share"] * idle
        self.debt_cny -= principal
        self.assets_cny = max(self.assets_cny - self.depreciation_cny - self.written_off_cny, 0.0)
        self.cover_shortfall()

    def cover_shortfall(self) -> None:
        f, short = self.model.finance, max(-self.cash_cny, 0.0)
        self.borrowed_cny = min(short, max(f["maximum_leverage"] * self.assets_cny - self.debt_cny, 0.0))
        missing = short - self.borrowed_cny
        self.debt_cny += self.borrowed_cny
        self.cash_cny += self.borrowed_cny + missing
        self.loss_cny = 0.0
        if missing > 0.0 and not self.is_state:
            target = min(self.debt_cny, (1.0 - f["loss_given_default"]) * self.assets_cny)
            self.loss_cny, self.debt_cny = self.debt_cny - target, target

    def sites(self, slots: list[Slot], hurdle: tuple[float, float]) -> list[Site]:
        """Return what the company would build: a part of its share of each slot that grows with profitability."""
        found, x = [], self.model.parameters
        for slot in slots:
            rate = hurdle[1] if GREEN[slot.technology] else hurdle[0]
            yearly = slot.value_cny_per_mw - slot.running_cost_cny_per_mw
            lead = max(slot.lead_years, 1)
            outlay = slot.capex_cny_per_mw / lead * annuity(rate, lead) * (1.0 + rate)
            worth = yearly * annuity(rate, slot.life_years) * (1.0 + rate) ** -slot.lead_years - outlay
            part = min(max(worth / slot.capex_cny_per_mw / x["full_build_profitability_index"], 0.0), 1.0)
            capacity = slot.room_mw * self.share[slot.province] * part
            if capacity >= x["smallest_new_build_mw"]:
                found.append(Site(slot, capacity, worth * capacity, rate))
        return found

    def project(self, site: Site) -> Project:
        slot = site.slot
        capex = slot.capex_cny_per_mw * site.capacity_mw
        green = bool(GREEN[slot.technology])
        value = site.npv_cny
        return Project(
            self, slot.technology, self.row, slot.province, 0, capex, value, site.rate, green, False, True
        )


def fund(
    projects: list[Project], companies: list[Company], lenders: list[Lender], prices: YearPrices
) -> list[Project]:
    """Ask the lenders for every project, best borrower first, and return what is funded."""
    free = [x for x in projects if not (x.needs_loan and x.capex_cny > 0.0)]
    asks = [x for x in projects if x.needs_loan and x.capex_cny > 0.0]
    model = companies[0].model
    loans: dict[int, tuple[float, float]] = {}
    after = {c.row: [c.debt_cny, c.assets_cny, c.operating_cny, c.interest_cny] for c in companies}
    capital = [lender.available_cny for lender in lenders]
    queue = sorted(range(len(asks)), key=lambda i: -companies[asks[i].owner].interest_coverage)
    for i in queue:
        granted = _grant(asks[i], after[asks[i].owner], lenders, capital, prices, model)
        if granted is not None:
            loans[i] = granted
    cash = [max(c.cash_cny, 0.0) for c in companies]
    for i, ask in enumerate(asks):
        if i not in loans and ask.capex_cny <= cash[ask.owner]:
            cash[ask.owner] -= ask.capex_cny
            loans[i] = (0.0, 0.0)
    funded = [(x, 0.0, 0.0) for x in free] + [(asks[i], *loans[i]) for i in sorted(loans)]
    _book(funded, companies)
    model.green_loans = [0.0, 0.0]
    for project, loan, _ in funded:
        if project.green:
            model.green_loans[project.province] += loan
    return [x for x, _, _ in funded]


def _grant(
    ask: Project,
    borrower: list[float],
    lenders: list[Lender],
    capital: list[float],
    prices: YearPrices,
    model: "ObjectModel",
) -> tuple[float, float] | None:
    """Lend all of a request, from the cheapest lenders that accept it, or nothing; return loan and rate."""
    f, spreads = model.finance, model.rating_spreads
    amount = f["project_debt_share"] * ask.capex_cny
    worth = (ask.capex_cny + max(ask.npv_cny, 0.0)) / annuity(max(ask.rate, 0.0), int(f["loan_years"]))
    added = model.parameters["expected_return_credited_share"] * worth
    debt, assets, ebit = borrower[0] + amount, borrower[1] + amount, borrower[2] + added
    at_base = borrower[3] + prices.prime_rate * amount
    risk = spreads[sum(ebit >= x * at_base for x in model.rating_steps)]
    if debt > 0.0 and f["leverage_slope"] > 0.0:
        risk += f["leverage_slope"] * debt / assets
    if ask.green:
        risk *= 1.0 - prices.guarantee[ask.province]
    offers = []
    for x, lender in enumerate(lenders):
        if lender.green_only and not ask.green:
            continue
        contract = prices.prime_rate + lender.spread + risk - (lender.greenium if ask.green else 0.0)
        paid = max(contract - prices.interest_subsidy[ask.province], 0.0) if ask.green else contract
        if debt <= lender.maximum_debt_to_assets * assets and ebit >= lender.minimum_interest_coverage * (
            borrower[3] + paid * amount
        ):
            offers.append((contract, x, paid))
    if sum(capital[x] for _, x, _ in offers) < amount or not offers:
        return None
    left, interest = amount, 0.0
    for _, x, paid in sorted(offers):
        part = min(left, capital[x])
        capital[x] -= part
        left -= part
        interest += part * paid
        lenders[x].lend(part)
    borrower[:] = [debt, assets, ebit, borrower[3] + interest]
    return amount, interest / amount


def _book(funded: list[tuple[Project, float, float]], companies: list[Company]) -> None:
    """Book funded projects: loans raise debt, the rest comes from cash, and from the parent where cash is short."""
    for company in companies:
        mine = [x for x in funded if x[0].owner == company.row]
        if not mine:
            continue
        loans = sum(loan for _, loan, _ in mine)
        interest = company.debt_cny * company.cost_of_debt + sum(loan * rate for _, loan, rate in mine)
        capex = sum(project.capex_cny for project, _, _ in mine)
        company.debt_cny += loans
        if company.debt_cny > 1.0:
            company.cost_of_debt = interest / company.debt_cny
        company.assets_cny += sum(project.capex_cny for project, _, _ in mine if project.needs_loan)
        own = capex - loans
        company.cash_cny += max(own - max(company.cash_cny, 0.0), 0.0) - own


class Rules(NamedTuple):
    """How allowances are traded in a year."""

    offset_price: float
    offset_share: float
    carry_over_base: float
    carry_over_factor: float
    reference_price: float
    slope: float
    floor: float
    ceiling: float
    reservation_price: float
    auctioned: float  # t sold by the government


def clear_allowances(companies: list[Company], rules: Rules) -> float:
    """Clear the carbon market among companies and the rest of the country; set banks and payments, return the price."""

    def response(company: Company, price: float) -> tuple[float, float]:
        willing = min(max((price - rules.offset_price) / PRICE_STEP, 0.0), 1.0)
        offsets = willing * rules.offset_share * company.emitted_tco2
        surplus = company.allocated_tco2 + company.bank_tco2 - company.emitted_tco2 + offsets
        if surplus <= 0.0:
            return offsets, surplus
        must = max(surplus - rules.carry_over_base, 0.0) / (1.0 + rules.carry_over_factor)
        willing = min(max((price - rules.reservation_price) / PRICE_STEP, 0.0), 1.0)
        return offsets, must + willing * (surplus - must)

    def excess(price: float) -> float:
        offered = rules.auctioned + sum(response(c, price)[1] for c in companies)
        return -offered - rules.slope * (price - rules.reference_price)

    low = rules.floor
    high = max(low + excess(low) / rules.slope, low)
    high = min(high, rules.ceiling)
    if excess(low) <= 0.0:
        high = low
    for _ in range(SEARCH_STEPS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (middle, high) if excess(middle) > 0.0 else (low, middle)
    for company in companies:
        offsets, sold = response(company, high)
        left = company.allocated_tco2 + company.bank_tco2 - company.emitted_tco2 + offsets - sold
        company.carbon_payment_cny = -high * sold + rules.offset_price * offsets
        allowed = rules.carry_over_base + rules.carry_over_factor * max(sold, 0.0)
        company.bank_tco2 = min(max(left, 0.0), allowed)
    return high

"""Companies: the owner groups; they hold cash and debt, and build new capacity."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers, sum_by_group
from tanlu.core.economics import (
    annuity_factor,
    discount_factor,
    rating_step,
    weighted_average_cost_of_capital,
)
from tanlu.core.mesa_classes import Model
from tanlu.core.randomness import decider_id
from tanlu.core.schedules import COAL_LOAN, GAS_LOAN, GREEN_LOAN, LOANS, NEW, OTHER_LOAN, RENEWED
from tanlu.core.signals import Promises, Signals
from tanlu.core.taxes import OTHER_INCOME
from tanlu.finance.bond_prices import (
    BondSupport,
    bond_utility,
    lowest_rating,
    option_worth,
    price_bonds,
    supported_bonds,
    supports_bonds,
    takes_guarantee,
)
from tanlu.finance.building import BuildSites, BuildTerms, Room
from tanlu.finance.relending import expected_relief
from tanlu.investment.closed_by import Bar, Closed, ClosedBy, Reasons, side_by_side
from tanlu.investment.population import (
    GREEN_RATE,
    ORDINARY_RATE,
    STAYS,
    Appraisal,
    Investors,
    ProjectEffect,
    Waiting,
)
from tanlu.investment.taxation import worths_of_new
from tanlu.kernels.building_sites import SiteTerms
from tanlu.kernels.finance.dues import Due
from tanlu.power.state import IS_THERMAL, NewUnits, full_load_hours
from tanlu.region.finance import Owners
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE, FUEL_OF_BUILDABLE
from tanlu.region.tables import year_index

K = len(BUILDABLE)
COAL = BUILDABLE.index("coal")
GREEN = np.array([name not in ("coal", "gas") for name in BUILDABLE])
OVER_INDEBTED_YEARS = 2  # running, after which debt above all that it has counts
LOAN_CLASS = np.append(
    OTHER_LOAN,
    [{"coal": COAL_LOAN, "gas": GAS_LOAN}.get(name, GREEN_LOAN) for name in BUILDABLE],
)  # by option, the first being none
GREEN_COLUMN = np.where(GREEN, GREEN_RATE, ORDINARY_RATE)  # of the hurdle rates


class Cashflow(NamedTuple):
    """A company's year before finance; axis W, CNY of 2020."""

    operating_cny: Floats  # profit before finance of all its assets, capture support included
    depreciation_cny: Floats
    stranded_cny: Floats
    tax_before_interest_cny: (
        Floats  # by class and age of what earned it; below zero where losses were greater
    )
    interest_tax_rate: Floats  # at which interest is deducted, the mean of what it financed by book value


class Settlement(NamedTuple):
    """Payments by which the year's money left each company; axis W."""

    interest_cny: Floats
    principal_cny: Floats
    tax_cny: Floats
    dividend_cny: Floats
    borrowed_cny: Floats  # missing cash that lenders lent for a year
    rescued_cny: Floats  # paid in by owners to keep it solvent
    matured_bonds_cny: Floats  # of bonds that fell due, those that others replace included


class Granted(NamedTuple):
    """Lenders' last terms by rating, fractions per year, and the support of green loans.

    Axis Z + 1 ratings, worst first.
    """

    lender_spread: Floats  # [Z + 1] over the prime rate
    risk_premium: Floats  # [Z + 1] before any guarantee
    guaranteed_part: Floats  # [P] of what could be guaranteed of last year's loans, as far as budgets went
    relent_part: Floats  # [P] of the loans that could be relent, as far as quotas went
    issue_cny: Floats  # [] for which a company asked at one time, the mean CNY's
    greenium: Floats  # [] of last year's bonds


class Companies(Investors):
    """The owner groups of the region's assets, one row each."""

    kind = "Companies"
    is_green, is_capture = np.append(False, GREEN), np.zeros(K + 1, dtype=bool)

    columns = (
        "cash_cny",
        "debt_cny",
        "assets_cny",
        "operating_cny",
        "interest_cny",
        "cost_of_debt",
        "failed",
        "over_indebted_years",
    )

    def __init__(self, model: Model, region: Region, assets_cny: Floats) -> None:
        owners = region.finance.owners
        super().__init__(model, owners.ids, owners.names_en, owners.names_zh)
        self.region, self.table = region, owners
        self.assets_cny = assets_cny
        self.debt_cny = owners.debt_to_assets * assets_cny
        self.cash_cny = owners.initial_cash_cny.copy()
        self.operating_cny = assets_cny * region.parameters["initial_return_on_assets"]
        self.cost_of_debt = np.full(
            len(self), float(region.finance.loan_prime_rate[year_index(region.base_year)])
        )
        self.interest_cny = self.debt_cny * self.cost_of_debt
        self.over_indebted_years = np.zeros(len(self), np.int64)
        self.failed = np.zeros(len(self), dtype=bool)  # once for all
        self.share = build_share(owners, assets_cny, region.parameters)
        self.province_share = owners.active_in / np.maximum(owners.active_in.sum(axis=1), 1.0)[:, None]
        self.is_state = np.array([kind != "private" for kind in owners.kind])
        self.is_local = np.array([kind == "local_soe" for kind in owners.kind])

    # --- what governments promise ------------------------------------------------------------------------------

    def hear(self, credibility: Floats, promised_cny: Floats, broken_cny: Floats) -> Promises:
        """Hear what governments promised and broke [P], and change last year's credibility [W] by it."""
        x, share, at_first = self.region.parameters, self.province_share, self.table.policy_belief
        promised, broken = ((share * money).sum(axis=1) for money in (promised_cny, broken_cny))
        broken_share = _divide(broken, promised, 0.0)
        rise = x["credibility_gain_per_year"] * (1.0 - credibility) * (1.0 - broken_share)
        fall = x["credibility_loss_share"] * credibility * broken_share
        credibility = credibility + np.where(promised > 0.0, rise - fall, 0.0)
        trust = np.minimum(_divide(credibility, at_first, 1.0) ** (1.0 / x["promise_years"]), 1.0)
        return Promises(credibility, trust, promised_cny, broken_cny)

    # --- money -------------------------------------------------------------------------------------------------

    def interest_coverage(self) -> Floats:
        """Compute operating profit over interest [W]."""
        return self.operating_cny / np.maximum(self.interest_cny, 1.0)

    def borrowing_rates(self, signals: Signals, granted: Granted) -> Floats:
        """Compute expected nominal rates of ordinary and green debt [W, 2].

        Each is the rate that was last granted to its rating, at today's prime rate, guarantees, subsidies and
        relending, less what support of bonds is worth; of guarantees and relending companies expect as much as
        budgets had last year.
        """
        in_province, finance = self.province_share, signals.policy.finance
        share, fee = (
            support[:, LOANS, NEW] for support in (finance.green_guarantee_share, finance.green_guarantee_fee)
        )
        step = self.rating_step()
        takes = takes_guarantee(share, granted.risk_premium[step][:, None], fee)
        guaranteed, mean_fee = (
            (in_province * np.where(takes, support * granted.guaranteed_part, 0.0)).sum(axis=1)
            for support in (share, fee)
        )
        subsidy = (in_province * finance.green_interest_subsidy[:, LOANS, NEW]).sum(axis=1)
        relief = expected_relief(self.region.finance, finance) * granted.relent_part
        mean_relief = (in_province * relief).sum(axis=1)
        zero = np.zeros(len(self))
        open_share = 1.0 - np.stack([zero, guaranteed], axis=1)
        safe = (signals.prices.loan_prime_rate + granted.lender_spread[step])[:, None]
        rate = safe + granted.risk_premium[step][:, None] * open_share
        rate = np.maximum(rate - np.stack([zero, mean_relief + subsidy], axis=1), 0.0)
        rate[:, GREEN_RATE] += mean_fee
        if supports_bonds(finance):
            issues = [supported_bonds(finance, issue) for issue in (NEW, RENEWED)]
            rate[:, GREEN_RATE] -= self._worth_of_bonds(rate[:, GREEN_RATE], issues, granted, signals.year)
        return rate

    def bond_rating(self) -> Integers:
        """Compute each company's rating step for bond buyers [W].

        They rate a company better if a state owns it.
        """
        finance = self.region.finance
        lifted = self.is_state * int(finance.parameters["bond_support_steps"])
        return np.minimum(self.rating_step() + lifted, finance.rating_spreads.size - 1)

    def _worth_of_bonds(
        self, loan_rate: Floats, issues: Sequence[BondSupport], granted: Granted, year: int
    ) -> Floats:
        """Compute by how much support of bonds lowers the rate of green debt [W].

        Debt of a project lasts as long as a loan. Support of the first bond counts by the worth of its years in
        those of the loan, that of renewals by the rest: A(r, bond) / A(r, loan).
        """
        f, rating = self.region.finance.parameters, self.bond_rating()
        risk = self.region.finance.rating_spreads[rating]
        label, size = float(granted.greenium), granted.issue_cny

        def price(support: BondSupport) -> Floats:
            bond = price_bonds(risk, size, support, label, self.region, year)
            return bond.issuer_rate + bond.guarantee_fee + bond.cost

        plain = price(BondSupport.nothing(len(self)))
        new, renewed = (
            plain - price(support.mean_by(self.province_share))
            for support in (
                support._replace(
                    guarantee_share=support.guarantee_share * granted.guaranteed_part,
                    guarantee_fee=support.guarantee_fee * granted.guaranteed_part,
                )
                for support in issues
            )
        )
        years = np.array([f["bond_years"], f["loan_years"]]).astype(np.int64)[:, None]
        first_bond, whole = annuity_factor(loan_rate, years)
        support = renewed + (new - renewed) * first_bond / whole
        worth = option_worth(bond_utility(loan_rate - plain, self.region), support, self.region)
        return np.where(rating >= lowest_rating(self.region), np.minimum(worth, loan_rate), 0.0)

    def hurdle(self, signals: Signals, granted: Granted) -> Floats:
        """Compute real discount rates of ordinary and green projects [W, 2].

        WACC = E r_e + D r_d (1 - tax), less inflation, plus the company's premium. Tax law lets companies deduct
        nominal interest, so inflation comes off after tax.
        """
        f = self.region.finance.parameters
        wacc = weighted_average_cost_of_capital(
            cost_of_equity=self.table.cost_of_equity[:, None],
            cost_of_debt=self.borrowing_rates(signals, granted),
            debt_share=f["project_debt_share"],
            tax_rate=signals.taxes.full_rate(OTHER_INCOME, signals.year),
        )
        return np.asarray(wacc - f["inflation"] + self.table.hurdle_premium[:, None])

    def settle(self, cashflow: Cashflow, due: Due) -> tuple[Floats, Floats]:
        """Pay interest, tax, principal and dividends; cash may be short after it.

        Returns:
            tax and dividends, CNY [W].
        """
        f = self.region.finance.parameters
        self.operating_cny, self.interest_cny = cashflow.operating_cny, due.interest_cny
        deducted = cashflow.interest_tax_rate * due.interest_cny
        tax = np.maximum(cashflow.tax_before_interest_cny - deducted, 0.0)
        income = cashflow.operating_cny - due.interest_cny - tax
        goes_on = ~self.failed  # what failed companies earn is for their lenders first
        dividend = f["payout_share"] * np.maximum(income - due.repayment_cny, 0.0) * goes_on
        self.cash_cny = self.cash_cny + income - due.repayment_cny - dividend
        idle = np.maximum(self.cash_cny - f["cash_share_of_assets"] * self.assets_cny, 0.0)
        extra = f["idle_cash_payout_share"] * idle * goes_on
        self.cash_cny = self.cash_cny - extra
        self.assets_cny = np.maximum(self.assets_cny - cashflow.depreciation_cny - cashflow.stranded_cny, 0.0)
        return tax, dividend + extra

    def needs(self) -> Floats:
        """Compute the money each company needs to go on, CNY [W].

        It is missing cash, and debt above all that it has; the latter counts when it was so in two years running.
        """
        missing_cny = np.maximum(-self.cash_cny, 0.0)
        excess_cny = np.maximum(self.debt_cny - self.assets_cny - np.maximum(self.cash_cny, 0.0), 0.0)
        over = (excess_cny > 0.0) & ~self.failed
        self.over_indebted_years = np.where(over, self.over_indebted_years + 1, 0)
        needed_cny = missing_cny + np.where(self.over_indebted_years >= OVER_INDEBTED_YEARS, excess_cny, 0.0)
        return np.where(self.failed, 0.0, needed_cny)

    def fail(self, failing: Booleans) -> None:
        """Let companies fail [W].

        They build nothing any more, and others take their part of what may be built.
        """
        self.failed = self.failed | failing
        self.share = _divide_by_sum(self.share * ~self.failed[:, None, None])

    def pay_own_share(
        self, owner: Integers, own_cny: Floats, assets_cny: Floats, interest_cny: Floats
    ) -> Floats:
        """Pay owners' part of projects, and their first interest.

        Parents add what cash lacks.

        Args:
            owner: of each project [n].
            own_cny: of its cost [n].
            assets_cny: what it adds to the owner's assets [n].
            interest_cny: of the year in which loans are granted, by company [W].

        Returns:
            what parents paid in, CNY [W].
        """
        w = len(self)
        outlay_cny = sum_by_group(owner, own_cny, w) + interest_cny
        self.assets_cny = self.assets_cny + sum_by_group(owner, assets_cny, w)
        self.interest_cny = self.interest_cny + interest_cny
        injected = np.maximum(outlay_cny - np.maximum(self.cash_cny, 0.0), 0.0)
        self.cash_cny = self.cash_cny - outlay_cny + injected
        return injected

    def update_debt(self, debt_cny: Floats, rate: Floats) -> None:
        """Update debt [W] and its mean rate [W] from the register.

        The rate is NaN where nothing is owed.
        """
        self.debt_cny = debt_cny
        self.cost_of_debt = np.where(np.isnan(rate), self.cost_of_debt, rate)

    # --- new capacity ------------------------------------------------------------------------------------------

    def build_terms(
        self, signals: Signals, capex: Floats, running_cost: Floats, room: Room, hurdle: Floats
    ) -> BuildTerms:
        """Set out the terms of building this year, whatever it earns.

        Each technology has a yearly slot per province, shared among the companies that may build it (`build_share`).

        Args:
            signals: the year's signals.
            capex: investment per MW, CNY [P, K].
            running_cost: fixed operation per MW and year, CNY [K].
            room: most that can be started this year.
            hurdle: real discount rates, [W, 2].
        """
        tech, parameters = self.region.power.technologies, self.region.parameters
        rate = hurdle[:, GREEN_COLUMN]
        equity_rate = self.table.rate_without_loans(self.region.finance.parameters["inflation"])
        stopped = (self.province_share * signals.policy.finance.coal_loans_stopped).sum(axis=1)
        rate[:, COAL] += stopped * (equity_rate - rate[:, COAL])
        years = tech.lead_time_years, tech.lifetime_years
        worth, outlay = worths_of_new(signals.taxes, FUEL_OF_BUILDABLE, rate, *years, signals.year)
        full, smallest = parameters["full_build_profitability_index"], parameters["smallest_new_build_mw"]
        no_contracts = np.zeros((2, *self.share.shape))
        terms = SiteTerms(
            worth, outlay, running_cost, capex, room.mw, self.share, full, smallest, *no_contracts
        )
        return BuildTerms(terms, rate, tech.lead_time_years, room)

    def appraise(self, sites: BuildSites) -> Appraisal:
        """Appraise new capacity: a row per site, an option per technology.

        There is one more option, the first: to build nothing.
        """
        names = tuple(f"build_{t}" for t in BUILDABLE)
        m = sites.owner.size
        npv, capex, rate = np.zeros((m, K + 1)), np.zeros((m, K + 1)), np.zeros((m, K + 1))
        elsewhere = np.ones((m, K + 1), dtype=bool)
        elsewhere[:, STAYS] = False
        rows, column = np.arange(m), sites.technology + 1
        npv[rows, column], capex[rows, column], rate[rows, column] = (
            sites.npv_cny,
            sites.capex_cny,
            sites.rate,
        )
        elsewhere[rows, column] = False
        effect = self._effect(sites, (rows, column))
        barriers = Closed.by_any((m, K + 1), Bar(ClosedBy.NOT_OFFERED, elsewhere))
        nan = np.full((m, K + 1), np.nan)
        company, province = np.nonzero(self.table.active_in > 0.0)
        # As they are now: reasons are asked for later.
        current_state = self.share[company, province], self.failed[company]
        reasons = partial(self._without_site, sites, company, province, *current_state)
        waiting = Waiting(company, province, reasons)
        figures = sites.owner, npv, capex, rate, barriers, nan
        return Appraisal(("keep", *names), *figures, waiting=waiting, effect=effect)

    def _effect(self, sites: BuildSites, cells: tuple[Integers, Integers]) -> ProjectEffect:
        """Compute generation of new units at their sites' full-load hours.

        `cells` are row and option of each site.
        """
        avoided, withdrawn = np.zeros((2, sites.owner.size, K + 1))
        p, k = sites.province, sites.technology
        hours = full_load_hours(self.region.power)[p, FUEL_OF_BUILDABLE[k]] * sites.room.hours_share[p, k]
        withdrawn[cells] = -sites.capacity_mw * hours
        return ProjectEffect(avoided, withdrawn)

    def _without_site(
        self, sites: BuildSites, company: Integers, province: Integers, share: Floats, failed: Booleans
    ) -> Reasons:
        """Find the reasons that close building to active companies.

        One row per company and province where it is active [n, K + 1].

        Args:
            sites: where something could be built.
            company: of each row [n].
            province: of each row [n].
            share: of the room, that a company may use there [n, K].
            failed: whether it has failed [n].
        """
        minimum_mw, room = self.region.parameters["smallest_new_build_mw"], sites.room
        has_site = np.zeros(sites.part.shape, dtype=bool)
        has_site[sites.owner, sites.province, sites.technology] = True
        part = sites.part[company, province]
        free_mw = room.mw[province] * share
        is_short, used_up = free_mw < minimum_mw, room.used_up[province]
        site_mw, pays = free_mw * part, part > 0.0
        barriers = Closed.by_any(
            part.shape,
            Bar(ClosedBy.OWNER_FAILED, failed[:, None]),
            Bar(ClosedBy.NOT_LICENSED, ~self.table.licensed[company]),
            Bar(ClosedBy.FORBIDDEN, room.forbidden[province]),
            Bar(ClosedBy.TOO_SMALL, ~has_site[company, province] & pays & ~is_short, site_mw, minimum_mw),
            Bar(ClosedBy.DOES_NOT_PAY, ~pays),
            Bar(ClosedBy.PACE, is_short & ~used_up, minimum_mw, free_mw),
            Bar(ClosedBy.NO_POTENTIAL, is_short & used_up, minimum_mw, free_mw),
        )
        return side_by_side(Closed.by_any(company.size), barriers).reasons()

    def loan_class(self, appraisal: Appraisal, option: Integers) -> Integers:
        """Return the loan class of each site [N]."""
        return LOAN_CLASS[option]

    def new_units(self, sites: BuildSites, is_funded: Booleans, year: int) -> NewUnits:
        """List the units of funded sites."""
        tech, rows = self.region.power.technologies, np.flatnonzero(is_funded)
        provinces = self.region.axes.provinces
        owner, p, k = sites.owner[rows], sites.province[rows], sites.technology[rows]
        places = [
            f"{BUILDABLE[c]}_{provinces[b].lower()}" for b, c in zip(p.tolist(), k.tolist(), strict=True)
        ]
        ids = [f"{place}_{self.ids[a]}_{year}" for place, a in zip(places, owner.tolist(), strict=True)]
        is_cohort = ~IS_THERMAL[FUEL_OF_BUILDABLE[k]]
        worth = discount_factor(self.region.finance.parameters["inflation"], year - self.region.base_year)
        return NewUnits(
            ids=ids,
            row_ids=[
                f"{place}_{year}" if joins_cohort else name
                for place, joins_cohort, name in zip(places, is_cohort, ids, strict=True)
            ],
            number=np.array([decider_id(name) for name in ids], dtype=np.int64),
            owner=owner,
            province=p,
            fuel=FUEL_OF_BUILDABLE[k],
            capacity_mw=sites.capacity_mw[rows],
            commissioned_year=year + np.maximum(sites.lead_years[rows], 1),
            lifetime_years=tech.lifetime_years[k],
            net_heat_rate_gj_per_mwh=tech.net_heat_rate_gj_per_mwh[k],
            must_run_share=np.zeros(rows.size),
            capex_cny=sites.capex_cny[rows],
            hours_share=sites.room.hours_share[p, k],
            site_mw=sites.room.first_mw[p, k],
            nominal_strike_cny_per_mwh=sites.contracts.strike_cny_per_mwh[rows] / worth,
            contracted_share=sites.contracts.share[rows],
            contract_years=sites.contracts.years[rows],
        )

    def rating_step(self) -> Integers:
        """Rate each company by interest coverage, worst first [W]."""
        return rating_step(
            ebit_cny=self.operating_cny,
            interest_cny=self.interest_cny,
            steps=self.region.finance.rating_steps,
        )


def build_share(owners: Owners, assets_cny: Floats, parameters: Mapping[str, float]) -> Floats:
    """Share a province's yearly slot among companies [W, P, K].

    0 where nobody may build. Part `build_share_inertia` goes to who built the technology there in the observed years,
    the rest by size. Only who has a licence counts.

    Args:
        owners: the companies.
        assets_cny: what they own [W].
        parameters: of the region.
    """
    may_build = owners.active_in[:, :, None] * owners.licensed[:, None, :]
    inertia, smallest = parameters["build_share_inertia"], parameters["smallest_owner_size_share"]
    size = np.maximum(assets_cny, assets_cny.max() * smallest)
    by_size, by_history = (
        _divide_by_sum(may_build * size[:, None, None]),
        _divide_by_sum(may_build * owners.built_mw),
    )
    history_weight = inertia * (by_history.sum(axis=0) > 0.0)
    return history_weight * by_history + (1.0 - history_weight) * by_size


def _divide_by_sum(weight: Floats) -> Floats:
    """Divide `weight` [W, P, K] by its sum over companies.

    0 where that is 0.
    """
    return weight / np.maximum(weight.sum(axis=0), 1e-300)


def _divide(amount: Floats, whole: Floats, otherwise: float) -> Floats:
    """Divide amounts [n], or give `otherwise` where there is nothing to divide by."""
    return np.divide(amount, whole, out=np.full(whole.size, otherwise), where=whole > 0.0)

"""State: what a year hands to the next, apart from the columns of the agents, in eight frozen records."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from tanlu.carbon_market.national import (
    NationalMarketState,
    NationalOutlook,
    expect_national_market,
    open_national_market,
    walk_national_market,
    without_region,
)
from tanlu.co2.market import StoreHoldings
from tanlu.core.arrays import Floats, Integers, sum_by_group
from tanlu.core.axes import DAY_TYPES, HOURS, MONTHS, PARTS, Axes
from tanlu.core.payments import Block
from tanlu.core.schedules import SubsidyScheme
from tanlu.core.signals import DemandCurve
from tanlu.finance.companies import Granted
from tanlu.finance.credit import list_prices, opening_register
from tanlu.finance.promises import PromisedAmounts
from tanlu.finance.register import Register, empty_register, join_parts, split_off_repaid
from tanlu.industry.state import inventory_output_t
from tanlu.kernels.national_market import NationalMarket, NationalRegion
from tanlu.power.tariffs import GridUse
from tanlu.power.water import StoreState
from tanlu.region.co2 import demand_curve, purchase_limit
from tanlu.region.demand import ANSWERING_PARTS
from tanlu.region.national_market import NationalMarketData
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.region.tables import year_index
from tanlu.region.tariffs import K
from tanlu.state.drivers import first_tariff


class CarbonMarketState(NamedTuple):
    """What the carbon market hands on; axis W companies."""

    national: NationalMarketState
    region: NationalRegion  # what the region last needed and got
    outlook: NationalOutlook  # of the year that runs
    bank_tco2: Floats  # [W] allowances kept


class CO2State(NamedTuple):
    """What the transport, storage and use of CO2 hand on."""

    stores: StoreHoldings
    tariff_cny_per_tco2: Floats  # [P] what transport and storage cost on average
    competing_tco2: float  # what others sell to products, or will when what they build is ready
    demand: DemandCurve  # of products with last year's material


class Regulation(NamedTuple):
    """What the regulator sets for a period: grid charges, and the tariffs of residents and farms."""

    grid_factor: Floats  # [P] on the pack's charges
    tariff_change_cny_per_mwh: Floats  # [P, K] of the pack's regulated tariffs
    base: GridUse | None  # on which the pack's charges rest; None before their period
    base_cost_cny_per_mwh: Floats  # [P, K] what classes cost in that year
    # What the two figures in CNY/MWh would be if CO2 cost nothing
    tariff_change_without_co2_cny_per_mwh: Floats  # [P, K]
    base_cost_without_co2_cny_per_mwh: Floats  # [P, K]

    @classmethod
    def from_pack(cls, axes: Axes) -> "Regulation":
        """Read the regulation before the first period."""
        provinces = len(axes.provinces)
        change, base_cost = np.zeros((2, provinces, K))
        return cls(np.ones(provinces), change, None, base_cost, change, base_cost)

    def waive_co2(self) -> "Regulation":
        """Replace what the regulator sets by what it would be if CO2 cost nothing."""
        return self._replace(tariff_change_cny_per_mwh=self.tariff_change_without_co2_cny_per_mwh)


class TariffState(NamedTuple):
    """What electricity customers paid last year, and what the regulator has set."""

    tariff_cny_per_mwh: Floats  # [P, K] by class of customers
    without_co2_cny_per_mwh: Floats  # [P, K] what they would have paid if CO2 cost nothing
    regulation: Regulation


type SchemeKey = tuple[str, str]  # policy and kind of a subsidy scheme


class BudgetState(NamedTuple):
    """What was claimed from each subsidy scheme in a year, and what it paid, CNY."""

    claimed_cny: Mapping[SchemeKey, float]
    paid_cny: Mapping[SchemeKey, float]
    payments: tuple[Block, ...]  # who got it, and who paid levies

    @classmethod
    def nothing(cls) -> "BudgetState":
        """Build the budgets of a year before any claim."""
        return cls({}, {}, ())

    def payout_ratio(self, scheme: SubsidyScheme) -> float:
        """Compute the share of claims that a scheme paid; 1 without claims."""
        key = (scheme.policy, scheme.kind)
        claimed = self.claimed_cny.get(key, 0.0)
        return self.paid_cny[key] / claimed if claimed > 0.0 else 1.0

    def remaining_cny(self, scheme: SubsidyScheme) -> float:
        """Compute the rest of a policy's budget, which its kinds share."""
        payments = [payment for (policy, _), payment in self.paid_cny.items() if policy == scheme.policy]
        return max(float(scheme.budget_cny) - sum(payments), 0.0)

    def add_payments(self, blocks: Iterable[Block]) -> "BudgetState":
        """Add what is paid in the name of policies, but for subsidies."""
        return self._replace(payments=(*self.payments, *blocks))

    def paid_for_cny(self, kind: str) -> float:
        """Sum what all schemes of a kind paid, CNY."""
        return sum(payment for (_, scheme_kind), payment in self.paid_cny.items() if scheme_kind == kind)

    def book(
        self, scheme: SubsidyScheme, claimed_cny: float, paid_cny: float, payments: Block
    ) -> "BudgetState":
        """Book a scheme's claims and payments, in all and by who gets them."""
        key = (scheme.policy, scheme.kind)
        return BudgetState(
            claimed_cny={**self.claimed_cny, key: self.claimed_cny.get(key, 0.0) + claimed_cny},
            paid_cny={**self.paid_cny, key: self.paid_cny.get(key, 0.0) + paid_cny},
            payments=(*self.payments, payments),
        )


class FinanceState(NamedTuple):
    """What loans and closures leave to the next year."""

    register: Register  # of companies
    repaid: tuple[Register, ...]  # loans of companies that no year asks about any more, by year
    granted: Granted  # what lenders last asked
    written_off_cny: Floats  # [W] book value closed last year, by owner
    public: Register  # bonds of issuers that are no companies, who are its borrowers
    public_loans_cny: Floats  # [I] nominal, green loans of these issuers, of banks outside the model
    hubs: Register  # loans of CO2 hubs, who are its borrowers
    greenium: float  # by which the label lowers coupons of the year, fraction per year

    @property
    def books(self) -> tuple[Register, Register]:
        """Return the registers of all that lenders are owed."""
        return self.register, self.public

    @property
    def all_books(self) -> tuple[Register, Register]:
        """Return the registers of all that was ever lent, by entry."""
        return join_parts((*self.repaid, self.register)), self.public

    def archive_repaid(self, year: int) -> "FinanceState":
        """Set aside loans that no year from `year` on asks about."""
        active, repaid = split_off_repaid(self.register, year)
        return self._replace(register=active, repaid=(*self.repaid, repaid))


class GreenFundState(NamedTuple):
    """What the green fund of each province holds, CNY of 2020 [P]."""

    balance_cny: Floats  # that may be granted this year, or next year once the year's grants are paid
    share: Floats  # of low-carbon investment that it granted last

    @classmethod
    def nothing(cls, provinces: int) -> "GreenFundState":
        """Build funds before the first payment into them."""
        return cls(np.zeros(provinces), np.zeros(provinces))


class DemandBase(NamedTuple):
    """What later years start from: the last statistic, with the seasons of a usual year."""

    parts_mwh: Floats  # [Q, P] without what cohorts of adopters take
    shape: Floats  # [Q, P, month, day type, hour] of each part's annual mean

    @classmethod
    def nothing(cls, provinces: int) -> "DemandBase":
        """Build an empty base for the years of statistics, which need none."""
        parts_mwh = np.zeros((len(PARTS), provinces))
        return cls(parts_mwh, np.zeros((*parts_mwh.shape, MONTHS, DAY_TYPES, HOURS)))


class Statistic(NamedTuple):
    """How people built, what cars took and goods cost in the last year of statistics, which hold it."""

    method_share: Floats  # [P, M] of new floor area
    aluminium_t: Floats  # [P]
    price_ratio: Floats  # [P, X] of exported goods, at home over abroad


class LimitPriceState(NamedTuple):
    """Shadow prices [P] of yearly limits found last by kind of year: there the next search begins."""

    cleared_cny_per_mwh: Floats
    expected_cny_per_mwh: Floats
    planned_cny_per_mwh: Floats


class MissingState(NamedTuple):
    """Missing capacity [P] found last by kind of year: there the next search begins."""

    cleared_mw: Floats
    expected_mw: Floats


class LoadOutlook(NamedTuple):
    """The official outlook of load that is in force in each province."""

    published_year: Integers  # [P] 0 where there is none
    growth: Floats  # [H, P] by which load is multiplied in each year after it was published
    growth_before: Floats  # [H, P] in the same years by the outlook before it, that some still go by
    weight: Floats  # [P] by which deciders go by it and not by the trend; 0 where there is none

    @classmethod
    def nothing(cls, provinces: int) -> "LoadOutlook":
        """Build what is known before any outlook."""
        return cls(
            np.zeros(provinces, np.int64),
            np.ones((1, provinces)),
            np.ones((1, provinces)),
            np.zeros(provinces),
        )


class CaptureResearch(NamedTuple):
    """What public research on capture has achieved, CNY of the base year."""

    stock_cny: float  # what it knows: money that succeeded, worn off by age
    under_way_cny: Floats  # [years of its lag] that will succeed, by year, the oldest first

    @classmethod
    def nothing(cls, lag_years: int) -> "CaptureResearch":
        """Build what is known before any research."""
        return cls(0.0, np.zeros(lag_years))


class ExpectationState(NamedTuple):
    """What agents have seen and learned so far; axis K `BUILDABLE`, and one more for capture."""

    load_history_mwh: tuple[Floats, ...]  # [P] of every year so far
    load_outlook: LoadOutlook
    expected_load_mwh: tuple[Floats, ...]  # [P] that each year so far expected `CHECKED_YEARS` later
    demand_base: DemandBase
    statistic: Statistic
    adapted_use: Floats  # [P, G products] of use without a price on CO2, to which users have come
    adapted_power_use: Floats  # [`ANSWERING_PARTS`, P] the same of electricity
    reliable_margin: Floats  # [P] of last year
    missing: MissingState
    gap_share: float  # worst of last year's clearings with plans: as of `PowerPrices`
    limit_prices: LimitPriceState
    scrap_price_cny_per_t: Floats  # [S]
    experience: Floats  # [K + 1] added in the region since the base year, MW or t CO2/yr
    learned_cost_factor: Floats  # [K + 1] what that has done to cost
    capture_research: CaptureResearch
    promised: PromisedAmounts  # of last year
    credibility: Floats  # [W] of governments


class StoredWater(NamedTuple):
    """What seasonal stores hold at the end of a year, and what it is worth."""

    actual: StoreState
    expected: StoreState  # of the year that agents look at ahead, in which water is always normal


class State(NamedTuple):
    """All that a year hands to the next but for the columns of the agents."""

    carbon: CarbonMarketState
    co2: CO2State
    tariffs: TariffState
    budgets: BudgetState
    finance: FinanceState
    green_fund: GreenFundState
    expectations: ExpectationState
    stored_water: StoredWater


def open_carbon_market(
    data: NationalMarketData, row: int
) -> tuple[NationalMarketState, NationalRegion, NationalOutlook]:
    """Build the national market before the year of `row`: years before it came as the rules of the pack have it."""
    region = without_region(data.classes)
    market = NationalMarket(data.classes, data.rules, region)
    first = year_index(data.opening_year) + 1
    state = open_national_market(first, data.opening_bank_tco2, data.classes)
    years = walk_national_market(state, first, row - 1, market, data.observed_price_cny_per_tco2)
    state = next((last for last, *_ in deque(years, maxlen=1)), state)
    return state, region, expect_national_market(state, max(first, row), market)


def _initial_co2(region: Region) -> CO2State:
    """Build empty stores, and demand for CO2 with the material of the inventory year."""
    process, processes = region.industry.facilities.process, len(region.industry.processes.names)
    output_t = sum_by_group(process, inventory_output_t(region), processes)
    return CO2State(
        stores=StoreHoldings(np.zeros(len(region.co2.stores.ids))),
        tariff_cny_per_tco2=np.zeros(len(region.axes.provinces)),
        competing_tco2=0.0,
        demand=demand_curve(region.co2, purchase_limit(region.co2.products, output_t)),
    )


def initial_state(region: Region, debt_cny: Floats) -> State:
    """Build the state before the base year.

    Companies' debt of then, CNY [W], is the first entry of the register.
    """
    companies, technologies = len(region.finance.owners.ids), len(BUILDABLE)
    provinces, goods = len(region.axes.provinces), len(region.trade.goods)
    stores = StoreState.from_hydrology(region.power.hydrology)
    return State(
        carbon=CarbonMarketState(
            *open_carbon_market(region.national_market, year_index(region.base_year)),
            bank_tco2=np.zeros(companies),
        ),
        co2=_initial_co2(region),
        tariffs=TariffState(first_tariff(region), first_tariff(region), Regulation.from_pack(region.axes)),
        budgets=BudgetState.nothing(),
        finance=FinanceState(
            opening_register(region, debt_cny),
            (),
            list_prices(region),
            np.zeros(companies),
            empty_register(len(region.finance.lenders.ids)),
            region.finance.issuers.opening_debt_cny,
            empty_register(len(region.finance.lenders.ids)),
            region.finance.parameters["highest_greenium"],
        ),
        green_fund=GreenFundState.nothing(provinces),
        expectations=ExpectationState(
            load_history_mwh=(),
            load_outlook=LoadOutlook.nothing(provinces),
            expected_load_mwh=(),
            demand_base=DemandBase.nothing(provinces),
            statistic=Statistic(
                method_share=np.zeros(region.axes.shape("province", "building_method")),
                aluminium_t=np.zeros(provinces),
                price_ratio=np.ones((provinces, goods)),
            ),
            adapted_use=np.ones((provinces, len(region.industry.products.names))),
            adapted_power_use=np.ones((len(ANSWERING_PARTS), provinces)),
            reliable_margin=np.zeros(provinces),
            missing=MissingState(np.zeros(provinces), np.zeros(provinces)),
            gap_share=0.0,
            limit_prices=LimitPriceState(*[np.zeros(provinces)] * len(LimitPriceState._fields)),
            scrap_price_cny_per_t=region.industry.scrap.price_cny_per_t,
            experience=np.zeros(technologies + 1),
            learned_cost_factor=np.ones(technologies + 1),
            capture_research=CaptureResearch.nothing(int(region.parameters["capture_research_lag_years"])),
            promised=PromisedAmounts.nothing(region.axes),
            credibility=region.finance.owners.policy_belief,
        ),
        stored_water=StoredWater(stores, stores),
    )

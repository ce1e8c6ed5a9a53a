"""State: what a year hands to the next, apart from the columns of the agents, in six frozen records."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.co2.market import StoreBook
from tanlu.core.arrays import Floats
from tanlu.core.axes import DAY_TYPES, HOURS, MONTHS, PARTS, M, P
from tanlu.core.schedules import PolicyPaths
from tanlu.power.tariffs import GridUse
from tanlu.region.pack import Region
from tanlu.region.power import BUILDABLE
from tanlu.region.tariffs import K
from tanlu.simulation.steps.outlook import first_tariff


class CarbonMarketState(NamedTuple):
    """What the carbon market hands on; axis W companies."""

    price_cny_per_tco2: float  # cleared last
    bank_tco2: Floats  # [W] allowances kept
    unmet_tco2: Floats  # [W] non-compliance of the last year


class CO2State(NamedTuple):
    """What the transport, storage and use of CO2 hand on."""

    stores: StoreBook
    tariff_cny_per_tco2: Floats  # [P] what transport and storage cost on average
    competing_tco2: float  # what others sell to products, or will when what they build is ready


class Regulation(NamedTuple):
    """What the regulator sets for a period: grid charges, and the tariffs of residents and farms."""

    grid_factor: Floats  # [P] on the pack's charges
    tariff_change_cny_per_mwh: Floats  # [P, K] of the pack's regulated tariffs
    base: GridUse | None  # on which the pack's charges rest; None before their period
    base_cost_cny_per_mwh: Floats  # [P, K] what classes cost in that year

    @classmethod
    def of_the_pack(cls) -> "Regulation":
        """Return what holds before the first period."""
        return cls(np.ones(P), np.zeros((P, K)), None, np.zeros((P, K)))


class TariffState(NamedTuple):
    """What electricity customers paid last year, and what the regulator has set."""

    tariff_cny_per_mwh: Floats  # [P, K] by class of customers
    regulation: Regulation


class BudgetState(NamedTuple):
    """What subsidy schemes paid last year, by kind of claim; axis K the schemes of a kind."""

    payout_ratio: Mapping[str, Floats]  # [K] share of its claims that each scheme could pay
    spent_cny: Mapping[str, Floats]  # [K]

    def with_paid(self, kind: str, payout_ratio: Floats, spent_cny: Floats) -> "BudgetState":
        """Return the state after the schemes of a kind have paid."""
        return BudgetState({**self.payout_ratio, kind: payout_ratio}, {**self.spent_cny, kind: spent_cny})


class FinanceState(NamedTuple):
    """What loans and closures leave to the next year's accounts."""

    green_outstanding_cny: Floats  # [P] labelled loans not yet repaid
    written_off_cny: Floats  # [W] book value closed last year, by owner


class DemandBase(NamedTuple):
    """What later years start from: the last statistic, with the seasons of a usual year."""

    parts_mwh: Floats  # [Q, P]
    shape: Floats  # [Q, P, month, day type, hour] of each part's annual mean

    @classmethod
    def nothing(cls) -> "DemandBase":
        """Return the base before the last observed year, which no year needs."""
        q = len(PARTS)
        return cls(np.zeros((q, P)), np.zeros((q, P, MONTHS, DAY_TYPES, HOURS)))


class Statistic(NamedTuple):
    """How people built, what cars took and goods cost in the last year of statistics, which hold it."""

    method_share: Floats  # [P, M] of new floor area
    aluminium_t: Floats  # [P]
    price_ratio: Floats  # [P, X] of exported goods, at home over abroad


class ExpectationState(NamedTuple):
    """What agents have seen and learned so far; axis K `BUILDABLE`, and one more for capture."""

    load_history_mwh: tuple[Floats, ...]  # [P] of every year so far
    demand_base: DemandBase
    statistic: Statistic
    reserve_margin: Floats  # [P] of last year
    plan_realisation_share: Floats  # [P, K] of new capacity planned alone, once all plan
    scrap_price_cny_per_t: Floats  # [S]
    experience: Floats  # [K + 1] added in the region since the base year, MW or t CO2/yr
    learned_cost_factor: Floats  # [K + 1] what that has done to cost


class State(NamedTuple):
    """All that a year hands to the next but for the columns of the agents."""

    carbon: CarbonMarketState
    co2: CO2State
    tariffs: TariffState
    budgets: BudgetState
    finance: FinanceState
    expectations: ExpectationState


def initial_state(region: Region, paths: PolicyPaths) -> State:
    """Return the state before the base year."""
    companies, technologies = len(region.finance.owners.ids), len(BUILDABLE)
    schemes = {
        "capture_subsidy": len(paths.ccus_rate_cny_per_tco2),
        "scrap_subsidy": len(paths.scrap_subsidy_cny_per_t),
        "vehicle_subsidy": len(paths.vehicle_subsidy_cny_per_vehicle),
        "building_subsidy": len(paths.building_subsidy_cny_per_m2),
    }
    return State(
        carbon=CarbonMarketState(
            price_cny_per_tco2=float(paths.market_reference_price_cny_per_tco2[0]),
            bank_tco2=np.zeros(companies),
            unmet_tco2=np.zeros(companies),
        ),
        co2=CO2State(StoreBook(np.zeros(len(region.co2.stores.ids))), np.zeros(P), 0.0),
        tariffs=TariffState(first_tariff(region), Regulation.of_the_pack()),
        budgets=BudgetState(
            payout_ratio={kind: np.ones(k) for kind, k in schemes.items()},
            spent_cny={kind: np.zeros(k) for kind, k in schemes.items()},
        ),
        finance=FinanceState(np.zeros(P), np.zeros(companies)),
        expectations=ExpectationState(
            load_history_mwh=(),
            demand_base=DemandBase.nothing(),
            statistic=Statistic(np.zeros((P, M)), np.zeros(P), np.ones((P, len(region.trade.goods)))),
            reserve_margin=np.full(P, region.parameters["planning_reserve_share"]),
            plan_realisation_share=np.ones((P, technologies)),
            scrap_price_cny_per_t=region.industry.scrap.price_cny_per_t,
            experience=np.zeros(technologies + 1),
            learned_cost_factor=np.ones(technologies + 1),
        ),
    )

"""The policy schedule: what all policies together say of every year, in groups, and what holds without any.

A group describes one year. In a schedule each of its arrays has a leading axis Y, the years; the row of a year is the
same group without that axis.
"""

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from types import MappingProxyType
from typing import NamedTuple, Self

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import APPRAISAL_YEARS, ISSUER_KINDS, Axes

CAP_PATHS = ("central", "slow", "neutral_2060")  # of the national carbon market


class CarbonSchedule(NamedTuple):
    """Prices of CO2 and the rules of the carbon market."""

    price_cny_per_tco2: Floats  # [P, S] fixed price on every tonne emitted
    floor_cny_per_tco2: Floats  # [] of the carbon market
    ceiling_cny_per_tco2: Floats  # [] of the carbon market
    covered: Floats  # [P, S] 1 where the carbon market covers the sector
    benchmark_factor: Floats  # [P, S] multiplies the region pack's benchmark
    auction_share: (
        Floats  # [P, S] share of the allocation that is sold, 0..1; inf: as the national rules have it
    )
    unlimited_carry_over: Floats  # [] 1 where all allowances may be banked
    capture_counts: Floats  # [] 1 where captured CO2 needs no allowances
    shortfall_cap_share: Floats  # [] of power units, of their emissions; inf: as the national rules have it
    cap_path: Floats  # [] position in `CAP_PATHS`
    cap_share: Floats  # [] cap over the classes' emissions of its base year; inf: as the path has it
    cap_from_year: Floats  # [S] first year under a cap; inf: as the national rules have it
    follows_output_share: Floats  # [] of allowances under a cap; inf: as the national rules have it
    offset_limit_share: Floats  # [] of emissions; inf: as the national rules have it
    shortfall_cap_until_year: (
        Floats  # [F] last year in which units are spared; inf: as the national rules have it
    )
    # Of the reserve, as in `NationalStability`; inf: as the national rules have it.
    reserve_upper_share: Floats  # [] of allowances issued, bank above which it takes
    reserve_lower_share: Floats  # [] of allowances issued, bank below which it releases
    reserve_intake_share: Floats  # [] of the bank, taken in a year
    reserve_release_share: Floats  # [] of allowances issued, released in a year
    reserve_keeps_share: Floats  # [] of allowances issued, above which it cancels
    expires_after_years: Floats  # [] of allowances; inf: as the national rules have it
    penalty_cny_per_tco2: Floats  # [] fine on what has no allowance; inf: none

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        shape = axes.shape("province", "sector")
        nothing, zero, unlimited = np.zeros(shape), np.array(0.0), np.array(np.inf)
        return cls(
            price_cny_per_tco2=nothing,
            floor_cny_per_tco2=zero,
            ceiling_cny_per_tco2=unlimited,
            covered=nothing,
            benchmark_factor=np.ones(shape),
            auction_share=nothing,
            unlimited_carry_over=zero,
            capture_counts=zero,
            shortfall_cap_share=unlimited,
            cap_path=zero,
            cap_share=unlimited,
            cap_from_year=np.full(axes.shape("sector"), np.inf),
            follows_output_share=unlimited,
            offset_limit_share=unlimited,
            shortfall_cap_until_year=np.full(axes.shape("fuel"), np.inf),
            reserve_upper_share=unlimited,
            reserve_lower_share=unlimited,
            reserve_intake_share=unlimited,
            reserve_release_share=unlimited,
            reserve_keeps_share=unlimited,
            expires_after_years=unlimited,
            penalty_cny_per_tco2=unlimited,
        )


class VehicleSchedule(NamedTuple):
    """Rules and public investment on the road and in urban rail."""

    new_energy_sales_share: Floats  # [P, G] least share of new-energy vehicles in sales, 0..1
    charger_investment_cny: Floats  # [P] public money for public chargers
    rail_investment_cny: Floats  # [P] public money for urban rail

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        by_segment = np.zeros(axes.shape("province", "segment"))
        by_province = np.zeros(axes.shape("province"))
        return cls(
            new_energy_sales_share=by_segment,
            charger_investment_cny=by_province,
            rail_investment_cny=by_province,
        )


class BuildingSchedule(NamedTuple):
    """Rules for new buildings."""

    floor_area_bonus_share: Floats  # [P, M] granted on top of what is built
    industrialised_share: Floats  # [P] least share of new floor area not cast in place, 0..1

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        return cls(
            floor_area_bonus_share=np.zeros(axes.shape("province", "building_method")),
            industrialised_share=np.zeros(axes.shape("province")),
        )


class EquipmentSchedule(NamedTuple):
    """Rules for what cohorts of adopters buy."""

    sales_limit_share: (
        Floats  # [P, S, K] of `END_USE_TECHNOLOGIES` in the purchases of a cohort, 0..1; 1: no rule
    )

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        return cls(sales_limit_share=np.ones(axes.shape("province", "sector", "end_use_technology")))


class PowerSchedule(NamedTuple):
    """Rules and premiums for power plants, and contracts out of the region."""

    renewable_premium_cny_per_mwh: Floats  # [P, F] on top of the market price
    coal_new_build_allowed: Floats  # [P] 1 or 0
    coal_maximum_age_years: Floats  # [P] inf where no rule
    coal_utilisation_cap: Floats  # [P] highest yearly utilisation, 0..1
    export_kept_share: Floats  # [P, L, season] of contracted exports that is still sent

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        provinces = axes.shape("province")
        return cls(
            renewable_premium_cny_per_mwh=np.zeros(axes.shape("province", "fuel")),
            coal_new_build_allowed=np.ones(provinces),
            coal_maximum_age_years=np.full(provinces, np.inf),
            coal_utilisation_cap=np.ones(provinces),
            export_kept_share=np.ones(axes.shape("province", "export_line", "season")),
        )


class AuctionSchedule(NamedTuple):
    """Auctions of contracts for difference for new wind and sun, each technology and province by itself."""

    volume_mwh: Floats  # [P, F] a year, for which contracts are auctioned
    owed_share: (
        Floats  # [P, F] of the electricity used, that the technology is to give; what is missing is auctioned
    )
    auctioned_share: Floats  # [P, F] of what is missing
    cap_cny_per_mwh: Floats  # [P, F] highest bid; inf where none is set
    floor_cny_per_mwh: Floats  # [P, F] lowest bid
    covered_share: Floats  # [P, F] most of what a project feeds in, for which it may have a contract
    least_bids: Floats  # [P, F] MWh bid for each that is awarded; with less the volume shrinks
    term_years: Floats  # [P, F] of a contract; inf: for life
    budget_cny: (
        Floats  # [P, F] a year, at the prices expected when contracts are awarded; inf where not capped
    )

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        nothing = np.zeros(axes.shape("province", "fuel"))
        no_limit, full_share = np.full(nothing.shape, np.inf), np.ones(nothing.shape)
        return cls(
            volume_mwh=nothing,
            owed_share=nothing,
            auctioned_share=full_share,
            cap_cny_per_mwh=no_limit,
            floor_cny_per_mwh=nothing,
            covered_share=full_share,
            least_bids=full_share,
            term_years=no_limit,
            budget_cny=no_limit,
        )


class EnergyRule(NamedTuple):
    """What facilities may use a tonne; for using more they are charged an `EFFICIENCY_PENALTY`."""

    ceiling_share: Floats  # [P, S] most energy a tonne, of the usual process's; inf where no rule

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        return cls(ceiling_share=np.full(axes.shape("province", "sector"), np.inf))


# What a loan finances, as credit rules tell apart.
LOAN_CLASSES = ("other", "coal", "gas", "green")
OTHER_LOAN, COAL_LOAN, GAS_LOAN, GREEN_LOAN = range(len(LOAN_CLASSES))


# The papers that green debt of a company is written on, and whether a project or a bond that falls due is paid with it.
PAPERS = ("bonds", "loans")
BONDS, LOANS = range(len(PAPERS))
ISSUES = ("new", "renewed")
NEW, RENEWED = range(len(ISSUES))


class FinanceSchedule(NamedTuple):
    """Support of green loans, rules for lenders, and what state owners pay for companies that lack cash."""

    green_interest_subsidy: Floats  # [P, PAPERS, ISSUES] reduction of the rate, fraction per year
    green_guarantee_share: Floats  # [P, PAPERS, ISSUES] share of a loss carried by the guarantor
    green_guarantee_fee: Floats  # [P, PAPERS, ISSUES] paid to the guarantor, fraction per year
    public_bond_subsidy: Floats  # [P, ISSUER_KINDS, ISSUES] off the coupon, fraction per year
    bond_interest_exempt_share: Floats  # [P, ISSUES] of interest on bonds, on which buyers pay no tax
    bond_issue_cost_share: Floats  # [P, ISSUES] of the cost of issue without the label, that is paid
    bond_issue_grant_cap_cny: Floats  # [P] most of it for one issue; inf where not capped
    bond_label_cost_share: Floats  # [P, ISSUES] of the cost of the label, that is paid
    green_guarantee_budget_cny: Floats  # [P] most that is guaranteed of a year's debt; inf where not capped
    relending_share: Floats  # [P] of a green loan that the central bank refinances
    relending_rate: Floats  # [P] that it asks for it, fraction per year; inf where it does not
    relending_years: Floats  # [P] from the year of the loan on
    relending_quota_cny: Floats  # [P] most loans of a year that it refinances a part of; inf where not capped
    coal_loans_stopped: Floats  # [P] 1 where no lender finances a coal unit
    risk_weight: Floats  # [P, LOAN_CLASSES] by which a new loan counts against a lender's capital
    provinces_rescue_budget_cny: Floats  # [P] a year for local companies; inf where no rule
    parents_rescue_budget_cny: Floats  # [P] of parents elsewhere, for central companies where they are active

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        provinces = axes.shape("province")
        nothing, unlimited = np.zeros(provinces), np.full(provinces, np.inf)
        by_issue = np.zeros((*provinces, len(ISSUES)))
        by_paper = np.zeros((*provinces, len(PAPERS), len(ISSUES)))
        return cls(
            green_interest_subsidy=by_paper,
            green_guarantee_share=by_paper,
            green_guarantee_fee=by_paper,
            public_bond_subsidy=np.zeros((*provinces, len(ISSUER_KINDS), len(ISSUES))),
            bond_interest_exempt_share=by_issue,
            bond_issue_cost_share=by_issue,
            bond_issue_grant_cap_cny=unlimited,
            bond_label_cost_share=by_issue,
            green_guarantee_budget_cny=unlimited,
            relending_share=nothing,
            relending_rate=unlimited,
            relending_years=nothing,
            relending_quota_cny=unlimited,
            coal_loans_stopped=nothing,
            risk_weight=np.ones((*provinces, len(LOAN_CLASSES))),
            provinces_rescue_budget_cny=unlimited,
            parents_rescue_budget_cny=unlimited,
        )


class HubSchedule(NamedTuple):
    """Support of CO2 hubs."""

    anchor_tco2_per_year: Floats  # [P] volume in each hub that the public stands for
    guarantee_share: Floats  # [P] of a hub's losses that the public carries
    oversizing_share: Floats  # [P] by which a new line is built larger at public cost

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        nothing = np.zeros(axes.shape("province"))
        return cls(anchor_tco2_per_year=nothing, guarantee_share=nothing, oversizing_share=nothing)


class ResearchSchedule(NamedTuple):
    """Public research on CO2 capture."""

    capture_research_cny: Floats  # [P] spent in the year
    expected_success_cny: Floats  # [P] the part of it that succeeds in the mean of all draws

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        nothing = np.zeros(axes.shape("province"))
        return cls(capture_research_cny=nothing, expected_success_cny=nothing)


class TradeSchedule(NamedTuple):
    """What is charged abroad on exports, and what is taken off a charge on imports."""

    border_price_cny_per_tco2: Floats  # [P, S] before what was paid at home
    border_price_on_vehicles_cny_per_tco2: Floats  # [P] the same on CO2 in the metal of exported vehicles
    import_deducted_share: Floats  # [P] of what the origin pays for CO2, taken off an `IMPORT_CHARGE`

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        return cls(
            border_price_cny_per_tco2=np.zeros(axes.shape("province", "sector")),
            border_price_on_vehicles_cny_per_tco2=np.zeros(axes.shape("province")),
            import_deducted_share=np.ones(axes.shape("province")),
        )


class RevenueSchedule(NamedTuple):
    """What governments give back of what carbon prices and allowances bring; the rest is for their budgets."""

    per_head_share: Floats  # [P] to households
    surcharge_share: Floats  # [P] to lower the surcharges of the electricity tariff
    output_share: Floats  # [P] of what power plants and facilities pay, to them by output
    green_fund_share: Floats  # [P] to the green fund
    green_fund_grant_share: Floats  # [P] of an investment, most that the fund grants; inf: as in the pack

    @classmethod
    def neutral(cls, axes: Axes) -> Self:
        """Build a year without any policy."""
        nothing = np.zeros(axes.shape("province"))
        return cls(
            per_head_share=nothing,
            surcharge_share=nothing,
            output_share=nothing,
            green_fund_share=nothing,
            green_fund_grant_share=np.full(nothing.shape, np.inf),
        )

    @property
    def use_shares(self) -> tuple[Floats, ...]:
        """The shares of revenue by use, in the order of fields [P]."""
        return self[:-1]


class CapacityScheme(NamedTuple):
    """One payment for capacity, which consumers bear through the tariff."""

    rate_cny_per_kw_year: Floats  # [P, F] at full rate
    end_reserve_share: float  # reliable margin from which nothing is paid; inf: always in full

    def select_row(self, row: int) -> "CapacityScheme":
        """Select the scheme of one year."""
        return self._replace(rate_cny_per_kw_year=self.rate_cny_per_kw_year[row])


class Pieces(NamedTuple):
    """What agents made, sold or bought in a year that one kind of subsidy is paid for, or a levy charged on."""

    kind: str
    positions: tuple[Integers, ...]  # of each agent on the first axes of the rate, province first; [N] each
    number: Floats  # [N, and the axes of the rate that are left]
    party: Integers  # [N] number of the party that is paid or pays

    def paid_for(self, rate: Floats) -> Floats:
        """Count the pieces for which a rate is above zero [N]."""
        counted = self.number * (rate[self.positions] > 0.0)
        return np.asarray(counted.reshape(self.positions[0].size, -1).sum(axis=1))


class SubsidyScheme(NamedTuple):
    """Public money that one policy pays for one kind of thing, from a budget that all kinds of the policy share."""

    policy: str  # name in the scenario
    kind: str  # what is paid for, and how governments book it
    payer: str  # `national` or a province
    rate: Floats  # [`SUBSIDY_AXES`] CNY a unit, or a share of an investment
    budget_cny: Floats  # [] inf where not capped
    term_years: float  # of operation in which it pays; inf: as long as the policy is in force; contracts end

    def select_row(self, row: int) -> "SubsidyScheme":
        """Select the scheme of one year."""
        return self._replace(rate=self.rate[row], budget_cny=self.budget_cny[row])

    def claims_cny(self, pieces: Pieces) -> Floats:
        """Compute claims of each agent for its pieces of a year, CNY [N].

        The scheme is that year's.
        """
        claims = self.rate[pieces.positions] * pieces.number
        return np.asarray(claims.reshape(pieces.positions[0].size, -1).sum(axis=1))


CAPTURE_SUBSIDY = "capture_subsidy"  # CNY per tonne stored or permanently used
CAPTURE_CONTRACT = "capture_contract"  # CNY per tonne stored up to which it lifts what the tonne earns
CAPTURE_GRANT = "capture_grant"  # share of the investment in capture, 0..1
VEHICLE_SUBSIDY = "vehicle_subsidy"  # CNY per vehicle sold
BUILDING_SUBSIDY = "building_subsidy"  # CNY per m2 built
SCRAP_SUBSIDY = "scrap_subsidy"  # CNY per tonne of scrap melted
EQUIPMENT_GRANT = "equipment_grant"  # share of the price of equipment of cohorts, 0..1
# The axes of a kind's rate in one year, by name; without a scheme all rates are zero.
SUBSIDY_AXES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        CAPTURE_SUBSIDY: ("province", "sector"),
        CAPTURE_CONTRACT: ("province", "sector"),
        CAPTURE_GRANT: ("province", "sector"),
        VEHICLE_SUBSIDY: ("province", "segment", "vehicle_technology"),
        BUILDING_SUBSIDY: ("province", "building_method"),
        SCRAP_SUBSIDY: ("province", "sector"),
        EQUIPMENT_GRANT: ("province", "sector", "end_use_technology"),
    }
)


type RateShapes = Mapping[str, tuple[int, ...]]  # of each kind's rate in one year


def list_subsidy_shapes(axes: Axes) -> RateShapes:
    """List the shape of each kind's rate in one year."""
    return {kind: axes.shape(*names) for kind, names in SUBSIDY_AXES.items()}


class LevyBase(NamedTuple):
    """What a kind of levy is charged on."""

    axes: tuple[str, ...]  # of the rate in one year, by name
    unit: str  # of the base
    payer: str  # who pays
    title: str  # of what it brings, in `Public Budget|…`
    adds_up: bool  # whether levies of several policies add up; else the highest holds


LOCAL = "province"  # the payee of a levy of which each province gets what is charged in it
FUEL_LICENCES = "fuel_licences"  # CNY per fuel vehicle sold
EFFICIENCY_PENALTY = "efficiency_penalty"  # CNY per GJ beyond the ceiling of `EnergyRule`
IMPORT_CHARGE = (
    "import_charge"  # CNY per tonne of CO2 in electricity bought outside, less what was paid there
)
# What each kind of levy is charged on; without a levy all rates are zero.
LEVY_BASES: Mapping[str, LevyBase] = MappingProxyType(
    {
        FUEL_LICENCES: LevyBase(("province", "segment"), "vehicle", "buyer", "Fuel Licences", adds_up=True),
        EFFICIENCY_PENALTY: LevyBase(
            ("province", "sector"), "GJ", "facility", "Efficiency Penalties", adds_up=False
        ),
        IMPORT_CHARGE: LevyBase(("province",), "t CO2", "grid", "Import Carbon Charges", adds_up=False),
    }
)


class Levy(NamedTuple):
    """A charge of one policy: a rate on a quantity that agents make, buy or use."""

    policy: str  # name in the scenario
    kind: str  # of `LEVY_BASES`: what it is charged on, and how governments book it
    payee: str  # `national`, or `LOCAL`
    rate: Floats  # [`LEVY_BASES`] CNY a unit

    @property
    def base(self) -> LevyBase:
        """What it is charged on."""
        return LEVY_BASES[self.kind]

    def select_row(self, row: int) -> "Levy":
        """Select the levy of one year."""
        return self._replace(rate=self.rate[row])


class PolicySchedule(NamedTuple):
    """All policies together, in the years of the run and `APPRAISAL_YEARS` more."""

    axes: Axes
    years: Integers  # [Y]
    carbon: CarbonSchedule
    vehicles: VehicleSchedule
    buildings: BuildingSchedule
    equipment: EquipmentSchedule
    power: PowerSchedule
    auctions: AuctionSchedule
    industry: EnergyRule
    finance: FinanceSchedule
    hubs: HubSchedule
    research: ResearchSchedule
    trade: TradeSchedule
    revenue: RevenueSchedule
    capacity: tuple[CapacityScheme, ...] = ()
    subsidies: tuple[SubsidyScheme, ...] = ()  # by name of the policy, then kind
    levies: tuple[Levy, ...] = ()  # by name of the policy, then kind
    levy_rates: Mapping[str, Floats] = MappingProxyType({})  # [`LEVY_BASES`] of all levies of a kind together

    @classmethod
    def neutral(cls, axes: Axes, first_year: int, last_year: int) -> "PolicySchedule":
        """Build a schedule without any policy.

        For `first_year` .. `last_year` + `APPRAISAL_YEARS`.
        """
        years = np.arange(first_year, last_year + APPRAISAL_YEARS + 1)
        return cls(
            axes=axes,
            years=years,
            carbon=_repeat_years(CarbonSchedule.neutral(axes), years.size),
            vehicles=_repeat_years(VehicleSchedule.neutral(axes), years.size),
            buildings=_repeat_years(BuildingSchedule.neutral(axes), years.size),
            equipment=_repeat_years(EquipmentSchedule.neutral(axes), years.size),
            power=_repeat_years(PowerSchedule.neutral(axes), years.size),
            auctions=_repeat_years(AuctionSchedule.neutral(axes), years.size),
            industry=_repeat_years(EnergyRule.neutral(axes), years.size),
            finance=_repeat_years(FinanceSchedule.neutral(axes), years.size),
            hubs=_repeat_years(HubSchedule.neutral(axes), years.size),
            research=_repeat_years(ResearchSchedule.neutral(axes), years.size),
            trade=_repeat_years(TradeSchedule.neutral(axes), years.size),
            revenue=_repeat_years(RevenueSchedule.neutral(axes), years.size),
            levy_rates={
                kind: np.zeros((years.size, *axes.shape(*base.axes))) for kind, base in LEVY_BASES.items()
            },
        )

    def row(self, year: int) -> int:
        """Find the row of `year`; the last row stands for later years."""
        return min(int(year) - int(self.years[0]), self.years.size - 1)

    def select_row(self, row: int) -> "PolicySchedule":
        """Select the year of `row`, without the axis of years."""
        return PolicySchedule(
            axes=self.axes,
            years=self.years[row],
            carbon=select_row(self.carbon, row),
            vehicles=select_row(self.vehicles, row),
            buildings=select_row(self.buildings, row),
            equipment=select_row(self.equipment, row),
            power=select_row(self.power, row),
            auctions=select_row(self.auctions, row),
            industry=select_row(self.industry, row),
            finance=select_row(self.finance, row),
            hubs=select_row(self.hubs, row),
            research=select_row(self.research, row),
            trade=select_row(self.trade, row),
            revenue=select_row(self.revenue, row),
            capacity=tuple(scheme.select_row(row) for scheme in self.capacity),
            subsidies=tuple(scheme.select_row(row) for scheme in self.subsidies),
            levies=tuple(levy.select_row(row) for levy in self.levies),
            levy_rates={kind: rate[row] for kind, rate in self.levy_rates.items()},
        )

    def with_subsidy(self, scheme: SubsidyScheme) -> "PolicySchedule":
        """Add a subsidy scheme, if it ever pays.

        Raises:
            ValueError: if it is a contract for difference without an end, which nobody could sign.
        """
        if scheme.kind == CAPTURE_CONTRACT and not math.isfinite(scheme.term_years):
            raise ValueError(
                f"a contract for difference lasts some years: give `term_years` of `{scheme.kind}` "
                f"in policy `{scheme.policy}` a finite number, not {scheme.term_years}"
            )
        if not scheme.rate.any():
            return self
        schemes = sorted((*self.subsidies, scheme), key=lambda subsidy: (subsidy.policy, subsidy.kind))
        return self._replace(subsidies=tuple(schemes))

    def with_levy(self, levy: Levy) -> "PolicySchedule":
        """Add a levy, if it is ever charged."""
        if not levy.rate.any():
            return self
        combine = np.add if levy.base.adds_up else np.maximum
        rate = combine(self.levy_rates[levy.kind], levy.rate)
        levies = sorted((*self.levies, levy), key=lambda charge: (charge.policy, charge.kind))
        return self._replace(levies=tuple(levies), levy_rates={**self.levy_rates, levy.kind: rate})

    def dues_cny(self, pieces: Pieces) -> Floats:
        """Compute what each agent is charged on its pieces of a year, CNY [N].

        The schedule is that year's.
        """
        return self.levy_rates[pieces.kind][pieces.positions] * pieces.number

    def sum_dues_cny(self, bases: Sequence[Pieces]) -> Floats:
        """Sum what each agent is charged on all its pieces of a year, CNY [N]."""
        return reduce(add, (self.dues_cny(pieces) for pieces in bases))

    def schemes_of_kind(self, kind: str) -> tuple[SubsidyScheme, ...]:
        """Select the subsidy schemes of a kind."""
        return tuple(scheme for scheme in self.subsidies if scheme.kind == kind)


def promised_schemes(
    decision_law: PolicySchedule, current_law: PolicySchedule, kind: str
) -> tuple[SubsidyScheme, ...]:
    """Select the schemes of a kind that hold for a project.

    Of one year, by name of the policy.
    A project keeps what the law promised when it was decided: rate and end, and at least the budget from which it is
    paid. Of a policy that did not exist then, it gets what the law says now.

    Args:
        decision_law: the year's row of the law under which it was decided.
        current_law: the year's row of the law of today.
        kind: of the schemes.
    """
    schemes = {scheme.policy: scheme for scheme in current_law.schemes_of_kind(kind)}
    for promised in decision_law.schemes_of_kind(kind):
        later = schemes.get(promised.policy, promised)
        budget = np.maximum(promised.budget_cny, later.budget_cny)
        schemes[promised.policy] = promised._replace(budget_cny=budget)
    return tuple(schemes[name] for name in sorted(schemes))


def _repeat_years[T: NamedTuple](group: T, years: int) -> T:
    """Repeat the values of one year in each of `years`."""
    return group._make(np.broadcast_to(value, (years, *np.shape(value))).copy() for value in group)


def select_row[T: NamedTuple](group: T, row: int) -> T:
    """Select a row of a group, without its axis of years."""
    return type(group)(*[value[row] for value in group])

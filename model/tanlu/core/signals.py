"""What every decider sees in a year.

NamedTuples of arrays with named axes. They are replaced, never edited: within a year
every decider reads the same frozen `Signals`, so the order of populations cannot matter.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Booleans, Floats, Integers
from tanlu.core.axes import PARTS, SECTOR
from tanlu.core.schedules import EnergyRule, PolicySchedule
from tanlu.core.taxes import TaxLaw
from tanlu.kernels.appraisal import StrikePrices

VEHICLES = PARTS.index("vehicles")


class TradeTerms(NamedTuple):
    """What goods of the region cost at home and abroad, and how exports answer; X products, then vehicles.

    A unit is a tonne or a vehicle. T this year and, where a charge is announced, the years ahead.
    """

    home_cny: Floats  # [P, X] a unit, without any charge at a border
    abroad_cny: Floats  # [P, X] what others' goods cost there
    charge_cny: Floats  # [T, P, X] owed at the border on a unit of the usual process
    export_factor: Floats  # [T, P, X, 2] exports over those of the last statistic, without and with a charge

    @property
    def ratio(self) -> Floats:
        """Price at home over price abroad [P, X]."""
        return np.asarray(self.home_cny / self.abroad_cny)


class UseTerms(NamedTuple):
    """How users of products answer what CO2 adds to the price; G products."""

    use_factor: Floats  # [P, G] use over that without a price on CO2, once users have adapted
    sourcing_factor: Floats  # [P, G] what is bought in the region over what is used
    price_cny_per_t: Floats  # [P, G] in the region, with what CO2 adds
    usual_price_cny_per_t: Floats  # [P, G] without it


class PriceSignals(NamedTuple):
    """What things cost in a year, CNY of 2020."""

    fuel_price_cny_per_gj: Floats  # [P, priced fuel]
    energy_price_cny_per_gj: Floats  # [P, ENERGY] coal, oil, gas, biomass for industry
    scrap_price_cny_per_t: Floats  # [S] last year's, 0 where a sector melts none
    product_price_cny_per_t: Floats  # [P, G products]
    electricity_price_cny_per_mwh: Floats  # [P] what industry pays: last year's tariff
    part_price_cny_per_mwh: Floats  # [Q, P] what each part of demand pays: last year's tariffs
    part_price_without_co2_cny_per_mwh: Floats  # [Q, P] what it would pay if CO2 cost nothing
    industrial_grid_charge_cny_per_mwh: Floats  # [P] of this year
    price_cap_cny_per_mwh: float  # of the hourly market, this year's
    heat_price_cny_per_gj: Floats  # [P, priced fuel] of steam that units burning it sell
    capacity_payment_cny_per_kw_year: Floats  # [P, F] at the reliable margin of last year
    loan_prime_rate: float  # real

    @property
    def charging_price_cny_per_mwh(self) -> Floats:
        """What vehicles pay but for the chargers [P]."""
        return self.part_price_cny_per_mwh[VEHICLES]

    @property
    def charging_price_without_co2_cny_per_mwh(self) -> Floats:
        """What they would pay if CO2 cost nothing [P]."""
        return self.part_price_without_co2_cny_per_mwh[VEHICLES]


class CarbonSignals(NamedTuple):
    """What emitting CO2 costs, this year and as announced for the T years ahead."""

    market_price_cny_per_tco2: float  # of the national market this year
    market_path_cny_per_tco2: Floats  # [T] what it is expected to be, where it covers
    carbon_cost_cny_per_tco2: Floats  # [P, S] of one more tonne now: fixed + covered x market + border
    carbon_path_cny_per_tco2: Floats  # [P, S, T] announced cost of a tonne
    set_price_path_cny_per_tco2: Floats  # [P, S, T] the part of it that governments set
    border_cost_cny_per_tco2: Floats  # [P, S] charged abroad, spread over all output
    benchmark: Floats  # [P, benchmark class + 1] free allowances of one more MWh; the last column is zero
    base_benchmark: Floats  # [P, benchmark class + 1] the same of one of the base period
    least_free_share: (
        Floats  # [P, benchmark class + 1] of what needs allowances, given free whatever the output
    )
    benchmark_path: (
        Floats  # [T, benchmark class + 1] of the years ahead, over that of this year; 1 where that is 0
    )
    national_coal_benchmark: float  # free allowances of one more MWh of the nation's large coal units
    is_capped: Booleans  # [S] whose facilities get a part of a cap, and not what they emit
    base_free_share: Floats  # [P, S] of a facility's CO2 in the base period that it gets free under a cap
    follows_output_share: Floats  # [S] of it that goes with its output
    auction_share: Floats  # [P, S] share of the allocation that is sold
    allowance_value_cny_per_tco2: (
        Floats  # [P, S] of a tonne of allocation: its free part at the market's price
    )
    allowance_path_cny_per_tco2: Floats  # [P, S, T] the same in the years ahead
    captured_cost_cny_per_tco2: Floats  # [P, S] of the allowance that a captured tonne needs all the same
    captured_path_cny_per_tco2: Floats  # [P, S, T] the same in the years ahead
    capture_counts_path: Floats  # [T] 1 where a captured tonne needs none

    def waive(self) -> "CarbonSignals":
        """Replace this year's costs of CO2 by nothing; paths ahead stay."""
        return self._replace(
            market_price_cny_per_tco2=0.0,
            carbon_cost_cny_per_tco2=np.zeros_like(self.carbon_cost_cny_per_tco2),
            captured_cost_cny_per_tco2=np.zeros_like(self.captured_cost_cny_per_tco2),
        )

    @property
    def captured_saves_cny_per_tco2(self) -> Floats:
        """Saving of a captured tonne over an emitted one [P, S]."""
        return np.asarray(self.carbon_cost_cny_per_tco2 - self.captured_cost_cny_per_tco2)

    @property
    def contract_reference_cny_per_tco2(self) -> Floats:
        """What carbon prices bring per tonne captured and stored [P, S].

        Free allowances of facilities follow what they emit, and go with a tonne that needs none; those of power plants
        follow output.
        """
        lost_allowance = np.where(
            self.captured_cost_cny_per_tco2 > 0.0, 0.0, self.allowance_value_cny_per_tco2
        )
        lost_allowance[:, SECTOR["electricity"]] = 0.0
        return np.asarray(self.captured_saves_cny_per_tco2 - lost_allowance)


class DemandCurve(NamedTuple):
    """What all products of CO2 together buy at falling prices; axis M prices."""

    price_cny_per_tco2: Floats  # falling
    sold_tco2: Floats  # rising
    kept_share: Floats  # of what is sold, kept from the air for good


class CO2Signals(NamedTuple):
    """What capturing CO2 costs and brings."""

    promised_support_cny_per_tco2: Floats  # [law, P, S] subsidy expected by who decided under each of them
    # [law, A, P, S] the same for a stored tonne, contracts included, in each year of capture; the last for all later
    stored_support_cny_per_tco2: Floats
    contracts: StrikePrices  # for difference, offered to who decides now
    capture_support_path_cny_per_tco2: (
        Floats  # [P, S, T] subsidy expected per tonne stored in the years ahead
    )
    capture_grant_share: Floats  # [P, S] of the investment
    capture_cost_factor: (
        float  # on investment and operation of capture: the world's, local learning, research
    )
    research_cost_factor: float  # the part of it that public research of the region has
    co2_tariff_cny_per_tco2: Floats  # [P] what transport and storage cost on average last year
    hub_tariff_cny_per_tco2: (
        Floats  # [H] posted by each for transport from it and storage; inf without a line
    )
    co2_competing_tco2: float  # t a year that others sell to products, or will when what they build is ready
    product_demand: DemandCurve  # for CO2, with last year's material

    def years_of_capture(self, capture_year: Integers, year: int) -> Integers:
        """Find the position on axis A of a capture year in `year`.

        The first one before capture begins.
        """
        last = self.stored_support_cny_per_tco2.shape[1] - 1
        return np.minimum(np.maximum(year - capture_year, 0), last)


class Refurbishing(NamedTuple):
    """What it takes and brings to let a unit run on after its life."""

    years: int
    capex_share: float  # of the cost of a new unit


class NeighbourSignals(NamedTuple):
    """What moves the neighbours' plants in a year, but for water."""

    carbon_price_cny_per_tco2: Floats  # [P] that they pay, by the province at the other end of the line
    allowance_cny_per_mwh: Floats  # [P] of free allocation that follows their output
    import_charge_cny_per_tco2: Floats  # [P] that who buys of them pays, before what they pay is taken off
    import_deducted_share: Floats  # [P] of what they pay
    coal_price_factor: float  # of the world
    cooling_factor: float


class Promises(NamedTuple):
    """How governments have kept what the law announced, and what owners make of it; axis W companies."""

    credibility: Floats  # [W] 0..1
    trust: Floats  # [W] part of what governments set that an owner counts on a year later
    promised_cny: (
        Floats  # [P] that last year's law announced for the years to come, at last year's tonnes and MWh
    )
    broken_cny: Floats  # [P] of it, that this year's law takes back


class Signals(NamedTuple):
    """What every decider sees in a year; frozen, made of policies, markets and the region pack."""

    year: int
    row: int  # of the year in the policy schedule
    data_row: int  # position of the year in the region pack's arrays
    policy: PolicySchedule  # of this year only, without the axis of years
    laws: tuple[PolicySchedule, ...]  # the same of every version of the law so far; the last is `policy`
    subsidies: Mapping[str, Floats]  # [`SUBSIDY_AXES`] expected by kind: rate x last payout ratio
    levies: Mapping[str, Floats]  # [`LEVY_BASES`] rate by kind
    expected_levies: Mapping[str, Floats]  # [`LEVY_BASES`] the same when who decides now decides again
    promises: Promises
    taxes: TaxLaw
    prices: PriceSignals
    carbon: CarbonSignals
    expected_carbon: CarbonSignals  # levelled over the life of what is decided now
    co2: CO2Signals
    trade: TradeTerms
    use: UseTerms
    neighbours: NeighbourSignals
    expected_neighbours: NeighbourSignals  # the same of their price and allowances
    expected_energy_rule: EnergyRule  # when who decides now decides again
    expected_export_kept_share: Floats  # [P, L, season] at the deciders' horizon
    coal_maximum_age_years: Floats  # [P] next year's rule: who breaks it closes by then
    refurbishing: Refurbishing  # of who decides this year
    modular_cost_factor: float  # of what casting in place costs
    modular_time_factor: float  # of how long casting in place takes
    rail_line_km: Floats  # [P] paid for by policy and in operation
    green_fund_share: Floats  # [P] of low-carbon investment that green funds granted last year

    def look_ahead(self) -> "Signals":
        """Replace this year's price of CO2 and allowances by those expected over the life of an investment."""
        return self._replace(carbon=self.expected_carbon, neighbours=self.expected_neighbours)

    @property
    def law(self) -> int:
        """Position in `laws` of the law that who decides now is promised."""
        return len(self.laws) - 1

    @property
    def capture_aid_share(self) -> Floats:
        """Share of an investment in capture that grants pay [P, S].

        The green fund pays a part of what other grants leave.
        """
        grant_share = self.co2.capture_grant_share
        return np.asarray(grant_share + (1.0 - grant_share) * self.green_fund_share[:, None])

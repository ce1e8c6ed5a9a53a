"""What every decider sees in a year.

NamedTuples of arrays with named axes. They are replaced, never edited: within a year
every decider reads the same frozen `Signals`, so the order of populations cannot matter.
"""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats


class EnergyRule(NamedTuple):
    """What works may use a tonne, and what they pay for using more."""

    ceiling_share: Floats  # [P, S] of what the usual process uses; inf where no rule
    penalty_cny_per_gj: Floats  # [P, S]


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


class Signals(NamedTuple):
    """What every decider sees in a year; frozen, folded from policies, markets and the region pack."""

    year: int
    row: int  # position of the year in `PolicyPaths`
    data_row: int  # position of the year in the region pack's arrays
    fuel_price_cny_per_gj: Floats  # [P, priced fuel]
    energy_price_cny_per_gj: Floats  # [P, ENERGY] coal, oil, gas, biomass for industry
    scrap_price_cny_per_t: Floats  # [S] last year's, 0 where a sector melts none
    scrap_subsidy_cny_per_t: Floats  # [P, S] at the odds that the purses pay in full
    product_price_cny_per_t: Floats  # [P, G products]
    fixed_carbon_price_cny_per_tco2: Floats  # [P, S]
    market_covered: Floats  # [P, S] 1 where the carbon market covers the sector
    market_price_cny_per_tco2: float  # last cleared carbon price, within floor and ceiling
    carbon_cost_cny_per_tco2: (
        Floats  # [P, S] what emitting one more tonne costs now: fixed + covered x market + border
    )
    border_cost_cny_per_tco2: Floats  # [P, S] charged abroad, spread over all output
    trade: TradeTerms
    benchmark: Floats  # [P, benchmark class + 1] free allocation per unit of output; the last column is zero
    auction_share: Floats  # [P, S] share of the allocation that is sold
    carbon_path_cny_per_tco2: Floats  # [P, S, T] announced cost of a tonne in the years ahead
    market_path_cny_per_tco2: Floats  # [T] the carbon market's part of it, where it covers
    allowance_value_cny_per_tco2: (
        Floats  # [P, S] of a tonne of allocation: its free part at the market's price
    )
    allowance_path_cny_per_tco2: Floats  # [P, S, T] the same in the years ahead
    capture_support_cny_per_tco2: Floats  # [P, S] subsidy per tonne stored this year
    capture_support_path_cny_per_tco2: Floats  # [P, S, T]
    capture_grant_share: Floats  # [P, S] of the investment
    capture_cost_factor: float  # on investment and operation of capture: the world's and local learning
    industry_benchmark_factor: Floats  # [P, S] tightening of the balance value, 1 = base year
    electricity_price_cny_per_mwh: Floats  # [P] what industry pays: last year's tariff
    charging_price_cny_per_mwh: Floats  # [P] what vehicles pay but for the chargers: last year's tariffs
    co2_tariff_cny_per_tco2: Floats  # [P] what transport and storage cost on average last year
    hub_tariff_cny_per_tco2: (
        Floats  # [H] posted by each hub for transport from it and storage; inf without a line
    )
    co2_competing_tco2: float  # t a year that others sell to products, or will when what they build is ready
    energy_rule: EnergyRule
    expected_energy_rule: EnergyRule  # when who decides now decides again
    green_interest_subsidy: Floats  # [P]
    green_guarantee_share: Floats  # [P]
    renewable_premium_cny_per_mwh: Floats  # [P, F]
    capacity_payment_cny_per_kw_year: Floats  # [P, F] at the reserve margin of last year
    building_subsidy_cny_per_m2: Floats  # [P, M] at the odds that the purses pay in full
    floor_area_bonus_share: Floats  # [P, M]
    industrialised_building_share: Floats  # [P] least share
    modular_cost_factor: float  # of what casting in place costs
    modular_time_factor: float  # of how long casting in place takes
    coal_new_build_allowed: Floats  # [P]
    coal_maximum_age_years: Floats  # [P] next year's rule: who breaks it closes by then
    coal_utilisation_cap: Floats  # [P]
    vehicle_subsidy_cny_per_vehicle: Floats  # [P, G, V] at the odds that the purses pay in full
    fuel_licence_cny_per_vehicle: Floats  # [P, G]
    new_energy_sales_share: Floats  # [P, G] least share in sales
    charger_investment_cny: Floats  # [P]
    rail_investment_cny: Floats  # [P]
    rail_line_km: Floats  # [P] paid for by policy and in operation
    export_kept_share: Floats  # [P, L, season]
    expected_export_kept_share: Floats  # [P, L, season] at the deciders' horizon
    loan_prime_rate: float  # real

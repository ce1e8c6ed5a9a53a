"""What all policies together announce, year by year, and what holds where none is in force."""

from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import APPRAISAL_YEARS, EXPORT_LINES, SEASONS, F, G, M, P, S, V


class PolicyPaths(NamedTuple):
    """What all policies together announce, year by year; folded once from the scenario.

    Axes: Y years of the run plus `APPRAISAL_YEARS`, P provinces, S sectors, F power fuels, L export lines,
    K subsidy schemes (one per policy of a kind that pays, each with its own purse), G vehicle segments,
    V vehicle technologies, M ways of building.
    """

    years: Integers  # [Y]
    carbon_price_cny_per_tco2: Floats  # [Y, P, S] fixed price on every tonne emitted
    carbon_price_floor_cny_per_tco2: Floats  # [Y] of the carbon market
    carbon_price_ceiling_cny_per_tco2: Floats  # [Y] of the carbon market
    market_covered: Floats  # [Y, P, S] 1 where the carbon market covers the sector
    market_benchmark_factor: Floats  # [Y, P, S] multiplies the region pack's benchmark
    market_auction_share: Floats  # [Y, P, S] share of the allocation that is sold, 0..1
    market_reference_price_cny_per_tco2: Floats  # [Y] price of the national market outside the region
    ccus_rate_cny_per_tco2: Floats  # [K, Y, P, S] per tonne stored or permanently used
    ccus_capex_grant_share: Floats  # [K, Y, P, S] share of capture investment paid, 0..1
    ccus_budget_cny: Floats  # [K, Y] inf where not capped
    border_price_cny_per_tco2: Floats  # [Y, P, S] charged abroad on exports, before what was paid at home
    border_price_on_vehicles_cny_per_tco2: Floats  # [Y, P] the same on CO2 in the metal of exported vehicles
    energy_ceiling_share: Floats  # [Y, P, S] most energy a tonne, of the usual process's; inf where no rule
    energy_penalty_cny_per_gj: Floats  # [Y, P, S] on energy beyond it
    scrap_subsidy_cny_per_t: Floats  # [K, Y, P] on scrap that aluminium works melt
    scrap_subsidy_budget_cny: Floats  # [K, Y] inf where not capped
    green_interest_subsidy: Floats  # [Y, P] reduction of a green loan's rate, fraction per year
    green_guarantee_share: Floats  # [Y, P] share of a green loan's loss carried by the guarantor
    renewable_premium_cny_per_mwh: Floats  # [Y, P, F] on top of the market price
    capacity_payment_cny_per_kw_year: Floats  # [K, Y, P, F] full rate of each scheme
    capacity_payment_end_reserve_share: (
        Floats  # [K] reserve margin from which nothing is paid; inf: always in full
    )
    hub_anchor_tco2_per_year: Floats  # [Y, P] volume in each CO2 hub that the public stands for
    hub_guarantee_share: Floats  # [Y, P] of a CO2 hub's losses that the public carries
    hub_oversizing_share: Floats  # [Y, P] by which a new CO2 line is built larger at public cost
    building_subsidy_cny_per_m2: Floats  # [K, Y, P, M]
    building_subsidy_budget_cny: Floats  # [K, Y] inf where not capped
    floor_area_bonus_share: Floats  # [Y, P, M] granted on top of what is built
    industrialised_building_share: Floats  # [Y, P] least share of new floor area not cast in place, 0..1
    coal_new_build_allowed: Floats  # [Y, P] 1 or 0
    coal_maximum_age_years: Floats  # [Y, P] inf where no rule
    coal_utilisation_cap: Floats  # [Y, P] highest yearly utilisation, 0..1
    vehicle_subsidy_cny_per_vehicle: Floats  # [K, Y, P, G, V]
    vehicle_subsidy_budget_cny: Floats  # [K, Y] inf where not capped
    fuel_licence_cny_per_vehicle: Floats  # [Y, P, G] on every new fuel vehicle
    new_energy_sales_share: Floats  # [Y, P, G] least share of new-energy vehicles in sales, 0..1
    charger_investment_cny: Floats  # [Y, P] public money for public chargers
    rail_investment_cny: Floats  # [Y, P] public money for urban rail
    export_kept_share: Floats  # [Y, P, L, season] of contracted exports that is still sent

    def row(self, year: int) -> int:
        """Return the row of `year`; the last row stands for every later year."""
        return min(int(year) - int(self.years[0]), self.years.size - 1)


def no_policies(
    first_year: int, last_year: int, reference_price_cny_per_tco2: Floats | None = None
) -> PolicyPaths:
    """Return paths in which no policy is in force, for `first_year` .. `last_year` + `APPRAISAL_YEARS`.

    `reference_price_cny_per_tco2` [Y] is the carbon price of the national market outside the region.
    """
    years = np.arange(first_year, last_year + APPRAISAL_YEARS + 1)
    y = years.size
    reference = np.zeros(y) if reference_price_cny_per_tco2 is None else reference_price_cny_per_tco2
    return PolicyPaths(
        years=years,
        carbon_price_cny_per_tco2=np.zeros((y, P, S)),
        carbon_price_floor_cny_per_tco2=np.zeros(y),
        carbon_price_ceiling_cny_per_tco2=np.full(y, np.inf),
        market_covered=np.zeros((y, P, S)),
        market_benchmark_factor=np.ones((y, P, S)),
        market_auction_share=np.zeros((y, P, S)),
        market_reference_price_cny_per_tco2=reference,
        ccus_rate_cny_per_tco2=np.zeros((0, y, P, S)),
        ccus_capex_grant_share=np.zeros((0, y, P, S)),
        ccus_budget_cny=np.zeros((0, y)),
        border_price_cny_per_tco2=np.zeros((y, P, S)),
        border_price_on_vehicles_cny_per_tco2=np.zeros((y, P)),
        energy_ceiling_share=np.full((y, P, S), np.inf),
        energy_penalty_cny_per_gj=np.zeros((y, P, S)),
        scrap_subsidy_cny_per_t=np.zeros((0, y, P)),
        scrap_subsidy_budget_cny=np.zeros((0, y)),
        green_interest_subsidy=np.zeros((y, P)),
        green_guarantee_share=np.zeros((y, P)),
        renewable_premium_cny_per_mwh=np.zeros((y, P, F)),
        capacity_payment_cny_per_kw_year=np.zeros((0, y, P, F)),
        capacity_payment_end_reserve_share=np.zeros(0),
        hub_anchor_tco2_per_year=np.zeros((y, P)),
        hub_guarantee_share=np.zeros((y, P)),
        hub_oversizing_share=np.zeros((y, P)),
        building_subsidy_cny_per_m2=np.zeros((0, y, P, M)),
        building_subsidy_budget_cny=np.zeros((0, y)),
        floor_area_bonus_share=np.zeros((y, P, M)),
        industrialised_building_share=np.zeros((y, P)),
        coal_new_build_allowed=np.ones((y, P)),
        coal_maximum_age_years=np.full((y, P), np.inf),
        coal_utilisation_cap=np.ones((y, P)),
        vehicle_subsidy_cny_per_vehicle=np.zeros((0, y, P, G, V)),
        vehicle_subsidy_budget_cny=np.zeros((0, y)),
        fuel_licence_cny_per_vehicle=np.zeros((y, P, G)),
        new_energy_sales_share=np.zeros((y, P, G)),
        charger_investment_cny=np.zeros((y, P)),
        rail_investment_cny=np.zeros((y, P)),
        export_kept_share=np.ones((y, P, len(EXPORT_LINES), len(SEASONS))),
    )

"""The words every part of the model shares: axes, policy paths, the year's signals and outcomes.

All are NamedTuples of arrays with named axes. They are replaced, never edited: within a year
every decider reads the same frozen `Signals`, so the order of populations cannot matter.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Booleans = NDArray[np.bool_]

PROVINCES = ("Sichuan", "Chongqing")
REGION = "Chengyu"  # the two provinces together
SECTORS = (
    "electricity",
    "heat",
    "steel",
    "cement",
    "aluminium",
    "chemicals",
    "refining",
    "gas_processing",
    "other_industry",
    "transport",
    "buildings",
    "agriculture",
)
CARRIERS = ("coal", "oil", "gas", "biomass", "process")
FUELS = (
    "coal",
    "gas",
    "byproduct_gas",
    "biomass",
    "waste",
    "hydro_reservoir",
    "hydro_run_of_river",
    "pumped_storage",
    "battery",
    "wind",
    "solar_utility",
    "solar_distributed",
    "small_hydro",
)
THERMAL_FUELS = ("coal", "gas", "byproduct_gas", "biomass", "waste")
# Lines of contracted exports; the region pack's `corridors.csv` has the same.
EXPORT_LINES = (
    "fufeng",
    "jinsu",
    "binjin",
    "yahu",
    "jiansu",
    "jintang",
    "jinshang",
    "debao_export",
)
SEASONS = ("wet", "dry")
RENEWABLE_FUELS = ("wind", "solar_utility", "solar_distributed")
PARTS = (  # of electricity demand
    "facilities",
    "other_industry",
    "agriculture",
    "services",
    "data_centres",
    "households",
    "cooling",
    "heating",
    "vehicles",
)
CUSTOMERS = ("residential", "industrial", "commercial", "agricultural")  # classes of the electricity tariff

SEGMENTS = ("car", "taxi", "bus", "light_truck", "heavy_truck")
VEHICLE_TECHNOLOGIES = ("fuel", "battery", "plug_in_hybrid")
BUILDING_METHODS = ("cast_in_place", "prefabricated", "modular")

P, S, C, F = len(PROVINCES), len(SECTORS), len(CARRIERS), len(FUELS)
G, V, M = len(SEGMENTS), len(VEHICLE_TECHNOLOGIES), len(BUILDING_METHODS)
PROVINCE = {name: i for i, name in enumerate(PROVINCES)}
SECTOR = {name: i for i, name in enumerate(SECTORS)}
CARRIER = {name: i for i, name in enumerate(CARRIERS)}
FUEL = {name: i for i, name in enumerate(FUELS)}

MONTHS, DAY_TYPES, HOURS = 12, 2, 24
APPRAISAL_YEARS = 30  # how far an appraisal looks ahead before values are taken as flat


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


class PowerOffer(NamedTuple):
    """What power plants offer for a year; axis U thermal units of the merit order."""

    rows: Integers  # [U] row of the population
    zone: Integers  # [U]
    capacity_mw: Floats  # [U] above must-run
    availability: Floats  # [U, month] over its mean of the year, which is in the capacity
    minimum_load_share: Floats  # [U] of that, while it is online; 0: starts and stops by the hour
    compensated_load_share: (
        Floats  # [U] for which it is paid its cost while it is online: its fuel's ordinary one
    )
    cost_cny_per_mwh: Floats  # [U]
    must_run_mw: Floats  # [P]
    capacity_by_fuel_mw: Floats  # [P, F] net capacity in operation


class MeritUnits(NamedTuple):
    """The merit order: thermal units, neighbours, exports given up, industrial shedding; axis U, in that order."""

    zone: Integers  # [U]
    capacity_mw: Floats  # [U]
    cost_cny_per_mwh: Floats  # [U] of equal costs the one listed first runs first
    availability: Floats  # [U, month]
    rows: Integers  # of the population of power plants; the first of U
    neighbours: int  # how many follow
    surplus: int  # and then; the last are one for each zone


class PowerHours(NamedTuple):
    """The hours of a cleared electricity year, MW; axes P, month, day type, hour.

    merit order + must-run + natural + reservoir + discharge + unserved = load + charge + export + flow + curtailed.
    """

    load_mw: Floats
    must_run_mw: Floats  # [P, month, 1, 1] least output of what is online included
    floor_mw: Floats  # [thermal unit, month] that least output
    natural_mw: Floats  # [source, P, month, 1, hour] run-of-river, small hydro and RENEWABLE_FUELS, before curtailment
    reservoir_mw: Floats
    charge_mw: Floats
    discharge_mw: Floats
    merit_order_mw: Floats  # of all `units`, above their least output
    unserved_mw: Floats
    curtailed_mw: Floats
    export_mw: Floats  # [P, month, 1, 1] contracted out of the region
    flow_mw: Floats  # to the other province; what arrives is less by what the line loses
    units: MeritUnits


class HydroSales(NamedTuple):
    """Water's contracts within its own province (`markets.hydro_contracts`)."""

    sold_mwh: Floats  # [P, month]
    paid_cny: Floats  # [P, month] for it
    rebate_cny: Floats  # [P] less than at the hours' prices, negative: more


class PowerOutcome(NamedTuple):
    """A cleared electricity year."""

    offer: PowerOffer  # of the region's plants
    generation_mwh: Floats  # [P, F] fed in
    curtailed_mwh: Floats  # [P, F]
    revenue_cny_per_mw: Floats  # [P, F] of what runs outside the merit order, water under its cap
    unit_output_mwh: Floats  # [U] of thermal units, least output while online included, without must-run
    unit_idle_mwh: Floats  # [U] capacity online that gave no output
    unit_revenue_cny: Floats  # [U]
    load_mwh: Floats  # [P] served and unserved
    unserved_mwh: Floats  # [P] firm load not served
    shed_mwh: Floats  # [P] industrial load shed
    export_mwh: Floats  # [P] net to outside the region, contracts and price-responsive
    flow_mwh: float  # Sichuan to Chongqing, as sent
    line_loss_mwh: Floats  # [P] of it, where it arrives
    storage_loss_mwh: Floats  # [P]
    hydro_sales: HydroSales
    uplift_cny: Floats  # [P] what load pays units for being online below their cost, part of unit revenue
    mean_price_cny_per_mwh: Floats  # [P] load-weighted, without that
    must_run_price_cny_per_mwh: Floats  # [P] time-weighted
    price_cny_per_mwh: Floats  # [P, month, day type, hour]
    neighbour_cost_cny: Floats  # [P] paid for price-responsive imports
    reserve_margin: Floats  # [P] spare capacity in the tightest hour over peak load
    hours: PowerHours


class ProductionOutcome(NamedTuple):
    """A year of production; axis N facilities and blocks."""

    output: Floats  # [N] kt, or index for a block
    energy_gj: Floats  # [N, ENERGY]
    electricity_mwh: Floats  # [N]
    emitted_tco2: Floats  # [N, C] after capture, fossil only
    captured_tco2: Floats  # [N]
    gross_tco2: Floats  # [N] in fuel and process, before capture


class CO2Outcome(NamedTuple):
    """Where captured CO2 went; axis N power units and then facilities, B products."""

    captured_tco2: Floats  # [N] = sold + stored + vented
    sold_tco2: Floats  # [N] to products
    bound_tco2: Floats  # [N] the part of what was sold that products keep from the air for good
    stored_tco2: Floats  # [N]
    vented_tco2: Floats  # [N] captured but neither sold nor stored
    product_revenue_cny: Floats  # [N]
    transport_storage_cost_cny: Floats  # [N]
    transport_cost_cny: Floats  # [N] the part of it that is not the stores'
    bought_tco2: Floats  # [B]
    product_price_cny_per_tco2: Floats  # [B]
    shipped_tco2: Floats  # [H] through each hub
    corridor_tco2: Floats  # [E] through the lines in each corridor

    @property
    def kept_tco2(self) -> Floats:
        """What stays out of the air: stored, or bound in a product for good [N]."""
        return self.stored_tco2 + self.bound_tco2

    @property
    def returned_tco2(self) -> Floats:
        """What reaches the air after all: vented, or let go by the product it was sold for [N]."""
        return self.vented_tco2 + (self.sold_tco2 - self.bound_tco2)

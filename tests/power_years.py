"""Electricity years of the region, made up for tests: plants, rivers, contracts, and neighbours."""

import numpy as np
from hypothesis import strategies as st

from tanlu.core.arrays import Floats
from tanlu.core.axes import DAY_TYPES, FUELS, HOURS, MONTHS, RENEWABLE_FUELS, F
from tanlu.core.outcomes import PowerOutcome
from tanlu.kernels.power.units import PowerOffer
from tanlu.power.neighbours import Border, CarbonAbroad, ContractEnergy, NeighbourYear, open_border
from tanlu.power.supply import FirmSupply, PowerYear, SeasonalLoad, ShortageRules
from tanlu.power.system import clear_power_year
from tanlu.power.trades import TradeOffers
from tanlu.power.water import StoreState, WaterYear
from tanlu.region.hydro import HOURS_IN_MONTH, Water
from tanlu.region.tables import year_index
from tests.model_runs import REGION, P

DATA = REGION.power
SEEDS = st.integers(0, 2**32 - 1)
COAL, GAS, WIND, SUN = (FUELS.index(f) for f in ("coal", "gas", "wind", "solar_utility"))
RESERVOIR, RIVER = FUELS.index("hydro_reservoir"), FUELS.index("hydro_run_of_river")
PUMPED, BATTERY = FUELS.index("pumped_storage"), FUELS.index("battery")
NATURAL = [RIVER, *(FUELS.index(f) for f in ("small_hydro", "wind", "solar_utility", "solar_distributed"))]
NO_START = np.zeros(P)  # of the search for shadow prices
LINES = DATA.corridors
ABROAD = NeighbourYear(
    row=year_index(2030),
    first_row=year_index(REGION.base_year),
    coal_price_factor=1.0,
    carbon=CarbonAbroad(np.zeros(P), np.zeros(P), np.zeros(P), np.ones(P)),
    coal_tco2_per_gj=DATA.fuel_co2_t_per_gj[COAL],
    variable_om_cny_per_mwh=15.0,
    water_factor=np.ones(MONTHS),
    cooling_factor=1.0,
)
NO_CONTRACTS = ContractEnergy(
    np.zeros((LINES.imports.zone.size, MONTHS)), *np.zeros((2, LINES.export_zone.size, MONTHS))
)
OPEN_BORDER = open_border(REGION.neighbours, LINES, ABROAD, NO_CONTRACTS)


def trade(bought_mw: float | Floats = 0.0, sold_mw: float | Floats = 0.0) -> Border:
    """Return the blocks of 2030 with other sizes, MW [block, 1] or of each block."""
    bought, sold = OPEN_BORDER.purchases, OPEN_BORDER.sales
    return OPEN_BORDER._replace(
        purchases=bought._replace(mw=np.zeros(bought.mw.shape) + bought_mw),
        sales=sold._replace(mw=np.zeros(sold.mw.shape) + sold_mw),
    )


def offer(
    *, coal: tuple[float, float] = (12e3, 14e3), must_run: float = 0.0, **fuels: tuple[float, float]
) -> PowerOffer:
    """Return two coal units a province, the second dearer, and other fuels by name; MW by province."""
    by_fuel = np.zeros((P, F))
    by_fuel[:, COAL] = coal
    by_fuel[:, FUELS.index("small_hydro")] = DATA.small_hydro_full_mw  # all of it stands
    for name, megawatts in fuels.items():
        by_fuel[:, FUELS.index(name)] = megawatts
    return PowerOffer(
        rows=np.arange(4),
        zone=np.array([0, 0, 1, 1]),
        capacity_mw=np.repeat(coal, 2) / 2.0,
        availability=np.ones((4, MONTHS)),
        minimum_load_share=np.zeros(4),
        compensated_load_share=np.zeros(4),
        cost_cny_per_mwh=np.array([250.0, 350.0, 300.0, 400.0]),
        no_load_cny_per_mwh=np.zeros(4),
        yearly_limit_mwh=np.full(4, np.inf),
        outage_mw=np.repeat(coal, 2) / 2.0,
        outage_share=np.full(4, 0.03),
        must_run_mw=np.full((P, MONTHS), must_run),
        contract_mw=np.zeros((P, MONTHS)),
        capacity_by_fuel_mw=by_fuel,
    )


def water_year(water: Water, store_mwh: np.ndarray, *, observed: bool) -> WaterYear:
    """Return a year of water with stores that no rule binds, as full as usual at its start."""
    free = np.zeros((P, MONTHS))
    opening = StoreState.from_hydrology(DATA.hydrology)
    return WaterYear(water, store_mwh, observed, free, free + 1.0, 1.0, 0, opening, has_table=False)


def around(**changes: object) -> PowerYear:
    """Return a closed region in a normal water year: no contracts, no neighbours."""
    year = PowerYear(
        load_mwh=np.array([90e6, 60e6]),
        load_shape=DATA.load_shape,
        day_weight=DATA.day_weight,
        water=water_year(DATA.hydrology.normal, np.zeros(P), observed=True),
        usual=None,
        weather=np.ones((P, len(RENEWABLE_FUELS))),
        contract_mw=np.zeros((P, MONTHS)),
        line_zones=np.array([[0, 1]]),
        internal_mw=np.zeros((1, MONTHS)),
        line_mw=np.full((1, MONTHS), 3e3),
        line_loss_share=np.array([0.01]),
        border=trade(),
        recallable_mw=np.zeros((P, MONTHS)),
        recall_price_cny_per_mwh=400.0,
        shortage=ShortageRules(np.full(P, 0.3), 3_000.0, 10_000.0, price_cap_cny_per_mwh=800.0),
        wheeling_cost_cny_per_mwh=np.array([25.0]),
        firm_supply=FirmSupply(
            accepted_hours=3.0,
            largest_unit_mw=1e3,
            neighbour_share_in_dry_spell=0.7,
            neighbours_mw=np.zeros((P, MONTHS)),
            burner_share=np.full((P, 2, MONTHS), 0.95),
            seasons=SeasonalLoad(np.zeros((2, P, MONTHS, DAY_TYPES, HOURS)), REGION.demand.season_factor),
            start_mw=np.zeros(P),
        ),
        trades=TradeOffers.nothing(),
        reserve_share=0.05,
        least_online_share=0.0,
    )
    return year._replace(**changes)


def anything(seed: int) -> tuple[PowerOffer, PowerYear]:
    """Return a region with a bit of everything, short in some seeds and long in others."""
    random = np.random.default_rng(seed)
    size = {name: tuple(random.uniform(0.0, 15e3, P)) for name in ("wind", "solar_utility", "battery")}
    hydro = {
        "hydro_reservoir": (20e3, 2e3),
        "hydro_run_of_river": (15e3, 1e3),
        "pumped_storage": (500.0, 1.2e3),
    }
    offered = offer(coal=tuple(random.uniform(2e3, 20e3, P)), must_run=500.0, **size, **hydro)
    offered = offered._replace(minimum_load_share=np.array([0.5, 0.3, 0.0, 0.4]))
    year = around(
        load_mwh=random.uniform(0.5, 1.6, P) * np.array([250e6, 120e6]),
        water=water_year(
            DATA.hydrology.normal.scale(random.uniform(0.6, 1.1)),
            random.choice([0.0, 1e6, 2e7]) * np.array([1.0, 0.05]),
            observed=bool(random.integers(2)),
        ),
        weather=random.uniform(0.5, 1.5, (P, len(RENEWABLE_FUELS))),
        contract_mw=random.uniform(0.0, 6e3, (P, MONTHS)) * np.array([[1.0], [0.1]]),
        internal_mw=random.uniform(0.0, 3e3, (1, MONTHS)),
        border=trade(
            random.uniform(0.0, 1e3, (OPEN_BORDER.purchases.zone.size, 1)),
            random.uniform(0.0, 500.0, OPEN_BORDER.sales.mw.shape),
        ),
        recallable_mw=random.uniform(0.0, 5e2, (P, MONTHS)),
    )
    return offered, year


def clear(offered: PowerOffer, year: PowerYear, start: Floats = NO_START) -> PowerOutcome:
    return clear_power_year(DATA, offered, year, start)


def residual(offered: PowerOffer, outcome: PowerOutcome) -> Floats:
    """Return supply less use of each province over the year, MWh."""
    thermal = np.bincount(offered.zone, outcome.units.output_mwh, P) + offered.must_run_mw @ HOURS_IN_MONTH
    stores = outcome.storage_loss_mwh + outcome.generation_mwh[:, [PUMPED, BATTERY]].sum(axis=1)
    supply = thermal + outcome.generation_mwh.sum(axis=1) + outcome.unserved_mwh + outcome.shed_mwh
    out = outcome.flow_mwh + outcome.line_loss_mwh
    return supply - outcome.load_mwh - outcome.export_mwh - out - stores

"""What everybody who decides in a year goes by: the year that they expect, discount rates and beliefs."""

from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.announce import price_capacity
from tanlu.markets.demand import Demand
from tanlu.markets.electricity import ExpectedYear, LoadAhead, expect_year
from tanlu.markets.load_outlook import expected_load
from tanlu.markets.water import close_stores
from tanlu.power.system import clear_power_year
from tanlu.power.trades import TradeOffers
from tanlu.region.pack import Region
from tanlu.scenario.world import World
from tanlu.state.actors import Actors
from tanlu.state.state import State


class Views(NamedTuple):
    """What everybody who decides this year goes by."""

    signals: Signals  # capacity is paid at the reliable margin of `expected`
    expected_year: ExpectedYear
    expected: PowerOutcome  # that year as it clears without plans
    expected_accounts: PlantAccounts  # of that year
    hurdle: Floats  # [W, 2] real discount rates of ordinary and of green projects by owner
    belief: Floats  # [W] how far each owner believes announced policy


def look_around(
    state: State,
    signals: Signals,
    region: Region,
    world: World,
    actors: Actors,
    demand: Demand,
    trades: TradeOffers,
) -> tuple[State, Views]:
    """Form the views of deciders: expected year, discount rates and beliefs.

    `trades` is what added agents are expected to offer in that year.
    """
    horizon = int(region.parameters["expectation_horizon_years"])
    expected_year = expect_year(
        signals=signals.look_ahead(),
        region=region,
        world=world,
        plants=actors.plants,
        load=LoadAhead(
            expected_load(state.expectations, region, signals.year, horizon),
            demand.load_shape,
            demand.seasonal_shape,
        ),
        stores=state.stored_water.expected,
        missing_mw=state.expectations.missing.expected_mw,
        years=horizon,
        trades=trades,
    )
    hurdle = actors.companies.hurdle(signals, state.finance.granted)
    around, start = expected_year.around, state.expectations.limit_prices.expected_cny_per_mwh
    expected = clear_power_year(region.power, expected_year.offer, around, start)
    # Plans meet water of the same worth.
    table = around.water.opening._replace(value_cny_per_mwh=expected.stores.table_cny_per_mwh)
    around = around._replace(water=around.water.open_with(table, has_table=True))
    expected_year = expected_year._replace(around=around)
    stores = close_stores(region, signals.year + horizon, around.water, expected.stores)
    missing = state.expectations.missing._replace(expected_mw=expected.adequacy.missing_mw)
    state = state._replace(
        stored_water=state.stored_water._replace(expected=stores),
        expectations=state.expectations._replace(missing=missing),
    )
    signals = set_capacity_payment(region, signals, expected.reliable_margin)
    expected_accounts = actors.plants.operate(signals.look_ahead(), expected, signals.year + horizon)
    belief = region.finance.owners.policy_belief
    return state, Views(signals, expected_year, expected, expected_accounts, hurdle, belief)


def set_capacity_payment(region: Region, signals: Signals, reliable_margin: Floats) -> Signals:
    """Set the capacity payment at the reliable margin [P] that deciders expect."""
    payment = price_capacity(region, signals.policy, reliable_margin)
    prices = signals.prices._replace(capacity_payment_cny_per_kw_year=payment)
    return signals._replace(prices=prices)

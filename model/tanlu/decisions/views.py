"""What everybody who decides in a year goes by: the year that they expect, discount rates and beliefs."""

from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.finance.companies import Granted
from tanlu.kernels.power.units import PlantAccounts
from tanlu.markets.announce import price_capacity
from tanlu.markets.demand import Demand, trend_load
from tanlu.markets.electricity import ExpectedYear, expect_year
from tanlu.power.system import clear_power_year
from tanlu.region.pack import Region
from tanlu.state.actors import Actors
from tanlu.state.state import ExpectationState


class Views(NamedTuple):
    """What everybody who decides this year goes by."""

    signals: Signals  # capacity is paid at the reserve margin of `expected`
    expected_year: ExpectedYear
    expected: PowerOutcome  # that year as it clears without plans
    expected_accounts: PlantAccounts  # of that year
    hurdle: Floats  # [W, 2] real discount rates of ordinary and of green projects by owner
    belief: Floats  # [W] how far each owner believes announced policy


def look_around(
    state: ExpectationState,
    granted: Granted,
    signals: Signals,
    region: Region,
    actors: Actors,
    demand: Demand,
) -> Views:
    """Form the views of deciders: expected year, discount rates and beliefs."""
    x = region.parameters
    horizon = int(x["expectation_horizon_years"])
    growth = x["slowest_expected_load_growth"], x["fastest_expected_load_growth"]
    expected_year = expect_year(
        signals=signals,
        region=region,
        plants=actors.plants,
        load_mwh=trend_load(state.load_history_mwh, horizon, *growth),
        load_shape=demand.load_shape,
        years=horizon,
    )
    hurdle = actors.companies.hurdle(signals, granted)
    start = state.limit_prices.expected_cny_per_mwh
    expected = clear_power_year(region.power, expected_year.offer, expected_year.around, start)
    signals = set_capacity_payment(region, signals, expected.reserve_margin)
    expected_accounts = actors.plants.operate(signals, expected, signals.year + horizon)
    belief = region.finance.owners.policy_belief
    return Views(signals, expected_year, expected, expected_accounts, hurdle, belief)


def set_capacity_payment(region: Region, signals: Signals, reserve_margin: Floats) -> Signals:
    """Set the capacity payment at the reserve margin [P] that deciders expect."""
    payment = price_capacity(region, signals.policy, reserve_margin)
    prices = signals.prices._replace(capacity_payment_cny_per_kw_year=payment)
    return signals._replace(prices=prices)

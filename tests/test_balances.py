"""Nothing comes from nowhere: electricity, carbon, allowances, money and capacity balance in every year."""

import pytest

from benchmarks.random_scenarios import Span, random_scenarios
from tanlu.output.findings.validity import open_balances
from tanlu.power.plants import PowerPlants
from tanlu.power.state import NewUnits
from tanlu.region.pack import load_region
from tanlu.scenario.schema import scenario_from_dict
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.transport.vehicles import FleetYear, Vehicles
from tests import model_runs
from tests.balances import everything
from tests.model_runs import REGION, Watched, shipped, watch

# All of today's and tomorrow's instruments against each other, in a world that strains them.
STRAINED = model_runs.scenario(
    {
        "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 50, 2040: 500}},
        "floor": {"kind": "carbon_price", "from_year": 2027, "floor_cny_per_tco2": 120},
        "stored": {
            "kind": "ccus_subsidy",
            "from_year": 2026,
            "rate_cny_per_tco2": 260,
            "capex_grant_share": 0.4,
            "budget_bn_cny_per_year": 6,
        },
        "green": {
            "kind": "green_bond_incentive",
            "papers": ["bonds", "loans"],
            "renewals": True,
            "from_year": 2026,
            "interest_subsidy_percentage_points": 2,
            "guarantee_share": 0.7,
        },
        "premium": {"kind": "renewable_support", "from_year": 2026, "premium_cny_per_mwh": 60},
        "coal": {
            "kind": "coal_phase_out",
            "from_year": 2026,
            "maximum_age_years": {2030: 45, 2045: 30},
            "utilisation_cap_share": {2030: 0.6, 2050: 0.2},
        },
    },
    world={
        "drought": {2028: 2022, 2033: 2022, 2041: 2022},
        "demand_factor": {2025: 1.0, 2040: 1.25},
        "gas_price_factor": {2030: 1.0, 2040: 2.0},
    },
)
SCENARIOS = {name: shipped(name) for name in model_runs.SHIPPED} | {"strained": STRAINED}
QUICK = ("baseline", "cement_hubs", "provinces_review", "strained")
SCENARIOS_TRIED = [
    *QUICK,
    *(pytest.param(name, marks=pytest.mark.slow) for name in SCENARIOS if name not in QUICK),
]


@pytest.mark.parametrize("name", SCENARIOS_TRIED)
def test_everything_balances_in_every_year(name: str) -> None:
    everything(watch(SCENARIOS[name]))


@pytest.mark.parametrize(("count", "last"), [(4, 2036), pytest.param(60, 2040, marks=pytest.mark.slow)])
def test_everything_balances_in_any_scenario(count: int, last: int) -> None:
    """From the base year on and with the figures of the pack, from which the balances are computed once more."""
    for scenario in random_scenarios(count, Span.of_pack("chengyu", last), seed=last):
        years = scenario.years.model_copy(update={"start": REGION.base_year})
        model = Watched(Inputs(scenario.model_copy(update={"pack": {}, "years": years}), REGION))
        model.run()
        everything(model)


class Forgetful(Vehicles):
    """Lose one vehicle of a hundred at the end of each year."""

    def offer(self, *given: object) -> FleetYear:
        year = super().offer(*given)
        return year._replace(fleet_vehicles=0.99 * year.fleet_vehicles)


class Careless(PowerPlants):
    """Add a tenth less than owners decided to build."""

    def add(self, new: NewUnits) -> None:
        super().add(new._replace(capacity_mw=0.9 * new.capacity_mw))


@pytest.mark.parametrize(
    ("kind", "agents", "balance"),
    [("vehicles", Forgetful, "people_error"), ("power_plants", Careless, "capacity_error")],
)
def test_what_is_lost_opens_a_balance(kind: str, agents: type, balance: str) -> None:
    """Vehicles that vanish, and units that are smaller than was decided, make a run invalid."""
    what = scenario_from_dict({"name": "lossy", "region": "two_provinces", "years": "2022-2027"})
    inputs = Inputs(what, load_region("two_provinces"))
    whole, lossy = (RegionModel(inputs, populations=of).run() for of in ({}, {kind: agents}))
    errors = [getattr(run.record.balances, balance) for run in (whole, lossy)]
    assert errors[0].max() < 1e-9 < 1e-4 < errors[1].max()
    (told,) = open_balances("lossy", lossy.years, [lossy.record.balances._asdict()])
    assert told.code == "open-balance"

"""Plants' accounts and industry's choice in a run, against twins that treat one unit and one facility at a time."""

from typing import NamedTuple

import numpy as np
import pytest

from tanlu.industry.facilities import Industry
from tanlu.investment.population import Appraisal
from tanlu.kernels.power.units import PlantAccounts
from tanlu.power.plants import PowerPlants
from tanlu.simulation.model import Inputs, RegionModel
from tests import naive_facilities, naive_plants
from tests.model_runs import REGION, shipped

WATCHED_YEARS = (2020, 2027, 2036, 2046)  # accounts; industry's choice is watched in every year


class Accounts(NamedTuple):
    """What the population and its twin say of a year, actual or expected."""

    population: PlantAccounts
    alone: PlantAccounts
    burns_biomass: int  # units equipped to


class Choices(NamedTuple):
    """What the population and its twin say of a year's options."""

    population: Appraisal
    chosen: list[int]
    alone: dict[int, naive_facilities.Choice]


class Seen(NamedTuple):
    """What was seen in a run."""

    accounts: list[Accounts]
    choices: list[Choices]


@pytest.fixture(scope="module")
def seen() -> Seen:
    """Live through `ccus_push`, where units and facilities capture, burn biomass, run lower and close."""
    seen = Seen([], [])

    class WatchedPlants(PowerPlants):
        def operate(self, signals, power, year):
            accounts = super().operate(signals, power, year)
            if signals.year in WATCHED_YEARS:
                alone = naive_plants.columns(naive_plants.accounts_of_all(self, signals, power, year))
                seen.accounts.append(Accounts(accounts, alone, int((self.cofiring_year <= year).sum())))
            return accounts

    class WatchedIndustry(Industry):
        def appraise(self, signals, made, hurdle, belief):
            appraisal = super().appraise(signals, made, hurdle, belief)
            owners = naive_facilities.Owners(hurdle, belief)
            alone = naive_facilities.choices(self, signals, made, owners)
            seen.choices.append(Choices(appraisal, self.choose(appraisal).tolist(), alone))
            return appraisal

    what = Inputs(shipped("ccus_push"), REGION)
    model = RegionModel(what, populations={"power_plants": WatchedPlants, "industry": WatchedIndustry})
    while model.year < WATCHED_YEARS[-1]:
        model.step()
    return seen


def test_accounts_in_a_run_are_those_of_each_unit_alone(seen: Seen) -> None:
    for year in seen.accounts:
        for name, column, alone in zip(PlantAccounts._fields, year.population, year.alone, strict=True):
            np.testing.assert_allclose(column, alone, 1e-9, 1e-12 * np.abs(alone).max(), err_msg=name)
    last = seen.accounts[-1]
    assert (last.population.captured_tco2 > 0.0).sum() > 10 and last.burns_biomass > 0
    assert len(seen.accounts) >= 2 * len(WATCHED_YEARS) - 1, "expected years too"


def test_industry_chooses_in_a_run_as_each_facility_alone(seen: Seen) -> None:
    taken = set()
    for appraisal, chosen, alone in seen.choices:
        assert appraisal.decider.tolist() == list(alone)
        assert chosen == [choice.option for choice in alone.values()]
        for i, choice in enumerate(alone.values()):
            assert appraisal.feasible[i].tolist() == choice.open
            scale = max(np.abs(choice.npv_cny).max(), np.abs(choice.capex_cny).max())
            np.testing.assert_allclose(appraisal.npv_cny[i], choice.npv_cny, 1e-9, 1e-9 * scale)
            np.testing.assert_allclose(appraisal.capex_cny[i], choice.capex_cny, 1e-9)
        taken |= {appraisal.options[option] for option in chosen}
    assert {"keep", "close"} < taken
    assert any("capture" in name for name in taken)

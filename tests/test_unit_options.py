"""What every option of thermal units keeps to: what it changes, and that cost and gain move its worth the right way."""

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from tanlu.investment.population import Appraisal
from tanlu.power.options import OPTIONS
from tanlu.power.plants import PowerPlants
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, scenario
from tests.option_trials import TRIALS, World

each_option = pytest.mark.parametrize("name", TRIALS)
# A carbon price and a subsidy in which each option is started by somebody.
BUSY = scenario(
    {
        "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": {2026: 30, 2040: 120}},
        "stored": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": {2026: 250, 2034: 450}},
    },
    years=(2020, 2053),
)


class Started(list[tuple[int, frozenset[str]]]):
    """What units started, and which of their columns changed."""


class Worth(list[tuple[str, Appraisal, Appraisal, Appraisal]]):
    """What an option was worth in a year: as it is, dearer, and better."""


@cache
def lived() -> tuple[Started, Worth]:
    started, worth = Started(), Worth()

    class Plants(PowerPlants):
        def appraise(self, signals: Any, accounts: Any, *rest: Any) -> Appraisal:
            asked = super().appraise(signals, accounts, *rest)
            here, whole = World(self.region, signals, accounts), self.region
            for name, trial in TRIALS.items() if signals.year % 3 == 0 else ():
                tables = []
                for change in (trial.dearer, trial.better):
                    self.region, other_signals, other_accounts = change(here)
                    self._known = None
                    tables.append(super().appraise(other_signals, other_accounts, *rest))
                worth.append((name, asked, *tables))
            self.region, self._known = whole, None
            return asked

        def start(self, appraisal: Any, choice: Any, funded: Any, signals: Any) -> None:
            before = {name: np.array(getattr(self, name)) for name in self.columns}
            super().start(appraisal, choice, funded, signals)
            differs = {name: before[name] != getattr(self, name) for name in self.columns}
            option = np.zeros(len(self), np.int64)
            option[appraisal.decider[funded]] = choice[funded]
            for row in np.flatnonzero((option > 0) | np.any(list(differs.values()), axis=0)).tolist():
                changed = frozenset(name for name in self.columns if differs[name][row])
                started.append((int(option[row]), changed))

    RegionModel(Inputs(BUSY, REGION), populations={"power_plants": Plants}).run()
    return started, worth


def test_every_option_is_tried() -> None:
    assert tuple(TRIALS) == OPTIONS[1:]


def test_who_starts_nothing_stays_as_it_is() -> None:
    assert not [changed for option, changed in lived()[0] if option == 0]


@each_option
def test_an_option_changes_its_own_columns_of_who_starts_it(name: str) -> None:
    mine = [changed for option, changed in lived()[0] if option == OPTIONS.index(name)]
    found = Counter(column for changed in mine for column in changed)
    assert mine and set(found) <= TRIALS[name].changes
    # Of one law there is only the first, which every unit has before.
    assert set(found) >= TRIALS[name].changes - {"capture_law"}


@each_option
def test_a_dearer_option_is_worth_less_and_a_better_one_more(name: str) -> None:
    k, less, more = OPTIONS.index(name), 0, 0
    for tried, asked, dearer, better in lived()[1]:
        if tried != name or not asked.decider.size:
            continue
        asking = asked.barriers.select(np.arange(asked.decider.size)).is_open[:, k] | (
            asked.capex_cny[:, k] > 0.0
        )
        now, dear, good = (table.npv_cny[asking, k] for table in (asked, dearer, better))
        size = np.abs(now) * 1e-9 + 1.0
        # More years spread the writing off: who earns nothing by them loses up to 2 % of the cost in tax.
        spread = 0.02 * asked.capex_cny[asking, k] * (name == "life_extension")
        assert np.all(dear <= now + size) and np.all(good >= now - size - spread)
        spent = (dearer.capex_cny - asked.capex_cny)[asking, k]
        assert np.all(spent >= -1e-6)
        less, more = less + int((dear < now - size).sum()), more + int((good > now + size).sum())
        others = [j for j in range(len(OPTIONS)) if j != k]
        np.testing.assert_array_equal(dearer.npv_cny[:, others], asked.npv_cny[:, others])
    print(f"{name}: worth less to {less}, more to {more}")
    assert less > 20 and more > 20

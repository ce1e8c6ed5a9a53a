"""The base of agent kinds: many deciders in one Mesa agent, looked up by name, choosing by value."""

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanlu.investment.closed_by import Bar, Closed, ClosedBy
from tanlu.investment.population import Appraisal, Investors


class Ferries(Investors):
    """Three ferries."""

    columns = ("capacity", "crew")

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model, ["f1", "f2", "f3"], ["Star", "Moon", "Sun"], ["星", "月", "日"])
        self.capacity = np.array([10.0, 20.0, 30.0])
        self.crew = np.array([1, 2, 3])


@pytest.fixture
def ferries() -> Ferries:
    return Ferries(mesa.Model(rng=1))


def appraisal(npv: object, feasible: object = None) -> Appraisal:
    values = np.asarray(npv, float)
    n, k = values.shape
    return Appraisal(
        options=("keep", *(f"option_{i}" for i in range(1, k))),
        decider=np.arange(n),
        npv_cny=values,
        capex_cny=np.zeros((n, k)),
        rate=np.full((n, k), 0.08),
        barriers=Closed.by_any(
            (n, k), Bar(ClosedBy.TAKEN, False if feasible is None else ~np.asarray(feasible, bool))
        ),
        switching_price_cny_per_tco2=np.full((n, k), np.nan),
    )


@pytest.mark.parametrize("name", ["f2", "Moon", "月"])
def test_a_decider_is_found_by_id_and_by_either_name(ferries: Ferries, name: str) -> None:
    found = ferries[name]
    assert (found.id, found.name_en, found.name_zh) == ("f2", "Moon", "月")
    assert found.values == {"capacity": 20.0, "crew": 2}


def test_an_unknown_name_is_told(ferries: Ferries) -> None:
    with pytest.raises(KeyError, match="no decider `Mars` in Ferries"):
        ferries["Mars"]


def test_it_counts_and_iterates_over_its_deciders(ferries: Ferries) -> None:
    assert len(ferries) == 3
    assert [record.id for record in ferries] == ["f1", "f2", "f3"]
    assert "Sun" in [record.name_en for record in ferries]


def test_a_record_shows_the_state_now(ferries: Ferries) -> None:
    ferries.capacity = ferries.capacity * 2.0
    assert ferries["Star"].values["capacity"] == 20.0


def test_it_is_one_mesa_agent_of_its_model(ferries: Ferries) -> None:
    assert list(ferries.model.agents) == [ferries]
    assert ferries.model.agents_by_type[Ferries][0] is ferries


def test_the_highest_value_wins_and_nothing_is_done_at_a_loss(ferries: Ferries) -> None:
    choice = ferries.choose(appraisal([[0, 5, 3], [0, -1, -2], [0, 2, 9]]))
    assert choice.tolist() == [1, 0, 2]


def test_what_cannot_be_done_is_not_chosen(ferries: Ferries) -> None:
    choice = ferries.choose(appraisal([[0, 5, 3], [0, 5, 3], [0, 5, 3]], [[1, 0, 1], [1, 0, 0], [0, 0, 0]]))
    assert choice.tolist() == [2, 0, 0], "keeping is always open, even where the table forgot to say so"


def test_keeping_is_worth_nothing_whatever_stands_in_its_column(ferries: Ferries) -> None:
    assert ferries.choose(appraisal([[99, 1], [-99, -1]])).tolist() == [1, 0]


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 8), k=st.integers(1, 6))
def test_no_feasible_option_is_better_than_the_chosen_one(seed: int, n: int, k: int) -> None:
    random = np.random.default_rng(seed)
    case = appraisal(random.choice([-3.0, 0.0, 1.0, 2.5], (n, k)), random.random((n, k)) < 0.7)
    choice = Ferries(mesa.Model(rng=1)).choose(case)
    for row, option in enumerate(choice):
        value = 0.0 if option == 0 else case.npv_cny[row, option]
        open_to = [case.npv_cny[row, j] for j in range(1, k) if case.feasible[row, j]]
        assert option == 0 or (case.feasible[row, option] and value > 0.0)
        assert value >= max([0.0, *open_to])


def test_nobody_at_a_window_is_an_empty_table() -> None:
    none = Appraisal.empty(("keep", "leave"))
    assert none.npv_cny.shape == (0, 2) and none.feasible.dtype == bool and none.decider.size == 0

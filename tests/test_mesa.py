"""The region is a real Mesa model: its agents are found, collected and grouped, and its rules can be overridden."""

import ast
import inspect
import re
from textwrap import dedent
from typing import ClassVar

import mesa
import numpy as np
import pandas as pd
import pytest

from tanlu.buildings.builders import Builders
from tanlu.co2.hubs import CO2Hub
from tanlu.core.schedules import CAPTURE_SUBSIDY, SUBSIDY_AXES
from tanlu.finance.companies import Companies
from tanlu.finance.government import Regulator
from tanlu.finance.lenders import Lender
from tanlu.finance.register import FROM_PACK
from tanlu.indicators import money
from tanlu.industry.facilities import Industry
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.power.plants import PowerPlants
from tanlu.region.pack import load_region
from tanlu.region.power import BUILDABLE
from tanlu.scenario.loading import load
from tanlu.simulation import kinds
from tanlu.simulation import model as simulation_model
from tanlu.simulation.kinds import KINDS, Kind
from tanlu.simulation.model import Inputs, RegionModel
from tanlu.state.actors import Actors
from tanlu.state.added import Effect, Payment, PaymentBook
from tanlu.state.phases import PHASES
from tanlu.transport.vehicles import Vehicles
from tests import model_runs
from tests.model_runs import REGION, scenario

SHORT = scenario(
    {"capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 400}}, years=(2020, 2031)
)


class Idle:
    """A rule for any kind: never do anything."""

    def choose(self, appraisal):
        return np.zeros(appraisal.decider.size, np.int64)


class IdlePlants(Idle, PowerPlants):
    pass


class IdleIndustry(Idle, Industry):
    pass


class IdleCompanies(Idle, Companies):
    pass


class PatientPlants(PowerPlants):
    """Plants that do as the model's do, but never close before their time."""

    def choose(self, appraisal):
        choice = super().choose(appraisal)
        return np.where(choice == appraisal.options.index("retire_early"), 0, choice)


class FuelOnly(Vehicles):
    """Buyers who never take a new-energy vehicle."""

    def divide(self, appraisal):
        shares = np.zeros_like(super().divide(appraisal))
        shares[:, appraisal.options.index("fuel")] = 1.0
        return shares


@pytest.fixture(scope="module")
def model() -> RegionModel:
    stepped = RegionModel(Inputs(SHORT, REGION))
    for _ in range(3):
        stepped.step()
    return stepped


def test_it_is_a_mesa_model_that_steps_by_years(model: RegionModel) -> None:
    assert isinstance(model, mesa.Model)
    assert all(isinstance(agent, mesa.Agent) for agent in model.agents)
    assert (model.steps, model.year) == (3, 2022)


def ten_years() -> RegionModel:
    what = {"name": "ten", "region": "two_provinces", "years": "2022-2031", "replications": 1}
    return RegionModel(Inputs(load(what), load_region("two_provinces")))


@pytest.mark.parametrize("years", [10, 13])
def test_a_run_stops_at_its_last_year_and_says_so_once(years: int, caplog: pytest.LogCaptureFixture) -> None:
    model = ten_years()
    assert model.running
    model.run_for(years)
    assert (model.year, len(model.records), model.running) == (2031, 10, False)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("tanlu")]
    assert len(said) == (years > 10)
    assert all("ends in 2031" in one and "`years` end later" in one for one in said)


def test_mesas_own_loop_ends_with_the_years() -> None:
    model = ten_years()
    model.run_model()
    assert (model.year, model.steps) == (2031, 10)
    assert len(model.run().years) == 10


def test_chance_of_a_users_own_rules_is_seeded_by_the_scenario() -> None:
    """The model's own draws are keyed by decider; what a subclass draws from Mesa repeats as well."""
    first, second = (RegionModel(Inputs(scenario(years=(2020, 2021), seed=4), REGION)) for _ in range(2))
    other = RegionModel(Inputs(scenario(years=(2020, 2021), seed=5), REGION))
    drawn = [m.rng.random(4).tolist() for m in (first, second, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_agents_are_found_by_type(model: RegionModel) -> None:
    assert list(model.agents_by_type[PowerPlants]) == [model.plants]
    assert list(model.agents_by_type[Industry]) == [model.industry]
    assert list(model.agents_by_type[Companies]) == [model.companies]
    assert list(model.agents_by_type[Lender]) == model.lenders
    assert {agent.name for agent in model.agents_by_type[Regulator]} == {"national", "Sichuan", "Chongqing"}
    assert list(model.agents_by_type[Vehicles]) == [model.vehicles]
    assert list(model.agents_by_type[CO2Hub]) == model.hubs
    assert list(model.agents_by_type[Builders]) == [model.builders]
    several = [kind for kind in model.agents_by_kind.values() if isinstance(kind, list | dict)]
    alone = len(model.agents_by_kind) - len(several)
    assert len(model.agents) == alone + sum(map(len, several)) >= 5 + 6 + 13 + 3
    assert len({agent.unique_id for agent in model.agents}) == len(model.agents)


def test_buyers_of_vehicles_can_be_others() -> None:
    stubborn = RegionModel(Inputs(SHORT, REGION), populations={"vehicles": FuelOnly}).run().record
    usual = model_runs.run(SHORT).record
    assert not stubborn.road.sales[:, :, :, 1:].any()
    assert (stubborn.road.oil_gj[-1] > usual.road.oil_gj[-1]).all()


def test_agent_sets_group_select_aggregate_and_do(model: RegionModel) -> None:
    lenders = model.agents_by_type[Lender]
    groups = lenders.groupby("kind")
    assert {kind for kind, _ in groups} == {lender.kind for lender in model.lenders}
    assert sum(len(group) for _, group in groups) == len(model.lenders)
    total = lenders.agg("outstanding_cny", sum)
    assert total == pytest.approx(sum(lender.outstanding_cny for lender in model.lenders))
    assert len(lenders.select(lambda lender: lender.kind == "green_bond_investors")) == 1
    before = {lender.lender_id: lender.outstanding_cny for lender in lenders}
    lenders.do("lend", 1e9, 1e9)
    assert all(lender.outstanding_cny == before[lender.lender_id] + 1e9 for lender in lenders)
    lenders.do("lend", -1e9, -1e9)
    assert lenders.get("lender_id") == [lender.lender_id for lender in model.lenders]


def test_a_data_collector_reads_model_and_agents() -> None:
    watched = RegionModel(Inputs(SHORT, REGION))
    collector = mesa.DataCollector(
        model_reporters={
            "emitted_mt": lambda m: m.records[-1].emissions.by_sector_tco2.sum() / 1e6,
            "price": lambda m: m.state.carbon.outlook.price_path_cny_per_tco2[0],
        },
        agenttype_reporters={Lender: {"outstanding_cny": "outstanding_cny"}},
    )
    for _ in range(4):
        watched.step()
        collector.collect(watched)
    frame = collector.get_model_vars_dataframe()
    assert isinstance(frame, pd.DataFrame) and len(frame) == 4
    expected = model_runs.record(SHORT).emissions.by_sector_tco2.sum(axis=(1, 2))[:4] / 1e6
    np.testing.assert_array_equal(frame["emitted_mt"], expected)
    lenders = collector.get_agenttype_vars_dataframe(Lender)
    assert len(lenders) == 4 * len(watched.lenders)
    last = lenders.xs(4, level="Step")["outstanding_cny"].sum()
    assert last == pytest.approx(sum(lender.outstanding_cny for lender in watched.lenders))


def test_a_plant_is_a_record_of_its_state(model: RegionModel) -> None:
    plant = next(iter(model.plants))
    assert model.plants[plant.id] == model.plants[plant.name_en] == plant
    assert plant.values["capacity_mw"] == model.plants.capacity_mw[0]
    facility = model.industry["pangang_panzhihua_bof_line_1"]
    assert facility.values["end_year"] > 2022 and facility.name_zh
    company = model.companies["china_huaneng"]
    assert company.values["debt_cny"] == model.companies.debt_cny[model.companies.ids.index(company.id)]


@pytest.mark.parametrize(
    ("argument", "kind"),
    [("power_plants", IdlePlants), ("industry", IdleIndustry), ("companies", IdleCompanies)],
)
def test_each_kind_is_alive_switching_its_rule_off_changes_the_result(argument: str, kind: type) -> None:
    whole = model_runs.run(SHORT)
    idle = model_runs.run(SHORT, **{argument: kind})
    assert "record.emissions.by_sector_tco2" in model_runs.differing(whole, idle)
    decisions = pd.DataFrame(idle.decisions())
    own = {"power_plants": "PowerPlants", "industry": "Industry", "companies": "Companies"}[argument]
    chosen = decisions[(decisions["kind"] == own) & decisions["chosen"]]
    assert len(chosen) > 0 and set(chosen["option"]) == {"keep"}


def test_companies_that_never_build_leave_only_what_stands_or_is_under_way() -> None:
    idle = model_runs.run(SHORT, companies=IdleCompanies)
    added = set(idle.power_plants.all_ids) - set(REGION.power.units.ids)
    assert all(name.startswith("waste_") for name in added), "but what cities have built"
    coal = BUILDABLE.index("coal")  # whose plants may be retrofitted to run lower
    assert not np.delete(idle.record.new_power.investment_cny, coal, axis=2).any()


def test_a_rule_can_be_changed_in_one_point_with_super() -> None:
    losing = scenario(
        {
            "tax": {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 300},
            "capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 300},
        },
        years=(2020, 2031),
    )
    usual = pd.DataFrame(model_runs.run(losing).decisions())
    patient = pd.DataFrame(model_runs.run(losing, power_plants=PatientPlants).decisions())
    closing = [d["chosen"] & (d["option"] == "retire_early") for d in (usual, patient)]
    assert closing[0].any() and not closing[1].any()
    captures = patient["chosen"] & (patient["option"] == "capture_retrofit")
    assert captures.any(), "the rest of the rule is still the model's"


def test_the_rule_sees_every_decider_of_the_kind_at_once() -> None:
    seen = []

    class Curious(PowerPlants):
        def choose(self, appraisal):
            seen.append(appraisal.decider.size)
            return super().choose(appraisal)

    curious = model_runs.run(SHORT, power_plants=Curious)
    assert not model_runs.differing(curious, model_runs.run(SHORT)), "looking changes nothing"
    first = REGION.parameters["first_decision_year"]
    assert len(seen) == 2 * (2031 - first + 1), "asked each year, before and after capture takes its turns"
    assert max(seen) > 1


# --- alive: money ------------------------------------------------------------------------------------------------


def test_without_lenders_capital_less_is_built() -> None:
    poor = RegionModel(Inputs(SHORT, REGION))
    for lender in poor.lenders:
        lender.capital_cny, lender.capital_requirement = 0.0, 1.0
    rich, bare = model_runs.run(SHORT), poor.run()
    built = ("new_power", "co2", "industry")
    invested = [sum(getattr(run.record, part).investment_cny.sum() for part in built) for run in (rich, bare)]
    assert invested[1] < 0.97 * invested[0], "what is left is paid from the owners' cash"
    loans = poor.state.finance.all_books[0].purpose
    new = loans.year > REGION.base_year
    assert set(loans.option[new]) == {FROM_PACK}, "only what the pack lists finds a loan"
    reasons = pd.DataFrame(bare.decisions()).query("chosen and not started")["binding_constraint"]
    assert (reasons == "lender_capital").any()


def test_a_budget_without_money_pays_nothing() -> None:
    poor = {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 400, "budget_bn_cny_per_year": 0}
    record = model_runs.record(scenario({"capture": poor}, years=(2020, 2031)))
    assert not record.public.sum_spent(*SUBSIDY_AXES).any()
    assert not model_runs.differing(
        model_runs.run(scenario({"capture": poor}, years=(2020, 2031))),
        model_runs.run(scenario(years=(2020, 2031))),
    )


def test_a_regulator_whose_budget_is_closed_pays_nothing_and_less_is_captured() -> None:
    class Broke(Regulator):
        def pay(self, kind, claims_cny, priority, budget_cny):
            return super().pay(kind, claims_cny, priority, 0.0)

    later = scenario(
        {"capture": {"kind": "ccus_subsidy", "from_year": 2026, "rate_cny_per_tco2": 400}}, years=(2020, 2036)
    )
    usual, broke = RegionModel(Inputs(later, REGION)), RegionModel(Inputs(later, REGION))
    broke.actors = broke.actors._replace(regulators={n: Broke(broke, n) for n in broke.regulators})
    records = [usual.run().record, broke.run().record]
    paid = [record.public.sum_spent(CAPTURE_SUBSIDY).sum() for record in records]
    assert paid[0] > 0.0 and paid[1] == 0.0
    captured = [model_runs.captured_mt(record) for record in records]
    assert captured[1] < captured[0], "agents learn that the budget does not pay"


# --- kinds and phases --------------------------------------------------------------------------------------------


class Saver(mesa.Agent):
    """Takes money from the ministry after the accounts and gives half of it to whoever is named."""

    payee: ClassVar[str] = "households"
    amount: ClassVar[float] = 1e9

    def after_finance(self, view, year):
        assert view.year == year == view.signals.year and set(view.outcomes) >= {"announce", "finance"}
        paid = Payment("national", self.payee, "heat_aid", np.full(2, self.amount))
        back = Payment("fund", "Sichuan", "fund_profit", np.array([self.amount, 0.0]))
        return Effect({"heat_gj": np.array([1.0, 2.0])}, (paid, back))


def of(**changes: object) -> type[Saver]:
    return type("Saver", (Saver,), changes)


def test_the_table_of_kinds_is_that_of_all_agents(model: RegionModel) -> None:
    *named, added = Actors._fields
    assert named == ["plants", *(kind.name for kind in KINDS[1 : len(named)])] and added == "borrowers"
    kinds = {kind.name: kind.agent for kind in KINDS}
    assert set(model.agents_by_type) == set(kinds.values())
    assert list(model.agents_by_kind) == list(kinds)


def test_a_kind_of_the_registry_that_no_step_names_follows_the_year(monkeypatch) -> None:
    own = (*KINDS, Kind("saver", Saver, lambda agent, setting: agent(setting.model)))
    for module in (kinds, simulation_model):
        monkeypatch.setattr(module, "KINDS", own)
    model = RegionModel(Inputs(scenario(years=(2020, 2021)), REGION))
    record = model.run().record
    assert isinstance(model.agents_by_kind["saver"], Saver) and len(model.agents_by_kind) == len(own)
    np.testing.assert_array_equal(record.extensions["heat_aid_cny"], np.full((2, 2), 1e9))
    assert (record.balances.money_error < 1e-9).all()


def test_phases_stand_in_the_order_of_the_year_and_are_timed(model: RegionModel) -> None:
    tree = ast.parse(dedent(inspect.getsource(RegionModel.step)))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func).startswith("self.")]
    order = sorted((c.lineno, c.func.attr) for c in calls if c.func.attr in PHASES)
    assert [name for _, name in order] == list(PHASES) == list(model.course.seconds)
    assert all(phase.does and (model_runs.ROOT / phase.document).is_file() for phase in PHASES.values())
    assert all(seconds > 0.0 for seconds in model.course.seconds.values())


def test_what_an_added_agent_does_enters_record_accounts_and_balances() -> None:
    two = scenario(years=(2020, 2021))
    with_it = RegionModel(Inputs(two, REGION), agents=(Saver,))
    record, usual = with_it.run().record, model_runs.run(two).record
    np.testing.assert_array_equal(record.extensions["heat_gj"], [[1.0, 2.0], [1.0, 2.0]])
    np.testing.assert_array_equal(record.extensions["heat_aid_cny"], np.full((2, 2), 1e9))
    assert with_it.regulators["national"].spent_cny["heat_aid"] == 2e9
    assert with_it.regulators["Sichuan"].received_cny["fund_profit"] == 1e9
    np.testing.assert_array_equal(record.public.sum_spent("extensions"), np.full((2, 2), 1e9))
    paid = [r.public.sum_spent(*money.CLIMATE_SUPPORT) for r in (record, usual)]
    np.testing.assert_array_equal(paid[0] - paid[1], np.full((2, 2), 1e9))
    assert (record.balances.money_error < 1e-9).all()
    assert list(with_it.agents_by_type[Saver]) == [with_it.agents_by_kind["saver"]]
    assert set(record.extensions) - set(usual.extensions) == {"heat_gj", "heat_aid_cny", "fund_profit_cny"}


@pytest.mark.parametrize(
    ("agent", "says"),
    [
        (of(payee=""), "no payee"),
        (of(payee="national"), "to itself"),
        (of(payee="china_huaneng"), "the company `china_huaneng`"),
        (of(amount=float("nan")), "must be finite"),
        (of(amount=-1.0), "negative"),
        (of(after_finance=lambda self, view, year: 3), "not a tanlu.Effect"),
        (of(after_finance=lambda self, view, year: Effect({"heat": [1.0]})), "one number a province"),
        (of(after_finanse=lambda self, view, year: None), "did you mean `after_finance`"),
        (of(after_measure=lambda self, view, year: None), "no phase is followed by `after_measure`"),
        (type("Idler", (mesa.Agent,), {}), "never acts"),
        (type("Hubs", (Saver,), {}), "`hubs` already"),
    ],
)
def test_an_added_agent_that_is_wrong_is_refused(agent: type, says: str) -> None:
    with pytest.raises(ExtensionError, match=re.escape(says)) as caught:
        RegionModel(Inputs(scenario(years=(2020, 2020)), REGION), agents=(agent,)).step()
    assert re.search("[\u4e00-\u9fff]", caught.value.in_language("zh"))


def test_money_that_only_one_party_has_is_a_fault_of_the_balance() -> None:
    book = PaymentBook(2)
    book.pay("here", Payment("households", "fund", "heat_aid", np.ones(2)))
    assert book.year().money_error == 0.0
    book.balances["fund"] -= 1.0
    assert book.year().money_error == 0.5


def test_an_added_agent_cannot_write_to_what_it_sees() -> None:
    class Meddler(Saver):
        def after_electricity(self, view, year):
            with pytest.raises(ValueError, match="read-only"):
                view.outcomes.electricity.load_mwh[:] = 0.0
            with pytest.raises(ValueError, match="read-only"):
                view.signals.policy.carbon.price_cny_per_tco2[:] = 0.0
            with pytest.raises(ValueError, match="read-only"):
                view.state.co2.stores.held_tco2[:] = 0.0
            self.looked = True

    model = RegionModel(Inputs(scenario(years=(2020, 2020)), REGION), agents=(Meddler,))
    model.step()
    assert model.agents_by_kind["meddler"].looked


@pytest.mark.parametrize(
    ("populations", "says"),
    [
        ({"power_plant": PatientPlants}, "did you mean `power_plants`?"),
        ({"industry": PatientPlants}, "`industry` must be a subclass of Industry"),
    ],
)
def test_a_population_that_there_is_not_is_refused(populations: dict[str, type], says: str) -> None:
    with pytest.raises(ExtensionError, match=re.escape(says)):
        RegionModel(Inputs(SHORT, REGION), populations=populations)

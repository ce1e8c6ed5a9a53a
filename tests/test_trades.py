"""Agents that trade: what they offer is in load, supply stack, accounts and balances, and nowhere else."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import mesa
import numpy as np
import pytest

import tanlu
import tanlu.power.market
import tanlu.power.system
from benchmarks.dispatch import by_cost
from tanlu.core.outcomes import PowerOutcome
from tanlu.inputs.diagnostics import ExtensionError
from tanlu.power.hours import AGENTS_SUPPLY, IDLE_LOAD, merit_sources_mw
from tanlu.power.trades import FirmLoads, LoadBids, TradeOffers
from tanlu.power.trading import join_trades
from tanlu.region.new_pack import make_pack, template_provinces
from tanlu.region.pack import load_region
from tanlu.scenario.loading import load
from tanlu.simulation.model import Inputs, RegionModel
from tests import power_years
from tests.least_cost import least_cost
from tests.model_runs import calls_of

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
SMALL = load(ROOT / "tests" / "two_provinces.yaml")
REGION = load_region(SMALL.region)
NORTH, SOUTH = REGION.axes.provinces
FIRST, LAST = 2026, 2030  # years in which the agents of these tests trade, and the last of their runs
FIRM, ALL_YEAR = np.full((12, 2, 24), 300.0), np.full(12, 400.0)


def trader(name: str, *offers: tanlu.Load | tanlu.Supply, **methods: object) -> type[mesa.Agent]:
    """Return a kind of agents that offers the same every year from the first on."""

    def offer_electricity(self: mesa.Agent, view: tanlu.YearView) -> Sequence[tanlu.Load | tanlu.Supply]:
        return offers if view.year >= FIRST else ()

    return type(name, (mesa.Agent,), {"offer_electricity": offer_electricity, **methods})


EVERYTHING = trader(
    "Everything",
    tanlu.Load(NORTH, FIRM),
    tanlu.Load(SOUTH, ALL_YEAR, 420.0),
    tanlu.Load(NORTH, ALL_YEAR, 150.0, direct_connection=True),
    tanlu.Supply(NORTH, ALL_YEAR, 250.0, 0.4),
    tanlu.Supply(SOUTH, ALL_YEAR / 2.0, 50.0),
)
OTHER = trader("Other", tanlu.Load(SOUTH, ALL_YEAR / 4.0, 420.0), tanlu.Load(NORTH, FIRM / 10.0))


def model(*agents: type[mesa.Agent], last: int = LAST, **changes: object) -> RegionModel:
    scenario = SMALL.model_copy(update={"years": SMALL.years.model_copy(update={"end": last}), **changes})
    return RegionModel(Inputs(scenario, REGION), agents=agents)


@cache
def outcomes(*agents: type[mesa.Agent], last: int = LAST) -> tuple[PowerOutcome, ...]:
    """Live through a run and return its electricity years from the first of trade on."""
    lived = model(*agents, last=last)
    with calls_of(type(lived), "electricity") as calls:
        lived.run()
    return tuple(outcome for (_, signals, *_), _, outcome in calls if signals.year >= FIRST)


def same(left: object, right: object) -> bool:
    """Whether two nested tuples or mappings hold the same bits."""
    if isinstance(left, Mapping):
        return same(tuple(left.items()), tuple(right.items()))
    if isinstance(left, tuple):
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()
    return left == right


# --- who offers nothing, and in which order --------------------------------------------------------------------------


def test_who_offers_nothing_leaves_every_bit() -> None:
    usual, idle = (model(*agents).run().record for agents in ((), (trader("Silent"),)))
    without = {name: getattr(usual, name) for name in usual._fields if name != "extensions"}
    assert len(without) > 15
    for name, part in without.items():
        assert same(part, getattr(idle, name)), name
    assert not idle.extensions["silent_taken_mwh"].any()


def test_the_order_of_kinds_and_of_what_they_list_decides_nothing() -> None:
    reversed_list = trader(
        "Other", *reversed(OTHER.offer_electricity(None, type("View", (), {"year": FIRST})))
    )
    first, second = outcomes(EVERYTHING, OTHER), outcomes(reversed_list, EVERYTHING)
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.prices.price_cny_per_mwh, other.prices.price_cny_per_mwh)
        assert same(tuple(one.trades.items()), tuple(other.trades.items()))


@pytest.mark.slow
def test_one_digest_for_one_and_two_processes() -> None:
    digests = {
        tanlu.simulate(
            "tests/two_provinces.yaml",
            years=(2024, 2028),
            replications=2,
            jobs=jobs,
            extensions=[EXAMPLES / "data_centre.py", EXAMPLES / "heat_pumps.py"],
        ).manifest["values_sha256"]
        for jobs in (1, 2)
    }
    assert len(digests) == 1


# --- what is served --------------------------------------------------------------------------------------------------


def test_load_with_a_bid_is_served_where_power_costs_no_more() -> None:
    bid = 452.0  # between what units of the small region ask
    (outcome, *_) = outcomes(trader("Bidder", tanlu.Load(SOUTH, ALL_YEAR, bid)), last=FIRST)
    hours, price = outcome.hours, outcome.prices.price_cny_per_mwh[1]
    served_mw = (
        hours.bid_mw[1]
        - merit_sources_mw(hours.units, hours.merit_order_mw, np.zeros(9999, int))[1, IDLE_LOAD]
    )
    assert served_mw[price < bid - 1e-6] == pytest.approx(400.0, abs=1e-6)
    assert served_mw[price > bid + 1e-6] == pytest.approx(0.0, abs=1e-6)
    assert 0.05 < (price < bid).mean() < 0.95, "both happen"
    trade = outcome.trades["bidder"]
    assert trade.bid_mwh[1] == pytest.approx((served_mw * hours.day_weight[:, :, None]).sum(), rel=1e-9)
    assert 0.0 < trade.bid_cny[1] <= bid * trade.bid_mwh[1]
    assert trade.grid_charge_cny[1] > 0.0 == trade.grid_charge_cny[0]


def test_load_with_a_bid_is_not_firm() -> None:
    """No unit is kept online for it, as for firm load, and reserve, peak and shortage do not see it."""
    mw, first = 2000.0, np.zeros(1, np.int64)
    bids = LoadBids(first, first, np.full((1, 12), mw), np.full(1, 520.0), np.zeros(1))
    firm = FirmLoads(first, first, np.full((1, 12, 2, 24), mw), np.zeros(1))
    nothing = TradeOffers.nothing()._replace(kinds=("agents",))
    units = power_years.offer()._replace(minimum_load_share=np.full(4, 0.3))
    usual, bidding, more = (
        power_years.clear(units, join_trades(power_years.around(), trades))
        for trades in (nothing, nothing._replace(bids=bids), nothing._replace(firm=firm))
    )
    assert bidding.trades["agents"].bid_mwh[0] > 0.9 * more.trades["agents"].firm_mwh[0]
    online = [one.hours.floor_mw.mean(axis=1).sum() for one in (usual, bidding, more)]
    assert online[0] == online[1] < online[2] - 0.1 * mw
    assert np.array_equal(usual.hours.load_mw, bidding.hours.load_mw)
    assert np.array_equal(usual.nameplate_margin, bidding.nameplate_margin)
    assert np.array_equal(usual.adequacy.missing_mw, bidding.adequacy.missing_mw)
    assert more.nameplate_margin[0] < usual.nameplate_margin[0]
    assert more.adequacy.missing_mw[0] > usual.adequacy.missing_mw[0] + 0.5 * mw


def test_firm_load_is_load_in_every_hour_and_in_the_margin() -> None:
    usual, more = (
        outcomes(*agents, last=FIRST)[0] for agents in ((), (trader("Firm", tanlu.Load(NORTH, FIRM)),))
    )
    np.testing.assert_allclose(more.hours.load_mw[0], usual.hours.load_mw[0] + 300.0, rtol=1e-12)
    np.testing.assert_allclose(more.hours.load_mw[1], usual.hours.load_mw[1], rtol=1e-12)
    assert more.load_mwh[0] - usual.load_mwh[0] == pytest.approx(300.0 * 8760.0)
    assert more.trades["firm"].firm_mwh == pytest.approx([300.0 * 8760.0, 0.0])
    assert more.nameplate_margin[0] < usual.nameplate_margin[0]
    assert more.prices.mean_price_cny_per_mwh.sum() > usual.prices.mean_price_cny_per_mwh.sum()


def test_supply_takes_its_place_in_the_stack() -> None:
    supply = trader("Maker", tanlu.Supply(SOUTH, ALL_YEAR, 1.0, 0.5, carrier="coal"))
    usual, supplied = (outcomes(*agents, last=FIRST)[0] for agents in ((), (supply,)))
    trade = supplied.trades["maker"]
    merit = merit_sources_mw(supplied.hours.units, supplied.hours.merit_order_mw, np.zeros(9999, int))
    assert trade.supplied_mwh[1] == pytest.approx(
        (merit[1, AGENTS_SUPPLY] * supplied.hours.day_weight[:, :, None]).sum(), rel=1e-9
    )
    assert trade.supplied_mwh[1] > 0.9 * 400.0 * 8760.0, "nothing but rivers is cheaper"
    assert supplied.prices.mean_price_cny_per_mwh.sum() < usual.prices.mean_price_cny_per_mwh.sum()
    assert trade.emitted_tco2 == pytest.approx(0.5 * trade.supplied_mwh)


def test_emissions_money_and_hours_add_up_with_everything() -> None:
    result = tanlu.simulate(
        {
            **SMALL.model_dump(exclude_unset=True),
            "years": {"start": 2024, "end": 2032},
            "world": {"drought": {2028: 2022}},
        },
        extensions=[tanlu.Extension(name="everything", agents=(EVERYTHING, OTHER))],
    )
    errors = [name for name in result.measures.variables if name.startswith("Balance Error")]
    assert len(errors) == 6
    for name in errors:
        assert result.draws(name).max() < 1e-9, name
    months = result.electricity_months
    given = months[[f"{name}_gwh" for name in GIVEN]].sum(axis=1)
    taken = months[[f"{name}_gwh" for name in TAKEN]].sum(axis=1)
    np.testing.assert_allclose(given, taken, rtol=1e-9)
    assert months.agents_load_gwh.sum() > 100.0 < months.agents_supply_gwh.sum()


GIVEN = (
    *(
        "coal",
        "gas",
        "byproduct_gas",
        "biomass",
        "waste",
        "run_of_river",
        "small_hydro",
        "wind",
        "solar_utility",
    ),
    *("solar_distributed", "reservoir", "discharge", "import", "agents_supply", "shed", "unserved"),
)
TAKEN = ("load", "agents_load", "charge", "export", "flow", "surplus")


def test_supply_emits_in_the_record_and_in_the_factor_of_the_grid() -> None:
    supply = trader("Maker", tanlu.Supply(SOUTH, ALL_YEAR, 1.0, 2.0, carrier="coal"))
    usual, dirty = (model(*agents, last=FIRST) for agents in ((), (supply,)))
    records = [lived.run().record for lived in (usual, dirty)]
    emitted = records[1].extensions["maker_emitted_tco2"][-1]
    assert emitted[1] > 1e6
    more = [
        (r.emissions.by_sector_tco2[-1].sum(axis=1), r.emissions.by_carrier_tco2[-1].sum(axis=1))
        for r in records
    ]
    saved = emitted - (more[1][0] - more[0][0])  # what other plants emit less
    assert 0.2 < saved.sum() / emitted.sum() < 0.8  # they are cleaner than 2 t/MWh, and coal
    np.testing.assert_allclose(more[1][0] - more[0][0], more[1][1] - more[0][1], rtol=1e-9, atol=1e-3)


def test_the_expected_year_holds_what_is_expected() -> None:
    """Owners who know of 2 GW more load build more than owners who do not."""
    large = np.full((12, 2, 24), 2000.0)
    open_plan = trader("Open", tanlu.Load(NORTH, large))
    secret = trader("Secret", tanlu.Load(NORTH, large), expect_electricity=lambda self, view, years: [])
    lived = [model(agent, last=2036) for agent in (open_plan, secret)]
    built = [one.run().record.power.capacity_mw[-1].sum() for one in lived]
    assert built[0] > 1.02 * built[1]


def test_a_region_of_one_province_trades(tmp_path: Path) -> None:
    make_pack(tmp_path / "one", template_provinces()[:1])
    region = load_region(tmp_path / "one")
    scenario = SMALL.model_copy(update={"years": SMALL.years.model_copy(update={"end": FIRST})})
    agent = trader(
        "Lone",
        tanlu.Load(NORTH, FIRM),
        tanlu.Load(NORTH, ALL_YEAR, 420.0),
        tanlu.Supply(NORTH, ALL_YEAR, 1.0),
    )
    record = RegionModel(Inputs(scenario, region), agents=(agent,)).run().record
    assert record.extensions["lone_taken_mwh"][-1] > 300.0 * 8760.0
    assert max(record.balances.electricity_error.max(), record.balances.flows_error.max()) < 1e-9


# --- against the linear programme ------------------------------------------------------------------------------------


def test_a_bid_is_cleared_at_least_cost() -> None:
    agent = trader("Bidder", tanlu.Load(SOUTH, ALL_YEAR, 452.0), tanlu.Load(NORTH, ALL_YEAR, 333.0))
    with calls_of(tanlu.power.system, "_clear_days") as calls:
        model(agent, last=FIRST + 1).run()
    places = [planned.blocks.idle_load for (planned,), _, _ in calls]
    answers = [call for call, place in zip(calls, places, strict=True) if place.stop - place.start == 2]
    assert len(answers) > 4
    for (planned,), _, (cleared, _) in answers[:3]:
        year = by_cost(planned.market)
        best = sum(least_cost(year, m).cost_cny for m in range(year.day_weight.shape[0]))
        assert best - 1.0 <= cleared.cost_cny <= best * 1.0002


# --- the examples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "quantity"), [("electrolyser", "Hydrogen|Made"), ("data_centre", "Data Centre|Electricity")]
)
def test_an_example_is_short_and_trades(name: str, quantity: str) -> None:
    """Of electrolysers in a world whose price lets them: the small region has too few cheap hours."""
    file = EXAMPLES / f"{name}.py"
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 80
    world = {"extends": "tanlu:baseline"} if name == "electrolyser" else SMALL.model_dump(exclude_unset=True)
    case = {**world, "name": "example", "replications": 1, "years": {"start": 2024, "end": 2029}}
    result = tanlu.simulate(case, extensions=[file])
    traded = result.draws(quantity)[0]
    assert traded[:2].sum() == 0.0
    assert traded.max() > 1.0
    errors = [variable for variable in result.measures.variables if variable.startswith("Balance Error")]
    assert max(result.draws(variable).max() for variable in errors) < 1e-9


# --- chance ----------------------------------------------------------------------------------------------------------


def test_draws_are_keyed_by_seed_replication_kind_name_and_year() -> None:
    drawn: dict[tuple[object, ...], np.ndarray] = {}

    def after_announce(self: mesa.Agent, view: tanlu.YearView, year: int) -> None:
        key = (view.chance.seed, view.chance.replication, type(self).__name__, year)
        for name in ("delay", "size"):
            drawn[*key, name] = view.draw(name, 3)
            assert np.array_equal(drawn[*key, name], view.draw(name, 4)[:3]), "asked again it is the same"

    kinds = [type(name, (mesa.Agent,), {"after_announce": after_announce}) for name in ("Left", "Right")]
    for seed, replication in ((1, 0), (1, 1), (2, 0)):
        scenario = SMALL.model_copy(update={"seed": seed})
        lived = RegionModel(Inputs(scenario, REGION), replication, agents=kinds)
        lived.step(), lived.step()
    values = np.concatenate(list(drawn.values()))
    assert len(drawn) == 3 * 2 * 2 * 2 and np.unique(values).size == values.size
    assert ((values > 0.0) & (values < 1.0)).all()


# --- the guard -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offers", "says"),
    [
        (tanlu.Load(NORTH, FIRM), "returns Load, not a list of `tanlu.Load` and `tanlu.Supply`"),
        (None, "returns NoneType, not a list"),
        ([3.0], "returns float, not a list"),
        ([tanlu.Load("Nort", FIRM)], "`province` of a `Load` is 'Nort'; did you mean `North`?"),
        ([tanlu.Load(NORTH, ALL_YEAR)], "has the shape [12]; it must be [12, 2, 24]"),
        ([tanlu.Load(NORTH, FIRM, 300.0)], "has the shape [12, 2, 24]; it must be [12]"),
        ([tanlu.Load(NORTH, "much")], "has the shape []; it must be [12, 2, 24]"),
        (
            [tanlu.Load(NORTH, -FIRM)],
            "`mw` of a `Load` holds -300; every number must be finite and not negative",
        ),
        ([tanlu.Supply(NORTH, ALL_YEAR * np.inf, 1.0)], "`mw` of a `Supply` holds inf"),
        ([tanlu.Supply(NORTH, ALL_YEAR, np.nan)], "`cost_cny_per_mwh` of a `Supply` holds nan"),
        ([tanlu.Supply(NORTH, ALL_YEAR, 1.0, -1.0)], "`co2_t_per_mwh` of a `Supply` holds -1"),
        (
            [tanlu.Supply(NORTH, ALL_YEAR, 1.0, 1.0, "cole")],
            "`carrier` of a `Supply` is 'cole'; did you mean `coal`?",
        ),
        ([tanlu.Load(NORTH, ALL_YEAR, np.nan)], "`bid_cny_per_mwh` of a `Load` holds nan"),
        ([tanlu.Load(NORTH, ALL_YEAR, "300")], "`bid_cny_per_mwh` of a `Load` holds 300"),
        (
            [tanlu.Load(NORTH, ALL_YEAR, 900.0)],
            "`bid_cny_per_mwh` is 900, above the price cap of the market, 800",
        ),
        ([tanlu.Load(NORTH, FIRM, customer_class="comercial")], "did you mean `commercial`?"),
    ],
)
def test_an_offer_that_is_wrong_is_one_sentence(offers: object, says: str) -> None:
    agent = type("Trader", (mesa.Agent,), {"offer_electricity": lambda self, view: offers})
    with pytest.raises(ExtensionError, match=re.escape(says)) as caught:
        model(agent).step()
    english, chinese = (caught.value.in_language(language) for language in ("en", "zh"))
    assert english.startswith("Trader.offer_electricity, ") and "\n" not in english
    assert re.search("[\u4e00-\u9fff]", chinese)


def test_a_wrong_expectation_names_its_own_method() -> None:
    agent = trader("Trader", expect_electricity=lambda self, view, years: [tanlu.Load(NORTH, FIRM * np.nan)])
    with pytest.raises(
        ExtensionError, match=r"Trader\.expect_electricity, \d{4}: `mw` of a `Load` holds nan"
    ):
        model(agent).step()


def test_a_phase_to_come_has_no_outcome() -> None:
    agent = type("Early", (mesa.Agent,), {"offer_electricity": lambda self, view: view.outcomes.electricity})
    with pytest.raises(ExtensionError, match=re.escape("`view.outcomes` has no `electricity` yet")):
        model(agent).step()

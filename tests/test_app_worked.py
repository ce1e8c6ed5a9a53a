"""Which policy does what on the page: shares add up, are fair, come as runs do, and are those of the command."""

from concurrent.futures import Future
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from tanlu.core.words import LANGUAGES
from tanlu.experiments.attribution.main import attribute
from tanlu.experiments.attribution.runs import QUANTITIES
from tanlu.output.figures.avoidance import BN_CNY_PER_MT
from tanlu.output.figures.phrases import plain
from tanlu.pages.levers import Levers
from tanlu.pages.measures import summary, targets_of
from tanlu.pages.service import Service, question_id
from tanlu.pages.worked.attributed import attributed, by_year_csv, cost_curve, layer_rows, table_rows
from tanlu.pages.worked.attributions import EVENTS, NAMES, NOTHING_DIFFERS, WAITING, Attributions
from tanlu.pages.worked.coalitions import PolicyGame, reduced
from tanlu.pages.worked.looks import COLOURS, policy_looks
from tanlu.pages.workers.answering import answer
from tanlu.pages.workers.kept import KeptDraws
from tanlu.pages.workers.orders import Rank
from tanlu.pages.workers.pool import Here
from tests.fake_result import fake_draw, fake_service, moved, write_fake_pack, write_fake_scenarios
from tests.test_attribution import BONDS, REFERENCE, TAX, scenario

THREE = {"carbon_price": 200, "ccus_subsidy": 300, "green_bond_subsidy": 2}


@pytest.fixture
def service(tmp_path):
    return fake_service(tmp_path)


def worked(service, levers):
    return service.shares.look(levers, "anna", lambda: None)


def policies(**blocks):
    return Levers.of("baseline", {"policies": blocks})


def test_s25_shares_fill_the_gap_to_the_baseline_in_every_year(service):
    levers = moved(THREE)
    found = worked(service, levers)
    gap = service.baseline().path("Emissions|CO2") - service.run(levers).path("Emissions|CO2")
    assert gap.max() > 10.0
    shares = found.attribution.shares.share[:, :, 0].mean(axis=1)
    np.testing.assert_allclose(shares.sum(axis=0), gap, atol=1e-3)
    sectors, provinces = found.layers[:, :-2], found.layers[:, -2:]
    np.testing.assert_allclose(sectors.sum(axis=1), shares, atol=1e-3)
    np.testing.assert_allclose(provinces.sum(axis=1), shares, atol=1e-3)
    np.testing.assert_allclose(
        found.before[0] - shares.sum(axis=0), service.run(levers).path("Emissions|CO2")
    )


def test_one_policy_is_one_wedge_and_twins_share_alike_and_an_idle_one_has_nothing(service):
    tax = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 150}
    rail = {"kind": "rail_transit", "from_year": 2026, "investment_bn_cny_per_year": 5}
    one = worked(service, policies(tax=tax))
    gap = service.baseline().path("Emissions|CO2") - service.run(policies(tax=tax)).path("Emissions|CO2")
    (share,) = one.attribution.shares.share[:, 0, 0]
    np.testing.assert_allclose(share, gap, atol=1e-9)
    twins = worked(service, policies(other=tax, rail=rail, tax=tax)).attribution
    at = [twins.policies.index(name) for name in ("tax", "other", "rail")]
    shares = twins.shares.share[at, 0, 0]
    np.testing.assert_allclose(shares[0], shares[1], atol=1e-9)
    assert shares[0].max() > 1.0 and not shares[2].any()


def test_nothing_is_shared_out_of_what_differs_in_no_policy(service):
    assert worked(service, Levers()).state == NOTHING_DIFFERS
    world = Levers.of("baseline", {"world": {"demand_factor": 1.1}})
    assert worked(service, world).state == NOTHING_DIFFERS
    tax = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 150}
    cut = {"decided_in": 2030, "from_year": 2031, "end": ["tax"]}
    assert (
        worked(service, Levers.of("baseline", {"policies": {"tax": tax}, "events": {"cut": cut}})).state
        == EVENTS
    )
    assert worked(service, policies(total=tax, rail=tax)).state == NAMES


def test_policies_in_another_world_are_shared_out_against_the_baseline_in_that_world(service):
    tax = {"kind": "carbon_price", "from_year": 2026, "price_cny_per_tco2": 150}
    levers = Levers.of("baseline", {"policies": {"tax": tax}, "world": {"demand_factor": 1.1}})
    found, there = worked(service, levers), service.run(service.scenarios.against(levers))
    assert found.is_whole and found.is_against_reference
    assert found.before[0] == pytest.approx(there.path("Emissions|CO2"))
    assert found.before[0][-1] > 1.05 * service.baseline().path("Emissions|CO2")[-1]
    assert worked(service, policies(tax=tax)).is_against_reference


class ByHand:
    """Workers whose answers come when the test says so."""

    def __init__(self, pack) -> None:
        self.pack, self.waiting = pack, {}

    def ask(self, order, rank, visitor):
        return self.waiting.setdefault(order.key, (order, Future()))[1]

    def leave(self, visitor, *, but=""):
        """Leave all as it is."""

    def ahead_of(self, visitor):
        return 0

    def come(self):
        """Carry out all that waits."""
        for order, future in [self.waiting.pop(key) for key in list(self.waiting)]:
            future.set_result(fake_draw(order, self.pack))


def test_a_first_draw_is_shared_out_before_all_draws_and_nothing_runs_twice(tmp_path):
    pack, files = write_fake_pack(tmp_path), write_fake_scenarios(tmp_path)
    workers = ByHand(pack)
    text = files["drawn"].read_text(encoding="utf-8").replace("replications: 5", "replications: 2")
    files["drawn"].write_text(text, encoding="utf-8")
    service = Service(workers, files, pack)
    service._workers = Here(lambda order: fake_draw(order, pack))
    levers = Levers.of("drawn", moved(THREE).block)
    service.run(levers)
    told = []
    first = service.shares.look(levers, "anna", lambda: told.append(1))
    assert (first.state, first.missing, first.draws) == (WAITING, 7, 2), "all but the scenario itself"
    workers.come()
    assert told
    second = service.shares.look(levers, "anna", lambda: told.append(2))
    assert second.attribution.draws == 1 and not second.is_whole and second.missing == 7
    workers.come()
    third = service.shares.look(levers, "anna", lambda: pytest.fail("nothing is left to run"))
    assert third.is_whole and third.attribution.draws == 2 and not workers.waiting
    service.shares.look(replace_price(levers, 300), "anna", lambda: None)
    draws = {order.draw for order, _ in workers.waiting.values()}
    assert draws == {0} and len(workers.waiting) == 4, "those with the new price; the others are kept"


def replace_price(levers, price):
    block = deepcopy(levers.block)
    block["policies"]["carbon_tax"]["price_cny_per_tco2"] = price
    return Levers.of(levers.scenario, block)


def test_a_run_that_fails_is_told_and_not_asked_again(tmp_path):
    pack, files = write_fake_pack(tmp_path), write_fake_scenarios(tmp_path)
    workers = ByHand(pack)
    service = Service(workers, files, pack)
    service._workers = Here(lambda order: fake_draw(order, pack))
    levers = moved(THREE)
    service.run(levers)
    service.shares.look(levers, "anna", lambda: None)
    for _, future in workers.waiting.values():
        future.set_exception(RuntimeError("forced"))
    workers.waiting.clear()
    found = service.shares.look(levers, "anna", lambda: None)
    assert found.failure and not workers.waiting


def test_tables_curve_and_sentence_say_the_same(service):
    levers = moved(THREE)
    view, base = service.run(levers), service.baseline()
    found = worked(service, levers)
    told = attributed(found, "Chengyu")
    for language in LANGUAGES:
        looks = policy_looks(
            service.scenarios.scenario(levers),
            service.scenarios.baseline,
            found.attribution.policies,
            language,
        )
        assert len({look.colour for look in looks} & set(COLOURS)) == 3
        rows = table_rows(told, looks, language)
        assert [row["name"] for row in rows] == [*found.attribution.policies, "interaction", "total"]
        told_of = plain_sentence(service, view, base, found, looks, language)
        largest = next(row for row in rows if row["name"] == told.largest)
        assert largest["title"] in told_of and largest["cells"][1]["text"] in told_of
        sectors = layer_rows(found, looks, range(9), language)
        assert sectors[-1]["cells"][-1] == rows[-1]["cells"][1]["text"]
        curve = cost_curve(told, looks, language)
        heights = [step["height"] for step in curve["steps"]]
        assert heights == sorted(heights) and len(heights) + len(curve["without"]) == 3
    lines = by_year_csv(found, service.layers).splitlines()
    assert lines[0].endswith("policy,quantity,year,share,alone,if_removed")
    assert len(lines) == 1 + 3 * 41 * (len(QUANTITIES) + len(service.layers))


def test_a_cost_of_a_tonne_is_the_ratio_of_two_figures_on_show(service):
    levers = moved(THREE)
    found = worked(service, levers)
    told = attributed(found, "Chengyu")
    looks = policy_looks(service.scenarios.scenario(levers), service.scenarios.baseline, told.policies, "en")
    ratios = {"tonne_of_share": ("share_money", "share"), "last_tonne": ("removed_money", "if_removed")}
    known = 0
    for row in table_rows(told, looks, "en"):
        shown = {cell["figure"].split(":")[0]: told.figures[cell["figure"]] for cell in row["cells"]}
        for cost, (money, tonnes) in ratios.items():
            if shown[cost].is_known:
                known += 1
                ratio = shown[money].value / shown[tonnes].value * BN_CNY_PER_MT
                assert shown[cost].value == pytest.approx(ratio, rel=1e-12)
    assert known > 3


def plain_sentence(service, view, base, found, looks, language):
    before = targets_of(base, service)
    told = replace(summary(view, base, service, before), worked=found)
    titles = {look.name: look.title for look in looks}
    return " ".join(plain(part) for part in told.sentence(language, titles))


def test_a_share_that_changes_its_sign_names_no_cause(service):
    levers = moved(THREE)
    view, base, found = service.run(levers), service.baseline(), worked(service, levers)
    told = attributed(found, "Chengyu")
    shares = found.attribution.shares
    some = np.repeat(shares.share, 5, axis=1)
    some[found.attribution.policies.index(told.largest), 0] *= -1.0  # one draw of five
    unsure = replace(
        found, draws=5, attribution=replace(found.attribution, shares=shares._replace(share=some))
    )
    looks = policy_looks(service.scenarios.scenario(levers), service.scenarios.baseline, told.policies, "en")
    assert "largest share:" in plain_sentence(service, view, base, found, looks, "en")
    assert attributed(unsure, "Chengyu").signs[told.largest] == 0.8


def test_colours_stay_with_policies_when_others_come(service):
    scenarios = service.scenarios

    def colours(levers):
        one = scenarios.scenario(levers)
        names = [name for name in one.policies if name not in scenarios.baseline.policies]
        return {look.name: look.colour for look in policy_looks(one, scenarios.baseline, names, "en")}

    few, all_three = colours(moved({"carbon_price": 200})), colours(moved(THREE))
    assert few.items() <= all_three.items() and len(set(all_three.values())) == 3


def test_the_page_has_the_shares_of_the_command(tmp_path):
    """Runs of the page's workers give the table of `tanlu attribute`."""
    one = scenario("two", {"tax": TAX, "bonds": BONDS}, years="2022-2025")
    other = REFERENCE.model_copy(update={"years": one.years})
    kept = KeptDraws(
        Here(lambda order: answer(order, lambda *_: None)),
        Rank.wedges,
        lambda _: None,
        lambda d: reduced(d, ()),
        10**7,
    )
    page = Attributions(kept, lambda _: PolicyGame(one, other, question_id), 2023)
    found = page.look(Levers(), "anna", lambda: None)
    told = attribute(one, other, store=tmp_path)
    assert found.is_whole and abs(told.table()["share_mtco2"]).max() > 0.01
    mine, theirs = found.attribution.table(), told.table()
    numbers = mine.select_dtypes("number").columns
    np.testing.assert_allclose(mine[numbers], theirs[numbers], rtol=1e-9, atol=1e-9)
    assert (mine["policy"] == theirs["policy"]).all()

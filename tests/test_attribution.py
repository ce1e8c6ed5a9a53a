"""Attribution: shares add up, fair to all, from runs that are not run twice; what cannot be shared out is refused."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.attribute import _print
from tanlu.cli.console import Language
from tanlu.cli.main import app
from tanlu.core.words.errors import ResultError
from tanlu.experiments.attribution.main import Attribution, attribute
from tanlu.experiments.attribution.players import players_of
from tanlu.experiments.attribution.runs import QUANTITIES
from tanlu.experiments.attribution.shapley import (
    MOST_COALITIONS,
    TOLERANCE_SHARE,
    Coalition,
    Shares,
    exact_shares,
    sampled_shares,
)
from tanlu.experiments.results import simulate
from tanlu.output.comparison import compare
from tanlu.scenario.schema import Scenario, scenario_from_dict

TAX = {"kind": "carbon_price", "from_year": 2024, "price_cny_per_tco2": 150}
BONDS = {"kind": "green_bond_incentive", "from_year": 2024, "interest_subsidy_percentage_points": 2}
NOTHING = {"kind": "rail_transit", "from_year": 2024, "investment_bn_cny_per_year": 0}
DRAWS = 2


def scenario(name: str, policies: dict[str, object], **settings: object) -> Scenario:
    data = {"name": name, "region": "two_provinces", "years": "2022-2028", "policies": policies}
    return scenario_from_dict(data | {"world": {"hydrology": "bootstrap"}, "replications": DRAWS} | settings)


REFERENCE = scenario("reference", {})
THREE = scenario("three", {"tax": TAX, "bonds": BONDS, "rail": NOTHING})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Store all runs of the three policies, which tests share."""
    store, ran = tmp_path_factory.mktemp("attribution"), []
    attribute(THREE, REFERENCE, store=store, progress=lambda done, todo: ran.append(done))
    assert ran and ran[-1] == 8 * DRAWS
    return store


def worth_of(function):
    """Return the worths of coalitions that a function of one gives, as the runs give them."""
    return lambda coalitions: {one: np.array([function(one)]) for one in coalitions}


def test_a_left_glove_is_worth_four_times_a_right_one_of_two() -> None:
    """Shapley's example: one left glove and two right ones, of which a pair is worth 1: 4/6, 1/6, 1/6."""
    pairs = worth_of(lambda some: float(0 in some and len(some) > 1))
    found = exact_shares(3, pairs)
    assert found.share[:, 0].tolist() == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    assert found.alone.tolist() == [[0.0], [0.0], [0.0]]
    assert found.if_removed.tolist() == [[1.0], [0.0], [0.0]]


def test_s25_random_orders_find_the_shares_that_all_orders_give() -> None:
    rng = np.random.default_rng(3)
    own, between = rng.normal(10.0, 3.0, 10), rng.normal(0.0, 1.0, (10, 10))

    def worth(some: Coalition) -> float:
        return float(
            own[list(some)].sum() + sum(between[i, j] for i, j in itertools.combinations(sorted(some), 2))
        )

    # Of such a game the share is what a player has alone and half of all it shares with another.
    both = np.triu(between, 1)
    expected = own + 0.5 * (both.sum(axis=0) + both.sum(axis=1))
    found = sampled_shares(10, worth_of(worth), lambda value: float(value.sum()), seed=1)
    assert found.share[:, 0] == pytest.approx(expected), "an order and its reverse give it at once"
    curved = sampled_shares(
        10, worth_of(lambda some: worth(some) ** 2 / 100.0), lambda v: float(v.sum()), seed=1
    )
    exact = exact_shares(10, worth_of(lambda some: worth(some) ** 2 / 100.0))
    assert curved.coalitions < exact.coalitions
    small_enough = curved.standard_error <= TOLERANCE_SHARE * abs(exact.total[0])
    assert small_enough or curved.coalitions >= MOST_COALITIONS
    assert curved.share.sum() == pytest.approx(exact.total[0])
    assert np.abs(curved.share - exact.share).max() < 4.0 * max(curved.standard_error, 1e-9)


def test_s25_shares_add_up_to_the_difference_in_every_draw_and_year(folder: Path) -> None:
    found = attribute(THREE, REFERENCE, store=folder)
    assert found.policies == ("tax", "bonds", "rail") and found.shares.coalitions == 8
    one, other = simulate(THREE), simulate(REFERENCE)
    avoided = other.draws("Emissions|CO2") - one.draws("Emissions|CO2")
    assert np.abs(avoided).max() > 0.1
    np.testing.assert_allclose(found.shares.share.sum(axis=0)[:, 0], avoided, atol=1e-9)
    table = found.table().set_index("policy")
    cost = compare(other, one).cost.iloc[0]
    assert table.loc["total", "share_mtco2"] == pytest.approx(cost["avoided_mtco2"])
    assert table.loc["total", "net_public_money_share_bn_cny"] == pytest.approx(
        cost["net_public_money_bn_cny"]
    )
    assert table["share_mtco2"].iloc[:-1].sum() == pytest.approx(cost["avoided_mtco2"])
    for column in ("alone_mtco2", "if_removed_mtco2", "interaction_mtco2", "named_money_bn_cny"):
        assert table[column].iloc[:-1].sum() == pytest.approx(table.loc["total", column]), column
    assert table.loc["total", "alone_mtco2"] == table.loc["total", "if_removed_mtco2"] != 0.0
    assert table.loc["interaction", "alone_mtco2"] != 0.0, "two policies that reach the same plants"
    assert not found.shares.share[2].any() and not found.shares.alone[2].any(), "a policy that does nothing"
    assert np.isnan(table.loc["rail", "net_public_money_if_removed_cny_per_tco2"])
    by_year = found.by_year()
    assert len(by_year) == 3 * len(QUANTITIES) * 7 and set(by_year["quantity"]) >= {"avoided_mtco2"}


def test_s25_what_ran_before_is_only_read_and_the_order_of_policies_is_nothing(folder: Path) -> None:
    first = attribute(THREE, REFERENCE, store=folder)
    turned = scenario("turned", {"rail": NOTHING, "bonds": BONDS, "tax": TAX})
    again = attribute(
        turned, REFERENCE, store=folder, progress=lambda *_: pytest.fail("nothing is left to run")
    )
    order = [again.policies.index(name) for name in first.policies]
    np.testing.assert_allclose(again.shares.share[order], first.shares.share, atol=1e-9)


def test_s25_two_policies_that_are_the_same_have_the_same_share(folder: Path) -> None:
    twins = scenario("twins", {"one": TAX, "two": TAX})
    ran: list[tuple[int, int]] = []
    share = attribute(twins, REFERENCE, store=folder, progress=lambda *done: ran.append(done)).shares.share
    assert ran[-1] == (4 * DRAWS, 4 * DRAWS)
    np.testing.assert_allclose(share[0], share[1], atol=1e-9)
    assert np.abs(share[0]).max() > 0.0


def test_a_policy_that_is_changed_or_switched_off_is_a_player(tmp_path: Path) -> None:
    before = scenario("before", {"tax": TAX, "bonds": BONDS})
    after = scenario("after", {"tax": TAX | {"price_cny_per_tco2": 300}, "bonds": BONDS | {"enabled": False}})
    found = attribute(after, before, replications=1, store=tmp_path)
    assert found.policies == ("tax", "bonds") and found.draws == 1
    assert found.shares.share[1, 0, 1].sum() < 0.0, "less is paid without the subsidy"


CUT = {"decided_in": 2025, "from_year": 2026, "end": ["tax"]}


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (scenario("same", {}), "has the same policies as `reference`"),
        (scenario("cut", {"tax": TAX}, events={"cut": CUT}), "events of `cut` change `tax`"),
        (
            scenario("elsewhere", {"tax": TAX}, region="chengyu"),
            "is of the region two_provinces, not of chengyu",
        ),
    ],
)
def test_what_cannot_be_shared_out_is_refused(one: Scenario, message: str, tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=message):
        attribute(one, REFERENCE, store=tmp_path)


def test_the_command_prints_shares_in_both_languages_and_writes_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    head = "region: two_provinces\nyears: 2022-2024\nlabel: {en: A, zh: 甲}\n"
    Path("base.yaml").write_text(f"name: base\n{head}", encoding="utf-8")
    tax = "policies: {tax: {kind: carbon_price, from_year: 2024, price_cny_per_tco2: 150}}\n"
    Path("taxed.yaml").write_text(f"name: taxed\n{head}{tax}", encoding="utf-8")
    asked = [
        "attribute",
        "taxed.yaml",
        "--against",
        "base.yaml",
        "--replications",
        "2",
        "--csv",
        "shares.csv",
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "Shapley values of all 2 combinations" in done.output and "All together" in done.output
    assert "policy,quantity,year,share,alone,if_removed" in Path("shares.csv").read_text(encoding="utf-8-sig")
    assert "│ Interaction" not in done.output, "one policy shares with nobody"
    assert "沙普利值" in CliRunner().invoke(app, [*asked[:-2], "--lang", "zh"]).output
    wrong = CliRunner().invoke(app, ["attribute", "base.yaml", "--against", "base.yaml"])
    assert wrong.exit_code == 1 and "nothing to attribute" in wrong.output


@pytest.mark.parametrize("name", ["total", "interaction"])
def test_a_policy_with_the_name_of_a_row_of_sums_is_refused(name: str) -> None:
    with pytest.raises(ResultError, match=f"policy `{name}` of `three` .* give another name"):
        players_of(scenario("three", {name: TAX, "bonds": BONDS}), REFERENCE)


def attribution_of(avoided: list[list[float]], bn_cny: float) -> Attribution:
    """Make an attribution of policies that act alone, given what each avoids in every draw [N, R]."""
    shares = np.zeros((*np.shape(avoided), len(QUANTITIES), 1))
    shares[:, :, 0, 0] = avoided
    shares[:, :, 1, 0] = bn_cny
    names = tuple("abc"[: len(avoided)])
    both = Shares(shares, shares, shares, shares.sum(axis=0), 0.0, 2 ** len(names))
    return Attribution(
        "one", "other", names, np.array([2030]), np.array([True]), both, shares[:, :, 1] - shares[:, :, 2]
    )


def test_a_share_within_noise_is_marked_and_has_no_cost_of_a_tonne(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    found = attribution_of([[600.0, -12.0], [290.0, 298.0]], bn_cny=158.0)
    table = found.table().set_index("policy")
    noisy, clear = table.loc["a"], table.loc["b"]
    assert noisy["share_mtco2"] == clear["share_mtco2"] == 294.0
    for view, column in (("share", "of_share"), ("if_removed", "if_removed")):
        cost = f"net_public_money_{column}_cny_per_tco2"
        assert noisy[f"{view}_noise"] and np.isnan(noisy[cost])
        assert not clear[f"{view}_noise"] and clear[cost] == pytest.approx(158.0 / 294.0 * 1000.0)
    for language, mark in ((Language.en, "(noise)"), (Language.zh, "（噪声）")):
        _print(found, language)
        printed = capsys.readouterr().out
        assert printed.count("537") == 2, "the costs of the clear policy alone"
        assert printed.count(mark) == 4, "share and if removed, of the policy and of the total"

"""Why an effect is small or large: what is missing, how levers are chosen, and what the command prints."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tanlu.cli.main import app
from tanlu.core.words import LANGUAGES
from tanlu.core.words.errors import UserError
from tanlu.core.words.numbers import PER_MILLION
from tanlu.experiments.results import simulate
from tanlu.explanation.effects.answer import explain_effect
from tanlu.explanation.effects.levers import (
    SHOWN_LEVERS,
    Lever,
    LeverEffect,
    find_next_levers,
    list_levers,
)
from tanlu.explanation.effects.missing import with_policy_block
from tanlu.explanation.effects.rendering import render_effect
from tanlu.output.differences import effect_of
from tanlu.output.result import Result
from tanlu.policies import KINDS
from tests.model_runs import ONE_DRAW

MARKET = {"kind": "carbon_market", "from_year": 2022}
SUBSIDY = {"kind": "ccus_subsidy", "from_year": 2024, "rate_cny_per_tco2": 500}
CREDIT = "policies.market.capture_counts_from_year"


def run(name: str, **policies: object) -> Result:
    world = {**ONE_DRAW, "region": "two_provinces", "years": "2022-2034"}
    return simulate({"name": name, **world, "policies": {"market": MARKET, **policies}}, jobs=1)


@pytest.fixture(scope="module")
def base() -> Result:
    return run("plain")


@pytest.fixture(scope="module")
def subsidised(base: Result) -> Result:
    return run("subsidised", capture=SUBSIDY)


def test_the_missing_credit_is_named_with_its_field_until_it_is_there(
    base: Result, subsidised: Result
) -> None:
    answer = explain_effect(subsidised, base)
    assert [field.term for field in answer.missing] == ["carbon_cost_saved", "grant"]
    credit, grant = answer.missing
    assert (credit.path, credit.value) == (
        CREDIT,
        2025,
    ) and grant.path == "policies.capture.capex_grant_share"
    assert credit.yaml == "policies:\n  market:\n    capture_counts_from_year: 2025\n"
    mended = with_policy_block(subsidised.scenario, credit.policy, credit.block)
    after = explain_effect(simulate(mended, jobs=1), base)
    assert [field.term for field in after.missing] == ["grant"]
    before, mended_tonnes = (
        side.reasons.by_reason().set_index("reason")["tco2_per_year"]["started"] for side in (answer, after)
    )
    assert mended_tonnes > 1.5 * before > 0.5e6  # 6.9 Mt a year against 3.1: the field is what was missing


def test_tonnes_add_up_in_both_languages(base: Result, subsidised: Result) -> None:
    answer = explain_effect(subsidised, base)
    total_mt = answer.reasons.deciders["tco2_per_year"].sum() / 1e6
    for language in LANGUAGES:
        parts = list(render_effect(answer, language))
        table = next(part for part in parts if not isinstance(part, str))
        written_mt = float(table.rows[-1][2].replace(",", "")) / PER_MILLION[language]
        assert written_mt == pytest.approx(total_mt, abs=0.06)
        assert not any("{" in part for part in parts if isinstance(part, str))


def test_an_option_that_nobody_is_offered_is_refused(base: Result) -> None:
    with pytest.raises(UserError) as refused:
        explain_effect(base, base, "retire_erly")
    assert "did you mean `retire_early`" in refused.value.render(False)
    assert explain_effect(base, base, "retire_early").reasons.deciders["tco2_per_year"].sum() > 0.0


def test_levers_are_missing_fields_and_kinds_that_are_not_in_use(base: Result, subsidised: Result) -> None:
    levers = list_levers(subsidised.scenario, explain_effect(subsidised, base).missing)
    assert [lever.field for lever in levers[:2]] == ["capture_counts_from_year", "capex_grant_share"]
    kinds = [lever.kind for lever in levers if not lever.field]
    assert len(set(kinds)) == len(kinds) > 10 and not {"ccus_subsidy", "carbon_market"} & {*kinds}
    assert set(kinds) < set(KINDS)
    for lever in levers:  # each can be run
        assert lever.policy in with_policy_block(subsidised.scenario, lever.policy, lever.block).policies


def test_the_cheapest_tonnes_with_an_interval_above_zero_are_shown() -> None:
    """Made-up levers: tonnes of each draw, and money. One is noise in eight draws, one does harm, one earns money."""
    tonnes = {"noise": 1.0, "harm": -5.0, "earns": 3.0, "cheap": 4.0, "dear": 4.0, "dearest": 9.0}
    money = {"noise": 0.1, "harm": 1.0, "earns": -1.0, "cheap": 1.0, "dear": 3.0, "dearest": 90.0}
    levers = [Lever(name, name, "", {}) for name in tonnes]
    asked: list[tuple[str, int]] = []

    def measure(chosen: list[Lever], draws: int) -> list[LeverEffect]:
        asked.extend((lever.kind, draws) for lever in chosen)
        swing = np.where(np.arange(draws) % 4 < 2, 1.0, -1.0)
        return [
            LeverEffect(
                lever,
                effect_of(tonnes[lever.kind] + swing * (20.0 if lever.kind == "noise" else 0.1), False),
                effect_of(np.full(draws, money[lever.kind]), False),
            )
            for lever in chosen
        ]

    found = find_next_levers(levers, measure, 8)
    assert found is not None and len(found.best) == SHOWN_LEVERS
    assert [effect.lever.kind for effect in found.best] == ["earns", "cheap", "dear"]
    assert ("noise", 8) in asked and ("harm", 8) not in asked and ("dearest", 8) not in asked
    assert (
        found.runs == 2 * 6 + 6 * 4
    )  # all in two draws, and the six others of those that were tried in full
    assert find_next_levers(levers, lambda chosen, draws: None, 8) is None


def test_the_command_prints_and_refuses(base: Result, subsidised: Result, tmp_path: Path) -> None:
    folders = [str(result.save(tmp_path)) for result in (subsidised, base)]
    done = CliRunner().invoke(app, ["explain-effect", *folders, "--json"])
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["missing"][0]["path"] == CREDIT and data["levers"] is None
    tonnes = sum(row["tco2_per_year"] for row in data["deciders"])
    assert sum(row["tco2_per_year"] for row in data["reasons"]) == pytest.approx(tonnes, rel=1e-9)
    done = CliRunner().invoke(app, ["explain-effect", *folders, "--lang", "zh"])
    assert done.exit_code == 0 and "碳市场不认可捕集的二氧化碳" in done.output.replace("\n", "")
    done = CliRunner().invoke(app, ["explain-effect", *folders, "--option", "capture_retrofi"])
    assert done.exit_code == 2 and "did you mean `capture_retrofit`" in done.output

"""What a law changes in the rules of the national carbon market, and what it may not."""

import json

import numpy as np
import pytest

from benchmarks.national_market import walk
from tanlu.cli.national_market import explain_national_market
from tanlu.core.axes import SECTOR
from tanlu.core.units import T_PER_MT
from tanlu.kernels.national_market import BAND, BENCHMARK, CAP
from tanlu.policies.statutes import apply_policies
from tanlu.region.finance import BENCHMARK_CLASSES
from tanlu.region.national_market import NATIONAL_CLASSES
from tanlu.region.tables import DATA_YEARS, year_index
from tanlu.state.national_rules import capped_sectors, limit_shortfall, national_rules, sold_share
from tests.model_runs import REGION, scenario
from tests.policy_blocks import refused

DATA = REGION.national_market
COAL, STEEL = (NATIONAL_CLASSES.index(name) for name in ("coal_large", "steel"))


def schedule_of(**fields):
    market = {"kind": "carbon_market", "from_year": 2021, **fields}
    what = scenario({"national_carbon_market": market})
    return apply_policies(what.policies, REGION.axes, REGION.base_year, what.years.end)


def rules_of(**fields):
    return national_rules(DATA, schedule_of(**fields))


def test_a_law_that_says_nothing_leaves_the_rules_of_the_pack() -> None:
    rules = rules_of()
    for group, before in zip(rules, DATA.rules, strict=True):
        for name, value in group._asdict().items():
            np.testing.assert_allclose(value, getattr(before, name), rtol=1e-15, err_msg=name)


def test_a_sector_is_capped_from_the_year_that_the_law_says() -> None:
    early = rules_of(cap_from_year={"electricity": 2028, "steel": 2030})
    method, reward = early.allocation.method, early.allocation.reward_share
    assert method[year_index(2027), COAL] == BENCHMARK and method[year_index(2028), COAL] == CAP
    assert method[year_index(2029), STEEL] == BAND and method[year_index(2030), STEEL] == CAP
    assert reward[year_index(2029), STEEL] == DATA.band_reward_share[year_index(2029)] < 1.0
    assert reward[year_index(2030), STEEL] == 1.0
    schedule = schedule_of(cap_from_year={"electricity": 2028, "steel": 2030})
    is_capped = capped_sectors(early, schedule)
    assert not is_capped[schedule.row(2029), SECTOR["steel"]]
    assert is_capped[schedule.row(2030), SECTOR["steel"]]
    assert sold_share(early, schedule)[schedule.row(2029)].max() == 0.0, "nothing is sold before 2030"


def test_the_cap_follows_a_named_path_or_shares_of_2025() -> None:
    row = year_index(2050)
    named = {name: rules_of(cap_path=name).allocation.cap for name in ("central", "slow", "neutral_2060")}
    for name, cap in named.items():
        np.testing.assert_array_equal(cap, DATA.caps[name])
    own = rules_of(cap_share={2030: 0.9, 2060: 0.5}).allocation.cap
    assert own[row] == pytest.approx(DATA.base_tco2 * (0.9 - 0.4 * 20 / 30))
    ended = rules_of(cap_path="slow", until_year=2040).allocation.cap
    early = year_index(2035)
    assert ended[row] == DATA.caps["central"][row] and ended[early] == DATA.caps["slow"][early]


def test_what_follows_output_is_sold_or_covered_by_credits_is_the_laws() -> None:
    rules = rules_of(follows_output_share=0.4, auction_share=0.3, offset_limit_share=0.02)
    late = DATA_YEARS >= 2030
    assert (rules.allocation.follows_output_share[late] == 0.4).all()
    assert rules.allocation.auction_share[year_index(2030)] == pytest.approx(0.3)
    assert (rules.limits.offset_limit_share[late] == 0.02).all()
    assert np.isinf(rules_of(carry_over="unlimited").limits.carry_over_limit[late]).all()


def test_reserve_expiry_and_fine_are_the_laws_in_its_years() -> None:
    reserve = {"reserve_upper_share": 0.08, "reserve_lower_share": {2030: 0.0, 2040: 0.05}}
    rules = rules_of(**reserve, expires_after_years=3, penalty_cny_per_tco2=500, until_year=2040)
    limits, row, after = rules.limits, year_index(2035), year_index(2041)
    assert (limits.reserve_upper_share[row], limits.reserve_lower_share[row]) == (0.08, 0.025)
    assert limits.reserve_intake_share[row] == DATA.rules.limits.reserve_intake_share[row]
    assert (limits.expires_after_years[row], limits.expires_after_years[after]) == (3, 0)
    assert limits.penalty[row] == limits.ceiling[row] == 500.0 and np.isinf(limits.penalty[after])
    assert limits.reserve_upper_share[after] == DATA.rules.limits.reserve_upper_share[after]


def test_a_price_that_was_observed_keeps_the_rules_it_came_under() -> None:
    """Bank of 2026 as without the law, and no break of price: a reserve took 133 Mt, 78 became 114 CNY/t."""
    reserve = {"reserve_upper_share": 0.04, "reserve_intake_share": 0.24}
    tighter = {"benchmark_tightening_share_per_year": 0.01, "tightening_from_year": 2021}
    plain, taken, tight = (
        [cleared for *_, cleared in walk(DATA._replace(rules=rules), rules.allocation.cap, 2021, 2031)]
        for rules in (rules_of(), rules_of(**reserve), rules_of(**tighter))
    )
    banks = [years[5].totals_tco2["banked"] for years in (plain, taken, tight)]
    assert banks[0] == banks[1] == banks[2]
    prices = np.array([cleared.price_cny_per_tco2 for cleared in taken[5:]])
    assert (np.abs(np.diff(prices)) <= np.maximum(0.25 * prices[:-1], 15.0)).all()
    assert prices[1] > plain[6].price_cny_per_tco2 + 2.0, "it takes from 2027 on"


def test_a_fine_bounds_a_floor_above_it() -> None:
    what = scenario(
        {
            "floor": {"kind": "carbon_price", "from_year": 2027, "floor_cny_per_tco2": 300},
            "market": {"kind": "carbon_market", "from_year": 2021, "penalty_cny_per_tco2": 200},
        }
    )
    schedule = apply_policies(what.policies, REGION.axes, REGION.base_year, what.years.end)
    limits = national_rules(DATA, schedule).limits
    assert limits.floor[year_index(2030)] == limits.ceiling[year_index(2030)] == 200.0


def test_units_are_spared_until_the_year_of_their_fuel() -> None:
    gas = NATIONAL_CLASSES.index("gas")
    rules = rules_of(shortfall_cap_until_year={"coal": 2027, "gas": 2028}, shortfall_cap_share=0.1)
    limit = rules.allocation.shortfall_share[year_index(2027) : year_index(2030)]
    np.testing.assert_array_equal(limit[:, COAL], [0.1, 1.0, 1.0])
    np.testing.assert_array_equal(limit[:, gas], [0.1, 0.1, 1.0])
    assert (limit[:, STEEL] == 1.0).all()
    schedule = schedule_of(shortfall_cap_until_year={"gas": 2028})
    classes = REGION.finance.carbon_market.shortfall_cap_share
    region = limit_shortfall(classes, BENCHMARK_CLASSES, DATA_YEARS, schedule)
    changed = {BENCHMARK_CLASSES[c] for c in np.flatnonzero((region != classes).any(axis=0))}
    assert changed == {"gas"}, "byproduct gas of steelworks keeps what it has"


def test_a_reserve_that_takes_where_it_gives_is_refused() -> None:
    fault = refused("carbon_market", reserve_lower_share=0.1, reserve_upper_share={2030: 0.2, 2040: 0.05})
    assert (fault.code, fault.place.path) == ("reversed-reserve", "policies.it.reserve_upper_share")
    assert "in 2037 the reserve takes above 0.095" in fault.message


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        (
            {"steel": 2024},
            "cap-before-joining",
            "the cap of `steel` begins in 2024, and it joins the market in 2024",
        ),
        ({"heat": 2030}, "no-cap-of-sector", "`heat` has no cap"),
    ],
)
def test_a_cap_that_cannot_be_is_refused_with_its_place(fields, code, message) -> None:
    fault = refused("carbon_market", cap_from_year=fields)
    assert (fault.code, fault.place.path) == (code, "policies.it.cap_from_year")
    assert message in fault.message


def test_explaining_the_market_prints_the_rules_of_the_scenario(capsys, tmp_path) -> None:
    lines = _explained(capsys, {}, tmp_path)
    assert f"  2030 · {DATA.caps['central'][year_index(2030)] / T_PER_MT:,.0f} · none, none · 5 · 0" in lines
    changed = {"cap_path": "slow", "cap_from_year": {"electricity": 2033}, "follows_output_share": 0.5}
    lines = _explained(capsys, changed, tmp_path)
    slow = f"{DATA.caps['slow'][year_index(2035)] / T_PER_MT:,.0f}"
    assert any(line.startswith(f"  2035 · {slow} · ") and line.endswith(" · 50") for line in lines)
    assert not any("the reserve takes" in line for line in lines), "no law says so"
    lines = _explained(capsys, {"reserve_upper_share": 0.08, "expires_after_years": 2}, tmp_path)
    assert lines[lines.index(next(line for line in lines if "the reserve takes" in line)) + 1].endswith(
        " · 8, none · 2 · none"
    )
    lines = _explained(capsys, changed, tmp_path)
    assert next(line for line in lines if "coal, above 300 MW" in line).endswith("2033 a part of the cap")


def _explained(capsys, fields, folder):
    market = {"kind": "carbon_market", "from_year": 2021, **fields}
    path = folder / "market.yaml"
    path.write_text(json.dumps({"name": "market", "policies": {"national_carbon_market": market}}))
    explain_national_market(str(path), [])
    return capsys.readouterr().out.splitlines()

"""Public money by the name of the policy: nothing is lost, and two policies of a kind are told apart."""

import numpy as np
import pytest

from tanlu.experiments.results import simulate
from tanlu.indicators.by_policy import NO_POLICY
from tanlu.indicators.catalogue import BY_POLICY
from tanlu.output.result import Result
from tanlu.scenario.schema import scenario_from_dict

NET = "Public Budget|Climate Support|Net"
YEARS = slice(2, 9)  # 2024 on


OF_BONDS = {"issue_cost_share": 1, "label_cost_share": 1, "interest_tax_exempt_share": 1}


def ran(policies: dict[str, object], **settings: object) -> Result:
    short = {"region": "two_provinces", "years": "2022-2030", "replications": 1}
    data = {"name": "named", **short, "policies": policies}
    return simulate(scenario_from_dict(data | settings))


def bonds(points: float, first: int, last: int, **keys: object) -> dict[str, object]:
    return {
        "kind": "green_bond_incentive",
        "papers": ["bonds", "loans"],
        "renewals": True,
        "from_year": first,
        "until_year": last,
        "interest_subsidy_percentage_points": points,
    } | keys


def price(cny: float, *sectors: str) -> dict[str, object]:
    given = {"sectors": list(sectors)} if sectors else {}
    return {"kind": "carbon_price", "from_year": 2024, "price_cny_per_tco2": cny, **given}


def paid(result: Result, name: str) -> np.ndarray:
    return result.draws(f"{BY_POLICY}|{name}")[0]


def test_names_add_up_to_net_public_money() -> None:
    result = ran(
        {
            "tax": price(80),
            "cheap": bonds(1.5, 2024, 2060),
            "spared": bonds(0, 2024, 2060, papers=["bonds"], **OF_BONDS),
            "guaranteed": bonds(0, 2024, 2060, guarantee_share=0.8, guarantee_fee_percentage_points=0.1),
            "of_loans": bonds(1, 2025, 2027, papers=["loans"], renewals=False),
            "chargers": {
                "kind": "vehicle_incentive",
                "from_year": 2024,
                "charger_investment_bn_cny_per_year": 0.5,
                "subsidy_cny_per_vehicle": 5000,
            },
            "metro": {"kind": "rail_transit", "from_year": 2024, "investment_bn_cny_per_year": 1},
            "back": {"kind": "revenue_use", "from_year": 2024, "per_head_share": 0.5},
        }
    )
    names = [name for name in result.measures.variables if name.startswith(BY_POLICY)]
    assert len(names) == 9
    named = np.array([result.draws(name)[0] for name in names])
    np.testing.assert_allclose(named.sum(axis=0), result.draws(NET)[0], atol=1e-12)
    assert not result.draws(NO_POLICY).any(), "every payment has a name"
    assert np.all(paid(result, "tax")[YEARS] < 0.0)
    assert paid(result, "spared").sum() > 0.0 and paid(result, "of_loans").sum() > 0.0
    assert paid(result, "guaranteed").sum() < 0.0, "fees, and nobody fails"
    assert all(np.all(paid(result, name)[YEARS] > 0.0) for name in ("cheap", "chargers", "metro", "back"))
    np.testing.assert_allclose(paid(result, "back"), -0.5 * paid(result, "tax"), rtol=1e-9)


def test_two_prices_are_told_apart_by_what_each_charges() -> None:
    result = ran({"all": price(30), "cement": price(60, "cement"), "road": price(60, "transport")})
    whole, cement, road = (paid(result, name)[YEARS] for name in ("all", "cement", "road"))
    assert np.all(whole < 0.0) and np.all(cement < 0.0) and np.all(np.abs(cement / road - 1.0) > 1e-3)
    emitted = result.draws("Emissions|CO2|Energy|Demand|Transportation")[0, YEARS]
    np.testing.assert_allclose(road, -60.0 * emitted / 1e3, rtol=1e-6)


def test_a_loan_keeps_the_name_under_which_it_was_granted() -> None:
    early, both = (
        ran({"early": bonds(1.0, 2024, 2025)}),
        ran({"early": bonds(1.0, 2024, 2025), "late": bonds(1.0, 2026, 2030)}),
    )
    assert np.all(paid(early, "early")[YEARS] > 0.0), "long after it ended"
    assert not paid(both, "late")[:4].any() and np.all(paid(both, "late")[4:] > 0.0)
    np.testing.assert_array_equal(paid(both, "early")[:4], paid(early, "early")[:4])
    twins = ran(
        {"one": bonds(0.5, 2024, 2030), "two": bonds(0.5, 2024, 2030), "three": bonds(1.0, 2024, 2030)}
    )
    assert paid(twins, "one")[2] > 0.0
    np.testing.assert_allclose(paid(twins, "one"), paid(twins, "two"), rtol=1e-12)
    np.testing.assert_allclose(paid(twins, "three"), 2.0 * paid(twins, "one"), rtol=1e-12)


def test_a_policy_that_an_event_ends_pays_what_it_promised() -> None:
    repealed = {"decided_in": 2026, "end": ["early"]}
    result = ran({"early": bonds(1.0, 2024, 2060)}, events={"repeal": repealed})
    assert (
        paid(result, "early")[-1] == pytest.approx(result.draws(NET)[0, -1])
        and paid(result, "early")[-1] > 0.0
    )

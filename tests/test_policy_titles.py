"""What policies are called where several of a kind stand side by side."""

import tanlu
from tanlu.policies.capacity_payment import CapacityPayment
from tanlu.scenario.policy_titles import policy_titles


def payment(**keys: object) -> CapacityPayment:
    return CapacityPayment.model_validate(
        {"kind": "capacity_payment", "from_year": 2026, "rate_cny_per_kw_year": 100} | keys
    )


def titles(language: str = "en", **policies: CapacityPayment) -> list[str]:
    return list(policy_titles(policies, "chengyu", language).values())


def test_policies_of_a_kind_are_told_apart_by_what_they_act_on_where_and_when() -> None:
    assert titles(a=payment()) == ["Capacity payment"], "alone it needs nothing more"
    gas = payment(technologies=("gas",))
    assert titles(a=payment(), b=gas) == ["Capacity payment (Coal)", "Capacity payment (Gas)"]
    assert titles("zh", a=payment(), b=gas) == ["容量电价（煤电）", "容量电价（气电）"]
    here, there = payment(regions=("Sichuan",)), payment(regions=("Chongqing",))
    assert titles(a=here, b=there) == ["Capacity payment (Sichuan)", "Capacity payment (Chongqing)"]
    later = payment(from_year=2031)
    assert titles(a=payment(), b=later) == ["Capacity payment (from 2026)", "Capacity payment (from 2031)"]
    assert titles(a=payment(), b=gas, c=later)[1:] == [
        "Capacity payment (Gas, from 2026)",
        "Capacity payment (Coal, from 2031)",
    ]


def test_only_policies_that_say_the_same_go_by_their_names() -> None:
    same = titles(first=payment(), second=payment(rate_cny_per_kw_year=50))
    assert same == ["Capacity payment (first)", "Capacity payment (second)"]
    shipped = tanlu.load("tanlu:provinces_review")
    for language in ("en", "zh"):
        shown = policy_titles(shipped.policies, shipped.region, language)
        assert list(shown) == list(shipped.policies) and len(set(shown.values())) == len(shown)
        assert not any(name in title for name, title in shown.items()), "no visitor reads keys"

"""A limit on sales of equipment: what is cut goes to what has no limit, and no rule changes nothing."""

import numpy as np

from tanlu.adopters.cohorts import limit_shares
from tanlu.core.axes import COHORT_SECTORS, END_USE_TECHNOLOGIES, SECTOR
from tanlu.core.schedules import PolicySchedule
from tanlu.inputs.field_words import choice_words
from tanlu.policies.equipment_standard import EquipmentStandard
from tanlu.region.catalogue import DEFAULT_REGION, region_axes

AXES = region_axes(DEFAULT_REGION)
COAL = END_USE_TECHNOLOGIES.index("coal")


def limits(**keys: object) -> np.ndarray:
    """Return the limits that a standard from 2028 on sets [Y, P, S, K]."""
    block = {"kind": "equipment_standard", "from_year": 2028, "technologies": ("coal",), **keys}
    standard = EquipmentStandard.model_validate({"regions": AXES.provinces, **block})
    schedule = PolicySchedule.neutral(AXES, 2026, 2030)
    return standard.apply(schedule, "standard").equipment.sales_limit_share


def test_a_limit_moves_what_it_cuts_to_what_has_none_in_proportion() -> None:
    wanted = np.array([[0.5, 0.1, 0.3, 0.1]])
    most = np.array([[0.2, 1.0, 1.0, 0.4]])
    np.testing.assert_allclose(limit_shares(wanted, most), [[0.2, 0.175, 0.525, 0.1]])
    most[0, 0] = 0.0
    assert limit_shares(wanted, most)[0, 0] == 0.0


def test_shares_add_to_all_and_a_stricter_limit_never_raises_what_it_limits() -> None:
    random = np.random.default_rng(3)
    wanted = random.dirichlet(np.ones(6), 200)
    is_listed = random.random((200, 6)) < 0.4
    before = wanted
    for limit in (1.0, 0.5, 0.2, 0.05, 0.0):
        shares = limit_shares(wanted, np.where(is_listed, limit, 1.0))
        np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=0.0, atol=1e-12)
        assert (shares <= before + 1e-15)[is_listed].all()
        assert (shares >= before - 1e-15)[~is_listed].all()
        before = shares


def test_without_a_rule_or_without_another_technology_every_bit_stays() -> None:
    wanted = np.random.default_rng(4).dirichlet(np.ones(6), 50)
    np.testing.assert_array_equal(limit_shares(wanted, np.ones((50, 6))), wanted)
    np.testing.assert_array_equal(limit_shares(wanted, np.zeros((50, 6))), wanted)
    only = np.array([[1.0, 0.0, 0.0]])
    np.testing.assert_array_equal(limit_shares(only, np.array([[0.0, 1.0, 1.0]])), only)


def test_a_standard_limits_its_technologies_sectors_provinces_and_years() -> None:
    limit = limits(sectors=("heat",), regions=AXES.provinces[:1], until_year=2029)
    is_limited = limit < 1.0
    assert is_limited.sum() == 2 and (limit[2:4, 0, SECTOR["heat"], COAL] == 0.0).all()
    everywhere = limits()[2] < 1.0
    assert everywhere[:, [SECTOR[name] for name in COHORT_SECTORS], COAL].all()
    assert everywhere.sum() == len(AXES.provinces) * len(COHORT_SECTORS)
    assert (limits(sales_limit_share=1.0) == 1.0).all()


def test_technologies_are_told_as_equipment_and_not_as_power_plants() -> None:
    told = [choice_words("equipment_standard", name, "zh") for name in END_USE_TECHNOLOGIES]
    assert told == ["燃煤", "油品", "燃气", "生物质或生物燃料", "电力设备", "热泵"]

"""Who may build what: shares of a technology by owner and licence, and nobody who builds without one."""

from collections.abc import Iterator

import numpy as np
import pytest

from tanlu.core.axes import HYDRO_FUELS, STORAGE_FUELS, THERMAL_FUELS
from tanlu.core.places import PACKS
from tanlu.finance.companies import build_share
from tanlu.region.checks.problems import table_problems
from tanlu.region.checks.sheets import read_sheets
from tanlu.region.finance import licences
from tanlu.region.power import BUILDABLE
from tests.balances import licensed, started
from tests.model_runs import REGION, TODAY, scenario, watch

OWNERS = REGION.finance.owners
COAL = BUILDABLE.index("coal")


def sharing(inertia: float) -> dict[str, float]:
    """Return the pack's parameters with another inertia."""
    return {**REGION.parameters, "build_share_inertia": inertia}


def hydropower_groups() -> list[str]:
    """Return the owners that have hydropower in the pack and no thermal unit."""
    fuels = REGION.tables["power_units"].groupby("owner_id")["fuel"].agg(set)
    return [o for o, has in fuels.items() if has & set(HYDRO_FUELS) and not has & set(THERMAL_FUELS)]


def naive_share(assets: list[float], inertia: float) -> Iterator[tuple[int, int, int, float]]:
    """Yield owner, province, technology and share, one at a time from the tables."""
    table, units = REGION.tables["owners"], REGION.tables["power_units"]
    first, last = REGION.first_observed_year, REGION.last_observed_year
    units = units[units["commissioned_year"].between(first, last)]
    may, scope, ids = licences(table), list(table["province_scope"]), list(table["owner_id"])
    for p, province in enumerate(REGION.axes.provinces):
        for k, name in enumerate(BUILDABLE):
            who = [w for w in range(len(ids)) if scope[w] in ("both", province) and name in may[w]]
            here = units[(units["province"] == province) & (units["fuel"] == name)]
            built = {w: here.loc[here["owner_id"] == ids[w], "capacity_mw"].sum() for w in who}
            size = {w: max(assets[w], 0.01 * max(assets)) for w in who}
            part = inertia if sum(built.values()) > 0.0 else 0.0
            for w in who:
                old = built[w] / sum(built.values()) if part > 0.0 else 0.0
                yield w, p, k, part * old + (1.0 - part) * size[w] / sum(size.values())


@pytest.mark.parametrize("inertia", [0.0, 0.5, 1.0])
def test_shares_follow_history_and_size_of_those_with_a_licence(inertia: float) -> None:
    assets = np.random.default_rng(3).uniform(0.0, 9e10, len(OWNERS.ids))
    share, expected = (
        build_share(OWNERS, assets, sharing(inertia)),
        np.zeros((len(OWNERS.ids), 2, len(BUILDABLE))),
    )
    for w, p, k, value in naive_share(assets.tolist(), inertia):
        expected[w, p, k] = value
    np.testing.assert_allclose(share, expected, rtol=1e-12)
    np.testing.assert_allclose(share.sum(axis=0), 1.0, rtol=1e-12)
    assert OWNERS.built_mw[:, :, COAL].sum() > 1000.0, "there is history to follow"


def test_where_nobody_has_a_licence_nobody_has_a_share() -> None:
    licensed = OWNERS.licensed.copy()
    licensed[:, COAL] = False
    share = build_share(OWNERS._replace(licensed=licensed), np.ones(len(OWNERS.ids)), sharing(0.5))
    assert not share[:, :, COAL].any() and share[:, :, : COAL - 1].any()


def test_hydropower_groups_have_no_licence_for_coal() -> None:
    groups = hydropower_groups()
    assert {"china_three_gorges", "yalong_hydro"} <= set(groups)
    assert not any(OWNERS.licensed[OWNERS.ids.index(name), COAL] for name in groups)


def test_who_has_a_plant_under_construction_has_the_licence() -> None:
    units = REGION.tables["power_units"]
    coming = units[
        units["status"].isin(["construction", "permitted"])
        & units["fuel"].isin(["coal", "gas", *STORAGE_FUELS])
    ]
    may = dict(zip(OWNERS.ids, licences(REGION.tables["owners"]), strict=True))
    assert len(coming) > 20
    assert not [row.unit_id for row in coming.itertuples() if row.fuel not in may[row.owner_id]]


def test_nobody_starts_what_it_has_no_licence_for() -> None:
    """By no hydropower group one of coal; `tests/test_balances.py` asks it of every shipped scenario and of mixes.

    Under a slow national cap, for under that of today nobody builds coal after tax.
    """
    slow = {"national_carbon_market": TODAY["national_carbon_market"] | {"cap_path": "slow"}}
    model = watch(scenario(slow, years=(2020, 2039)))
    licensed(model)
    builders = [who for who, what in started(model) if what == "coal"]
    assert builders and not set(builders) & set(hydropower_groups())


def test_with_a_row_that_licenses_it_a_hydropower_group_builds_coal() -> None:
    """The licence alone keeps it from it: the law above can fail."""
    licensed = OWNERS.licensed.copy()
    licensed[OWNERS.ids.index("china_three_gorges"), COAL] = True
    share = build_share(OWNERS._replace(licensed=licensed), np.ones(len(OWNERS.ids)), sharing(0.5))
    assert share[OWNERS.ids.index("china_three_gorges"), :, COAL].min() > 0.0


def test_a_licence_for_what_nobody_can_build_is_a_fault_of_the_pack() -> None:
    sheets, _ = read_sheets(PACKS / "chengyu")
    licensed = sheets["owners"].columns["licensed_technologies"]
    columns = {**sheets["owners"].columns, "licensed_technologies": ("wind", "wind;nuclear", *licensed[2:])}
    sheets["owners"] = sheets["owners"]._replace(columns=columns)
    (problem,) = table_problems(sheets, REGION.settings, REGION.axes)
    assert str(problem).startswith("owners.csv:3:licensed_technologies: `nuclear` is unknown")

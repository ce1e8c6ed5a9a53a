"""Why options are closed: a twin agrees for every decider, year and option, and words say it in both languages."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tanlu.core.words import group
from tanlu.finance.companies import Companies
from tanlu.investment.closed_by import SIZES, Bar, Closed, ClosedBy, reason_sentence, side_by_side
from tanlu.investment.rationing import serve_in_order
from tanlu.region.finance import licences
from tanlu.region.power import BUILDABLE
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, scenario, shipped
from tests.naive_reasons import naive_reasons, watch


def same(told: tuple, naive: tuple) -> bool:
    """Return whether reason, value and limit agree, figures to rounding."""
    figures = zip(told[1:], naive[1:], strict=True)
    return told[0] == naive[0] and all(
        (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
        for a, b in figures
    )


@pytest.mark.parametrize(
    "name",
    [
        "ccus_push",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("baseline", "high_carbon_price")),
    ],
)
def test_a_twin_tells_the_same_reasons(name: str) -> None:
    given = shipped(name)
    watched = watch(given, REGION)
    expected = naive_reasons(watched, given, REGION)
    decided = pd.DataFrame(watched.run.decisions())
    decided = decided[decided["kind"].isin(["PowerPlants", "Industry"]) & (decided["option"] != "keep")]
    found = {
        key: ("open", math.nan, math.nan)
        for key in zip(decided["decider"], decided["year"].astype(int), decided["option"], strict=True)
    }
    closed = pd.DataFrame(watched.run.closed_options())
    for row in closed[closed["kind"].isin(["PowerPlants", "Industry"])].itertuples():
        for year in range(row.from_year, row.to_year + 1):
            key = (row.decider, year, row.option)
            assert key not in found, "an option is open or has one reason"
            found[key] = (row.closed_by, row.reason_value, row.reason_limit)
    nothing = ("not_offered", math.nan, math.nan)
    keys = found.keys() | expected.keys()
    differ = {k: (found.get(k, nothing), expected.get(k)) for k in keys}
    differ = {k: v for k, v in differ.items() if v[1] is None or not same(*v)}
    assert not differ, (len(differ), list(differ.items())[:5])
    reasons = Counter(told[0] for told in expected.values())
    assert len(expected) > 50_000 and reasons["busy"] > 20 and reasons["life_too_short"] > 100, reasons


def naive_site(licensed: bool, banned: bool, built: bool, mw: float, part: float, used_up: bool) -> tuple:
    """Return why a company does not build where it might start `mw`, and takes `part` of it."""
    least = REGION.parameters["smallest_new_build_mw"]
    if not licensed:
        return ClosedBy.NOT_LICENSED, math.nan, math.nan
    if banned:
        return ClosedBy.FORBIDDEN, math.nan, math.nan
    if part <= 0.0:
        return ClosedBy.DOES_NOT_PAY, math.nan, math.nan
    if mw < least:
        return ClosedBy.NO_POTENTIAL if used_up else ClosedBy.PACE, least, mw
    return (ClosedBy.OPEN, math.nan, math.nan) if built else (ClosedBy.TOO_SMALL, mw * part, least)


def test_what_companies_do_not_build_has_its_reason() -> None:
    """By hand for every company, province and technology: a site that it has, or the reason that there is none."""
    ban = {"kind": "coal_phase_out", "from_year": 2026, "no_new_coal_from_year": 2028}
    kept = []

    class Owners(Companies):
        def appraise(self, sites):
            table = super().appraise(sites)
            kept.append((self.share.copy(), self.failed.copy(), sites, table))
            return table

    what = scenario({"ban": ban}, years=(2020, 2034))
    RegionModel(Inputs(what, REGION), populations={"companies": Owners}).run()
    seen: Counter[ClosedBy] = Counter()
    first = int(REGION.parameters["first_decision_year"])
    for year, (share, failed, sites, table) in enumerate(kept, first):
        built = set(
            zip(sites.owner.tolist(), sites.province.tolist(), sites.technology.tolist(), strict=True)
        )
        waits, (by, value, limit) = table.waiting, table.waiting.reasons()
        assert len(waits.decider) == REGION.finance.owners.active_in.sum()
        licensed = licences(REGION.tables["owners"])
        banned = {"coal"} if year >= 2028 else set()
        for i, (w, p) in enumerate(zip(waits.decider.tolist(), waits.province.tolist(), strict=True)):
            for k, name in enumerate(BUILDABLE):
                mw, part = sites.room.mw[p, k] * share[w, p, k], sites.part[w, p, k]
                used_up = bool(sites.room.used_up[p, k])
                code, *figures = naive_site(
                    name in licensed[w], name in banned, (w, p, k) in built, mw, part, used_up
                )
                if failed[w]:
                    code, figures = ClosedBy.OWNER_FAILED, [math.nan, math.nan]
                assert same((by[i, k + 1], value[i, k + 1], limit[i, k + 1]), (code, *figures))
                seen[code] += 1
    told_of = (ClosedBy.OPEN, ClosedBy.DOES_NOT_PAY, ClosedBy.PACE, ClosedBy.FORBIDDEN, ClosedBy.NOT_LICENSED)
    told_of = (*told_of, ClosedBy.OWNER_FAILED)
    assert min(seen[code] for code in told_of) > 0, seen


# --- the parts ---------------------------------------------------------------------------------------------------


def test_of_several_reasons_the_one_that_lasts_longest_is_told_with_its_own_figures() -> None:
    early = Bar(ClosedBy.TOO_EARLY, np.array([False, True, True, False]), limit=2026.0)
    small = Bar(ClosedBy.TOO_SMALL, np.array([False, False, True, False]), np.full(4, 86.0), 250.0)
    closed = Closed.by_any(4, small, early).and_by(
        Bar(ClosedBy.DOES_NOT_PAY, np.array([False, True, False, True]), -1.5, 0.0)
    )
    assert closed.is_open.tolist() == [True, False, False, False]
    by, value, limit = closed.reasons()
    assert [ClosedBy(code).name for code in by] == ["OPEN", "TOO_EARLY", "TOO_EARLY", "DOES_NOT_PAY"]
    np.testing.assert_array_equal(value, [np.nan, np.nan, np.nan, -1.5])
    np.testing.assert_array_equal(limit, [np.nan, 2026.0, 2026.0, 0.0])


def test_options_stand_side_by_side_and_one_can_be_answered_again() -> None:
    shut = Closed.by_any(2, Bar(ClosedBy.IDLE, np.array([True, False])))
    both = Closed.by_any((2, 2), Bar(ClosedBy.BUSY, np.array([[False, True], [False, False]]), limit=2030.0))
    whole = side_by_side(Closed.by_any(2), shut, both)
    assert whole.is_open.tolist() == [[True, False, True, False], [True, True, True, True]]
    changed = whole.with_column(1, whole.column(3)).select(np.array([0]))
    by, _, limit = changed.reasons()
    assert by.tolist() == [[0, int(ClosedBy.BUSY), 0, int(ClosedBy.BUSY)]]
    assert changed.is_open.tolist() == [[True, False, True, False]] and limit[0, 1] == 2030.0
    assert not whole.is_open[0, 1] and whole.reasons().code[0, 1] == ClosedBy.IDLE, "the first one stays"


def test_who_does_not_fit_is_passed_over_and_a_smaller_one_served() -> None:
    served = serve_in_order(
        np.array([2, 0, 1, 3]),
        wants=np.array([True, True, True, False]),
        size=np.array([4.0, 2.0, 5.0, 1.0]),
        group=np.zeros(4, np.int64),
        room=np.array([7.0]),
    )
    assert served.allowed.tolist() == [False, True, True, False]
    assert served.room_left.tolist() == [2.0, 2.0, 7.0, 0.0]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_has_words(language: str) -> None:
    closing = [code for code in ClosedBy if code != ClosedBy.OPEN]
    assert set(group(language, "reason")) == {code.name.lower() for code in closing}
    assert len({reason_sentence(code, math.nan, math.nan, language) for code in closing}) == len(closing)
    for name in group(language, "reason_figures"):
        code = ClosedBy[name.upper()]
        full, size = reason_sentence(code, 86.25, 2046.0, language), SIZES.get(code, {}).get(language, 1.0)
        assert any(f"{round(size * figure, 1):.10g}" in full for figure in (86.25, 2046.0))
    small = reason_sentence(ClosedBy.TOO_SMALL, 86.3, 250.0, language)
    assert {"en": "86.3 MW, and at least 250 MW", "zh": "8.6万千瓦，低于25万千瓦"}[language] in small
    assert "2046" in reason_sentence(ClosedBy.NO_WINDOW, math.nan, 2046.0, language)

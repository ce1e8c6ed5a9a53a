"""The exercise of docs/adding.md for a levy: a charge by the tonne takes three files of code, two of words."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BASE, INSTRUMENT = "core/schedules.py", "policies/efficiency_standard.py"
AGENT = "industry/facilities.py"
WORDS = ("core/words/fields/policies.yaml", "indicators/catalogue/money.yaml")
# By file below the package: text that stands once in it, and what takes its place.
EXERCISE = {
    BASE: (
        (
            "    {\n        FUEL_LICENCES: LevyBase(",
            "    {\n"
            '        PRODUCT_CHARGE: LevyBase(("province", "sector"), "t", "facility", "Product Charges", True),\n'
            "        FUEL_LICENCES: LevyBase(",
        ),
        (
            "# What each kind of levy is charged on;",
            'PRODUCT_CHARGE = "product_charge"  # CNY per tonne made\n# What each kind of levy is charged on;',
        ),
    ),
    INSTRUMENT: (
        (
            '    """Paid for each GJ above the ceiling."""\n',
            '    """Paid for each GJ above the ceiling."""\n\n'
            "    charge_cny_per_t: NonNegativeSchedule = Schedule(0.0)\n"
            '    """Paid for each tonne made."""\n',
        ),
        (
            "        return schedule._replace(industry=rule).with_levy(levy)\n",
            "        charge = self.charge_cny_per_t.path(years)[:, None, None]\n"
            "        place = acts_on(self, schedule, self.sectors, SECTORS)\n"
            "        by_tonne = Levy(name, PRODUCT_CHARGE, LOCAL, np.where(place, charge, 0.0))\n"
            "        return schedule._replace(industry=rule).with_levy(levy).with_levy(by_tonne)\n",
        ),
        ("import EFFICIENCY_PENALTY, LOCAL,", "import EFFICIENCY_PENALTY, LOCAL, PRODUCT_CHARGE,"),
        ("import NonNegativeSchedule\n", "import NonNegativeSchedule, Schedule\n"),
    ),
    AGENT: (
        (
            "        return (Pieces(EFFICIENCY_PENALTY, (self.province, self.sector), excess_gj, self.business),)\n",
            "        place, made_t = (self.province, self.sector), production.output * ~self.is_block\n"
            "        return (\n"
            "            Pieces(EFFICIENCY_PENALTY, place, excess_gj, self.business),\n"
            "            Pieces(PRODUCT_CHARGE, place, made_t, self.business),\n"
            "        )\n",
        ),
        (
            "        demand_t = self.data.demand_kt[t] * T_PER_KT",
            "        cost = cost + signals.levies[PRODUCT_CHARGE][self.province, self.sector]\n"
            "        demand_t = self.data.demand_kt[t] * T_PER_KT",
        ),
        ("import EFFICIENCY_PENALTY, ", "import EFFICIENCY_PENALTY, PRODUCT_CHARGE, "),
    ),
    WORDS[0]: (
        (
            "efficiency_standard.sectors:\n",
            "efficiency_standard.charge_cny_per_t:\n"
            "  title: {en: Charge by the tonne, zh: 按吨收费}\n"
            "  help_zh: 每生产一吨支付的金额。\n"
            "efficiency_standard.sectors:\n",
        ),
    ),
    WORDS[1]: (
        (
            "    Efficiency Penalties: {",
            "    Product Charges: {en: charges by the tonne, zh: 按吨收费}\n    Efficiency Penalties: {",
        ),
    ),
}
RUN = """
import json, tanlu
rule = {"kind": "efficiency_standard", "from_year": 2024, "energy_ceiling_share": 5.0, "penalty_cny_per_gj": 1}
block = {**rule, "sectors": ["cement"], "regions": ["North"], "charge_cny_per_t": 30}
years = {"region": "two_provinces", "years": "2022-2026", "world": {"hydrology": "observed"}}
scenario = tanlu.load({"name": "charged", **years, "policies": {"charge": block}})
run = tanlu.simulate(scenario, replications=1)
flows, table = run.flows, run.indicators
paid = flows[flows["item"] == "product_charge"]
whole = table[table["region"] == run.pack.axes.region]
def by_year(variable):
    rows = whole[whole["variable"] == variable]
    return dict(zip(rows["year"].tolist(), rows["value"].tolist()))
print(json.dumps({
    "parties": sorted({tuple(pair) for pair in paid[["payer", "payee"]].astype(str).to_numpy().tolist()}),
    "paid": dict(zip(paid["year"].tolist(), paid["value_cny"].tolist())),
    "budget": by_year("Public Budget|Product Charges"),
    "revenue": by_year("Public Budget|Climate Revenue"),
    "policy": by_year("Public Budget|By Policy|charge"),
    "error": max(by_year("Balance Error|Flows").values()),
    "money": max(by_year("Balance Error|Money").values()),
    "valid": run.valid,
}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Return what a run of the small pack says once the exercise is done in a copy of the package."""
    package = tmp_path_factory.mktemp("levy") / "tanlu"
    shutil.copytree(ROOT / "model" / "tanlu", package, ignore=shutil.ignore_patterns("*.pyc"))
    for name, changes in EXERCISE.items():
        text = (package / name).read_text(encoding="utf-8")
        for before, after in changes:
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, after)
        (package / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, cwd=package.parent
    )
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_a_new_levy_is_three_files_of_code() -> None:
    assert {name for name in EXERCISE if name.endswith(".py")} == {BASE, INSTRUMENT, AGENT}


def test_who_is_charged_pays_the_province_and_everything_else_follows(told: dict) -> None:
    """Table, budget, revenue and the name of the policy have it, and accounts close."""
    assert told["parties"] == [["industry_cement", "North"]]
    assert told["valid"] and told["error"] < 1e-12 and told["money"] < 1e-9
    assert set(told["paid"]) == {"2024", "2025", "2026"} and min(told["paid"].values()) > 1e6
    for year, paid in told["paid"].items():
        assert told["budget"][year] * 1e9 == pytest.approx(paid, rel=1e-9)
        assert told["revenue"][year] * 1e9 == pytest.approx(paid, rel=1e-9)
        assert told["policy"][year] * 1e9 == pytest.approx(-paid, rel=1e-9)

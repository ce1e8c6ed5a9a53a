"""The ranking of the assumptions that results rest on most, written from the store of the study that screens them."""

import json
import sys
from pathlib import Path

from tanlu.core import places
from tanlu.experiments.analysis.main import analyse
from tanlu.experiments.analysis.tables import Analysis
from tanlu.experiments.plans import load_experiment
from tanlu.output.influence import DIFFERENCE, LEVEL, NAME
from tanlu.output.provenance import code_state

STUDY = "tanlu:studies/assumptions_screened"
ARMS = {LEVEL: "none", DIFFERENCE: "package"}
MOST = 10


def ranking_of(found: Analysis, paths: dict[str, str]) -> dict[str, object]:
    """Return the assumptions of the model beyond noise with the largest effects on an outcome."""
    kept = found.table[~found.table["noise"] & found.table["factor"].str.startswith("assumed.")].head(MOST)
    columns = zip(kept["factor"], kept["effect"], kept["half_width"], strict=True)
    most = [{"path": paths[x], "effect": round(size, 3), "half_width": round(w, 3)} for x, size, w in columns]
    return {
        "unit": found.unit,
        "arm": found.arm,
        "trajectories": int(found.table["pairs"].iloc[0]),
        "most": most,
    }


def main(out: str) -> None:
    """Write the ranking from the stores in a folder."""
    plan = load_experiment(STUDY)
    stored = plan.store(Path(out)).read(plan.batch.ids)
    paths = {one.name: one.path for one in plan.inputs}
    found = {(one.outcome, one.arm): one for one in analyse(plan, stored, ["morris"])}
    told = {
        "study": STUDY,
        "region": next(iter(plan.arms.values())).region,
        "commit": code_state()["commit"],
        "store_sha256": stored.digest,
        "runs": len(stored.points),
        "outcomes": {name: ranking_of(found[name, arm], paths) for name, arm in ARMS.items()},
    }
    file = places.SCENARIOS / places.STUDIES / NAME
    file.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(f"{file}: {len(stored.points)} runs, store {stored.digest[:12]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "experiments")

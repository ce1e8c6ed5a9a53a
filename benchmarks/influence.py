"""The ranking of the assumptions that results rest on most, written from the store of the study that screens them."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from tanlu.core import places
from tanlu.experiments.analysis.main import analyse
from tanlu.experiments.analysis.tables import Analysis
from tanlu.experiments.plans import load_experiment
from tanlu.output.influence import DIFFERENCE, LEVEL, NAME
from tanlu.output.provenance import code_state
from tanlu.region.factors.groups import GroupLabel, read_groups

STUDY = "tanlu:studies/assumption_groups"
ARMS = {LEVEL: "none", DIFFERENCE: "package"}
MOST = 10


def rank_groups(analysis: Analysis, labels: Mapping[str, GroupLabel]) -> dict[str, object]:
    """Select the groups of assumptions beyond noise with the largest effects on an outcome."""
    table = analysis.table
    largest = table[~table["noise"]].sort_values("effect", ascending=False, kind="stable").head(MOST)
    columns = zip(largest["factor"], largest["effect"], largest["half_width"], strict=True)
    most = [
        {"name": name, "labels": dict(labels[name]), "effect": round(size, 3), "half_width": round(width, 3)}
        for name, size, width in columns
    ]
    return {
        "unit": analysis.unit,
        "arm": analysis.arm,
        "pairs": int(table["pairs"].iloc[0]),
        "most": most,
    }


def main(out: str) -> None:
    """Write the ranking from the stores in a folder."""
    plan = load_experiment(STUDY)
    stored = plan.store(Path(out)).read(plan.batch.ids)
    region = next(iter(plan.arms.values())).region
    labels = {name: group.label for name, group in read_groups(region).groups.items()}
    analyses = {(x.outcome, x.arm): x for x in analyse(plan, stored, ["one_at_a_time"])}
    ranking = {
        "study": STUDY,
        "region": region,
        "commit": code_state()["commit"],
        "store_sha256": stored.digest,
        "runs": len(stored.points),
        "outcomes": {name: rank_groups(analyses[name, arm], labels) for name, arm in ARMS.items()},
    }
    file = places.SCENARIOS / places.STUDIES / NAME
    file.write_text(json.dumps(ranking, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{file}: {len(stored.points)} runs, store {stored.digest[:12]}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "experiments")

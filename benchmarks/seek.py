"""`python -m benchmarks.seek`: what a search gains over a sample of as many runs, and whether its front holds.

For each seed the study is searched, as many points as the search screened are screened by a Sobol sequence alone, and
the volumes that both reach are compared from one worst point. Then the points of the front run in a third set of draws.
One seed takes about 400 runs of 0.6 CPU seconds; stores are kept, so that a second try runs what is missing.
"""

import argparse
from pathlib import Path

import numpy as np

from tanlu.core.places import shipped_studies
from tanlu.experiments.executors import pool_of
from tanlu.experiments.plans import load_experiment
from tanlu.experiments.search.checks import problem_of
from tanlu.experiments.search.course import SearchCourse
from tanlu.experiments.search.fronts import reached_volume
from tanlu.experiments.search.main import SearchWatch, SeekAnswer, run_search
from tanlu.experiments.search.runs import SearchRuns
from tanlu.experiments.search.surrogates import Trials, sobol_points

STUDY = "studies/chongqing_2030"
SHARE_THAT_HOLDS, GAIN = 0.8, 1.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=250)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("results/seek"))
    wishes = parser.parse_args()
    text = shipped_studies()[STUDY].read_text(encoding="utf-8")
    wishes.out.mkdir(parents=True, exist_ok=True)
    gains = []
    for seed in range(1, wishes.seeds + 1):
        file = wishes.out / f"seed_{seed}.yaml"
        file.write_text(text.replace("runs: 250}", f"runs: {wishes.runs}, seed: {seed}}}"), encoding="utf-8")
        gains.append(try_seed(file, wishes.jobs, wishes.out))
    print(f"mean gain {np.mean(gains):.2f}, least {min(gains):.2f} (wanted: {GAIN} and 1)")


def try_seed(file: Path, jobs: int, out: Path) -> float:
    """Search and sample with one seed, and print what came of both."""
    plan = load_experiment(file)
    with pool_of(jobs) as pool:
        answer = run_search(plan, plan.store(out), pool, SearchWatch(lambda step: print(*step[:-1])))
        print(answer.front().to_string())
        beyond = SearchRuns(plan, answer.store, pool, lambda batch, receipt: None)
        gain = compare_volumes(answer, sample_of(answer, beyond))
        hold_front(answer, beyond)
    print(f"{file.name}: digest {answer.digest[:12]}, {answer.runs_done} runs, gain {gain:.2f}")
    return gain


def sample_of(answer: SeekAnswer, beyond: SearchRuns) -> Trials:
    """Screen a Sobol sequence of as many points as the search screened."""
    problem = problem_of(answer.plan.experiment)
    course = SearchCourse(problem, beyond.base(range(problem.draws)), beyond, lambda step: None)
    places = sobol_points(problem.levers, len(answer.findings.places), problem.seed)
    course.screen(
        places[: problem.design_points], "sample"
    )  # the first design of the search, calibrated alike
    course.calibrate()
    course.screen(places[problem.design_points :], "sample")
    return course.trials()


def compare_volumes(answer: SeekAnswer, sample: Trials) -> float:
    """Divide the volume that feasible points of the search reach by that of a sample."""
    searched = answer.findings.trials
    worst = np.minimum(searched.goals.min(axis=0), sample.goals.min(axis=0))
    volumes = [reached_volume(trials.goals[trials.is_feasible], worst) for trials in (searched, sample)]
    print(
        f"feasible {int(searched.is_feasible.sum())} and {int(sample.is_feasible.sum())}, volumes {volumes}"
    )
    return volumes[0] / volumes[1] if volumes[1] else np.inf


def hold_front(answer: SeekAnswer, beyond: SearchRuns) -> None:
    """Run the front in a third set of draws, and print how many of its points keep every bound there."""
    problem = answer.problem
    points = answer.findings.finalists[answer.verdict.is_on_front]
    if not points.size:
        print("no front")
        return
    values = beyond(answer.findings.places[points], range(2 * problem.draws, 3 * problem.draws))
    holds = (problem.margins_of(values) >= 0.0).all(axis=1)
    print(
        f"{holds.sum()} of {holds.size} points hold in a third set of draws (wanted: {SHARE_THAT_HOLDS:.0%})"
    )


if __name__ == "__main__":
    main()

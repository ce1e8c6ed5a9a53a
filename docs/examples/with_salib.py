"""Which moves emissions more, the gas price or the carbon price? Morris effects with SALib."""

from pathlib import Path

import numpy as np
from SALib.analyze import morris as effects
from SALib.sample import morris

import tanlu

experiment = tanlu.load_experiment(Path(__file__).with_name("study.yaml"))
problem, function = experiment.problem(), experiment.function()
samples = morris.sample(problem, 5, seed=1)  # 5 trajectories of 2 + 1 runs
rows = experiment.values(samples)
found = [function(**row) for row in rows]
emitted = np.array([one["emitted_mtco2"] for one in found])
answer = effects.analyze(problem, samples, emitted, seed=1)
for name, size in zip(problem["names"], answer["mu_star"], strict=True):
    print(f"{name}: {size:.2f} Mt over its whole range")

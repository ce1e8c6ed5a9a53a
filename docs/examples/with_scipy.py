"""How far do emissions spread, and what price halves the way between 0 and 600 CNY? Sampling and search with SciPy."""

from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import qmc

import tanlu

experiment = tanlu.load_experiment(Path(__file__).with_name("study.yaml"))
function = experiment.function()
rows = experiment.values(qmc.Sobol(2, rng=1).random(8))
found = [function(**row) for row in rows]
emitted = np.array([one["emitted_mtco2"] for one in found])
print(f"emissions: {emitted.mean():.1f} Mt, standard deviation {emitted.std(ddof=1):.1f} Mt")
low, high = (function(price=price)["emitted_mtco2"] for price in (0.0, 600.0))
gap = minimize_scalar(
    lambda price: abs(function(price=price)["emitted_mtco2"] - (low + high) / 2),
    bounds=(0.0, 600.0),
    options={"maxiter": 12},
)
print(f"half of what 600 CNY avoids is avoided at {gap.x:.0f} CNY, to within {gap.fun:.2f} Mt")

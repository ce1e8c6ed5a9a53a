"""Where are emissions low? Runs with ema_workbench, and its PRIM on what they gave."""

from pathlib import Path

import ema_workbench as ema
import numpy as np
from ema_workbench.analysis.prim import Prim

import tanlu

experiment = tanlu.load_experiment(Path(__file__).with_name("study.yaml"))
model = ema.Model("tanlu", function=experiment.function())
model.uncertainties = [ema.RealParameter("gas", 0.6, 1.6)]
model.levers = [ema.RealParameter("price", 0.0, 600.0)]
model.outcomes = [ema.ScalarOutcome("emitted_mtco2")]
tried, outcomes = ema.perform_experiments(model, scenarios=4, policies=4)
rows = tried[["gas", "price"]].to_dict("records")
found = [{"emitted_mtco2": value} for value in outcomes["emitted_mtco2"]]
low = outcomes["emitted_mtco2"] < np.median(outcomes["emitted_mtco2"])
box = Prim(tried[["gas", "price"]], low, peel_alpha=0.1).find_box()
print(box.box_lims[-1].to_string())

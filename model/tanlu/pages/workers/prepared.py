"""Draws that were made ahead, as the pages read them: a worker's to the last bit, but for payments and tables."""

from tanlu.experiments.prepared import PreparedAnswers
from tanlu.output.measures import Measured, Measures
from tanlu.output.result import collect_findings
from tanlu.pages.workers.orders import Draw
from tanlu.scenario.findings import scenario_findings
from tanlu.scenario.schema import Scenario


def prepared_draws(scenario: Scenario, answers: PreparedAnswers) -> dict[int, Draw]:
    """Return the draws of a scenario that are there, by number."""
    runs = answers.read(scenario)
    faults = scenario_findings(scenario) if runs else ()
    draws = {}
    for number, run in runs.items():
        measures = Measures(run.variables, run.units, run.regions, run.years, run.values[None])
        findings = collect_findings(faults, Measured(scenario, measures))
        payments = None  # they are of the table of flows, which the store has not
        draws[number] = Draw(*run, payments, findings)
    return draws

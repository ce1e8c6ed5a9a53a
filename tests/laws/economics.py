"""Measure the laws of the real region: both ends of a lever in the same draws, and the interval of what differs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student_t

from tanlu.policies.statutes import apply_policies
from tanlu.region.pack import load_region
from tests.laws import harness
from tests.laws.form import Law
from tests.laws.harness import LEVER, Case
from tests.policy_blocks import bits

MOST_PAIRS = 24  # of a row that is undecided before
CONFIDENCE = 0.95
LOW, HIGH = 0, 1


class Effect(NamedTuple):
    """What a lever does to an indicator, the mean of a year of paired draws."""

    pairs: int
    before: float  # at the lower end
    change: float  # from the lower end to the upper
    half_width: float  # of the interval of the change

    @property
    def sign(self) -> str:
        """`+` or `-`, empty where the interval holds zero."""
        if abs(self.change) <= self.half_width:
            return ""
        return "+" if self.change > 0.0 else "-"


class Reader(NamedTuple):
    """What of a run is read for one end of a law."""

    law: int
    end: int


type Report = Callable[[str], None]


def effects(laws: Sequence[Law], pairs: int | None, report: Report) -> list[Effect]:
    """Measure every law in its pairs and what is undecided then in the most, or all in as many as `pairs` says."""
    draws: list[list[list[float]]] = [[[], []] for _ in laws]
    numbers = [pairs or law.pairs for law in laws]
    for number in sorted(set(numbers)):
        _draw(laws, [i for i, of_law in enumerate(numbers) if of_law == number], range(number), draws, report)
    if pairs is None:
        _draw_undecided(laws, numbers, draws, report)
    return [effect(*ends) for ends in draws]


def _draw_undecided(
    laws: Sequence[Law], numbers: Sequence[int], draws: list[list[list[float]]], report: Report
) -> None:
    """Add draws to the laws whose intervals hold zero."""
    for i, number in enumerate(numbers):
        if number < MOST_PAIRS and not effect(*draws[i]).sign:
            report(f"undecided in {number} pairs: {laws[i].lever}")
            _draw(laws, [i], range(number, MOST_PAIRS), draws, report)


def effect(low: Sequence[float], high: Sequence[float]) -> Effect:
    """Compute the mean difference of pairs and its Student interval."""
    difference = np.asarray(high) - np.asarray(low)
    n = difference.size
    error = float(difference.std(ddof=1)) / np.sqrt(n)
    half_width = float(student_t.ppf(0.5 + 0.5 * CONFIDENCE, n - 1)) * error
    return Effect(n, float(np.mean(low)), float(difference.mean()), half_width)


def _draw(
    laws: Sequence[Law],
    numbers: Iterable[int],
    replications: range,
    draws: list[list[list[float]]],
    report: Report,
) -> None:
    """Run each scenario of some laws once a draw, whatever number of laws share it, and add what they read."""
    readers: dict[Case, list[Reader]] = {}
    for i in numbers:
        for end, value in ((LOW, laws[i].low), (HIGH, laws[i].high)):
            readers.setdefault(reference(harness.case(laws[i], value)), []).append(Reader(i, end))
    for number, (case, ends) in enumerate(readers.items(), start=1):
        for n in replications:
            for (i, end), value in zip(
                ends, _read(case, n, [laws[reader.law] for reader in ends]), strict=True
            ):
                draws[i][end].append(value)
        levers = list(dict.fromkeys(laws[reader.law].lever for reader in ends))
        name = levers[0] if len(levers) == 1 else f"shared by {len(levers)} levers"
        report(f"scenario {number} of {len(readers)}, draws {replications[0]} to {replications[-1]}: {name}")


def reference(case: Case) -> Case:
    """Leave out a lever that says nothing where it stands, so that all laws share the run without it."""
    policies = case.scenario["policies"]
    assert isinstance(policies, Mapping)
    others = {name: block for name, block in policies.items() if name != LEVER}
    without = Case.create({**case.scenario, "policies": others}, case.schedule, case.start)
    return without if _schedule_bits(without) == _schedule_bits(case) else case


def _schedule_bits(case: Case) -> dict[str, tuple[tuple[int, ...], bytes]]:
    """Gather what the policies of a scenario say in every year, bit for bit."""
    scenario = harness.scenario_of(case)
    region = load_region(scenario.region)
    return bits(apply_policies(scenario.policies, region.axes, region.base_year, scenario.years.end))


def _read(case: Case, replication: int, laws: Sequence[Law]) -> list[float]:
    """Run one draw and read the mean of a year for each law; the run itself is not kept."""
    run = harness.finished.__wrapped__(case, replication)
    years = int((run.run.years >= case.start).sum())
    return [
        sum(harness.total(run, name, case.start, law.region) for name in indicators_of(law)) / years
        for law in laws
    ]


def indicators_of(law: Law) -> tuple[str, ...]:
    """List the indicators of a law, which add up."""
    return (law.indicator,) if isinstance(law.indicator, str) else law.indicator

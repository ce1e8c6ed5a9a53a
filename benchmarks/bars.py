"""Every bar of speed and memory with its reference, measured next to it on this machine.

Run with `python -m benchmarks` from the project's root: about five minutes on two idle cores. Ratios and
counts hold on a busy machine; seconds do not, and say so.
"""

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.clearings import asked_in_a_run, times_faster, worst_certificate
from benchmarks.cold import compilations, first_result, first_run, kept_mib
from benchmarks.command_line import REFERENCE, command_line
from benchmarks.larger_pack import TIMES, larger
from benchmarks.processes import BASELINE, ROOT, measure_in_turn
from benchmarks.run_counts import (
    CEILING,
    SHIPPED,
    WHOLE_RUN,
    WHOLE_RUNS,
    count_whole_run,
    read_counts,
    whole_run,
)
from benchmarks.schelling import run_alone, run_in_batch
from benchmarks.timing import ROUNDS, cpu_in_turn, cpu_seconds
from benchmarks.tree import Tree, step_counts, total
from tanlu.power.market import clear_year
from tanlu.simulation.model import Inputs, RegionModel

RUNS_IN_A_BATCH = 5
COMMAND_ROUNDS = 3  # of processes, whose starts take longer


class Bar(NamedTuple):
    """A bar, what it is measured against, and how it stands."""

    number: str
    what: str
    reference: str
    measured: str
    bar: str
    met: bool | None  # None where nothing was measured


def most(number: str, what: str, reference: str, value: float, bar: float, form: str = "{:.2f} x") -> Bar:
    """Return a bar that a value must not exceed."""
    return Bar(number, what, reference, form.format(value), f"<= {form.format(bar)}", value <= bar)


def runs(rounds: int) -> Iterator[Bar]:
    """Yield the bars on one warm run: against Schelling's model, its own clearings, itself four times as large."""
    tree = Tree(ROOT, BASELINE)
    inputs = Inputs(tree.scenario, tree.region)
    asked, large = asked_in_a_run(inputs), Inputs(tree.scenario, larger(tree.region))
    RegionModel(large).run()
    works = {
        "run": lambda: RegionModel(inputs).run(),
        "alone": run_alone,
        "batch": lambda: run_in_batch(RUNS_IN_A_BATCH),
        "clearings": lambda: [clear_year(year) for year in asked],
    }
    taken = cpu_in_turn(works, rounds)
    schelling = f"Schelling in Mesa, {1e3 * taken['alone']:.0f} ms"
    yield most("1", "a warm run, CPU", schelling, taken["run"] / taken["alone"], 3.7)
    batch = taken["batch"] / RUNS_IN_A_BATCH
    reference = f"the same under mesa.batch_run, {1e3 * batch:.0f} ms"
    yield Bar("", "a warm run, CPU", reference, f"{taken['run'] / batch:.2f} x", "", None)
    reference = f"its own {len(asked)} clearings, {1e3 * taken['clearings']:.0f} ms"
    yield most("1b", "a warm run, CPU", reference, taken["run"] / taken["clearings"], 4.0)
    counted = total(step_counts(tree))
    for what, value, bar in (
        ("bytecodes", counted.bytecodes, 600_000),
        ("NumPy calls", counted.numpy_calls, 8_000),
        ("kernel calls", counted.kernel_calls, 1_300),
    ):
        yield most("2", f"{what} of a run", "counted", value, bar, "{:,}")
    both = cpu_in_turn({"run": works["run"], "large": lambda: RegionModel(large).run()}, max(3, rounds // 3))
    what = f"units, facilities, companies x {TIMES}, CPU"
    yield most("8", what, "a warm run", both["large"] / both["run"], 2.0)


def scenarios(rounds: int) -> Iterator[Bar]:
    """Yield for each shipped scenario what a warm run takes, and the counter that rose most since the table."""
    written = read_counts(WHOLE_RUNS)
    for name in SHIPPED:
        tree = whole_run(name)
        counted, before = count_whole_run(tree), written[name, WHOLE_RUN]
        cpu = min(cpu_seconds(tree.run) for _ in range(max(3, rounds // 3)))
        clearings, kernel_calls, *_, bytecodes = (f"{count:,}" for count in counted)
        reference = f"{clearings} clearings, {kernel_calls} kernel calls, {bytecodes} bytecodes"
        ratio = max(now / then for now, then in zip(counted, before, strict=True))
        yield most("2b", f"{name} to 2060, CPU {cpu:.2f} s", reference, ratio, CEILING, "{:.3f} x")


def markets(rounds: int) -> Iterator[Bar]:
    """Yield the bars on the electricity market: speed next to the linear programme, and distance from least cost."""
    times, highs_ms = times_faster(rounds)
    reference = f"HiGHS on the same years, {highs_ms:.0f} ms"
    yield Bar("3", "one clearing, CPU", reference, f"1/{times:.0f}", "<= 1/150", times >= 150.0)
    share, name = worst_certificate()
    reference = f"certificates of all shipped scenarios (worst: {name})"
    yield most("4", "gap to least cost, at most", reference, 100.0 * share, 0.02, "{:.4f} %")


def starts() -> Iterator[Bar]:
    """Yield the bars on the command line: warm, cold, and the memory it takes."""
    taken = command_line(COMMAND_ROUNDS)
    imports = taken[REFERENCE].cpu_seconds
    reference = f"python -c '{REFERENCE}', {imports:.2f} s"
    for number, name, bar in (
        ("7", "tanlu run", 3.0),
        ("7b", "tanlu --help", 0.3),
        ("7b", "tanlu validate", 0.5),
    ):
        yield most(number, f"{name}, warm, CPU", reference, taken[name].cpu_seconds / imports, bar)
    peak = taken[REFERENCE].peak_mib
    memory = taken["tanlu run"].peak_mib / peak
    yield most("10", "tanlu run, peak memory", f"that import, {peak:.0f} MiB", memory, 1.6)
    seconds = first_run().wall_seconds
    yield most("7c", "first run ever, from a checkout", "seconds of this machine", seconds, 20.0, "{:.0f} s")
    yield most("7d", "compilations, cold", "counted", compilations(), 150, "{:,}")
    yield most("10b", "memory kept by each run held", "measured", kept_mib(), 0.5, "{:.1f} MiB")
    worker = measure_in_turn({"worker": first_result()}, COMMAND_ROUNDS)["worker"]
    what = "first result of a new worker"
    yield most("10b", what, "seconds of this machine", worker.wall_seconds, 1.0, "{:.1f} s")


def elsewhere() -> Iterator[Bar]:
    """Yield the bars that this command does not measure."""
    for number, what, why in (
        ("5", "CPU of a run in a batch over a single run's", "needs a batch: benchmarks.batches points"),
        ("6", "efficiency of two cores; equal bits for any chunks", "needs a batch: benchmarks.batches"),
        ("7c", "first run ever, from a wheel with its cache", "needs a wheel: .ci/wheel"),
        ("9", "slider to first chart", "needs a browser: pytest -m timed"),
        ("10c", "memory of the server after 1,000 answers", "needs a browser"),
    ):
        yield Bar(number, what, why, "", "", None)


def line(bar: Bar) -> str:
    """Return a bar as a line of the table."""
    met = {True: "met", False: "missed", None: ""}[bar.met]
    return f"{bar.number:4}{bar.what:48}{bar.reference:58}{bar.measured:>12}{bar.bar:>14}  {met}"


def main(rounds: int = ROUNDS) -> None:
    head = f"{'#':4}{'what':48}{'reference':58}{'measured':>12}{'bar':>14}"
    print(head, flush=True)
    for part in (runs(rounds), scenarios(rounds), markets(rounds), starts(), elsewhere()):
        for bar in part:
            print(line(bar), flush=True)


if __name__ == "__main__":
    main()

"""`python -m benchmarks`: every bar with its reference; `counters`: where a run goes; `scenarios`: random ones."""

import argparse

from benchmarks import against, bars, counters, random_scenarios, run_counts, sizes
from benchmarks.timing import ROUNDS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("bars", "counters", "scenarios", "sizes"), default="bars")
    parser.add_argument("--against", metavar="COMMIT", help="counters: compare with an earlier commit")
    parser.add_argument(
        "--write",
        nargs="?",
        const="steps",
        choices=run_counts.TABLES,
        help="counters: write the table that the tests hold a run against, and print what changed",
    )
    parser.add_argument("--scenario", default="baseline", help="of the comparison with an earlier commit")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each work has its turn")
    parser.add_argument("--count", type=int, default=random_scenarios.COUNT, help="scenarios: how many")
    parser.add_argument("--region", default="two_provinces", help="scenarios: the pack")
    parser.add_argument("--last", type=int, default=2032, help="scenarios: last year of the runs")
    parser.add_argument("--seed", type=int, default=random_scenarios.SEED, help="scenarios: of what is drawn")
    given = parser.parse_args()
    if given.what == "scenarios":
        random_scenarios.main(given.count, given.region, given.last, given.seed)
    elif given.what == "bars":
        bars.main(given.rounds)
    elif given.what == "sizes":
        sizes.main()
    elif given.write:
        run_counts.write(given.write)
    elif given.against:
        against.main(given.against, given.scenario, given.rounds)
    else:
        counters.main(given.rounds)


if __name__ == "__main__":
    main()

"""What bands and intervals hold: bands of a further draw, and 95 % intervals of eight pairs of the mean of all.

python -m benchmarks.intervals [DRAWS] [LAST] [SCENARIO ...]
"""

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.intervals import band, held_percent, median_interval
from tanlu.indicators.catalogue import is_rare
from tanlu.output.differences import half_widths
from tanlu.output.extension import gather
from tanlu.output.headline import headline, headline_draws
from tanlu.output.measures import Measured, Measures
from tanlu.output.replications import replicate
from tanlu.region.pack import Region, load_region
from tanlu.scenario.loading import load, with_settings

SAMPLES, DRAWN = 200, 8
WANTED_PERCENT = 90.0  # of intervals that hold the mean, else a figure must be marked as rare
BAND_POINTS = 3.0  # how far a band may be off what it says
BAND_FIGURES = (
    *("emissions_cumulative", "electricity_price_2030", "carbon_price_2030"),
    *("climate_revenue_cumulative", "tariff_industry_highest", "wind_power_central"),
)
SUMS = ("Finance|Lender Losses", "Finance|Defaults", "Public Budget|Rescue", "Expected Shortage|Energy")
BASELINE, POLICY = "tanlu:baseline", "tanlu:ccus_push"


def measure_draws(name: str, draws: int, last: int) -> tuple[Measured, Region]:
    """Run a scenario so many times, to a year, and keep its indicators alone."""
    scenario = load(name, ())
    scenario = with_settings(scenario, years=(int(scenario.years.array()[0]), last))
    region, extended = load_region(scenario.region, scenario.pack), gather(())
    parts = [replicate(scenario, region, draw, None, extended)[1] for draw in range(draws)]
    values, first = np.stack([part.values for part in parts]), parts[0]
    regions = (*region.axes.provinces, region.axes.region)
    return Measured(scenario, Measures(first.variables, first.units, regions, first.years, values)), region


def figures_of(measured: Measured, region: Region) -> tuple[pd.DataFrame, pd.Series]:
    """Build the headline and some sums of every draw, and which of them are marked as rare."""
    draws = headline_draws(measured, region.targets)
    marks = headline(measured, region.targets).set_index(["key", "region"])["rare"].reindex(draws.index)
    counted = measured.years > region.last_observed_year
    sums = {(name, measured.region): measured.draws(name)[:, counted].sum(axis=1) for name in SUMS}
    more = pd.DataFrame(sums).T.set_axis(draws.columns, axis=1)
    more.index = more.index.set_names(draws.index.names)
    draws = pd.concat([draws, more])
    marks = pd.concat([marks, pd.Series({key: is_rare(key[0]) for key in sums})])
    return draws, marks


def samples(values: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Yield draws of a sample, and those that are not in it."""
    rng = np.random.default_rng(1)
    for _ in range(SAMPLES):
        order = rng.permutation(values.size)
        yield values[order[:DRAWN]], values[order[DRAWN:]]


def band_percent(values: Floats) -> float:
    """Compute how many of the further draws lie in the band of a sample, percent."""
    held = []
    for sample, further in samples(values):
        low, high = band(sample)
        held.append(((low <= further) & (further <= high)).mean())
    return 100.0 * float(np.mean(held))


def interval_percents(changes: Floats) -> tuple[float, float]:
    """Compute how many intervals of samples hold the mean, and how many by ranks the median, percent."""
    means, medians, middle = 0, 0, np.median(changes)
    for sample, _ in samples(changes):
        means += abs(sample.mean() - changes.mean()) <= half_widths(sample) + 1e-12
        low, high = median_interval(sample)
        medians += low <= middle <= high
    return 100.0 * means / SAMPLES, 100.0 * medians / SAMPLES


def main(draws: int, last: int, scenarios: list[str]) -> None:
    """Print what bands of the baseline and intervals of effects hold."""
    base, _ = figures_of(*measure_draws(BASELINE, draws, last))
    said = held_percent(DRAWN)
    for key, values in zip(base.index, base.to_numpy(float), strict=True):
        if key[0] in BAND_FIGURES:
            held = band_percent(values)
            verdict = "met" if abs(held - said) <= BAND_POINTS else "MISSED"
            print(f"{key[0]:32} band of {DRAWN}: {held:.1f} % of further draws ({said:.0f} said): {verdict}")
    for name in scenarios:
        figures, marks = figures_of(*measure_draws(name, draws, last))
        for key in figures.index.intersection(base.index):
            changes = figures.loc[key].to_numpy(float) - base.loc[key].to_numpy(float)
            if not np.isfinite(changes).all() or not changes.std() or key[0] == "peak_year":
                continue
            mean, median = interval_percents(changes)
            verdict = "rare" if marks[key] else "met" if mean >= WANTED_PERCENT else "MISSED"
            label = f"{name} {' '.join(key)}"
            print(f"{label:80} mean {mean:.0f} %, median {median:.0f} %: {verdict}")


if __name__ == "__main__":
    number, year, *names = [*sys.argv[1:3], *("400", "2035")[len(sys.argv[1:3]) :], *sys.argv[3:]]
    main(int(number), int(year), names or [POLICY])

"""Where statistics end: by how much coal power moves in the first free years, and what moves it, in TWh."""

from collections.abc import Iterator, Mapping

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.axes import FUEL, LARGE_HYDRO_FUELS, RENEWABLE_FUELS, THERMAL_FUELS
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.units import MWH_PER_TWH
from tanlu.evaluation.region_check import Section
from tanlu.evaluation.seasons import ModelWithPower
from tanlu.evaluation.tables import baseline, deviation
from tanlu.indicators.free_years import (
    CAUSES,
    CO2_BAR_PERCENT,
    COAL_BAR_PERCENT,
    YearStep,
    cause_name,
    hydropower_causes,
    step_in_words,
)
from tanlu.markets.water import expected_water
from tanlu.region.pack import Region
from tanlu.region.past import KINDS as PROJECT_KINDS
from tanlu.scenario.loading import with_settings
from tanlu.simulation.model import Inputs

HYDRO, RENEWABLE = ([FUEL[f] for f in fuels] for fuels in (LARGE_HYDRO_FUELS, RENEWABLE_FUELS))
OTHER_THERMAL = [FUEL[f] for f in THERMAL_FUELS if f not in ("coal", "gas")]
NOTES = (
    "Each cause with the sign of its effect on coal power: more load raises it, more water lowers it. Causes add up "
    "to the change. Water: other hours of the same plants; new hydropower: other capacity at the same hours "
    "(means of both years). The first free year has its known water, the next one normal water.",
    f"* beyond the bar of {COAL_BAR_PERCENT:g} % (coal power) or {CO2_BAR_PERCENT:g} % (CO2).",
)


def free_year_steps(region: Region) -> tuple[YearStep, ...]:
    """Compute the steps into the first two free years.

    The first is from the last observed year to the first free one. The baseline is run for them, with normal water in
    the second free year.
    """
    last = region.last_observed_year
    years = (region.base_year, last + 2)
    model = ModelWithPower(Inputs(with_settings(baseline(region), replications=1, years=years), region))
    model.water = {**model.water, years[1]: expected_water(region, model.inputs.scenario.world, years[1])}
    record, first = model.run().record, region.base_year
    tonnes = record.emissions.by_sector_tco2.sum(axis=(1, 2))
    steps = []
    for year in (last + 1, last + 2):
        y = year - first
        steps.append(
            YearStep(
                year=year,
                coal_twh=record.power.output_mwh[y - 1 : y + 1, :, FUEL["coal"]] / MWH_PER_TWH,
                causes_twh=_causes(
                    (model.cleared[year - 1], model.cleared[year]), record.power.output_mwh[y - 1 : y + 1]
                ),
                co2_change_percent=float(100.0 * (tonnes[y] / tonnes[y - 1] - 1.0)),
            )
        )
    return tuple(steps)


def _causes(power: tuple[PowerOutcome, PowerOutcome], output_mwh: Floats) -> Mapping[str, Floats]:
    """Compute the causes of a change of coal power, TWh [P].

    Args:
        power: both years as they cleared.
        output_mwh: generation of both years, [2, P, F].
    """

    def change(name: str) -> Floats:
        before, after = (np.asarray(getattr(outcome, name)) for outcome in power)
        return after - before

    def generation_change(fuels: list[int]) -> Floats:
        return np.asarray((output_mwh[1] - output_mwh[0])[:, fuels].sum(axis=1))

    mw = np.stack([cleared.offer.capacity_by_fuel_mw[:, HYDRO].sum(axis=1) for cleared in power])
    water, new = hydropower_causes(output_mwh[:, :, HYDRO].sum(axis=2), mw)
    mwh = {
        "load": change("load_mwh"),
        "net_exports": change("export_mwh"),
        "flow": change("flow_mwh"),
        "losses": change("line_loss_mwh") + change("storage_loss_mwh"),
        "water": water,
        "new_hydropower": new,
        "wind_and_sun": -generation_change(RENEWABLE),
        "gas": -generation_change([FUEL["gas"]]),
        "other_thermal": -generation_change(OTHER_THERMAL),
        "small_hydropower": -generation_change([FUEL["small_hydro"]]),
        "load_cut": -change("shed_mwh") - change("unserved_mwh"),
    }
    return {cause: mwh[cause] / MWH_PER_TWH for cause in CAUSES}


def free_years_section(region: Region, steps: tuple[YearStep, ...]) -> Section:
    """Build a table of the steps, one line a cause.

    What is beyond its bar is named below it.
    """
    provinces = (*region.axes.provinces, region.label["en"])
    headings = ("Step", "TWh", *provinces)
    rows = [row for step in steps for row in _rows(step)]
    sentences = tuple(step_in_words(step, "en") for step in steps if step.is_beyond)
    return Section(
        "Coal power where statistics end",
        headings,
        tuple(rows),
        labels=2,
        notes=(*NOTES, _projects_note(region), *sentences),
    )


def _projects_note(region: Region) -> str:
    """Describe the chance that listed projects are completed, and its fit."""
    table, hazard = region.tables["project_completions"], region.power.completion_hazard
    of_kind = (
        f"{hazard[FUEL[fuels[0]]]:.2f} ({kind} power, {table['fuel'].isin(fuels).sum()} projects)"
        for kind, fuels in PROJECT_KINDS.items()
    )
    first_listed, last_seen = table["listed_on"].min(), table["seen_on"].max()
    return (
        f"Listed projects are completed with a chance a year of {' and '.join(of_kind)}: completions over years at "
        f"risk, lists from {first_listed}, seen until {last_seen}."
    )


def _rows(step: YearStep) -> Iterator[tuple[str, ...]]:
    name = f"{step.year - 1} to {step.year}"

    def line(label: str, value: Floats) -> tuple[str, ...]:
        return (name, label, *(f"{x:+.1f}" for x in value), f"{value.sum():+.1f}")

    yield line("coal power, change", step.coal_twh[1] - step.coal_twh[0])
    for cause, twh in step.causes_twh.items():
        yield line(cause_name(cause, "en"), twh)
    for quantity, percent, bar in (
        ("coal power, %", step.coal_change_percent, COAL_BAR_PERCENT),
        ("CO2, %", step.co2_change_percent, CO2_BAR_PERCENT),
    ):
        yield (
            name,
            quantity,
            *("",) * step.coal_twh.shape[1],
            deviation(percent, 1) + ("*" if abs(percent) > bar else ""),
        )

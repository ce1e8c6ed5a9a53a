"""Reservoirs held against what is published: writes the tables of docs/validation.md between marks.

`uv run python -m tests.reservoirs` writes all; `past`, `replays` and `bands` name single ones, `--draws 2` shortens
the last two (eight draws: some ten minutes).
"""

import argparse
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats, Integers
from tanlu.core.axes import SECTOR
from tanlu.core.outcomes import PowerOutcome
from tanlu.core.signals import Signals
from tanlu.core.units import MWH_PER_GWH, MWH_PER_TWH
from tanlu.evaluation.frozen import frozen_region
from tanlu.evaluation.past_years import past_years
from tanlu.evaluation.seasons import ModelWithPower
from tanlu.evaluation.tables import baseline
from tanlu.markets.demand import COOLING, Demand, mix_load_shape
from tanlu.markets.electricity import clear_electricity
from tanlu.markets.water import expected_water, free_water
from tanlu.power.hours import IMPORT, SHED, merit_sources_mw
from tanlu.power.trades import TradeOffers
from tanlu.region.balance import NOT_SERVED, corridor_gwh
from tanlu.region.pack import Region
from tanlu.scenario.loading import load, with_settings
from tanlu.scenario.schema import Scenario
from tanlu.simulation.model import Inputs, RegionModel
from tests.model_runs import REGION, ROOT

VALIDATION = ROOT / "docs" / "validation.md"
SICHUAN, CHONGQING = 0, 1
JULY, AUGUST, SEPTEMBER, OCTOBER = 6, 7, 8, 9
TESTED = (2021, 2022, 2023, 2024)
TEN_YEARS = range(2015, 2025)
LEVELS = (
    (AUGUST, 20 / 31),
    (OCTOBER, 7 / 31),
)  # of 20 August and 7 October 2022, published: hydro_filling.csv
REPLAYED = range(2026, 2046)
HEAT = 1.25
HEATS = ("usual", "of 2022 with the drought", "of 2022 in both")
BANDS = {
    "defaults": {},
    "no least level": {"reservoir_floor_factor": 0.0},
    "twice the least level": {"reservoir_floor_factor": 2.0},
    "no storage kept for floods": {"flood_storage_factor": 0.0},
    "half as much again kept for floods": {"flood_storage_factor": 1.5},
    "drawn to 0.6 by the end of May": {"drawdown_level_share": 0.6},
    "drawn to 0.2 by the end of May": {"drawdown_level_share": 0.2},
    "half of the store reachable": {"reachable_store_share": 0.5},
}


# --- past years ------------------------------------------------------------------------------------------------------


def release(years: Sequence[int], region: Region = REGION, **world: float) -> dict[int, PowerOutcome]:
    """Clear past years, of which those from the first of `years` on have reservoirs that decide freely."""
    scenario = baseline(region)
    world = {**world, "drought": {year: year for year in years}, "hydrology": "observed"}
    scenario = scenario.model_copy(update={"world": scenario.world.model_copy(update=world)})
    first = max(min(years) - 1, region.first_observed_year)
    cleared = list(past_years(region, scenario, range(first, max(years) + 1)))
    return {past.year: past.power for past in cleared}


def hydropower_twh(power: PowerOutcome) -> Floats:
    """Sum hydropower of Sichuan by month."""
    days = power.hours.day_weight[:, :, None]
    nature = power.hours.natural_mw[:2, SICHUAN].sum(axis=0)  # rivers and small plants
    return np.asarray(((power.hours.reservoir_mw[SICHUAN] + nature) * days).sum(axis=(1, 2)) / MWH_PER_TWH)


def price(power: PowerOutcome, province: int) -> Floats:
    """Compute mean prices by month."""
    load = power.hours.load_mw[province] * power.hours.day_weight[:, :, None]
    paid = (power.prices.price_cny_per_mwh[province] * load).sum(axis=(1, 2))
    return np.asarray(paid / load.sum(axis=(1, 2)))


def cut_gwh(power: PowerOutcome) -> float:
    return float((power.shed_mwh + power.unserved_mwh).sum() / MWH_PER_GWH)


def inflow_twh(power: PowerOutcome) -> Floats:
    """Sum what Sichuan would give without a store."""
    rivers = power.hours.natural_mw[:2, SICHUAN].sum(axis=0) * power.hours.day_weight[:, :, None]
    return np.asarray((rivers.sum(axis=(1, 2)) + power.stores.inflow_mwh[SICHUAN]) / MWH_PER_TWH)


def level_share(power: PowerOutcome, month: int, part: float) -> float:
    """Compute the level within a month, of a full store, on a line between the months' ends."""
    level = power.stores.level_mwh[SICHUAN]
    full = power.stores.highest_mwh[SICHUAN].max()
    return float((level[month - 1] + part * (level[month] - level[month - 1])) / full)


def past_lines() -> Iterator[str]:
    observed = {past.year: past.power for past in past_years(REGION, baseline(REGION), TEN_YEARS)}
    hydro = {year: hydropower_twh(power) for year, power in observed.items()}
    free = {year: release([year])[year] for year in TESTED}
    error = np.stack([hydropower_twh(free[y]) / hydro[y] - 1.0 for y in TESTED])
    usual = np.mean([hydro[y] for y in TESTED], axis=0)
    naive = np.stack([usual / hydro[y] - 1.0 for y in TESTED])
    even = np.stack([inflow_twh(free[y]) / hydro[y] - 1.0 for y in TESTED])
    yield "| hydropower of Sichuan by month, % off, 2021–2024 | mean | worst |\n| --- | ---: | ---: |\n"
    for name, off in {
        "reservoirs decide freely": error,
        "the mean month of the four years": naive,
        "release = inflow": even,
    }.items():
        yield f"| {name} | {100 * np.abs(off).mean():.1f} | {100 * np.abs(off).max():.1f} |\n"
    chained = release(TEN_YEARS)
    ten = [sum(hydropower_twh(of[year]).sum() for year in TEN_YEARS) for of in (chained, observed)]
    yield (
        f"\nFrom 2015 to 2024 in a row they give {ten[0]:,.0f} TWh; given were {ten[1]:,.0f} "
        f"({100 * (ten[0] / ten[1] - 1):+.1f} %).\n\n"
    )
    yield from _year_2022_lines(observed[2022])
    yield _news_line()


def _news_line() -> str:
    """Tell what a cap on coal lets earlier months know of September."""
    world = {"hydrology": "normal", "drought": {2030: 2022}}
    policies = {"cap": {"kind": "coal_phase_out", "from_year": 2026, "utilisation_cap_share": 0.25}}
    scenario = load({"name": "news", "extends": "tanlu:baseline", "world": world, "policies": policies})
    scenario = with_settings(scenario, replications=1, years=(2026, 2030))
    cleared = []
    for factor in (1.0, 0.7):
        hydrology = REGION.power.hydrology
        past = hydrology.observed[2022]
        available = past.available_factor.copy()
        available[:, SEPTEMBER] *= factor
        observed = {**hydrology.observed, 2022: past._replace(available_factor=available)}
        region = dataclasses.replace(REGION)
        vars(region)["power"] = REGION.power._replace(hydrology=hydrology._replace(observed=observed))
        model = ModelWithPower(Inputs(scenario, region))
        model.run()
        cleared.append(model.cleared[2030])
    moved = [
        price(cleared[1], p)[:SEPTEMBER] - price(cleared[0], p)[:SEPTEMBER] for p in (SICHUAN, CHONGQING)
    ]
    released = [power.stores.release_mwh[:, :SEPTEMBER] for power in cleared]
    return (
        "\nWhere coal is held to a quarter of the year's hours (2030, the water of 2022), a September with 30 % less "
        f"water moves prices of months before by {np.min(moved):+.0f} to {np.max(moved):+.0f} CNY/MWh, as the cap has "
        "one price for the whole year; what reservoirs release in them moves by "
        f"{np.abs(released[1] - released[0]).max():.0f} MWh.\n"
    )


def _year_2022_lines(observed: PowerOutcome) -> Iterator[str]:
    yield (
        "| 2022 replayed in 2022 | hydropower Jul / Aug / Sep, TWh | price Jul / Aug / Sep | Chongqing, Aug | cut, GWh "
        "| level 20 Aug, 7 Oct |\n| --- | ---: | ---: | ---: | ---: | ---: |\n"
    )
    yield _line_2022("as it was (price and cut of the model)", observed, "0.14, 0.89")
    spell = without(REGION, "hydro_dry_spells", 2022)
    trials: dict[str, Callable[[], dict[int, PowerOutcome]]] = {
        "free": partial(release, [2022]),
        "last observed year 2021": partial(release, [2022], known_to_2021()),
        "the same, contracts as in 2022": partial(release, [2022], with_contracts_of_2022(known_to_2021())),
        "filled as in a usual year": partial(release, [2022], without(REGION, "hydro_filling", 2022)),
        "no dry spell in the month": partial(release, [2022], spell),
        **{
            name: partial(release, [2022], **world)
            for name, world in BANDS.items()
            if world and "May" not in name
        },
    }
    for name, trial in trials.items():
        power = trial()[2022]
        levels = ", ".join(f"{level_share(power, month, part):.2f}" for month, part in LEVELS)
        yield _line_2022(name, power, levels)


def known_to_2021() -> Region:
    """Freeze the pack at 2021, but for the water and load of 2022.

    Thermal output tells in which months water was spilled; load that was cut was asked for, too.
    """
    frozen, _ = frozen_region(REGION, 2021)
    book = REGION.tables["power_balance"]
    rows = book[book["item"].isin(("thermal_generation", NOT_SERVED)) & (book["year"] == 2022)]
    assert {*rows["item"]} == {"thermal_generation", NOT_SERVED}
    book = pd.concat([frozen.tables["power_balance"], rows], ignore_index=True)
    return dataclasses.replace(frozen, tables={**frozen.tables, "power_balance": book})


def with_contracts_of_2022(region: Region) -> Region:
    """Let contracts of 2022 deliver the energy and months that they did."""
    energy, shape = region.tables["corridor_energy"].copy(), region.tables["corridor_shape"].copy()
    delivered, observed = (
        corridor_gwh(REGION.tables["power_balance"]),
        REGION.tables["corridor_shape_observed"],
    )
    of_2022 = energy["year"] == 2022
    energy.loc[of_2022, "energy_gwh"] = [
        delivered.get((line, 2022), 0.0) for line in energy[of_2022]["corridor_id"]
    ]
    rows = observed[observed["year"] == 2022]
    months = rows.set_index(["group", "month"])["share_of_year"].to_dict()
    shape["share_of_year"] = [
        months.get((row.group, row.month), row.share_of_year) for row in shape.itertuples()
    ]
    tables = {**region.tables, "corridor_energy": energy, "corridor_shape": shape}
    return dataclasses.replace(region, tables=tables)


def without(region: Region, table: str, year: int) -> Region:
    """Leave the rows of a year out of a table."""
    rows = region.tables[table]
    years = rows["year"].astype(int) if "year" in rows else rows["measured_on"].str[:4].astype(int)
    return dataclasses.replace(region, tables={**region.tables, table: rows[years != year]})


def _line_2022(name: str, power: PowerOutcome, levels: str) -> str:
    months = [JULY, AUGUST, SEPTEMBER]
    hydro = " / ".join(f"{value:.1f}" for value in hydropower_twh(power)[months])
    prices = " / ".join(f"{value:.0f}" for value in price(power, SICHUAN)[months])
    rest = f"{price(power, CHONGQING)[AUGUST]:.0f} | {cut_gwh(power):,.0f} | {levels}"
    return f"| {name} | {hydro} | {prices} | {rest} |\n"


# --- replays of 2022 in later years ----------------------------------------------------------------------------------


class Replay(NamedTuple):
    """A later year with the water of 2022, less the same one with usual water."""

    year: int
    heat: str
    price_rise: Floats  # [P, month] CNY/MWh
    thermal_rise_twh: float  # July to September
    cut_gwh: float


class ReplayingModel(RegionModel):
    """A model that clears each later year with the water of 2022 and with usual water, too, and forgets both."""

    def __init__(self, inputs: Inputs, replication: int) -> None:
        super().__init__(inputs, replication)
        self.replays: list[Replay] = []

    def electricity(self, signals: Signals, demand: Demand, trades: TradeOffers) -> PowerOutcome:
        """Clear the year after what it might have been."""
        if self.year in REPLAYED:
            hot = self.heat(demand)
            for heat, loads in zip(HEATS, ((demand, demand), (hot, demand), (hot, hot)), strict=True):
                self.replays.append(self.replay(signals, heat, loads))
        return super().electricity(signals, demand, trades)

    def heat(self, demand: Demand) -> Demand:
        """Give a year the heat of 2022."""
        parts = demand.parts_mwh.copy()
        parts[COOLING] *= HEAT
        return demand._replace(
            parts_mwh=parts, load_shape=mix_load_shape(parts, self.state.expectations.demand_base)
        )

    def replay(self, signals: Signals, heat: str, loads: tuple[Demand, Demand]) -> Replay:
        """Clear the year dry and usual."""
        region, world, nobody = self.inputs.region, self.inputs.scenario.world, TradeOffers.nothing()
        waters = (
            free_water(region, world, self.year, region.power.hydrology.observed[2022]),
            expected_water(region, world, self.year),
        )
        dry, usual = (
            clear_electricity(self.state, signals, world, region, water, self.plants, demand, nobody)[1]
            for water, demand in zip(waters, loads, strict=True)
        )
        rise = np.stack([price(dry, p) - price(usual, p) for p in (SICHUAN, CHONGQING)])
        burnt = [merit_twh(power, self.plants.fuel)[0][JULY:OCTOBER].sum() for power in (dry, usual)]
        return Replay(self.year, heat, rise, float(burnt[0] - burnt[1]), cut_gwh(dry))


def merit_twh(power: PowerOutcome, fuel: Integers) -> tuple[Floats, Floats]:
    """Sum thermal generation and what is not served, by month of both provinces; `fuel` of the plants."""
    hours, days = power.hours, power.hours.day_weight[:, :, None]
    merit = merit_sources_mw(hours.units, hours.merit_order_mw, fuel)
    thermal = merit[:, :IMPORT].sum(axis=1) + hours.must_run_mw
    cut = merit[:, SHED] + hours.days_off_mw + hours.unserved_mw
    sums = [(one * days).sum(axis=(0, 2, 3)) / MWH_PER_TWH for one in (thermal, cut)]
    return sums[0], sums[1]


def replays_lines(draws: int) -> Iterator[str]:
    scenario = with_settings(load("tanlu:baseline"), replications=draws, years=(2020, REPLAYED[-1]))
    replays: list[Replay] = []
    for replication in range(draws):
        model = ReplayingModel(Inputs(scenario, REGION), replication)
        model.run()
        replays += model.replays
    yield (
        f"{draws} draws of the baseline; in each year from {REPLAYED[0]} to {REPLAYED[-1]} the water of 2022 against "
        "that of the normal year, all else equal: rise of the price by month, months of years that are cheaper in the "
        "mean of the draws and in single ones, rise of thermal generation from July to September, and cuts.\n\n"
        "| heat | province | July | August | September | cheaper, mean | cheaper, single | thermal, TWh | cut, GWh |\n"
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
    )
    for heat in HEATS:
        cases = [one for one in replays if one.heat == heat]
        rise = np.stack([one.price_rise[:, JULY : SEPTEMBER + 1] for one in cases])
        rise = rise.reshape(draws, len(REPLAYED), *rise.shape[1:])
        thermal = np.array([one.thermal_rise_twh for one in cases])
        most = max(one.cut_gwh for one in cases)
        for p, province in enumerate(REGION.axes.provinces):
            mean = rise[:, :, p].mean(axis=0)  # [year, month]
            months = " | ".join(f"{value:+.0f}" for value in mean.mean(axis=0))
            cheaper = f"{(mean < 0.0).sum()} of {mean.size} | {(rise[:, :, p] < -0.05).sum()} of {rise[:, :, p].size}"
            yield (
                f"| {heat} | {province} | {months} | {cheaper} | {thermal.min():.1f} to {thermal.max():.1f} "
                f"| at most {most:,.0f} |\n"
            )


# --- what each rule does ---------------------------------------------------------------------------------------------


def bands_lines(draws: int) -> Iterator[str]:
    yield (
        f"The default baseline, {draws} draws, 2026–2060; Sichuan's prices of 2050–60. Intervals of 95 % of paired "
        "differences to the defaults.\n\n"
        "| rules | power CO2, Mt | difference | price, CNY/MWh | dearest month | cut, TWh | months with cuts |\n"
        "| --- | ---: | ---: | ---: | --- | ---: | ---: |\n"
    )
    first: Floats | None = None
    # Where June stands hangs on the wind of spring.
    for name, world in {**BANDS, "high case of sites for wind": {"wind_potential": "high"}}.items():
        scenario = with_settings(
            load({"extends": "tanlu:baseline", "name": "bands", "world": world}), replications=draws
        )
        lived = [_live(scenario, replication) for replication in range(draws)]
        co2 = np.array([one.co2_mt for one in lived])
        first = co2 if first is None else first
        months = np.mean([one.price for one in lived], axis=0)
        cut = np.sum([one.cut_twh for one in lived], axis=0)
        change = co2 - first
        width = 1.96 * change.std(ddof=1) / np.sqrt(draws) if draws > 1 else 0.0
        shown = "" if not world else f"{change.mean():+,.0f} ± {width:,.0f}"
        yield (
            f"| {name} | {co2.mean():,.0f} | {shown} | {months.mean():.0f} "
            f"| {months.argmax() + 1} ({months.max():.0f}) | {cut.sum():.3f} | {(cut > 5e-4).sum()} |\n"
        )


class Lived(NamedTuple):
    """What a draw of the baseline comes to."""

    co2_mt: float  # of power, from 2026
    price: Floats  # [month] of Sichuan, mean of 2050-60
    cut_twh: Floats  # [month] from 2026


def _live(scenario: Scenario, replication: int) -> Lived:
    model = ModelWithPower(Inputs(scenario, REGION), replication)
    record = model.run().record
    electricity = record.emissions.by_sector_tco2[6:, :, SECTOR["electricity"]].sum() / 1e6
    prices = np.mean([price(model.cleared[year], SICHUAN) for year in range(2050, 2061)], axis=0)
    cut = np.sum([merit_twh(model.cleared[year], model.plants.fuel)[1] for year in range(2026, 2061)], axis=0)
    return Lived(float(electricity), prices, cut)


TABLES: Mapping[str, Callable[[int], Iterator[str]]] = {
    "past": lambda _: past_lines(),
    "replays": replays_lines,
    "bands": bands_lines,
}


def write(name: str, draws: int) -> None:
    """Write a table between its marks."""
    lines = "".join(TABLES[name](draws))
    text = VALIDATION.read_text(encoding="utf-8")
    marks = re.compile(
        rf"(?<=<!-- reservoirs {name}: begin -->\n)(.*?)(?=<!-- reservoirs {name}: end -->)", re.DOTALL
    )
    assert len(marks.findall(text)) == 1, name
    VALIDATION.write_text(marks.sub(lambda _: lines, text), encoding="utf-8")
    print(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="*", choices=(*TABLES, []))
    parser.add_argument("--draws", type=int, default=8)
    line = parser.parse_args()
    for table in line.tables or TABLES:
        write(table, line.draws)

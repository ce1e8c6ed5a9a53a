"""Shortage has one meaning: what is not served, of industry that is cut and of others, from the first free year on."""

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest

from tanlu.core.axes import FUELS, THERMAL_FUELS
from tanlu.core.words import LANGUAGES
from tanlu.core.words.numbers import PER_BILLION
from tanlu.experiments.results import simulate
from tanlu.output.aims import AimCount
from tanlu.output.comparison import compare
from tanlu.output.figures.cards import cards
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import Figure
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import SHORTAGE, paths_of
from tanlu.output.figures.phrases import plain
from tanlu.output.figures.sentence import AnswerFigures, sentence
from tanlu.output.figures.yearly import POWER_ROWS, yearly
from tanlu.output.headline import finding
from tanlu.output.result import Result
from tanlu.power.hours import NATURAL_SOURCES
from tanlu.region.pack import load_region

PACK = load_region("two_provinces")
FIRST = PACK.last_observed_year + 1
SOURCES = (*THERMAL_FUELS, *NATURAL_SOURCES, "reservoir", "discharge", "import")
PARTS = ("Unserved Energy|Electricity", "Rationing|Electricity|Industry")
DRAWS = 3  # of what is told: of one draw no sign is known, and no rise is warned of
PER_TWH = {"TWh": 1.0, "亿千瓦时": 10.0}  # of the units in which cards show it
# All coal and large hydropower close in the first free year, so that others than industry go short too.
GONE = [FUELS.index(fuel) for fuel in ("coal", "hydro_reservoir", "hydro_run_of_river")]
CLOSED = [
    name for name, fuel in zip(PACK.power.units.ids, PACK.power.units.fuel, strict=True) if fuel in GONE
]


@cache
def result(*closed: str, draws: int = 1) -> Result:
    return simulate(
        {
            "name": "short" if closed else "served",
            "region": "two_provinces",
            "years": f"{PACK.base_year}-2030",
            "replications": draws,
            "outputs": {"dispatch": True},
            "world": {
                "hydrology": "observed",
                "demand_factor": {FIRST: 1.0, FIRST + 1: 0.8},  # the first free year is the worst
                "plant_retirement": dict.fromkeys(closed, FIRST),
            },
        }
    )


def twh(table: pd.DataFrame, unit: str, names: tuple[str, ...]) -> pd.Series:
    """Sum columns of a table by year and province."""
    weight = table["days"] / 1e6 if unit == "mw" else 1e-3
    total = sum(table[f"{name}_{unit}"] for name in names) * weight
    return total.groupby([table["year"], table["province"]]).sum()


@pytest.mark.parametrize("closed", [(), tuple(CLOSED)], ids=["served", "short"])
def test_what_is_served_cut_and_not_served_is_what_is_asked_for(closed: tuple[str, ...]) -> None:
    """In the indicators, the months and the hours of every year; served is what sources give and nobody else takes."""
    one = result(*closed)
    for table, unit, over in (
        (one.electricity_months, "gwh", "surplus"),
        (one.dispatch, "mw", "curtailed"),
    ):
        assert table is not None
        served = twh(table, unit, SOURCES) - twh(table, unit, ("charge", "export", "flow", over))
        for (year, province), value in served.items():
            at = int(year) - PACK.base_year
            asked, short, *parts = (
                float(one.draws(name, province)[0, at])
                for name in ("Final Energy|Electricity", SHORTAGE, *PARTS)
            )
            assert value + sum(parts) == pytest.approx(asked, rel=1e-9)
            assert short == pytest.approx(sum(parts), abs=1e-12)


def told(one: Result, language: str) -> dict[str, float]:
    """Return what each place says of the worst shortage, TWh a year."""
    served = result(draws=DRAWS)
    paths, base = paths_of(one), paths_of(served)
    found: dict[str, Figure] = levels(paths) | effects(paths, base)
    frame = one.headline()
    row = frame.set_index("key").loc["shortage_worst"]
    assert str(FIRST) in row[f"label_{language}"]
    shown = cards(
        {
            "figures": found,
            "targets": AimCount(0, 0, 0, 0),
            "targets_before": None,
            "progress": paths.progress,
            "free_from": paths.free_from,
            "last": int(paths.years[-1]),
            "kind": "baseline",
        },
        language,
    )
    (card,) = [card for card in shown if card["key"] == "shortage"]
    assert all(str(FIRST) in plain(line) for line in card["lines"][:2]), "worst in, and counted from"
    unit = {"en": "TWh a year", "zh": "亿千瓦时。"}[language]
    (said,) = re.findall(rf"([\d.]+) ?{unit}", finding(frame, language))
    sentences = " ".join(map(plain, sentence(AnswerFigures(found, paths, base, "baseline"), language)))
    assert found["shortage_rise"].window == str(FIRST)
    assert found["shortage_rise"].text[language] in sentences
    by_year = yearly(POWER_ROWS, [FIRST], paths, base)
    table = compare(one, baseline=served).variables(years=[FIRST])
    compared = table[(table["variable"] == SHORTAGE) & (table["region"] == one.region)]
    return {
        "headline": row["value"],
        "card": float(card["number"]) / PER_TWH[card["unit"]],
        "terminal": float(said) / PER_BILLION[language],
        "effect": found["shortage_rise"].value,
        "yearly": by_year[f"shortage@{FIRST}"].value,
        "compared": float(
            compared[(compared["year"] == FIRST) & (compared["scenario"] == one.name)]["value"].iloc[0]
        ),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_shortage_is_told_everywhere_from_the_first_free_year_on(language: str) -> None:
    one = result(*CLOSED, draws=DRAWS)
    short = one.draws(SHORTAGE).mean(axis=0)
    parts = np.array([one.draws(name).mean(axis=0) for name in PARTS])
    assert (parts[:, one.years == FIRST] > 0.01).all(), "both industry and others go short"
    assert one.years[short.argmax()] == FIRST and not short[one.years < FIRST].any()
    for place, value in told(one, language).items():
        assert value == pytest.approx(short.max(), rel=0.06), place  # the terminal has two digits

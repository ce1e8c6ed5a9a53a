"""What each side of a game of five-year plans comes to, plan by plan and up to the year reached."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tanlu.core.arrays import Floats
from tanlu.core.parties import CENTRE
from tanlu.experiments.five_year_plans.game import FiveYearPlan, PlanGame
from tanlu.indicators.catalogue import INSTRUMENT, is_rare
from tanlu.output.aims import MET, MISSED, Aim, count_met_by_draw, judge_aims
from tanlu.output.differences import difference
from tanlu.output.figures.figure import PRICE, Figure, FigureTopic, effect_figure, level_figure
from tanlu.output.figures.levels import in_year, year_of_highest
from tanlu.output.figures.paths import (
    EMISSIONS,
    EXPECTED_SHORTAGE,
    HOUSEHOLD_TARIFF,
    PUBLIC_MONEY,
    Paths,
    paths_of,
)
from tanlu.output.measures import Measured, Measures
from tanlu.output.provenance import values_digest

PLAYER, REGULATOR, BASELINE = "player", "regulator", "baseline"
SIDES = (PLAYER, REGULATOR, BASELINE)
CO2, MONEY, TARIFF, SHORTAGE, AIMS = "co2", "money", "tariff", "shortage", "aims"
YEARLY = (CO2, MONEY, TARIFF, SHORTAGE)  # of each plan; aims are of the year reached alone
REFERENCES = {PLAYER: (BASELINE, REGULATOR), REGULATOR: (BASELINE,), BASELINE: ()}

type DrawnTopic = tuple[FigureTopic, Floats]  # what a figure is of, and its value in every draw [R]


class SideOutcome(NamedTuple):
    """What a side comes to over some years."""

    side: str
    figures: Mapping[str, Figure]
    changes: Mapping[str, Mapping[str, Figure]]  # differences by the side that it is held against


class PlanOutcome(NamedTuple):
    """What the sides come to in a plan, or in all that are played."""

    first_year: int
    last_year: int
    sides: tuple[SideOutcome, ...]


class RegulatorMove(NamedTuple):
    """What a regulator has set a number of a policy to in the last year of a plan."""

    owner: str  # the nation or a province
    instrument: str  # policy and key
    unit: str
    value: float  # mean over draws
    low: float  # least and highest of the draws
    high: float


class GameOutcome(NamedTuple):
    """What a game comes to as far as it is played."""

    plans: tuple[PlanOutcome, ...]
    total: PlanOutcome
    moves: Mapping[int, tuple[RegulatorMove, ...]]  # by number of the plan
    judged_aims: int  # due by the year reached
    missed_aims: tuple[Aim, ...]  # of these, by the mean over the player's draws
    digest: str  # of every figure of the player's run


def measure_game(game: PlanGame, measures: Sequence[Measures], targets: pd.DataFrame) -> GameOutcome:
    """Compute what a game comes to.

    Args:
        game: the scenarios that ran.
        measures: what was measured of them, in the order of `game.sides`.
        targets: official aims as the region pack gives them (`targets.csv`).
    """
    results = [Measured(scenario, part) for scenario, part in zip(game.sides, measures, strict=True)]
    paths = [paths_of(result) for result in results]
    last_year = game.plans[-1].last_year
    aims = [
        [
            aim
            for aim in judge_aims(result, targets, side.open_from)
            if aim.is_open and aim.year <= last_year and aim.verdict in (MET, MISSED)
        ]
        for result, side in zip(results, paths, strict=True)
    ]
    total_topics = []
    for side, side_aims in zip(paths, aims, strict=True):
        topics = dict(_draw(side, game.plans[0].first_year, last_year))
        aims_met = count_met_by_draw(side_aims, len(side.emissions_mtco2))
        topics[AIMS] = (FigureTopic(AIMS, "", side.region, str(last_year), "aims"), aims_met)
        total_topics.append(topics)
    player = measures[0]
    return GameOutcome(
        plans=tuple(
            _compare(
                plan.first_year,
                plan.last_year,
                paths,
                [dict(_draw(side, plan.first_year, plan.last_year)) for side in paths],
            )
            for plan in game.plans
        ),
        total=_compare(game.plans[0].first_year, last_year, paths, total_topics),
        moves={plan.number: tuple(_read_moves(results[1], plan)) for plan in game.plans},
        judged_aims=len(aims[0]),
        missed_aims=tuple(aim for aim in aims[0] if aim.verdict == MISSED),
        digest=values_digest(player.variables, player.units, player.years, player.values),
    )


def _draw(paths: Paths, first_year: int, last_year: int) -> Iterator[tuple[str, DrawnTopic]]:
    """Yield the draws of each figure of some years."""
    span, is_counted = f"{first_year}-{last_year}", (paths.years >= first_year) & (paths.years <= last_year)
    co2 = paths.emissions_mtco2[:, is_counted].sum(axis=1)
    yield CO2, (FigureTopic(CO2, EMISSIONS, paths.region, span, "Mt CO2"), co2)
    money = (paths.spent_bn_cny - paths.earned_bn_cny)[:, is_counted].mean(axis=1)
    yield MONEY, (FigureTopic(MONEY, PUBLIC_MONEY, paths.region, span, "bn CNY2020/yr"), money)
    tariff = in_year(paths, paths.household_cny_per_mwh, last_year)
    yield TARIFF, (FigureTopic(TARIFF, HOUSEHOLD_TARIFF, paths.region, str(last_year), PRICE), tariff)
    hours = paths.expected_shortage_hours
    worst = year_of_highest(paths, hours, is_counted)
    topic = FigureTopic(SHORTAGE, EXPECTED_SHORTAGE, paths.region, str(worst), "h/yr")
    yield SHORTAGE, (topic, in_year(paths, hours, worst))


def _compare(
    first_year: int, last_year: int, paths: Sequence[Paths], topics: Sequence[Mapping[str, DrawnTopic]]
) -> PlanOutcome:
    """Compare the sides over some years, draw by draw."""
    outcomes = []
    for position, side in enumerate(SIDES):
        requested = paths[position].requested_draws
        figures = {
            key: level_figure(topic, draws, requested) for key, (topic, draws) in topics[position].items()
        }
        changes = {}
        for held_against in REFERENCES[side]:
            other = SIDES.index(held_against)
            pairs = paths[position].pairs(paths[other])
            changes[held_against] = {
                key: effect_figure(
                    topic._replace(key=f"{key}_against_{held_against}"),
                    difference(draws, topics[other][key][1], pairs, is_rare=is_rare(topic.indicator)),
                    requested,
                )
                for key, (topic, draws) in topics[position].items()
            }
        outcomes.append(SideOutcome(side, figures, changes))
    return PlanOutcome(first_year, last_year, tuple(outcomes))


def _read_moves(result: Measured, plan: FiveYearPlan) -> Iterator[RegulatorMove]:
    """Yield what each number under review is in the last year of a plan."""
    for owner, block in result.scenario.regulators.items():
        place = result.region if owner == CENTRE else owner
        for name in block.instruments if block.enabled else ():
            variable = f"{INSTRUMENT}|{name}"
            if variable in result.measures.variables:
                draws = result.draws(variable, place)[:, result.years == plan.last_year]
                ends = float(np.min(draws)), float(np.max(draws))
                yield RegulatorMove(owner, name, result.unit(variable), float(draws.mean()), *ends)


TABLE_COLUMNS = (
    *("first_year", "last_year", "side", "against", "key", "indicator", "region", "window"),
    *("value", "low", "high", "unit", "kind", "draws", "state"),
)


def outcome_rows(outcome: GameOutcome) -> Iterator[list[object]]:
    """Yield a row for each figure, in the order of `TABLE_COLUMNS`."""
    for part in (*outcome.plans, outcome.total):
        for side in part.sides:
            groups = {"": side.figures, **side.changes}
            for held_against, figures in groups.items():
                for key, figure in figures.items():
                    numbers = [f"{number:.12g}" for number in (figure.value, figure.low, figure.high)]
                    topic = [key, figure.indicator, figure.region, figure.window]
                    origin = [figure.unit, figure.kind, figure.draws, figure.state]
                    yield [
                        part.first_year,
                        part.last_year,
                        side.side,
                        held_against,
                        *topic,
                        *numbers,
                        *origin,
                    ]

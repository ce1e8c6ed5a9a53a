"""A game of five-year plans in words: what was decided, and what each side came to."""

from collections.abc import Iterator

from tanlu.core.words import text
from tanlu.core.words.numbers import number, unit_name
from tanlu.experiments.five_year_plans.game import FiveYearPlan, PlanGame
from tanlu.experiments.five_year_plans.outcomes import (
    AIMS,
    YEARLY,
    GameOutcome,
    PlanOutcome,
    RegulatorMove,
    SideOutcome,
)
from tanlu.output.aims_words import verdict_in_words, write_amount
from tanlu.output.figures.phrases import span_in
from tanlu.output.regulators.reviews import title_instrument
from tanlu.region.catalogue import region_axes
from tanlu.scenario.input_words import InputWords
from tanlu.scenario.value_words import owner_title


def name_plan(plan: FiveYearPlan, language: str) -> str:
    """Name a plan with its years."""
    span = span_in(f"{plan.first_year}-{plan.last_year}", language)
    return text(language, "plans.plan", {"number": plan.number, "span": span})


def name_columns(language: str) -> list[str]:
    """Name the columns of both tables."""
    return [text(language, f"plans.column_{key}") for key in ("years", "side", *YEARLY)]


def write_plans(game: PlanGame, outcome: GameOutcome, language: str) -> Iterator[list[str]]:
    """Yield a row for each plan and side."""
    for plan, part in zip(game.plans, outcome.plans, strict=True):
        for side in part.sides:
            cells = [_cell(side, key, language) for key in YEARLY]
            yield [name_plan(plan, language), text(language, f"plans.side_{side.side}"), *cells]


def write_total(part: PlanOutcome, judged_aims: int, language: str) -> Iterator[list[str]]:
    """Yield a row for each side over all that is played, with the aims that are met."""
    span = span_in(f"{part.first_year}-{part.last_year}", language)
    for side in part.sides:
        cells = [_cell(side, key, language) for key in YEARLY]
        if judged_aims:
            aims_met = side.figures[AIMS].quantity(language).number
            cells.append(text(language, "plans.aims_met", {"figure": aims_met, "judged": judged_aims}))
        else:
            cells.append(text(language, "plans.no_aims"))
        yield [span, text(language, f"plans.side_{side.side}"), *cells]


def _cell(side: SideOutcome, key: str, language: str) -> str:
    """Write a figure with its band, and what it is against the other sides."""
    figure = side.figures[key]
    ends = figure.range_text(language)
    level = str(figure.quantity(language))
    lines = [text(language, "plans.with_range", {"figure": level, "ends": ends}) if ends else level]
    for held_against, figures in side.changes.items():
        change = figures[key]
        figure_text = change.signed(language)
        ends = "" if change.rare is not None or change.is_in_noise else change.range_text(language)
        if ends:
            figure_text = text(language, "plans.with_range", {"figure": figure_text, "ends": ends})
        lines.append(text(language, f"plans.against_{held_against}", {"figure": figure_text}))
    return "\n".join(lines)


def write_decisions(game: PlanGame, outcome: GameOutcome, language: str) -> Iterator[str]:
    """Yield a line for each plan: what the player decided, and what the regulator has in force at its end."""
    input_words = InputWords(region_axes(game.player.region), language)
    for plan in game.plans:
        events = [input_words.describe_event(name, game.player) for name in game.decisions_in(plan)]
        moves = [_write_move(move, game, language) for move in outcome.moves[plan.number]]
        nothing, joint = text(language, "plans.nothing"), text(language, "plans.join")
        places = {
            "plan": name_plan(plan, language),
            "player": joint.join(events) or nothing,
            "regulator": joint.join(moves) or nothing,
            "year": plan.last_year,
        }
        yield text(language, "plans.decisions", places)


def _write_move(move: RegulatorMove, game: PlanGame, language: str) -> str:
    places = {
        "owner": owner_title(region_axes(game.player.region), move.owner, language),
        "instrument": title_instrument(game.regulator, move.instrument, language),
        "value": number(move.value, ""),
        "low": number(move.low, ""),
        "high": number(move.high, ""),
        "unit": unit_name(move.unit, language),
    }
    return text(language, "plans.move_same" if move.low == move.high else "plans.move", places)


def next_in_words(game: PlanGame, language: str) -> str:
    """Write which plan is decided next, or that the game is over."""
    if game.next_plan is None:
        return text(language, "plans.over")
    places = {"plan": name_plan(game.next_plan, language), "year": game.next_plan.first_year}
    return text(language, "plans.next", places)


def write_missed(game: PlanGame, outcome: GameOutcome, language: str) -> Iterator[str]:
    """Yield a sentence for each official aim that the player misses: by how much, and whose it is."""
    axes = region_axes(game.player.region)
    for aim in outcome.missed_aims:
        places = {
            "owner": owner_title(axes, aim.region, language),
            "aim": aim.label[language],
            "value": write_amount(aim.value, aim.unit, language),
            "goal": write_amount(aim.goal, aim.unit, language),
            "verdict": verdict_in_words(aim, language),
        }
        yield text(language, "plans.missed", places)

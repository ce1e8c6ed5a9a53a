"""What one answer comes to: its figures against the baseline, and what is said of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from tanlu.core.axes import Axes
from tanlu.core.words import text
from tanlu.indicators.free_years import step_in_words
from tanlu.output import charts, dry_years
from tanlu.output.aims import MET, MISSED, Aim, count_aims, judge_aims, select_region
from tanlu.output.aims_words import name_places, note_in_words, verdict_in_words
from tanlu.output.figures.cards import Card, cards
from tanlu.output.figures.effects import effects
from tanlu.output.figures.figure import ABOUT, Figure, write_quantity
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import DrawProgress, Paths, joint_progress, match_draws, paths_of
from tanlu.output.figures.phrases import Phrase, span_in
from tanlu.output.figures.quantities import emission
from tanlu.output.figures.sentence import AnswerFigures, sentence
from tanlu.output.figures.shares import share_phrases
from tanlu.output.figures.verdict import VerdictFigures, verdict_cards, verdict_sentence
from tanlu.output.free_years import named_steps
from tanlu.output.measures import Measured
from tanlu.output.region_aims import RegionAim, region_aims
from tanlu.output.region_aims_words import write_region_aim
from tanlu.pages.builder.dry_pair import DryShown
from tanlu.pages.export import csv_text
from tanlu.pages.service import Service
from tanlu.pages.worked.attributed import attributed
from tanlu.pages.worked.attributions import NOT_YET, Worked
from tanlu.pages.workers.views import AnswerView
from tanlu.scenario.loading import load

MOST_NOTES = 1  # below the verdict: the first screen has room for twelve figures
WORTH_NAMING = 0.05  # share of a change below which a sector is left out of the sentence

AS_IT_IS = DryShown(None)
NO_TITLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Summary:
    """The figures of an answer, and of its difference to its reference where that is another."""

    now: Paths
    base: Paths | None  # the reference
    figures: Mapping[str, Figure]
    targets: tuple[Aim, ...]
    targets_before: tuple[Aim, ...] | None
    kind: str  # of the reference
    regions: tuple[RegionAim, ...]  # what each region reaches
    axes: Axes  # whose places have names
    worked: Worked = NOT_YET  # which policy does what
    dry: DryShown = AS_IT_IS  # with and without its dry year

    @property
    def progress(self) -> DrawProgress:
        """Return how many draws are there of the answer and its reference."""
        return joint_progress(self.now, self.base)

    def sentence(self, language: str, titles: Mapping[str, str] = NO_TITLES) -> list[Phrase]:
        """Return what the answer shows, the warnings included; `titles` names policies."""
        told = attributed(self.worked, self.now.region) if self.worked.is_whole else None
        shares = share_phrases(told, titles, language) if told is not None else ()
        return sentence(self._answer_figures(language), language, shares)

    def verdict(self, language: str) -> list[Phrase]:
        """Return the verdict of the first screen, then droughts and warnings."""
        _, *notes = sentence(self._answer_figures(language), language)
        return [verdict_sentence(self._verdict_figures(language), language), *notes[:MOST_NOTES]]

    def verdict_cards(self, language: str) -> list[Card]:
        """Return the four cards of the first screen."""
        return verdict_cards(self._verdict_figures(language), language)

    def _answer_figures(self, language: str) -> AnswerFigures:
        is_whole = self.now.region == self.axes.region
        place = "" if is_whole else self.axes.labels[self.now.region][language]
        return AnswerFigures(self.figures, self.now, self.base, self.kind, place)

    def _verdict_figures(self, language: str) -> VerdictFigures:
        before = None if self.progress.is_preliminary else self.targets_before
        places = name_places(self.axes, language)
        return VerdictFigures(self.figures, self.targets, before, self.kind, self.progress, places)

    def cards(self, language: str) -> list[Card]:
        """Return the cards of the room of what works."""
        before = None if self.progress.is_preliminary else self.targets_before
        return cards(
            {
                "figures": self.figures,
                "targets": count_aims(self.targets),
                "targets_before": None if before is None else count_aims(before),
                "progress": self.progress,
                "free_from": self.now.free_from,
                "last": int(self.now.years[-1]),
                "kind": self.kind,
            },
            language,
        )


def measured(view: AnswerView, service: Service) -> Measured:
    """Return an answer as results are read."""
    assert view.measures is not None, "an answer has a draw at least"
    return Measured(load(service.question(view.levers)), view.measures)


def judged(view: AnswerView, service: Service) -> Measured:
    """Return an answer as aims are judged: in all its draws, and before all are there in the means that are shown."""
    if view.drawn == view.draws:
        return measured(view, service)
    return Measured(load(service.question(view.levers)), view.means())


def shown_paths(view: AnswerView, service: Service) -> Paths:
    """Return the paths of an answer in the region on show."""
    return paths_of(measured(view, service), view.region)


def targets_of(view: AnswerView, service: Service) -> tuple[Aim, ...]:
    """Return what becomes of the official targets of the region."""
    one = judged(view, service)
    aims = judge_aims(one, service.official_targets, paths_of(one).open_from)
    return select_region(aims, view.region, one.region)


def summary(view: AnswerView, base: AnswerView, service: Service, before: tuple[Aim, ...]) -> Summary:
    """Return what an answer comes to; `base` is its reference, and `before` are the targets of that.

    Of either some draws may still be to come: levels are those of the baseline, of which all are there, and of the
    pairs with it so far, and there are no effects yet.
    """
    kind, plain = service.scenarios.reference(view.levers).kind, service.baseline().in_region(view.region)
    own, usual, whole = (shown_paths(one, service) for one in (view, base, plain))
    targets, now = service.official_targets, judged(view, service)
    if view is base:
        regions = select_region(region_aims(now, targets), view.region, now.region)
        return Summary(own, None, levels(own), before, None, kind, regions, service.axes)
    shown, reference = match_draws(own, usual, whole)
    figures, against = levels(shown), None
    if not joint_progress(own, usual).is_preliminary:
        figures |= effects(shown, reference)
        against = measured(base, service)
    regions = select_region(region_aims(now, targets, against), view.region, now.region)
    return Summary(shown, reference, figures, targets_of(view, service), before, kind, regions, service.axes)


def target_rows(
    aims: tuple[Aim, ...], places: Mapping[str, str], language: str, mark: str = ""
) -> list[dict[str, object]]:
    """Return the official targets as a list shows them, those that a policy can still change first.

    While draws are to come, a `mark` says so in place of each verdict.
    """
    return [
        {
            "label": aim.label[language],
            "place": places.get(f"place.{aim.region}", aim.region),
            "value": f"{ABOUT if mark else ''}{write_quantity(aim.value, aim.unit, language)}",
            "target": str(write_quantity(aim.goal, aim.unit, language)),
            "verdict": "none" if mark else aim.verdict.replace(" ", "_") or "none",
            "told": mark or verdict_in_words(aim, language),
            "note": note_in_words(aim, language),
            "open": aim.is_open,
        }
        for aim in sorted(aims, key=lambda aim: (not aim.verdict, not aim.is_open))
    ]


def region_cards(
    regions: Iterable[RegionAim], places: Mapping[str, str], language: str, mark: str = ""
) -> list[dict[str, object]]:
    """Return a card for each region: what it reaches of each aim, in words."""
    cards: dict[str, dict[str, Any]] = {}
    for aim in regions:
        card = cards.setdefault(aim.region, {"key": aim.region, "title": places[aim.region], "rows": []})
        card["rows"].append(write_region_aim(aim, language, mark)._asdict())
    return list(cards.values())


FIGURE_COLUMNS = (
    *("key", "indicator", "region", "window", "value", "low", "high", "unit", "kind"),
    *("draws", "requested_draws", "state"),
)
AIM_COLUMNS = ("goal", "verdict", "reason", "met_draws", "reference_met_draws", "three_year_mean")


def figures_csv(
    found: Mapping[str, Figure], aims: Iterable[Aim], regions: Iterable[RegionAim], scenario: str
) -> str:
    """Return figures as CSV text, each with its interval, then official aims, then what each region reaches."""
    rows: list[list[object]] = [["scenario", *FIGURE_COLUMNS, *AIM_COLUMNS]]
    for one in found.values():
        figures = (f"{value:.12g}" for value in (one.value, one.low, one.high))
        head = [scenario, one.key, one.indicator, one.region, one.window, *figures, one.unit, one.kind]
        rows.append([*head, one.draws, one.requested_draws, one.state, *[""] * len(AIM_COLUMNS)])
    for aim in aims:
        value = [f"{aim.value:.12g}", "", "", aim.unit, "aim", aim.draw_count, "", ""]
        verdict = [f"{aim.goal:.12g}", aim.verdict, aim.reason, aim.met_count, "", ""]
        rows.append([scenario, aim.key, aim.variable, aim.region, str(aim.year), *value, *verdict])
    return csv_text([*rows, *(_region_row(one, scenario) for one in regions)])


def _region_row(aim: RegionAim, scenario: str) -> list[object]:
    """Return the row of what a region reaches; cells of a goal stay empty without one."""
    window = f"{aim.base_year}-{aim.year}" if aim.base_year else str(aim.year)
    chances = [aim.chance, aim.reference_chance]
    draws = "" if aim.chance is None else aim.chance.draw_count
    value = [f"{aim.value:.12g}", "", "", aim.unit, "region aim", draws, "", ""]
    goal = [f"{aim.goal:.12g}", MET if aim.is_met else MISSED, ""] if aim.has_goal else ["", "", "no_goal"]
    met = ["" if one is None else one.met_count for one in chances]
    around = "" if np.isnan(aim.around) else f"{aim.around:.12g}"
    return [scenario, aim.key, aim.variable, aim.region, window, *value, *goal, *met, around]


def in_words(now: AnswerView, base: AnswerView, avoided: Figure, language: str, against: str) -> str:
    """Return the sentence below the chart: where the levers changed emissions most."""
    here, there = (charts.emission_path(view.wide, charts.SECTOR_LAYERS, view.region) for view in (now, base))
    window = slice(now.years.index(int(avoided.window.split("-")[0])), None)
    saved = np.subtract(there["layers"], here["layers"])[:, window].sum(axis=1)
    total, span = avoided.value, span_in(avoided.window, language)
    if abs(total) < 0.5:
        return text(language, "words.nothing", {"span": span})
    order = np.argsort(-saved * np.sign(total))[:2]
    first, second = (abs(float(saved[i])) for i in order)
    names = [text(language, f"layer.{charts.SECTOR_LAYERS[i].key}").lower() for i in order]
    values = {
        "first": names[0],
        "first_mt": emission(first, language),
        "second": names[1],
        "second_mt": emission(second, language),
        "total": emission(abs(total), language),
        "span": span,
        "reference": against,
    }
    key = "words.less" if total > 0 else "words.more"
    alone = second < WORTH_NAMING * abs(total) or saved[order[1]] * total < 0
    return text(language, f"{key}_in_one" if alone else key, values)


def dry_years_in_words(view: AnswerView, service: Service, language: str) -> tuple[str, ...]:
    """Say who was cut in the years in which the answer's scenario replays a drought, or with what margin nobody was."""
    drought = service.scenarios.scenario(view.levers).world.dry_years
    if not view.variables >= dry_years.NEEDED_VARIABLES:
        return ()
    found = dry_years.dry_years(
        lambda variable, region: charts.series(view.wide, variable, region),
        service.provinces_in(view.region),
        view.years,
        drought,
    )
    return dry_years.in_words(found, service.axes.labels, language)


def free_years_in_words(view: AnswerView, service: Service, language: str) -> list[str]:
    """Say what moved coal power where statistics end, a sentence for each year beyond its bar."""
    steps = named_steps(
        lambda variable, region: charts.series(view.wide, variable, region),
        view.variables,
        service.axes.regions,
        view.years,
        service.last_observed_year,
    )
    return [step_in_words(step, language) for step in steps]

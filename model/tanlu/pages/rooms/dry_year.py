"""The dry year as a switch: the scenario on show with it and without it, both run by the model."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import solara

from tanlu.core.words import text
from tanlu.output.figures.effects import effects
from tanlu.output.figures.levels import levels
from tanlu.output.figures.paths import Paths, align_with_baseline, joint_progress, paths_of
from tanlu.output.figures.phrases import Phrase, against_in_words
from tanlu.output.figures.sentence import drought_change, drought_level
from tanlu.pages.builder.dry_pair import DRY, DryShown
from tanlu.pages.measures import measured
from tanlu.pages.panels import Event, page_words
from tanlu.pages.service import Service
from tanlu.scenario.reference import CONDITIONS


@solara.component_vue("dry_switch.vue")
def DrySwitch(words: dict[str, str], subject: dict[str, Any], event_choose: Event) -> None:
    """Choose between a scenario as it is, with its dry year and without, and tell what the dry year does."""


def dry_switch(shown: DryShown, service: Service, language: str, choose: Event) -> solara.Element:
    """Return the switch with what the dry year does to price and shortage."""
    pair = shown.pair
    subject = {
        "which": shown.which,
        "years": [] if pair is None else list(pair.years),
        "waiting": bool(shown.which) and shown.both is None and not shown.failure,
        "failure": text(language, "failure.id", {"id": shown.failure}) if shown.failure else "",
        "told": dry_told(shown, service, language),
    }
    return DrySwitch(words=page_words(language, "dry"), subject=subject, event_choose=choose)


def dry_told(shown: DryShown, service: Service, language: str) -> list[Phrase]:
    """Return a sentence for each dry year: its price and its shortage against the same without it.

    While draws of either are to come, nothing is held against the other.
    """
    both, pair = shown.both, shown.pair
    if both is None or pair is None:
        return []
    dry, normal = (paths_of(measured(view, service)) for view in (both if shown.which == DRY else both[::-1]))
    whole = paths_of(measured(service.baseline(), service))
    found, progress = levels(align_with_baseline(dry, whole)), joint_progress(dry, normal)
    years = [year for year in dry.dry_years if year in normal.years]
    if progress.is_preliminary:
        return [drought_level(found, year, language, progress) for year in years]
    found |= effects(dry, normal)
    against = {"reference": against_in_words(CONDITIONS, language)}
    return [drought_change(found, year, language, against) for year in years]


def pair_paths(shown: DryShown, service: Service) -> tuple[Paths, Paths] | None:
    """Return the paths of what is on show and of the other one, once both are there."""
    if shown.both is None:
        return None
    whole = paths_of(measured(service.baseline(), service))
    here, other = (align_with_baseline(paths_of(measured(view, service)), whole) for view in shown.both)
    return here, other

"""The dry year as a switch: the scenario on show with it and without it, both run by the model."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import solara

from tanlu.core.words import text
from tanlu.output.figures.drought import DroughtRow, compare_drought, find_driest_months
from tanlu.output.figures.figure import FIXED
from tanlu.output.figures.paths import Paths, match_draws
from tanlu.output.figures.phrases import Phrase, Place, phrase, signed
from tanlu.pages.builder.dry_pair import DRY, DryShown
from tanlu.pages.measures import shown_paths
from tanlu.pages.panels import Event, page_words
from tanlu.pages.service import Service
from tanlu.region.pack import load_region


@solara.component_vue("dry_switch.vue")
def DrySwitch(words: dict[str, str], subject: dict[str, Any], event_choose: Event) -> None:
    """Choose between a scenario as it is, with its dry year and without, and tell what the dry year does."""


def dry_switch(shown: DryShown, service: Service, language: str, choose: Event) -> solara.Element:
    """Return the switch with what the dry year does to water, price, shortage and margin."""
    pair = shown.pair
    subject = {
        "which": shown.which,
        "years": [] if pair is None else list(pair.years),
        "waiting": bool(shown.which) and shown.both is None and not shown.failure,
        "failure": text(language, "failure.id", {"id": shown.failure}) if shown.failure else "",
        "told": dry_tables(shown, service, language),
    }
    return DrySwitch(words=page_words(language, "dry"), subject=subject, event_choose=choose)


def dry_tables(shown: DryShown, service: Service, language: str) -> list[dict[str, Any]]:
    """Return a table for each dry year: each figure with its water, with normal water, and what differs.

    The difference waits until all draws of both are there.
    """
    both, pair = pair_paths(shown, service), shown.pair
    if both is None or pair is None:
        return []
    dry, normal = both if shown.which == DRY else both[::-1]
    world = service.scenarios.scenario(pair.dry).world
    tables = []
    for year in pair.years:
        if year not in dry.years:
            continue
        rows = [row_in_words(row, language) for row in compare_drought(dry, normal, year)]
        places = {"year": year, "past": str(world.drought[year])}
        reference, head = (text(language, f"dry.{key}", places) for key in ("reference", "column_dry"))
        tables.append(
            {
                "reference": reference,
                "head": [head, text(language, "dry.column_normal"), text(language, "dry.column_change")],
                "rows": rows,
                "driest": driest_in_words(shown, year, int(world.drought[year]), service, language),
            }
        )
    return tables


def row_in_words(row: DroughtRow, language: str) -> dict[str, Any]:
    """Return a row of the table: its name, and a phrase for each of its cells."""
    change = phrase(language, "dry.later", {})
    if row.change is not None:
        ends = row.change.range_text(language)
        alone = not ends or row.change.is_in_noise or row.change.state == FIXED
        places: dict[str, Place] = {"change": signed(row.change, language), "ends": ends}
        change = phrase(language, "dry.change_alone" if alone else "dry.change", places)
    levels = [phrase(language, "dry.level", {"figure": figure}) for figure in (row.dry, row.normal)]
    return {"name": text(language, f"dry.row_{row.key}"), "cells": [*levels, change]}


def driest_in_words(
    shown: DryShown, year: int, past_year: int, service: Service, language: str
) -> list[Phrase]:
    """Say for each province on show in which month the replayed year falls furthest below normal water."""
    if shown.pair is None:
        return []
    scenario = service.scenarios.scenario(shown.pair.dry)
    region = load_region(scenario.region, scenario.pack)
    if past_year not in region.power.hydrology.observed:
        return []
    return [
        phrase(
            language,
            "dry.driest",
            {
                "place": region.axes.labels[driest.province][language],
                "month": text(language, f"month.{driest.month}"),
                "share": driest.share,
            },
        )
        for driest in find_driest_months(region.power.hydrology, region.axes.provinces, year, past_year)
        if shown.region in (region.axes.region, driest.province)
    ]


def pair_paths(shown: DryShown, service: Service) -> tuple[Paths, Paths] | None:
    """Return the paths of what is on show and of the other one, of the same draws, once both are there."""
    if shown.both is None:
        return None
    plain = service.baseline().in_region(shown.region)
    return match_draws(*(shown_paths(view, service) for view in (*shown.both, plain)))

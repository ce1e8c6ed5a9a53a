"""What the page says of an attribution: its figures, rows of tables, the cost curve, and its file."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tanlu.core.words import text
from tanlu.experiments.attribution.main import AVOIDED, Attribution
from tanlu.experiments.attribution.runs import QUANTITIES
from tanlu.output.charts import Layer
from tanlu.output.figures.axes import axis_of
from tanlu.output.figures.figure import Figure, write_quantity
from tanlu.output.figures.paths import DrawProgress
from tanlu.output.figures.quantities import TARIFF_AXIS
from tanlu.output.figures.shares import COLUMNS, INTERACTION, TOTAL, Attributed, share_figures
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.worked.attributions import Worked
from tanlu.pages.worked.looks import PolicyLook


def attributed(worked: Worked, region: str) -> Attributed | None:
    """Return the figures of shares, None where there are none."""
    of = worked.attribution
    if of is None:
        return None
    years = of.years[of.is_counted]
    progress = DrawProgress(of.draws, worked.draws)
    figures = share_figures(of.table(), region, f"{years[0]}-{years[-1]}", progress)
    return Attributed(of.policies, figures, _signs(of))


def _signs(of: Attribution) -> dict[str, float]:
    """Return in which part of draws each share has the sign of its mean."""
    shares = of.shares.share[:, :, AVOIDED][..., of.is_counted].sum(axis=-1)  # [N, R]
    same = np.sign(shares) == np.sign(shares.mean(axis=1, keepdims=True))
    return dict(zip(of.policies, same.mean(axis=1).tolist(), strict=True))


def table_rows(told: Attributed, looks: Sequence[PolicyLook], language: str) -> list[dict[str, Any]]:
    """Return one row a policy, then interaction and total: cells as text with interval and key of the figure."""
    several = len(looks) > 1
    sums = [PolicyLook(row, text(language, f"attribution.{row}"), "") for row in (INTERACTION, TOTAL)]
    return [
        {
            **one._asdict(),
            "cells": [
                _cell(told.figures[f"{column.key}:{one.name}"], language, column.key) for column in COLUMNS
            ],
        }
        for one in (*looks, *(sums if several else ()))
    ]


def _cell(figure: Figure, language: str, column: str) -> dict[str, Any]:
    noise = column in ("share", "if_removed") and figure.is_in_noise
    parts = " ÷ ".join(part.text[language] for part in figure.parts) if figure.is_known else ""
    return {
        "figure": figure.key,
        "state": figure.state,
        "text": figure.text[language],
        "range": figure.range_text(language),
        "parts": parts,
        "noise": text(language, "worked.noise") if noise else "",
    }


def layer_rows(
    worked: Worked, looks: Sequence[PolicyLook], chosen: Sequence[int], language: str
) -> list[dict[str, Any]]:
    """Return what each policy avoids in some layers over the years that count, as text."""
    of, layers = worked.attribution, worked.layers
    assert of is not None and layers is not None, "they come together"
    sums = layers[:, list(chosen)][:, :, of.is_counted].sum(axis=-1)  # [N, layers]
    sums = np.column_stack([sums, sums.sum(axis=1)])
    rows = [*zip(looks, sums, strict=True)]
    if len(looks) > 1:
        rows.append((PolicyLook(TOTAL, text(language, "attribution.total"), ""), sums.sum(axis=0)))
    return [
        {**look._asdict(), "cells": [str(write_quantity(float(mt), "Mt CO2", language)) for mt in row]}
        for look, row in rows
    ]


def cost_curve(told: Attributed, looks: Sequence[PolicyLook], language: str) -> dict[str, Any]:
    """Return the cost of the tonnes that each policy adds to all others, the cheapest first, and who has none.

    `axes` are those of tonnes (Mt CO2) and of cost (CNY/t).
    """
    steps, without = [], []
    for look in looks:
        tonnes, cost = (told.figures[f"{key}:{look.name}"] for key in ("if_removed", "last_tonne"))
        if cost.is_known:
            words = {"mt": tonnes.text[language], "cost": cost.text[language]}
            steps.append({**look._asdict(), **words, "width": tonnes.value, "height": cost.value})
        else:
            without.append(look.title)
    tonnes_axis = axis_of("Mt CO2", sum(step["width"] for step in steps), language)
    axes = [
        {**axis, "name": text(language, f"worked.curve_{name}", {"unit": axis["unit"]})}
        for name, axis in (("tonnes", tonnes_axis), ("cost", TARIFF_AXIS[language]))
    ]
    return {"steps": sorted(steps, key=lambda step: step["height"]), "without": without, "axes": axes}


def by_year_csv(worked: Worked, layers: Sequence[Layer]) -> str:
    """Return shares by year as `tanlu attribute --csv` writes them, followed by what is avoided in each layer."""
    of, avoided = worked.attribution, worked.layers
    assert of is not None and avoided is not None, "they come together"
    shares = of.by_year()
    return csv_text([[*shares.columns], *shares.itertuples(index=False), *_layer_lines(of, avoided, layers)])


def _layer_lines(of: Attribution, avoided: np.ndarray, layers: Sequence[Layer]) -> Iterator[list[object]]:
    for n, policy in enumerate(of.policies):
        for k, layer in enumerate(layers):
            for y, year in enumerate(of.years.tolist()):
                share = repr(float(avoided[n, k, y]))
                yield [as_text(policy), f"{QUANTITIES[AVOIDED]}:{layer.key}", year, share, "", ""]

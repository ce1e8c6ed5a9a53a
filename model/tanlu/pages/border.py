"""What crosses the region's border with its CO2, and which goods are not counted."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tanlu.core.axes import Axes
from tanlu.core.words import text
from tanlu.core.words.messages import COMMAS
from tanlu.indicators.grid import AVOIDED_CO2, IMPORTED_GOODS, MARGINAL_CO2, NET_IMPORTS
from tanlu.output.figures.quantities import emission
from tanlu.pages.workers.views import AnswerView
from tanlu.records.border import ELECTRICITY, list_border_goods
from tanlu.region.tables import read_frame
from tanlu.region.trade import VEHICLES, read_trade

BORDER_TABLES = ("products", "exports")
CO2_OF_GOODS = f"{NET_IMPORTS}|Goods"


class NamedGood(NamedTuple):
    """A good of the border record as the page names it."""

    label: dict[str, str]  # by language; empty of vehicles
    is_counted_out: bool


def read_goods(pack: Path, axes: Axes) -> tuple[NamedGood, ...]:
    """Read the goods of a pack and whether their exports are counted."""
    tables = {name: read_frame(pack, name) for name in BORDER_TABLES}
    trade = read_trade(tables, axes)
    goods = list_border_goods(trade.goods, trade.export_share)[len(ELECTRICITY) :]
    labels = tables["products"].set_index("product")
    return tuple(
        NamedGood(
            {}
            if good.name == VEHICLES
            else {to: str(labels.at[good.name, f"label_{to}"]) for to in ("en", "zh")},
            good.is_counted_out,
        )
        for good in goods
    )


def border_table(
    view: AnswerView, goods: Sequence[NamedGood], first_year: int, language: str
) -> dict[str, object]:
    """Build the table of the border: CO2 by good, in and out, summed from `first_year`; no rows if unknown."""
    is_summed = np.asarray(view.years) >= first_year
    try:
        sums = [
            float(view.path(name)[is_summed].sum())
            for name in (MARGINAL_CO2, AVOIDED_CO2, IMPORTED_GOODS, CO2_OF_GOODS)
        ]
    except KeyError:
        return {"caption": "", "heads": [], "rows": []}
    sums[-1] = sums[-2] - sums[-1]
    came, went, imported, exported = (str(emission(mtco2, language)) for mtco2 in sums)
    uncounted, above = (text(language, f"border.{key}") for key in ("not_counted", "counted_above"))
    years = {"first": first_year, "last": view.years[-1]}
    return {
        "caption": text(language, "border.caption", years),
        "heads": [text(language, f"border.{key}") for key in ("good", "in", "out")],
        "rows": [
            [text(language, "border.electricity"), came, went],
            [_list_names(goods, True, language), imported, exported],
            [_list_names(goods, False, language), above, uncounted],
            [text(language, "border.other_goods"), uncounted, uncounted],
        ],
    }


def _list_names(goods: Sequence[NamedGood], is_counted_out: bool, language: str) -> str:
    names = [
        good.label.get(language, text(language, "border.vehicles"))
        for good in goods
        if good.is_counted_out == is_counted_out
    ]
    return COMMAS[language].join(names)

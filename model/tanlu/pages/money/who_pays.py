"""The view of who pays whom: payments between groups of parties in a year, bills and rents, next to the baseline."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from typing import Any

import numpy as np
import solara

from tanlu.core.intervals import band_values, held_percent
from tanlu.core.words import text
from tanlu.output.figures.paths import DrawProgress
from tanlu.output.figures.quantities import MONEY_AXIS, PRICE_AXIS
from tanlu.pages import panels
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.measures import Summary
from tanlu.pages.money.payments import BILLS, GROUPS, PUBLIC, RENTS, Payments, spread
from tanlu.pages.panels import ChartFigures, ChartWording, page_words, reference_words
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView


@solara.component
def PayArea(view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str) -> None:
    """Show payments of all years at once, so that the browser plays them."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    progress = found.progress
    values = solara.use_memo(lambda: pay_values(view, base, progress), [view.id, base.id])
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    panels.PayTable(
        wording=ChartWording(
            language,
            page_words(language, "pay", "power", "chart") | reference_words(found.kind, language),
            dict(MONEY_AXIS[language]),
            dict(PRICE_AXIS[language]),
        ),
        figures=ChartFigures(f"{view.id}-{base.id}", list(values["years"]) if values else [], values),
        subject={
            "groups": list(GROUPS),
            "rents": list(RENTS),
            "bills": list(BILLS),
            "first_year": first_year,
            "title": text(language, "pay.title"),
            "preliminary": progress.mark(language),
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view)) if values else None,
    )


def pay_values(view: AnswerView, base: AnswerView, progress: DrawProgress) -> dict[str, Any]:
    """Return payments, bills and public money by year, and once all draws are there their differences; empty without.

    Each figure is its mean over draws, and of several draws the ends of their band.
    """
    now, before = view.payments, base.payments
    if now is None or before is None:
        return {}
    values = {"years": now.years, **band_values(now.draws), "now": _figures(now)}
    alone = view is base or now.years != before.years or progress.is_preliminary
    return values if alone else values | {"difference": _figures(now.less(before))}


def _figures(payments: Payments) -> dict[str, Any]:
    """Return figures as the browser gets them, [1 or 3, Y, ...]."""
    paid, public = payments.paid, payments.public
    pays, gets = paid.sum(axis=3), paid.sum(axis=2)
    of = {"paid": paid, "pays": pays, "gets": gets, "net": gets - pays, "rents": payments.rents}
    of |= {key: public[:, :, k] for k, key in enumerate(PUBLIC)}
    of |= {"spent": of["net_spent"] + of["revenue"]}  # with what is given back of the revenue
    money = {key: np.round(spread(values), 2).tolist() for key, values in of.items()}
    return money | {"bills": np.round(spread(payments.bills), 1).tolist()}


def csv_file(view: AnswerView) -> dict[str, str]:
    """Return all payments between groups as a file: its name and its text."""
    payments = view.payments
    assert payments is not None
    told = spread(payments.paid)
    columns = ["bn CNY2020/yr"]
    if payments.draws > 1:
        columns += [
            f"bn CNY2020/yr {end}, {held_percent(payments.draws):.0f} % band" for end in ("low", "high")
        ]
    rows: list[list[object]] = [["scenario", "year", "payer", "payee", *columns]]
    scenario = as_text(view.name_in_files(view.levers.name))
    for y, i, j in zip(*np.nonzero(told[0] > 0.0), strict=True):
        figures = [f"{value:.4f}" for value in told[:, y, i, j]]
        rows.append([scenario, payments.years[y], GROUPS[i], GROUPS[j], *figures])
    return {"name": f"tanlu-who-pays-{view.id}.csv", "text": csv_text(rows)}

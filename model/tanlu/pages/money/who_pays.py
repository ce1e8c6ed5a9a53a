"""The view of who pays whom: payments between groups of parties in a year, bills and rents, next to the baseline."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

import csv
import io
from typing import Any

import numpy as np
import solara

from tanlu.core.words import text
from tanlu.pages import panels
from tanlu.pages.export import BYTE_ORDER_MARK, as_text, scenario_name
from tanlu.pages.money.payments import GROUPS, RENTS, Payments
from tanlu.pages.panels import ChartFigures, ChartWording, page_words
from tanlu.pages.quantities import MONEY_AXIS, PRICE_AXIS
from tanlu.pages.service import AnswerView
from tanlu.pages.state import Session

# Bills by class of customers: the word for it and its indicator, CNY/MWh.
BILLS = {
    "residential": "Price|Final Energy|Residential|Electricity",
    "commercial": "Price|Final Energy|Commercial|Electricity",
    "industrial": "Price|Final Energy|Industry|Electricity",
}
PUBLIC = {"spent": "Public Budget|Climate Support", "revenue": "Public Budget|Climate Revenue"}


@solara.component
def PayArea(view: AnswerView, base: AnswerView, session: Session, language: str) -> None:
    """Show payments of all years at once, so that the browser plays them."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    values = solara.use_memo(lambda: pay_values(view, base), [view.id, base.id])
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    panels.PayTable(
        wording=ChartWording(
            language,
            page_words(language, "pay", "power", "chart"),
            dict(MONEY_AXIS[language]),
            dict(PRICE_AXIS[language]),
        ),
        figures=ChartFigures(
            f"{view.id}-{base.id}", session.asked.value.move, list(values["years"]) if values else [], values
        ),
        subject={
            "groups": list(GROUPS),
            "rents": list(RENTS),
            "bills": list(BILLS),
            "first_year": first_year,
            "title": text(language, "pay.title"),
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view)) if values else None,
    )


def pay_values(view: AnswerView, base: AnswerView) -> dict[str, Any]:
    """Return payments, bills and public money by year, and those of the baseline; empty where there are none."""
    if view.payments is None or base.payments is None:
        return {}
    same = view is base or view.payments.years != base.payments.years
    return {"years": view.payments.years, "now": _figures(view, view.payments)} | (
        {} if same else {"base": _figures(base, base.payments)}
    )


def _figures(view: AnswerView, payments: Payments) -> dict[str, Any]:
    return {
        "paid": np.round(payments.paid, 2).tolist(),
        "rents": np.round(payments.rents, 2).tolist(),
        "bills": [np.round(view.path(name), 1).tolist() for name in BILLS.values()],
        **{key: np.round(view.path(name), 2).tolist() for key, name in PUBLIC.items()},
    }


def csv_file(view: AnswerView) -> dict[str, str]:
    """Return all payments between groups as a file: its name and its text."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(["scenario", "year", "payer", "payee", "bn CNY2020/yr"])
    scenario, payments = as_text(scenario_name(view.levers)), view.payments
    assert payments is not None
    for (y, i, j), value in np.ndenumerate(payments.paid):
        if value > 0.0:
            writer.writerow([scenario, payments.years[y], GROUPS[i], GROUPS[j], f"{value:.4f}"])
    return {"name": f"tanlu-who-pays-{view.id}.csv", "text": BYTE_ORDER_MARK + lines.getvalue()}

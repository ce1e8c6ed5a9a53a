"""The map of plants: where each stands, what it does in a year, and what it decided and why."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

import csv
import io
from typing import Any

import numpy as np
import pandas as pd
import solara

from tanlu.core.units import MCNY_PER_BN_CNY
from tanlu.core.words import text, words
from tanlu.industry.lines import facility_and_line
from tanlu.investment.closed_by import ClosedBy, told
from tanlu.output.charts import TOTAL
from tanlu.output.figures.quantities import POWER_AXIS, money, number
from tanlu.pages import panels
from tanlu.pages.export import BYTE_ORDER_MARK, as_text
from tanlu.pages.panels import ChartFigures, ChartWording, page_words
from tanlu.pages.sites import FIGURES, KINDS, Plants, PlantSites, common_name, site_figures, site_span
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView
from tanlu.why.margins import margin_told, margin_why

CAPACITY, OUTPUT, EMITTED, CAPTURED = range(len(FIGURES))
POWER_KINDS = frozenset(kind.key for kind in KINDS if kind.power)
# How figures travel: whole MW or kt of yearly product, GWh or kt of product, kt of CO2.
SCALE = {"capacity": (1.0, 1e-3), "output": (1e-3, 1e-3), "emitted": (1e3, 1e3), "captured": (1e3, 1e3)}


@solara.component
def MapArea(view: AnswerView, session: Session, language: str) -> None:
    """Show all plants of an answer with all years at once, and one site's units and decisions when it is chosen."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    chosen, set_chosen = solara.use_state(-1)
    service = session.service
    sites, plants = service.sites, service.plants(view.levers)
    values = solara.use_memo(lambda: map_values(view, sites, plants), [view.id])
    named = solara.use_memo(lambda: named_sites(sites, language), [language])
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    card = solara.use_memo(lambda: site_card(sites, plants, chosen, language), [view.id, chosen, language])
    panels.PlantMap(
        wording=ChartWording(
            language, page_words(language, "map", "power", "chart"), dict(POWER_AXIS[language])
        ),
        figures=ChartFigures(view.id, session.answered, plants.years, values),
        subject={
            "outline": dict(sites.outline),
            "kinds": [
                {
                    "key": kind.key,
                    "colour": kind.colour,
                    "power": kind.power,
                    "name": text(language, f"kind.{kind.key}"),
                }
                for kind in KINDS
            ],
            "sites": named,
            "first_year": first_year,
        },
        card=card,
        file=file,
        event_choose=session.choose_moment,
        event_choose_site=lambda site: set_chosen(checked_site(site, sites)),
        event_ask_csv=lambda _: set_file(csv_file(view, sites, plants, session.moment.value.year)),
    )


def checked_site(site: object, sites: PlantSites) -> int:
    """Return the number of a site a browser asked for, -1 where there is none."""
    return site if isinstance(site, int) and 0 <= site < len(sites.places) else -1


def map_values(view: AnswerView, sites: PlantSites, plants: Plants) -> dict[str, Any]:
    """Return what each site does by year, as whole numbers; 0 stands for a series that is nothing but zero.

    `elsewhere` is what the region emits away from the sites, Mt: the table of plants has no vehicles.
    """
    figures, (first, last) = site_figures(sites, plants), site_span(sites, plants)
    power = np.array([place.kind in POWER_KINDS for place in sites.places])
    series = {}
    for f, (name, factors) in enumerate(SCALE.items()):
        scaled = figures[f] * np.where(power, *factors)[:, None]
        series[name] = [thin(row) for row in np.rint(scaled).astype(np.int64)]
    return {
        **series,
        "first": first.tolist(),
        "last": last.tolist(),
        "built_later": {key: np.rint(mw).astype(int).tolist() for key, mw in plants.built_later_mw.items()},
        "elsewhere": np.round(view.first_path(TOTAL) - figures[EMITTED].sum(axis=0), 1).tolist(),
    }


def thin(row: "np.ndarray[Any, np.dtype[np.int64]]") -> list[int] | int:
    """Return a series as a list, or 0 where it holds nothing else."""
    return row.tolist() if row.any() else 0


def named_sites(sites: PlantSites, language: str) -> list[dict[str, Any]]:
    """Return where each site stands and what it is called."""
    named = []
    for position, place in enumerate(sites.places):
        units = [sites.units[unit] for unit in sites.units_of(position)]
        owners = dict.fromkeys(unit.owner[language] for unit in units)
        name = common_name([unit.name[language] for unit in units])
        named.append({"at": list(place.at), "kind": place.kind, "name": name, "owner": ", ".join(owners)})
    return named


def site_card(sites: PlantSites, plants: Plants, site: int, language: str) -> dict[str, Any]:
    """Return the units of a site with all their years and decisions; empty where no site is chosen."""
    if site < 0:
        return {}
    units = [unit_lines(sites, plants, unit, language) for unit in sites.units_of(site)]
    return {"site": site, "power": sites.places[site].kind in POWER_KINDS, "units": units}


def unit_lines(sites: PlantSites, plants: Plants, unit: int, language: str) -> dict[str, Any]:
    """Return one unit's name, figures by year, and what it decided in each of its windows."""
    one = sites.units[unit]
    factors = [pair[0 if one.kind in POWER_KINDS else 1] for pair in SCALE.values()]
    series = {
        name: [round(float(value), 1) for value in plants.figures[f, unit] * factor]
        for f, (name, factor) in enumerate(zip(SCALE, factors, strict=True))
    }
    mine, shut, margins = (
        rows[rows["site_unit"] == unit] for rows in (plants.decisions, plants.closed, plants.margins)
    )
    windows = [
        (int(options["year"].iloc[0]), str(options["decider"].iloc[0]), options)
        for _, options in mine.groupby(["year", "decider"], observed=True)
    ]
    return {
        "name": one.name[language],
        "built": one.built,
        "grade": one.grade,
        **series,
        "at_work": plants.at_work[unit].tolist(),
        "decisions": [
            [
                year,
                line_words(decider, one.id, language)
                + reason(options, sites, language)
                + closed_words(shut[shut["decider"] == decider], year, sites, language)
                + margin_words(margins, options, shut, year, language),
            ]
            for year, decider, options in windows
        ],
    }


def line_words(decider: str, unit: str, language: str) -> str:
    """Say which line of a facility decides; nothing where it has only one."""
    line = facility_and_line(decider)[1] if decider != unit else ""
    return text(language, "map.line", {"line": line}) if line else ""


def reason(options: pd.DataFrame, sites: PlantSites, language: str) -> str:
    """Say what a decider chose of the options of one year, and what spoke against the best of the others."""
    rows = options.to_dict("records")
    chosen = next(row for row in rows if row["chosen"])
    said = option_name(chosen["option"], sites, language)
    if not chosen["started"]:
        said += text(
            language, "map.not_started", {"why": text(language, f"binding.{chosen['binding_constraint']}")}
        )
    others = [row for row in rows if not row["chosen"] and row["option"] != "keep"]
    if not others:
        return said
    best = max(others, key=lambda row: row["npv_mcny"])
    name, npv = option_name(best["option"], sites, language), best["npv_mcny"]
    said += text(language, "map.other", {"option": name, "npv": money(npv / MCNY_PER_BN_CNY, language)})
    price = best["switching_carbon_price_cny_per_tco2"]
    if np.isfinite(price) and npv < 0:
        said += text(language, "map.switch", {"price": number(price, 0)})
    return said


def closed_words(shut: pd.DataFrame, year: int, sites: PlantSites, language: str) -> str:
    """Say what closed the options that a decider at a window could not take, in brief."""
    rows = shut[(shut["from_year"] <= year) & (year <= shut["to_year"])]
    reasons = zip(rows["option"], rows["closed_by"], rows["reason_value"], rows["reason_limit"], strict=True)
    said = (
        f"{option_name(option, sites, language)}: {told(ClosedBy[code.upper()], value, limit, language)}"
        for option, code, value, limit in reasons
    )
    words = text(language, "map.and").join(said)
    return text(language, "map.closed", {"reasons": words}) if words else ""


def margin_words(
    margins: pd.DataFrame, options: pd.DataFrame, shut: pd.DataFrame, year: int, language: str
) -> str:
    """Say what a power unit at a window earns and pays a kilowatt, and what the regulator said."""
    shut = shut[(shut["from_year"] <= year) & (year <= shut["to_year"])]
    why = margin_why(margins, options, shut, year)
    return margin_told(why, language) if why else ""


def option_name(option: str, sites: PlantSites, language: str) -> str:
    """Return what an option is called; the model's own word where it has no name."""
    label = sites.option_names[language].get(option)
    return label or words(language).get(f"option.{option}") or option.replace("_", " ")


def csv_file(view: AnswerView, sites: PlantSites, plants: Plants, year: int) -> dict[str, str]:
    """Return all tracked plants in one year as a file: its name and its text."""
    at = int(np.argmin(np.abs(np.array(plants.years) - year)))
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    head = [
        "scenario",
        "year",
        "plant",
        "name_en",
        "name_zh",
        "owner_en",
        "kind",
        "province",
        "longitude_deg",
    ]
    writer.writerow(
        [*head, "latitude_deg", "built_year", "at_work", "capacity", "output", *FIGURES[EMITTED:]]
    )
    start = [as_text(view.levers.name), plants.years[at]]
    for u, unit in enumerate(sites.units):
        names = [as_text(cell) for cell in (unit.id, *unit.name.values(), unit.owner["en"])]
        figures = [f"{value:.6g}" for value in plants.figures[:, u, at]]
        place = [unit.kind, unit.province, *unit.at, unit.built]
        writer.writerow([*start, *names, *place, int(plants.at_work[u, at]), *figures])
    return {
        "name": f"tanlu-{view.id}-plants-{plants.years[at]}.csv",
        "text": BYTE_ORDER_MARK + lines.getvalue(),
    }

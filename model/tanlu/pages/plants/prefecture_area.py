"""The view of who is affected by prefecture: what a scenario changes for the tracked plants of each."""
# ruff: noqa: N802 - components are named like classes, as Solara's own are

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import solara

from tanlu.core.arrays import Floats, Integers
from tanlu.core.words import LANGUAGES, text
from tanlu.output.charts import TOTAL
from tanlu.output.figures.phrases import against_in_words, span_in
from tanlu.output.figures.quantities import MONEY_AXIS, POWER_AXIS, VOLUME_AXIS, Axis, emission
from tanlu.pages import panels
from tanlu.pages.export import as_text, csv_text
from tanlu.pages.measures import Summary
from tanlu.pages.panels import ChartFigures, ChartWording, Event, page_words, reference_words
from tanlu.pages.plants.prefectures import (
    QUANTITIES,
    ByPrefecture,
    PlantQuantity,
    by_prefecture,
    changed_by_prefecture,
    prefectures_of,
    select_province,
)
from tanlu.pages.sites import Plants
from tanlu.pages.state import Session
from tanlu.pages.workers.views import AnswerView

EMITTED = [one.key for one in QUANTITIES].index("emitted")
PLANTS = "plants"  # unit of what is counted
AXES = {"Mt CO2/yr": VOLUME_AXIS, "bn CNY2020/yr": MONEY_AXIS, "MW": POWER_AXIS}
DIGITS = 4  # after the point of what is sent
ALL = "all"  # stands for all provinces together in the file


type Labels = Mapping[str, Mapping[str, str]]  # of provinces, by language


class TwoAnswers(NamedTuple):
    """What the plants of each prefecture do in an answer and in its reference."""

    now: ByPrefecture
    before: ByPrefecture | None  # None where the answer is its own reference, or of other years
    changed: Integers  # [A] plants that take another course
    counted: "np.ndarray[Any, np.dtype[np.bool_]]"  # [Y] years of sums

    def sums(self, values: Floats) -> Floats:
        """Return the sum over the years that count [..., Y]."""
        return np.asarray(values[..., self.counted].sum(axis=-1))


@panels.component_of_records("prefectures.vue")
def PrefectureTable(
    wording: ChartWording,
    figures: ChartFigures,
    subject: dict[str, Any],
    file: dict[str, str],
    event_choose: Event,
    event_ask_csv: Event,
) -> None:
    """Show by prefecture what the tracked plants do, and how that differs from the reference."""


@solara.component
def PrefectureArea(
    view: AnswerView, base: AnswerView, found: Summary, session: Session, language: str
) -> None:
    """Show by prefecture what a scenario changes, all years at once."""
    file, set_file = solara.use_state({"name": "", "text": ""})
    both = solara.use_memo(
        lambda: two_answers(view, base, found, session), [view.levers.id, base.levers.id, view.region]
    )
    values = solara.use_memo(lambda: prefecture_values(both), [both])
    first_year = solara.use_memo(lambda: session.moment.value.year, [])  # from then on the browser leads
    labels = session.service.axes.labels
    PrefectureTable(
        wording=ChartWording(
            language,
            page_words(language, "prefectures", "map", "power", "chart")
            | reference_words(found.kind, language),
            {},
        ),
        figures=ChartFigures(f"{view.id}-{base.id}", both.now.years, values),
        subject={
            "rows": [
                {"province": labels[one.province][language], "name": one.name[language]}
                for one in both.now.prefectures
            ],
            "totals": [
                *(labels[one][language] for one in both.now.provinces),
                *[text(language, "bearers.together")][: both.now.several],
            ],
            "quantities": [
                {"key": one.key, "adds_up": one.adds_up, "axis": axis_of_quantity(one, language)}
                for one in QUANTITIES
            ],
            "span": span_in(found.now.span, language),
            "draws": view.draws,
            "told": told(both, found, labels, language),
            "share": share_of_all(both, view),
            "first_year": first_year,
        },
        file=file,
        event_choose=session.choose_moment,
        event_ask_csv=lambda _: set_file(csv_file(view, both, found.now.span)),
    )


def two_answers(view: AnswerView, base: AnswerView, found: Summary, session: Session) -> TwoAnswers:
    """Return what the plants of each prefecture on show do in an answer and in its reference."""
    service = session.service
    sites, provinces = service.sites, service.provinces_in(view.region)
    plants, usual = service.plants(view.levers), service.plants(base.levers)
    comparable = view is not base and plants.years == usual.years
    is_shown = np.array([one.province in provinces for one in prefectures_of(sites)[0]], bool)

    def of_plants(seen: Plants) -> ByPrefecture:
        table = by_prefecture(sites, seen, service.axes.provinces)
        return table if provinces == table.provinces else select_province(table, view.region)

    return TwoAnswers(
        of_plants(plants),
        of_plants(usual) if comparable else None,
        changed_by_prefecture(sites, plants, usual)[is_shown],
        found.now.is_counted,
    )


def rows_of(table: ByPrefecture) -> Floats:
    """Return the values of prefectures, then of provinces, then of several together [Q, A + P + 1, Y]."""
    together = table.of_provinces.sum(axis=1, keepdims=True)[:, : table.several]
    return np.concatenate([table.of_prefectures, table.of_provinces, together], axis=1)


def forms_of(both: TwoAnswers) -> dict[str, Floats]:
    """Return the values to show, amounts and then differences where there is a reference [Q, A + P + 1, Y]."""
    now = rows_of(both.now)
    return {"now": now} if both.before is None else {"now": now, "difference": now - rows_of(both.before)}


def prefecture_values(both: TwoAnswers) -> dict[str, Any]:
    """Return what the browser shows: by form what each row is in every year, and its sum; plants that changed."""
    values: dict[str, Any] = {
        form: {
            "years": np.round(of, DIGITS).tolist(),
            "sums": np.round(both.sums(of), DIGITS).tolist(),
        }
        for form, of in forms_of(both).items()
    }
    return values | {"changed": changed_rows(both)}


def changed_rows(both: TwoAnswers) -> list[int]:
    """Return how many plants of each row take another course."""
    of_province = [
        int(sum(n for n, one in zip(both.changed, both.now.prefectures, strict=True) if one.province == name))
        for name in both.now.provinces
    ]
    return [*both.changed.tolist(), *of_province, *[sum(of_province)][: both.now.several]]


def axis_of_quantity(one: PlantQuantity, language: str) -> Axis:
    """Return how a quantity is written, in a year and as a sum."""
    if one.unit == PLANTS:
        return Axis(factor=1.0, digits=0, unit=text(language, "prefectures.plants"))
    return AXES[one.unit][language]


def told(both: TwoAnswers, found: Summary, labels: Labels, language: str) -> dict[str, str]:
    """Return by form what stands out: who emits most, and where that changes most."""
    if not both.now.prefectures:
        return {"now": text(language, "prefectures.no_sites")}
    span = span_in(found.now.span, language)
    forms = {form: both.sums(of[EMITTED, : len(both.now.prefectures)]) for form, of in forms_of(both).items()}

    def largest(mt: Floats) -> dict[str, str]:
        at = int(np.argmax(np.abs(mt)))
        place = both.now.prefectures[at]
        name = f"{place.name[language]} · {labels[place.province][language]}"
        return {"span": span, "place": name, "amount": str(emission(abs(float(mt[at])), language))}

    said = {"now": text(language, "prefectures.level", largest(forms["now"]))}
    if "difference" in forms:
        mt = forms["difference"]
        known = {
            "against": against_in_words(found.kind, language),
            "plants": str(both.changed.sum()),
            "places": str((both.changed > 0).sum()),
        }
        said["difference"] = text(language, change_key(mt, both.changed), known | largest(mt))
    return said


def change_key(mt: Floats, changed: Integers) -> str:
    """Return the text that says what changes: emissions of prefectures, courses of plants alone, or nothing."""
    most = mt[np.argmax(np.abs(mt))]
    if most:
        return "prefectures.more" if most > 0.0 else "prefectures.less"
    return "prefectures.courses" if changed.any() else "prefectures.nothing"


def share_of_all(both: TwoAnswers, view: AnswerView) -> int:
    """Return the share of tracked plants in the CO2 of the region over the years that count, percent."""
    tracked = both.sums(both.now.of_provinces[EMITTED].sum(axis=0))
    return round(100.0 * float(tracked / both.sums(view.first_path(TOTAL))))


def csv_file(view: AnswerView, both: TwoAnswers, span: str) -> dict[str, str]:
    """Return all rows in all years as a file: its name and its text."""
    head = [
        "scenario",
        "draw",
        "province",
        *(f"prefecture_{one}" for one in LANGUAGES),
        "quantity",
        "unit",
        "of",
    ]
    start = as_text(view.levers.name)
    rows = ([*head, f"sum_{span}", *both.now.years], *([start, 1, *row] for row in csv_rows(both)))
    return {"name": f"tanlu-{view.id}-prefectures.csv", "text": csv_text(rows)}


def csv_rows(both: TwoAnswers) -> Iterator[list[object]]:
    """Yield the rows of the file: of each place plants that changed, then every quantity in each form."""
    places = [
        *([one.province, *(one.name[language] for language in LANGUAGES)] for one in both.now.prefectures),
        *([one, "", ""] for one in both.now.provinces),
        *[[ALL, "", ""]][: both.now.several],
    ]
    forms, no_years = forms_of(both), [""] * len(both.now.years)
    for n, (place, changed) in enumerate(zip(places, changed_rows(both), strict=True)):
        if both.before is not None:
            yield [*place, "other_course", PLANTS, "difference", changed, *no_years]
        for q, one in enumerate(QUANTITIES):
            for form, of in forms.items():
                total = f"{both.sums(of[q, n]):.12g}" if one.adds_up else ""
                yield [*place, one.key, one.unit, form, total, *(f"{value:.12g}" for value in of[q, n])]

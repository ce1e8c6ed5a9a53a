"""Why an effect is small or large, in words and tables of text."""

import math
from collections.abc import Iterator

from tanlu.core.units import T_PER_MT
from tanlu.core.words import group, text, words
from tanlu.core.words.numbers import number
from tanlu.explanation.effects.answer import EffectExplanation
from tanlu.explanation.effects.levers import NextLevers
from tanlu.explanation.effects.missing import MissingField
from tanlu.explanation.effects.reasons import CAPTURE, LOWER, STARTED, EffectReasons
from tanlu.explanation.rendering import Part, Table
from tanlu.output.differences import Difference
from tanlu.policies import KINDS


def render_effect(answer: EffectExplanation, language: str) -> Iterator[Part]:
    """Yield the sentences and tables that explain an effect."""
    own = group(language, "explained")
    span = {"first": answer.first_year, "last": answer.last_year}
    what = "stored" if answer.reasons.option == CAPTURE else "avoided"
    yield own[what].format(
        scenario=answer.scenario,
        reference=answer.reference,
        amount=within(answer.effect_mtco2, language),
        **span,
    )
    yield from reason_parts(answer, language)
    for field in answer.missing:
        yield missing_in_words(field, language)
        yield field.yaml
    yield own["next_door"].format(
        exports=within(answer.next_door.net_exports_twh, language),
        elsewhere=within(answer.next_door.elsewhere_mtco2, language),
        electricity=within(answer.next_door.electricity_mtco2, language),
        **span,
    )
    if answer.levers is not None:
        yield from lever_parts(answer.levers, language)


def reason_parts(answer: EffectExplanation, language: str) -> Iterator[Part]:
    """Yield the tables of reasons and of what plants lack a tonne."""
    own, option = group(language, "explained"), answer.reasons.option
    label = own.get(f"option_{option}") or words(language).get(f"option.{option}", option)
    before = answer.reasons_before.by_reason().set_index("reason")["tco2_per_year"]
    sums = answer.reasons.by_reason()
    rows = [
        (
            reason_name(str(row.reason), language),
            str(row.deciders),
            mt(float(row.tco2_per_year)),
            mt(float(before.get(row.reason, 0.0))),
            largest_name(answer, str(row.reason), language),
        )
        for row in sums.itertuples()
    ]
    total = str(len(answer.reasons.deciders)), mt(float(sums["tco2_per_year"].sum())), mt(float(before.sum()))
    heads = [own[f"head_{name}"] for name in ("reason", "plants", "mt", "mt_before", "largest")]
    yield Table.build(own["reasons"].format(option=label), heads, [*rows, (own["all"], *total, "")])
    yield from term_parts(answer.reasons, language)


def term_parts(reasons: EffectReasons, language: str) -> Iterator[Part]:
    """Yield the table of what plants lack a tonne, term by term; nothing where no plant lacks money."""
    terms = reasons.terms_cny_per_tco2()
    if not terms:
        return
    own, names = group(language, "explained"), group(language, "capture_term")
    lacking = reasons.lacking
    title = own["terms"].format(
        plants=len(lacking), captured=mt(float(lacking["captured_tco2_per_year"].sum()))
    )
    rows = [(names[name], number(value, "", sign=True)) for name, value in terms.items()]
    total = (names["total"], number(math.fsum(terms.values()), "", sign=True))
    yield Table.build(title, [own["head_term"], own["head_cny"]], [*rows, total])


def missing_in_words(field: MissingField, language: str) -> str:
    """Say which term is missing and which field of which policy changes it."""
    values = {"policy": KINDS[field.kind].title[language], "path": field.path, "value": field.value}
    return text(language, f"explained.missing_{field.term}", values)


def lever_parts(levers: NextLevers, language: str) -> Iterator[Part]:
    """Yield the table of the levers that help most, and how they were found."""
    own = group(language, "explained")
    rows = [
        (
            lever_name(effect.lever.kind, effect.lever.field, language),
            within(effect.mtco2, language),
            within(effect.net_public_money_bn_cny, language),
            number(effect.cost_cny_per_tco2, ""),
        )
        for effect in levers.shown
    ]
    if rows:
        heads = [own[f"head_{name}"] for name in ("lever", "helps", "money", "cost")]
        yield Table.build(own["levers"], heads, rows)
    yield own["levers_run" if rows else "no_lever"].format(
        tried=len(levers.screened), runs=levers.runs, draws=levers.draws
    )
    for effect in levers.shown:
        yield effect.lever.yaml


def lever_name(kind: str, field: str, language: str) -> str:
    """Name a lever by its policy, and by its field where it is one."""
    title = KINDS[kind].title[language]
    return text(language, "explained.field_of", {"policy": title, "field": field}) if field else title


def reason_name(reason: str, language: str) -> str:
    """Name a reason as `tanlu why` does."""
    own = words(language)
    if reason in (STARTED, LOWER):
        return own[f"explained.{reason}"]
    return own.get(f"reason.{reason}") or own[f"binding.{reason}"]


def largest_name(answer: EffectExplanation, reason: str, language: str) -> str:
    """Name the plant with most tonnes of a reason, with the year that it is of."""
    rows = answer.reasons.deciders
    row = rows[rows["reason"] == reason].nlargest(1, "tco2_per_year").iloc[0]
    decider = str(row["decider"])
    name = answer.names.get(decider, (decider, decider))[language == "zh"]
    return text(language, "explained.in_year", {"name": name, "year": int(row["year"])})


def mt(tonnes: float) -> str:
    """Write tonnes as million tonnes."""
    return number(tonnes / T_PER_MT, "")


def within(figure: Difference, language: str) -> str:
    """Write a difference with its interval, and say where that holds 0."""
    if math.isnan(figure.half_width):
        return number(figure.mean, "", sign=True)
    values = {"mean": number(figure.mean, "", sign=True), "half": number(figure.half_width, "")}
    return text(language, "explained.noise" if figure.is_in_noise else "explained.within", values)

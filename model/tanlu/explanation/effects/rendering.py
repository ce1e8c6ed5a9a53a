"""Why an effect is small or large, in words and tables of text."""

import math
from collections.abc import Iterator, Mapping

from tanlu.core.units import T_PER_MT
from tanlu.core.words import group, text, words
from tanlu.core.words.numbers import MINUS, PER_BILLION, PER_MILLION, number
from tanlu.explanation.effects.answer import EffectExplanation
from tanlu.explanation.effects.levers import NextLevers
from tanlu.explanation.effects.missing import FIELDS, MissingField
from tanlu.explanation.effects.next_door import NextDoor
from tanlu.explanation.effects.reasons import CAPTURE, LOWER, STARTED, EffectReasons
from tanlu.explanation.rendering import Part, Table
from tanlu.output.differences import Difference
from tanlu.policies import KINDS


def render_effect(answer: EffectExplanation, language: str) -> Iterator[Part]:
    """Yield the sentences and tables that explain an effect."""
    labels = group(language, "explained")
    span = {"first": answer.first_year, "last": answer.last_year}
    what = "stored" if answer.reasons.option == CAPTURE else "avoided"
    yield labels[what].format(
        scenario=answer.scenario,
        reference=answer.reference,
        amount=within(answer.effect_mtco2, language, PER_MILLION),
        **span,
    )
    yield from reason_parts(answer.reasons, answer.reasons_before, language)
    for field in answer.missing:
        yield missing_in_words(field, language)
        yield field.yaml
    yield next_door_in_words(answer.next_door, span, language)
    if answer.levers is not None:
        yield from lever_parts(answer.levers, language)


def next_door_in_words(next_door: NextDoor, span: Mapping[str, int], language: str) -> str:
    """Say what an effect moves next door; `span` is the first and last year of sums."""
    changes = {
        name.rpartition("_")[0]: within(
            change, language, PER_BILLION if name.endswith("_twh") else PER_MILLION
        )
        for name, change in next_door._asdict().items()
    }
    return text(language, "explained.next_door", {**changes, **span})


def reason_parts(reasons: EffectReasons, before: EffectReasons, language: str) -> Iterator[Part]:
    """Yield the tables of reasons, with those of the reference, and of what plants lack a tonne."""
    labels = group(language, "explained")
    sums, sums_before = (side.by_reason().set_index("reason") for side in (reasons, before))
    joined_sums = sums.join(sums_before["tco2_per_year"].rename("before"), how="outer").fillna(0.0)
    joined_sums = joined_sums.sort_values(["tco2_per_year", "before"], ascending=False, kind="stable")
    rows = [
        (
            reason_name(str(reason), language),
            f"{row['deciders']:.0f}",
            millions_in_words(float(row["tco2_per_year"]), language),
            millions_in_words(float(row["before"]), language),
            largest_name(reasons, str(reason), language) if row["deciders"] else "",
        )
        for reason, row in joined_sums.iterrows()
    ]
    totals = (float(side["tco2_per_year"].sum()) for side in (sums, sums_before))
    total = (str(len(reasons.deciders)), *(millions_in_words(tonnes, language) for tonnes in totals))
    heads = [labels[f"head_{name}"] for name in ("reason", "plants", "mt", "mt_before", "largest")]
    title = labels["reasons"].format(option=reasons.labels[language])
    yield Table.build(title, heads, [*rows, (labels["all"], *total, "")])
    yield from term_parts(reasons, language)


def term_parts(reasons: EffectReasons, language: str) -> Iterator[Part]:
    """Yield the table of what plants lack a tonne, term by term; nothing where no plant lacks money."""
    terms = reasons.terms_cny_per_tco2()
    if not terms:
        return
    labels, names = group(language, "explained"), group(language, "capture_term")
    lacking = reasons.lacking
    captured = millions_in_words(float(lacking["captured_tco2_per_year"].sum()), language)
    title = labels["terms"].format(plants=len(lacking), captured=captured)
    shown = {name: value for name, value in terms.items() if value or name in FIELDS}
    rows = [(names[name], signed(value)) for name, value in shown.items()]
    total = (names["total"], signed(math.fsum(terms.values())))
    yield Table.build(title, [labels["head_term"], labels["head_cny"]], [*rows, total])


def missing_in_words(field: MissingField, language: str) -> str:
    """Say which term is missing and which field of which policy changes it."""
    values = {"policy": KINDS[field.kind].title[language], "path": field.path, "value": field.value}
    return text(language, f"explained.missing_{field.term}", values)


def lever_parts(levers: NextLevers, language: str) -> Iterator[Part]:
    """Yield the table of the levers that help most, and how they were found."""
    labels = group(language, "explained")
    rows = [
        (
            lever_name(effect.lever.kind, effect.lever.field, language),
            within(effect.mtco2, language, PER_MILLION),
            within(effect.net_public_money_bn_cny, language, PER_BILLION),
            signed(effect.cost_cny_per_tco2),
        )
        for effect in levers.best
    ]
    if rows:
        heads = [labels[f"head_{name}"] for name in ("lever", "helps", "money", "cost")]
        yield Table.build(labels["levers"], heads, rows)
    yield labels["levers_run" if rows else "no_lever"].format(
        tried=len(levers.screened), runs=levers.runs, draws=levers.draws
    )
    for effect in levers.best:
        yield effect.lever.yaml


def lever_name(kind: str, field: str, language: str) -> str:
    """Name a lever by its policy, and by its field where it is one."""
    title = KINDS[kind].title[language]
    return text(language, "explained.field_of", {"policy": title, "field": field}) if field else title


def reason_name(reason: str, language: str) -> str:
    """Name a reason as `tanlu why` does."""
    labels = words(language)
    if reason in (STARTED, LOWER):
        return labels[f"explained.{reason}"]
    return labels.get(f"reason.{reason}") or labels[f"binding.{reason}"]


def largest_name(reasons: EffectReasons, reason: str, language: str) -> str:
    """Name the plant with most tonnes of a reason, with the year that it is of."""
    rows = reasons.deciders
    row = rows[rows["reason"] == reason].nlargest(1, "tco2_per_year").iloc[0]
    name = str(row["name_zh" if language == "zh" else "name"])
    return text(language, "explained.in_year", {"name": name, "year": int(row["year"])})


def millions_in_words(tonnes: float, language: str) -> str:
    """Write tonnes as million tonnes, or as 万吨."""
    return number(tonnes / T_PER_MT * PER_MILLION[language], "")


def signed(value: float) -> str:
    """Write a number with its sign, a true minus."""
    return number(value, "", sign=True).replace("-", MINUS)


def within(figure: Difference, language: str, sizes: Mapping[str, float]) -> str:
    """Write a difference with its interval, and say where that holds 0.

    `sizes` says by language by what to multiply it.
    """
    mean, half_width = sizes[language] * figure.mean, sizes[language] * figure.half_width
    if math.isnan(half_width):
        return signed(mean)
    values = {"mean": signed(mean), "half": number(half_width, "")}
    return text(language, "explained.noise" if figure.is_in_noise else "explained.within", values)

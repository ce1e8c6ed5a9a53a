"""The entries of the evidence: instruments, conditions, indicators, tables of data and sources, graded and licensed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tanlu.core.words import text
from tanlu.core.words.numbers import unit_name
from tanlu.indicators.catalogue import Description, describe
from tanlu.inputs.field_words import field_words
from tanlu.output.take_away.citations import GRADES, Citations, citations
from tanlu.policies import KINDS
from tanlu.policies.texts.documentation import document_instrument
from tanlu.region.pack import load_region
from tanlu.scenario.world import World

GROUPS = ("instrument", "driver", "indicator", "series", "source")
GRADED = re.compile(r"grades? ([A-D])(?:(?: and |, )([A-D]))?")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
MOST_LICENCES = 4  # named with a table; the list of its sources has all


def entries(
    region: str, variables: Sequence[str], units: Sequence[str], language: str
) -> list[dict[str, Any]]:
    """Return all entries in a language, as the browser gets them.

    Args:
        region: name or folder of a region pack.
        variables: of an answer.
        units: theirs.
        language: en or zh.
    """
    return list(_entries(region, tuple(variables), tuple(units), language))


@lru_cache(maxsize=8)
def _entries(
    region: str, variables: tuple[str, ...], units: tuple[str, ...], language: str
) -> tuple[dict[str, Any], ...]:
    pack = load_region(region)
    cited = citations(pack)
    described = describe(variables, pack)
    unit_of = dict(zip(variables, units, strict=True))
    parts = (
        _instruments(language),
        _drivers(language),
        (_indicator(one, unit_of[one.variable], cited, language) for one in described.values()),
        (_series(name, cited, language) for name in cited.uses),
        _sources(cited, language),
    )
    return tuple(one for part in parts for one in part)


def _entry(group: str, name: str, title: str, said: str, language: str, **more: Any) -> dict[str, Any]:
    """Return one entry; what is known of neither source, year, licence nor grade is said to be not stated."""
    none = text(language, "basis.none")
    known = {key: more.pop(key, "") or none for key in ("from", "year", "licence", "grade")}
    return {
        "group": group,
        "name": name,
        "title": title,
        "text": said,
        **known,
        "links": [],
        "uses": [],
        **more,
    }


def _instruments(language: str) -> Iterator[dict[str, Any]]:
    for kind in KINDS:
        said = document_instrument(kind, language)
        sources = {
            tongue: next(
                (one.text for one in document_instrument(kind, tongue).paragraphs if one.key == "Source"), ""
            )
            for tongue in ("en", language)
        }
        yield _entry(
            "instrument",
            kind,
            said.title,
            said.summary,
            language,
            **{"from": sources[language]},
            year=text(language, "basis.in_text"),
            licence=text(language, "basis.facts"),
            grade=grades_in(sources["en"]),
        )


def _drivers(language: str) -> Iterator[dict[str, Any]]:
    for name, said in field_words(World, "world", language).items():
        english = field_words(World, "world", "en")[name].range_source
        yield _entry(
            "driver",
            name,
            said.title,
            said.help,
            language,
            **{"from": said.range_source or text(language, "basis.choice")},
            year=text(language, "basis.in_text"),
            licence=text(language, "basis.facts"),
            grade=grades_in(english) or text(language, "basis.no_figure"),
        )


def _indicator(one: Description, unit: str, cited: Citations, language: str) -> dict[str, Any]:
    tables = [name for name in one.tables if name in cited.uses]
    keys = {use.source for name in tables for use in cited.uses[name]}
    counts: Counter[str] = Counter()
    for name in tables:
        counts.update(cited.grades[name])
    none = text(language, "basis.no_figure")
    return _entry(
        "indicator",
        one.variable,
        one.label[language],
        one.text[language],
        language,
        **{"from": text(language, "basis.computed" if tables else "basis.not_read")},
        unit=unit_name(unit, language),
        year=years_of(keys, cited.sources) or none,
        licence=licences_of(keys, cited.sources, language) or none,
        grade=shares(counts) or none,
        links=[f"series/{name}" for name in tables],
    )


def _series(name: str, cited: Citations, language: str) -> dict[str, Any]:
    keys = [use.source for use in cited.uses[name]]
    told = {"count": len(keys), "rows": sum(cited.grades[name].values())}
    return _entry(
        "series",
        name,
        text(language, f"table.{name}"),
        "",
        language,
        **{"from": text(language, "basis.tables", told)},
        year=years_of(keys, cited.sources),
        licence=licences_of(keys, cited.sources, language),
        grade=shares(cited.grades[name]),
        uses=[list(use) for use in cited.uses[name]],
    )


def _sources(cited: Citations, language: str) -> Iterator[dict[str, Any]]:
    tables: dict[str, dict[str, str]] = {}
    for table, uses in cited.uses.items():
        for use in uses:
            tables.setdefault(use.source, {})[table] = use.grades
    for key, row in cited.sources.items():
        found = set("".join(tables.get(key, {}).values()))
        yield _entry(
            "source",
            key,
            row["title"],
            ". ".join(filter(None, (row["publisher"], row["place"]))),
            language,
            **{"from": row["title"]},
            year=row["year"],
            licence=row["licence"],
            grade="".join(grade for grade in GRADES if grade in found) or text(language, "basis.not_cited"),
            links=[f"series/{table}" for table in tables.get(key, {})],
        )


def grades_in(said: str) -> str:
    """Return the grades that a text names, the best first."""
    named = {grade for pair in GRADED.findall(said) for grade in pair}
    return "".join(grade for grade in GRADES if grade in named)


def shares(counts: Mapping[str, int]) -> str:
    """Return the share of rows by grade in words, empty where there are no rows."""
    rows = sum(counts.get(grade, 0) for grade in GRADES)
    found = (f"{grade} {percent(100 * counts[grade] / rows)} %" for grade in GRADES if counts.get(grade))
    return ", ".join(found)


def percent(share: float) -> str:
    """Return a percentage that is not nothing."""
    return f"{share:.0f}" if share >= 1.0 else "<1"


def years_of(keys: Iterable[str], listed: Mapping[str, Mapping[str, str]]) -> str:
    """Return the span of years from which sources are."""
    return span_of([year for key in keys if key in listed for year in YEAR.findall(listed[key]["year"])])


def span_of(years: Sequence[str]) -> str:
    """Return the first and the last of some years."""
    first, last = (min(years), max(years)) if years else ("", "")
    return first if first == last else f"{first}\N{EN DASH}{last}"


def licences_of(keys: Iterable[str], listed: Mapping[str, Mapping[str, str]], language: str) -> str:
    """Return the most frequent licences of some sources, and how many others there are."""
    counts = Counter(listed[key]["licence"] for key in keys if key in listed and listed[key]["licence"])
    names = [name for name, _ in counts.most_common(MOST_LICENCES)]
    if len(counts) <= MOST_LICENCES:
        return "; ".join(names)
    few = {"first": "; ".join(names), "count": len(counts) - MOST_LICENCES}
    return text(language, "basis.and_others", few)

"""The catalogue of indicators: what each is called and means, what adds up to it, and on which tables it rests.

The YAML files here hold it by theme. An entry may stand for many variables: a word in braces takes every value of its
list under `names_by_kind`, or every name that the region pack or the scenario has of its kind.

Names make a tree. What stands one step below an indicator adds up to it (`parts: children`), or the entry says that it
does not (`has_separate_children: true`): shares, prices of the hours, another unit, or one part alone. A name that is
no indicator is a heading and claims no sum. Below a heading that begins with `By`, an indicator is divided in another
way than by its parts, so that neither way counts in the sum of the other.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from tanlu.core.words import LANGUAGES
from tanlu.indicators.declared import DeclaredIndicator, list_declared

if TYPE_CHECKING:
    from tanlu.region.pack import Region

FOLDER = Path(__file__).parent
BY_POLICY = "Public Budget|By Policy"  # begins the variables of public money under the name of each policy
# Begin the variables of what regulators review: an aim's variable, or an instrument, stands behind them.
AIM_HEADS = DISTANCE, OUT_OF_REACH = "Review|Distance", "Review|Out Of Reach"
INSTRUMENT_HEADS = INSTRUMENT, CUT = "Review|Instrument", "Review|Cut"
JOINT_PAYMENT, JOINT_EFFORT = "Review|Joint|Payment", "Review|Joint|Effort"
OF_A_SCENARIO = (
    BY_POLICY,
    *AIM_HEADS,
    *INSTRUMENT_HEADS,
    JOINT_PAYMENT,
    JOINT_EFFORT,
)  # begin the variables that not every scenario has
CHILDREN = "children"

type Texts = Mapping[str, str]  # by language
type Names = Mapping[str, Mapping[str, Texts]]  # by kind of name, and the name as it stands in the variable


class Description(NamedTuple):
    """The description of an indicator; texts by language."""

    variable: str
    theme: Texts
    label: Texts
    text: Texts
    better: Literal["lower", "higher", ""]
    parent: str  # the nearest indicator whose name begins its own; empty where there is none
    parts: tuple[str, ...]  # variables that add up to it; none if it is no sum of others
    has_separate_children: bool  # what stands below it does not add up to it
    tables: tuple[str, ...]  # of the region pack, on which it rests


class Bilingual(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    zh: str


class CatalogueEntry(BaseModel):
    """An entry as its file has it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    variable: str
    label: Bilingual
    text: Bilingual
    better: Literal["lower", "higher", ""] = ""
    rare: bool = False  # nothing in most draws and much in a few, so that no few draws know its mean
    parts: Literal["children"] | tuple[str, ...] = ()
    has_separate_children: bool = False
    tables: tuple[str, ...] | None = None


class CatalogueTheme(BaseModel):
    """A file of the catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: Bilingual
    tables: tuple[str, ...]
    indicators: tuple[CatalogueEntry, ...]
    names_by_kind: dict[str, dict[str, Bilingual]] = {}


def describe(variables: Sequence[str], region: "Region") -> dict[str, Description]:
    """Describe each variable, in the order of the catalogue.

    One that the catalogue does not have comes last, by its name.

    Args:
        variables: of a result, those of policies and extensions included.
        region: pack whose names they may hold.
    """
    variable_names, names = set(variables), names_in(region, variables)
    descriptions = {
        description.variable: description
        for theme in _themes()
        for description in _describe_theme(theme, names, variables)
    }
    descriptions |= {row.variable: _describe_declared(row, variable_names) for row in list_declared()}
    return {name: description for name, description in descriptions.items() if name in variable_names} | {
        name: _describe_extension(name, variable_names) for name in variables if name not in descriptions
    }


def is_rare(variable: str) -> bool:
    """Check whether the catalogue marks an indicator as rare."""
    return any(pattern.fullmatch(variable) for pattern in _rare_patterns())


@cache
def _rare_patterns() -> tuple[re.Pattern[str], ...]:
    entries = (entry for theme in _themes() for entry in theme.indicators if entry.rare)
    return tuple(re.compile(re.sub(r"\\{\w+\\}", "[^|]+", re.escape(entry.variable))) for entry in entries)


def parent_of(variable: str, variables: Collection[str]) -> str:
    """Find the nearest indicator whose name begins another's.

    Empty where there is none.
    """
    parent = variable.rpartition("|")[0]
    while parent and parent not in variables:
        parent = parent.rpartition("|")[0]
    return parent


def names_in(region: "Region", variables: Sequence[str]) -> Names:
    """Collect names that variables take from a pack and from policies."""
    co2, goods, lines = region.co2, region.industry.products, region.tables["corridors"]
    hubs = _pair_names(co2.hubs.names_en, co2.hubs.names_zh)
    stores = _pair_names(co2.stores.names_en, co2.stores.names_zh)
    places = [*hubs.values(), *stores.values()]
    corridors = [
        [{lang: places[end][lang] for lang in LANGUAGES} for end in ends] for ends in co2.corridors.ends
    ]
    line = _pair_names(lines["name_en"].astype(str), lines["name_zh"].astype(str))
    policy_names = (name.removeprefix(f"{BY_POLICY}|") for name in variables if name.startswith(BY_POLICY))
    return {
        "hub": hubs,
        "store": stores,
        "corridor": {" - ".join(end["en"] for end in ends): _join_names(ends) for ends in corridors},
        "co2_product": _pair_names(co2.products.labels_en, co2.products.labels_zh),
        "product": _pair_names(goods.labels_en, goods.labels_zh),
        "export_line": line,
        "import_line": line,
        "policy": {name: dict.fromkeys(LANGUAGES, name) for name in policy_names if name[:1].islower()},
        "reviewed_aim": _label_aims(region, variables),
        "reviewed_instrument": {
            name: dict.fromkeys(LANGUAGES, name) for name in _names_behind(INSTRUMENT_HEADS, variables)
        },
        "base_year": {str(region.base_year): dict.fromkeys(LANGUAGES, str(region.base_year))},
        "next_year": {str(region.base_year + 1): dict.fromkeys(LANGUAGES, str(region.base_year + 1))},
    }


def _names_behind(heads: Sequence[str], variables: Iterable[str]) -> list[str]:
    """List what stands behind any of some beginnings of variables, each once."""
    pairs = ((variable, head) for variable in variables for head in heads)
    behind = (
        variable.removeprefix(f"{head}|") for variable, head in pairs if variable.startswith(f"{head}|")
    )
    return list(dict.fromkeys(behind))


def _label_aims(region: "Region", variables: Iterable[str]) -> dict[str, Texts]:
    """Label the indicators that measure reviewed aims, by variable."""
    names = _names_behind(AIM_HEADS, variables)
    return {name: one.label for name, one in describe(names, region).items()} if names else {}


@cache
def _themes() -> tuple[CatalogueTheme, ...]:
    import yaml  # here, so that commands that print nothing of it start without

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time, where it is built
    texts = (path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml")))
    return tuple(CatalogueTheme.model_validate(yaml.load(text, loader)) for text in texts)


def _describe_theme(theme: CatalogueTheme, names: Names, variables: Sequence[str]) -> Iterator[Description]:
    theme_names = {
        kind: {name: bilingual.model_dump() for name, bilingual in texts.items()}
        for kind, texts in theme.names_by_kind.items()
    }
    variable_names = set(variables)
    for entry in theme.indicators:
        kinds = re.findall(r"{(\w+)}", entry.variable)
        lists = [theme_names[kind] if kind in theme_names else names[kind] for kind in kinds]
        for choice in product(*lists):
            values = {kind: texts[name] for kind, texts, name in zip(kinds, lists, choice, strict=True)}
            variable = entry.variable.format(**dict(zip(kinds, choice, strict=True)))
            yield Description(
                variable,
                theme.theme.model_dump(),
                _fill_text(entry.label, values),
                _fill_text(entry.text, values),
                entry.better,
                parent_of(variable, variable_names),
                tuple(_parts(entry, variable, variables)),
                entry.has_separate_children,
                theme.tables if entry.tables is None else entry.tables,
            )


def _parts(entry: CatalogueEntry, variable: str, variables: Sequence[str]) -> Iterator[str]:
    """Yield the variables that add up to another.

    A star stands for all that begin so.
    """
    if entry.parts == CHILDREN:
        yield from (candidate for candidate in variables if candidate.rpartition("|")[0] == variable)
        return
    for part in entry.parts:
        yield from (
            candidate
            for candidate in variables
            if candidate == part or (part[-1] == "*" and candidate.startswith(part[:-1]))
        )


def _fill_text(text: Bilingual, values: Mapping[str, Texts]) -> dict[str, str]:
    return {
        language: getattr(text, language).format(**{kind: texts[language] for kind, texts in values.items()})
        for language in LANGUAGES
    }


def _describe_declared(row: DeclaredIndicator, variables: Collection[str]) -> Description:
    """Describe an indicator of a declared table by its declaration."""
    return Description(
        row.variable,
        row.table.theme,
        row.label,
        row.measure.text,
        row.display.better,
        parent_of(row.variable, variables),
        row.display.parts,
        False,
        row.table.tables,
    )


def _describe_extension(variable: str, variables: Collection[str]) -> Description:
    """Describe an indicator of an extension by its name alone."""
    texts = dict.fromkeys(LANGUAGES, variable)
    extension = {"en": "Extensions", "zh": "扩展"}
    empty = dict.fromkeys(LANGUAGES, "")
    return Description(variable, extension, texts, empty, "", parent_of(variable, variables), (), False, ())


def _pair_names(en: Iterable[str], zh: Iterable[str]) -> dict[str, dict[str, str]]:
    return {english: {"en": english, "zh": chinese} for english, chinese in zip(en, zh, strict=True)}


def _join_names(ends: Sequence[Texts]) -> dict[str, str]:
    return {language: " - ".join(end[language] for end in ends) for language in LANGUAGES}

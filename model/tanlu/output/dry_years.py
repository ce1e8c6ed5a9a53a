"""Years in which a scenario replays a drought: who was cut, or with what margin nobody was."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.output.measured import Measured
from tanlu.region.catalogue import region_axes

MARGIN, FIRM, INDUSTRY = (
    "Reserve Margin|Electricity",
    "Unserved Energy|Electricity",
    "Rationing|Electricity|Industry",
)
TIERS = tuple(f"{INDUSTRY}|{tier}" for tier in ("Heavy", "Process", "Other"))
DAYS, WORST = "Rationing|Electricity|Days", "Rationing|Electricity|Worst Day"
NEEDED = frozenset((MARGIN, FIRM, INDUSTRY, *TIERS, DAYS, WORST))
LEAST_TWH = 0.0005  # below it a cut is not worth a sentence

type Reader = Callable[[str, str], Floats]  # variable and region -> its values by year


class DryYear(NamedTuple):
    """A province in a dry year."""

    year: int
    province: str
    margin_percent: float
    firm_twh: float
    industry_twh: float
    tiers_twh: tuple[float, ...]
    days: float
    worst_day_gwh: float

    @property
    def is_cut(self) -> bool:
        """Tell whether anybody went without power."""
        return self.firm_twh + self.industry_twh >= LEAST_TWH


def dry_years(
    read: Reader, provinces: Sequence[str], years: Sequence[int], dry: Iterable[int]
) -> tuple[DryYear, ...]:
    """Return every province in every dry year of an answer.

    Args:
        read: the indicators of the answer.
        provinces: of the region.
        years: of the answer.
        dry: years that replay a drought; those outside of the answer are left out.
    """
    found = []
    for year in sorted(set(dry) & set(years)):
        at = list(years).index(year)
        for province in provinces:
            margin, firm, industry, *tiers, days, worst = (
                float(read(name, province)[at]) for name in (MARGIN, FIRM, INDUSTRY, *TIERS, DAYS, WORST)
            )
            found.append(DryYear(year, province, margin, firm, industry, tuple(tiers), days, worst))
    return tuple(found)


def in_words(
    found: Sequence[DryYear], labels: Mapping[str, Mapping[str, str]], language: str
) -> tuple[str, ...]:
    """Return a sentence for every dry year.

    Args:
        found: the provinces in them.
        labels: of the provinces, by language.
        language: en or zh.
    """
    sentences = []
    for year in sorted({one.year for one in found}):
        mine = [one for one in found if one.year == year]
        cut = [one for one in mine if one.is_cut]
        each = [_clause(one, labels[one.province][language], language) for one in cut or mine]
        key = "sentence.dry_cut" if cut else "sentence.dry_served"
        values = {"year": year, "each": text(language, "sentence.dry_between", {}).join(each)}
        sentences.append(text(language, key, values))
    return tuple(sentences)


def _clause(one: DryYear, place: str, language: str) -> str:
    if not one.is_cut:
        return text(language, "sentence.dry_margin", {"place": place, "margin": one.margin_percent})
    heavy, process, other = one.tiers_twh
    values = {"place": place, "days": round(one.days), "worst": one.worst_day_gwh, "twh": one.industry_twh}
    said = text(
        language, "sentence.dry_industry", {**values, "heavy": heavy, "process": process, "other": other}
    )
    firm = text(language, "sentence.dry_firm", {"twh": one.firm_twh}) if one.firm_twh >= LEAST_TWH else ""
    return said + firm


def dry_years_of(result: Measured, dry: Collection[int] | None = None) -> tuple[DryYear, ...]:
    """Return the provinces of a result in its dry years, or in those given; none where it lacks an indicator."""
    measures = result.measures
    if not set(measures.variables) >= NEEDED:
        return ()
    return dry_years(
        lambda variable, region: result.path(variable, region).to_numpy(),
        measures.regions[:-1],
        result.years.tolist(),
        (int(year) for year in (result.scenario.world.drought if dry is None else dry)),
    )


def dry_years_in_words(result: Measured, language: str) -> tuple[str, ...]:
    """Say of a result who was cut in its dry years, or with what margin nobody was."""
    found = dry_years_of(result)
    return in_words(found, region_axes(result.scenario.region).labels, language) if found else ()

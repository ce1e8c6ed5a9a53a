"""Years in which a scenario replays a drought: who was cut, or with what margin nobody was."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from tanlu.core.arrays import Floats
from tanlu.core.words import text
from tanlu.core.words.numbers import PER_BILLION, PER_MILLION
from tanlu.output.measures import Measured
from tanlu.region.catalogue import region_axes

MARGIN, MISSING, FIRM, INDUSTRY = (
    "Nameplate Margin|Electricity",
    "Missing Capacity|Electricity",
    "Unserved Energy|Electricity",
    "Rationing|Electricity|Industry",
)
TIERS = tuple(f"{INDUSTRY}|{tier}" for tier in ("Heavy", "Process", "Other"))
DAYS, WORST = "Rationing|Electricity|Days", "Rationing|Electricity|Worst Day"
NEEDED_VARIABLES = frozenset((MARGIN, MISSING, FIRM, INDUSTRY, *TIERS, DAYS, WORST))
LEAST_TWH = 0.0005  # below it a cut is not worth a sentence

type Reader = Callable[[str, str], Floats]  # variable and region -> its values by year


class DryYear(NamedTuple):
    """A province in a dry year."""

    year: int
    province: str
    margin_percent: float
    missing_gw: float  # firm capacity that it lacks over all water years; below 0: that could leave
    firm_twh: float
    industry_twh: float
    tiers_twh: tuple[float, ...]
    days: float
    worst_day_gwh: float

    @property
    def is_cut(self) -> bool:
        """Check whether anybody went without power."""
        return self.firm_twh + self.industry_twh >= LEAST_TWH


def dry_years(
    read: Reader, provinces: Sequence[str], years: Sequence[int], dry: Iterable[int]
) -> tuple[DryYear, ...]:
    """List every province in every dry year of an answer.

    Args:
        read: the indicators of the answer.
        provinces: of the region.
        years: of the answer.
        dry: years that replay a drought; those outside of the answer are left out.
    """
    dry_provinces = []
    for year in sorted(set(dry) & set(years)):
        position = list(years).index(year)
        for province in provinces:
            margin, missing, firm, industry, *tiers, days, worst = (
                float(read(name, province)[position])
                for name in (MARGIN, MISSING, FIRM, INDUSTRY, *TIERS, DAYS, WORST)
            )
            dry_provinces.append(
                DryYear(year, province, margin, missing, firm, industry, tuple(tiers), days, worst)
            )
    return tuple(dry_provinces)


def in_words(
    dry_provinces: Sequence[DryYear], labels: Mapping[str, Mapping[str, str]], language: str
) -> tuple[str, ...]:
    """Write a sentence for every dry year.

    Args:
        dry_provinces: the provinces in dry years.
        labels: of the provinces, by language.
        language: en or zh.
    """
    sentences = []
    for year in sorted({dry_province.year for dry_province in dry_provinces}):
        provinces_of_year = [dry_province for dry_province in dry_provinces if dry_province.year == year]
        cut = [dry_province for dry_province in provinces_of_year if dry_province.is_cut]
        clauses = [
            _clause(dry_province, labels[dry_province.province][language], language)
            for dry_province in cut or provinces_of_year
        ]
        key = "sentence.dry_cut" if cut else "sentence.dry_served"
        between = text(language, "sentence.dry_between", {})
        firm = [
            text(
                language,
                "sentence.dry_lacks" if dry_province.missing_gw > 0.0 else "sentence.dry_could_leave",
                {
                    "place": labels[dry_province.province][language],
                    "gw": PER_MILLION[language] * abs(dry_province.missing_gw),
                },
            )
            for dry_province in provinces_of_year
        ]
        values = {"year": year, "each": between.join(clauses), "firm": between.join(firm)}
        sentences.append(text(language, key, values))
    return tuple(sentences)


def _clause(dry_province: DryYear, place: str, language: str) -> str:
    if not dry_province.is_cut:
        return text(language, "sentence.dry_margin", {"place": place, "margin": dry_province.margin_percent})
    size = PER_BILLION[language]
    heavy, process, other = (size * tier_twh for tier_twh in dry_province.tiers_twh)
    values = {
        "place": place,
        "days": round(dry_province.days),
        "worst": PER_MILLION[language] * dry_province.worst_day_gwh,
        "twh": size * dry_province.industry_twh,
    }
    sentence = text(
        language,
        "sentence.dry_industry",
        {**values, "heavy": heavy, "process": process, "other": other},
    )
    firm = (
        text(language, "sentence.dry_firm", {"twh": size * dry_province.firm_twh})
        if dry_province.firm_twh >= LEAST_TWH
        else ""
    )
    return sentence + firm


def dry_years_of(result: Measured, dry: Collection[int] | None = None) -> tuple[DryYear, ...]:
    """List the provinces of a result in its dry years.

    `dry` replaces the dry years of the scenario. There are none where the result lacks an indicator.
    """
    measures = result.measures
    if not set(measures.variables) >= NEEDED_VARIABLES:
        return ()
    return dry_years(
        lambda variable, region: result.path(variable, region).to_numpy(),
        measures.regions[:-1],
        result.years.tolist(),
        (int(year) for year in (result.scenario.world.dry_years if dry is None else dry)),
    )


def dry_years_in_words(result: Measured, language: str) -> tuple[str, ...]:
    """Describe cuts in the dry years of a result, or the margin."""
    dry_provinces = dry_years_of(result)
    return (
        in_words(dry_provinces, region_axes(result.scenario.region).labels, language) if dry_provinces else ()
    )

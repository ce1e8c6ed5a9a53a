"""Units: what each suffix of a name means, how units convert, and the constants of conversion.

Every quantity's name ends in its unit (`price_cny_per_tco2`), the same in scenario files, region
packs, code and result tables. `UNITS` is the closed list of those suffixes. Money is always CNY at
the prices of 2020.
"""

import math
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tanlu.core.words import words
from tanlu.core.words.messages import BilingualText, Message, build_message
from tanlu.core.words.numbers import unit_name

HOURS_PER_YEAR = 8760
MONTHS_PER_YEAR = 12
DAYS_PER_YEAR = 365
DAYS_PER_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
GJ_PER_MWH = 3.6
# Standard coal: 29 307.6 kJ per kg (7 000 kcal of 4.1868 kJ), GB/T 2589-2020.
GJ_PER_TCE = 29.3076
KG_PER_T = 1000.0
KG_PER_MT = 1.0e9
T_PER_KT = 1.0e3
CNY_PER_MCNY = 1.0e6
T_PER_MT = 1.0e6
KT_PER_MT = 1.0e3
KW_PER_MW = 1.0e3
MW_PER_GW = 1.0e3
KWH_PER_MWH = 1.0e3
MWH_PER_GWH = 1.0e3
MWH_PER_TWH = 1.0e6
GWH_PER_TWH = 1.0e3
GJ_PER_PJ = 1.0e6
CNY_PER_BN_CNY = 1.0e9
MCNY_PER_BN_CNY = 1.0e3
BP_PER_SHARE = 1.0e4
PERCENT_PER_SHARE = 100.0
# Of what is counted: persons, vehicles, trips, square metres.
PER_THOUSAND = 1.0e3
PER_MILLION = 1.0e6
PER_BILLION = 1.0e9
# Molar masses 44.009 and 12.011 g/mol, rounded as the IPCC guidelines do.
TCO2_PER_TC = 44 / 12


class Unit(NamedTuple):
    """What a suffix means: the unit as result tables show it, and in words."""

    display: str
    description: str


UNITS: dict[str, Unit] = {
    # money
    "cny": Unit("CNY2020", "CNY at 2020 prices"),
    "bn_cny": Unit("bn CNY2020", "billion CNY at 2020 prices"),
    "bn_cny_per_year": Unit("bn CNY2020/yr", "billion CNY at 2020 prices per year"),
    "cny_per_year": Unit("CNY2020/yr", "CNY at 2020 prices per year"),
    "cny_per_gj": Unit("CNY2020/GJ", "CNY at 2020 prices per gigajoule"),
    "cny_per_kwh": Unit("CNY2020/kWh", "CNY at 2020 prices per kilowatt-hour"),
    "cny_per_mwh": Unit("CNY2020/MWh", "CNY at 2020 prices per megawatt-hour"),
    "cny_per_kw": Unit("CNY2020/kW", "CNY at 2020 prices per kilowatt"),
    "cny_per_kw_year": Unit("CNY2020/kW/yr", "CNY at 2020 prices per kilowatt and year"),
    "cny_per_t": Unit("CNY2020/t", "CNY at 2020 prices per tonne of product"),
    "cny_per_t_year": Unit("CNY2020/(t/yr)", "CNY at 2020 prices per tonne of yearly capacity"),
    "cny_per_tco2": Unit("CNY2020/t CO2", "CNY at 2020 prices per tonne of CO2"),
    "cny_per_tco2_year": Unit("CNY2020/(t CO2/yr)", "CNY at 2020 prices per tonne of yearly CO2 capacity"),
    "cny_per_tco2_km": Unit("CNY2020/t CO2/km", "CNY at 2020 prices per tonne of CO2 and kilometre"),
    "cny_per_vehicle": Unit("CNY2020/vehicle", "CNY at 2020 prices per vehicle"),
    "cny_per_m2": Unit("CNY2020/m2", "CNY at 2020 prices per square metre"),
    # CO2 and mass
    "tco2": Unit("t CO2", "tonnes of CO2"),
    "mtco2": Unit("Mt CO2", "million tonnes of CO2"),
    "mtco2_per_year": Unit("Mt CO2/yr", "million tonnes of CO2 per year"),
    "tco2_per_year": Unit("t CO2/yr", "tonnes of CO2 per year"),
    "tco2_per_mcny_year": Unit(
        "(t CO2/yr)/m CNY2020", "tonnes of CO2 per year and million CNY at 2020 prices"
    ),
    "tco2_per_t": Unit("t CO2/t", "tonnes of CO2 per tonne of product"),
    "tco2_per_mwh": Unit("t CO2/MWh", "tonnes of CO2 per megawatt-hour"),
    "tco2_per_gj": Unit("t CO2/GJ", "tonnes of CO2 per gigajoule"),
    "kg_per_gj": Unit("kg/GJ", "kilograms per gigajoule"),
    "t": Unit("t", "tonnes"),
    "kt": Unit("kt", "thousand tonnes"),
    "mt": Unit("Mt", "million tonnes"),
    "kt_per_year": Unit("kt/yr", "thousand tonnes per year"),
    # energy and power
    "gj": Unit("GJ", "gigajoules"),
    "gj_per_t": Unit("GJ/t", "gigajoules per tonne of product"),
    "gj_per_tco2": Unit("GJ/t CO2", "gigajoules per tonne of CO2"),
    "gj_per_mwh": Unit("GJ/MWh", "gigajoules per megawatt-hour"),
    "mwh": Unit("MWh", "megawatt-hours"),
    "gwh": Unit("GWh", "gigawatt-hours"),
    "twh": Unit("TWh", "terawatt-hours"),
    "twh_per_year": Unit("TWh/yr", "terawatt-hours per year"),
    "mwh_per_t": Unit("MWh/t", "megawatt-hours per tonne of product"),
    "mwh_per_tco2": Unit("MWh/t CO2", "megawatt-hours per tonne of CO2"),
    "mw": Unit("MW", "megawatts"),
    "gw": Unit("GW", "gigawatts"),
    "mw_per_year": Unit("MW/yr", "megawatts per year"),
    # time and place
    "year": Unit("year", "calendar year"),
    "years": Unit("years", "years"),
    "month": Unit("month", "month of the year, 1 to 12"),
    "hour": Unit("hour", "hour of the day, 0 to 23, Beijing time"),
    "hours": Unit("hours", "hours"),
    "hours_per_year": Unit("h/yr", "hours per year"),
    "km": Unit("km", "kilometres"),
    "vehicles": Unit("vehicles", "vehicles"),
    "gj_per_km": Unit("GJ/km", "gigajoules per kilometre"),
    "mwh_per_km": Unit("MWh/km", "megawatt-hours per kilometre"),
    "t_per_vehicle": Unit("t/vehicle", "tonnes per vehicle"),
    "m2": Unit("m2", "square metres"),
    "deg": Unit("degree", "degrees of latitude or longitude"),
    # numbers without dimension
    "share": Unit("1", "share of the whole, 0 to 1"),
    "share_per_year": Unit("1/yr", "share of the whole per year"),
    "rate": Unit("1", "fraction, 0.05 is 5 %"),
    "factor": Unit("1", "multiplies the reference value, 1 changes nothing"),
    "risk_weight": Unit("1", "part of a loan that needs own funds of the lender, 1 all of it"),
    "index": Unit("1", "relative to the base year, which is 1"),
    "percentage_points": Unit("percentage points", "percentage points, 1 is a hundredth of the whole"),
    "bp": Unit("bp", "basis points, 100 are one percentage point"),
    "million": Unit("million", "millions"),
}


class Dimension(NamedTuple):
    """A unit as a multiple of base units raised to powers."""

    scale: float
    powers: tuple[tuple[str, int], ...]


# The words a suffix is made of, ours and those that people bring along: base unit and size in it.
_WORDS: dict[str, tuple[str, float]] = {
    **{"cny": ("cny", 1.0), "mcny": ("cny", 1e6)},
    # Other money, and CNY whose price year is not said: no factor converts them.
    **{word: (word, 1.0) for word in ("rmb", "yuan", "usd", "eur", "gbp", "jpy")},
    **{"g": ("t", 1e-6), "kg": ("t", 1e-3), "t": ("t", 1.0), "tonne": ("t", 1.0), "tonnes": ("t", 1.0)},
    **{"kt": ("t", 1e3), "mt": ("t", 1e6), "gt": ("t", 1e9)},
    **{"gco2": ("tco2", 1e-6), "kgco2": ("tco2", 1e-3), "tco2": ("tco2", 1.0), "ktco2": ("tco2", 1e3)},
    **{"mtco2": ("tco2", 1e6), "gtco2": ("tco2", 1e9), "tc": ("tco2", TCO2_PER_TC)},
    **{"kj": ("gj", 1e-6), "mj": ("gj", 1e-3), "gj": ("gj", 1.0), "tj": ("gj", 1e3), "pj": ("gj", 1e6)},
    **{"ej": ("gj", 1e9), "kwh": ("gj", GJ_PER_MWH / 1e3), "mwh": ("gj", GJ_PER_MWH)},
    **{"gwh": ("gj", GJ_PER_MWH * 1e3), "twh": ("gj", GJ_PER_MWH * 1e6)},
    **{"gce": ("gj", GJ_PER_TCE / 1e6), "kgce": ("gj", GJ_PER_TCE / 1e3), "tce": ("gj", GJ_PER_TCE)},
    **{"mtce": ("gj", GJ_PER_TCE * 1e6)},
    **{"kw": ("mw", 1e-3), "mw": ("mw", 1.0), "gw": ("mw", 1e3)},
    **{"year": ("year", 1.0), "years": ("year", 1.0), "month": ("year", 1 / MONTHS_PER_YEAR)},
    **{"day": ("year", 1 / DAYS_PER_YEAR), "hour": ("year", 1 / HOURS_PER_YEAR)},
    **{"hours": ("year", 1 / HOURS_PER_YEAR), "months": ("year", 1 / MONTHS_PER_YEAR)},
    **{"km": ("km", 1.0), "mu": ("m2", 2000 / 3), "m2": ("m2", 1.0), "m3": ("m3", 1.0), "nm3": ("nm3", 1.0)},
    **{"deg": ("deg", 1.0), "vehicle": ("vehicle", 1.0), "vehicles": ("vehicle", 1.0)},
    **{"share": ("", 1.0), "fraction": ("", 1.0), "pct": ("", 0.01), "percent": ("", 0.01)},
    **{"percentage": ("", 0.01), "points": ("", 1.0), "permille": ("", 1e-3), "bp": ("", 1 / BP_PER_SHARE)},
    **{"factor": ("factor", 1.0), "index": ("index", 1.0), "risk": ("", 1.0), "weight": ("", 1.0)},
}
_PREFIXES = {
    **{"bn": 1e9, "billion": 1e9, "yi": 1e8, "mn": 1e6, "m": 1e6, "million": 1e6},
    **{"wan": 1e4, "k": 1e3, "thousand": 1e3},
}


class NamedQuantity(NamedTuple):
    """A name taken apart: what is measured, and the suffix that says in what (empty if none)."""

    stem: str
    suffix: str


def split_unit(name: str) -> NamedQuantity:
    """Split a name into stem and unit.

    The unit is the longest run of unit words that leaves a stem.
    Suffixes that are not ours count too (`price_usd_per_tco2`), so that a message can name them.
    """
    words = name.split("_")
    for start in range(1, len(words)):
        suffix = "_".join(words[start:])
        if suffix in UNITS or dimension(suffix) is not None:
            return NamedQuantity("_".join(words[:start]), suffix)
    return NamedQuantity(name, "")


def unit_of(name: str) -> Unit | None:
    """Find the registered unit at the end of a name, else None."""
    return UNITS.get(split_unit(name).suffix)


def dimension(suffix: str) -> Dimension | None:
    """Compute a unit suffix in base units, None for other words."""
    numerator, *rest = suffix.split("_per_")
    if len(rest) > 1:
        return None
    words = numerator.split("_")
    scale = math.prod(_PREFIXES.get(word, 1.0) for word in words)
    words = [word for word in words if word not in _PREFIXES]
    denominator = rest[0].split("_") if rest else []
    if not words or any(word not in _WORDS for word in (*words, *denominator)):
        return None
    powers: Counter[str] = Counter()
    for word, sign in [(w, 1) for w in words] + [(w, -1) for w in denominator]:
        base, size = _WORDS[word]
        scale *= size**sign
        powers[base] += sign
    return Dimension(scale, _powers(powers.items()))


def _powers(items: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """List the base units that remain, in a fixed order."""
    return tuple(sorted((base, power) for base, power in items if base and power))


def unit_in_words(suffix: str) -> BilingualText:
    """Describe a suffix of ours; in Chinese by the unit's short form."""
    return BilingualText(UNITS[suffix].description, short_unit(suffix).zh)


def short_unit(suffix: str) -> BilingualText:
    """Write a unit of ours in short."""
    unit = UNITS[suffix].display
    return BilingualText(unit, words("zh").get(f"unit.{suffix}") or unit_name(unit, "zh"))


def explain_conversion(written_name: str, valid_name: str) -> Message | None:
    """Explain how a value is converted to the unit of `valid_name`.

    None if no unit is wrong.
    Used where a key differs from a valid one in its unit only: to rename it would change the value.
    """
    (stem, old), (right_stem, new) = split_unit(written_name), split_unit(valid_name)
    if not old or not new or old == new:
        return None
    unit = unit_in_words(new) if new in UNITS else new.replace("_", " ")
    start = build_message("convert", key=valid_name, unit=unit)
    new_size, old_size = dimension(new), dimension(old)
    # Under another stem a word of the unit may be one we do not know: then no factor is sure.
    if new_size and old_size and new_size.powers == old_size.powers and stem == right_stem:
        return build_message("convert_by", start=start, factor=f"{old_size.scale / new_size.scale:.10g}")
    money = {"usd", "eur", "gbp", "jpy", "rmb", "yuan"}
    if money & set(old.split("_")):
        return build_message("convert_money", start=start)
    return build_message("convert_other", start=start, unit=old)

"""Plausible ranges of quantities, and the slips of unit that lead out of them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

from tanlu.core.units import short_unit, split_unit
from tanlu.core.words.messages import BilingualText, MessagePart, build_message


class Plausible(NamedTuple):
    """Annotation of a quantity: the range outside of which a value is more likely a slip than meant."""

    low: float
    high: float
    source: str
    zero: bool = True
    """Whether 0 is plausible too, since it says that there is none."""

    def includes(self, value: float) -> bool:
        """Check whether a value is plausible."""
        return self.low <= value <= self.high or (self.zero and value == 0.0)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Give editors and readers the range and its source."""
        return {**handler(schema), "plausible": [self.low, self.high], "plausible_source": self.source}


PLAUSIBLE_SHARE = Plausible(0.01, 1.0, "1 % to all of it: a smaller share is likely a slip, grade D")


def plausible_range(field: FieldInfo) -> Plausible | None:
    """Find the plausible range of a field, None if it is no quantity."""
    return next((part for part in field.metadata if isinstance(part, Plausible)), None)


class Slip(NamedTuple):
    """What a value may have been meant as: the unit it looks to be in, and the value in the right one."""

    unit: MessagePart
    value: float


_WAN = BilingualText("万元 (10,000 CNY)", "万元")
# Units in which people write a quantity by mistake: each with what a number in it is to be multiplied by.
_BIG_MONEY = (
    (BilingualText("亿元 (100 million CNY)", "亿元"), 0.1),
    *(("10^6 CNY", 1e-3), (_WAN, 1e-5), ("CNY", 1e-9)),
)
_PER_TONNE = (("CNY/kg", 1e3), ("万元/t", 1e4), ("CNY/kt", 1e-3))
SLIPS: Mapping[str, tuple[tuple[MessagePart, float], ...]] = MappingProxyType(
    {
        "cny_per_mwh": (("CNY/kWh", 1e3), (BilingualText("分/kWh (fen/kWh)", "分/kWh"), 10.0)),
        "cny_per_tco2": _PER_TONNE,
        "cny_per_t": _PER_TONNE,
        "bn_cny_per_year": _BIG_MONEY,
        "cny_per_kw_year": (("CNY/MW", 1e-3), ("CNY/W", 1e3)),
        "cny_per_vehicle": ((_WAN, 1e4), ("1,000 CNY", 1e3)),
        "cny_per_m2": ((_WAN, 1e4),),
        "cny_per_gj": (("CNY/MJ", 1e3),),
        "percentage_points": (
            ("bp", 0.01),
            (BilingualText("a share (0.01 = 1 %)", "比例（0.01即1%）"), 100.0),
        ),
        "mtco2_per_year": (
            (BilingualText("万吨 (10,000 t)", "万吨"), 0.01),
            ("kt CO2", 1e-3),
            ("t CO2", 1e-6),
        ),
        "years": ((BilingualText("months", "月"), 1 / 12),),
        "share": (("%", 0.01),),
        "factor": (("%", 0.01),),
    }
)
# A growth rate in place of a factor, which it is added to 1 to give; a larger number is meant as it is.
_GROWTH, MAXIMUM_GROWTH = BilingualText("growth (0.02 = 2 % more)", "增长率（0.02即增加2%）"), 0.2
_FACTOR = BilingualText("a factor (1.02 = 2 % more)", "倍数（1.02即增加2%）")
# What is tried where none of these units fits: a wrong prefix.
STEPS = (
    *((build_message("times_too_much", count=f"{10**n:,}"), 10.0**-n) for n in (2, 3, 4, 9)),
    *((build_message("part_of_it", count=f"{10**n:,}"), 10.0**n) for n in (2, 3, 4)),
)


def find_unit_slip(key: str, value: float, low: float, high: float) -> Slip | None:
    """Find the slip of unit that explains an implausible value, else None."""
    if value <= 0.0:
        return None
    if split_unit(key).suffix == "factor" and value <= MAXIMUM_GROWTH and low <= 1.0 + value <= high:
        return Slip(_GROWTH, 1.0 + value)
    for unit, factor in (*SLIPS.get(split_unit(key).suffix, ()), *STEPS):
        if low <= value * factor <= high:
            return Slip(unit, value * factor)
    return None


def describe_unit(key: str) -> MessagePart:
    """Describe the unit of a key for messages about slips."""
    suffix = split_unit(key).suffix
    if suffix == "factor":
        return _FACTOR
    unit = short_unit(suffix)
    return "1 (= 100 %)" if unit.en == "1" else unit

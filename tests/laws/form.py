"""The form of a law: which way a lever moves an indicator, or why nobody can say."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

LATER_ISSUES = ("carbon", "finance", "demand")  # each turns signs that are wrong today


class Law(NamedTuple):
    """State which way a lever moves an indicator."""

    lever: str
    """`schedule.GROUP.FIELD`, `subsidy.KIND`, `levy.KIND`, `capacity.FIELD`, `policies.KIND.KEY` or `world.FACTOR`."""

    low: object
    """Lower end of the lever's range; None: the key of an instrument or the scheme is not given.

    Of a schedule and of rates it fills the whole array, or, as a mapping, the parts that it names.
    """

    high: object
    """Upper end."""

    indicator: str | tuple[str, ...]
    """Summed over the years from the lever's start: a public indicator, `record:PART.FIELD`, `flow:ITEM` or
    `agents:TABLE.COLUMN`; several are added up. Brackets choose: `record:power.capacity_mw[coal]`,
    `flow:fuel_licences[households>North]`, `agents:plants.output[South coal 1]`."""

    sign: str
    """`+`, `-`, `0` (equal to the last bit) or `x 2` (the higher reading is twice the lower)."""

    world: Mapping[str, object] = MappingProxyType({})
    """Further keys of a scenario under which the lever acts. The policy `lever` has further keys of the lever's own
    instrument; `schedule` has what else is put into the schedule, by its path."""

    why: str = ""
    """The mechanism, in one sentence."""

    region: str = ""
    """Part of the indicator's region; empty: the whole."""

    pairs: int = 1
    """Paired draws: one in the small pack for wiring, eight in the real region for economics."""


class Open(NamedTuple):
    """Say why the sign of a lever is open, or wrong until a later issue."""

    lever: str
    why: str
    """One sentence with the two effects that compete."""

    issue: str = ""
    """Of `LATER_ISSUES`, if that one turns a sign which is wrong today."""


type Row = Law | Open

"""Support for CO2 hubs: public money that stands for volumes and losses of the first lines, or builds them larger."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from tanlu.core.schedules import HubSchedule, PolicySchedule
from tanlu.core.units import T_PER_MT
from tanlu.inputs.plausible import PLAUSIBLE_SHARE, Plausible
from tanlu.inputs.types import NonNegativeSchedule, Schedule, ShareSchedule
from tanlu.policies.base import Policy
from tanlu.policies.scope import acts, refuse_empty


class Co2HubSupport(Policy):
    """Stand for the first volumes of CO2 lines, carry part of their losses, or pay for building them larger.

    A line costs little more if it carries much, so its tariff falls with what emitters commit in an
    open season. Without anybody to begin, each emitter can count on nobody but itself, the tariff it
    sees is that of a line of its own, and where that is too much no hub begins, though all together
    would have paid for it. An anchor stands for a volume in every hub: the hub posts the tariff of
    that volume, and if as much is committed the anchor costs nothing. Hubs share lines, so what an
    anchor begins in one can begin others along its way. A guarantee lowers the return
    that a hub asks. Oversizing pays for room that later emitters find at the posted tariff.

    Equation: public payment = min(tariff x unused anchor, m) + guarantee share x (m - that), with m
    what a hub's revenue lacks to the cost of its lines in the year; and, once, the investment of the
    larger line less that of the committed one. Shares of several policies add up to 1, anchors and
    oversizing shares take the highest.

    Source: cost of lines by flow and length from McCollum and Ogden 2006 (coefficients from memory,
    grade D); the form of the anchor is ship or pay, as gas pipelines have it (assumption, grade D). No
    such policy is in force in China (work plan of March 2025, grade B).

    Reasonable values: an anchor of 1 to 5 Mt CO2 a year in each hub, about what one coal plant
    captures; a guarantee of 0.5 to 1; lines 0.2 to 1 larger than committed (grade D, assumption).

    What is promised: a line keeps the guarantee and the anchor that the law gave when it was started,
    whatever an event changes later; lines of several laws share a guarantee by what they cost.

    What it does not do: nobody ships the anchor's volume, it is only paid for; stores are not
    supported; the guarantee covers no cost of capture; the hub's budget has no ceiling.

    In a scenario file:

        hub_anchor:
          kind: co2_hub_support
          from_year: 2026
          until_year: 2045
          anchor_mtco2_per_year: 3
          guarantee_share: 0.5
          oversizing_share: 0.25
    """

    theme: ClassVar[str] = "capture"
    needs_table: ClassVar[str] = "co2_hubs"
    title: ClassVar[Mapping[str, str]] = {"en": "CO2 hub support", "zh": "二氧化碳管网枢纽支持"}
    summary: ClassVar[Mapping[str, str]] = {
        "en": "Public money stands for the first volumes and losses of shared CO2 lines.",
        "zh": "由公共资金为共享二氧化碳管线的初期输量和亏损托底，并可资助管线超前扩容。",
    }

    kind: Literal["co2_hub_support"]
    """Which instrument this is."""

    anchor_mtco2_per_year: Annotated[
        NonNegativeSchedule, Plausible(0.05, 20, "a coal plant captures 1 to 5 Mt, grade D")
    ] = Schedule(0.0)
    """Volume in each hub for which the public pays the tariff where nobody ships it, Mt CO2 a year."""

    guarantee_share: Annotated[ShareSchedule, PLAUSIBLE_SHARE] = Schedule(0.0)
    """Share of what is then still missing to the cost of a hub's lines that the public pays."""

    oversizing_share: Annotated[NonNegativeSchedule, Plausible(0.05, 3.0, "0.2 to 1, grade D")] = Schedule(
        0.0
    )
    """How much larger than committed a new line is built, at public cost."""

    @model_validator(mode="after")
    def _do_something(self) -> Self:
        """Refuse a block that gives none of the three."""
        refuse_empty(self, "anchor_mtco2_per_year", "guarantee_share", "oversizing_share")
        return self

    def apply(self, schedule: PolicySchedule, name: str) -> PolicySchedule:
        """Add the support of hubs."""
        in_force, years, hubs = acts(self, schedule), schedule.years, schedule.hubs
        anchor = np.where(in_force, self.anchor_mtco2_per_year.path(years)[:, None] * T_PER_MT, 0.0)
        share = np.where(in_force, self.guarantee_share.path(years)[:, None], 0.0)
        oversizing = np.where(in_force, self.oversizing_share.path(years)[:, None], 0.0)
        support = HubSchedule(
            anchor_tco2_per_year=np.maximum(hubs.anchor_tco2_per_year, anchor),
            guarantee_share=np.minimum(hubs.guarantee_share + share, 1.0),
            oversizing_share=np.maximum(hubs.oversizing_share, oversizing),
        )
        return schedule._replace(hubs=support)

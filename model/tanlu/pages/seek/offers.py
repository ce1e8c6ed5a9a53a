"""Goals, aims and caps that the page offers: those of the shipped problem, and some beside them."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from tanlu.core.places import shipped_studies
from tanlu.inputs.tree import plain_data
from tanlu.inputs.yaml_reader import read_yaml
from tanlu.region.catalogue import region_axes

STUDY = "studies/chongqing_2030"
PARTS = ("best", "aims", "caps")
REFERENCE = "none"  # the arm of the shipped problem with which points are compared
YEARS = "2026-2031"  # of the shipped problem
# Bounds are assumptions of the question (grade D), which the visitor changes; the change of CO2 per GRDP is that of the
# national plan for 2026-2030.
CAPS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "net_money": {
            "variable": "Public Budget|Climate Support|Net",
            "sum": YEARS,
            "against": REFERENCE,
            "at_most": 40,
        },
        "shortage": {
            "variable": "Expected Shortage|Hours",
            "maximum": YEARS,
            "against": REFERENCE,
            "at_most": 2,
        },
    }
)
INTENSITY: Mapping[str, Any] = MappingProxyType(
    {"variable": "Emissions|CO2|Per GRDP", "change": "2025-2030", "at_most": -17}
)


class OfferedOutcome(NamedTuple):
    """An outcome that a visitor can add to a problem."""

    part: str  # of the search: goals, aims or caps
    fields: Mapping[str, Any]

    def block(self, reference: str) -> dict[str, Any]:
        """Write the outcome against the reference of a problem, which may have none."""
        block = {key: value for key, value in self.fields.items() if key != "against"}
        return {**block, "against": reference} if "against" in self.fields and reference else block


def shipped_problem() -> str:
    """Read the problem that the page begins with."""
    return shipped_studies()[STUDY].read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def offered_outcomes(region: str) -> Mapping[str, OfferedOutcome]:
    """List what can be added to a problem of a region, by name."""
    tree = read_yaml(shipped_problem().encode(), STUDY).tree
    assert tree is not None, "it comes with Tanlu"
    data: Any = plain_data(tree)
    offers = {
        name: OfferedOutcome(part, data["outcomes"][name]) for part in PARTS for name in data["seek"][part]
    }
    offers |= {name: OfferedOutcome("caps", fields) for name, fields in CAPS.items()}
    shipped = {(offer.fields["variable"], offer.fields.get("region")) for offer in offers.values()}
    for province in region_axes(region).provinces:
        if (INTENSITY["variable"], province) in shipped:
            continue
        offers[f"intensity_{province.lower()}"] = OfferedOutcome("aims", {**INTENSITY, "region": province})
    return MappingProxyType({**offers, "intensity_both": OfferedOutcome("aims", INTENSITY)})

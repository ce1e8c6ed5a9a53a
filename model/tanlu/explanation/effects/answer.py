"""Why the effect of a scenario is as small or large as it is: all that is told of it, from two results."""

from typing import TYPE_CHECKING, Any, NamedTuple

from tanlu.core.plain_rows import plain_row
from tanlu.core.words.errors import ResultError
from tanlu.core.words.messages import build_message
from tanlu.explanation.effects.levers import LeverEffect, NextLevers
from tanlu.explanation.effects.missing import MissingField, missing_fields
from tanlu.explanation.effects.next_door import NextDoor, find_next_door
from tanlu.explanation.effects.reasons import CAPTURE, EffectReasons, find_reasons
from tanlu.explanation.records import read_records
from tanlu.output.differences import Difference
from tanlu.output.figures.avoidance import compute_avoided
from tanlu.output.figures.paths import paths_of

if TYPE_CHECKING:
    from tanlu.output.result import Result


class EffectExplanation(NamedTuple):
    """Why plants take an option or not, and what they lack, in a scenario and its reference."""

    scenario: str
    reference: str
    region: str
    first_year: int  # of sums
    last_year: int
    effect_mtco2: Difference  # more stored for good by capture, or less emitted for another option
    reasons: EffectReasons
    reasons_before: EffectReasons  # in the reference
    missing: tuple[MissingField, ...]
    next_door: NextDoor
    levers: NextLevers | None = None  # None where they were not asked for


def explain_effect(result: "Result", base: "Result", option: str = CAPTURE) -> EffectExplanation:
    """Explain the effect of a result against a reference by the reasons of all plants.

    Args:
        result: of the scenario.
        base: of the reference, of the same region.
        option: `CAPTURE`, or the identifier of an option of plants.

    Raises:
        ResultError: if the regions differ or a result lacks its tables.
        UserError: if nobody is offered the option.
    """
    if result.scenario.region != base.scenario.region:
        regions = sorted({result.scenario.region, base.scenario.region})
        raise ResultError(build_message("different_regions", names=regions))
    reasons, reasons_before = (_reasons(side, option) for side in (result, base))
    paths = paths_of(result)
    avoided = compute_avoided(paths, paths_of(base))
    return EffectExplanation(
        scenario=result.name,
        reference=base.name,
        region=result.scenario.region,
        first_year=avoided.first_year,
        last_year=avoided.last_year,
        effect_mtco2=avoided.sequestered_mtco2 if option == CAPTURE else avoided.mtco2,
        reasons=reasons,
        reasons_before=reasons_before,
        missing=missing_fields(reasons, result.scenario, paths.open_from),
        next_door=find_next_door(result, base),
    )


def _reasons(result: "Result", option: str) -> EffectReasons:
    """Find the reasons of a result's plants.

    Raises:
        ResultError: if it lacks a table of them.
    """
    records = read_records(result)
    if result.plants is None:
        raise ResultError(build_message("why_not_held"))
    return find_reasons(records, result.plants, option)


def effect_as_data(answer: EffectExplanation) -> dict[str, Any]:
    """Return an explanation as plain data for JSON, NaN as None."""
    levers = answer.levers
    return {
        "scenario": answer.scenario,
        "reference": answer.reference,
        "option": answer.reasons.option,
        "first_year": answer.first_year,
        "last_year": answer.last_year,
        "effect_mtco2": _interval(answer.effect_mtco2),
        "reasons": answer.reasons.by_reason().to_dict("records"),
        "reasons_in_reference": answer.reasons_before.by_reason().to_dict("records"),
        "terms_cny_per_tco2_captured": answer.reasons.terms_cny_per_tco2(),
        "missing": [
            {"term": field.term, "path": field.path, "value": field.value, "yaml": field.yaml}
            for field in answer.missing
        ],
        "next_door": {name: _interval(value) for name, value in answer.next_door._asdict().items()},
        "deciders": [plain_row(row) for row in answer.reasons.deciders.to_dict("records")],
        "levers": None
        if levers is None
        else {
            "draws": levers.draws,
            "runs": levers.runs,
            "best": [_lever(effect) for effect in levers.best],
            "screened": [_lever(effect) for effect in levers.screened],
        },
    }


def _lever(effect: LeverEffect) -> dict[str, Any]:
    return {
        "kind": effect.lever.kind,
        "field": effect.lever.field or None,
        "mtco2": _interval(effect.mtco2),
        "net_public_money_bn_cny": _interval(effect.net_public_money_bn_cny),
        "yaml": effect.lever.yaml,
    }


def _interval(figure: Difference) -> dict[str, Any]:
    return plain_row({"mean": figure.mean, "half_width": figure.half_width, "draws": figure.draws})

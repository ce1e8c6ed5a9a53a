"""What a joint office did, read from results: who pays, and what comes of it against reviews alone."""

from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np

from tanlu.core.arrays import Floats
from tanlu.core.units import CNY_PER_BN_CNY, T_PER_MT
from tanlu.core.words import text
from tanlu.core.words.numbers import number, unit_name
from tanlu.indicators.catalogue import INSTRUMENT, JOINT_EFFORT, JOINT_PAYMENT
from tanlu.output.comparison_tables.cells import within
from tanlu.output.differences import Difference, difference, pairs_of
from tanlu.output.figures.paths import EMISSIONS, system_cost_variables
from tanlu.output.measures import Measured
from tanlu.region.pack import load_region
from tanlu.scenario.reference import assumptions

BN_CNY_PER_MT = T_PER_MT / CNY_PER_BN_CNY  # of a CNY/t


class JointMember(NamedTuple):
    """What a member of a joint office did, summed over the years after the statistics, in the mean over draws."""

    province: str
    payment_bn_cny: float  # from the others; below zero it pays
    effort_mtco2: float  # avoided beyond its part


def list_members(result: Measured) -> tuple[JointMember, ...]:
    """List the members of a joint office; none where there is none, or a result lacks its indicators."""
    if JOINT_PAYMENT not in result.measures.variables:
        return ()
    return tuple(
        JointMember(
            name,
            *(
                float(result.draws(variable, name).mean(axis=0).sum())
                for variable in (JOINT_PAYMENT, JOINT_EFFORT)
            ),
        )
        for name in result.scenario.joint
    )


def joint_in_words(result: Measured, language: str) -> tuple[str, ...]:
    """Write what each member of a joint office avoided beyond its part, and got or paid for it."""
    labels = load_region(result.scenario.region).axes.labels
    span = f"{result.counted_from}-{result.years[-1]}"
    return tuple(
        text(
            language,
            "review.joint_gets" if member.payment_bn_cny >= 0.0 else "review.joint_pays",
            {
                "place": labels[member.province][language],
                "span": span,
                "effort": number(member.effort_mtco2, "", sign=True),
                "co2_unit": unit_name("Mt CO2", language),
                "amount": number(abs(member.payment_bn_cny), ""),
                "unit": unit_name("bn CNY2020", language),
            },
        )
        for member in list_members(result)
    )


class MemberGain(NamedTuple):
    """What a member gains against reviewing alone: spending that it is spared, and what it is paid."""

    province: str
    gain_bn_cny: Difference


class JointAgainstSeparate(NamedTuple):
    """A joint office against the same regulators who review alone, summed over the years after the statistics."""

    cost_bn_cny: Difference
    emissions_mtco2: Difference
    cost_of_same_emissions_bn_cny: (
        Difference  # the cost, and more or less CO2 valued at the joint price of its year
    )
    gains: tuple[MemberGain, ...]


def joint_against_separate(joint: Measured, separate: Measured) -> JointAgainstSeparate | None:
    """Hold a joint office against the same regulators who review alone; None of results that differ in more."""
    plain, plain_separate = (
        {key: value for key, value in assumptions(result.scenario).items() if key != "joint"}
        for result in (joint, separate)
    )
    if not joint.scenario.joint or separate.scenario.joint or plain != plain_separate:
        return None
    pairs, years = pairs_of(joint, separate), joint.years >= joint.counted_from
    costs, first = system_cost_variables(joint.measures.variables), joint.scenario.joint[0]
    (instrument,) = joint.scenario.regulators[first].instruments
    price_bn_cny_per_mt = joint.path(f"{INSTRUMENT}|{instrument}", first).to_numpy()[years] * BN_CNY_PER_MT

    def sum_of(result: Measured, variables: Sequence[str], place: str, worth: Floats | float = 1.0) -> Floats:
        return np.asarray(
            sum((result.draws(name, place)[:, years] * worth).sum(axis=1) for name in variables)
        )

    cost, emissions, worth = (
        (sum_of(joint, variables, joint.region, weight), sum_of(separate, variables, joint.region, weight))
        for variables, weight in ((costs, 1.0), ((EMISSIONS,), 1.0), ((EMISSIONS,), price_bn_cny_per_mt))
    )
    same = (cost[0] + worth[0], cost[1] + worth[1])
    gains = []
    for name in joint.scenario.joint:
        alone, together = (-sum_of(result, costs, name) for result in (separate, joint))
        together = together + sum_of(joint, (JOINT_PAYMENT,), name)
        gains.append(MemberGain(name, difference(together, alone, pairs)))
    return JointAgainstSeparate(
        difference(*cost, pairs), difference(*emissions, pairs), difference(*same, pairs), tuple(gains)
    )


def against_separate_in_words(results: Sequence[Measured], language: str) -> tuple[str, ...]:
    """Write what each joint office among results brings against the same regulators alone, and who gains or loses."""
    sentences: list[str] = []
    for joint, separate in permutations(results, 2):
        answer = joint_against_separate(joint, separate)
        if answer is None:
            continue
        unit, labels = unit_name("bn CNY2020", language), load_region(joint.scenario.region).axes.labels
        figures = {
            "name": joint.name,
            "separate": separate.name,
            "span": f"{joint.counted_from}-{joint.years[-1]}",
            "cost": _write(answer.cost_bn_cny),
            "co2": _write(answer.emissions_mtco2),
            "same": _write(answer.cost_of_same_emissions_bn_cny),
            "unit": unit,
            "co2_unit": unit_name("Mt CO2", language),
        }
        sentences.append(text(language, "review.joint_against", figures))
        for member in answer.gains:
            gain = member.gain_bn_cny
            key = "even" if not gain.has_sign else "gains" if gain.mean > 0.0 else "loses"
            values = {"place": labels[member.province][language], "gain": _write(gain), "unit": unit}
            sentences.append(text(language, f"review.joint_{key}", values))
    return tuple(sentences)


def _write(change: Difference) -> str:
    return within(change.mean, change.half_width)

"""What is missing where capture does not pay: terms that bring next to nothing, and the field that changes each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tanlu.explanation.effects.reasons import EffectReasons
from tanlu.inputs.yaml_reader import write_yaml
from tanlu.policies import KINDS
from tanlu.policies.carbon_market import CREDIT_KEY
from tanlu.region.catalogue import hydrology_years, plant_ids
from tanlu.scenario.difference import free_name
from tanlu.scenario.examples import documented_block, example_of
from tanlu.scenario.schema import Scenario, plain_scenario, scenario_from_dict

# Term of capture -> kind of policy and its field that changes it.
FIELDS = {
    "carbon_cost_saved": ("carbon_market", CREDIT_KEY),
    "grant": ("ccus_subsidy", "capex_grant_share"),
    "subsidy": ("ccus_subsidy", "rate_cny_per_tco2"),
}
NEXT_TO_NOTHING_SHARE = 0.01  # of all costs of a tonne


class MissingField(NamedTuple):
    """A field that is not set, and would change a term that is next to nothing."""

    term: str  # of `TERMS`
    kind: str  # of the policy
    policy: str  # its name in the scenario, or a free one
    field: str
    value: Any  # to begin with
    is_new: bool  # the scenario has no policy of that kind

    @property
    def path(self) -> str:
        """Path of the field in a scenario file."""
        return f"policies.{self.policy}.{self.field}"

    @property
    def block(self) -> dict[str, Any]:
        """Block of the policy as a scenario file adds it."""
        return (
            {**example_of(self.kind)[1], self.field: self.value} if self.is_new else {self.field: self.value}
        )

    @property
    def yaml(self) -> str:
        """Text to add to a scenario file."""
        return write_yaml({"policies": {self.policy: self.block}})


def missing_fields(reasons: EffectReasons, scenario: Scenario, first_year: int) -> tuple[MissingField, ...]:
    """List the fields that would change a missing term, in the order of `FIELDS`.

    A term below 0 is missing too: where captured CO2 has no credit, heat for capture still needs allowances.

    Args:
        reasons: of capture.
        scenario: under which plants decided.
        first_year: in which a law may change at the earliest.
    """
    terms = reasons.terms_cny_per_tco2()
    costs = -sum(value for value in terms.values() if value < 0.0)
    absent = [name for name in FIELDS if name in terms and terms[name] < NEXT_TO_NOTHING_SHARE * costs]
    fields = (_unset_field(term, scenario, first_year) for term in absent)
    return tuple(field for field in fields if field is not None)


def _unset_field(term: str, scenario: Scenario, first_year: int) -> MissingField | None:
    """Find the policy whose field is not set; None where each policy of the kind sets it."""
    kind, field = FIELDS[term]
    policies = {name: policy for name, policy in scenario.policies.items() if policy.kind == kind}
    value = documented_block(kind)[1].get(field, first_year)
    if not policies:
        name = free_name(example_of(kind)[0], {*scenario.policies})
        return MissingField(term, kind, name, field, value, is_new=True)
    unset = KINDS[kind].model_fields[field].default
    for name, policy in policies.items():
        if getattr(policy, field) == unset:
            start = max(first_year, policy.from_year) if field.endswith("_from_year") else value
            return MissingField(term, kind, name, field, start, is_new=False)
    return None


def with_policy_block(scenario: Scenario, policy: str, block: Mapping[str, Any]) -> Scenario:
    """Add a policy to a scenario, or fields to a policy that it has.

    Raises:
        ScenarioError: if the scenario is wrong with it.
    """
    data = plain_scenario(scenario)
    data["policies"][policy] = {**data["policies"].get(policy, {}), **block}
    checked = scenario_from_dict(data, None, plant_ids, hydrology_years, type(scenario))
    return scenario.model_copy(update={"policies": checked.policies})

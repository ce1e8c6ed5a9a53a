"""The JSON Schema of scenario files, from which editors complete keys and show hints."""

import copy
from typing import Any

from tanlu.core.places import SHIPPED
from tanlu.inputs.types import json_schema
from tanlu.scenario.schema import Scenario


def scenario_schema(form: type[Scenario] = Scenario) -> dict[str, Any]:
    """Build the JSON Schema of scenario files, for editors.

    It accepts every file that loads. A file that extends another need not repeat the keys that a
    policy must have.
    """
    schema = copy.deepcopy(json_schema(form))
    schema["required"].remove("years")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {
        "type": "string",
        "pattern": rf"^([^~/\\:][^\\:]*\.ya?ml|{SHIPPED}.+)$",
        "description": "Scenario that this one changes: a file of the same folder or below it, or one "
        f"that comes with Tanlu, such as `{SHIPPED}baseline`.",
    }
    (policy,) = schema["properties"]["policies"]["patternProperties"].values()
    kinds = policy.pop("discriminator")["mapping"]
    policy["anyOf"] = policy.pop("oneOf")
    required = {
        kind: schema["$defs"][place.rsplit("/", 1)[-1]].pop("required") for kind, place in kinds.items()
    }
    rules = [
        {"if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]}, "then": {"required": keys}}
        for kind, keys in required.items()
    ]
    whole_file = {
        "properties": {"policies": {"additionalProperties": {"required": ["kind"], "allOf": rules}}}
    }
    return {**schema, "if": {"not": {"required": ["extends"]}}, "then": whole_file}

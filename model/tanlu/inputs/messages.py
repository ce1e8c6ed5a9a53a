"""Check scenario data against its model and say what is wrong in the words of the person who wrote it."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from tanlu.core.units import explain_conversion, split_unit, unit_in_words, unit_of
from tanlu.core.words.messages import BilingualText, Message, MessagePart, build_message
from tanlu.inputs.diagnostics import (
    Finding,
    diagnose,
    fold_name,
    nearest,
    printable,
    quote_names,
    suggest,
    suggest_first,
)
from tanlu.inputs.field_words import chinese_help
from tanlu.inputs.plausible import describe_unit, find_unit_slip
from tanlu.inputs.tree import Fields, Key, Node, TreePlace, Unreadable, locate, path_text, plain_data
from tanlu.inputs.types import PackContext, Strict, json_schema
from tanlu.inputs.yaml_reader import MAXIMUM_FINDINGS, resolve_scalar

VALUE_TEXT = "of-value"  # texts of which one names the key, and the other says what its validator does
_KEY = "[key]"  # pydantic's name for the key, not the value, of a mapping's entry


class Fault(NamedTuple):
    """One error of pydantic, with the place in the tree it is about."""

    kind: str
    path: tuple[Key, ...]
    details: Mapping[str, Any]
    place: TreePlace
    schema: Mapping[str, Any]

    @property
    def value(self) -> object:
        """The rejected value."""
        return self.place.path[-1] if self.is_key else self.place.node.value

    @property
    def is_key(self) -> bool:
        """Whether a mapping's key is rejected, not its value."""
        return self.path[-1:] == (_KEY,)

    @property
    def name(self) -> MessagePart:
        """The key a message is about; the year of a schedule follows."""
        path = self.place.path[:-1] if self.is_key else self.place.path
        start = max((i for i, key in enumerate(path) if isinstance(key, str)), default=0)
        return path_text(path[start:]) or build_message("the_scenario")

    @property
    def key(self) -> str:
        """The last key that is text: the one that carries the unit."""
        return next((key for key in reversed(self.place.path) if isinstance(key, str)), "")


class Explanation(NamedTuple):
    """What to say about a fault: the key of its texts, `found.KEY`, and what stands in them."""

    key: str
    values: Mapping[str, object]
    suggestion: str = ""
    """The key of the file that was probably meant."""


def validate[Model: Strict](
    model: type[Model], tree: Node, context: PackContext | None = None
) -> tuple[Model | None, tuple[Finding, ...]]:
    """Validate a tree as `model`, or list every fault found."""
    try:
        return model.model_validate(plain_data(tree), context=context), ()
    except ValidationError as error:
        return None, _findings(error, tree, json_schema(model))


def _findings(error: ValidationError, tree: Node, schema: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Translate errors of pydantic; skip values reported already."""
    faults: list[Fault] = []
    for pydantic_error in error.errors(include_url=False, include_input=False)[:MAXIMUM_FINDINGS]:
        place = locate(tree, [step for step in pydantic_error["loc"] if step != _KEY])
        if place is not None and not _is_reported(pydantic_error["type"], pydantic_error["loc"], place):
            details = {"text": pydantic_error["msg"], **pydantic_error.get("ctx", {})}
            faults.append(Fault(pydantic_error["type"], pydantic_error["loc"], details, place, schema))
    pairs = [(fault, _explain(fault)) for fault in faults]
    suggested_keys = {(fault.place.path[:-1], explanation.suggestion) for fault, explanation in pairs}
    distinct_faults = [
        (f, n) for f, n in pairs if f.kind != "missing" or (f.place.path, f.path[-1]) not in suggested_keys
    ]
    findings = [_finding(fault, explanation) for fault, explanation in distinct_faults]
    if (count := error.error_count()) > MAXIMUM_FINDINGS:
        findings.append(diagnose(tree.mark, "too-many-errors", count=count - MAXIMUM_FINDINGS))
    return tuple(findings)


def _is_reported(kind: str, path: Sequence[Key], place: TreePlace) -> bool:
    """Check whether an error only follows from another one.

    It is of a value that could not be read or was refused.
    """
    value = place.node.value
    key = {"missing": path[-1], "union_tag_invalid": "kind"}.get(kind) if path else None
    if key is not None and isinstance(value, Fields) and key in value:
        return isinstance(value[key].node.value, Unreadable)
    return kind == "too_short" and isinstance(value, Fields | list) and len(value) > 0


def _finding(fault: Fault, explanation: Explanation) -> Finding:
    """Place an explanation: about a key at the key, else at the value."""
    is_about_key = fault.is_key or fault.kind in ("extra_forbidden", "invalid_key", "missing")
    place = fault.place
    if fault.kind == "union_tag_invalid":
        place = locate_child(place, "kind")
    mark = place.key if is_about_key else place.mark
    finding = diagnose(mark, explanation.key, path_text(place.path), **explanation.values)
    return finding._replace(code=fault.kind) if explanation.key == VALUE_TEXT else finding


def locate_child(place: TreePlace, key: Key) -> TreePlace:
    """Find the place of a key of a mapping, else the mapping's."""
    fields = place.node.value
    if not isinstance(fields, Fields) or key not in fields:
        return place
    return TreePlace((*place.path, key), fields[key].node, fields[key].key)


def _explain(fault: Fault) -> Explanation:
    """Explain a fault; our own validators bring their words along."""
    if explain := _EXPLAIN.get(fault.kind):
        return explain(fault)
    if "key" not in fault.details:
        text = printable(str(fault.details["text"]), 200)
        return Explanation("invalid-value", {"name": fault.name, "text": text})
    message = Message(f"found.{fault.details['key']}", fault.details["values"])
    return Explanation(VALUE_TEXT, {"name": fault.name, "text": message, "advice": message.advice})


def _describe(value: object) -> MessagePart:
    """Describe a rejected value in a few words, however large it is."""
    if isinstance(value, Fields):
        return build_message("a_mapping", count=len(value))
    if isinstance(value, list):
        return build_message("a_list", count=len(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return build_message("the_text", text=printable(value))
    is_number = isinstance(value, int | float)
    return build_message("the_number", number=printable(str(value))) if is_number else type(value).__name__


# --- keys -----------------------------------------------------------------------------------------


def _unknown_key(fault: Fault) -> Explanation:
    """Suggest the key that was meant; another unit needs a conversion."""
    written_key = str(fault.place.path[-1]) if fault.place.path else ""
    keys = tuple(_part(fault.schema, fault.path[:-1]).get("properties", {}))
    folded_key = fold_name(written_key[:100])
    if folded_key in keys:
        return _explain_unknown_key(written_key, suggest(folded_key), folded_key)
    stem, suffix = split_unit(folded_key)
    nearest_stem = nearest(stem, [split_unit(key).stem for key in keys], cutoff=0.85)
    valid_key = next(
        (key for key in keys if split_unit(key).stem == nearest_stem and split_unit(key).suffix), ""
    )
    if valid_key and suffix != split_unit(valid_key).suffix:
        return _explain_wrong_unit(written_key, folded_key, valid_key)
    if owner := _owner(fault.schema, folded_key):
        return _explain_unknown_key(written_key, build_message("key_of", key=folded_key, owner=owner))
    nearest_key = nearest(written_key, keys)
    return _explain_unknown_key(
        written_key, suggest(nearest_key, build_message("keys_here", keys=quote_names(keys))), nearest_key
    )


def _explain_unknown_key(written_key: str, advice: MessagePart, suggestion: str = "") -> Explanation:
    return Explanation("unknown-key", {"key": printable(written_key), "advice": advice}, suggestion)


def _explain_wrong_unit(written_key: str, folded_key: str, valid_key: str) -> Explanation:
    """Explain a key whose unit is wrong or missing."""
    if not (help := explain_conversion(folded_key, valid_key)):
        unit = unit_in_words(split_unit(valid_key).suffix)
        return _explain_unknown_key(
            written_key, build_message("carries_unit", key=valid_key, unit=unit), valid_key
        )
    units = {"unit": split_unit(folded_key).suffix, "expected": split_unit(valid_key).suffix}
    return Explanation("wrong-unit", {"key": printable(written_key), "advice": help, **units}, valid_key)


def _missing_key(fault: Fault) -> Explanation:
    key = str(fault.path[-1])
    place = f"`{path_text(fault.place.path)}`" if fault.place.path else build_message("the_scenario")
    english = _part(fault.schema, fault.path).get("description", "")
    chinese = chinese_help([step for step in fault.path if isinstance(step, str)])
    meaning = BilingualText(
        f"`{key}`: {english}" if english else "", f"`{key}`：{chinese}" if chinese else ""
    )
    return Explanation("missing-key", {"where": place, "key": key, "advice": meaning})


def _part(schema: Mapping[str, Any], path: Sequence[Key]) -> Mapping[str, Any]:
    """Find the part of a JSON Schema for `path`, empty if none."""
    part = _resolve(schema, schema)
    for step in path:
        part = _resolve(_inner(part, step), schema)
    return part


def _inner(part: Mapping[str, Any], step: Key) -> Mapping[str, Any]:
    """Go one step down a JSON Schema, or to a variant of a union."""
    if step in part.get("properties", {}):
        return dict(part["properties"][step])
    if step in (variants := part.get("discriminator", {}).get("mapping", {})):
        return {"$ref": variants[step]}
    for inner in (
        *part.get("patternProperties", {}).values(),
        part.get("additionalProperties"),
        part.get("items"),
    ):
        if isinstance(inner, Mapping):
            return inner
    return {}


def _resolve(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Resolve a reference; of several forms take the one with keys."""
    if reference := part.get("$ref"):
        part = {**schema["$defs"][str(reference).rsplit("/", 1)[-1]], **part, "$ref": None}
    forms = [_resolve(form, schema) for form in part.get("anyOf", ())]
    return next(({**form, **part} for form in forms if "properties" in form), part)


def _owner(schema: Mapping[str, Any], key: str) -> MessagePart:
    """Name the other part of the file that has a key, if any."""
    top = schema.get("properties", {})
    if key in top:
        return build_message("top_level")
    for name in top:
        if key in _part(schema, (name,)).get("properties", {}):
            return f"`{name}`"
    variants = _part(schema, ("policies", "any")).get("discriminator", {}).get("mapping", {})
    kinds = [
        kind for kind in variants if key in _part(schema, ("policies", "any", kind)).get("properties", {})
    ]
    return build_message("policies_of", kinds=quote_names(kinds)) if kinds else ""


def _bad_name(fault: Fault) -> Explanation:
    """Explain the form of names; `shown` keeps hostile ones from the terminal."""
    written_name = str(fault.value)
    valid_name = re.sub(r"\W", "_", fold_name(written_name[:40]), flags=re.ASCII)
    if re.fullmatch(r"[a-z]\w*[a-z0-9]", valid_name, re.ASCII):
        return Explanation("bad-name.written", {"given": printable(written_name), "name": valid_name})
    return Explanation("bad-name", {"given": printable(written_name)})


# --- values ---------------------------------------------------------------------------------------


def _not_a_number(fault: Fault) -> Explanation:
    is_whole = fault.kind.startswith("int")
    values = {"name": fault.name, "given": _describe(fault.value)}
    if is_whole and isinstance(fault.value, float):
        return Explanation("not-a-whole-number", values)
    advice: MessagePart = build_message("by_year") if "number" in fault.path else ""
    if isinstance(fault.value, str):
        advice = _number_help(fault.value, fault.key)
    return Explanation("not-a-number.whole" if is_whole else "not-a-number", {**values, "advice": advice})


def _number_help(text: str, key: str) -> Message:
    """Explain how to write a text as the number it means."""
    narrow = unicodedata.normalize("NFKC", text[:60]).strip()
    value = resolve_scalar(narrow)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return build_message("no_quotes" if narrow == text else "plain_digits", number=narrow)
    if re.fullmatch(r"[-+]?[0-9]{1,3}([,_' ][0-9]{3})+(\.[0-9]+)?", narrow):
        return build_message("no_separators", number=re.sub("[^-+0-9.]", "", narrow))
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", narrow):
        return build_message("decimal_point", number=narrow.replace(",", "."))
    if match := re.fullmatch(r"([-+]?[0-9]+(?:\.[0-9]+)?) *(\S.*)", narrow):
        return _unit_in_value_help(float(match[1]), match[2], key)
    return build_message("a_number")


def _unit_in_value_help(number: float, rest: str, key: str) -> Message:
    """Say where the unit goes that was written behind a number."""
    unit = unit_of(key)
    if unit is None or unit.display == "1":
        is_percentage = rest == "%" and unit is not None
        return (
            build_message("as_fraction", share=f"{number / 100:.10g}")
            if is_percentage
            else build_message("number_alone")
        )
    return build_message("number_alone_in", unit=unit_in_words(split_unit(key).suffix))


def _not_finite(fault: Fault) -> Explanation:
    key = "not-finite" if fault.value != fault.value else "not-finite.infinite"
    return Explanation(key, {"name": fault.name})


def _out_of_range(fault: Fault) -> Explanation:
    words = {"ge": "at_least", "gt": "more_than", "le": "at_most", "lt": "less_than"}
    bounds = [build_message(words[k], bound=f"{v:.10g}") for k, v in fault.details.items() if k in words]
    limits = build_message("both", one=bounds[0], other=bounds[1]) if len(bounds) == 2 else bounds[0]
    advice = _fraction_help(fault) or _slip_help(fault)
    values = {"name": fault.name, "bounds": limits, "given": printable(str(fault.value)), "advice": advice}
    return Explanation("out-of-range", values)


def _fraction_help(fault: Fault) -> MessagePart:
    """Say how a percentage is written as a fraction, empty for what is none."""
    value, unit = fault.value, unit_of(fault.key)
    takes_fraction = unit is not None and unit.display == "1" and "le" in fault.details
    if not takes_fraction or not isinstance(value, int | float) or not 1 < value <= 1000:
        return ""
    return build_message("a_fraction", percent=f"{value:.10g}", share=f"{value / 100:.10g}")


def _slip_help(fault: Fault) -> MessagePart:
    """Name the unit in which a value beyond its bounds may be."""
    position = next((i for i, step in enumerate(fault.path) if step == fault.key), 0)
    pair = _part(fault.schema, fault.path[: position + 1]).get("plausible")
    value = fault.value
    slip = find_unit_slip(fault.key, float(value), *pair) if pair and isinstance(value, int | float) else None
    unit = unit_of(fault.key)
    if slip is None or unit is None:
        return ""
    return build_message(
        "slip",
        given=f"{value:,.10g}",
        slip=slip.unit,
        takes=describe_unit(fault.key),
        value=f"{slip.value:.10g}",
    )


def _not_a_boolean(fault: Fault) -> Explanation:
    words = {"yes": "true", "on": "true", "no": "false", "off": "false", "1": "true", "0": "false"}
    value_text = str(fault.value).lower() if isinstance(fault.value, str | int) else ""
    values = {"name": fault.name, "given": _describe(fault.value)}
    return Explanation(
        "not-true-or-false", {**values, "word": words.get(value_text, build_message("true_or_false"))}
    )


def _not_text(fault: Fault) -> Explanation:
    if fault.is_key:
        return _bad_name(fault)
    is_number = isinstance(fault.value, int | float)
    advice = build_message("in_quotes", text=printable(str(fault.value))) if is_number else ""
    return Explanation("not-text", {"name": fault.name, "given": _describe(fault.value), "advice": advice})


def _not_a_choice(fault: Fault) -> Explanation:
    choices = re.findall(r"'([^']*)'", str(fault.details.get("expected")))
    value_text = printable(fault.value) if isinstance(fault.value, str) else _describe(fault.value)
    nearest_choice = nearest(value_text, choices) if isinstance(value_text, str) else ""
    advice = suggest_first(nearest_choice, build_message("allowed", names=quote_names(choices)))
    return Explanation("unknown-value", {"name": fault.name, "given": value_text, "advice": advice})


def _unknown_kind(fault: Fault) -> Explanation:
    kinds = re.findall(r"'([^']*)'", str(fault.details["expected_tags"]))
    written_kind = str(fault.details["tag"])
    advice = suggest_first(
        nearest(written_kind, kinds, cutoff=0.75), build_message("kinds", names=quote_names(kinds, 30))
    )
    return Explanation("unknown-kind", {"given": printable(written_kind), "advice": advice})


def _missing_kind(fault: Fault) -> Explanation:
    kinds = _part(fault.schema, fault.path).get("discriminator", {}).get("mapping", {})
    place, advice = f"`{path_text(fault.place.path)}`", build_message("kinds", names=quote_names(kinds, 30))
    return Explanation("missing-key", {"where": place, "key": "kind", "advice": advice})


def _not_a_mapping(fault: Fault) -> Explanation:
    keys = quote_names(_part(fault.schema, fault.path).get("properties", {}))
    values = {"name": fault.name, "given": _describe(fault.value)}
    return Explanation(
        "not-a-mapping",
        {**values, "advice": build_message("put_keys", keys=keys) if keys else build_message("put_lines")},
    )


def _not_a_list(fault: Fault) -> Explanation:
    is_scalar = isinstance(fault.value, str | int | float)
    advice = build_message("as_list", text=printable(str(fault.value))) if is_scalar else ""
    return Explanation("not-a-list", {"name": fault.name, "given": _describe(fault.value), "advice": advice})


def _wrong_length(fault: Fault) -> Explanation:
    bound = fault.details.get("min_length", fault.details.get("max_length"))
    side = "at_least" if "min_length" in fault.details else "at_most"
    if (side, bound) == ("at_least", 1):
        return Explanation("wrong-length.empty", {"name": fault.name})
    noun = build_message("characters" if fault.kind.startswith("string") else "entries")
    return Explanation(
        "wrong-length", {"name": fault.name, "bound": build_message(side, bound=bound), "what": noun}
    )


_EXPLAIN: dict[str, Callable[[Fault], Explanation]] = {
    **dict.fromkeys(("extra_forbidden", "invalid_key"), _unknown_key),
    "missing": _missing_key,
    "string_pattern_mismatch": _bad_name,
    **dict.fromkeys(("float_type", "int_type", "int_from_float"), _not_a_number),
    "finite_number": _not_finite,
    **dict.fromkeys(("greater_than", "greater_than_equal", "less_than", "less_than_equal"), _out_of_range),
    "bool_type": _not_a_boolean,
    "string_type": _not_text,
    "literal_error": _not_a_choice,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": _missing_kind,
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), _not_a_mapping),
    **dict.fromkeys(("tuple_type", "list_type"), _not_a_list),
    **dict.fromkeys(("too_short", "too_long", "string_too_short", "string_too_long"), _wrong_length),
}

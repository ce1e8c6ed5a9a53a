"""Check scenario data against its model and say what is wrong in the words of the person who wrote it."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from tanlu.core.units import UNITS, convert_help, split_unit, unit_of
from tanlu.inputs.diagnostics import Finding, diagnose, folded_name, listed, nearest, shown
from tanlu.inputs.plausible import unit_slip
from tanlu.inputs.tree import Fields, Key, Node, TreePlace, Unreadable, locate, path_text, plain
from tanlu.inputs.types import Known, Strict, json_schema
from tanlu.inputs.yaml_reader import MAXIMUM_FINDINGS, resolve_scalar

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
    def name(self) -> str:
        """The key a message is about; the year of a schedule stands after it."""
        path = self.place.path[:-1] if self.is_key else self.place.path
        start = max((i for i, key in enumerate(path) if isinstance(key, str)), default=0)
        return path_text(path[start:]) or "the scenario"

    @property
    def key(self) -> str:
        """The last key that is text: the one that carries the unit."""
        return next((key for key in reversed(self.place.path) if isinstance(key, str)), "")


class Explanation(NamedTuple):
    """What to say about a fault; `suggests` is the key that was probably meant."""

    code: str
    message: str
    help: str = ""
    suggests: str = ""


def validate[Model: Strict](
    model: type[Model], tree: Node, known: Known | None = None
) -> tuple[Model | None, tuple[Finding, ...]]:
    """Return the tree as an instance of `model`, or None and every fault found."""
    try:
        return model.model_validate(plain(tree), context=known), ()
    except ValidationError as error:
        return None, _findings(error, tree, json_schema(model))


def _findings(error: ValidationError, tree: Node, schema: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Translate pydantic's errors; those about values that were reported already are left out."""
    faults: list[Fault] = []
    for item in error.errors(include_url=False, include_input=False)[:MAXIMUM_FINDINGS]:
        place = locate(tree, [step for step in item["loc"] if step != _KEY])
        if place is not None and not _is_reported(item["type"], item["loc"], place):
            details = {"text": item["msg"], **item.get("ctx", {})}
            faults.append(Fault(item["type"], item["loc"], details, place, schema))
    found = [(fault, _explain(fault)) for fault in faults]
    suggested = {(fault.place.path[:-1], explanation.suggests) for fault, explanation in found}
    kept = [(f, n) for f, n in found if f.kind != "missing" or (f.place.path, f.path[-1]) not in suggested]
    result = [_finding(fault, explanation) for fault, explanation in kept]
    if (count := error.error_count()) > MAXIMUM_FINDINGS:
        text = f"{count - MAXIMUM_FINDINGS} more errors are not shown"
        result.append(diagnose(tree.mark, "too-many-errors", text, "mend the others first"))
    return tuple(result)


def _is_reported(kind: str, path: Sequence[Key], place: TreePlace) -> bool:
    """Tell whether an error only follows from another: of a value that could not be read or was refused."""
    value = place.node.value
    key = {"missing": path[-1], "union_tag_invalid": "kind"}.get(kind) if path else None
    if key is not None and isinstance(value, Fields) and key in value:
        return isinstance(value[key].node.value, Unreadable)
    return kind == "too_short" and isinstance(value, Fields | list) and len(value) > 0


def _finding(fault: Fault, explanation: Explanation) -> Finding:
    """Place a explanation: about a key at the key, about a value at the value."""
    about_key = fault.is_key or fault.kind in ("extra_forbidden", "invalid_key", "missing")
    place = fault.place
    if fault.kind == "union_tag_invalid":
        place = locate_child(place, "kind")
    mark = place.key if about_key else place.mark
    return diagnose(mark, explanation.code, explanation.message, explanation.help, path_text(place.path))


def locate_child(place: TreePlace, key: Key) -> TreePlace:
    """Return the place of one key of a mapping, or the mapping's own if it has no such key."""
    fields = place.node.value
    if not isinstance(fields, Fields) or key not in fields:
        return place
    return TreePlace((*place.path, key), fields[key].node, fields[key].key)


def _explain(fault: Fault) -> Explanation:
    """Return the explanation for a fault; validators of our own bring code, text and help along."""
    if explain := _EXPLAIN.get(fault.kind):
        return explain(fault)
    if "help" in fault.details:
        return Explanation(fault.kind, f"`{fault.name}`: {fault.details['text']}", fault.details["help"])
    return Explanation("invalid-value", f"`{fault.name}`: {shown(str(fault.details['text']), 200)}")


def _described(value: object) -> str:
    """Describe a rejected value in a few words, however large it is."""
    if isinstance(value, Fields):
        return f"a mapping of {len(value)} keys"
    if isinstance(value, list):
        return f"a list of {len(value)} items"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text '{shown(value)}'"
    return f"the number {shown(str(value))}" if isinstance(value, int | float) else type(value).__name__


# --- keys -----------------------------------------------------------------------------------------


def _unknown_key(fault: Fault) -> Explanation:
    """Name the key that was probably meant: another unit is to be converted, not renamed."""
    given = str(fault.place.path[-1]) if fault.place.path else ""
    keys = tuple(_part(fault.schema, fault.path[:-1]).get("properties", {}))
    message = f"unknown key `{shown(given)}`"
    folded = folded_name(given[:100])
    if folded in keys:
        return Explanation("unknown-key", message, f"did you mean `{folded}`?", folded)
    stem, suffix = split_unit(folded)
    same = nearest(stem, [split_unit(key).stem for key in keys], cutoff=0.85)
    meant = next((key for key in keys if split_unit(key).stem == same and split_unit(key).suffix), "")
    if meant and suffix != split_unit(meant).suffix:
        return _wrong_unit(given, folded, meant)
    if owner := _owner(fault.schema, folded):
        return Explanation("unknown-key", message, f"`{folded}` is a key of {owner}: check the indentation")
    if near := nearest(given, keys):
        return Explanation("unknown-key", message, f"did you mean `{near}`?", near)
    return Explanation("unknown-key", message, f"the keys allowed here are {listed(keys)}")


def _wrong_unit(given: str, folded: str, meant: str) -> Explanation:
    """Explain a key that differs from a valid one in its unit, or has none."""
    if not (help := convert_help(folded, meant)):
        unit = UNITS[split_unit(meant).suffix]
        help = f"a key carries its unit: `{meant}` ({unit.description})"
        return Explanation("unknown-key", f"unknown key `{shown(given)}`", help, meant)
    suffix = split_unit(folded).suffix
    message = f"`{shown(given)}` is in `{suffix}`, expected `{split_unit(meant).suffix}`"
    return Explanation("wrong-unit", message, help, meant)


def _missing_key(fault: Fault) -> Explanation:
    key = str(fault.path[-1])
    where = f"`{path_text(fault.place.path)}`" if fault.place.path else "the scenario"
    about = _part(fault.schema, fault.path).get("description", "")
    return Explanation("missing-key", f"{where} lacks the key `{key}`", f"`{key}`: {about}" if about else "")


def _part(schema: Mapping[str, Any], path: Sequence[Key]) -> Mapping[str, Any]:
    """Return the part of a JSON Schema that describes what stands at `path`, empty if none does."""
    part = _resolved(schema, schema)
    for step in path:
        part = _resolved(_inner(part, step), schema)
    return part


def _inner(part: Mapping[str, Any], step: Key) -> Mapping[str, Any]:
    """Go one step down a JSON Schema; a step may also name the variant of a union."""
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


def _resolved(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference to its definition; of several forms take the one that has keys."""
    if reference := part.get("$ref"):
        part = {**schema["$defs"][str(reference).rsplit("/", 1)[-1]], **part, "$ref": None}
    forms = [_resolved(form, schema) for form in part.get("anyOf", ())]
    return next(({**form, **part} for form in forms if "properties" in form), part)


def _owner(schema: Mapping[str, Any], key: str) -> str:
    """Say to which other part of the file a key belongs, empty if to none."""
    top = schema.get("properties", {})
    if key in top:
        return "the file's top level"
    for name in top:
        if key in _part(schema, (name,)).get("properties", {}):
            return f"`{name}`"
    variants = _part(schema, ("policies", "any")).get("discriminator", {}).get("mapping", {})
    kinds = [
        kind for kind in variants if key in _part(schema, ("policies", "any", kind)).get("properties", {})
    ]
    return f"policies of kind {listed(kinds)}" if kinds else ""


def _bad_name(fault: Fault) -> Explanation:
    """Explain the form of names; `shown` keeps hostile ones from the terminal."""
    given = str(fault.value)
    help = "lower-case letters, digits and underscores, a letter first; other text belongs in `label`"
    folded = re.sub(r"\W", "_", folded_name(given[:40]), flags=re.ASCII)
    if re.fullmatch(r"[a-z]\w*[a-z0-9]", folded, re.ASCII):
        help = f"write `{folded}`: {help}"
    return Explanation("bad-name", f"'{shown(given)}' is not a name", help)


# --- values ---------------------------------------------------------------------------------------


def _not_a_number(fault: Fault) -> Explanation:
    expected = "a whole number" if fault.kind.startswith("int") else "a number"
    message = f"`{fault.name}` must be {expected}, got {_described(fault.value)}"
    if isinstance(fault.value, str):
        return Explanation("not-a-number", message, _number_help(fault.value, fault.key))
    if fault.kind.startswith("int") and isinstance(fault.value, float):
        return Explanation("not-a-whole-number", message)
    points = "number" in fault.path
    return Explanation(
        "not-a-number", message, "or a number by year: {2026: 100, 2035: 300}" if points else ""
    )


def _number_help(text: str, key: str) -> str:
    """Say how a text that was meant as a number is written as one."""
    narrow = unicodedata.normalize("NFKC", text[:60]).strip()
    value = resolve_scalar(narrow)
    if isinstance(value, int | float) and not isinstance(value, bool):
        how = "remove the quotes" if narrow == text else "write it in plain digits"
        return f"{how}: {narrow}"
    if re.fullmatch(r"[-+]?[0-9]{1,3}([,_' ][0-9]{3})+(\.[0-9]+)?", narrow):
        return f"write it without separators: {re.sub('[^-+0-9.]', '', narrow)}"
    if re.fullmatch(r"[-+]?[0-9]+,[0-9]+", narrow):
        return f"write the decimal with a point: {narrow.replace(',', '.')}"
    if match := re.fullmatch(r"([-+]?[0-9]+(?:\.[0-9]+)?) *(\S.*)", narrow):
        return _unit_in_value_help(float(match[1]), match[2], key)
    return "write a number, such as 100"


def _unit_in_value_help(number: float, rest: str, key: str) -> str:
    """Say where the unit goes that was written behind a number."""
    unit = unit_of(key)
    if unit is None or unit.display == "1":
        return (
            f"write it as a fraction: {number / 100:.10g}"
            if rest == "%" and unit
            else "write the number alone"
        )
    return f"write the number alone, in {unit.description}"


def _not_finite(fault: Fault) -> Explanation:
    what = "not a number (NaN)" if fault.value != fault.value else "infinite"
    return Explanation(
        "not-finite", f"`{fault.name}` is {what}", "write a finite number, or leave the key out"
    )


def _out_of_range(fault: Fault) -> Explanation:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    bounds = " and ".join(f"{words[k]} {v:.10g}" for k, v in fault.details.items() if k in words)
    value, unit, help = fault.value, unit_of(fault.key), ""
    if (
        isinstance(value, int | float)
        and 1 < value <= 1000
        and unit
        and unit.display == "1"
        and "le" in fault.details
    ):
        help = f"write a fraction: {value:.10g} % is {value / 100:.10g}"
    return Explanation(
        "out-of-range", f"`{fault.name}` must be {bounds}, got {shown(str(value))}", help or _slip_help(fault)
    )


def _slip_help(fault: Fault) -> str:
    """Say which unit a value beyond its bounds may have been written in."""
    at = next((i for i, step in enumerate(fault.path) if step == fault.key), 0)
    pair = _part(fault.schema, fault.path[: at + 1]).get("plausible")
    value = fault.value
    slip = unit_slip(fault.key, float(value), *pair) if pair and isinstance(value, int | float) else None
    unit = unit_of(fault.key)
    if slip is None or unit is None:
        return ""
    return f"{value:,.10g} looks like {slip.unit}; this key takes {unit.display}: {slip.value:.10g}"


def _not_a_boolean(fault: Fault) -> Explanation:
    words = {"yes": "true", "on": "true", "no": "false", "off": "false", "1": "true", "0": "false"}
    word = words.get(str(fault.value).lower() if isinstance(fault.value, str | int) else "", "true or false")
    help = f"write {word}, without quotes; yes, no, on and off are plain text here"
    return Explanation(
        "not-true-or-false", f"`{fault.name}` must be true or false, got {_described(fault.value)}", help
    )


def _not_text(fault: Fault) -> Explanation:
    if fault.is_key:
        return _bad_name(fault)
    help = f'put it in quotes: "{shown(str(fault.value))}"' if isinstance(fault.value, int | float) else ""
    return Explanation("not-text", f"`{fault.name}` must be text, got {_described(fault.value)}", help)


def _not_a_choice(fault: Fault) -> Explanation:
    choices = re.findall(r"'([^']*)'", str(fault.details.get("expected")))
    given = shown(fault.value) if isinstance(fault.value, str) else _described(fault.value)
    near = nearest(given, choices)
    help = (f"did you mean `{near}`? " if near else "") + f"allowed: {listed(choices)}"
    kind = "unknown-region" if fault.key == "regions" else "unknown-value"
    return Explanation(kind, f"`{fault.name}` cannot be '{given}'", help)


def _unknown_kind(fault: Fault) -> Explanation:
    kinds = re.findall(r"'([^']*)'", str(fault.details["expected_tags"]))
    given = str(fault.details["tag"])
    near = nearest(given, kinds, cutoff=0.75)
    help = (f"did you mean `{near}`? " if near else "") + f"kinds: {listed(kinds, 30)}"
    return Explanation("unknown-kind", f"there is no policy of kind '{shown(given)}'", help)


def _missing_kind(fault: Fault) -> Explanation:
    kinds = _part(fault.schema, fault.path).get("discriminator", {}).get("mapping", {})
    return Explanation(
        "missing-key", f"`{path_text(fault.place.path)}` lacks the key `kind`", f"kinds: {listed(kinds, 30)}"
    )


def _not_a_mapping(fault: Fault) -> Explanation:
    keys = listed(_part(fault.schema, fault.path).get("properties", {}))
    help = f"put keys under it, indented: {keys}" if keys else "put `key: value` lines under it, indented"
    return Explanation("not-a-mapping", f"`{fault.name}` must hold keys, got {_described(fault.value)}", help)


def _not_a_list(fault: Fault) -> Explanation:
    help = f"write [{shown(str(fault.value))}]" if isinstance(fault.value, str | int | float) else ""
    return Explanation("not-a-list", f"`{fault.name}` must be a list, got {_described(fault.value)}", help)


def _wrong_length(fault: Fault) -> Explanation:
    bound = fault.details.get("min_length", fault.details.get("max_length"))
    side = "at least" if "min_length" in fault.details else "at most"
    what = "characters" if fault.kind.startswith("string") else "entries"
    rule = "must not be empty" if (side, bound) == ("at least", 1) else f"must have {side} {bound} {what}"
    return Explanation("wrong-length", f"`{fault.name}` {rule}")


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

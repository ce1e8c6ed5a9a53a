"""Read YAML as a tree in which every key and value knows its line and column.

Only the small part of YAML a scenario needs is accepted: one document of mappings, lists, numbers,
text and true/false. Scalars follow the core schema of YAML 1.2 (`on`, `yes` and `no` are text,
`1e3` is a number), and whatever makes a file mean something else than it shows is refused.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

import yaml

from tanlu.core.words.messages import MessagePart, build_message
from tanlu.inputs.characters import FORBIDDEN, code_point, forbidden_in_line
from tanlu.inputs.diagnostics import LINE_BREAK, Finding, Mark, Source, diagnose, printable
from tanlu.inputs.tree import MAXIMUM_DEPTH, UNREADABLE, Field, Fields, Key, Node, Unreadable

MAXIMUM_BYTES = 1024 * 1024
MAXIMUM_EVENTS = 100_000
MAXIMUM_FINDINGS = 100
# Python refuses to turn longer texts into integers, and no quantity needs more digits.
MAXIMUM_DIGITS = 300

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((f"{s}.{w}" for s in ("", "+") for w in ("inf", "Inf", "INF")), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}
_TAB_INDENTATION = re.compile(r"^ *\t(?=[ \t]*[^ \t\r\n])", re.MULTILINE)

# What the parser complains of, and the key of what to say about it.
_SYNTAX_HELP = {
    "mapping values are not allowed": "yaml_colon",
    "did not find expected key": "yaml_column",
    "did not find expected <document start>": "yaml_left",
    "did not find expected '-' indicator": "yaml_mixed",
    "did not find expected ',' or '}'": "yaml_brace",
    "did not find expected ',' or ']'": "yaml_bracket",
    "could not find expected ':'": "yaml_no_colon",
    "found unexpected end of stream": "yaml_quotes",
    "block sequence entries are not allowed": "yaml_list",
    "cannot start any token": "yaml_character",
    "unknown escape character": "yaml_escape",
}


class Reading(NamedTuple):
    """What came out of one file: its tree (None if there is none) and every fault found."""

    tree: Node | None
    findings: tuple[Finding, ...]


class _Stop(Exception):  # noqa: N818 - ends the reading, is no error of the program
    """Reading cannot go on; carries the last finding."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding


def read_yaml(raw: bytes, file: str) -> Reading:
    """Read one YAML document and report faults that do not stop reading.

    `file` is the name that messages show. Never raises on any input.
    """
    try:
        source = Source(file, _decode(raw, file))
        _check_characters(source)
        reader = _Reader(source)
        return Reading(reader.document(), tuple(reader.findings))
    except _Stop as stop:
        return Reading(None, (stop.finding,))


def resolve_scalar(text: str) -> str | int | float | bool | None:
    """Resolve a plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > MAXIMUM_DIGITS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def first_mark(file: str) -> Mark:
    """Mark the first character of a file whose text is not at hand."""
    return Mark(Source(file, ""), 1, 1, 1)


def _decode(raw: bytes, file: str) -> str:
    """Decode a file without its byte order mark."""
    if len(raw) > MAXIMUM_BYTES:
        raise _Stop(diagnose(first_mark(file), "too-large", size=MAXIMUM_BYTES // 1024))
    wide = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in raw and not wide:
        raise _Stop(_undecodable(raw, raw.index(b"\0"), file, "binary-file"))
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        bom = len(codecs.BOM_UTF8) if raw.startswith(codecs.BOM_UTF8) else 0
        key = "not-utf8.utf16" if wide else "not-utf8"
        raise _Stop(_undecodable(raw, bom + error.start, file, key)) from None


def _undecodable(raw: bytes, position: int, file: str, key: str) -> Finding:
    """Build the finding about the first byte that is no text."""
    before = raw[:position].removeprefix(codecs.BOM_UTF8).decode(errors="replace")
    lines = LINE_BREAK.split(before)
    mark = Mark(Source(file, before), len(lines), len(lines[-1]) + 1, 1)
    return diagnose(mark, key, byte=f"0x{raw[position]:02x}")


def _check_characters(source: Source) -> None:
    """Refuse control characters and tabs used as indentation, at their place."""
    if match := FORBIDDEN.search(source.text):
        mark, character = _mark_at(source, match.start()), code_point(match[0])
        raise _Stop(diagnose(mark, "control-character", character=character))
    if match := _TAB_INDENTATION.search(source.text):
        mark = _mark_at(source, match.end() - 1)
        count = sum(1 for _ in _TAB_INDENTATION.finditer(source.text))
        key = "tab-indentation.lines" if count > 1 else "tab-indentation"
        raise _Stop(diagnose(mark, key, count=count))


def _mark_at(source: Source, position: int) -> Mark:
    """Mark the character at `position` of the text."""
    lines = LINE_BREAK.split(source.text[:position])
    return Mark(source, len(lines), len(lines[-1]) + 1, 1)


class _Reader:
    """Builds the tree from the parser's events, within the limits."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.findings: list[Finding] = []
        self._events: Iterator[yaml.Event] = yaml.parse(source.text, Loader=yaml.CSafeLoader)
        self._count = 0
        self._aliases: set[str] = set()

    def document(self) -> Node | None:
        """Read the root mapping, None after a fault that leaves no tree."""
        try:
            return self._document()
        except _Stop as stop:
            self.findings.append(stop.finding)
        except yaml.MarkedYAMLError as error:
            self.findings.append(self._syntax(error))
        return None

    def _document(self) -> Node | None:
        """Read the single document of the stream."""
        self._next()
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            self._stop_empty()
        root = self._node(self._next(), depth=1)
        self._next()
        extra = self._next()
        if not isinstance(extra, yaml.StreamEndEvent):
            self._report(self._mark(extra), "several-documents")
        if root.value is None:
            self._stop_empty()
        if not isinstance(root.value, Fields | Unreadable):
            self._stop(root.mark, "not-a-mapping.scenario")
        return root if isinstance(root.value, Fields) else None

    def _stop_empty(self) -> NoReturn:
        self._stop(Mark(self.source, 1, 1, 1), "empty-file")

    def _next(self) -> yaml.Event:
        """Read the next event; stop at the limit."""
        event = next(self._events)
        self._count += 1
        if self._count > MAXIMUM_EVENTS:
            self._stop(self._mark(event), "too-many-values", count=f"{MAXIMUM_EVENTS:,}")
        return event

    def _node(self, event: yaml.Event, depth: int) -> Node:
        """Read the node that starts with `event`."""
        mark = self._mark(event)
        if isinstance(event, yaml.AliasEvent):
            self._report_alias(mark, str(event.anchor))
            return Node(UNREADABLE, mark)
        self._check_properties(event, mark)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, mark)
        if depth > MAXIMUM_DEPTH:
            self._stop(mark, "too-deep", count=MAXIMUM_DEPTH)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(self._sequence(depth), mark)
        return Node(self._mapping(depth), mark)

    def _scalar(self, event: yaml.ScalarEvent, mark: Mark) -> Node:
        """Read a scalar; report a text with an escaped control character."""
        if character := forbidden_in_line(event.value):
            self._report(mark, "control-character.escaped", character=character)
            return Node(UNREADABLE, mark)
        return Node(resolve_scalar(event.value) if event.implicit[0] else event.value, mark)

    def _report_alias(self, mark: Mark, name: str) -> None:
        """Report the first use of each alias.

        A file that has one often has thousands.
        """
        if name not in self._aliases:
            self._aliases.add(name)
            self._report(mark, "alias", name=printable(name))

    def _check_properties(self, event: yaml.Event, mark: Mark) -> None:
        """Report an anchor or a tag on the node."""
        if anchor := getattr(event, "anchor", None):
            self._report(mark, "anchor", name=printable(anchor))
        if tag := getattr(event, "tag", None):
            self._report(mark, "tag", name=printable(tag.replace("tag:yaml.org,2002:", "!!")))

    def _sequence(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            node = self._node(event, depth + 1)
            items.append(self._refuse_null(node, node.mark, build_message("item", number=len(items) + 1)))
        return items

    def _mapping(self, depth: int) -> Fields:
        fields = Fields()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_mark = self._mark(event)
            key = self._key(event, depth)
            node = self._refuse_null(
                self._node(self._next(), depth + 1), key_mark, f"`{printable(str(key))}`"
            )
            if key is None:
                continue
            if key in fields:
                first = fields[key].key
                place = f"{first.source.file}:{first.line}:{first.column}"
                self._report(key_mark, "duplicate-key", key=printable(str(key)), first=place)
            else:
                fields[key] = Field(key_mark, node)
        return fields

    def _key(self, event: yaml.Event, depth: int) -> Key | None:
        """Read the key that `event` starts: integer or text, else None."""
        mark = self._mark(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, depth + 1)
            self._report(mark, "key-not-text")
            return None
        self._check_properties(event, mark)
        if character := forbidden_in_line(event.value):
            self._report(mark, "control-character.escaped", character=character)
            return None
        is_plain = bool(event.implicit[0])
        if is_plain and event.value == "<<":
            self._report(mark, "merge-key")
            return None
        is_whole = is_plain and len(event.value) <= MAXIMUM_DIGITS and _INTEGER.fullmatch(event.value)
        return int(event.value) if is_whole else str(event.value)

    def _refuse_null(self, node: Node, mark: Mark, noun: MessagePart) -> Node:
        """Report an empty value: it neither deletes nor resets anything."""
        if node.value is not None:
            return node
        self._report(mark, "no-value.line", what=noun)
        return Node(UNREADABLE, node.mark)

    def _mark(self, event: yaml.Event) -> Mark:
        start, end = event.start_mark, event.end_mark
        assert start is not None and end is not None, "the parser marks every event"
        width = end.column - start.column if end.line == start.line else MAXIMUM_BYTES
        return Mark(self.source, start.line + 1, start.column + 1, max(1, width))

    def _report(self, mark: Mark, text: str, /, **values: object) -> None:
        if len(self.findings) >= MAXIMUM_FINDINGS:
            self._stop(mark, "too-many-errors.file")
        self.findings.append(diagnose(mark, text, **values))

    def _stop(self, mark: Mark, text: str, /, **values: object) -> NoReturn:
        raise _Stop(diagnose(mark, text, **values))

    def _syntax(self, error: yaml.MarkedYAMLError) -> Finding:
        """Explain the parser's complaint in plain words, at its place."""
        problem = str(error.problem)
        mark = self._place(error)
        help_keys = (key for part, key in _SYNTAX_HELP.items() if part in problem)
        advice = build_message(next(help_keys, "yaml_check"))
        for line in (mark.line - 1, mark.line):
            if line and (column := self.source.lines[line - 1].find("：") + 1):
                mark = Mark(self.source, line, column, 1)
                advice = build_message("yaml_full_width")
        if error.context and error.context_mark:
            problem += f" ({error.context} from line {error.context_mark.line + 1})"
        return diagnose(mark, "syntax", problem=printable(problem, 150), advice=advice)

    def _place(self, error: yaml.MarkedYAMLError) -> Mark:
        """Find where the parser stopped, at most the last line's end."""
        lines, place = self.source.lines, error.problem_mark
        if place is None or place.line >= len(lines):
            return Mark(self.source, len(lines), len(lines[-1]) + 1, 1)
        return Mark(self.source, place.line + 1, place.column + 1, 1)


def write_yaml(data: Mapping[str, object]) -> str:
    """Write plain data as YAML that `read_yaml` reads back equal.

    A mapping of years takes one line.
    """
    return yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=100)


class _Writer(yaml.SafeDumper):
    """Quotes text that our reader would take for something else, and repeats what occurs twice."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never write an anchor: the reader refuses them."""
        return True


def _represent_text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if resolve_scalar(text) == text else '"'
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_number(writer: yaml.SafeDumper, number: float) -> yaml.ScalarNode:
    """Write whole numbers without a point.

    The point in 1.0e-05 is for readers of older YAML.
    """
    if number.is_integer() and abs(number) < 1e15:
        return writer.represent_scalar("tag:yaml.org,2002:int", str(int(number)))
    text = repr(number)
    text = text if "." in text else text.replace("e", ".0e")
    return writer.represent_scalar("tag:yaml.org,2002:float", text)


def _represent_mapping(writer: yaml.SafeDumper, data: dict[Key, object]) -> yaml.MappingNode:
    years = bool(data) and all(isinstance(key, int) for key in data)
    return writer.represent_mapping("tag:yaml.org,2002:map", data, flow_style=years or None)


_Writer.add_representer(str, _represent_text)
_Writer.add_representer(float, _represent_number)
_Writer.add_representer(dict, _represent_mapping)

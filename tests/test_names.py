"""Names and docstrings of the package: which words name nothing, and how often they may stand."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "model" / "tanlu"


def words_in(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Pronouns, determiners, adverbs, prepositions and bare participles: words may be added, none taken out.
CLOSED = words_in(
    """
    one ones other others another each every all most least more less some any none both either neither few
    many much own mine ours theirs them they it its this that these those what who whom whose which where
    when how why of at by to for from in on off up with without about above below near beside again anew now
    then there here thus so alike same such like else only even still yet back away together apart ever
    never once twice
    """
)
PARTICIPLES = words_in(
    """
    found told given kept known left held made said asked seen tried done meant taken shown sold paid lost
    put met sent set_ gone come become begun drawn grown spent built bought lent owed earned wanted needed
    used named moved added shared served planned reached worked stored emitted changed closed opened listed
    read_ written chosen counted
    """
)
HOLLOW = words_in(
    """
    item items entry entries element elements thing things data result results
    """
)
RARE = words_in(
    """
    beside whom anew lest whence thereof purse
    """
)  # archaic, for a reader of plain English
# Packages whose names are not gone through yet, and the most that may be vague there: assigned, arguments, functions,
# fields; then the share of docstrings that name no object.
UNNAMED = {
    "pages": (0.2032, 0.1233, 0.0353, 0.0866, 0.2075),
}
OPENING = re.compile(r"Return (what|who|whom|whose|which|how|where|when|why)\b", re.IGNORECASE)


class Name(NamedTuple):
    """A name that a file gives."""

    sort: str  # assigned, argument, function (public), field (of a record)
    word: str
    place: str  # file:line

    @property
    def is_vague(self) -> bool:
        return not self.word.startswith("__") and self.word.strip("_").lower() in CLOSED | PARTICIPLES


def names_of(tree: ast.Module, file: str) -> Iterator[Name]:
    """Yield all that a file gives a name."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=word, ctx=ast.Store()):
                yield Name("assigned", word, f"{file}:{node.lineno}")
            case ast.arg(arg=word):
                yield Name("argument", word, f"{file}:{node.lineno}")
            case ast.FunctionDef(name=word) | ast.AsyncFunctionDef(name=word) if not word.startswith("_"):
                yield Name("function", word, f"{file}:{node.lineno}")
            case ast.ClassDef(body=body):
                for line in body:
                    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                        yield Name("field", line.target.id, f"{file}:{line.lineno}")


def first_lines_of(tree: ast.Module) -> Iterator[str]:
    """Yield the first line of each function's docstring."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (text := ast.get_docstring(node)):
            yield text.strip().splitlines()[0]


def belongs_to(path: Path, part: str) -> bool:
    package = path.relative_to(PACKAGE).parts[0]
    return package == part if part in UNNAMED else package not in UNNAMED


@cache
def trees(part: str) -> tuple[tuple[str, ast.Module], ...]:
    """Parse each module of a part: a package of `UNNAMED`, or all others together."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if belongs_to(path, part)]
    return tuple(
        (str(path.relative_to(PACKAGE)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths
    )


@cache
def names(part: str) -> tuple[Name, ...]:
    return tuple(name for file, tree in trees(part) for name in names_of(tree, file))


def share_of_vague(part: str, sort: str) -> float:
    candidates = [name for name in names(part) if name.sort == sort]
    return sum(name.is_vague for name in candidates) / max(len(candidates), 1)


def share_of_hollow(parts: Sequence[str]) -> float:
    candidates = [name for part in parts for name in names(part) if name.sort in ("assigned", "argument")]
    return sum(name.word in HOLLOW for name in candidates) / len(candidates)


def share_of_openings(part: str) -> float:
    lines = [line for _, tree in trees(part) for line in first_lines_of(tree)]
    return sum(bool(OPENING.match(line)) for line in lines) / len(lines)


def vague(part: str, sort: str) -> str:
    counts = Counter(name.word for name in names(part) if name.sort == sort and name.is_vague)
    places = [f"{name.place} {name.word}" for name in names(part) if name.sort == sort and name.is_vague]
    return f"{counts.most_common(8)}\n" + "\n".join(places[:40])


SORTS = ("assigned", "argument", "function", "field")
REST = "all other packages"


@pytest.mark.parametrize(("sort", "ceiling"), [*zip(SORTS, (0.010, 0.007, 0.0, 0.0), strict=True)])
def test_few_names_are_vague(sort: str, ceiling: float) -> None:
    assert share_of_vague(REST, sort) <= ceiling, vague(REST, sort)


@pytest.mark.parametrize("package", UNNAMED)
def test_names_of_other_packages_become_no_vaguer(package: str) -> None:
    *ceilings, openings = UNNAMED[package]
    for sort, ceiling in zip(SORTS, ceilings, strict=True):
        assert share_of_vague(package, sort) <= ceiling, (sort, vague(package, sort))
    assert share_of_openings(package) <= openings


def test_names_that_fit_anything_become_no_more_frequent() -> None:
    assert share_of_hollow((REST, *UNNAMED)) <= 0.0084


def test_docstrings_name_their_object_in_a_short_line() -> None:
    lines = [line for _, tree in trees(REST) for line in first_lines_of(tree)]
    assert share_of_openings(REST) <= 0.010
    assert median(len(line.split()) for line in lines) <= 12


def test_no_word_is_archaic() -> None:
    for file, _ in trees(REST):
        text = (PACKAGE / file).read_text(encoding="utf-8")
        assert not RARE & set(re.findall(r"[a-z]+", text)), file


def test_a_vague_name_is_seen() -> None:
    text = (
        "class A:\n    told: int\n\ndef found(given, loan_cny):\n    for one in given:\n        made = one\n"
    )
    seen = [f"{name.sort} {name.word}" for name in names_of(ast.parse(text), "a.py") if name.is_vague]
    assert sorted(seen) == [
        "argument given",
        "assigned made",
        "assigned one",
        "assigned told",
        "field told",
        "function found",
    ]

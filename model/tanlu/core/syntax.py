"""What Python executes of source files: their syntax trees, without comments, layout and docstrings."""

import ast
import sys
from collections.abc import Mapping

from tanlu.core.places import user_cache
from tanlu.core.value_cache import compute_digest, load_stored


def syntax_digest(sources: Mapping[str, bytes]) -> str:
    """Compute the digest of what is executed of sources by name.

    It differs between minor versions of Python, which write trees in other ways. Trees take half a second: their
    digest is kept in the user's cache under that of the bytes.
    """
    version = repr(sys.version_info[:2]).encode()
    key = compute_digest(
        [version, *(part for name in sorted(sources) for part in (name.encode(), sources[name]))]
    )

    def digest_trees() -> str:
        return compute_digest(
            part
            for name in sorted(sources)
            for part in (name.encode(), executed_text(sources[name]).encode())
        )

    return load_stored(user_cache(), "syntax", key, digest_trees)


def executed_text(source: bytes) -> str:
    """Write the syntax tree of a source without the texts that stand alone in it, as docstrings do.

    Raises:
        SyntaxError: if it is no Python.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [statement for statement in body if not _is_text(statement)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )

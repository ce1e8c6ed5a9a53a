"""What counts as the same code: what is executed of what decides on numbers, and the packages that compute."""

import pytest

from tanlu.core.places import PACKAGE
from tanlu.core.syntax import executed_text, syntax_digest
from tanlu.output import provenance

SOURCE = b'''"""About."""

RATE = 0.05  # a share


class Loan:
    """A loan."""

    years: int = 20
    """Its term."""

    def cost(self, sum):
        """Compute its cost."""
        if sum > 0:
            return sum * RATE
        return 0
'''
SAME = {
    "a comment": (b"# a share", b"# of the sum, a year"),
    "a docstring": (b"Compute its cost.", b"Compute what it costs a year."),
    "no docstring": (b'    """Its term."""\n', b""),
    "layout": (b"sum * RATE", b"(\n                sum * RATE\n            )"),
}
OTHER = {
    "a constant": (b"0.05", b"0.06"),
    "a name": (b"years", b"term"),
    "an operator": (b"sum > 0", b"sum >= 0"),
}


@pytest.mark.parametrize("change", SAME)
def test_what_is_not_executed_leaves_the_digest(change) -> None:
    assert SOURCE.count(SAME[change][0])
    edited = SOURCE.replace(*SAME[change])
    assert edited != SOURCE and executed_text(edited) == executed_text(SOURCE)
    assert syntax_digest({"a.py": edited}) == syntax_digest({"a.py": SOURCE})


@pytest.mark.parametrize("change", OTHER)
def test_what_is_executed_changes_it(change) -> None:
    edited = SOURCE.replace(*OTHER[change])
    assert syntax_digest({"a.py": edited}) != syntax_digest({"a.py": SOURCE})
    assert syntax_digest({"b.py": SOURCE}) != syntax_digest({"a.py": SOURCE})


def test_code_is_what_decides_on_numbers_and_no_more(monkeypatch) -> None:
    def digest_with(folder: str) -> str:
        real = type(PACKAGE).read_bytes
        with monkeypatch.context() as edited:
            edited.setattr(
                type(PACKAGE),
                "read_bytes",
                lambda file: real(file) + (b"\nLAST = 1\n" if file.parent == PACKAGE / folder else b""),
            )
            return provenance.code_sha256.__wrapped__()

    before = provenance.code_sha256()
    assert {
        folder: digest_with(folder) != before for folder in ("kernels/power", "policies", "pages", "cli")
    } == {
        "kernels/power": True,
        "policies": True,
        "pages": False,
        "cli": False,
    }


def test_patches_of_python_and_packages_that_compute_nothing_do_not_count(monkeypatch) -> None:
    before, surroundings = provenance.running_code(), provenance.environment()
    major, minor, _ = surroundings["python"].split(".")

    def code_of(python: str = surroundings["python"], **versions: str) -> dict[str, object]:
        packages = surroundings["packages"] | versions
        monkeypatch.setattr(provenance, "environment", lambda: {"python": python, "packages": packages})
        return provenance.running_code()

    assert (
        code_of(f"{major}.{minor}.99") == code_of(pandas="9", mesa="9", pydantic="9", pyarrow="9") == before
    )
    assert code_of("3.99.0") != before and code_of(numpy="9") != before and code_of(llvmlite="9") != before

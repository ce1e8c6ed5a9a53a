"""The pages of docs/formats are what the command writes today."""

import pytest

from tanlu.core.places import PACKS
from tanlu.region.catalogue import region_names
from tanlu.region.checks.seal import read_seal, seal_problems
from tests import formats


@pytest.mark.parametrize("name", formats.PAGES)
def test_the_page_is_up_to_date(name: str) -> None:
    written = (formats.FOLDER / name).read_text(encoding="utf-8")
    assert written == formats.PAGES[name](), "write it: uv run python -m tests.formats"


@pytest.mark.parametrize("pack", region_names())
def test_a_shipped_pack_is_sealed_as_it_stands(pack: str) -> None:
    found = [*seal_problems(PACKS / pack)]
    assert not found, f"after a change of rows: uv run python -m tests.formats ({found[0]})"
    assert read_seal(PACKS / pack)


def test_no_other_page_is_there() -> None:
    assert {path.name for path in formats.FOLDER.iterdir()} == set(formats.PAGES)


def test_every_column_of_a_result_is_described() -> None:
    """A description that only repeats the name says nothing."""
    for line in (formats.FOLDER / "tables.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            _, name, _, meaning, _ = (cell.strip() for cell in line.split("|"))
            assert meaning and meaning != name.strip("`").replace("_", " "), name

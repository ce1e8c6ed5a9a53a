"""A new region pack: made-up provinces under names of one's own, to be filled with data.

What the template says of its provinces stands in `new_pack.yaml`.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from tanlu.core.places import PACKS
from tanlu.core.words.errors import explain_error
from tanlu.core.words.messages import build_message
from tanlu.region.catalogue import BACKTESTS, SEAL, SETTINGS, TEMPLATE, WORDS, RegionError
from tanlu.region.minimal_pack import leave_out_optional

FACTS = Path(__file__).with_suffix(".yaml")
NAME = "[A-Z][A-Za-z]*( [A-Z][A-Za-z]*)*"


class NewProvince(NamedTuple):
    """A province of a new pack, by its names."""

    name: str
    name_zh: str

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a province as the command line has it: `Shandong`, or `Shandong=山东`.

        Raises:
            RegionError: if it can be no name of a province.
        """
        name, _, name_zh = text.partition("=")
        if not re.fullmatch(NAME, name) or name in _facts()["reserved"]:
            raise RegionError(build_message("no_province_name", name=name, reserved=_facts()["reserved"]))
        return cls(name, name_zh or name)

    @property
    def id(self) -> str:
        """Beginning of the identifiers of what stands in the province."""
        return self.name.lower().replace(" ", "_")

    @property
    def words(self) -> tuple[str, ...]:
        """Words for the province, in the order of those of the template."""
        return self.name, self.name, self.id, self.name_zh, self.name_zh


@cache
def _facts() -> Mapping[str, Any]:
    import yaml  # here, so that help starts without

    facts: dict[str, Any] = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    return facts


def template_provinces() -> tuple[NewProvince, ...]:
    """List the provinces of the template."""
    return tuple(NewProvince(**names) for names in _facts()["provinces"])


def make_pack(folder: Path, provinces: Sequence[NewProvince] = (), *, is_minimal: bool = False) -> None:
    """Make a pack that runs: copy the template, and give its provinces other names if there are any.

    The first and the second province have the rows of those of the template, each further one those of the first again
    and a line to the second. The pack is named after its folder. A minimal one has no optional table but the lines
    that join its provinces.

    Raises:
        RegionError: if the folder is there already, a name is none for a pack, two provinces share one, or it cannot be
            written.
    """
    if folder.exists():
        raise RegionError(build_message("folder_there", folder=folder))
    if not re.fullmatch("[a-z][a-z0-9_]*", folder.resolve().name):
        raise RegionError(build_message("no_pack_name", name=folder.resolve().name))
    for number, province in enumerate(provinces):
        if province.id in {earlier.id for earlier in provinces[:number]}:
            raise RegionError(build_message("province_twice", name=province.name))
    try:
        shutil.copytree(PACKS / TEMPLATE, folder, ignore=shutil.ignore_patterns(SEAL))
        _replace(folder / SETTINGS, f"name: {TEMPLATE}", f"name: {folder.resolve().name}")
        if provinces:
            _fill(folder, provinces)
        if is_minimal:
            leave_out_optional(folder, [province.name for province in provinces or template_provinces()])
    except OSError as error:
        raise RegionError(
            build_message("cannot_write", folder=folder, reason=explain_error(error))
        ) from error


def _fill(folder: Path, provinces: Sequence[NewProvince]) -> None:
    """Turn the copied tables, settings and words to those of the provinces."""
    facts, of_template = _facts(), template_provinces()
    if len(provinces) == 1:
        _leave_out_second(folder)
    for number in range(len(of_template), len(provinces)):
        _add_like_first(folder, number)
    for part in ("region_name", "region_label"):
        _replace(folder / WORDS, facts[part]["before"], facts[part]["after"])
    words: dict[str, str] = {}
    for number, province in enumerate(provinces):
        written = facts["words"][number] if number < len(of_template) else _places(number).words
        words |= dict(zip(written, province.words, strict=True))
    for file in (*folder.glob("*.csv"), folder / WORDS, folder / BACKTESTS):
        file.write_text(_translate(file.read_text(encoding="utf-8"), words), encoding="utf-8")
    before, after = (", ".join(x.name for x in names) for names in (of_template, provinces))
    _replace(folder / SETTINGS, f"provinces: [{before}]", f"provinces: [{after}]")
    readme = folder / "README.md"
    text = f"Provinces: {after}. Until you replace them, all figures are made up.\n\n"
    readme.write_text(text + readme.read_text(encoding="utf-8"), encoding="utf-8")


def _leave_out_second(folder: Path) -> None:
    """Leave out the rows of the second province; what the first sent there goes out of the region."""
    facts, (first, second) = _facts(), template_provinces()
    for table in folder.glob("*.csv"):
        if table.name != facts["shared_statistic"]:
            _write(table, [row for row in _rows(table) if not _names_second(row)])
    _replace(folder / facts["shared_statistic"], second.name, first.name)
    _send_out(folder, first)
    _replace(folder / WORDS, facts["label"].format(**second._asdict()), "")
    _replace(folder / BACKTESTS, ", " + facts["bound"].format(name=second.name), "")


def _add_like_first(folder: Path, number: int) -> None:
    """Add a province that is the first once more; contracts with the second stay with the first.

    It is written in places that nothing else has, so that no new name is taken for an old one.
    """
    facts, places, (_, second) = _facts(), _places(number), template_provinces()
    first = facts["words"][0]
    words = dict(zip(first, places.words, strict=True))
    for table in folder.glob("*.csv"):
        rows = _rows(table)
        copied = [row for row in rows if any(word in row for word in first) and not _names_second(row)]
        is_named = rows[0].split(",")[0].endswith("_id")  # by an identifier, which a copy needs of its own
        kept = [row for row in copied if "@" not in row and (row.startswith(first[2]) or not is_named)]
        _write(table, [*rows, *(_translate(row, words) for row in kept)])
    _send_out(folder, places)
    values = places._asdict() | {"id": places.id}
    for name, row in facts["link"].items():
        _write(folder / name, [*_rows(folder / name), row.format(**values)])
    _replace(folder / WORDS, "labels:\n", "labels:\n" + facts["label"].format(**values))
    bounds = [facts["bound"].format(name=name) for name in (second.name, places.name)]
    _replace(folder / BACKTESTS, bounds[0], ", ".join(bounds))


def _places(number: int) -> NewProvince:
    return NewProvince(f"@{number}Name", f"@{number}zh")


def _send_out(folder: Path, province: NewProvince) -> None:
    """Let a line out of the region carry what the first province sent to the second, so that balances close."""
    sent = _facts()["sent"]
    item = sent["item"].format(id=province.id)
    for _ in range(sent["years"]):
        _replace(folder / sent["table"], item + sent["before"], item + sent["after"])


def _translate(text: str, words: Mapping[str, str]) -> str:
    """Replace words by others, all at once."""
    pattern = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.sub(pattern, lambda match: words[match[0]], text)


def _names_second(row: str) -> bool:
    return any(word in row for word in _facts()["words"][1])


def _rows(table: Path) -> list[str]:
    return table.read_text(encoding="utf-8").splitlines()


def _write(table: Path, rows: Sequence[str]) -> None:
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} of the template has no {old}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")

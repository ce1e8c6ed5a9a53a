"""Begin a region pack: a copy of the small made-up one."""

import re
import shutil
from pathlib import Path

from tanlu.core.places import PACKS
from tanlu.region.catalogue import SETTINGS, RegionError

TEMPLATE = "two_provinces"


def new_pack(folder: Path) -> None:
    """Copy the template into `folder`, which must not be there, and name the pack after it.

    Raises:
        RegionError: if the folder is there already, its name is none for a pack, or it cannot be written.
    """
    name = folder.resolve().name
    if folder.exists():
        raise RegionError(f"{folder} is there already; name a folder that is not")
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise RegionError(f"`{name}` is no name for a pack; allowed: lower-case letters, digits, underscores")
    try:
        shutil.copytree(PACKS / TEMPLATE, folder)
        settings = folder / SETTINGS
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace(f"name: {TEMPLATE}", f"name: {name}", 1), encoding="utf-8")
    except OSError as error:
        raise RegionError(f"cannot write {folder}: {error.strerror}") from error

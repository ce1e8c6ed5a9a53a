"""The archive of a setting: the folder that `tanlu run` writes, and what other tools and readers need."""

import io
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace

from tanlu.output.result import Result

PACKED_ALREADY = (".parquet", ".png")
MADE_BY = "tanlu app"  # in the manifest, in place of the command that a worker process was started with


def saved_files(result: Result) -> dict[str, bytes]:
    """Return the files of the folder of a result by their path in it."""
    told = replace(result, manifest={**result.manifest, "command": MADE_BY})
    with tempfile.TemporaryDirectory() as scratch:
        folder = told.save(scratch)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def archive(folder: str, files: Mapping[str, bytes]) -> bytes:
    """Return files as a ZIP archive in one folder; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as into:
        for name, content in files.items():
            how = zipfile.ZIP_STORED if name.endswith(PACKED_ALREADY) else zipfile.ZIP_DEFLATED
            into.writestr(zipfile.ZipInfo(f"{folder}/{name}"), content, compress_type=how)
    return packed.getvalue()

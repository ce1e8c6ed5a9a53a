"""What kernels compile to: one form an argument layout, kept on disk, and compiled again where a file is damaged."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numba
import numpy as np
import pytest
from numba.core.registry import cpu_target

from tanlu.compilation import cache, warming
from tanlu.compilation.cache import KernelCache
from tanlu.compilation.signatures import signatures
from tanlu.core.warming import warm
from tests.conftest import EVERY_KERNEL
from tests.kernel_signatures import kernels as kernels_of_the_package

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")

SOURCE = """
from tanlu.compilation.decorators import helper, kernel


@helper
def _add(x, n):
    return x + n


@kernel
def added(a):
    return _add(a[0], 1) + _add(a[0], 2) + _add(a[0], a.size)


@kernel
def calls_a_kernel(a):
    return added(a)
"""
POPEN = subprocess.Popen
GIVEN, EXPECTED = np.array([2.0]), 10.0


def imported(file: Path) -> ModuleType:
    """Import a file of kernels anew, as another process does."""
    cache._digest_source.cache_clear()
    spec = spec_from_file_location(f"fresh.{file.stem}", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def misses(module: ModuleType) -> int:
    """Return how often a fresh module compiled its kernel for the numbers given."""
    assert module.added(GIVEN) == EXPECTED
    return sum(module.added.stats.cache_misses.values())


@pytest.fixture
def kernels(tmp_path) -> Iterator[Path]:
    """A file of kernels whose cache holds what was compiled."""
    file = tmp_path / "few.py"
    file.write_text(SOURCE, encoding="utf-8")
    assert misses(imported(file)) == 1
    yield file


def kept(file: Path) -> list[Path]:
    return sorted((file.parent / "__pycache__").glob("*.nb*"))


def with_whole_garbage(_: bytes) -> bytes:
    return hashlib.sha256(b"no pickle").digest() + b"no pickle"


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[: len(content) // 2],
    "emptied": lambda _: b"",
    "flipped": lambda content: content[:-40] + bytes([content[-40] ^ 1]) + content[-39:],
    "replaced": with_whole_garbage,
}


def test_what_was_compiled_is_read(kernels) -> None:
    assert len(kept(kernels)) == 1
    assert misses(imported(kernels)) == 0


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_compiled_again(kernels, damage) -> None:
    (file,) = kept(kernels)
    whole = file.read_bytes()
    file.write_bytes(DAMAGES[damage](whole))
    assert file.read_bytes() != whole
    assert misses(imported(kernels)) == 1
    assert misses(imported(kernels)) == 0
    assert [path.name for path in kept(kernels)] == [file.name]


def test_an_edited_source_leaves_no_old_file(kernels) -> None:
    (file,) = kept(kernels)
    kernels.write_text(SOURCE.replace("_add(a[0], 1)", "_add(a[0], 1.0)"), encoding="utf-8")
    assert misses(imported(kernels)) == 1
    assert len(kept(kernels)) == 1 and kept(kernels) != [file]


def test_where_nothing_can_be_written_nothing_is_kept(kernels, monkeypatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(kernels))  # a file, so that it holds no folders
    module = imported(kernels)
    assert misses(module) == 1
    assert module.added.stats.cache_path == ""


def test_a_folder_of_the_user_is_taken_where_the_source_cannot_be_written(
    kernels, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(cache, "_can_write", lambda folder: folder.name != "__pycache__")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = KernelCache(imported(kernels).added.py_func)
    assert found.cache_path == str(tmp_path / "tanlu" / "fresh")


@pytest.mark.parametrize(("feature", "compiled"), [("+sse2", 0), ("+sse9", 1)])
def test_a_wheel_brings_what_this_processor_can_run(
    kernels, monkeypatch, tmp_path, feature, compiled
) -> None:
    here = cpu_target.target_context.codegen().magic_tuple()
    if "+sse2" not in here[2]:
        pytest.skip("no processor of x86")
    of_wheel = here[0], "x86-64-v3", feature
    (file,), looked_for = kept(kernels), KernelCache(imported(kernels).added.py_func)
    shipped = tmp_path / "shipped" / "fresh" / looked_for.file_name((numba.typeof(GIVEN),), of_wheel)
    shipped.parent.mkdir(parents=True)
    file.rename(shipped)
    monkeypatch.setattr(cache, "SHIPPED", tmp_path / "shipped")
    monkeypatch.setattr(cache, "shipped_target", lambda: of_wheel)
    assert misses(imported(kernels)) == compiled


def test_constants_do_not_compile_a_helper_again(kernels) -> None:
    kept(kernels)[0].unlink()
    module = imported(kernels)
    assert misses(module) == 1
    assert len(module._add.signatures) == 1


def test_a_helper_called_from_python_is_an_error_not_a_crash(kernels) -> None:
    with pytest.raises(TypeError, match="_add is a helper"):
        imported(kernels)._add(1.0, 2)


def test_a_kernel_called_by_another_is_an_error_not_wrong_code(kernels) -> None:
    with pytest.raises(numba.TypingError, match="added is a kernel"):
        imported(kernels).calls_a_kernel(GIVEN)


# What a run calls


CALLED = f"""
import json, tanlu
from tests.kernel_signatures import seen
tanlu.simulate("tanlu:baseline", replications=1, years={EVERY_KERNEL})
print(json.dumps(seen()))
"""


def test_a_run_calls_each_kernel_in_one_form_and_the_list_has_it() -> None:
    done = subprocess.run([sys.executable, "-c", CALLED], stdout=subprocess.PIPE, text=True, check=True)
    called = [tuple(row) for row in json.loads(done.stdout)]
    listed = {(one.kernel, one.arguments) for one in signatures()}
    assert len(called) > 50
    assert set(called) <= listed, "write the list again: python -m tests.kernel_signatures"
    assert sorted(name for name, _ in called) == sorted({name for name, _ in called})


def test_the_list_has_each_kernel_once() -> None:
    names = [one.kernel for one in signatures()]
    assert sorted(names) == sorted(set(names))
    assert set(names) <= set(kernels_of_the_package())


# The first run


@pytest.fixture
def quick_ones(monkeypatch, tmp_path) -> list[int]:
    """The numbers of the three quickest kernels, which are all that this machine has not compiled."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(warming, "MIN_SECONDS", 0.0001)
    quick = list(range(len(signatures())))[-3:]
    look = warming.find_missing
    monkeypatch.setattr(warming, "find_missing", lambda listed: sorted(set(look(listed)) & set(quick)))
    warm.cache_clear()
    yield quick
    warm.cache_clear()


def test_the_first_run_compiles_in_processes_and_says_so(quick_ones, capsys) -> None:
    listed = signatures()
    warm("en")
    assert warming.find_missing(listed) == []
    said = capsys.readouterr().err
    assert said.startswith("Compiling 3 kernels, once: 0/3\n"), "nobody knows yet how long it takes"
    assert "Compiled 3 kernels in " in said
    warm.cache_clear()
    warm("zh")
    assert capsys.readouterr().err == ""


def test_a_folder_that_cannot_be_written_is_told(quick_ones, capsys, monkeypatch, kernels) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(kernels))  # a file
    warm("en")
    assert "set NUMBA_CACHE_DIR" in capsys.readouterr().err


def test_a_process_that_ends_too_early_stops_nothing(quick_ones, monkeypatch) -> None:
    monkeypatch.setattr(warming.subprocess, "Popen", lambda *_, **how: POPEN(["true"], **how))
    warm("en")
    assert len(warming.find_missing(signatures())) == len(quick_ones)


def test_code_is_compiled_anew_after_an_edit_of_what_it_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it is imported by way of another file."""
    source, helpers, constants = (
        tmp_path / name for name in ("few.py", "kernels/ways.py", "kernels/rows.py")
    )
    source.write_text("from tanlu.kernels.ways import (\n    follow,\n)\n", encoding="utf-8")
    constants.parent.mkdir()
    helpers.write_text("from tanlu.kernels.rows import LABEL\n", encoding="utf-8")
    monkeypatch.setattr(cache, "PACKAGE", tmp_path)
    digests = set()
    for text in ("LABEL = 6\n", "LABEL = 7\n"):
        constants.write_text(text, encoding="utf-8")
        cache._digest_source.cache_clear()
        digests.add(cache._digest_source(source))
    assert len(digests) == 2

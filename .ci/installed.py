"""What the installed package must do in an empty folder; run in one by the Python that has it, with the digest.

A folder of a Mesa user has a `model.py`: nothing of ours may import it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from urllib.request import urlopen

BIN = Path(sys.executable).parent
SHORT = "years: 2020-2030\nreplications: 1\n"
OWN = f"extends: tanlu:baseline\nname: own\n{SHORT}policies: {{capacity_payment: {{enabled: false}}}}\n"
BASE = f"extends: tanlu:baseline\nname: base\n{SHORT}"
# What the wheel brings is only tried where it was compiled for the processor, which need not be this one's kind.
TARGET = Path(sysconfig.get_path("purelib")) / "tanlu" / "compilation" / "shipped" / "target.json"
DIGESTS = """
import tanlu
for scenario in ("own.yaml", "base.yaml"):
    print(tanlu.simulate(scenario).manifest["values_sha256"])
"""
READY_WITHIN_SECONDS = 120


def said(*command: str) -> str:
    """Return what a command prints; its messages go to the terminal."""
    print("$", *command)
    return subprocess.run(
        [BIN / command[0], *command[1:]], stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def first_run(expected: str) -> dict[str, object]:
    """Return the manifest of the first run of all, which compiles nothing where the wheel brings it."""
    began, used = time.perf_counter(), sum(os.times()[2:4])
    command = [BIN / "tanlu", "run", "baseline", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, used = time.perf_counter() - began, sum(os.times()[2:4]) - used
    print(f"the first result came after {seconds:.1f} s, {used:.1f} s of a processor; {done.stderr!r}")
    assert not TARGET.exists() or not done.stderr, (
        "the wheel brings the kernels, and they were compiled again"
    )
    baseline = manifest(done.stdout)
    assert baseline["values_sha256"] == expected, "the bits are not those of the checkout"
    return baseline


def manifest(folder: str) -> dict[str, object]:
    """Return the manifest of a result folder."""
    read: dict[str, object] = json.loads((Path(folder.strip()) / "manifest.json").read_text(encoding="utf-8"))
    return read


def page_of_the_app() -> str:
    """Start `tanlu app`, fetch its page once it is ready, and stop it as Ctrl+C does, which is no error."""
    with socket.create_server(("localhost", 0)) as probe:
        port = probe.getsockname()[1]
    command = [BIN / "tanlu", "app", "--no-browser", "--port", str(port)]
    print("$", "tanlu", *command[1:])
    with subprocess.Popen(command, start_new_session=True) as server:
        try:
            for _ in range(READY_WITHIN_SECONDS):
                assert server.poll() is None, "tanlu app ended by itself"
                try:
                    page = urlopen(f"http://localhost:{port}/", timeout=10).read().decode()
                    break
                except OSError:
                    time.sleep(1)
            else:
                raise AssertionError(f"tanlu app was not ready within {READY_WITHIN_SECONDS} s")
            os.killpg(server.pid, signal.SIGINT)
            assert server.wait(30) == 0, "Ctrl+C is told as an error"
            return page
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGKILL)


def check(expected: str) -> None:
    """Run everything; the first thing that is wrong raises."""
    assert not any(Path().iterdir()), "the folder is not empty"
    Path("model.py").write_text('raise RuntimeError("the model.py of the folder was imported")\n')
    Path("own.yaml").write_text(OWN)
    Path("base.yaml").write_text(BASE)
    baseline = first_run(expected)
    listed = said("tanlu", "list")
    assert "8 of 8 figures" in said("tanlu", "reproduce", "P2")
    assert "tanlu:baseline" in listed and str(BIN.parent) not in listed, listed
    assert [file["file"] for file in baseline["scenario_files"]] == ["tanlu:baseline"]
    assert str(BIN.parent) not in json.dumps(baseline), "the manifest names the place of the installation"
    own = manifest(said("tanlu", "run", "own.yaml", "--quiet"))
    assert [file["file"] for file in own["scenario_files"]] == ["own.yaml", "tanlu:baseline"]
    same, base = said("python", "-c", DIGESTS).split()
    assert own["values_sha256"] == same, "Python finds other bits than the command"
    assert own["values_sha256"] != base, "the change of the own scenario has no effect"
    assert "<title>碳路 Tanlu</title>" in page_of_the_app()
    print("ok")


if __name__ == "__main__":
    check(sys.argv[1])

"""Who is measured, and the virtual environment that each peer lives in."""

from __future__ import annotations

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"


@dataclass(frozen=True)
class Implementation:
    """One row of every table.

    Args:
        name: What the table calls it.
        script: Worker, as a module of ``benchmarks.workers`` or a path to a file.
        requirements: Name of the file in ``benchmarks/requirements``; `None` runs it in the
            interpreter that runs the benchmarks.
        only: Workloads it takes part in; `None` is all of them.
    """

    name: str
    script: str
    requirements: str | None
    only: tuple[str, ...] | None = None

    def command(self) -> list[str]:
        python = sys.executable if self.requirements is None else str(self.python())
        if self.script.endswith(".py"):
            return [python, "-u", self.script]
        return [python, "-u", "-m", f"benchmarks.workers.{self.script}"]

    def folder(self) -> Path:
        return HERE / "environments" / str(self.requirements)

    def python(self) -> Path:
        return self.folder() / "bin" / "python"


OURS = Implementation("ranvier", "ours", None)
EVENTS = Implementation(
    "ranvier, events", "ours_events", None, ("training", "chorales", "inference", "clip")
)
FLOOR = Implementation(
    "matrix products alone", "products", None, ("training", "chorales", "inference", "clip")
)
PEERS = (
    Implementation("Spyx", "spyx", "spyx"),
    Implementation("PyTorch loop", "pytorch", "pytorch"),
    Implementation("PyTorch loop, torch.compile", "pytorch_compiled", "pytorch"),
    Implementation("SpikingJelly", "spikingjelly", "spikingjelly"),
    Implementation("snnTorch", "snntorch", "snntorch"),
    Implementation("Norse", "norse", "norse"),
)

# What the sweep compares: libraries alone, each at its fastest documented way.
LIBRARIES = (
    *(peer for peer in PEERS if peer.requirements != "pytorch"),
    Implementation("Sinabs", "sinabs", "sinabs"),
    Implementation("Rockpool", "rockpool", "rockpool"),
    Implementation("SNNAX", "snnax", "snnax"),
    Implementation("brainstate", "brainstate", "brainstate"),
)


def prepare(implementation: Implementation) -> None:
    """Make the environment, or make it again when its requirements have changed.

    Raises:
        RuntimeError: When pip cannot install what the requirements file names.
    """
    if implementation.requirements is None:
        return
    wanted = HERE / "requirements" / f"{implementation.requirements}.txt"
    folder, stamp = implementation.folder(), implementation.folder() / "installed.txt"
    if stamp.exists() and stamp.read_text() == wanted.read_text():
        return
    venv.create(folder, with_pip=True, clear=True)
    install = [str(implementation.python()), "-m", "pip", "install", "--quiet", "-r", str(wanted)]
    # From the root, so that a file may name the package itself.
    done = subprocess.run(install, capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise RuntimeError(
            f"pip could not install {wanted.relative_to(ROOT)} into {folder.relative_to(ROOT)}: "
            f"{done.stderr.strip().splitlines()[-1]}; install it by hand, or leave the peer out "
            f"with --without {implementation.requirements}."
        )
    stamp.write_text(wanted.read_text())

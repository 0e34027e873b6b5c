"""The runner's side of the conversation: one worker process, asked one thing at a time."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.peers import ROOT, Implementation

PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "XLA_FLAGS")

# Memory once mapped stays mapped: what the command line of ranvier sets for itself, given to all.
WARM_HEAP = ":".join(
    (
        "glibc.malloc.mmap_max=0",
        "glibc.malloc.trim_threshold=1099511627776",
        "glibc.malloc.arena_max=1",
    )
)


def settings(threads: int, tunables: str = WARM_HEAP) -> dict[str, str]:
    """What every worker finds in its environment, ours and the peers' alike."""
    return {
        "GLIBC_TUNABLES": tunables,
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "JAX_PLATFORMS": "cpu",
        "PYTHONNOUSERSITE": "1",
        "PYTHONWARNINGS": "ignore",
    }


class WorkerError(RuntimeError):
    """A worker died, or could not do what it was asked."""


class Session:
    """A running worker; use as a context manager."""

    def __init__(self, implementation: Implementation, environment: dict[str, str]) -> None:
        inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        self.name = implementation.name
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, closed with the worker
        self.process = subprocess.Popen(
            implementation.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            cwd=ROOT,
            env={**inherited, **environment, "PYTHONPATH": path},
        )

    def ask(self, timeout: float = 600.0, **request: Any) -> dict[str, Any]:
        """Send one request and wait for its answer.

        Raises:
            WorkerError: When the worker fails, dies, or takes longer than ``timeout`` seconds.
        """
        if self.process.stdin is None or self.process.stdout is None:
            raise WorkerError(f"{self.name} has no pipes to talk through")
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], timeout)
            line = self.process.stdout.readline() if ready else None
        except BrokenPipeError:
            line = ""
        if line is None:
            raise WorkerError(f"{self.name} gave no answer to {request} in {timeout:.0f} s")
        if not line:
            self.errors.seek(0)
            last = self.errors.read().strip().splitlines()[-1:] or ["no message"]
            raise WorkerError(f"{self.name} ended while asked {request}: {last[0]}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.name}: {answer['error'].strip().splitlines()[-1]}")
        return answer

    def close(self) -> None:
        """End the worker, kindly at first."""
        if self.process.stdin and not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                print(f"{self.name} had already ended", file=sys.stderr)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        self.errors.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

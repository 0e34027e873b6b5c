"""The bridge to PyTorch, tested where PyTorch, NeuroBench and Tonic are.

``python -m benchmarks.torch_bridge`` makes an environment of its own and runs the tests in it.
"""

from __future__ import annotations

import subprocess

from benchmarks.peers import ROOT, Implementation, prepare

BRIDGE = Implementation("the bridge to PyTorch", "none", "torch_bridge")
TESTS = "tests/convert/torch"


def main() -> int:
    """Run the tests; 0 if all pass."""
    prepare(BRIDGE)
    command = [str(BRIDGE.python()), "-m", "pytest", "-p", "no:cacheprovider", TESTS]
    return subprocess.run(command, cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())

"""Bridges to other libraries, tested where those libraries are.

``python -m benchmarks.bridges tonic`` makes an environment of its own and runs the tests in it.
"""

from __future__ import annotations

import argparse
import subprocess

from benchmarks.peers import ROOT, Implementation, prepare

BRIDGES = {
    "torch": (
        Implementation("the bridge to PyTorch", "none", "torch_bridge"),
        ("tests/convert/torch",),
    ),
    "tonic": (
        Implementation("data sets and transforms of tonic", "none", "tonic"),
        (
            "tests/data/test_tonic.py",
            "tests/data/test_tonic_sets.py",
            "tests/encode/events/test_tonic_transforms.py",
        ),
    ),
}


def main() -> int:
    """Run the tests of one bridge; 0 if all pass."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bridges")
    parser.add_argument("bridge", choices=BRIDGES)
    library, tests = BRIDGES[parser.parse_args().bridge]
    prepare(library)
    command = [str(library.python()), "-m", "pytest", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=ROOT).returncode


if __name__ == "__main__":
    raise SystemExit(main())

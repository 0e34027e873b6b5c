"""Floor 6: commands, tables and progress. Computes nothing; imports the rest when asked."""

import os
import sys

_TUNABLES = ":".join(
    (
        "glibc.malloc.mmap_max=0",
        "glibc.malloc.trim_threshold=1099511627776",
        "glibc.malloc.arena_max=1",
    )
)


def main() -> None:
    """Start the command line, with warm memory pages where computation follows.

    Large arrays come from freshly mapped memory, and a good part of a training step can go into
    mapping it. glibc keeps what it has once mapped, but only if told before the process starts.

    Example:
        See `ranvier --help`, which is this function.
    """
    wanted = len(sys.argv) > 1 and sys.argv[1] == "run" and sys.platform == "linux"
    if wanted and "GLIBC_TUNABLES" not in os.environ:
        os.environ["GLIBC_TUNABLES"] = _TUNABLES
        os.execv(sys.executable, [sys.executable, "-m", "ranvier.cli", *sys.argv[1:]])
    from ranvier.cli._app import app

    app()

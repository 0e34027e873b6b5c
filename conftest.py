"""For every test, doctest and page: compile with little effort; the arithmetic is the same.

Tests run most programs once, so they wait for XLA's optimisation and never gain by it. What
the environment already asks of XLA is asked last and therefore holds.
"""

import os
from pathlib import Path

_LITTLE_EFFORT = (
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
    "--xla_cpu_use_fusion_emitters=false",
    "--xla_cpu_parallel_codegen_split_count=1",
)
# Half of these hold for every backend, and tests that want a GPU want it as it is.
if not Path("/proc/driver/nvidia").exists():
    os.environ["XLA_FLAGS"] = " ".join([*_LITTLE_EFFORT, os.environ.get("XLA_FLAGS", "")])

"""Shared fixtures. Statistical tests fix their seeds; none looks at the clock."""

import gc
import itertools
import os
from pathlib import Path

import jax
import pytest

# A process may hold 65,530 pieces of memory on Linux; a compiled program takes several.
_MOST_PIECES, _LOOK_EVERY = 30_000, 20
_PIECES = Path("/proc/self/maps")
_tests_run = itertools.count(1)


@pytest.fixture(autouse=True)
def few_programs():
    """Let go of compiled programs before there are more than the system allows."""
    yield
    if next(_tests_run) % _LOOK_EVERY == 0 and _PIECES.exists():
        with _PIECES.open() as pieces:
            if sum(1 for _ in pieces) > _MOST_PIECES:
                jax.clear_caches()
                gc.collect()


@pytest.fixture
def float64():
    """Double precision for one test: gradients that theory calls equal must be equal."""
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", False)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data, named by the environment variable RANVIER_DATA."""
    folder = os.environ.get("RANVIER_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("RANVIER_DATA does not name a folder with the real data sets")
    return Path(folder)

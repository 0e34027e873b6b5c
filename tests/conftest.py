"""Shared fixtures. Statistical tests fix their seeds; none looks at the clock."""

import os
from pathlib import Path

import jax
import pytest


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

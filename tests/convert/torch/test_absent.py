"""Without PyTorch everything else works, and the bridge says what it needs."""

import subprocess
import sys

import jax.numpy as jnp
import pytest

from ranvier.convert.torch import from_torch, to_array, to_tensor


@pytest.mark.parametrize("call", [to_tensor, to_array, lambda x: from_torch(x, 3)])
def test_without_pytorch_the_extra_is_named(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"Install ranvier\[torch\]"):
        call(jnp.ones(3))


def test_nothing_of_ranvier_imports_pytorch_before_it_is_asked_for():
    code = "import sys, ranvier.convert.torch, ranvier.metrics; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

"""Arrays of JAX and tensors of PyTorch, one as the other."""

import importlib
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array


def pytorch() -> ModuleType:
    """PyTorch, once it is needed.

    Raises:
        ImportError: it is not installed.

    Example:
        See `to_tensor`.
    """
    try:
        return importlib.import_module("torch")
    except ModuleNotFoundError as error:
        raise ImportError(
            "the bridge to PyTorch needs PyTorch, which is not installed. Install ranvier[torch]."
        ) from error


def to_tensor(array: Array) -> Any:
    """An array of JAX as a tensor of PyTorch, which shares its memory.

    An array of JAX never changes; do not change the tensor in place. Clone it first.

    Args:
        array: any array.

    Raises:
        ImportError: PyTorch is not installed.

    Example:
        This needs the extra `torch`.

        >>> to_tensor(jnp.ones(2))  # doctest: +SKIP
        tensor([1., 1.])
    """
    torch = pytorch()
    if array.dtype == jnp.bool_:
        # JAX hands truth values on as bytes where PyTorch expects truth values, or refuses.
        return torch.from_dlpack(array.astype(jnp.uint8)).to(torch.bool)
    return torch.from_dlpack(array)


def to_array(tensor: Any) -> Array:
    """A tensor of PyTorch as an array of JAX, without a copy where the tensor lies in one piece.

    Where it shares memory, do not change the tensor in place while the array is in use.

    Args:
        tensor: any tensor; its gradient is not followed.

    Raises:
        ImportError: PyTorch is not installed.
        TypeError: something that is no tensor, or numbers of 64 bits while JAX is set to 32.

    Example:
        This needs the extra `torch`.

        >>> import torch  # doctest: +SKIP
        >>> to_array(torch.ones(2))  # doctest: +SKIP
        Array([1., 1.], dtype=float32)
    """
    torch = pytorch()
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"got a {type(tensor).__name__}, expected a tensor of PyTorch.")
    wide = (torch.float64, torch.int64, torch.uint64, torch.complex128)
    if tensor.dtype in wide and not jax.config.jax_enable_x64:  # pyright: ignore
        raise TypeError(
            f"got a tensor of {tensor.dtype}, which JAX holds in 64 bits alone and is set to 32. "
            "Convert the tensor, for example with .float(), or set jax_enable_x64."
        )
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.bool:
        return jnp.from_dlpack(tensor.to(torch.uint8)).astype(jnp.bool_)
    return jnp.from_dlpack(tensor)

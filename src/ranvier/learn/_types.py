"""What a rule is."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Batch, Cell

Gradients = Any
"""A tree such as the model, with a gradient in the place of every array that learns."""

Rule = Callable[[Cell, Batch, PRNGKeyArray | None], tuple[Array, Gradients]]
"""`(model, batch, key) -> (loss, gradients)`; Optax does the rest."""

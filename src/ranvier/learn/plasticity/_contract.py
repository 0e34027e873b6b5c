"""What a plastic connection is made of: a rule that asks for changes, a memory that makes them."""

from typing import Any, Protocol

from jaxtyping import Array, Float, PRNGKeyArray


class Plasticity(Protocol):
    """A local rule: the activity on both sides of a connection in, the change of its weights out.

    Example:
        >>> from ranvier.learn.plasticity import CoincidenceSTDP
        >>> rule: Plasticity = CoincidenceSTDP()
    """

    def init(self, weight: Float[Array, "post pre"], batch: tuple[int, ...] = ()) -> Any:
        """What is remembered before any activity, which will have `batch` as leading axes."""
        ...

    def __call__(
        self,
        state: Any,
        weight: Float[Array, "post pre"],
        pre: Float[Array, "... pre"],
        post: Float[Array, "... post"],
        *,
        key: PRNGKeyArray | None = None,
    ) -> tuple[Any, Float[Array, "post pre"]]:
        """What is remembered after a step, and the change it asks for, summed over leading axes."""
        ...


class Memory(Protocol):
    """Where the weights of a plastic connection are kept.

    Example:
        >>> from ranvier.learn.plasticity import Bounded
        >>> memory: Memory = Bounded(0.0, 1.0)
    """

    def start(self, weight: Float[Array, "post pre"], *, key: PRNGKeyArray | None) -> Any:
        """A memory that was brought to these weights."""
        ...

    def weight(self, held: Any) -> Float[Array, "post pre"]:
        """The weights that it shows."""
        ...

    def change(
        self, held: Any, change: Float[Array, "post pre"], *, key: PRNGKeyArray | None
    ) -> Any:
        """The memory after it was asked for a change."""
        ...

"""What a transform is."""

from typing import Any, Protocol

from jaxtyping import PRNGKeyArray


class Transform(Protocol):
    """From a network to another form of it.

    Example:
        >>> from ranvier.convert import Quantised
        >>> form: Transform = Quantised(4)
    """

    def __call__(self, model: Any, *, key: PRNGKeyArray | None = None) -> Any: ...

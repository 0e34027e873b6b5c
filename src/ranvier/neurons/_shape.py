"""The axes of units, as a user may write them."""

import operator


def as_shape(shape: int | tuple[int, ...]) -> tuple[int, ...]:
    """An int becomes one axis; every axis must be positive.

    Raises:
        ValueError: an axis that is not a positive whole number.

    Example:
        >>> as_shape(3), as_shape((2, 4))
        ((3,), (2, 4))
    """
    try:
        axes = tuple(map(operator.index, shape if isinstance(shape, (tuple, list)) else (shape,)))
    except TypeError:
        axes = ()
    if not axes or min(axes) < 1:
        raise ValueError(f"the shape of a neuron is {shape!r}, expected positive whole numbers.")
    return axes

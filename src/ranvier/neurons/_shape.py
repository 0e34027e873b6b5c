"""The axes of units, as a user may write them."""


def as_shape(shape: int | tuple[int, ...]) -> tuple[int, ...]:
    """An int becomes one axis; every axis must be positive.

    Raises:
        ValueError: an axis that is not a positive whole number.

    Example:
        >>> as_shape(3), as_shape((2, 4))
        ((3,), (2, 4))
    """
    axes = (shape,) if isinstance(shape, int) else tuple(shape)
    if not axes or any(not isinstance(axis, int) or axis < 1 for axis in axes):
        raise ValueError(f"the shape of a neuron is {shape!r}, expected positive whole numbers.")
    return axes

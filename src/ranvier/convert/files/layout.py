"""Layers in few words, for weights that come without a structure; sizes are in the weights."""

from typing import NamedTuple

Sizes = int | tuple[int, ...]
Around = Sizes | tuple[tuple[int, int], ...]


class Conv(NamedTuple):
    """A convolution along as many axes as its kernels have.

    Attributes:
        name: of its weights; the next ones of the file if not given.
        stride: places from one unit that receives to the next.
        padding: silent places on both sides; one number, one per axis, or a pair per axis, before
            and after; or `"same"`: as many as keep the space, the odd one behind.
        dilation: places from one entry of the kernel to the next.
        groups: parts into which channels are cut.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    name: str | None = None
    stride: Sizes = 1
    padding: Around | str = 0
    dilation: Sizes = 1
    groups: int = 1


class Dense(NamedTuple):
    """Dense weights, `Linear` there.

    Attributes:
        name: of its weights; the next ones of the file if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    name: str | None = None


class BatchNorm(NamedTuple):
    """Batch normalisation with its running statistics.

    Attributes:
        name: of its weights; the next ones of the file if not given.
        epsilon: added to the variance.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    name: str | None = None
    epsilon: float = 1e-5


class ReLU(NamedTuple):
    """Rectified linear units.

    Attributes:
        name: of the node; counted if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    name: str | None = None


class MaxPool(NamedTuple):
    """The maximum over windows.

    Attributes:
        window: places in a window.
        stride: from one window to the next; the window if not given.
        padding: places on both sides, or a pair per axis; never the maximum.
        rounds_up: whether a last window may reach beyond the end, `ceil_mode` there.
        name: of the node; counted if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    window: Sizes
    stride: Sizes | None = None
    padding: Around = 0
    rounds_up: bool = False
    name: str | None = None


class AveragePool(NamedTuple):
    """The average over windows.

    Attributes:
        window: places in a window.
        stride: from one window to the next; the window if not given.
        padding: places on both sides, or a pair per axis.
        counts_padding: whether they count as zeros, `count_include_pad` there.
        rounds_up: whether a last window may reach beyond the end, `ceil_mode` there.
        name: of the node; counted if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    window: Sizes
    stride: Sizes | None = None
    padding: Around = 0
    counts_padding: bool = True
    rounds_up: bool = False
    name: str | None = None


class ZeroPad(NamedTuple):
    """Silent places around, for the layer behind.

    Attributes:
        padding: places on both sides, or a pair per axis, before and after.
        name: of the node, if there is one; counted if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    padding: Around
    name: str | None = None


class GlobalAverage(NamedTuple):
    """The average over all of space, one unit per channel in a row.

    Attributes:
        name: of the node; counted if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    name: str | None = None


class GlobalMaximum(NamedTuple):
    """The maximum over all of space, one unit per channel in a row.

    Attributes:
        name: of the node; counted if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    name: str | None = None


class Flatten(NamedTuple):
    """All units in a row, in the order in which the weights behind it expect them.

    Attributes:
        name: of the node; counted if not given.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    name: str | None = None


class Residual(NamedTuple):
    """Two ways that part and meet again: their sum.

    Attributes:
        body: layers of the one.
        shortcut: layers of the other; none if it hands on what arrives.

    Example:
        See `ranvier.convert.files.network_from_weights`.
    """

    body: tuple["Part", ...] | list["Part"]
    shortcut: tuple["Part", ...] | list["Part"] = ()


Part = (
    Conv
    | Dense
    | BatchNorm
    | ReLU
    | MaxPool
    | AveragePool
    | ZeroPad
    | GlobalAverage
    | GlobalMaximum
    | Flatten
    | Residual
)

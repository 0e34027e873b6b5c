"""What the work costs at least: floating-point operations and bytes, counted from the shapes."""

from __future__ import annotations

from benchmarks.workloads import Network


def products(network: Network, batch: int) -> list[tuple[int, int, int]]:
    """Shapes (rows, inner, columns) of the matrix products of one forward pass.

    A convolution is counted as the product of its patches and its kernels.

    Example:
        >>> from benchmarks.workloads import FEEDFORWARD
        >>> products(FEEDFORWARD, 128)
        [(12800, 700, 256), (12800, 256, 256), (12800, 256, 20)]
    """
    rows = network.steps * batch
    maps = network.maps()
    convolutions = [
        (rows * after[1] * after[2], layer.kernel**2 * before[0], layer.channels)
        for layer, before, after in zip(network.filters, maps[:-1], maps[1:], strict=True)
    ]
    return convolutions + [
        (rows, fan_in, fan_out)
        for fan_in, fan_out in zip(network.sizes[:-1], network.sizes[1:], strict=True)
    ]


def loops(network: Network) -> list[int]:
    """Widths of the layers that feed back; their products run step by step.

    Example:
        >>> from benchmarks.workloads import Point
        >>> loops(Point("recurrent", "training", 100, 256, 64).workload().network)
        [256]
    """
    return list(network.sizes[1:-1]) if network.recurrent else []


def operations(network: Network, batch: int, *, training: bool) -> int:
    """Floating-point operations of the matrix products; a multiply-add counts as two.

    A training step does each product forwards, once more for the weights' gradient, and, except
    in the first layer, once more for the input's gradient.

    Example:
        >>> from benchmarks.workloads import FEEDFORWARD
        >>> round(operations(FEEDFORWARD, 128, training=True) / 1e9, 1)
        14.6
    """
    forward = [2 * m * k * n for m, k, n in products(network, batch)]
    fed_back = sum(2 * network.steps * batch * width**2 for width in loops(network))
    if not training:
        return sum(forward) + fed_back
    return 3 * (sum(forward) + fed_back) - forward[0]


def traffic(network: Network, batch: int, *, training: bool) -> int:
    """Bytes of float32 that must pass through memory when only the membrane is stored.

    Forwards the input is read once, and each spiking layer writes its current, reads it, and
    writes its membrane for later. Backwards the input is read again for the weights' gradient,
    the membrane is read twice (for the spikes that the next layer received and for the
    surrogate), and the gradient of the current is written and read. Inference that keeps its
    working set in cache reads its input and nothing else.

    Example:
        >>> from benchmarks.workloads import FEEDFORWARD
        >>> round(traffic(FEEDFORWARD, 128, training=False) / 1e6)
        36
    """
    rows = network.steps * batch
    taken = rows * network.sizes[0]
    if not training:
        return 4 * taken
    hidden = rows * sum(network.sizes[1:-1])
    return 4 * (2 * taken + 7 * hidden)

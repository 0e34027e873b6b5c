"""The examples of a batch spread over devices, of one process or of several."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from ranvier.core import Batch


def data_parallel(
    batches: Callable[[int], Iterable[Batch]], devices: Sequence[Any] | None = None
) -> Callable[[int], Iterator[Batch]]:
    """Let every device take its share of the examples of each batch.

    What comes out goes into `fit` in place of the batches. The update is then compiled for all
    devices: each runs the network on its own examples, and losses and gradients are summed over
    them, so the numbers are those of one device up to rounding. Where the examples do not divide
    evenly, silent ones with mask 0 are added.

    With several processes (`jax.distributed.initialize` in each, before anything else) every
    process gives the same batches and takes its own share of them; the model and the history are
    the same in all, and the first process writes the checkpoint.

    Args:
        batches: epoch number to that epoch's batches, the same in every process.
        devices: over which; all devices of all processes if not given.

    Raises:
        ValueError: no devices.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> batch = Batch(jnp.ones((5, 3, 4)), jnp.ones((5, 3, 2)), jnp.ones((5, 3)))
        >>> (shared,) = data_parallel(lambda epoch: [batch], jax.devices()[:1])(0)
        >>> shared.x.sharding.mesh.axis_names, shared.x.shape
        (('examples',), (5, 3, 4))
    """
    chosen = jax.devices() if devices is None else list(devices)
    if not chosen:
        raise ValueError("data_parallel got no devices; expected at least one of jax.devices().")
    sharding = NamedSharding(Mesh(np.array(chosen), ("examples",)), PartitionSpec(None, "examples"))

    def shared(array: Any) -> jax.Array:
        whole = np.asarray(array)
        lacking = -whole.shape[1] % len(chosen)
        whole = np.pad(whole, [(0, 0), (0, lacking)] + [(0, 0)] * (whole.ndim - 2))
        return jax.make_array_from_callback(whole.shape, sharding, lambda part: whole[part])

    def spread(epoch: int) -> Iterator[Batch]:
        for batch in batches(epoch):
            yield Batch(*map(shared, batch))

    return spread

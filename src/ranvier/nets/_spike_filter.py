"""A last layer without parameters, behind which spike trains are compared."""

from ranvier.core import Kinetics
from ranvier.nets._layer import Layer
from ranvier.neurons import Driven, Relay
from ranvier.synapses import OneToOne


def spike_filter(units: int, kinetics: Kinetics) -> Layer:
    r"""A layer that smooths what each unit below sends, and in which nothing learns.

    $$y^t_k = (\alpha * z_k)^t$$

    As the last layer, it makes the squared error of every step a distance between spike trains,
    that of van Rossum: run the target's spikes through the same layer.

    Args:
        units: of the layer below.
        kinetics: $\alpha$, without a voltage, such as `DoubleExponential(5.0, 10.0)`.

    Source: van Rossum, Neural Comput. 13 (2001); Zenke, Ganguli, Neural Comput. 30 (2018).

    Example:
        One spike less costs half the energy of the kernel.

        >>> import jax.numpy as jnp, ranvier as rv
        >>> from ranvier.synapses import Exponential
        >>> smooth = spike_filter(1, Exponential(10.0))
        >>> spikes, silence = jnp.zeros((100, 1)).at[5].set(1.0), jnp.zeros((100, 1))
        >>> one, two = (rv.run(smooth, train)[1] for train in (spikes, silence))
        >>> round(float(rv.losses.squared_error(one, two).sum()), 3)  # 0.5 / (1 - exp(-2 / 10))
        2.758
    """
    unit = Driven(Relay(units), {"dendrite": ("dendrite", kinetics)})
    return Layer(unit, {"dendrite": OneToOne(units)}, name="spike filter")

"""The chip's network as one that learns by backpropagation, and its way onto the chip."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array, PRNGKeyArray
from numpy.typing import NDArray

from ranvier.core import Cell
from ranvier.hardware.chips.spoon import SPOON, Registers, State
from ranvier.nets import Chain, Layer
from ranvier.neurons import RNN, Readout
from ranvier.synapses import (
    Bias,
    Convolution,
    Dense,
    Flatten,
    MaximumPooling,
    Series,
    he_uniform,
)


def _whole(x: Array, rounded: bool) -> Array:
    """The whole number below, with the gradient of the number itself."""
    return x + jax.lax.stop_gradient(jnp.floor(x) - x) if rounded else x


def _activation(low: int, one: int, spread: int, rounded: bool) -> Callable[[Array], Array]:
    """Cut and, if asked for, rounded down: whole numbers over `one`."""

    def cut(z: Array) -> Array:
        return jnp.clip(_whole(z * (one / 2**spread), rounded), low, one - 1) / one

    return cut


def network(
    registers: Registers, ranges: tuple[int, int], key: PRNGKeyArray, *, rounded: bool
) -> Chain:
    """The chip's network; pixels are values of events over `one_input`.

    Args:
        registers: of the chip.
        ranges: binary places before the point of what both layers send.
        key: draws the weights.
        rounded: whether activities are whole numbers, as on the chip.
    """
    r, keys = registers, jr.split(key, 3)
    convolution = Convolution.random(
        (r.rows, r.columns, 1), r.channels, r.kernel, key=keys[0], init=he_uniform
    )
    seen = Series(
        convolution,
        Bias(jnp.zeros(r.channels), convolution.shape),
        MaximumPooling(convolution.shape, r.pool),
        Flatten(r.pooled),
    )
    low = -(r.one_hidden - 1) if r.hard_tanh else 0
    sent = _activation(0, r.one_input, ranges[0], rounded)
    hidden = _activation(low, r.one_hidden, ranges[1], rounded)
    first = Dense.random(r.inputs, r.hidden, key=keys[1], init=he_uniform)
    last = Dense.random(r.hidden, r.outputs, key=keys[2], init=he_uniform)
    return Chain(
        [
            Layer(RNN(r.inputs, g=sent), {"dendrite": seen}, name="convolution"),
            Layer(RNN(r.hidden, g=hidden), {"dendrite": first}, name="hidden"),
            Layer(Readout(r.outputs), {"dendrite": last}, name="output"),
        ]
    )


def parameters(model: Any) -> list[Array]:
    """Weights and biases, layer by layer; last the bias of units that the chip has none for."""
    seen, hidden, output = (layer.synapses["dendrite"] for layer in model.layers)
    convolution, bias = seen.synapses[:2]
    units = [layer.neuron.bias for layer in model.layers]
    return [
        *(convolution.weight, bias.bias, hidden.weight, units[1]),
        *(output.weight, units[2], units[0]),
    ]


class OnChip:
    r"""The network with the weights that the chip can hold: $\operatorname{round}(2^n w) / 2^n$.

    Args:
        registers: of the chip.
        fractions: $n$ of each layer.
        rounded: whether to round; without it only what the chip has no place for is taken out.
    """

    def __init__(
        self, registers: Registers, fractions: tuple[int, int, int], *, rounded: bool
    ) -> None:
        conv, hidden, output = fractions
        bits = registers.activation_bits
        self.fractions = (conv, conv + bits, hidden, hidden, output, output)
        self.limits = [registers.largest_weight] * 6
        self.limits[1] = (1 << 23) - 1
        self.rounded = rounded

    def whole(self, model: Any) -> list[Array]:
        """Weights and biases as the chip's memories hold them."""
        return [
            jnp.clip(jnp.round(one * 2.0**places), -limit, limit)
            for one, places, limit in zip(
                parameters(model), self.fractions, self.limits, strict=False
            )
        ]

    def __call__(self, model: Any, *, key: PRNGKeyArray | None = None) -> Any:
        """The network; nothing is drawn."""
        *held, none = parameters(model)
        if self.rounded:
            whole = zip(self.whole(model), self.fractions, strict=True)
            held = [one / 2.0**places for one, places in whole]
        return eqx.tree_at(parameters, model, [*held, jnp.zeros_like(none)])


def deployed(chip: SPOON, form: OnChip, model: Cell) -> State:
    """The chip that holds a network.

    Args:
        chip: of the sizes of the network.
        form: with the binary places of its weights.
        model: the network.

    Raises:
        ValueError: sizes that do not fit.
    """
    kernels, bias, hidden, hidden_bias, output, output_bias = (
        np.asarray(one).astype(np.int64) for one in form.whole(model)
    )

    def with_bias(weights: NDArray, last: NDArray) -> NDArray:
        return np.vstack([weights.T, last])

    return chip.init(
        kernels[:, :, 0], bias, with_bias(hidden, hidden_bias), with_bias(output, output_bias)
    )

"""The networks of the digit experiment: the same unit in every layer."""

from typing import Any

import jax
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.apps._choices import GATED
from ranvier.apps.digits._settings import Settings
from ranvier.nets import Chain, layer, recurrent
from ranvier.neurons import catalogue as neurons
from ranvier.synapses import glorot_uniform

PIXELS = 784
_WITHOUT_INHIBITION = {"li-snu": "snu", "li-ssnu": "ssnu"}


def leaky(s: Float[Array, "..."]) -> Float[Array, "..."]:
    """A membrane of which a tenth is kept below zero.

    Example:
        >>> float(leaky(-1.0))
        -0.10000000149011612
    """
    return jax.nn.leaky_relu(s, 0.1)


def _unit(name: str, size: int, settings: Settings) -> Any:
    if name in GATED:
        return recurrent(neurons[name](size))
    options = {"g": leaky} if settings.membrane == "leaky" else {}
    return neurons[name](size, decay=settings.decay, threshold=settings.threshold, **options)


def network(name: str, settings: Settings, seed: int) -> Chain:
    """The network of one neuron, its weights drawn from a seed.

    Args:
        name: the neuron.
        settings: layers, size, decay, threshold, membrane and gain.
        seed: draws the weights.

    Example:
        >>> from ranvier.nets import parameter_count
        >>> parameter_count(network("snu", Settings(layers=2, size=100), 0))
        79510
    """
    gain = 1.0 if name in GATED else settings.gain

    def init(key: PRNGKeyArray, shape: tuple[int, int]) -> Float[Array, "fan_out fan_in"]:
        return gain * glorot_uniform(key, shape)

    widths = (PIXELS, *settings.widths)
    kinds = [name] * (settings.layers - 1) + [_WITHOUT_INHIBITION.get(name, name)]
    keys = jr.split(jr.key(seed), settings.layers)
    return Chain(
        [
            layer(before, _unit(kind, size, settings), key=key, name=f"layer {number}", init=init)
            for number, (before, size, kind, key) in enumerate(
                zip(widths[:-1], widths[1:], kinds, keys, strict=True), start=1
            )
        ]
    )

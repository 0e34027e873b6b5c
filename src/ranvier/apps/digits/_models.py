"""The networks of the digit experiment: the same unit in every layer."""

from typing import Any

import equinox as eqx
import jax
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.apps._choices import GATED
from ranvier.apps.digits._convolutions import convolutions
from ranvier.apps.digits._settings import SIDE, Settings
from ranvier.core import Cell
from ranvier.nets import Chain, event_driven, layer, recurrent
from ranvier.neurons import catalogue as neurons
from ranvier.synapses import VariationalDropout, glorot_uniform

PIXELS = SIDE**2
_WITHOUT_INHIBITION = {"li-snu": "snu", "li-ssnu": "ssnu"}


def leaky(s: Float[Array, "..."]) -> Float[Array, "..."]:
    """A membrane of which a tenth is kept below zero.

    Example:
        >>> float(leaky(-1.0))
        -0.10000000149011612
    """
    return jax.nn.leaky_relu(s, 0.1)


def _unit(name: str, size: int | tuple[int, ...], settings: Settings) -> Any:
    if name in GATED:
        return recurrent(neurons[name](size))
    options = {"g": leaky} if settings.membrane == "leaky" else {}
    return neurons[name](size, decay=settings.decay, threshold=settings.threshold, **options)


def network(name: str, settings: Settings, seed: int) -> Chain:
    """The network of one neuron, its weights drawn from a seed.

    Args:
        name: the neuron.
        settings: layers, size, channels, kernel, decay, threshold, membrane and gain.
        seed: draws the weights.

    Example:
        >>> from ranvier.nets import parameter_count
        >>> parameter_count(network("snu", Settings(layers=2, size=100), 0))
        79510
    """
    gain = 1.0 if name in GATED else settings.gain

    def init(key: PRNGKeyArray, shape: tuple[int, int]) -> Float[Array, "fan_out fan_in"]:
        return gain * glorot_uniform(key, shape)

    front = convolutions(
        lambda shape: _unit(name, shape, settings),
        settings,
        key=jr.fold_in(jr.key(seed), 0),
        init=init,
    )
    given = front[-1].neuron.shape if front else (PIXELS,)
    widths = (given, *settings.widths)
    kinds = [name] * (settings.layers - 1) + [_WITHOUT_INHIBITION.get(name, name)]
    keys = jr.split(jr.key(seed), settings.layers)
    layers: list[Cell] = [*front]
    for before, size, kind, key in zip(widths[:-1], settings.widths, kinds, keys, strict=True):
        unit, called = _unit(kind, size, settings), f"layer {len(layers) + 1}"
        layers.append(layer(before, unit, key=key, name=called, init=init))
    model = Chain(layers)
    if settings.product == "events":
        model = event_driven(model)
    if not settings.dropout:
        return model
    return eqx.tree_at(
        lambda m: [later.synapses["dendrite"] for later in m.layers[1:]],
        model,
        replace_fn=lambda synapse: VariationalDropout(synapse, settings.dropout),
    )

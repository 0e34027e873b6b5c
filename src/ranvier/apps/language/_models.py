"""The networks of the language experiment: word, hidden units, next word."""

from typing import Any

import equinox as eqx
import jax.random as jr
from jaxtyping import Array

from ranvier.apps._choices import GATED
from ranvier.apps.language._settings import Settings
from ranvier.core import Cell
from ranvier.nets import Chain, Layer, Tied, layer, recurrent
from ranvier.neurons import Readout
from ranvier.neurons import catalogue as neurons
from ranvier.synapses import Dropout, Embedding, glorot_uniform

# Uniform within this bound: of Zaremba, Sutskever, Vinyals 2014, for their small network.
_BOUND = 0.1


def network(name: str, settings: Settings, words: int, seed: int) -> Cell:
    """The network of one neuron: numbers of a word, hidden units, a score for every next word.

    Args:
        name: the hidden unit.
        settings: size, recurrence, tied weights, decay and dropout.
        words: of the vocabulary.
        seed: draws the weights.

    Example:
        >>> from ranvier.nets import parameter_count
        >>> tied = network("ssnu", Settings(size=8), 100, 0)
        >>> parameter_count(tied), parameter_count(tied.whole())
        (1044, 1844)
    """
    size = settings.size
    keys = jr.split(jr.key(seed), settings.layers + 2)

    def bounded(key: Any, shape: tuple[int, int]) -> Array:
        return jr.uniform(key, shape, minval=-_BOUND, maxval=_BOUND)

    def louder(key: Any, shape: tuple[int, int]) -> Array:
        return settings.gain * glorot_uniform(key, shape)

    embedding = Embedding.random(words, size, key=keys[0], init=bounded)
    model: Any = Chain(
        [
            Layer(Readout(size), {"dendrite": embedding}, name="words"),
            *(
                layer(size, _unit(name, settings), key=key, name=f"hidden {number}", init=louder)
                for number, key in enumerate(keys[1:-1], start=1)
            ),
            layer(size, Readout(words), key=keys[-1], name="next word", init=bounded),
        ]
    )
    if settings.dropout:
        heard = [synapse for later in model.layers[1:] for synapse in later.synapses.values()]
        model = eqx.tree_at(
            lambda m: [s for later in m.layers[1:] for s in later.synapses.values()],
            model,
            [Dropout(synapse, settings.dropout) for synapse in heard],
        )
    return Tied(model, _input, _output) if settings.tied else model


def _unit(name: str, settings: Settings) -> Any:
    """The hidden units."""
    if name in GATED:
        return recurrent(neurons[name](settings.size))
    unit = neurons[name](settings.size, decay=settings.decay)
    return recurrent(unit) if settings.recurrent else unit


def _input(model: Any) -> Array:
    return model.layers[0].synapses["dendrite"].weight


def _output(model: Any) -> Array:
    synapse: Any = model.layers[-1].synapses["dendrite"]
    return getattr(synapse, "synapse", synapse).weight

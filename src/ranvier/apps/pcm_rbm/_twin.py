"""The digital twin: the machine of numbers, its weights rounded to few bits."""

from typing import Any

from ranvier.apps._estimates import BITS
from ranvier.apps.pcm_rbm._network import by_spikes, spiking
from ranvier.apps.pcm_rbm._settings import Settings
from ranvier.convert import Quantised
from ranvier.data import Images
from ranvier.nets import RestrictedBoltzmann
from ranvier.synapses import Dense

_JUDGED = 2000


def rounded(machine: RestrictedBoltzmann, bits: int) -> RestrictedBoltzmann:
    """The machine with weights of few bits, its biases as they are.

    Args:
        machine: that has learned.
        bits: of a weight.

    Example:
        >>> import jax.numpy as jnp
        >>> weight = jnp.array([[1.0, 0.4], [-0.7, 0.0]])
        >>> machine = RestrictedBoltzmann(weight, jnp.zeros(2), jnp.zeros(2))
        >>> rounded(machine, 2).weight.tolist()
        [[1.0, 0.0], [-1.0, 0.0]]
    """
    weight = Quantised(bits)(Dense(machine.weight)).weight
    return RestrictedBoltzmann(weight, machine.visible_bias, machine.hidden_bias)


def beside_twin(
    settings: Settings, held: RestrictedBoltzmann, numbers: RestrictedBoltzmann, test: Images
) -> dict[str, Any]:
    """Accuracy by spikes of a machine, and of another with rounded weights, on the same pictures.

    Args:
        settings: of the run.
        held: the machine whose weights go onto arrays.
        numbers: the machine that is rounded.
        test: pictures; the first 2000 are judged on.
    """
    some = test[:_JUDGED]

    def right(machine: RestrictedBoltzmann) -> float:
        cell = spiking(machine, settings.synapse)
        return by_spikes(cell, some, settings.answer_ms, settings.seed)[0]

    return {
        "pictures": len(some),
        "accuracy": right(held),
        "by_bits": {str(bits): right(rounded(numbers, bits)) for bits in BITS},
    }

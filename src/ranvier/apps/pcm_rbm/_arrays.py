"""What was learned, written to arrays for reading, through time."""

from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jaxtyping import Array

from ranvier.apps._held import held_told
from ranvier.apps._on_arrays import DAY, aged, weights_over_time
from ranvier.apps.pcm_rbm._network import answer, chances, spiking
from ranvier.apps.pcm_rbm._settings import Settings
from ranvier.core import Cell
from ranvier.data import Images
from ranvier.hardware import as_read, program
from ranvier.hardware.crossbar import PerArray, matrix
from ranvier.hardware.devices import pcm
from ranvier.nets import RestrictedBoltzmann
from ranvier.synapses import Dense

SINCE_PROGRAMMING_S = (25.0, 3600.0, DAY, 30 * DAY, 365 * DAY)
SHOWN_S = (25.0, 365 * DAY)


def through_time(
    settings: Settings, machine: RestrictedBoltzmann, test: Images
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Accuracy and weights from 25 s to a year after the weights were written.

    One array is read both ways, so it has one scale and one digital correction; biases stay
    numbers.

    Args:
        settings: of the run.
        machine: that has learned.
        test: pictures; the first ones are judged on.

    Returns:
        What goes into the result, and the recorded weights.
    """
    some = test[: settings.aged]
    array = Dense(machine.weight.T)
    given = (
        (machine.visible_bias, machine.hidden_bias),
        jnp.asarray(chances(some.images)),
        jnp.asarray(some.labels),
        jr.key(settings.seed + 3),
    )

    def judge(array: Cell, given: Any) -> dict[str, Array]:
        biases, pixels, labels, key = given
        shown = RestrictedBoltzmann(matrix(as_read(array)).T, *biases)
        said = answer(spiking(shown, settings.synapse), pixels, settings.answer_ms, key=key).counts
        return {"accuracy": 100 * (said.argmax(-1) == labels).mean()}

    onto: dict[str, Any] = {"scaling": PerArray()}
    found = aged(
        array,  # pyright: ignore[reportArgumentType]
        judge,
        given,
        pcm(),
        count=settings.arrays,
        seed=settings.seed,
        seconds=SINCE_PROGRAMMING_S,
        **onto,
    )
    weights = weights_over_time(
        array,  # pyright: ignore[reportArgumentType]
        pcm(),
        seed=settings.seed,
        seconds=SHOWN_S,
        **onto,
    )
    held = program(array, pcm(), key=jr.key(settings.seed), **onto)
    scores = {"plain": found.scores, "compensated": found.compensated}
    result = {
        "seconds_since_programming": list(SINCE_PROGRAMMING_S),
        "without_devices": float(jax.jit(judge)(array, given)["accuracy"]),
        "source": pcm().source.text,
        "held": held_told(held),
        **{
            name: {
                "mean": one["accuracy"].mean(axis=1).tolist(),
                "spread": one["accuracy"].std(axis=1, ddof=1).tolist(),
            }
            for name, one in scores.items()
        },
    }
    recorded = {f"aged/{name}": one["accuracy"] for name, one in scores.items()}
    recorded |= {f"aged/weights/{name}": values for name, values in weights.items()}
    return result, recorded

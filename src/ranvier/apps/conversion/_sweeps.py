"""What imperfect hardware takes from a spiking network: clocks, few bits, noise, short windows."""

from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from ranvier.apps.conversion._settings import Settings
from ranvier.convert import Quantised
from ranvier.convert.ttfs import Converted, windows_of, with_windows
from ranvier.nets.ttfs import Jitter, SpikeTimeNetwork, TimeSteps

EFFECTS = ("time_bits", "weight_bits", "jitter", "margins")
"""Settings with the strengths of each effect."""
_BATCH = 100


def effects(
    settings: Settings, converted: Converted, calibration: np.ndarray, x: np.ndarray, labels: Any
) -> Iterator[tuple[str, float, dict[str, float]]]:
    """Accuracy under every effect, one after another: which, how strong, and what was found.

    Args:
        settings: which strengths.
        converted: the network.
        calibration: `[N, *in_shape]`, from 0 to 1, which set the windows.
        x: `[N, *in_shape]`, from 0 to 1, to be classified.
        labels: their classes.
    """
    network = converted.network

    def judged(changed: SpikeTimeNetwork, *keys: Any) -> dict[str, float]:
        with jax.enable_x64(True):
            return accuracy_of(eqx.Partial(_answers, changed), x, labels, *keys)

    for bits in settings.time_bits:
        clock = TimeSteps(jnp.asarray(bits))
        yield "time_bits", bits, judged(_sending(network, clock))
    for bits in settings.weight_bits:
        with jax.enable_x64(True):
            coarse = Quantised(bits)(network)
        yield "weight_bits", bits, judged(coarse)
    keys = jr.split(jr.key(settings.first_seed), settings.trials)
    for sigma in settings.jitter:
        noisy = _sending(network, Jitter(sigma))
        yield "jitter", sigma, judged(noisy, *keys)
    needed = windows_of(converted.rectified, calibration, margin=0.0)
    for margin in settings.margins:
        windows = {
            name: window if name == "input" else (1 + margin) * window
            for name, window in needed.items()
        }
        short = with_windows(network, windows)
        yield "margins", margin, judged(short) | {"latency": short.latency}


def _sending(network: SpikeTimeNetwork, transmission: Any) -> SpikeTimeNetwork:
    return SpikeTimeNetwork(
        network.network,
        network.slopes,
        network.windows,
        current=network.current,
        transmission=transmission,
    )


@eqx.filter_jit
def _answers(network: SpikeTimeNetwork, x: Any, key: Any) -> Any:
    return jnp.argmax(network.logits(x, key=key).reshape(len(x), -1), -1)


def accuracy_of(
    answers: Callable[[np.ndarray, Any], Any], x: np.ndarray, labels: Any, *keys: Any
) -> dict[str, float]:
    """Per cent of right answers, and how far it deviates from draw to draw.

    Args:
        answers: from inputs and a key to classes.
        x: `[N, *in_shape]`.
        labels: true classes.
        keys: one for each draw; without any, one run without noise.
    """
    found = []
    for key in keys or (None,):
        parts = []
        for at, first in enumerate(range(0, len(x), _BATCH)):
            own = None if key is None else jr.fold_in(key, at)
            parts.append(np.asarray(answers(x[first : first + _BATCH], own)))
        found.append(100 * float(np.mean(np.concatenate(parts) == labels)))
    return {"accuracy": float(np.mean(found)), "deviation": float(np.std(found))}

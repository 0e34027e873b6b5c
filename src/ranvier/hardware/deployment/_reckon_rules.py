"""Rules of ReckOn for networks."""

from collections.abc import Sequence

import numpy as np

from ranvier.hardware.deployment._checks import Check
from ranvier.hardware.deployment._plain import Kind, Plain

SLOTS, OUTPUTS = 256, 16
_LEAST_DECAY = 7 / 8


def reckon_checks(kinds: Sequence[Kind], layers: Sequence[Plain]) -> list[Check]:
    """Which rules of the chip layers keep."""
    checks = []
    neurons = sum(len(layer.decay) for layer in layers[:-1])
    for kind, layer in zip(kinds[:-1], layers[:-1], strict=True):
        slowest = float(layer.decay.min())
        whole = bool((layer.decay == 1).all())
        fits = kind.reset == "zero" or (kind.reset == "subtract" and whole)
        fits = fits and kind.reset == kinds[0].reset
        rules = (
            (
                "reset",
                kind.reset,
                "zero (or subtract without a leak), one for all",
                fits,
                "Train with reset='zero'.",
            ),
            (
                "leak",
                f"a decay of {slowest:.3g}",
                f"{_LEAST_DECAY} to 1",
                slowest >= _LEAST_DECAY,
                "Train with a slower leak, or shorter time steps.",
            ),
            (
                "threshold",
                f"{layer.threshold.min():.3g}",
                "positive",
                bool((layer.threshold > 0).all()),
                "Such a unit fires without input.",
            ),
        )
        checks += [Check(kind.name, *rule) for rule in rules]
    last, name = layers[-1], kinds[-1].name
    same = bool(np.ptp(last.decay) < 1e-6)
    inputs, outputs = len(layers[0].weight), len(last.decay)
    checks += [
        Check(
            name,
            "outputs",
            kinds[-1].neuron,
            "LeakyIntegrator",
            not kinds[-1].spikes,
            "The chip's outputs are leaky and do not fire: end in a LeakyIntegrator.",
        ),
        Check(
            name,
            "leak of outputs",
            "several" if not same else f"{last.decay[0]:.3g}",
            "one for all, above 0",
            bool(same and last.decay[0] > 0),
            "Give one number as decay.",
        ),
        Check(
            name,
            "loops",
            "none" if last.recurrent is None else "recurrent synapses",
            "none",
            last.recurrent is None,
            "Outputs feed nothing.",
        ),
        Check(
            "network",
            "hidden layers",
            str(len(layers) - 1),
            "1 or more",
            len(layers) > 1,
            "Inputs do not reach the outputs of the chip.",
        ),
        Check(
            "network",
            "inputs",
            str(inputs),
            f"at most {SLOTS}",
            inputs <= SLOTS,
            "Pool or leave out inputs.",
        ),
        Check(
            "network",
            "neurons",
            str(neurons),
            f"at most {SLOTS} in all hidden layers",
            neurons <= SLOTS,
            "Take fewer units.",
        ),
        Check(
            "network",
            "outputs",
            str(outputs),
            f"at most {OUTPUTS}",
            outputs <= OUTPUTS,
            "Take fewer classes.",
        ),
    ]
    return checks

"""Evidence accumulation by e-prop: which side had more cues, asked more than a second later.

Run it with `python examples/evidence_accumulation.py`, and with a number behind it for another
network and other trials. Half of the spiking neurons have a threshold that remembers for two
seconds; the errors reach them along fixed random connections. Learning ends at the first check in
which fewer than 7 % of fresh trials are wrong, or after 500 updates. A network that was stopped at
a good check is not as good as that check, so the last word is that of new trials. It leaves
`evidence_accumulation.png`.
"""

import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import matplotlib.pyplot as plt
import numpy as np
import optax

import ranvier as rv
from ranvier.core import Batch
from ranvier.data import cue_accumulation
from ranvier.learn import e_prop_backwards, losses
from ranvier.learn.signals import gaussian
from ranvier.nets import Chain, Layer
from ranvier.neurons import ALIF, LeakyIntegrator, Refractory
from ranvier.synapses import Dense

UNITS, BATCH, UPDATES, EVERY, TRIALS, GOAL = 100, 64, 500, 20, 256, 7.0
JUDGED = 8
"""Checks' worth of new trials for the last word."""


def network(key: jax.Array) -> Chain:
    """Recurrent neurons, half of them adaptive, and a readout with a memory of 20 ms."""
    keys = jr.split(key, 3)
    membrane, readout, adaptation = (float(np.exp(-1 / tau)) for tau in (20, 20, 2000))
    rise = 1.7 * (1 - adaptation) / (1 - membrane)
    neuron = ALIF(
        UNITS,
        tau_membrane_ms=20.0,
        tau_adaptation_ms=2000.0,
        threshold=0.6,
        beta=jnp.where(jnp.arange(UNITS) < UNITS // 2, 0.0, rise),
    )
    feedback = jr.normal(keys[1], (UNITS, UNITS)) / np.sqrt(UNITS)
    weights = jr.uniform(keys[2], (2, UNITS), minval=-1, maxval=1) * np.sqrt(3 / 51)
    hidden = Layer(
        Refractory(neuron, 5.0, held=()),
        {"dendrite": Dense(jr.normal(keys[0], (UNITS, 40)) / np.sqrt(40))},
        {"dendrite": Dense(feedback * (1 - jnp.eye(UNITS)))},
    )
    output = Layer(LeakyIntegrator(2, decay=readout), {"dendrite": Dense((1 - readout) * weights)})
    return Chain((hidden, output))


def weights_of(model: Chain) -> list:
    """What learns: the weights, not thresholds and biases."""
    hidden, output = model.layers
    return [
        hidden.synapses["dendrite"].weight,
        hidden.recurrent["dendrite"].weight,
        output.synapses["dendrite"].weight,
    ]


def main(seed: int = 0) -> None:
    model = network(jr.key(seed))
    gain = 1 - model.layers[1].neuron.decay
    rule = e_prop_backwards(
        losses.categorical,
        feedback=jr.key(seed + 1),
        draw=lambda key, shape: gain * gaussian(key, shape),
        activity=losses.rate_cost(1.0, 0.01),
    )
    optimiser = optax.adam(5e-3)
    state = optimiser.init(weights_of(model))
    # The readout learns in its published units, in which its gain is no part of the weight.
    scale = [1.0, 1 - jnp.eye(UNITS), gain]

    @eqx.filter_jit
    def update(model, state, batch):
        gradients = weights_of(rule(model, batch, None)[1])
        gradients = [g * s for g, s in zip(gradients, scale, strict=True)]
        change, state = optimiser.update(gradients, state)
        change = [c * s for c, s in zip(change, scale, strict=True)]
        moved = [w + c for w, c in zip(weights_of(model), change, strict=True)]
        return eqx.tree_at(weights_of, model, moved), state

    @eqx.filter_jit
    def wrong(model, batch):
        _, outputs = rv.run(model, batch.x)
        answer = (outputs * batch.mask[..., None]).sum(0).argmax(-1)
        return 100 * (answer != batch.target[-1].argmax(-1)).mean()

    def draw(random, count):
        return Batch(*(jnp.asarray(array) for array in cue_accumulation(random, count)))

    def judged(number: int) -> float:
        """Per cent wrong of trials that are drawn by this number alone."""
        fresh = np.random.default_rng(10**6 * (seed + 1) + number)
        return float(wrong(model, draw(fresh, TRIALS)))

    random, seen, errors = np.random.default_rng(seed), [], []
    for number in range(UPDATES + 1):
        if number % EVERY == 0:
            errors.append(judged(number))
            seen.append(number)
            print(
                f"update {number:3}: {errors[-1]:4.1f} % of {TRIALS} fresh trials wrong", flush=True
            )
            if errors[-1] < GOAL:
                break
        if number < UPDATES:
            model, state = update(model, state, draw(random, BATCH))

    last = np.mean([judged(UPDATES + 1 + part) for part in range(JUDGED)])
    count = JUDGED * TRIALS
    error = np.sqrt(last * (100 - last) / count)
    print(
        f"after update {number}: {last:.1f} ± {error:.1f} % of {count} new trials wrong", flush=True
    )

    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    axes.plot(seen, errors, linewidth=2.4, label=f"checks of {TRIALS} trials")
    axes.errorbar([number], [last], [error], fmt="o", capsize=4, label=f"{count} new trials")
    axes.legend(frameon=False)
    axes.axhline(GOAL, color="grey", linestyle=":")
    axes.set(xlabel=f"updates, each of {BATCH} trials", ylabel="fresh trials wrong (%)")
    axes.set(xlim=(0, None), ylim=(0, 60))
    axes.set_title("Random e-prop learns to remember for more than a second")
    figure.savefig("evidence_accumulation.png", dpi=150)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

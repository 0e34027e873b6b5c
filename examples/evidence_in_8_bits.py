"""Evidence accumulation as the ReckOn chip learns it: weights of 8 bits, changed in every step.

Run it with `python examples/evidence_in_8_bits.py`. Which side had more cues is asked more than a
second after the last of them. There is one trial at a time, no batch, no sequence to look back on
and no gradient that is collected: whenever the answer is known, every weight moves by a whole step
or not at all, at random, so that the mean is what e-prop asks for. Its traces are one number per
neuron. Memory of seconds comes from membranes that leak with two seconds. The network is judged on
fresh trials. It leaves `evidence_in_8_bits.png`.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import matplotlib.pyplot as plt
import numpy as np
import optax

import ranvier as rv
from ranvier.data import cue_accumulation
from ranvier.learn import Learner, stochastic_rounding
from ranvier.learn.eligibility import separate
from ranvier.nets import Chain, Layer
from ranvier.neurons import LIF, LeakyIntegrator, detach_resets
from ranvier.neurons.surrogates import surrogate
from ranvier.synapses import Dense

UNITS, TRIALS, EVERY, JUDGED, STEPS, GOAL = 100, 600, 50, 500, 2250, 96.4
# In whole steps of a weight; the chip's are 614 and 205 eighths.
THRESHOLD, SLOPE_FROM = 614 / 8, 205 / 8
MEMBRANE_MS, READOUT_KEPT = 1930.0, 0x79 / 128
# An output of so many steps is an answer without doubt.
CERTAIN = 256.0
HIDDEN_RATE, READOUT_RATE = 7.6e-6, 0.25

slope = surrogate(
    lambda v: (v >= SLOPE_FROM - THRESHOLD).astype(v.dtype), "1 from a third of the threshold on"
)


def network(key: jax.Array) -> Chain:
    """Leaky neurons that remember for two seconds, weights on a grid of whole numbers."""
    keys = jr.split(key, 3)
    kept = np.exp(-1 / MEMBRANE_MS)

    def whole(key: jax.Array, shape: tuple[int, int], scale: float) -> jax.Array:
        normal = jr.normal(key, shape) * scale * np.sqrt(2 / shape[1])
        return jnp.round(normal * THRESHOLD / 0.6)

    neuron = LIF(
        UNITS,
        tau_membrane_ms=MEMBRANE_MS,
        threshold=THRESHOLD,
        resistance=float(1 / (1 - kept)),
        reset="subtract",
        h=slope,
    )
    hidden = Layer(
        neuron,
        {"dendrite": Dense(whole(keys[0], (UNITS, 40), 0.5))},
        {"dendrite": Dense(whole(keys[1], (UNITS, UNITS), 0.1) * (1 - jnp.eye(UNITS)))},
    )
    readout = LeakyIntegrator(2, decay=READOUT_KEPT)
    return Chain((hidden, Layer(readout, {"dendrite": Dense(whole(keys[2], (2, UNITS), 0.5))})))


def weights_of(model: Chain) -> list:
    """From the input, among the neurons, to the answers."""
    hidden, output = model.layers
    return [
        hidden.synapses["dendrite"].weight,
        hidden.recurrent["dendrite"].weight,
        output.synapses["dendrite"].weight,
    ]


def doubt(outputs: jax.Array, target: jax.Array) -> jax.Array:
    """The loss whose slope is a hard sigmoid less the target: none once the answer is certain."""
    v = jnp.clip(outputs / CERTAIN, -1, 1)
    beyond = jnp.maximum(outputs / CERTAIN, 1) - 1
    return (CERTAIN * (v / 2 + v**2 / 4 + beyond) - target * outputs).sum(-1)


def per_layer() -> optax.GradientTransformation:
    """A rate for each group of weights; a neuron has no weight onto itself."""
    rates = [HIDDEN_RATE, HIDDEN_RATE * (1 - jnp.eye(UNITS)), READOUT_RATE]

    def scaled(updates, params=None):
        found = [-u * r for u, r in zip(weights_of(updates), rates, strict=True)]
        return eqx.tree_at(weights_of, updates, found)

    return optax.stateless(scaled)


@eqx.filter_jit
def answers(model: Chain, x: jax.Array) -> jax.Array:
    """What most of the last 150 steps say."""
    _, outputs = rv.run(model, x)
    return jax.nn.one_hot(outputs[-150:].argmax(-1), 2).sum(0).argmax(-1)


def main() -> None:
    learner = Learner(
        detach_resets(network(jr.key(0))),
        doubt,
        optax.chain(
            per_layer(),
            optax.scale_by_schedule(optax.cosine_decay_schedule(1.0, TRIALS * STEPS, alpha=0.03)),
            stochastic_rounding(1.0, limit=127.0, key=jr.key(1)),
        ),
        eligibility=separate(),
    )
    random, seen, right = np.random.default_rng(0), [], []
    for trial in range(TRIALS + 1):
        if trial % EVERY == 0:
            fresh = cue_accumulation(np.random.default_rng(10**6 + trial), JUDGED)
            said = np.asarray(answers(learner.model, jnp.asarray(fresh.x)))
            seen.append(trial)
            right.append(100 * float((said == fresh.target[-1].argmax(-1)).mean()))
            print(f"trial {trial:3}: {right[-1]:4.1f} % of {JUDGED} fresh ones right", flush=True)
        x, target, mask = (array[:, 0] for array in cue_accumulation(random, 1))
        learner.rest()
        learner.run(x, np.where(mask[:, None] > 0, target, np.nan))

    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    axes.plot(seen, right, linewidth=2.4)
    axes.axhline(GOAL, color="grey", linestyle=":")
    axes.set(xlabel="trials, one at a time", ylabel="fresh trials right (%)")
    axes.set(xlim=(0, None), ylim=(40, 100))
    axes.set_title("Weights of 8 bits learn, step by step, to remember for more than a second")
    figure.savefig("evidence_in_8_bits.png", dpi=150)


if __name__ == "__main__":
    main()

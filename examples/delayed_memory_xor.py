"""Spikes that are sent gradually: an exclusive or of two pulses, asked for after a delay.

Run it with `python examples/delayed_memory_xor.py`; it takes a minute or two and leaves
`delayed_memory_xor.png`. Two pulses come one after the other, each upward or downward, then a cue,
all with random pauses between them; after the cue the output shall say whether the two differed.
The neurons have differentiable synapses (Huh and Sejnowski): backpropagation gives the gradient of
the loss itself, and no surrogate stands in for the derivative of a spike.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import matplotlib.pyplot as plt
import numpy as np
import optax

import ranvier as rv
from ranvier.core import Batch
from ranvier.nets import Chain, Layer
from ranvier.neurons import DifferentiableIF, LeakyIntegrator
from ranvier.synapses import Dense

UNITS, BATCH, UPDATES, EVERY, TRIALS = 80, 64, 600, 50, 1000
STEPS, PULSE, ANSWER = 120, 10, 30
SHORTEST, LONGEST = 10, 30
RATE = 2e-3


def trials(random: np.random.Generator, count: int) -> Batch:
    """Steps of 1 ms: pulse, pause, pulse, pause, cue; the answer is due after the cue."""
    signs = random.choice([-1, 1], (2, count))
    pauses = random.integers(SHORTEST, LONGEST + 1, (2, count))
    starts = np.stack([np.full(count, 5), 5 + PULSE + pauses[0], 5 + 2 * PULSE + pauses.sum(0)])
    since = np.arange(STEPS)[:, None, None] - starts
    on = (since >= 0) & (since < PULSE)
    x = np.stack([(on[:, :2] * signs).sum(1), on[:, 2]], -1)
    due = (since[:, 2] >= PULSE) & (since[:, 2] < PULSE + ANSWER)
    target = np.broadcast_to(-signs.prod(0), (STEPS, count))[..., None]
    return Batch(*(np.asarray(a, np.float32) for a in (x, target, due)))


def network(key: jax.Array) -> Chain:
    """Recurrent neurons, and a readout of what their synapses send."""
    keys = jr.split(key, 3)
    unit = DifferentiableIF(UNITS, tau_membrane_ms=20.0, tau_synapse_ms=10.0, zone=0.5)
    hidden = Layer(
        unit,
        {"dendrite": Dense(0.1 * jr.normal(keys[0], (UNITS, 2)))},
        {"dendrite": Dense(1.5 / np.sqrt(UNITS) * jr.normal(keys[1], (UNITS, UNITS)))},
    )
    readout = LeakyIntegrator(1, decay=0.0)
    return Chain((hidden, Layer(readout, {"dendrite": Dense(jr.normal(keys[2], (1, UNITS)))})))


def right(model: Chain, batch: Batch) -> jax.Array:
    """The share of trials whose mean output, while the answer is due, has the right sign."""
    _, outputs = rv.run(model, batch.x)
    said = (outputs[..., 0] * batch.mask).sum(0)
    return (jnp.sign(said) == batch.target[0, :, 0]).mean()


def main() -> None:
    model = network(jr.key(0))
    rule = rv.bptt(rv.losses.squared_error)
    rate = optax.cosine_decay_schedule(RATE, UPDATES)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate))
    state = optimiser.init(eqx.filter(model, eqx.is_inexact_array))

    @eqx.filter_jit
    def update(model, state, batch):
        loss, gradients = rule(model, batch, None)
        change, state = optimiser.update(gradients, state)
        return eqx.apply_updates(model, change), state, loss

    judge = eqx.filter_jit(right)
    random, seen, shares = np.random.default_rng(0), [], []
    for number in range(UPDATES + 1):
        if number % EVERY == 0:
            fresh = trials(np.random.default_rng(10**6 + number), TRIALS)
            shares.append(100 * float(judge(model, fresh)))
            seen.append(number)
            print(f"update {number:4}: {shares[-1]:5.1f} % of {TRIALS} fresh trials right")
        model, state, _ = update(model, state, trials(random, BATCH))
    draw(model, seen, shares)


def draw(model: Chain, seen: list[int], shares: list[float]) -> None:
    """The course of learning, and four trials: input, what neurons send, output."""
    figure, (curve, *rows) = plt.subplots(4, 1, figsize=(8, 8), layout="constrained")
    curve.plot(seen, shares, linewidth=2.4)
    curve.set(xlabel=f"updates, each of {BATCH} trials", ylabel="fresh trials right (%)")
    curve.set(xlim=(0, None), ylim=(40, 101))
    curve.set_title("An exclusive or over time, by the gradient of the loss itself")
    batch = trials(np.random.default_rng(8), 4)  # each of the four kinds
    sent = rv.run(model.layers[0], batch.x)[1]
    output = rv.run(model, batch.x)[1]
    time = np.arange(4 * STEPS)

    def in_a_row(array: np.ndarray) -> np.ndarray:
        return np.swapaxes(np.asarray(array), 0, 1).reshape(len(time), -1)

    rows[0].plot(time, in_a_row(batch.x), label=("pulses", "cue"))
    rows[1].imshow(in_a_row(sent).T, aspect="auto", cmap="Greys", extent=(0, len(time), 0, UNITS))
    due = in_a_row(batch.mask) > 0
    rows[2].plot(time, in_a_row(output), color="black")
    rows[2].plot(time, np.where(due, in_a_row(batch.target), np.nan), linewidth=3, alpha=0.6)
    for axes, what in zip(rows, ("input", "neuron", "output"), strict=True):
        axes.set(ylabel=what, xlim=(0, len(time)))
    rows[0].legend(frameon=False, ncols=2, loc="lower right")
    rows[2].set(xlabel="time (ms), four trials one after the other")
    figure.savefig("delayed_memory_xor.png", dpi=150)


if __name__ == "__main__":
    main()

"""Spiking neurons learn when to fire, by the exact gradient, in continuous time.

Run it with `python examples/first_spikes.py`, and it learns handwritten digits of 8 x 8 pixels, or
with `python examples/first_spikes.py yin-yang`; either takes a few minutes and leaves
`first_spikes.png`. A number is the time of a spike. Hidden neurons fire as often as they like; of
the output neurons, the one that fires first is the answer. There is no time step and no surrogate:
the network runs from spike to spike, and EventProp carries the derivatives back the same way.
"""

import sys
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import matplotlib.pyplot as plt
import numpy as np
import optax

import ranvier as rv
from ranvier.core import Batch
from ranvier.data import optical_digits, yin_yang
from ranvier.encode import latency
from ranvier.learn import losses
from ranvier.learn.rules import exact_event_prop
from ranvier.nets import Chain, Layer
from ranvier.nets.continuous import Fired, fire, first_spikes, ordered_spikes, spike_counts
from ranvier.neurons import CurrentLIF, ExponentialKernel
from ranvier.synapses import Dense, Silent

BATCH, END_MS, ROOM = 50, 60.0, (20, 100)


class Task(NamedTuple):
    """Times of the inputs' spikes and classes, to learn from and to judge by; and the settings."""

    learn: tuple[np.ndarray, np.ndarray]
    judge: tuple[np.ndarray, np.ndarray]
    classes: int
    hidden: int
    means: tuple[float, float]
    spreads: tuple[float, float]
    epochs: int
    rate: float


def digits() -> Task:
    """Bright pixels spike early, dark ones never."""
    parts = []
    for images in (optical_digits("train"), optical_digits("test")):
        values = jnp.asarray(images.images.reshape(len(images), -1) / 255.0, jnp.float32)
        parts.append((np.asarray(latency(values, window_ms=20.0)), images.labels.astype(int)))
    return Task(*parts, 10, 100, (0.3, 0.3), (0.3, 0.3), 40, 5e-3)


def sign() -> Task:
    """Coordinates between 10 and 40 ms, and one spike at 20 ms, the same for every point."""
    parts = []
    for seed, count in ((0, 5000), (1, 1000)):
        points, classes = yin_yang(np.random.default_rng(seed), count)
        times = np.concatenate([10 + 30 * points, np.full((count, 1), 20.0)], axis=1)
        parts.append((times.astype(np.float32), classes))
    return Task(*parts, 3, 200, (2.0, 0.4), (1.0, 0.4), 60, 5e-3)


TASKS = {"digits": digits, "yin-yang": sign}


def layer(key: jax.Array, width: int, units: int, mean: float, spread: float, name: str) -> Layer:
    neuron = CurrentLIF(units, tau_membrane_ms=20.0, excitatory=ExponentialKernel(5.0))
    weights = Dense(mean + spread * jr.normal(key, (units, width)))
    ports = {"excitatory": weights, "inhibitory": Silent(width, units)}
    return Layer(neuron, ports, name=name)


def network(task: Task, key: jax.Array) -> Chain:
    hidden, output = jr.split(key)
    width, (low, high), (near, far) = task.learn[0].shape[1], task.means, task.spreads
    return Chain(
        (
            layer(hidden, width, task.hidden, low, near, "hidden"),
            layer(output, task.hidden, task.classes, high, far, "output"),
        )
    )


def answer_ms(fired: Fired) -> jax.Array:
    """First spikes; what stays silent comes after the end, the later the lower it stays."""
    silent = END_MS + 10 * (1 - fired.highest)
    return first_spikes(fired.spikes, fired.highest.shape[1], otherwise_ms=silent)


@eqx.filter_jit
def run(model: Chain, times: jax.Array) -> tuple[Fired, ...]:
    return fire(model, ordered_spikes(times), duration_ms=END_MS, most_spikes=ROOM)


def judged(model: Chain, times: np.ndarray, classes: np.ndarray) -> tuple[float, float, float]:
    """Right answers in per cent, hidden spikes per example, and when the answer comes."""
    hidden, output = run(model, jnp.asarray(times))
    first = np.asarray(answer_ms(output))
    spikes = spike_counts(hidden.spikes, hidden.highest.shape[1]).sum(1).mean()
    right = (first.argmin(1) == classes).mean()
    return 100 * float(right), float(spikes), float(np.median(first.min(1)))


def main(name: str = "digits") -> None:
    task = TASKS[name]()
    times, classes = task.learn

    def batches(epoch: int):
        order = np.random.default_rng(epoch).permutation(len(classes))
        for at in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[at : at + BATCH]
            target = jax.nn.one_hot(classes[chosen], task.classes)[None]
            x = ordered_spikes(jnp.asarray(times[chosen]))
            yield Batch(x, target, jnp.ones((1, BATCH)))

    loss = losses.time_to_first_spike(2.0, late=0.01, late_tau_ms=10.0)
    rule = exact_event_prop(loss, answer_ms, duration_ms=END_MS, most_spikes=ROOM)
    updates = task.epochs * (len(classes) // BATCH)
    optimiser = optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adam(optax.cosine_decay_schedule(task.rate, updates)),
    )
    start = network(task, jr.key(0))
    shares = [judged(start, *task.judge)[0]]

    def seen(model: Chain) -> float:
        shares.append(judged(model, *task.judge)[0])
        print(f"epoch {len(shares) - 1:2}: {shares[-1]:5.1f} % right", flush=True)
        return shares[-1]

    model, _ = rv.fit(start, batches, rule, optimiser, epochs=task.epochs, monitor={"right": seen})
    right, spikes, when = judged(model, *task.judge)
    print(
        f"{name}: {right:.1f} % of {len(task.judge[1])} right, {spikes:.0f} hidden spikes each, "
        f"answered after {when:.1f} ms"
    )
    draw(name, model, task, shares)


def draw(name: str, model: Chain, task: Task, shares: list[float]) -> None:
    """The course of learning, and one example: who fired when."""
    figure, (curve, raster) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    curve.plot(shares, linewidth=2.4)
    curve.set(xlabel="epochs", ylabel="right answers (%)", xlim=(0, None), ylim=(0, 101))
    curve.set_title(f"{name}: by the exact gradient")
    times, classes = (array[:1] for array in task.judge)
    hidden, output = run(model, jnp.asarray(times))
    below = 0
    for what, spikes, units in (
        ("inputs", ordered_spikes(jnp.asarray(times)), times.shape[1]),
        ("hidden", hidden.spikes, task.hidden),
        ("output", output.spikes, task.classes),
    ):
        raster.plot(spikes.times_ms[0], below + spikes.units[0], "|", markersize=5, label=what)
        below += units + 5
    right = below - 5 - task.classes + classes[0]
    raster.axhline(right, color="grey", linewidth=0.8, linestyle=":")
    raster.set(xlabel="time (ms)", ylabel="neuron", xlim=(0, END_MS))
    raster.set_title("One example; dotted: the right answer")
    raster.legend(frameon=False, loc="lower right")
    figure.savefig("first_spikes.png", dpi=150)


if __name__ == "__main__":
    main(*sys.argv[1:2])

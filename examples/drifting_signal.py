"""A network that learns while it runs: predict a signal whose rhythm drifts, and then jumps.

Run it with `python examples/drifting_signal.py`; it takes half a minute and leaves
`drifting_signal.png`. Three ways to say what the signal will be five steps on are put side by side:
a learner that never stops, the same learner stopped after the first part, and "as it is now".
"""

import jax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np
import optax

import ranvier as rv
from ranvier.learn import Learner, losses

STEPS, STOP, JUMP, AHEAD = 40_000, 10_000, 25_000, 5
PARTS = {"before": (10, 20), "drifting": (20, 50), "after the jump": (60, 80)}


def signal() -> np.ndarray:
    """Two oscillations: one drifts from 40 to 25 steps per period, then jumps to 12."""
    period = np.interp(np.arange(STEPS + AHEAD), [0, STOP, JUMP], [40, 40, 25])
    period[JUMP:] = 12
    slow = np.sin(np.cumsum(2 * np.pi / period))
    noise = np.random.default_rng(0).normal(0, 0.02, STEPS + AHEAD)
    return (0.7 * slow + 0.3 * np.sin(2 * np.pi * np.arange(STEPS + AHEAD) / 97) + noise)[:, None]


def learner() -> Learner:
    network = rv.chain(1, rv.recurrent(rv.SNU.soft(40)), rv.Readout(1), key=jax.random.key(0))
    return Learner(network, losses.squared_error, optax.adam(3e-3))


def errors(predictions: jax.Array, target: jax.Array) -> np.ndarray:
    """Root mean square over windows of 500 steps."""
    squares = np.asarray((predictions - target) ** 2).reshape(-1, 500)
    return np.sqrt(squares.mean(1))


def main() -> None:
    values = jnp.asarray(signal(), jnp.float32)
    x, target = values[:-AHEAD], values[AHEAD:]

    going, stopped = learner(), learner()
    size = sum(leaf.nbytes for leaf in jax.tree.leaves(going.state.moving))
    found = {"learns on": errors(going.run(x, target), target)}
    first = stopped.run(x[:STOP], target[:STOP])
    rest = stopped.run(x[STOP:])
    found[f"stopped after {STOP:,}"] = errors(jnp.concatenate([first, rest]), target)
    found["as it is now"] = errors(x, target)
    assert size == sum(leaf.nbytes for leaf in jax.tree.leaves(going.state.moving))

    print(f"error (root mean square); states and traces: {size} bytes at every step")
    print(f"{'':24}" + "".join(f"{part:>16}" for part in PARTS))
    for name, values in found.items():
        cells = (f"{values[a:b].mean():16.3f}" for a, b in PARTS.values())
        print(f"{name:24}" + "".join(cells))

    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    for name, values in found.items():
        axes.plot(500 * np.arange(len(values)), values, label=name, linewidth=2)
    for at, what in ((STOP, "drift begins"), (JUMP, "jump")):
        axes.axvline(at, color="grey", linestyle=":")
        axes.text(at + 300, 0.02, what, color="grey")
    axes.set(xlabel="time steps", ylabel="error of the prediction (r.m.s.)", ylim=(0, None))
    axes.set_title("The learner that goes on follows the drift and recovers from the jump")
    axes.legend(loc="upper left", frameon=False)
    figure.savefig("drifting_signal.png", dpi=150)


if __name__ == "__main__":
    main()

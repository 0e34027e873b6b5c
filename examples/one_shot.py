"""Learning to learn: a curve is seen once, and drawn from then on.

Run it with `python examples/one_shot.py`; it takes two minutes and leaves `one_shot.png`.
Every task is another curve, a sum of three sine waves with random amplitudes and phases. The
network hears a clock alone. A second network, the teacher, sees the curve while the first one runs,
and tells each hidden unit what to learn. Both have been shaped by two thousand times twenty curves
(e-prop 2); the curves drawn at the end are new.
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
from ranvier.learn import losses
from ranvier.learn.rules import Taught, e_prop_2

STEPS, CLOCK, UNITS, WAVES = 100, 10, 30, 3
TASKS, UPDATES, FRESH = 20, 2000, 500


def curves(key: jax.Array, count: int) -> jax.Array:
    """Sums of three sine waves, `[steps, count, 1]`."""
    for_height, for_phase = jr.split(key)
    height = jr.uniform(for_height, (count, WAVES), minval=0.2, maxval=0.7)
    phase = jr.uniform(for_phase, (count, WAVES), maxval=2 * jnp.pi)
    turns = jnp.arange(STEPS)[:, None, None] / STEPS * (1 + jnp.arange(WAVES))
    return (height * jnp.sin(2 * jnp.pi * turns + phase)).sum(-1, keepdims=True)


def tasks(key: jax.Array, count: int) -> Batch:
    """The curve to learn from, then the same curve to be judged by; the input is a clock."""
    clock = jax.nn.one_hot(jnp.arange(STEPS) * CLOCK // STEPS, CLOCK)
    x = jnp.broadcast_to(clock[:, None], (STEPS, count, CLOCK))
    target = curves(key, count)
    twice = [jnp.concatenate([a, a]) for a in (x, target)]
    return Batch(*twice, jnp.ones((2 * STEPS, count)))


def pair(key: jax.Array) -> Taught:
    """The network that learns, and its teacher, which hears input, units, output and target."""
    for_network, for_teacher = jr.split(key)
    unit = rv.recurrent(rv.SNU.soft(UNITS, decay=0.9))
    network = rv.chain(CLOCK, unit, rv.Readout(1), key=for_network)
    teacher = rv.chain(CLOCK + UNITS + 2, unit, rv.Readout(UNITS), key=for_teacher)
    return Taught(network, teacher)


def main() -> None:
    model = pair(jr.key(0))
    rule = e_prop_2(losses.squared_error, learning=STEPS)
    rate = optax.cosine_decay_schedule(3e-3, UPDATES)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(rate))
    state = optimiser.init(eqx.filter(model, eqx.is_inexact_array))

    @eqx.filter_jit
    def update(model, state, key):
        value, gradients = rule(model, tasks(key, TASKS), None)
        change, state = optimiser.update(gradients, state)
        return eqx.apply_updates(model, change), state, value

    values = []
    for number in range(UPDATES):
        model, state, value = update(model, state, jr.fold_in(jr.key(1), number))
        values.append(float(value))
        if number % max(UPDATES // 10, 1) == 0:
            print(f"update {number:5d}: error after one presentation {value:.4f}", flush=True)

    fresh = tasks(jr.key(2), FRESH)
    x, target = fresh.x[:STEPS], fresh.target[:STEPS]

    @eqx.filter_jit
    def drawn(shown):
        """What the network draws after it has seen these curves once, one for each example."""
        each = jax.vmap(lambda x, seen: rv.run(model.learned(x, seen), x)[1], 1, 1)
        return each(x, shown)

    before, after = rv.run(model, x)[1], drawn(target)
    other = drawn(jnp.roll(target, 1, axis=1))

    def error(ys):
        return float(losses.squared_error(ys, target).mean())

    print(f"{FRESH} new curves, squared error per step:")
    print(f"  no network, always zero          {error(jnp.zeros_like(target)):.4f}")
    print(f"  before the presentation          {error(before):.4f}")
    print(f"  after one presentation           {error(after):.4f}")
    print(f"  after one of another curve       {error(other):.4f}")
    draw(values, *(np.asarray(a[..., 0]) for a in (target, before, after)))


def draw(values: list[float], target: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    """Three new curves as they were shown and drawn, and how learning to learn went."""
    figure, axes = plt.subplots(1, 4, figsize=(13, 3.2), layout="constrained")
    for number, place in enumerate(axes[:3]):
        place.plot(target[:, number], color="black", label="shown once")
        place.plot(before[:, number], color="tab:gray", linestyle=":", label="drawn before")
        place.plot(after[:, number], color="tab:orange", linestyle="--", label="drawn after")
        place.set(xlabel="time (steps)", title=f"New curve {number + 1}")
    axes[0].set(ylabel="curve")
    axes[0].legend(fontsize=8)
    axes[3].semilogy(values)
    axes[3].set(
        xlabel="update (20 curves each)",
        ylabel="squared error",
        title="Error after one presentation",
    )
    figure.savefig("one_shot.png", dpi=110)


if __name__ == "__main__":
    main()

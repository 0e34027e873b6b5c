"""A neuron that learns when to fire: five spikes at given times, from frozen random input.

Run it with `python examples/spike_times.py`; it takes a few seconds and leaves `spike_times.png`.
A hundred inputs fire at random, at ten hertz, always in the same way. SuperSpike moves the weights
until the neuron fires at the five times, after the paper that introduced the rule.
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
from ranvier.learn.rules import super_spike
from ranvier.nets import Chain, Layer, spike_filter
from ranvier.neurons import CurrentLIF, ExponentialKernel, Refractory, surrogates
from ranvier.synapses import Dense, DoubleExponential, Silent

STEPS, INPUTS, RATE_HZ, UPDATES = 500, 100, 10.0, 300
TIMES_MS = (60, 150, 240, 330, 420)
# The running maximum of squared gradients forgets within sixty presentations, half a minute.
FORGET = float(np.exp(-0.5 / 30))


def network(key: jax.Array) -> Chain:
    """One neuron, ten millivolts from rest to threshold (here one), and the filter behind it."""
    unit = CurrentLIF(
        1,
        tau_membrane_ms=10.0,
        excitatory=ExponentialKernel(5.0),
        reset="subtract",
        h=surrogates.fast_sigmoid(10.0),
    )
    weights = Dense(0.1 * jr.normal(key, (1, INPUTS)))
    ports = {"excitatory": weights, "inhibitory": Silent(INPUTS, 1)}
    neuron = Layer(Refractory(unit, 5.0, held=()), ports, name="neuron")
    return Chain((neuron, spike_filter(1, DoubleExponential(5.0, 10.0))))


def main() -> None:
    weights, noise = jr.split(jr.key(0))
    model = network(weights)
    x = jr.bernoulli(noise, RATE_HZ / 1000, (STEPS, 1, INPUTS)).astype(float)
    wanted = jnp.zeros((STEPS, 1, 1)).at[jnp.array(TIMES_MS)].set(1.0)
    batch = Batch(x, rv.run(model.layers[1], wanted)[1], jnp.ones((STEPS, 1)))

    rule = super_spike(average=losses.per_sequence)
    # RMaxProp: each step is divided by the root of a decaying maximum of squared gradients.
    rate = optax.cosine_decay_schedule(0.03, UPDATES)
    optimiser = optax.adamax(rate, b1=0.0, b2=FORGET**0.5)
    state = optimiser.init(eqx.filter(model, eqx.is_inexact_array))

    @eqx.filter_jit
    def update(model, state):
        spikes = rv.run(model.layers[0], x)[1]
        distance, gradients = rule(model, batch, None)
        change, state = optimiser.update(gradients, state)
        return eqx.apply_updates(model, change), state, distance, spikes

    distances, fired = [], []
    for _ in range(UPDATES + 1):
        model, state, distance, spikes = update(model, state)
        distances.append(float(distance))
        fired.append(np.flatnonzero(np.asarray(spikes)))
    print(f"distance: {distances[0]:.2f} at first, {distances[-1]:.2f} at last")
    print(f"wanted (ms): {' '.join(map(str, TIMES_MS))}")
    print(f"fired (ms): {' '.join(map(str, fired[-1]))}")
    draw(distances, fired)


def draw(distances: list[float], fired: list[np.ndarray]) -> None:
    """Spikes of every update over the time of a presentation, and the distance to the target."""
    figure, (raster, curve) = plt.subplots(
        1, 2, figsize=(9, 4), width_ratios=(2, 1), layout="constrained", sharey=True
    )
    updates = np.concatenate([np.full(len(at), n) for n, at in enumerate(fired)])
    for time in TIMES_MS:
        raster.axvline(time, color="tab:orange", linewidth=4, alpha=0.35)
    raster.plot(np.concatenate(fired), updates, ".", color="black", markersize=3)
    raster.set(xlabel="time (ms)", ylabel="update", xlim=(0, STEPS))
    raster.set_title("Spikes (black) move to where they are wanted")
    curve.plot(distances, np.arange(len(distances)))
    curve.set(xlabel="van Rossum distance", xlim=(0, None), ylim=(0, len(distances)))
    figure.savefig("spike_times.png", dpi=150)


if __name__ == "__main__":
    main()

"""Networks of whole numbers, which chips can hold without rounding."""

import jax
import jax.numpy as jnp
import numpy as np

from ranvier.nets import Chain, Layer
from ranvier.neurons import SNU, LeakyIntegrator
from ranvier.synapses import Dense

STEP = 1 / 64


def whole(random, shape, top, low=None):
    """Whole weights as multiples of a step, the largest among them, as `[n_out, n_in]`."""
    drawn = random.integers(-top if low is None else low, top + 1, shape)
    drawn.flat[0] = top
    return jnp.asarray(drawn * STEP)


def unit(size, *, threshold=20.5 * STEP, decay=1.0, floor=False):
    return SNU(size, threshold=threshold, decay=decay, **({"g": jax.nn.relu} if floor else {}))


def for_reckon(random, inputs, *sizes, outputs=3, loops=True):
    layers, before = [], inputs
    for number, size in enumerate(sizes, 1):
        loop = {"dendrite": Dense(whole(random, (size, size), 127))} if loops else {}
        synapses = {"dendrite": Dense(whole(random, (size, before), 127))}
        neuron = unit(size, threshold=90.5 * STEP)
        layers.append(Layer(neuron, synapses, loop, name=f"layer {number}"))
        before = size
    readout = Dense(whole(random, (outputs, before), 127))
    last = LeakyIntegrator(outputs, decay=1.0)
    return Chain([*layers, Layer(last, {"dendrite": readout}, name="readout")])


def for_crossbar(random, inputs, *sizes, low=None, floor=True):
    layers, before = [], inputs
    for number, size in enumerate(sizes, 1):
        weight = np.array(whole(random, (size, before), 7, low))
        # Every unit has the largest weight, so that its step is the one it was made with.
        weight[:, 0] = 7 * STEP
        synapses = {"dendrite": Dense(jnp.asarray(weight))}
        layers.append(Layer(unit(size, floor=floor), synapses, name=f"layer {number}"))
        before = size
    return Chain(layers)


def one_at_a_time(random, steps, batch, inputs):
    """Spikes of one input per step."""
    given = np.zeros((steps, batch, inputs), bool)
    chosen = random.integers(0, inputs, (steps, batch))
    np.put_along_axis(given, chosen[..., None], True, -1)
    return given

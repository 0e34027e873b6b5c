"""The runners give the same numbers, noise included.

They agree to 8 units in the last place of the largest number in the run; only the order in which
a product of another shape sums differs. Spikes agree exactly.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Neuron, Synapse, scan_steps
from ranvier.nets import Chain, Layer
from tests.table import KINDS, NEURONS

STEPS, EXAMPLES, WIDTH, UNITS = 11, 3, 4, 5
ULPS = 8


class Noisy(Neuron):
    """Any neuron of one port, with noise in its current."""

    ports = ("dendrite",)
    inner: Neuron
    memoryless: bool = eqx.field(static=True)

    def __init__(self, inner):
        self.inner = inner
        self.memoryless = inner.memoryless

    @property
    def shape(self):
        return self.inner.shape

    def init(self, batch=()):
        return self.inner.init(batch)

    def step(self, state, dendrite, *, key=None):
        if key is not None:
            dendrite = dendrite + jr.normal(key, dendrite.shape)
        return self.inner.step(state, dendrite)


class NoisyDense(Synapse):
    """Dense weights, with noise in what they give."""

    weight: jax.Array

    @property
    def in_size(self):
        return self.weight.shape[1]

    @property
    def shape(self):
        return self.weight.shape[:1]

    def __call__(self, z, *, key=None):
        current = z @ self.weight.T
        return current if key is None else current + jr.normal(key, current.shape)


def inputs(seed=1):
    return jr.uniform(jr.key(seed), (STEPS, EXAMPLES, WIDTH), minval=-0.5, maxval=1.5)


def runners(cell, xs, key=None, chunks=(None, 1, 4, 10, 11, 50)):
    """All runners in one program: in chunks of any size, and one call per step."""
    found = [rv.run(cell, xs, key=key, chunk=chunk) for chunk in chunks]
    keys = None if key is None else jr.split(key, len(xs))
    found.append(scan_steps(cell, cell.init(xs.shape[1:-1]), xs, keys=keys))
    recorded = rv.record(cell, xs, key=key)
    last = jax.tree.map(lambda leaf: leaf[-1], recorded)
    found.append((last if isinstance(cell, Chain) else last[0], recorded[-1].y))
    if key is None:
        half, first = rv.run(cell, xs[:6])
        end, second = rv.run(cell, xs[6:], state=half)
        found.append((end, jnp.concatenate([first, second])))
    return found


every_way = eqx.filter_jit(runners)
# Noise is slow to compile; these programs are made with little effort.
every_noisy_way = eqx.filter_jit(lambda cell, xs, key: runners(cell, xs, key, chunks=(None, 4)))


def assert_alike(found):
    one, *others = [[np.asarray(leaf) for leaf in jax.tree.leaves(f)] for f in found]
    assert np.isfinite(one[-1]).all() and len(np.unique(one[-1])) > 1
    largest = max(np.abs(leaf).max() for leaf in one)
    for other in others:
        for a, b in zip(one, other, strict=True):
            assert a.shape == b.shape and a.dtype == b.dtype
            assert np.abs(a - b).max() <= ULPS * np.spacing(largest)


@pytest.mark.parametrize("name", NEURONS)
def test_all_runners_agree(name):
    assert_alike(every_way(rv.chain(WIDTH, NEURONS[name](UNITS), key=jr.key(0)), inputs()))


@pytest.mark.parametrize("name", KINDS)
def test_all_runners_agree_in_recurrent_layers(name):
    parts = rv.recurrent(NEURONS[name](UNITS)), rv.Readout(2)
    assert_alike(every_way(rv.chain(WIDTH, *parts, key=jr.key(0)), inputs()))


@pytest.mark.parametrize("name", ["snu", "lstm"])
def test_all_runners_agree_in_double_precision(name, float64):
    unit = rv.recurrent(NEURONS[name](UNITS))
    xs = inputs().astype(jnp.float64)
    assert_alike(every_way(rv.chain(WIDTH, unit, NEURONS[name](3), key=jr.key(0)), xs))


def noisy(name, feedback):
    """Noise in the neuron, in the synapse, and in the feedback where there is one."""
    keys = jr.split(jr.key(3), 2)
    weight, back = jr.normal(keys[0], (UNITS, WIDTH)), 0.3 * jr.normal(keys[1], (UNITS, UNITS))
    recurrent = {"dendrite": NoisyDense(back)} if feedback else {}
    return Layer(Noisy(NEURONS[name](UNITS)), {"dendrite": NoisyDense(weight)}, recurrent)


@pytest.mark.parametrize("feedback", [False, True], ids=["feed-forward", "recurrent"])
@pytest.mark.parametrize("name", ["snu", "readout"])
def test_all_runners_draw_the_same_noise(name, feedback):
    layer = noisy(name, feedback)
    chain = Chain([layer, rv.layer(UNITS, rv.SNU.soft(2), key=jr.key(4))])
    for cell in (layer, chain):
        found = every_noisy_way(cell, inputs(), jr.key(5))
        assert_alike(found)
        noiseless, other = (rv.run(cell, inputs(), key=k)[1] for k in (None, jr.key(6)))
        assert not jnp.allclose(found[0][1], noiseless)
        assert not jnp.allclose(found[0][1], other)


def test_noise_differs_between_steps_units_and_layers():
    layer = Layer(Noisy(rv.Readout(UNITS)), {"dendrite": NoisyDense(jnp.zeros((UNITS, UNITS)))})
    chain = Chain([layer, layer])
    first, second = rv.record(chain, jnp.zeros((STEPS, EXAMPLES, UNITS)), key=jr.key(0))
    drawn = np.concatenate([np.ravel(first.y), np.ravel(second.y)])
    assert len(np.unique(drawn)) == drawn.size


def test_every_part_of_a_layer_has_its_own_key():
    """Two noisy synapses and a noisy neuron do not share a draw."""
    blank = NoisyDense(jnp.zeros((UNITS, UNITS)))
    layer = Layer(Noisy(rv.Readout(UNITS)), {"dendrite": blank}, {"dendrite": blank})
    _, y = layer(layer.init(), jnp.zeros(UNITS), key=jr.key(0))
    parts = [jr.normal(key, (UNITS,)) for key in jr.split(jr.key(0), 3)]
    np.testing.assert_allclose(y, sum(parts), rtol=1e-5, atol=1e-6)


def test_ports_keep_their_keys_in_a_compiled_function():
    """A dictionary comes back sorted from a compiled function; no draw may change by it."""
    ports = rv.LSTM.ports
    synapses = {port: NoisyDense(jnp.zeros((UNITS, WIDTH))) for port in ports}
    back = {port: NoisyDense(jnp.zeros((UNITS, UNITS))) for port in ports}
    layer = Layer(rv.LSTM(UNITS), synapses, back)
    x = jnp.zeros(WIDTH)
    _, plain = layer(layer.init(), x, key=jr.key(0))
    _, compiled = eqx.filter_jit(lambda cell: cell(cell.init(), x, key=jr.key(0)))(layer)
    np.testing.assert_allclose(plain, compiled, rtol=1e-5)


def test_a_sequence_without_examples_axis():
    chain = rv.chain(WIDTH, rv.SNU(UNITS, threshold=0.3), rv.Readout(2), key=jr.key(0))
    xs = inputs()
    _, batch = rv.run(chain, xs)
    _, single = rv.run(chain, xs[:, 0])
    _, deep = rv.run(chain, xs[:, None])
    np.testing.assert_allclose(single, batch[:, 0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(deep[:, 0], batch, rtol=1e-5, atol=1e-6)
    assert rv.run(chain, xs[:, :0])[1].shape == (STEPS, 0, 2)


def test_numpy_and_spikes_of_any_type():
    chain = rv.chain(WIDTH, rv.SNU(UNITS, threshold=0.3), rv.Readout(2), key=jr.key(0))
    spikes = (np.asarray(inputs()) > 0.5).astype(np.uint8)
    expected = rv.run(chain, jnp.asarray(spikes, jnp.float32))[1]
    for given in (spikes, spikes.astype(bool), spikes.astype(np.float64)):
        assert jnp.array_equal(rv.run(chain, given)[1], expected)
        assert jnp.array_equal(rv.record(chain, given)[-1].y, expected)


@pytest.mark.parametrize("shape", [(0, 3, WIDTH), (0, WIDTH), (WIDTH,), ()])
def test_an_input_without_a_step(shape):
    chain = rv.chain(WIDTH, rv.SNU(2), key=jr.key(0))
    for runner in (rv.run, rv.record):
        with pytest.raises(ValueError, match=r"expected \[T, ..., width\] with at least one step"):
            runner(chain, jnp.ones(shape))


@pytest.mark.parametrize("chunk", [0, -3])
def test_a_chunk_without_a_step(chunk):
    chain = rv.chain(WIDTH, rv.SNU(2), key=jr.key(0))
    with pytest.raises(ValueError, match=f"chunk is {chunk}, expected at least one step"):
        rv.run(chain, inputs(), chunk=chunk)


def test_only_layers_can_be_recorded():
    inner = rv.chain(WIDTH, rv.SNU(2), key=jr.key(0))
    with pytest.raises(TypeError, match="can record layers only; got a Chain"):
        rv.record(Chain([inner]), inputs())

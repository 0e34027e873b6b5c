"""Arrays in the place of weights: ideal limits, tiles, converters, noise, refusals."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import ranvier as rv
from ranvier.core import Batch
from ranvier.hardware import audit, compensate, crossbar, devices, drift, fault, program
from ranvier.nets import Layer
from ranvier.synapses import (
    Convolution,
    Delayed,
    Dense,
    Dropout,
    Flatten,
    LearnedDelay,
    Series,
    ThresholdNormalisation,
)


def _networks():
    key = jax.random.key(0)
    dense = rv.chain(6, rv.SNU(5), rv.Readout(3), key=key)
    looped = rv.chain(6, rv.recurrent(rv.LSTM(4)), rv.Readout(3), key=key)
    picture = Layer(
        rv.SNU((4, 4, 3)),
        {"dendrite": Convolution.random((8, 8, 2), 3, 3, stride=2, padding=1, key=key)},
    )
    flat = Layer(
        rv.Readout(2), {"dendrite": Series(Flatten((4, 4, 3)), Dense.random(48, 2, key=key))}
    )
    return {
        "dense": (dense, (6,)),
        "recurrent": (looped, (6,)),
        "convolutional": (rv.nets.Chain([picture, flat]), (8, 8, 2)),
    }


def _input(shape, steps=7, batch=4):
    return jax.random.bernoulli(jax.random.key(5), 0.4, (steps, batch, *shape)).astype(jnp.float32)


@pytest.mark.parametrize("kind", ["dense", "recurrent", "convolutional"])
@pytest.mark.parametrize("cell", [crossbar.DifferentialPair(), crossbar.MultiDevice(3)])
def test_ideal_arrays_equal_the_network_bit_by_bit(kind, cell):
    model, shape = _networks()[kind]
    ideal = program(model, devices.ideal(), key=jax.random.key(1), cell=cell, tile_rows=4)
    later = drift(ideal, 1e7, key=jax.random.key(2))
    xs = _input(shape)
    wanted = rv.run(model, xs)[1]
    for other in (ideal, later):
        np.testing.assert_array_equal(rv.run(other, xs)[1], wanted)
    # A mean over rows is rounded.
    np.testing.assert_allclose(rv.run(compensate(later), xs)[1], wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["dense", "convolutional"])
def test_many_bits_come_close_to_the_network(kind):
    model, shape = _networks()[kind]
    fine = crossbar.Periphery(
        dac=crossbar.Converter(20, bound=1.0), adc=crossbar.Converter(22, bound=20.0)
    )
    xs = _input(shape)
    on_array = program(model, devices.ideal(), key=jax.random.key(1), periphery=fine, tile_rows=5)
    np.testing.assert_allclose(rv.run(on_array, xs)[1], rv.run(model, xs)[1], atol=1e-4)


def test_windows_are_laid_out_as_the_kernel_is():
    synapse = Convolution.random((7, 6, 3), 4, (3, 2), stride=2, padding=1, key=jax.random.key(0))
    z = jax.random.normal(jax.random.key(1), (2, 7, 6, 3))
    from ranvier.hardware.crossbar._matrix import matrix, unfolded

    np.testing.assert_allclose(unfolded(synapse, z) @ matrix(synapse).T, synapse(z), atol=1e-5)


def test_a_converter_rounds_with_an_even_error():
    converter = crossbar.Converter(6, bound=1.0)
    x = jax.random.uniform(jax.random.key(0), (400_000,), minval=-1, maxval=1)
    error = np.asarray(converter(x) - x)
    # Mean square of 400 000 even errors: relative standard error 0.0014; five of them.
    assert (error**2).mean() == pytest.approx(converter.step**2 / 12, rel=0.007)
    assert abs(error).max() <= converter.step / 2 * (1 + 1e-4)
    assert float(jax.grad(lambda v: converter(v))(0.3)) == 1.0
    assert float(jax.grad(lambda v: converter(v))(3.0)) == 0.0
    assert len(np.unique(np.asarray(converter(jnp.linspace(-2, 2, 10_001))))) == 2**6 - 1


def test_wires_take_more_from_longer_and_busier_lines():
    drop = crossbar.IRDrop()
    missing = {}
    for rows in (64, 256, 512):
        w = jnp.full((1, rows), 0.3)
        for activity in (0.1, 1.0):
            x = jnp.full((1, rows), activity)
            ideal = float((x @ w.T)[0, 0])
            missing[rows, activity] = float(drop(w, x)[0, 0]) / ideal
    assert all(0 <= share < 1 for share in missing.values())
    assert missing[64, 1.0] < missing[256, 1.0] < missing[512, 1.0]
    assert missing[512, 0.1] < missing[512, 1.0]
    assert float(crossbar.IRDrop(0.0)(jnp.ones((1, 9)), jnp.ones((1, 9)))[0, 0]) == 0


def test_noise_of_every_reading_has_the_width_of_its_devices():
    layer = Dense(jax.random.uniform(jax.random.key(0), (3, 40), minval=-1.0))
    fresh = program(layer, devices.pcm(), key=jax.random.key(1))
    noisy = drift(fresh, 3600.0, every_read=True)
    z = jnp.ones((40_000, 40)).at[:, ::2].set(0.0)
    drawn = np.asarray(noisy(z, key=jax.random.key(2)))
    held = noisy.stored
    widths = np.asarray(noisy.device.spread(held, 3600.0)) / 25.0
    expected = np.asarray(noisy.scale) * np.sqrt((widths[:, :, 1::2] ** 2).sum(axis=(0, 2)))
    # Spread of 40 000: relative standard error 0.0035; five of them.
    np.testing.assert_allclose(drawn.std(axis=0), expected, rtol=0.018)
    np.testing.assert_allclose(noisy(z[:2]), drift(fresh, 3600.0)(z[:2]), rtol=1e-5)


def test_weight_noise_folded_onto_the_output_has_its_distribution():
    periphery = crossbar.Periphery(weight_noise=0.05)
    w, x = jnp.full((1, 20), 0.5), jnp.linspace(0.1, 1.0, 20)
    folded = periphery.product(w, jnp.tile(x, (20_000, 1)), key=jax.random.key(0))
    drawn = w + 0.05 * jax.random.normal(jax.random.key(1), (20_000, 20))
    # Two spreads of 20 000: relative standard error 0.005 each; five of their difference.
    assert float(folded.std()) == pytest.approx(float((drawn @ x).std()), rel=0.035)


def test_equal_exponents_are_compensated_exactly():
    device = devices.Device(
        maximum_uS=25.0,
        retention=devices.PowerLawDrift(devices.Polynomial((0.06,)), devices.Polynomial((0.0,))),
        reference_seconds=20.0,
    )
    layer = Dense.random(50, 30, key=jax.random.key(0))
    later = drift(program(layer, device, key=jax.random.key(1)), 1e6)
    assert float(abs(later.synapse.weight - layer.weight).max()) > 0.05
    for per in ("tile", "column"):
        np.testing.assert_allclose(
            compensate(later, per=per).synapse.weight, layer.weight, atol=1e-6
        )


def test_errors_of_weights_over_time_are_the_published_ones():
    # 400 000 weights of N(0, 1/3) within -1 and 1: rms error over the range, and factors.
    w = jnp.clip(jax.random.normal(jax.random.key(0), (500, 800)) / 3, -1, 1)
    fresh = program(Dense(w), devices.pcm(), key=jax.random.key(1), scaling=crossbar.PerArray())

    def error(array):
        return float(jnp.sqrt(((array.synapse.weight - w) ** 2).mean()))

    assert error(fresh) == pytest.approx(0.037, abs=0.0006)
    times = {3600.0: (0.084, 0.042, 1.29), 86_400.0: (0.118, 0.047, 1.51)}
    times[365.25 * 86_400.0] = (0.171, 0.061, 2.01)
    for seconds, (without, compensated, factor) in times.items():
        later = drift(fresh, seconds, key=jax.random.key(2))
        good = compensate(later)
        assert error(later) == pytest.approx(without, abs=0.0011)
        assert error(good) == pytest.approx(compensated, abs=0.0007)
        assert float(good.gain.mean()) == pytest.approx(factor, abs=0.006)


def test_drift_counts_from_the_reference_time():
    model = program(_networks()["dense"][0], devices.pcm(), key=jax.random.key(1))
    once = drift(model, 86_400.0, key=jax.random.key(2))
    twice = drift(compensate(drift(model, 3600.0)), 86_400.0, key=jax.random.key(2))
    for one, two in zip(crossbar.arrays(once), crossbar.arrays(twice), strict=True):
        np.testing.assert_allclose(
            two.synapse.weight / two.gain[0][:, None], one.synapse.weight, rtol=1e-5, atol=1e-7
        )


def test_hundreds_of_arrays_are_drawn_at_once():
    model, shape = _networks()["dense"]
    xs = _input(shape)

    @eqx.filter_jit
    def outputs(keys):
        def one(key):
            own = jax.random.split(key)
            later = drift(program(model, devices.pcm(), key=own[0]), 86_400.0, key=own[1])
            return rv.run(compensate(later), xs)[1]

        return jax.vmap(one)(keys)

    found = outputs(jax.random.split(jax.random.key(3), 300))
    assert found.shape[0] == 300 and len(np.unique(found[:, -1].sum(axis=(1, 2)))) > 250


def test_a_network_on_arrays_is_saved_and_loaded(tmp_path):
    model, shape = _networks()["convolutional"]
    later = drift(program(model, devices.pcm(), key=jax.random.key(1)), 60.0)
    rv.save(tmp_path / "model.safetensors", later)
    other = program(model, devices.pcm(), key=jax.random.key(9))
    loaded = rv.load(tmp_path / "model.safetensors", other)
    np.testing.assert_array_equal(rv.run(loaded, _input(shape))[1], rv.run(later, _input(shape))[1])


def test_derivatives_go_through_the_array_as_read():
    model, shape = _networks()["dense"]
    on_array = program(model, devices.pcm(), key=jax.random.key(1))
    xs = _input(shape)
    batch = Batch(xs, jnp.zeros((*xs.shape[:2], 3)), jnp.ones(xs.shape[:2]))
    rule = rv.bptt(rv.learn.losses.squared_error)
    _, found = eqx.filter_jit(rule)(on_array, batch, None)
    plain = eqx.tree_at(
        lambda m: [layer.synapses["dendrite"].weight for layer in m.layers],
        model,
        [layer.synapses["dendrite"].synapse.weight for layer in on_array.layers],
    )
    _, expected = eqx.filter_jit(rule)(plain, batch, None)
    for one, two in zip(found.layers, expected.layers, strict=True):
        np.testing.assert_allclose(
            one.synapses["dendrite"].synapse.weight, two.synapses["dendrite"].weight, atol=1e-6
        )


def test_stuck_devices_stay_through_programming_and_drift():
    layer = Dense(jax.random.uniform(jax.random.key(0), (20, 30), minval=-1.0))
    fresh = program(layer, devices.pcm(), key=jax.random.key(1))
    broken = fault(fresh, devices.StuckAt(0.2, 1.0), key=jax.random.key(2))
    again = program(broken, devices.pcm(), key=jax.random.key(3))
    later = drift(again, 1e6)
    stuck = np.asarray(broken.stored.stuck)
    np.testing.assert_array_equal(again.stored.stuck, stuck)
    read = np.asarray(later.device.conductance(later.stored, 1e6))
    np.testing.assert_array_equal(read[stuck], np.float32(25.0))
    assert (read[~stuck] < 25.0).all()
    assert audit(broken)[0].stuck == pytest.approx(stuck.mean())


def test_batch_statistics_are_measured_again_after_drift():
    synapse = Series(Dense.random(50, 8, key=jax.random.key(0)), ThresholdNormalisation((8,)))
    layer = Layer(rv.LeakyIntegrator(8, decay=0.0), {"dendrite": synapse})
    xs = jax.random.uniform(jax.random.key(1), (3, 200, 50))
    start = rv.nets.calibrate(layer, xs)
    later = drift(program(start, devices.pcm(), key=jax.random.key(2)), 1e7)
    wanted = rv.run(start, xs)[1]
    gap = [
        float(jnp.sqrt(((rv.run(net, xs)[1] - wanted) ** 2).mean()))
        for net in (later, rv.nets.calibrate(later, xs))
    ]
    assert gap[1] < 0.4 * gap[0]


def test_synapses_around_arrays_stay():
    inner = Dropout(Dense.random(4, 3, key=jax.random.key(0)), 0.5)
    layer = Layer(rv.SNU(3), {"dendrite": Delayed(inner, 2)})
    on_array = program(layer, devices.pcm(), key=jax.random.key(1))
    kept = on_array.synapses["dendrite"]
    assert isinstance(kept, Delayed) and isinstance(kept.synapse, Dropout)
    assert isinstance(kept.synapse.synapse, crossbar.Crossbar)


def test_what_no_array_can_hold_is_named():
    synapse = LearnedDelay(jnp.ones((3, 4)), jnp.ones((3, 4)), longest_steps=3, width_steps=1.0)
    layer = Layer(rv.SNU(3), {"dendrite": synapse})
    net = rv.nets.Chain([layer])
    with pytest.raises(TypeError, match=r"layers\[0\].synapses.*LearnedDelay"):
        program(net, devices.pcm(), key=jax.random.key(1))


def test_refusals_name_what_is_wrong():
    net = _networks()["dense"][0]
    key = jax.random.key(1)
    with pytest.raises(ValueError, match=r'layers\[0\].synapses\["dendrite"\] lie outside'):
        program(net, devices.pcm(), key=key, scaling=crossbar.Deviations(0.5))
    with pytest.raises(ValueError, match="expected 1 to 512"):
        program(net, devices.pcm(), key=key, tile_rows=1024)
    with pytest.raises(ValueError, match="`program` it first"):
        drift(net, 10.0)
    with pytest.raises(ValueError, match="expected at least 0"):
        drift(program(net, devices.pcm(), key=key), -5.0)
    broken = eqx.tree_at(
        lambda m: m.layers[0].synapses["dendrite"].weight,
        net,
        replace_fn=lambda w: w.at[0, 0].set(jnp.nan),
    )
    with pytest.raises(ValueError, match="not finite"):
        program(broken, devices.pcm(), key=key)
    grouped = Convolution.random((4, 4, 2), 2, 3, groups=2, key=key)
    with pytest.raises(TypeError, match="2 groups"):
        program(grouped, devices.pcm(), key=key)
    with pytest.raises(ValueError, match="no standard deviation"):
        drift(
            program(net, devices.pcm(), key=key, cell=crossbar.BinaryPair()), 1.0, every_read=True
        )


def test_clipping_is_counted():
    w = jnp.concatenate([jnp.full((1, 99), 0.1), jnp.full((1, 1), 5.0)], axis=1)
    scaling = crossbar.Deviations(2.0)
    on_array = program(
        Dense(w), devices.ideal(), key=jax.random.key(0), scaling=scaling, clipped_at_most=0.02
    )
    assert float(on_array.clipped) == pytest.approx(0.01)
    assert float(on_array.synapse.weight.max()) == pytest.approx(2 * float(w.std()), rel=1e-5)


def test_binary_pairs_hold_signs():
    w = jax.random.normal(jax.random.key(0), (6, 9))
    scaling = crossbar.PerColumn()
    on_array = program(
        Dense(w), devices.pcm(), key=jax.random.key(1), cell=crossbar.BinaryPair(), scaling=scaling
    )
    np.testing.assert_array_equal(jnp.sign(on_array.synapse.weight), jnp.sign(w))
    np.testing.assert_allclose(
        abs(on_array.synapse.weight), np.repeat(on_array.scale[:, None], 9, 1), rtol=1e-6
    )

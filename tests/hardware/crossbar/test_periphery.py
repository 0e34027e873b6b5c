"""What stands around arrays: rows read one by one, noise that grows with current, corrections."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.hardware import compensate, crossbar, devices, drift, program
from ranvier.synapses import Dense


@pytest.mark.parametrize(
    "around",
    [
        crossbar.Periphery(),
        crossbar.standard(),
        crossbar.inference_8_bit(),
        crossbar.Periphery(dac=crossbar.Converter(4, bound=0.7)),
    ],
    ids=["exact", "standard", "8 bit", "narrow"],
)
def test_a_row_alone_gives_what_the_product_with_one_hot_inputs_gives(around):
    w = jax.random.uniform(jax.random.key(0), (5, 40), minval=-1.0)
    np.testing.assert_array_equal(around.alone(w), around.product(w, jnp.eye(40)))


def test_noise_of_rows_alone_has_the_width_of_its_parts():
    around = crossbar.Periphery(output_noise=0.1, weight_noise=0.05, current_noise=0.2)
    w = jnp.tile(jnp.linspace(-1.0, 1.0, 5)[:, None], (1, 6_000))
    found = np.asarray(around.alone(w, key=jax.random.key(1)))
    expected = np.sqrt(0.1**2 + 0.05**2 + 0.2**2 * np.abs(np.linspace(-1.0, 1.0, 5)))
    # Spread of 6 000: relative standard error 0.0091; five of them.
    np.testing.assert_allclose(found.std(axis=0), expected, rtol=0.046)


def test_current_noise_is_that_of_weights_whose_width_is_their_root():
    around = crossbar.Periphery(current_noise=0.05)
    w, x = jnp.linspace(-0.9, 0.9, 20)[None], jnp.linspace(0.1, 1.0, 20)
    folded = around.product(w, jnp.tile(x, (20_000, 1)), key=jax.random.key(0))
    errors = 0.05 * jnp.sqrt(jnp.abs(w)) * jax.random.normal(jax.random.key(1), (20_000, 20))
    # Two spreads of 20 000: relative standard error 0.005 each; five of their difference.
    assert float(folded.std()) == pytest.approx(float((errors @ x).std()), rel=0.035)


def test_the_noise_of_readings_does_not_look_like_growth():
    # Noise makes small readings larger, at first as later: nothing has to be corrected.
    layer = Dense.random(200, 60, key=jax.random.key(0))
    fresh = program(layer, devices.ideal(), key=jax.random.key(1), periphery=crossbar.standard())
    later = compensate(drift(fresh, 1e6), key=jax.random.key(2))
    np.testing.assert_allclose(later.gain, 1.0, atol=0.01)
    np.testing.assert_allclose(compensate(drift(fresh, 1e6)).gain, 1.0, atol=1e-6)


def test_negative_noise_is_refused():
    with pytest.raises(ValueError, match="current_noise -1"):
        crossbar.Periphery(current_noise=-1)

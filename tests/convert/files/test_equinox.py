"""Modules of Equinox: the same numbers from the same weights."""

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from ranvier.convert.files import from_equinox
from tests.convert.files.forward import run

nn = eqx.nn
K = jr.split(jr.key(0), 8)


def agree(module, shape, *, tolerance=1e-9, state=None):
    """What was read gives what the module gives; pictures there have the channels first."""
    x = jr.normal(jr.key(1), (3, *shape))
    read = from_equinox(module, shape, state=state)
    if state is None:
        y = jax.vmap(module)(x)
    else:
        alone = eqx.nn.inference_mode(module)
        y, _ = jax.vmap(alone, axis_name="batch", in_axes=(0, None), out_axes=(0, None))(x, state)
    x = jnp.moveaxis(x, 1, -1) if x.ndim > 2 else x
    np.testing.assert_allclose(run(read, x), y, rtol=tolerance, atol=tolerance)
    return read


def test_layers_in_a_row(float64):
    module = nn.Sequential(
        [
            nn.Conv2d(2, 4, (3, 2), (2, 1), padding=((1, 0), (0, 1)), key=K[0]),
            nn.Lambda(jax.nn.relu),
            nn.MaxPool2d(3, 2, 1),
            nn.Sequential(
                [
                    nn.Conv2d(
                        4, 4, 3, padding="SAME", groups=2, dilation=2, use_bias=False, key=K[1]
                    ),
                    nn.Identity(),
                    nn.Lambda(lambda x: jax.nn.relu(x)),
                ]
            ),
            nn.AvgPool2d(2, 1, padding=((1, 0), (0, 1))),
            nn.Lambda(jnp.ravel),
            nn.Linear(4 * 2 * 4, 6, key=K[2]),
            nn.Lambda(lambda x: jnp.maximum(x, 0)),
            nn.Linear(6, 2, use_bias=False, key=K[3]),
        ]
    )
    read = agree(module, (2, 7, 8))
    assert read.network.neurons == ("layers.1", "layers.3.layers.2", "layers.7")
    assert read.layers["layers.3.layers.1"] == ()


def test_along_a_line_and_over_all(float64):
    module = nn.Sequential(
        [nn.Conv1d(2, 3, 3, key=K[0]), nn.Lambda(jax.nn.relu), nn.AdaptiveMaxPool1d(1)]
    )
    x = jr.normal(jr.key(1), (3, 2, 9))
    read = from_equinox(module, (2, 9))
    np.testing.assert_allclose(
        run(read, jnp.moveaxis(x, 1, -1)), jax.vmap(module)(x)[..., 0], rtol=1e-9
    )


@pytest.mark.parametrize("depth", [0, 2])
def test_a_perceptron(depth, float64):
    read = agree(nn.MLP(4, 3, 5, depth, key=K[0]), (4,))
    assert len(read.network.neurons) == depth


def test_a_perceptron_that_ends_rectified(float64):
    agree(nn.MLP(4, 3, 5, 1, final_activation=jax.nn.relu, key=K[0]), (4,))


@pytest.mark.parametrize("mode", ["ema", "batch"])
def test_normalisation_with_its_running_statistics(mode, float64):
    def built(mode):
        parts = [nn.Conv2d(2, 3, 3, key=K[0]), nn.BatchNorm(3, "batch", mode=mode)]
        return nn.Sequential([*parts, nn.Lambda(jax.nn.relu)])

    module, state = nn.make_with_state(built)(mode)
    train = jax.vmap(module, axis_name="batch", in_axes=(0, None), out_axes=(0, None))
    for key in K[1:4]:
        _, state = train(3 * jr.normal(key, (8, 2, 5, 6)) + 1, state)
    with pytest.raises(ValueError, match=r"'layers.1' \(BatchNorm\): .* Give state="):
        from_equinox(module, (2, 5, 6))
    x = jr.normal(jr.key(1), (3, 2, 5, 6))
    alone = eqx.nn.inference_mode(module)
    y, _ = jax.vmap(alone, axis_name="batch", in_axes=(0, None), out_axes=(0, None))(x, state)
    read = from_equinox(module, (2, 5, 6), state=state)
    np.testing.assert_allclose(
        run(read, jnp.moveaxis(x, 1, -1)), jnp.moveaxis(y, 1, -1), rtol=1e-9, atol=1e-9
    )
    _, other = nn.make_with_state(nn.BatchNorm)(3, "batch", mode=mode)
    with pytest.raises(ValueError, match="the state is not that of this module"):
        from_equinox(module, (2, 5, 6), state=other)


def test_a_softmax_at_the_end_is_dropped_and_noise_vanishes():
    parts = [nn.Dropout(0.5), nn.Linear(4, 3, key=K[0]), nn.Lambda(jax.nn.softmax)]
    read = from_equinox(nn.Sequential(parts), 4)
    assert list(read.network.nodes) == ["layers.1"]
    assert any("'layers.0' (Dropout): does nothing" in note for note in read.notes)
    assert any("the softmax at the end is dropped" in note for note in read.notes)


REFUSED = {
    "another function": (lambda: [nn.Lambda(jnp.tanh)], r"'layers.0' \(Lambda\): its function is"),
    "a function that fails": (
        lambda: [nn.Lambda(lambda x: x[7, 7, 7])],
        "its function is '<lambda>'",
    ),
    "a leak": (lambda: [nn.PReLU()], r"\(PReLU\): is no layer of a ReLU network"),
    "an average per example": (lambda: [nn.LayerNorm(4)], r"\(LayerNorm\): is no layer"),
    "rounding up": (lambda: [nn.MaxPool1d(2, use_ceil=True)], "rounds up"),
    "other padding": (
        lambda: [nn.Conv1d(4, 4, 3, padding=1, padding_mode="REFLECT", key=K[0])],
        "pads with 'REFLECT'",
    ),
    "pooling to several places": (lambda: [nn.AdaptiveAvgPool1d(2)], r"pools to \(2,\) places"),
    "layers in one": (lambda: [nn.MLP(4, 4, 4, 3, scan=True, key=K[0])], "scan=False"),
    "a softmax in the middle": (
        lambda: [nn.Lambda(jax.nn.softmax), nn.Lambda(jnp.ravel)],
        "comes after the softmax",
    ),
}


@pytest.mark.parametrize(("parts", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(parts, words):
    with pytest.raises(ValueError, match=words):
        from_equinox(nn.Sequential(parts()), (4, 8))

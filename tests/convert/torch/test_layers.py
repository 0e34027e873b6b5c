"""Layers of PyTorch as synapses: the same numbers from the same weights."""

import jax.numpy as jnp
import numpy as np
import pytest

from ranvier.convert.torch import from_torch
from ranvier.synapses import Bias, Convolution, Dense, OneToOne, Series

torch = pytest.importorskip("torch", reason="the extra torch is not installed")
nn = torch.nn


def last(array):
    """`[B, channels, *space]` as `[B, *space, channels]`."""
    return np.moveaxis(array, 1, -1)


LAYERS = {
    "linear": (lambda: nn.Linear(5, 3), (5,)),
    "linear, no bias": (lambda: nn.Linear(5, 3, bias=False), (5,)),
    "conv1d": (lambda: nn.Conv1d(2, 4, 3, stride=2, padding=1), (2, 9)),
    "conv2d": (lambda: nn.Conv2d(2, 4, (3, 2), stride=(1, 2), dilation=(2, 1)), (2, 8, 7)),
    "conv2d, groups": (lambda: nn.Conv2d(4, 6, 3, groups=2, padding="same"), (4, 6, 5)),
    "conv2d, same, even": (lambda: nn.Conv2d(2, 3, 4, padding="same", dilation=1), (2, 7, 6)),
    "conv2d, valid": (lambda: nn.Conv2d(2, 3, 3, padding="valid", bias=False), (2, 6, 5)),
    "conv3d": (lambda: nn.Conv3d(1, 2, 2, stride=2), (1, 4, 5, 6)),
    "average": (lambda: nn.AvgPool2d(3, stride=2, padding=1), (2, 8, 7)),
    "average, 1d": (lambda: nn.AvgPool1d(2), (3, 8)),
    "maximum": (lambda: nn.MaxPool2d((2, 3), stride=1, padding=(1, 1)), (2, 6, 7)),
    "maximum, 3d": (lambda: nn.MaxPool3d(2), (1, 4, 4, 4)),
    "all of it": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.Identity(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(24, 5)
        ),
        (2, 8, 6),
    ),
    "one place": (lambda: nn.Sequential(nn.Conv2d(1, 3, 4), nn.Flatten(), nn.Linear(3, 2)),
                  (1, 4, 4)),
}  # fmt: skip


# PyTorch warns that an even kernel is padded unevenly, which is what is asked for here.
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("name", LAYERS)
def test_a_synapse_gives_what_the_layer_gives(name):
    made, shape = LAYERS[name]
    torch.manual_seed(0)
    module = made()
    synapse = from_torch(module, shape)
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    expected = module(torch.from_numpy(x)).detach().numpy()
    found = np.asarray(synapse(jnp.asarray(last(x) if len(shape) > 1 else x)))
    np.testing.assert_allclose(found, last(expected) if expected.ndim > 2 else expected, atol=2e-6)


def test_weights_come_from_a_state_dict_and_are_copies():
    module = nn.Linear(4, 2)
    saved = {"weight": torch.arange(8.0).reshape(2, 4), "bias": torch.tensor([1.0, 2.0])}
    module.load_state_dict(saved)
    synapse = from_torch(module, 4)
    assert isinstance(synapse, Series)
    dense, bias = synapse.synapses
    assert isinstance(dense, Dense) and isinstance(bias, Bias)
    with torch.no_grad():
        module.weight.zero_()
    np.testing.assert_array_equal(dense.weight, saved["weight"].numpy())
    assert isinstance(from_torch(nn.Conv2d(1, 1, 2, bias=False), (1, 3, 3)), Convolution)
    assert isinstance(from_torch(nn.Identity(), (2, 3, 3)), OneToOne)
    assert from_torch(nn.Sequential(), (2, 3, 3)).shape == (3, 3, 2)


REFUSED = {
    "has no counterpart": (lambda: nn.BatchNorm2d(2), (2, 4, 4), "what a BatchNorm2d does"),
    "is deep inside": (
        lambda: nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(32, 2), nn.ReLU())),
        (2, 4, 4),
        r"Sequential, layer '1' \(Sequential\), layer '1' \(ReLU\)",
    ),
    "width": (lambda: nn.Linear(5, 2), (4,), r"gets \[4\], expected one axis of 5 units"),
    "row": (lambda: nn.Linear(4, 2), (2, 4), "Put a Flatten before it"),
    "channels": (lambda: nn.Conv2d(3, 2, 1), (2, 4, 4), "expected 3 channels"),
    "axes": (lambda: nn.AvgPool2d(2), (2, 4), "2 axes of space"),
    "mirrored": (lambda: nn.Conv2d(2, 2, 3, padding=1, padding_mode="reflect"), (2, 4, 4),
                 "pads with 'reflect'"),
    "rounding": (lambda: nn.MaxPool2d(3, ceil_mode=True), (2, 4, 4), "rounds up"),
    "edges": (lambda: nn.AvgPool2d(3, padding=1, count_include_pad=False), (2, 4, 4),
              "leaves the padding out"),
    "divisor": (lambda: nn.AvgPool2d(2, divisor_override=3), (2, 4, 4), "divides by 3"),
    "places": (lambda: nn.MaxPool2d(2, return_indices=True), (2, 4, 4), "places of the maxima"),
    "dilated": (lambda: nn.MaxPool2d(2, dilation=2), (2, 4, 4), "has a dilation"),
    "part": (lambda: nn.Flatten(2), (2, 4, 4), "some of the axes only"),
    "too large": (lambda: nn.Conv2d(2, 2, 5), (2, 4, 4), "does not fit"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_change_the_meaning_is_refused(name):
    made, shape, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        from_torch(made(), shape)


def test_a_layer_that_comes_again():
    layer = nn.Linear(4, 4)
    x = torch.randn(3, 4)
    synapse = from_torch(nn.Sequential(layer, layer), 4)
    expected = layer(layer(x)).detach().numpy()
    np.testing.assert_allclose(synapse(jnp.asarray(x.numpy())), expected, rtol=1e-5, atol=1e-6)

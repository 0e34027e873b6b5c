"""Models of Keras in the layouts of its versions, against plain NumPy."""

import itertools

import numpy as np
import pytest

from ranvier.convert.files import read_network
from ranvier.synapses import Bias, Convolution, Scale, Series
from tests.convert.files.forward import (
    average,
    conv,
    draw,
    functional,
    keras_hdf5,
    keras_zip,
    layer,
    maximum,
    norm,
    relu,
    run,
    same,
    sequential,
)

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def statistics(seed: int, channels: int) -> dict[str, np.ndarray]:
    spread = np.random.default_rng(seed).integers(1, 9, channels) / 4
    return {
        "gamma": draw(seed + 1, channels),
        "beta": draw(seed + 2, channels),
        "moving_mean": draw(seed + 3, channels),
        "moving_variance": spread,
    }


# One small network in every layout

WEIGHTS = {
    "one": {"kernel": draw(0, 3, 2, 2, 4), "bias": draw(1, 4)},
    "bn": statistics(2, 4),
    "out": {"kernel": draw(6, 4 * 4 * 4, 3), "bias": draw(7, 3)},
}
X = draw(8, 5, 8, 7, 2)


def expected(x):
    x = conv(x, *WEIGHTS["one"].values(), stride=(2, 2), pads=same((8, 7), (3, 2), (2, 2)))
    x = relu(norm(x, *WEIGHTS["bn"].values(), 1e-2))
    return x.reshape(len(x), -1) @ WEIGHTS["out"]["kernel"] + WEIGHTS["out"]["bias"]


def described(*, plain_layers=False):
    layers = [
        layer(
            "Conv2D",
            "one",
            kernel_size=[3, 2],
            strides=[2, 2],
            padding="same",
            activation="linear",
            use_bias=True,
        ),
        layer("BatchNormalization", "bn", axis=[3], epsilon=1e-2, scale=True, center=True),
        layer("Activation", "act", activation="relu"),
        layer("Dropout", "drop", rate=0.5),
        layer("Flatten", "flat"),
        layer("Dense", "out", units=3, activation="softmax"),
    ]
    return layers if plain_layers else sequential(*layers, shape=(8, 7, 2))


def keras_1(path):
    layers = [
        layer(
            "Convolution2D",
            "one",
            nb_filter=4,
            nb_row=3,
            nb_col=2,
            subsample=[2, 2],
            border_mode="same",
            dim_ordering="tf",
            activation="linear",
            bias=True,
            batch_input_shape=[None, 8, 7, 2],
        ),
        layer("BatchNormalization", "bn", axis=-1, epsilon=1e-2, mode=0),
        layer("Activation", "act", activation="relu"),
        layer("Flatten", "flat"),
        layer("Dense", "out", output_dim=3, activation="softmax", bias=True),
    ]
    config = {"class_name": "Sequential", "config": layers}
    return keras_hdf5(path.with_suffix(".h5"), config, WEIGHTS, style=1)


def keras_3(path):
    arrays = {
        "conv2d": [*WEIGHTS["one"].values()],
        "batch_normalization": [*WEIGHTS["bn"].values()],
        "dense": [*WEIGHTS["out"].values()],
    }
    return keras_zip(path.with_suffix(".keras"), described(), arrays)


def early_keras_3(path):
    arrays = {
        "conv2d": [*WEIGHTS["one"].values()],
        "batch_normalization": [*WEIGHTS["bn"].values()],
        "dense": [*WEIGHTS["out"].values()],
    }
    return keras_zip(
        path.with_suffix(".keras"),
        described(),
        arrays,
        container="_layer_checkpoint_dependencies",
        backslashes=True,
    )


def without_input_layer(path):
    config = described()
    config["config"]["layers"] = config["config"]["layers"][1:]
    config["config"]["build_input_shape"] = [None, 8, 7, 2]
    return keras_hdf5(path.with_suffix(".h5"), config, WEIGHTS, style=3)


def joined_in_any_way(style):
    def written(path):
        layers = [
            layer("InputLayer", "in", batch_shape=[None, 8, 7, 2]),
            *described(plain_layers=True),
        ]
        names = [one["config"]["name"] for one in layers]
        calls = {two: [[(one, 0)]] for one, two in itertools.pairwise(names)}
        config = functional(layers, calls, "in", "out", style=style)
        return keras_hdf5(path.with_suffix(".h5"), config, WEIGHTS, style=style)

    return written


LAYOUTS = {
    "Keras 1, HDF5": keras_1,
    "Keras 2, HDF5": lambda path: keras_hdf5(path.with_suffix(".h5"), described(), WEIGHTS),
    "Keras 2, functional": joined_in_any_way(2),
    "Keras 3, HDF5, no input layer": without_input_layer,
    "Keras 3, functional": joined_in_any_way(3),
    "Keras 3, zip": keras_3,
    "Keras 2.12, zip": early_keras_3,
}


@pytest.mark.parametrize("written", LAYOUTS.values(), ids=LAYOUTS)
def test_the_same_network_in_every_layout(written, tmp_path, float64):
    read = read_network(written(tmp_path / "net"))
    assert read.network.in_shape == read.file_shape == (8, 7, 2)
    assert {"one", "bn", "act", "out"} <= read.network.nodes.keys()
    np.testing.assert_allclose(run(read, X), expected(X), **CLOSE)


def test_what_was_dropped_is_told_and_normalisation_is_kept(tmp_path):
    read = read_network(keras_hdf5(tmp_path / "net.h5", described(), WEIGHTS))
    assert read.source == "Keras HDF5"
    assert read.layers["drop"] == () and read.layers["one"] == ("one",)
    assert any("'drop' (Dropout): does nothing" in note for note in read.notes)
    assert any("'out' (Dense): the softmax at the end is dropped" in note for note in read.notes)
    kept = read.network.nodes["bn"]
    assert isinstance(kept, Series) and [type(s) for s in kept.synapses] == [Scale, Bias]


# All layers


def test_layers_in_the_plane(tmp_path, float64):
    """Groups, dilation, channels apart, both paddings, poolings, scaling of the input."""
    weights = {
        "c": {"kernel": draw(0, 2, 3, 1, 6)},
        "d": {"depthwise_kernel": draw(1, 3, 3, 6, 2), "bias": draw(2, 12)},
        "s": {
            "depthwise_kernel": draw(3, 3, 2, 12, 1),
            "pointwise_kernel": draw(4, 1, 1, 12, 4),
            "bias": draw(5, 4),
        },
        "b": {k: v for k, v in statistics(6, 4).items() if k.startswith("moving")},
        "o": {"kernel": draw(9, 4, 3), "bias": draw(10, 3)},
    }
    config = sequential(
        layer("Rescaling", "r", scale=1 / 127.5, offset=-1),
        layer("Conv2D", "c", padding="same", dilation_rate=[2, 1], groups=2, use_bias=False),
        layer("ReLU", "r1", max_value=None, negative_slope=0.0, threshold=0.0),
        layer("MaxPooling2D", "m", pool_size=[3, 3], strides=[2, 2], padding="same"),
        layer("DepthwiseConv2D", "d", strides=[1, 1], padding="same", activation="relu"),
        layer("SeparableConv2D", "s", padding="valid", activation="linear"),
        layer("BatchNormalization", "b", axis=-1, scale=False, center=False),
        layer("AveragePooling2D", "a", pool_size=[2, 2], strides=[1, 1], padding="same"),
        layer("GlobalAveragePooling2D", "g"),
        layer("Dense", "o", activation={"class_name": "function", "config": "linear"}),
        shape=(11, 10, 2),
    )
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    x = draw(11, 3, 11, 10, 2) * 100
    y = x / 127.5 - 1
    pads = same((11, 10), (2, 3), (1, 1), (2, 1))
    y = relu(conv(y, weights["c"]["kernel"], stride=(1, 1), pads=pads, dilation=(2, 1), groups=2))
    y = maximum(y, (3, 3), (2, 2), same((11, 10), (3, 3), (2, 2)))
    apart = weights["d"]["depthwise_kernel"].reshape(3, 3, 1, 12)
    y = relu(conv(y, apart, weights["d"]["bias"], stride=(1, 1), pads=[(1, 1), (1, 1)], groups=6))
    apart = weights["s"]["depthwise_kernel"].reshape(3, 2, 1, 12)
    y = conv(y, apart, stride=(1, 1), pads=[(0, 0), (0, 0)], groups=12)
    y = y @ weights["s"]["pointwise_kernel"][0, 0] + weights["s"]["bias"]
    y = norm(y, None, None, *weights["b"].values(), 1e-3)
    y = average(y, (2, 2), (1, 1), same(y.shape[1:3], (2, 2), (1, 1)))
    y = y.mean((1, 2)) @ weights["o"]["kernel"] + weights["o"]["bias"]
    np.testing.assert_allclose(run(read, x), y, rtol=1e-7, atol=1e-9)
    assert any("leave the padding out by a factor" in note for note in read.notes)


def test_layers_along_a_line(tmp_path, float64):
    weights = {
        "c": {"kernel": draw(0, 3, 2, 4), "bias": draw(1, 4)},
        "t": {"kernel": draw(2, 3, 4, 4)},
        "o": {"kernel": draw(3, 4, 3), "bias": draw(4, 3)},
    }
    config = sequential(
        layer("ZeroPadding1D", "z", padding=[1, 2]),
        layer("Conv1D", "c", kernel_size=[3], strides=[2], padding="valid", activation="relu"),
        layer("Conv1D", "t", padding="causal", dilation_rate=[2], use_bias=False),
        layer("MaxPooling1D", "m", pool_size=[2], strides=None),
        layer("AveragePooling1D", "a", pool_size=[3], strides=[2], padding="same"),
        layer("GlobalMaxPooling1D", "g"),
        layer("Dense", "o", activation="linear"),
        shape=(15, 2),
    )
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    x = draw(5, 4, 15, 2)
    y = relu(conv(x, *weights["c"].values(), stride=(2,), pads=[(1, 2)]))
    y = conv(y, weights["t"]["kernel"], stride=(1,), pads=[(4, 0)], dilation=(2,))
    y = maximum(y, (2,), (2,), [(0, 0)])
    y = average(y, (3,), (2,), same(y.shape[1:2], (3,), (2,)))
    y = y.max(1) @ weights["o"]["kernel"] + weights["o"]["bias"]
    np.testing.assert_allclose(run(read, x), y, **CLOSE)
    # The convolution takes the zeros over, so that no node lays them.
    assert read.network.nodes["c"].synapses[0].windows.padding == ((1, 2),)


def test_layers_in_space(tmp_path, float64):
    weights = {
        "c": {"kernel": draw(0, 2, 3, 2, 1, 3), "bias": draw(1, 3)},
        "o": {"kernel": draw(2, 3, 2), "bias": draw(3, 2)},
    }
    config = sequential(
        layer("ZeroPadding3D", "z", padding=[[1, 0], [0, 1], [1, 1]]),
        layer("Conv3D", "c", strides=[1, 2, 1], padding="valid", activation="relu"),
        layer("MaxPooling3D", "m", pool_size=[2, 2, 2], strides=[1, 1, 2], padding="same"),
        layer("AveragePooling3D", "a", pool_size=[2, 1, 2], strides=[2, 1, 2]),
        layer("GlobalAveragePooling3D", "g", keepdims=True),
        layer("Flatten", "f"),
        layer("Dense", "o"),
        shape=(4, 6, 5, 1),
    )
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    x = draw(4, 2, 4, 6, 5, 1)
    y = relu(conv(x, *weights["c"].values(), stride=(1, 2, 1), pads=[(1, 0), (0, 1), (1, 1)]))
    y = maximum(y, (2, 2, 2), (1, 1, 2), same(y.shape[1:4], (2, 2, 2), (1, 1, 2)))
    y = average(y, (2, 1, 2), (2, 1, 2), [(0, 0)] * 3)
    y = y.mean((1, 2, 3)) @ weights["o"]["kernel"] + weights["o"]["bias"]
    np.testing.assert_allclose(run(read, x), y, **CLOSE)


@pytest.mark.parametrize("rectified", [True, False])
def test_zeros_before_a_maximum_may_be_the_maximum(rectified, tmp_path, float64):
    """Behind ReLU padding is never less than zero; otherwise the zeros have to be there."""
    weights = {"c": {"kernel": draw(0, 1, 1, 2, 2), "bias": np.float32([-9.0, -9.0])}}
    between = [layer("ReLU", "r")] if rectified else []
    config = sequential(
        layer("Conv2D", "c", kernel_size=[1, 1]),
        *between,
        layer("ZeroPadding2D", "z", padding=1),
        layer("MaxPooling2D", "m", pool_size=3, strides=2),
        shape=(5, 5, 2),
    )
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    x = draw(1, 2, 5, 5, 2)
    y = conv(x, *weights["c"].values(), stride=(1, 1), pads=[(0, 0), (0, 0)])
    y = relu(y) if rectified else y
    y = maximum(np.pad(y, [(0, 0), (1, 1), (1, 1), (0, 0)]), (3, 3), (2, 2), [(0, 0), (0, 0)])
    np.testing.assert_allclose(run(read, x), y, **CLOSE)
    assert ("m_padding" in read.network.nodes) is not rectified


def test_padding_that_no_window_could_see_past_becomes_a_node(tmp_path, float64):
    weights = {"c": {"kernel": draw(0, 1, 1, 2, 3), "bias": draw(1, 3)}}
    config = sequential(
        layer("ZeroPadding2D", "z", padding=[[2, 0], [1, 3]]),
        layer("Conv2D", "c"),
        shape=(3, 4, 2),
    )
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    x = draw(2, 2, 3, 4, 2)
    y = conv(x, *weights["c"].values(), stride=(1, 1), pads=[(2, 0), (1, 3)])
    np.testing.assert_allclose(run(read, x), y, **CLOSE)
    assert isinstance(read.network.nodes["c_padding"], Convolution)


# Ways that part, layers that are called twice, models in models


@pytest.mark.parametrize("style", [2, 3])
def test_ways_that_part_and_meet(style, tmp_path, float64):
    weights = {
        "c": {"kernel": draw(0, 3, 3, 2, 4), "bias": draw(1, 4)},
        "d": {"kernel": draw(2, 3, 3, 4, 4), "bias": draw(3, 4)},
        "e": {"kernel": draw(4, 1, 1, 8, 4), "bias": draw(5, 4)},
    }
    three = {"kernel_size": [3, 3], "padding": "same"}
    layers = [
        layer("InputLayer", "in", batch_shape=[None, 5, 4, 2]),
        layer("Conv2D", "c", activation="relu", **three),
        layer("Conv2D", "d", **three),
        layer("Add", "sum"),
        layer("Concatenate", "both", axis=-1),
        layer("Conv2D", "e", kernel_size=[1, 1]),
        layer("Subtract", "less"),
        layer("Average", "mean"),
        layer("GlobalAveragePooling2D", "g"),
    ]
    calls = {
        "c": [[("in", 0)]],
        "d": [[("c", 0)]],
        "sum": [[("d", 0), ("c", 0), ("d", 0)]],
        "both": [[("sum", 0), ("c", 0)]],
        "e": [[("both", 0)]],
        "less": [[("e", 0), ("sum", 0)]],
        "mean": [[("less", 0), ("c", 0)]],
        "g": [[("mean", 0)]],
    }
    config = functional(layers, calls, "in", "g", style=style)
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights, style=style))
    x = draw(6, 3, 5, 4, 2)
    pads = [(1, 1), (1, 1)]
    c = relu(conv(x, *weights["c"].values(), stride=(1, 1), pads=pads))
    d = conv(c, *weights["d"].values(), stride=(1, 1), pads=pads)
    total = 2 * d + c
    e = conv(
        np.concatenate([total, c], -1),
        *weights["e"].values(),
        stride=(1, 1),
        pads=[(0, 0), (0, 0)],
    )
    y = ((e - total + c) / 2).mean((1, 2))
    np.testing.assert_allclose(run(read, x), y, rtol=1e-7, atol=1e-9)
    assert read.network.neurons == ("c_relu",)


def test_a_sum_becomes_edges_that_meet(tmp_path, float64):
    weights = {"d": {"kernel": draw(0, 3, 3), "bias": draw(1, 3)}}
    layers = [
        layer("InputLayer", "in", batch_shape=[None, 3]),
        layer("Dense", "d"),
        layer("Add", "sum"),
        layer("ReLU", "r"),
    ]
    calls = {"d": [[("in", 0)]], "sum": [[("d", 0), ("in", 0)]], "r": [[("sum", 0)]]}
    path = keras_hdf5(tmp_path / "net.h5", functional(layers, calls, "in", "r"), weights)
    read = read_network(path)
    assert read.layers["sum"] == ()
    assert {one for one, two in read.network.edges if two == "r"} == {"d", "input"}
    x = draw(2, 4, 3)
    y = relu(x @ weights["d"]["kernel"] + weights["d"]["bias"] + x)
    np.testing.assert_allclose(run(read, x), y, **CLOSE)


def inner(*, kind="Sequential"):
    """A model within, whose layer is called as one without."""
    own = [layer("Dense", "d", activation="relu"), layer("Dense", "e")]
    if kind == "Sequential":
        config = sequential(*own, shape=(3,))["config"]
    else:
        layers = [layer("InputLayer", "i", batch_shape=[None, 3]), *own]
        calls = {"d": [[("i", 0)]], "e": [[("d", 0)]]}
        config = functional(layers, calls, "i", "e")["config"]
    return {"class_name": kind, "config": {**config, "name": "within"}}


@pytest.mark.parametrize("kind", ["Sequential", "Functional"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_model_within_is_called_twice(kind, zipped, tmp_path, float64):
    arrays = {
        "d": [draw(0, 3, 3), draw(1, 3)],
        "within": [draw(2, 3, 4), draw(3, 4), draw(4, 4, 3), draw(5, 3)],
    }
    layers = [
        layer("InputLayer", "in", batch_shape=[None, 3]),
        layer("Dense", "d", activation="relu"),
        inner(kind=kind),
        layer("Add", "sum"),
    ]
    calls = {
        "d": [[("in", 0)]],
        "within": [[("d", 0)], [("within", 0)]],
        "sum": [[("within", 1), ("d", 0)]],
    }
    config = functional(layers, calls, "in", "sum")
    if zipped:
        group = kind.lower()
        path = keras_zip(
            tmp_path / "net.keras",
            config,
            {
                "dense": arrays["d"],
                f"{group}/dense": arrays["within"][:2],
                f"{group}/dense_1": arrays["within"][2:],
            },
        )
    else:
        names = ["d/kernel", "d/bias", "e/kernel", "e/bias"]
        weights = {
            "d": dict(zip(["kernel", "bias"], arrays["d"], strict=True)),
            "within": dict(zip(names, arrays["within"], strict=True)),
        }
        path = keras_hdf5(tmp_path / "net.h5", config, weights)
    read = read_network(path)

    def within(h):
        one, two, three, four = arrays["within"]
        return relu(h @ one + two) @ three + four

    x = draw(6, 4, 3)
    h = relu(x @ arrays["d"][0] + arrays["d"][1])
    np.testing.assert_allclose(run(read, x), within(within(h)) + h, **CLOSE)
    assert "within/d" in read.layers and len(read.layers["within/d"]) == 4
    assert any("is called several times" in note for note in read.notes)


def test_dense_weights_at_every_place(tmp_path, float64):
    weights = {"d": {"kernel": draw(0, 3, 2), "bias": draw(1, 2)}}
    config = sequential(layer("Dense", "d"), shape=(4, 5, 3))
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    x = draw(2, 2, 4, 5, 3)
    y = x @ weights["d"]["kernel"] + weights["d"]["bias"]
    np.testing.assert_allclose(run(read, x), y, **CLOSE)


@pytest.mark.parametrize("target", [[28, 28, 1], [28, -1, 1]])
def test_a_reshaping_at_the_input_is_left_to_the_user(target, tmp_path, float64):
    weights = {"c": {"kernel": draw(0, 5, 5, 1, 2), "bias": draw(1, 2)}}
    config = sequential(
        layer("Reshape", "shape", target_shape=target),
        layer("Conv2D", "c", strides=[5, 5]),
        layer("Reshape", "row", target_shape=[-1]),
        shape=(784,),
    )
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    assert read.network.in_shape == (28, 28, 1) and read.file_shape == (784,)
    assert any("to be given in the shape (28, 28, 1)" in note for note in read.notes)
    x = draw(2, 2, 28, 28, 1)
    y = conv(x, *weights["c"].values(), stride=(5, 5), pads=[(0, 0), (0, 0)])
    np.testing.assert_allclose(run(read, x), y.reshape(2, -1), **CLOSE)


def test_normalisation_of_the_input(tmp_path, float64):
    weights = {"n": {"mean": np.float32([1, 2, 3]), "variance": np.float32([4, 0, 9])}}
    config = sequential(layer("Normalization", "n", axis=[-1]), shape=(3,))
    read = read_network(keras_hdf5(tmp_path / "net.h5", config, weights))
    x = draw(0, 4, 3)
    y = (x - weights["n"]["mean"]) / np.maximum([2.0, 0.0, 3.0], 1e-7)
    np.testing.assert_allclose(run(read, x), y, rtol=1e-6)


def test_an_input_of_open_size_asks_for_it(tmp_path, float64):
    weights = {"c": {"kernel": draw(0, 3, 3, 1, 2), "bias": draw(1, 2)}}
    config = sequential(layer("Conv2D", "c"), shape=(None, None, 1))
    path = keras_hdf5(tmp_path / "net.h5", config, weights)
    with pytest.raises(ValueError, match=r"input is \[None, None, 1\], .* Give in_shape"):
        read_network(path)
    with pytest.raises(ValueError, match=r"in_shape is \(6, 5, 3\), but the file has"):
        read_network(path, in_shape=(6, 5, 3))
    assert read_network(path, in_shape=(6, 5, 1)).network.nodes["c"].shape == (4, 3, 2)

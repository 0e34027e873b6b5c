"""What no ReLU network has is refused by file, layer and reason."""

import json

import h5py
import numpy as np
import pytest

from ranvier.convert.files import read_network
from tests.convert.files.forward import draw, functional, keras_hdf5, keras_zip, layer, sequential

DENSE = {"kernel": draw(0, 3, 3), "bias": draw(1, 3)}
KERNEL = {"kernel": draw(2, 3, 3, 2, 4), "bias": draw(3, 4)}
ROW, PICTURE = (3,), (6, 6, 2)

LAYERS = {
    "a bounded unit": (layer("ReLU", "r", max_value=6.0), r"'r' \(ReLU\): its max_value is 6.0"),
    "a bounded unit at zero": (layer("ReLU", "r", max_value=0.0), "its max_value is 0.0"),
    "a leak": (layer("ReLU", "r", negative_slope=0.1), "its negative_slope is 0.1; only the plain"),
    "a late start": (layer("ReLU", "r", threshold=1.0), "its threshold is 1.0"),
    "another activation": (
        layer("Dense", "d", activation="tanh"),
        r"'d' \(Dense\): its activation is 'tanh', expected ReLU",
    ),
    "an activation of a class": (
        layer("Activation", "a", activation={"class_name": "LeakyReLU", "config": {"alpha": 0.1}}),
        r"'a' \(Activation\): its activation is 'LeakyReLU'",
    ),
    "a bounded unit as an activation": (
        layer(
            "Activation",
            "a",
            activation={"class_name": "ReLU", "config": {"max_value": 6.0}},
        ),
        "its max_value is 6.0",
    ),
    "a sigmoid in the middle": (
        [layer("Dense", "d", activation="sigmoid"), layer("Activation", "a", activation="relu")],
        r"'a' \(Activation\): comes after the sigmoid of layer 'd' \(Dense\)",
    ),
    "a softmax in the middle": (
        [layer("Softmax", "s"), layer("Dense", "d")],
        r"'d' \(Dense\): comes after the softmax of layer 's'",
    ),
    "channels first": (
        layer("Conv2D", "c", data_format="channels_first"),
        "data_format is 'channels_first', expected 'channels_last'. Export the model to ONNX",
    ),
    "another axis": (
        layer("BatchNormalization", "b", axis=[1]),
        "normalises axis 1, expected the last",
    ),
    "another padding": (
        layer("Conv2D", "c", padding="reflect"),
        "padding is 'reflect'. Known: causal",
    ),
    "no weights": (layer("Dense", "nowhere"), r"'nowhere' \(Dense\): its 'kernel' is missing"),
    "another shape": (
        [layer("Conv2D", "c"), layer("Conv2D", "c2")],
        r"'c2' \(Conv2D\): has kernels of shape .* gets \(4, 4, 4\)",
    ),
    "another reshaping": (
        [layer("Conv2D", "c"), layer("Reshape", "t", target_shape=[8, 8])],
        r"'t' \(Reshape\): brings activity of shape \(4, 4, 4\) into the shape \(8, 8\)",
    ),
    "numbers that are none": (
        layer("Rescaling", "r", scale="large"),
        "scale = 'large', expected numbers",
    ),
    "a stride that is none": (layer("Conv2D", "c", strides=[1, 2, 3]), r"strides = \[1, 2, 3\]"),
    "a cropping": (
        layer("ZeroPadding2D", "z", padding=[[-1, 0], [0, 0]]),
        "cuts places off",
    ),
    "too much padding": (
        layer("ZeroPadding2D", "z", padding=10**6),
        r"activity of shape \(2000006, 2000006, 2\), expected .* at most",
    ),
}


@pytest.mark.parametrize(("layers", "words"), LAYERS.values(), ids=LAYERS)
def test_layers_set_in_a_way_that_none_has(layers, words, tmp_path):
    layers = layers if isinstance(layers, list) else [layers]
    shape = ROW if layers[0]["class_name"] in ("Dense", "Softmax") else PICTURE
    weights = {"d": DENSE, "c": KERNEL, "c2": KERNEL}
    path = keras_hdf5(tmp_path / "net.h5", sequential(*layers, shape=shape), weights)
    with pytest.raises(ValueError, match=f"net.h5: layer {words}" if words[0] == "'" else words):
        read_network(path)


def test_all_unknown_layers_are_named_at_once(tmp_path):
    inside = sequential(layer("Dens", "i"))["config"]
    config = sequential(
        layer("LSTM", "l"),
        layer("LeakyReLU", "k"),
        layer("MultiHeadAttention", "m"),
        {"class_name": "Sequential", "config": {**inside, "name": "within"}},
        shape=ROW,
    )
    path = keras_hdf5(tmp_path / "net.h5", config, {})
    words = (
        r"net.h5: no ReLU network has the layers 'l' \(LSTM.*\), 'k' \(LeakyReLU.*\), "
        r"'m' \(MultiHeadAttention.*\), 'i' \(Dens, did you mean 'Dense'\?\). Expected Activation"
    )
    with pytest.raises(ValueError, match=words):
        read_network(path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite(value, tmp_path):
    kernel = draw(0, 3, 3)
    kernel[1, 2] = value
    weights = {"d": {"kernel": kernel, "bias": draw(1, 3)}}
    path = keras_hdf5(tmp_path / "net.h5", sequential(layer("Dense", "d"), shape=ROW), weights)
    words = r"layer 'd' \(Dense\): 1 of 9 entries of the kernel are no finite numbers. The network"
    with pytest.raises(ValueError, match=words):
        read_network(path)


def test_several_ends(tmp_path):
    layers = [layer("InputLayer", "in", batch_shape=[None, 3]), layer("Dense", "d")]
    config = functional(layers, {"d": [[("in", 0)]]}, "in", "d")
    config["config"]["output_layers"].append(["in", 0, 0])
    path = keras_hdf5(tmp_path / "net.h5", config, {"d": DENSE})
    with pytest.raises(ValueError, match=r"has the outputs \['d', 'in'\], expected one"):
        read_network(path)
    config["config"]["input_layers"] *= 2
    with pytest.raises(ValueError, match=r"has the inputs \['in', 'in'\], expected one"):
        read_network(keras_hdf5(path, config, {"d": DENSE}))


CALLS = {
    "a layer that is not there": ({"d": [[("inn", 0)]]}, r"no layer 'inn'. Did you mean 'in'\?"),
    "a loop": ({"d": [[("e", 0)]], "e": [[("d", 0)]]}, "leads back to itself"),
    "a call that is not there": ({"d": [[("e", 3)]], "e": [[("in", 0)]]}, "no call 3 with inputs"),
    "no input": ({}, r"layer 'd' \(Dense\) has no call 0"),
    "two inputs": ({"d": [[("in", 0), ("in", 0)]]}, r"'d' \(Dense\): takes 2 inputs, expected one"),
}


@pytest.mark.parametrize(("calls", "words"), CALLS.values(), ids=CALLS)
def test_calls_that_do_not_lead_anywhere(calls, words, tmp_path):
    layers = [
        layer("InputLayer", "in", batch_shape=[None, 3]),
        layer("Dense", "d"),
        layer("Dense", "e"),
    ]
    config = functional(layers, calls, "in", "d")
    path = keras_hdf5(tmp_path / "net.h5", config, {"d": DENSE, "e": DENSE})
    with pytest.raises(ValueError, match=words):
        read_network(path)


ARGUMENTS = {
    "a constant": ({"args": [3.0], "kwargs": {}}, "is called with '3.0', expected the output"),
    "chance": ({"args": [], "kwargs": {"training": True}}, "is called as in training"),
    "an option": ({"args": [], "kwargs": {"axis": 2}}, "is called with axis = '2'"),
}


@pytest.mark.parametrize(("call", "words"), ARGUMENTS.values(), ids=ARGUMENTS)
def test_calls_with_more_than_activity(call, words, tmp_path):
    layers = [layer("InputLayer", "in", batch_shape=[None, 3]), layer("Dense", "d")]
    config = functional(layers, {"d": [[("in", 0)]]}, "in", "d", style=3)
    config["config"]["layers"][1]["inbound_nodes"] = [call]
    with pytest.raises(ValueError, match=f"net.h5: layer 'd' {words}"):
        read_network(keras_hdf5(tmp_path / "net.h5", config, {"d": DENSE}))


def test_models_of_a_class_of_ones_own(tmp_path):
    path = keras_hdf5(tmp_path / "net.h5", {"class_name": "Own", "config": {}}, {})
    with pytest.raises(ValueError, match="the model is a Own, expected Sequential or Functional"):
        read_network(path)


def test_models_of_theano_have_turned_kernels(tmp_path):
    path = keras_hdf5(tmp_path / "net.h5", sequential(layer("Dense", "d"), shape=ROW), {"d": DENSE})
    with h5py.File(path, "a") as file:
        file.attrs["backend"] = "theano"
    with pytest.raises(ValueError, match="Keras on Theano, whose kernels are turned around"):
        read_network(path)


def test_weights_alone_are_no_model(tmp_path):
    path = tmp_path / "net.h5"
    keras_hdf5(path, sequential(layer("Dense", "d"), shape=ROW), {"d": DENSE})
    with h5py.File(path, "a") as file:
        del file.attrs["model_config"]
    with pytest.raises(ValueError, match="is no Keras model, or a damaged one"):
        read_network(path)


def test_sizes_that_are_not_meant(tmp_path):
    path = keras_hdf5(tmp_path / "net.h5", sequential(layer("Dense", "d"), shape=ROW), {"d": DENSE})
    with pytest.raises(ValueError, match="more numbers than may be read"):
        read_network(path, largest_bytes=20)
    groups = {"dense": list(DENSE.values())}
    path = keras_zip(tmp_path / "net.keras", sequential(layer("Dense", "d"), shape=ROW), groups)
    with pytest.raises(ValueError, match=r"model.weights.h5 holds .* bytes, more than may be read"):
        read_network(path, largest_bytes=2000)


def test_models_in_models_without_end(tmp_path):
    config = sequential(layer("Dense", "d"), shape=ROW)
    for _ in range(40):
        inside = {**config["config"], "name": "within"}
        config = sequential({"class_name": "Sequential", "config": inside}, shape=ROW)
    path = keras_hdf5(tmp_path / "net.h5", json.loads(json.dumps(config)), {})
    with pytest.raises(ValueError, match="models within models beyond 32"):
        read_network(path)

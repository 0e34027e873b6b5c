"""ONNX graphs against the reference evaluator of the package onnx, and against plain NumPy."""

import sys

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper, save
from onnx.reference import ReferenceEvaluator

from ranvier.convert.files import read_network
from ranvier.synapses import AveragePooling, Bias, Scale, Series
from tests.convert.files.forward import average, conv, draw, maximum, norm, relu, run

CLOSE = {"rtol": 2e-5, "atol": 2e-5}


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs.split(), [output], name=f"node {output}", **attributes)


def model(nodes, shape, weights, *, output="y", opset=22, batch=None, more_outputs=()):
    """A model with one input `x` and constant weights by name."""
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *shape])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
            for name in (output, *more_outputs)
        ],
        [
            numpy_helper.from_array(
                np.asarray(v, np.int64 if np.asarray(v).dtype.kind == "i" else np.float32), name
            )
            for name, v in weights.items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def read_from(made, tmp_path, **given):
    save(made, tmp_path / "net.onnx")
    return read_network(tmp_path / "net.onnx", **given)


def last(x):
    """Channels last."""
    return np.moveaxis(x, 1, -1) if x.ndim > 2 else x


def agree(made, x, tmp_path):
    """What was read gives what the evaluator of the package gives."""
    read = read_from(made, tmp_path)
    (y,) = ReferenceEvaluator(made).run(None, {"x": np.float32(x)})
    x = last(x) if read.network.in_shape != x.shape[1:] else x
    np.testing.assert_allclose(run(read, np.float32(x)), last(y), **CLOSE)
    return read


# Convolutional networks


def test_channels_come_last_and_flattened_rows_keep_their_weights(tmp_path, float64):
    """All parts of a small network, against NumPy in double precision."""
    w = {
        "k": draw(0, 4, 1, 3, 2),
        "b": draw(1, 4),
        "g": draw(2, 4),
        "be": draw(3, 4),
        "mu": draw(4, 4),
        "var": np.array([0.5, 1.0, 2.0, 0.25]),
        "d": draw(5, 4 * 3 * 2, 5),
        "db": draw(6, 5),
        "e": draw(7, 3, 5),
        "eb": draw(8, 3),
    }
    nodes = [
        node("Conv", "x k b", "c", strides=[2, 1], pads=[1, 0, 0, 2], dilations=[1, 2], group=2),
        node("BatchNormalization", "c g be mu var", "n", epsilon=1e-3),
        node("Relu", "n", "r"),
        node("MaxPool", "r", "p", kernel_shape=[2, 3], strides=[1, 2], pads=[0, 1, 1, 0]),
        node("Flatten", "p", "f"),
        node("MatMul", "f d", "m"),
        node("Add", "m db", "a"),
        node("Relu", "a", "s"),
        node("Dropout", "s", "t"),
        node("Gemm", "t e eb", "o", alpha=2.0, beta=0.5, transB=1),
        node("Softmax", "o", "y", axis=1),
    ]
    read = read_from(model(nodes, (2, 7, 5), w), tmp_path)
    assert read.source == "ONNX" and read.file_shape == (2, 7, 5)
    assert read.network.in_shape == (7, 5, 2)
    x = draw(9, 3, 7, 5, 2)
    y = conv(
        x,
        np.moveaxis(w["k"], (0, 1), (-1, -2)),
        w["b"],
        stride=(2, 1),
        pads=[(1, 0), (0, 2)],
        dilation=(1, 2),
        groups=2,
    )
    y = relu(norm(y, w["g"], w["be"], w["mu"], w["var"], np.float32(1e-3)))
    y = maximum(y, (2, 3), (1, 2), [(0, 1), (1, 0)])
    row = np.moveaxis(y, -1, 1).reshape(3, -1)
    y = relu(row @ w["d"] + w["db"]) @ (2 * w["e"].T) + 0.5 * w["eb"]
    np.testing.assert_allclose(run(read, x), y, rtol=1e-9)
    assert [type(s) for s in read.network.nodes["node n"].synapses] == [Scale, Bias]
    assert any("'node y' (Softmax): the softmax at the end is dropped" in n for n in read.notes)


@pytest.mark.parametrize(
    ("pooled", "expected"),
    [
        ({"pads": [1, 1]}, lambda x: average(x, (3,), (2,), [(1, 1)])),
        (
            {"pads": [1, 1], "count_include_pad": 1},
            lambda x: average(x, (3,), (2,), [(1, 1)], counts_padding=True),
        ),
        # The last window begins within and reaches out by one; what lies outside never counts.
        ({"ceil_mode": 1}, lambda x: average(x, (3,), (2,), [(0, 1)])),
        (
            {"ceil_mode": 1, "pads": [2, 0], "count_include_pad": 1},
            lambda x: average(np.pad(x, [(0, 0), (2, 0), (0, 0)]), (3,), (2,), [(0, 1)]),
        ),
        ({"auto_pad": "SAME_UPPER"}, lambda x: average(x, (3,), (2,), [(0, 1)])),
        ({"auto_pad": "SAME_LOWER"}, lambda x: average(x, (3,), (2,), [(1, 0)])),
    ],
)
def test_what_counts_in_an_average(pooled, expected, tmp_path, float64):
    made = model(
        [node("AveragePool", "x", "y", kernel_shape=[3], strides=[2], **pooled)], (2, 8), {}
    )
    x = draw(0, 3, 8, 2)
    np.testing.assert_allclose(run(read_from(made, tmp_path), x), expected(x), rtol=1e-9)


@pytest.mark.parametrize(
    ("pooled", "pads"),
    [
        ({"ceil_mode": 1}, [(0, 1)]),
        ({"auto_pad": "SAME_LOWER"}, [(1, 0)]),
        ({"auto_pad": "VALID"}, [(0, 0)]),
        ({"pads": [2, 1]}, [(2, 1)]),
    ],
)
def test_where_the_windows_of_a_maximum_lie(pooled, pads, tmp_path, float64):
    made = model([node("MaxPool", "x", "y", kernel_shape=[3], strides=[2], **pooled)], (2, 8), {})
    x = draw(0, 3, 8, 2) - 5
    np.testing.assert_allclose(
        run(read_from(made, tmp_path), x), maximum(x, (3,), (2,), pads), rtol=1e-9
    )


def test_a_residual_network_with_the_input_scaled(tmp_path):
    w = {
        "k": draw(0, 3, 3, 3, 3),
        "l": draw(1, 3, 3, 1, 1),
        "mean": draw(2, 3, 1, 1),
        "deviation": np.array([2.0, 3.0, 4.0]).reshape(1, 3, 1, 1),
        "whole": np.array(255.0),
        "head": draw(3, 3, 2),
    }
    nodes = [
        node("Div", "x whole", "d"),
        node("Sub", "d mean", "s"),
        node("Div", "s deviation", "n"),
        node("Conv", "n k", "a", pads=[1, 1, 1, 1]),
        node("Relu", "a", "r"),
        node("Conv", "r k", "b", pads=[1, 1, 1, 1]),
        node("Conv", "n l", "c"),
        node("Add", "b c", "e"),
        node("Relu", "e", "f"),
        node("Sum", "f r n", "g"),
        node("Sub", "g f", "h"),
        node("GlobalAveragePool", "h", "i"),
        node("Flatten", "i", "j"),
        node("MatMul", "j head", "y"),
    ]
    read = agree(model(nodes, (3, 6, 5), w), 100 * draw(4, 2, 3, 6, 5), tmp_path)
    assert read.layers["node e"] == ()
    assert {one for one, two in read.network.edges if two == "node f"} == {"node b", "node c"}


def test_channels_side_by_side(tmp_path):
    w = {"k": draw(0, 3, 2, 1, 1), "l": draw(1, 4, 2, 1, 1), "head": draw(2, 5, 7 * 6)}
    nodes = [
        node("Conv", "x k", "a"),
        node("Relu", "a", "r"),
        node("Conv", "x l", "b"),
        node("Concat", "r b", "c", axis=1),
        node("Flatten", "c", "f"),
        node("Gemm", "f head", "y", transB=1),
    ]
    agree(model(nodes, (2, 3, 2), w), draw(3, 3, 2, 3, 2), tmp_path)


# What exporters write


def test_channels_last_in_the_file(tmp_path):
    """As exports from Keras: turned before and after every convolution, row by row at the end."""
    w = {"k": draw(0, 4, 2, 3, 3), "b": draw(1, 4), "d": draw(2, 3 * 2 * 4, 5), "row": [-1, 24]}
    nodes = [
        node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
        node("Conv", "t k b", "c"),
        node("Relu", "c", "r"),
        node("Transpose", "r", "u", perm=[0, 2, 3, 1]),
        node("Reshape", "u row", "f"),
        node("MatMul", "f d", "y"),
    ]
    read = agree(model(nodes, (5, 4, 2), w), draw(3, 3, 5, 4, 2), tmp_path)
    assert read.network.in_shape == read.file_shape == (5, 4, 2)


ROWS = {
    "flatten": ([], [node("Flatten", "r", "f")]),
    "to a row": ([("to", [-1, 12])], [node("Reshape", "r to", "f")]),
    "as many as there are": ([("to", [0, -1])], [node("Reshape", "r to", "f")]),
    "its own batch": (
        [("first", 0), ("axes", [0]), ("rest", [-1])],
        [
            node("Shape", "r", "s"),
            node("Gather", "s first", "batch", axis=0),
            node("Unsqueeze", "batch axes", "u"),
            node("Concat", "u rest", "to", axis=0),
            node("Reshape", "r to", "f"),
        ],
    ),
    "its own sizes": (
        [
            ("start", [1]),
            ("end", [4]),
            ("one", [1]),
            ("first", [0]),
            ("at", 0),
            ("and", 1),
            ("then", 2),
        ],
        [
            node("Shape", "r", "s"),
            node("Slice", "s start end first", "sizes"),
            node("Gather", "sizes at", "size"),
            node("Gather", "sizes and", "height"),
            node("Gather", "sizes then", "width"),
            node("Mul", "size height", "plane"),
            node("Mul", "plane width", "units"),
            node("Slice", "s first one first", "batch"),
            node("Unsqueeze", "units first", "u"),
            node("Concat", "batch u", "to", axis=0),
            node("Reshape", "r to", "f"),
        ],
    ),
}


@pytest.mark.parametrize(("constants", "nodes"), ROWS.values(), ids=ROWS)
def test_ways_to_make_a_row(constants, nodes, tmp_path):
    w = {"k": draw(0, 3, 2, 2, 2), "d": draw(1, 12, 4)}
    w |= {name: np.asarray(v) for name, v in constants}
    nodes = [node("Conv", "x k", "c"), node("Relu", "c", "r"), *nodes, node("MatMul", "f d", "y")]
    agree(model(nodes, (2, 3, 3), w), draw(2, 4, 2, 3, 3), tmp_path)


MEANS = {
    "both axes": [node("ReduceMean", "c both", "f", keepdims=0)],
    "one by one": [
        node("ReduceMean", "c first", "m", keepdims=0),
        node("ReduceMean", "m first", "f", keepdims=0),
    ],
    "kept, then squeezed": [
        node("ReduceMax", "c both", "m", keepdims=1),
        node("Squeeze", "m first", "s"),
        node("Squeeze", "s first", "f"),
    ],
    "reshaped one by one": [
        node("GlobalMaxPool", "c", "m"),
        node("Reshape", "m three", "s"),
        node("Unsqueeze", "s first", "t"),
        node("Flatten", "t", "f"),
    ],
}


@pytest.mark.parametrize("nodes", MEANS.values(), ids=MEANS)
def test_ways_to_pool_over_all(nodes, tmp_path):
    w = {"k": draw(0, 3, 2, 2, 2), "d": draw(1, 3, 4)}
    w |= {"both": np.array([2, 3]), "first": np.array([-1]), "three": np.array([0, 3, 1])}
    nodes = [node("Conv", "x k", "c"), *nodes, node("MatMul", "f d", "y")]
    agree(model(nodes, (2, 5, 4), w), draw(2, 4, 2, 5, 4), tmp_path)


def test_constants_are_computed(tmp_path):
    """Weights that the graph turns, halves and casts before they are used."""
    w = {"k": draw(0, 4, 3), "half": np.array(0.5), "minus": draw(1, 4)}
    value = numpy_helper.from_array(np.float32([1, 2, 3]), "value")
    nodes = [
        node("Transpose", "k", "t", perm=[1, 0]),
        node("Mul", "t half", "h"),
        node("Cast", "h", "cast", to=TensorProto.FLOAT),
        helper.make_node("Constant", [], ["shift"], value=value),
        node("Add", "x shift", "a"),
        node("MatMul", "a cast", "m"),
        node("Neg", "minus", "plus"),
        node("Sub", "plus m", "y"),
    ]
    agree(model(nodes, (3,), w), draw(2, 4, 3), tmp_path)


def test_padding_in_all_axes_of_space(tmp_path):
    w = {"k": draw(0, 3, 2, 3, 3), "by": np.array([0, 0, 0, 1, 0, 0, 2, 1])}
    nodes = [
        node("Pad", "x by", "p"),
        node("Conv", "p k", "c"),
        node("Pad", "c by", "q"),
        node("MaxPool", "q", "y", kernel_shape=[2, 2]),
    ]
    agree(model(nodes, (2, 4, 4), w), draw(1, 2, 2, 4, 4), tmp_path)


def test_a_bounded_unit_without_an_upper_bound_is_rectified(tmp_path):
    w = {"k": draw(0, 3, 3), "low": np.array(0.0)}
    nodes = [node("MatMul", "x k", "m"), node("Clip", "m low", "y")]
    agree(model(nodes, (3,), w), draw(1, 4, 3), tmp_path)


@pytest.mark.parametrize(
    ("shape", "inside"), [((1, 6, 5), (6, 5, 1)), ((6, 5, 1), (6, 5, 1)), ((6, 5), (6, 5))]
)
def test_pictures_that_are_only_flattened(shape, inside, tmp_path):
    made = model(
        [node("Flatten", "x", "f"), node("MatMul", "f d", "y")], shape, {"d": draw(0, 30, 2)}
    )
    read = read_from(made, tmp_path)
    assert read.network.in_shape == inside
    x = draw(1, 3, 6, 5, 1)
    np.testing.assert_allclose(
        run(read, np.float32(x.reshape(3, *inside))), x.reshape(3, 30) @ draw(0, 30, 2), **CLOSE
    )


def test_a_reshaping_at_the_input_is_left_to_the_user(tmp_path, float64):
    w = {"k": draw(0, 2, 1, 5, 5), "to": np.array([-1, 1, 28, 28])}
    made = model([node("Reshape", "x to", "r"), node("Conv", "r k", "y")], (784,), w)
    read = read_from(made, tmp_path)
    assert read.file_shape == (784,) and read.network.in_shape == (28, 28, 1)
    x = draw(1, 2, 28, 28, 1)
    kernel = np.moveaxis(w["k"], (0, 1), (-1, -2))
    y = conv(x, kernel, stride=(1, 1), pads=[(0, 0), (0, 0)])
    np.testing.assert_allclose(run(read, x), y, rtol=1e-9)


def test_weights_in_a_file_beside(tmp_path):
    made = model([node("MatMul", "x d", "y")], (40,), {"d": draw(0, 40, 30)})
    save(
        made,
        tmp_path / "net.onnx",
        save_as_external_data=True,
        location="net.onnx.data",
        size_threshold=0,
    )
    x = draw(1, 3, 40)
    read = read_network(tmp_path / "net.onnx")
    np.testing.assert_allclose(run(read, np.float32(x)), x @ draw(0, 40, 30), **CLOSE)
    with pytest.raises(ValueError, match="4,800 bytes, more than may be read"):
        read_network(tmp_path / "net.onnx", largest_bytes=2_000)
    (tmp_path / "net.onnx.data").unlink()
    with pytest.raises(ValueError, match="its weights lie in another file, which cannot be read"):
        read_network(tmp_path / "net.onnx")


def test_layers_that_the_output_does_not_need_are_left_out(tmp_path):
    w = {"d": draw(0, 3, 2)}
    nodes = [node("MatMul", "x d", "y"), node("LSTM", "x d d", "elsewhere")]
    assert list(read_from(model(nodes, (3,), w), tmp_path).network.nodes) == ["node y"]


# What is refused

K = {"k": draw(0, 4, 2, 3, 3), "d": draw(1, 3, 2), "six": np.array(6.0), "zero": np.array(0.0)}
K |= {"open": np.array([2]), "odd": np.array([2, 5, -1]), "by": np.array([1] + [0] * 7)}
PICTURE, ROW = (2, 5, 5), (3,)
REFUSED = {
    "all unknown operators at once": (
        [node("LeakyRelu", "x", "a"), node("Gelu", "a", "b"), node("LeakyRelu", "b", "y")],
        ROW,
        r"net.onnx: no ReLU network has the operators Gelu \('node b'\); LeakyRelu \('node a', "
        r"'node y'\). Expected Add, .* Replace them",
    ),
    "operators of others": (
        [helper.make_node("FusedConv", ["x"], ["y"], domain="com.microsoft")],
        ROW,
        "com.microsoft.FusedConv",
    ),
    "a bound above": ([node("Clip", "x zero six", "y")], ROW, r"'node y' \(Clip\): .* 0.0 and 6.0"),
    "a softmax in the middle": (
        [node("Softmax", "x", "s"), node("MatMul", "s d", "y")],
        ROW,
        r"layer 'node y' \(MatMul\): comes after the softmax of layer 'node s'",
    ),
    "activity times activity": (
        [node("Mul", "x x", "y")],
        ROW,
        "multiplies activity with activity",
    ),
    "activity as weights": (
        [node("MatMul", "x d", "m"), node("MatMul", "x m", "y")],
        ROW,
        "its input 2 is computed from the network's input",
    ),
    "a division by zero": ([node("Div", "x zero", "y")], ROW, "divides by zero"),
    "a pooling with gaps": (
        [node("MaxPool", "x", "y", kernel_shape=[2, 2], dilations=[2, 1])],
        PICTURE,
        "has a dilation",
    ),
    "channels that do not fit": (
        [node("Conv", "x k", "c"), node("Conv", "c k", "y")],
        PICTURE,
        r"'node y' \(Conv\): has kernels of shape .* for 2 axes of space and 2 channels, but gets "
        r"\(3, 3, 4\)",
    ),
    "weights of another network": (
        [node("MatMul", "x k", "y")],
        ROW,
        r"multiplies activity of shape \(3,\) by \(4, 2, 3, 3\)",
    ),
    "a window that is too large": (
        [node("MaxPool", "x", "y", kernel_shape=[9, 9])],
        PICTURE,
        r"'node y' \(MaxPool\): MaximumPooling: a window that reaches \(9, 9\) does not fit",
    ),
    "a mean over channels": (
        [node("Conv", "x k", "c"), node("ReduceMean", "c", "y", axes=[1])],
        PICTURE,
        "expected axes of space and not the channels",
    ),
    "padding of the batch": (
        [node("Pad", "x by", "p"), node("Conv", "p k", "y")],
        PICTURE,
        "pads the batch",
    ),
    "padding by reflection": (
        [node("Pad", "x by", "p", mode="reflect"), node("Conv", "p k", "y")],
        PICTURE,
        "pads by 'reflect'",
    ),
    "other axes": (
        [node("Conv", "x k", "c"), node("Reshape", "c odd", "y")],
        PICTURE,
        r"into \[2, 5, -1\], expected the batch first",
    ),
    "batch normalisation by the batch": (
        [node("BatchNormalization", "x six six six six", "y", training_mode=1)],
        PICTURE,
        "is in training mode",
    ),
    "nothing that is computed": ([node("Identity", "d", "y")], ROW, "does not depend on its input"),
    "what comes later": (
        [node("Relu", "m", "y"), node("MatMul", "x d", "m")],
        ROW,
        "needs 'm', which nothing before gives",
    ),
    "windows between which places lie": (
        [node("MaxPool", "x", "y", kernel_shape=[1, 1], strides=[3, 3], auto_pad="SAME_LOWER")],
        (2, 6, 6),
        "on which programs differ",
    ),
}


@pytest.mark.parametrize(("nodes", "shape", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(nodes, shape, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        read_from(model(nodes, shape, K, opset=13), tmp_path)


def test_weights_that_are_no_numbers(tmp_path):
    weight = draw(0, 3, 2)
    weight[1, 1] = np.nan
    words = r"'node y' \(MatMul\): 1 of 6 entries of the weight are no finite numbers"
    with pytest.raises(ValueError, match=words):
        read_from(model([node("MatMul", "x d", "y")], (3,), {"d": weight}), tmp_path)


def test_several_ends(tmp_path):
    nodes = [node("Relu", "x", "a"), node("Relu", "x", "b")]
    made = model(nodes, (3,), {}, output="a", more_outputs=("b",))
    with pytest.raises(ValueError, match=r"has the outputs \['a', 'b'\], expected one"):
        read_from(made, tmp_path)


def test_an_input_of_open_size_asks_for_it(tmp_path):
    made = model([node("Conv", "x k", "y")], (2, None, 6), {"k": draw(0, 4, 2, 3, 3)})
    with pytest.raises(ValueError, match=r"shape \[None, 2, None, 6\], .* Give in_shape"):
        read_from(made, tmp_path)
    with pytest.raises(ValueError, match=r"in_shape is \(3, 6, 6\), but the file has"):
        read_from(made, tmp_path, in_shape=(3, 6, 6))
    assert read_from(made, tmp_path, in_shape=(2, 5, 6)).network.in_shape == (5, 6, 2)


def test_without_the_package(tmp_path, monkeypatch):
    save(model([node("Relu", "x", "y")], (3,), {}), tmp_path / "net.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"net.onnx: .* pip install 'ranvier\[onnx\]'"):
        read_network(tmp_path / "net.onnx")


def test_an_average_over_all_places_is_one_node(tmp_path):
    made = model([node("GlobalAveragePool", "x", "p"), node("Flatten", "p", "y")], (3, 4, 4), {})
    read = read_from(made, tmp_path)
    assert isinstance(read.network.nodes["node p"], AveragePooling | Series)
